//! A record: one flat JSON object in canonical form (RFC 8785), whose bytes are the leaf of the tree.

pub use body::{
    Body, Charged, Decision, Digest, Expiry, Genesis, LimitState, PolicyChange, Proof, Review, RuleTrap,
    Settled, Settlement, Shortfall, Vote, Warning,
};

use flat::Flat;

use crate::hash::Hash;
use crate::key::LogKey;

mod body;
mod flat;

/// The most bytes that a record may have: 16 KiB.
pub const RECORD_BYTES_MAX: usize = 16 * 1024;

/// The largest index, 2^53 − 1: every JSON reader holds it exactly.
pub const INDEX_MAX: u64 = (1 << 53) - 1;

/// The version that records carry.
pub(crate) const VERSION: u8 = 1;

/// Why bytes are not a record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It is longer than [`RECORD_BYTES_MAX`].
    #[error("the record has {bytes} bytes, more than {RECORD_BYTES_MAX}")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// It is not JSON, or has a field that no record has, or one of the wrong shape.
    #[error("not a record: {message}")]
    Malformed {
        /// What the JSON reader says.
        message: String,
    },
    /// A field is missing that its type must have.
    #[error("the field `{field}` is missing")]
    Missing {
        /// The field's name.
        field: &'static str,
    },
    /// A field does not have the form that the format gives it, or a number is out of range.
    #[error("the field `{field}` is malformed")]
    Field {
        /// The field's name.
        field: &'static str,
    },
    /// The same content has another, canonical spelling.
    #[error("not in canonical form")]
    NotCanonical,
}

/// A sealed record, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its place in the log; the first is 0 and none is left out.
    pub index: u64,
    /// When it was sealed, in milliseconds since the Unix epoch; never before its predecessor.
    pub timestamp_ms: i64,
    /// The root of the tree of all earlier records.
    pub merkle_root: Hash,
    /// Ed25519 over the origin and the record without this member.
    pub signature: [u8; 64],
    /// The decision's derived name; a decision record has it and no other does.
    pub decision_id: Option<String>,
    /// What it says.
    pub body: Body,
}

impl Record {
    /// Reads the exact bytes of a record. The signature and the place in the log are not checked here.
    ///
    /// # Errors
    /// [`RecordError`] when these bytes are not what an honest writer would have stored.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        if bytes.len() > RECORD_BYTES_MAX {
            return Err(RecordError::TooLarge { bytes: bytes.len() });
        }
        let flat: Flat<'_> = serde_json::from_slice(bytes).map_err(malformed)?;
        let record = flat.into_record()?;
        if record.encode()? == bytes { Ok(record) } else { Err(RecordError::NotCanonical) }
    }

    /// The canonical bytes.
    ///
    /// # Errors
    /// [`RecordError`] when a number or an instant is out of range or the record is too large.
    pub fn encode(&self) -> Result<Vec<u8>, RecordError> {
        encode_flat(&Flat::of(self))
    }

    /// What the signature is made over: the purpose, the origin and the record without its signature.
    pub(crate) fn signed_message(&self, origin: &str) -> Result<Vec<u8>, RecordError> {
        let mut message = format!("permit-record/v1\n{origin}\n").into_bytes();
        message.extend(encode_flat(&Flat::of(self).unsigned())?);
        Ok(message)
    }

    /// Whether the signature is `key`'s over this record.
    #[must_use]
    pub fn is_signed_by(&self, key: &LogKey) -> bool {
        self.signed_message(key.origin()).is_ok_and(|message| key.verifies(&message, &self.signature))
    }
}

fn malformed(error: serde_json::Error) -> RecordError {
    RecordError::Malformed { message: error.to_string() }
}

fn encode_flat(flat: &Flat<'_>) -> Result<Vec<u8>, RecordError> {
    let bytes = serde_json::to_vec(flat).map_err(malformed)?;
    if bytes.len() > RECORD_BYTES_MAX { Err(RecordError::TooLarge { bytes: bytes.len() }) } else { Ok(bytes) }
}

/// The name of the decision that record `index` of the log `origin` holds: `dec_` and 24 hexadecimal digits.
///
/// It is derived, so two decisions never share a name and a restored log never hands one out again for another place.
#[must_use]
pub fn decision_id(origin: &str, index: u64) -> String {
    let digest =
        Hash::of(&[b"permit-decision-id/v1\n", origin.as_bytes(), b"\n", index.to_string().as_bytes()]);
    let digits: String = digest.to_string().chars().take(24).collect();
    format!("dec_{digits}")
}

#[cfg(test)]
mod tests;
