//! Sealing: a draft gets its index, its timestamp, the root of the log before it, and the signature over all of that.

use crate::hash::Hash;
use crate::key::Signer;
use crate::record::{Body, INDEX_MAX, Record, RecordError, decision_id, message};
use crate::rules::{self, RuleError};

/// A sealed record, ready to be stored and appended to the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// The canonical bytes: what is stored, hashed and shown.
    pub bytes: Vec<u8>,
    /// The hash of the leaf that these bytes are.
    pub leaf_hash: Hash,
    /// The same record as a value.
    pub record: Record,
}

/// Why a draft cannot be sealed. Nothing is signed then.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The log has no place with this index.
    #[error("the index {index} is beyond the last that a log can have")]
    Full {
        /// The index asked for.
        index: u64,
    },
    /// The record is too large, or an instant in it is out of range.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Every verifier would refuse the log for this record.
    #[error(transparent)]
    Rule(#[from] RuleError),
}

/// Seals `draft` as record `index`, where `root_before` is the root of the tree of all earlier records.
///
/// The caller answers for `timestamp_ms` not being before the last record's, and for not letting the signature
/// leave the machine before the record is durable.
///
/// # Errors
/// [`SealError`] when no verifier would accept the record.
pub fn seal(
    draft: Body,
    index: u64,
    timestamp_ms: i64,
    root_before: Hash,
    signer: &Signer,
) -> Result<Sealed, SealError> {
    if index > INDEX_MAX {
        return Err(SealError::Full { index });
    }
    let decision_id = matches!(draft, Body::Decision(_)).then(|| decision_id(signer.origin(), index));
    let mut record = Record {
        index,
        timestamp_ms,
        merkle_root: root_before,
        signature: [0; 64],
        decision_id,
        body: draft,
    };
    rules::check(&record.place(), record.decision_id.as_deref(), Some(&record.body), signer.origin())?;
    let unsigned = record.unsigned()?;
    record.signature = signer.sign(&message(signer.origin(), unsigned.bytes()));
    let bytes = unsigned.encode(&record.signature)?;
    Ok(Sealed { leaf_hash: Hash::of_leaf(&bytes), bytes, record })
}
