//! Answers of permitd: a record with its proof, or a problem.

use std::fmt;

use permit_audit::{Body, Decision, InclusionProof, LogKey, Verified};
use permit_protocol::denial::Denial;
use permit_types::digest::Digest;
use permit_types::display;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::ask::Ask;
use crate::error::ClientError;
use crate::transport::Reply;

/// A decision, or what became of its hold: the record, and the proof that it is in the log.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The record, byte for byte as the log holds it.
    pub record: Box<RawValue>,
    /// The proof that the record is in the log.
    pub proof: InclusionProof,
    /// The signed tree head that the proof leads to, as a C2SP note.
    pub checkpoint: String,
}

impl Answer {
    /// Checks the record's signature, its place in the log and the checkpoint's signature, and reads the record as far as this
    /// version of the client knows what it says.
    ///
    /// `log_key` is the log's public key as the auditor knows it (`<origin>+<key id>+<base64>`); it must not come from
    /// the server that is to be checked.
    ///
    /// # Errors
    /// [`ClientError::Unproven`] with what does not hold.
    pub fn verify(&self, log_key: &str) -> Result<Verified, ClientError> {
        let unproven = |error: &dyn fmt::Display| ClientError::Unproven(error.to_string());
        let key = LogKey::parse(log_key.trim()).map_err(|e| unproven(&e))?;
        permit_audit::verify_receipt(
            self.record.get().as_bytes(),
            &self.proof,
            self.checkpoint.as_bytes(),
            &[key],
        )
        .map_err(|e| unproven(&e))
    }

    /// As [`Self::verify`], and that the record decides `ask`, byte for byte as it was sent, and not some other request.
    ///
    /// # Errors
    /// [`ClientError::Unproven`] with what does not hold.
    pub fn verify_for(&self, log_key: &str, ask: &Ask) -> Result<Verified, ClientError> {
        let record = self.verify(log_key)?;
        let sent = Digest::of(&ask.body()?);
        match &record.body {
            Some(Body::Decision(decision)) if decision.body_digest == Some(sent) => Ok(record),
            _ => Err(ClientError::Unproven("the record decides another request".to_owned())),
        }
    }

    /// The short form of a denial, made from the record; `None` if that denies nothing, or this client does not know what it
    /// says.
    ///
    /// It is as good as the record: [`Self::verify`] that first. The `denial` that the server sends is not signed and not
    /// read: what follows from the record need not be compared with what a server says of it, and a server that adds a
    /// member does not break a client.
    #[must_use]
    pub fn denial(&self) -> Option<Denial> {
        if self.text("type")? != "decision" {
            return None;
        }
        Denial::of(&serde_json::from_str::<Decision>(self.record.get()).ok()?)
    }

    /// A member of the record that holds text, such as `outcome` or `decision_id`.
    #[must_use]
    pub fn text(&self, member: &str) -> Option<String> {
        let record: serde_json::Value = serde_json::from_str(self.record.get()).ok()?;
        Some(record.get(member)?.as_str()?.to_owned())
    }
}

/// A refusal (RFC 9457), with the record of it where one was made.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// The stable code, such as `proof_replayed`.
    pub code: String,
    /// One sentence for a person.
    pub detail: String,
    /// The record, byte for byte, and its proof.
    pub answer: Option<Answer>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.status, display::line(&self.code), display::line(&self.detail))
    }
}

/// Reads a `2xx` body as `T`, everything else as a problem.
pub(crate) fn read<T: serde::de::DeserializeOwned>(reply: &Reply) -> Result<T, ClientError> {
    if reply.status.is_success() {
        return serde_json::from_slice(&reply.body).map_err(|e| ClientError::Answer(e.to_string()));
    }
    Err(ClientError::Refused(Box::new(Problem::read(reply)?)))
}

/// The error form of the token endpoint (RFC 6749, section 5.2).
#[derive(Deserialize)]
struct TokenError {
    error: String,
    #[serde(default)]
    error_description: String,
}

impl Problem {
    /// Reads a refusal.
    ///
    /// # Errors
    /// [`ClientError::Answer`] when the reply is none.
    pub fn read(reply: &Reply) -> Result<Self, ClientError> {
        #[derive(Deserialize)]
        struct Parts {
            code: String,
            #[serde(default)]
            detail: String,
            #[serde(default)]
            record: Option<Box<RawValue>>,
            #[serde(default)]
            proof: Option<InclusionProof>,
            #[serde(default)]
            checkpoint: Option<String>,
        }
        let status = reply.status.as_u16();
        if let Ok(error) = serde_json::from_slice::<TokenError>(&reply.body) {
            return Ok(Self { status, code: error.error, detail: error.error_description, answer: None });
        }
        let parts: Parts = serde_json::from_slice(&reply.body)
            .map_err(|_| ClientError::Answer(format!("status {status} without a problem")))?;
        let answer = match (parts.record, parts.proof, parts.checkpoint) {
            (Some(record), Some(proof), Some(checkpoint)) => Some(Answer { record, proof, checkpoint }),
            _ => None,
        };
        Ok(Self { status, code: parts.code, detail: parts.detail, answer })
    }
}
