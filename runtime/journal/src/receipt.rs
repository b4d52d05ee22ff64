//! Answers of the journal.

use std::sync::Arc;

use permit_audit::{Body, InclusionProof, Record, SealError};
use permit_ledger::{HoldError, ReviewError, TermError};
use permit_types::verdict::Outcome;

use crate::store::StoreError;

/// A durable record, and the proof that it is in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The record's exact bytes.
    pub bytes: Vec<u8>,
    /// The same record as a value.
    pub record: Record,
    /// The record's path to the root of `checkpoint`.
    pub proof: InclusionProof,
    /// The signed checkpoint.
    pub checkpoint: Arc<str>,
    /// Whether this is the first answer to an earlier request with the same idempotency key, or what the log said of the
    /// policy before.
    pub is_repeated: bool,
}

impl Receipt {
    /// What the decision came to; `None` when the record is not a decision.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        match &self.record.body {
            Body::Decision(decision) => Some(decision.outcome),
            _ => None,
        }
    }
}

/// Why a command has no receipt. Nothing is charged for it, except that after [`SubmitError::Unavailable`] it may have
/// been: repeat it under its idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// The queue is full.
    #[error("too many requests wait for the journal")]
    Busy,
    /// The journal is closed.
    #[error("the journal is closed")]
    Closed,
    /// What was to be recorded could not be made durable.
    #[error("the journal cannot record: {reason}")]
    Unavailable {
        /// Why.
        reason: String,
    },
    /// There is no such decision, it is another agent's, or it has opened no review.
    #[error("no such decision")]
    NotFound,
    /// The hold cannot be confirmed or released.
    #[error(transparent)]
    Hold(#[from] HoldError),
    /// The review cannot be approved or declined any more.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// Another policy or other facts came into force before this decision could be recorded. It is to be made again.
    #[error("another policy or other facts have come into force")]
    Superseded,
    /// The policy cannot come into force with the accounts as they are.
    #[error(transparent)]
    Terms(#[from] TermError),
    /// The idempotency key was used for another request.
    #[error("the idempotency key was used for another request")]
    IdempotencyConflict,
    /// As many idempotency keys are remembered as may be.
    #[error("too many idempotency keys are remembered")]
    IdempotencyFull,
    /// No verifier would accept the record.
    #[error("cannot be recorded: {0}")]
    Unrecordable(#[from] SealError),
}

impl SubmitError {
    pub(crate) fn writer_gone() -> Self {
        Self::Unavailable { reason: "the journal's writer is gone".to_owned() }
    }
}

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is nothing of that name or at that place.
    #[error("not in the log")]
    NotFound,
    /// The store refuses.
    #[error("the journal cannot read: {reason}")]
    Store {
        /// What it says.
        reason: String,
    },
    /// The log was not exported.
    #[error(transparent)]
    Export(#[from] permit_audit::ExportError),
}

impl From<StoreError> for SubmitError {
    fn from(error: StoreError) -> Self {
        Self::Unavailable { reason: error.to_string() }
    }
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        Self::Store { reason: error.to_string() }
    }
}
