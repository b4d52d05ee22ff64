//! A record that is being appended to the log.

use permit_audit::{Record, Sealed};

use crate::checksum::checksum;
use crate::store::Row;

/// A record that is sealed and applied, and waits to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AppendedRecord {
    pub(crate) record: Record,
    /// Its bytes, and what stands beside them.
    pub(crate) row: Row,
}

impl AppendedRecord {
    /// `step` is how the record changes the state, encoded.
    pub(crate) fn new(sealed: Sealed, step: Vec<u8>) -> Self {
        let Sealed { bytes, leaf_hash, record } = sealed;
        let row = Row {
            decision_id: record.decision_id.clone(),
            leaf: leaf_hash.0.to_vec(),
            record: bytes,
            step_sum: checksum(&step).to_vec(),
            step,
        };
        Self { record, row }
    }
}
