//! A record: one flat JSON object in canonical form (RFC 8785), whose bytes are the leaf of the tree.

use serde_json::{Map, Value};

pub use body::Body;
pub use decision::{Charged, Decision, Delegate, LimitState, RuleTrap, Scope, Shortfall, Used, Warning};
pub use dpop::Proof;
pub use error::{FormError, RecordError};
pub use events::{Alarm, KeyChange, Operation, Refusals, Shutdown, Start};
pub use limits::{
    DELEGATION_MAX, INDEX_MAX, MEMBER_NAME_BYTES_MAX, MEMBERS_MAX, RECORD_BYTES_MAX, RESOURCE_BYTES_MAX,
    WORD_BYTES_MAX,
};
pub use log::{FactsChange, Genesis, Instruction, PolicyChange, Resume, Revocation, Stop, Target};
pub use settlement::{Expiry, Settled, Settlement};
pub use vote::{Review, Vote};

pub(crate) use canonical::Unsigned;
pub(crate) use read::{Place, Reading, read};
pub(crate) use signature::message;

use crate::hash::Hash;
use crate::key::LogKey;

mod body;
mod canonical;
mod decision;
mod dpop;
mod error;
mod events;
mod form;
mod limits;
mod log;
mod read;
mod settlement;
mod signature;
mod vote;

/// A sealed record, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Its place in the log; the first is 0 and none is left out. So it is also the number of records before, and its JSON
    /// member is `tree_size`, beside the root of their tree.
    pub index: u64,
    /// When it was sealed, in milliseconds since the Unix epoch; never before its predecessor.
    pub timestamp_ms: i64,
    /// The root of the tree of all earlier records.
    pub merkle_root: Hash,
    /// Ed25519 over the origin and the digest of the record without this member.
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
    /// [`RecordError`] when these bytes are not what an honest writer of this version would have stored.
    pub fn parse(bytes: &[u8]) -> Result<Self, RecordError> {
        let Reading { place, kind, decision_id, body, signature, members, .. } = read(bytes)?;
        let body = match body {
            Some(body) => body,
            None => Body::read(&kind, &members)?.ok_or(RecordError::Kind { found: kind })?,
        };
        let Place { index, timestamp_ms, merkle_root } = place;
        let record = Self { index, timestamp_ms, merkle_root, signature, decision_id, body };
        let known = record.unsigned_members()?;
        match surplus(&members, &known) {
            Some(member) => Err(RecordError::Unexpected { member }),
            None if members != known => Err(RecordError::NotCanonical),
            None => Ok(record),
        }
    }

    /// The canonical bytes.
    ///
    /// # Errors
    /// [`RecordError`] when something is out of bounds or the record is too large.
    pub fn encode(&self) -> Result<Vec<u8>, RecordError> {
        self.unsigned()?.encode(&self.signature)
    }

    /// Whether the signature is `key`'s over this record.
    #[must_use]
    pub fn is_signed_by(&self, key: &LogKey) -> bool {
        self.unsigned()
            .is_ok_and(|unsigned| key.verifies(&message(key.origin(), unsigned.bytes()), &self.signature))
    }

    /// The canonical bytes without the signature.
    pub(crate) fn unsigned(&self) -> Result<Unsigned, RecordError> {
        let members = self.unsigned_members()?;
        form::check(&members)?;
        Unsigned::write(&members)
    }

    pub(crate) const fn place(&self) -> Place {
        Place { index: self.index, timestamp_ms: self.timestamp_ms, merkle_root: self.merkle_root }
    }

    fn unsigned_members(&self) -> Result<Map<String, Value>, RecordError> {
        let mut members = self.body.members()?;
        if let Value::Object(place) = serde_json::to_value(self.place())? {
            members.extend(place);
        }
        let name = self.decision_id.as_ref().map(|id| ("decision_id".to_owned(), Value::from(id.clone())));
        members.extend(name);
        members.insert("type".to_owned(), Value::from(self.body.kind()));
        members.insert("v".to_owned(), Value::from(read::VERSION));
        Ok(members)
    }
}

/// The path of the first member that `found` has and `known` has not, such as `charges.0.note`.
fn surplus(found: &Map<String, Value>, known: &Map<String, Value>) -> Option<String> {
    found.iter().find_map(|(name, value)| match known.get(name) {
        None => Some(name.clone()),
        Some(known) => surplus_in(value, known).map(|rest| format!("{name}.{rest}")),
    })
}

fn surplus_in(found: &Value, known: &Value) -> Option<String> {
    match (found, known) {
        (Value::Object(found), Value::Object(known)) => surplus(found, known),
        (Value::Array(found), Value::Array(known)) => {
            let mut pairs = found.iter().zip(known).enumerate();
            pairs.find_map(|(at, (found, known))| surplus_in(found, known).map(|rest| format!("{at}.{rest}")))
        }
        _ => None,
    }
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
