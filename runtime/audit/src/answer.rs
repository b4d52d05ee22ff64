//! What an agent or a resource verifies: that one record is in the log, without the log.

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::hash::Hash;
use crate::key::LogKey;
use crate::proof::{InclusionProof, ProofError, verify_inclusion};
use crate::record::{Record, RecordError};
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

/// Verifies that `record` is in the log of `key`, as the signed `checkpoint` states it, and returns it.
///
/// This says that the operator is bound to the record. It does not say that the record answers the caller's request:
/// compare `request_digest`, agent and action with what was asked.
///
/// # Errors
/// [`ReceiptError`] names the part that does not hold.
pub fn verify_receipt(
    record: &[u8],
    proof: &InclusionProof,
    checkpoint: &[u8],
    key: &LogKey,
) -> Result<Record, ReceiptError> {
    let checkpoint = Checkpoint::parse(checkpoint, key)?;
    if proof.size != checkpoint.size {
        return Err(ReceiptError::Size { proof: proof.size, checkpoint: checkpoint.size });
    }
    let parsed = Record::parse(record)?;
    if proof.index != parsed.index {
        return Err(ReceiptError::Index { proof: proof.index, record: parsed.index });
    }
    verify_inclusion(&Hash::of_leaf(record), proof, &checkpoint.root)?;
    rules::check(&parsed, key.origin())?;
    if parsed.is_signed_by(key) { Ok(parsed) } else { Err(ReceiptError::Signature) }
}

#[cfg(test)]
mod tests;
