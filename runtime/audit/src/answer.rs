//! Verifies that one record is in the log, without the log: for agents and resources.

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::hash::Hash;
use crate::key::LogKey;
use crate::proof::{InclusionProof, ProofError, verify_inclusion};
use crate::record::{self, Body, RecordError};
use crate::rules::{self, RuleError};

/// Why a receipt proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// The checkpoint is malformed or not the log's.
    #[error("checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The bytes are not a record.
    #[error("record: {0}")]
    Record(#[from] RecordError),
    /// The record says what no honest log can say.
    #[error("record: {0}")]
    Rule(#[from] RuleError),
    /// The record's own signature is wrong.
    #[error("the record's signature is wrong")]
    Signature,
    /// The proof is for another size than the checkpoint's.
    #[error("the proof is for {proof} records, the checkpoint for {checkpoint}")]
    Size {
        /// The proof's size.
        proof: u64,
        /// The checkpoint's size.
        checkpoint: u64,
    },
    /// The proof is for another place than the record's.
    #[error("the proof is for record {proof}, the record is {record}")]
    Index {
        /// The proof's index.
        proof: u64,
        /// The record's index.
        record: u64,
    },
    /// The proof does not lead from the record to the checkpoint's root.
    #[error("proof: {0}")]
    Proof(#[from] ProofError),
}

/// A record that is in the log, as far as this version knows what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its place in the log.
    pub index: u64,
    /// When it was sealed, in milliseconds since the Unix epoch.
    pub timestamp_ms: i64,
    /// The decision's name, if it is one.
    pub decision_id: Option<String>,
    /// Its `type`.
    pub kind: String,
    /// What it says, without members that are not known. `None` when the kind is not known, or a word in it that says how
    /// to take it; such a record allows nothing.
    pub body: Option<Body>,
}

/// Verifies that `record` is in the log of one of the `keys`, as the signed `checkpoint` states it, and reads it. More than one
/// key is needed only when the log has changed its key between the record and the checkpoint.
///
/// This says that the operator is bound to the record. It does not say that the record answers the caller's request:
/// compare `body_digest` with the digest of the body that was sent, and agent and action with what was asked.
///
/// # Errors
/// [`ReceiptError`] names the part that does not hold.
pub fn verify_receipt(
    record: &[u8],
    proof: &InclusionProof,
    checkpoint: &[u8],
    keys: &[LogKey],
) -> Result<Verified, ReceiptError> {
    let checkpoint = signed_by_any(checkpoint, keys)?;
    if proof.size != checkpoint.size {
        return Err(ReceiptError::Size { proof: proof.size, checkpoint: checkpoint.size });
    }
    let reading = record::read(record)?;
    if proof.index != reading.place.index {
        return Err(ReceiptError::Index { proof: proof.index, record: reading.place.index });
    }
    verify_inclusion(&Hash::of_leaf(record), proof, &checkpoint.root)?;
    let origin = &checkpoint.origin;
    rules::check(&reading.place, reading.decision_id.as_deref(), reading.body.as_ref(), origin)?;
    let message = record::message(origin, &reading.unsigned);
    let is_signed = |key: &LogKey| key.origin() == origin && key.verifies(&message, &reading.signature);
    if !keys.iter().any(is_signed) {
        return Err(ReceiptError::Signature);
    }
    let record::Reading { place, kind, decision_id, body, .. } = reading;
    Ok(Verified { index: place.index, timestamp_ms: place.timestamp_ms, decision_id, kind, body })
}

/// Reads a checkpoint that one of the keys has signed; if none has, the error is that of the first key.
fn signed_by_any(checkpoint: &[u8], keys: &[LogKey]) -> Result<Checkpoint, CheckpointError> {
    let mut first = None;
    for key in keys {
        match Checkpoint::parse(checkpoint, key) {
            Ok(checkpoint) => return Ok(checkpoint),
            Err(error) => first = first.or(Some(error)),
        }
    }
    Err(first.unwrap_or(CheckpointError::Unsigned))
}

#[cfg(test)]
mod tests;
