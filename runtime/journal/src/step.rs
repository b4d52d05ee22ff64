//! Data stored beside a record, from which a restart repeats its effects.

use permit_ledger::Command;
use serde::{Deserialize, Serialize};

use crate::checksum::checksum;
use crate::store::Row;

/// How a record changed the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Step {
    /// The time of the step, never before its predecessor's.
    pub(crate) now_ms: i64,
    /// The command to the ledger; a denial has none.
    pub(crate) command: Option<Command>,
    /// The idempotency key that now leads to the record.
    pub(crate) idempotency: Option<IdempotencyKey>,
    /// What persons are shown of the review that the record opens.
    pub(crate) review_content: Option<String>,
    /// What opens the commitments of the record.
    pub(crate) openings: Vec<String>,
}

/// An idempotency key and the request that it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IdempotencyKey {
    /// The digest of agent and key.
    pub(crate) key: [u8; 32],
    /// The request's digest.
    pub(crate) request: [u8; 32],
}

impl Step {
    /// A step that changes nothing but the time.
    pub(crate) const fn at(now_ms: i64) -> Self {
        Self { now_ms, command: None, idempotency: None, review_content: None, openings: Vec::new() }
    }

    /// The step as a store keeps it.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_stdvec(self)
    }

    /// The step of a stored row; `None` when it is damaged.
    pub(crate) fn of_row(row: &Row) -> Option<Self> {
        if checksum(&row.step).as_slice() != row.step_sum {
            return None;
        }
        postcard::from_bytes(&row.step).ok()
    }
}
