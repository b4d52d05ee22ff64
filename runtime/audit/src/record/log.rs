//! Records about what is in force: policy, facts, stops and revocations.

use serde::{Deserialize, Serialize};

use super::dpop::Proof;
use crate::instant;
use permit_types::digest::Digest;

/// The beginning of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Genesis {
    /// The facts at the start, if the log is to name all facts from the start on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facts: Option<Digest>,
    /// The log's name, which must be its key's too.
    pub origin: String,
    /// The bundle in force at the start.
    pub policy: Digest,
}

/// Who ordered something, and why. All are absent when the process acted by itself or by its own files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instruction {
    /// The proof of possession that came with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpop: Option<Proof>,
    /// The SPIFFE ID of the certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The person, such as `Operator::"ann"`, if the facts know one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// One sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Another bundle came into force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyChange {
    /// The bundle.
    pub policy: Digest,
    /// Who ordered it.
    #[serde(flatten)]
    pub instruction: Instruction,
}

/// Other facts came into force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactsChange {
    /// The facts.
    pub facts: Digest,
    /// The facts before, if the log names any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Digest>,
    /// Who ordered it.
    #[serde(flatten)]
    pub instruction: Instruction,
}

/// Whom or what a stop or a revocation is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Everything.
    All,
    /// One agent.
    Agent {
        /// Its entity id.
        id: String,
        /// Its type.
        #[serde(rename = "type")]
        agent_type: String,
    },
    /// Every agent of a type.
    AgentType(String),
    /// The grants of a task's issuer with this `jti`.
    Grant(String),
    /// A SPIFFE ID.
    Identity(String),
    /// The proof key with this `jkt`.
    Key(String),
    /// A task.
    Task(String),
}

/// Something is not to be trusted any more: nothing that it concerns is allowed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// What is revoked.
    pub target: Target,
    /// When everything that is revoked has expired by itself, in milliseconds since the Unix epoch.
    #[serde(rename = "until", default, with = "instant", skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
    /// Who ordered it.
    #[serde(flatten)]
    pub instruction: Instruction,
}

/// Nothing that concerns the target is allowed until it is resumed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// What is stopped.
    pub target: Target,
    /// Who ordered it.
    #[serde(flatten)]
    pub instruction: Instruction,
}

/// A stop was lifted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// What is resumed: the same target as the stop's.
    pub target: Target,
    /// Who ordered it.
    #[serde(flatten)]
    pub instruction: Instruction,
}
