//! Records about the server itself: operators, keys, alarms, processes and counters.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::log::Instruction;
use super::signature;
use crate::instant;
use crate::key::{LogKey, Signer};
use permit_types::digest::Digest;

/// An operator did something that no other kind says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// A word for what was done, such as `export_log`.
    pub act: String,
    /// The digest of its details as canonical JSON ([`canonical_digest`](crate::canonical_digest)), if there are any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// Who did it.
    #[serde(flatten)]
    pub instruction: Instruction,
}

/// Another key signs from the next record on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyChange {
    /// The verifier key, as [`LogKey`] is written.
    pub key: String,
    /// Its own signature, which shows that whoever names it holds its private half.
    #[serde(with = "signature")]
    pub key_signature: [u8; 64],
    /// Who ordered it.
    #[serde(flatten)]
    pub instruction: Instruction,
}

impl KeyChange {
    /// The change to the key of `next`, as record `index` of its log.
    #[must_use]
    pub fn to(next: &Signer, index: u64, instruction: Instruction) -> Self {
        let key_signature = next.sign(&Self::message(next.origin(), index));
        Self { key: next.public().to_string(), key_signature, instruction }
    }

    /// The key, if this as record `index` of the log `origin` names one of that log and is signed by it.
    #[must_use]
    pub fn next(&self, origin: &str, index: u64) -> Option<LogKey> {
        let key = LogKey::parse(&self.key).ok()?;
        // One spelling of a key: a line feed at the end is for files.
        let is_sound = key.origin() == origin
            && key.to_string() == self.key
            && key.verifies(&Self::message(origin, index), &self.key_signature);
        is_sound.then_some(key)
    }

    fn message(origin: &str, index: u64) -> Vec<u8> {
        format!("permit-key/v2\n{origin}\n{index}\n").into_bytes()
    }
}

/// The server noticed something that an operator should see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// A word for it, such as `clock_went_back`.
    pub code: String,
    /// One sentence for a person.
    pub message: String,
}

/// A process began to write the log. One that does not follow a shutdown follows a crash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The digest of the configuration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<Digest>,
    /// The program and its version, such as `permitd 0.1.0`.
    pub version: String,
}

/// A process ended in order; the next record is that of the next start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shutdown {
    /// One sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What was refused or granted in some period without a decision, counted by cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusals {
    /// For each cause, such as `handshake_failed`, how often; never 0.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub counts: BTreeMap<String, u64>,
    /// When the period began, in milliseconds since the Unix epoch.
    #[serde(rename = "from", with = "instant::required")]
    pub from_ms: i64,
    /// When it ended, in milliseconds since the Unix epoch.
    #[serde(rename = "to", with = "instant::required")]
    pub to_ms: i64,
}
