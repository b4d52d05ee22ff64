//! One way to read the bytes of a record, for auditors and for clients.
//!
//! What both must hold to is checked here; [`crate::Record::parse`] then insists that no member is left over.

use permit_types::verdict::{ReasonCode, Trap};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Value};

use super::body::Body;
use super::canonical::{SIGNATURE, Unsigned};
use super::error::RecordError;
use super::form;
use super::limits::RECORD_BYTES_MAX;
use super::log::Target;
use super::signature;
use crate::hash::Hash;
use crate::instant;

/// The version that records carry.
pub(super) const VERSION: u8 = 2;

/// The members of every record that say where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    #[serde(rename = "tree_size")]
    pub(crate) index: u64,
    #[serde(rename = "timestamp", with = "instant::required")]
    pub(crate) timestamp_ms: i64,
    #[serde(serialize_with = "write_root", deserialize_with = "read_root")]
    pub(crate) merkle_root: Hash,
}

/// What an auditor and a client read alike.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    pub(crate) place: Place,
    pub(crate) kind: String,
    /// The name of the decision, if the record is one.
    pub(crate) decision_id: Option<String>,
    /// `None` when the kind, or a word that says how to take the content, is not known.
    pub(crate) body: Option<Body>,
    pub(crate) signature: [u8; 64],
    /// The canonical bytes without the signature.
    pub(crate) unsigned: Vec<u8>,
    /// All members but the signature.
    pub(super) members: Map<String, Value>,
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(with = "signature")]
    signature: [u8; 64],
    #[serde(rename = "type")]
    kind: String,
}

#[derive(Deserialize)]
struct Named {
    decision_id: String,
}

/// Reads `bytes`, which must be canonical, and passes over the members that its kind does not have.
pub(crate) fn read(bytes: &[u8]) -> Result<Reading, RecordError> {
    if bytes.len() > RECORD_BYTES_MAX {
        return Err(RecordError::TooLarge { bytes: bytes.len() });
    }
    let mut members: Map<String, Value> = serde_json::from_slice(bytes)?;
    match members.get("v") {
        Some(Value::Number(version)) if version.to_string() == VERSION.to_string() => {}
        version => {
            let found = version.map_or_else(|| "none".to_owned(), ToString::to_string);
            return Err(RecordError::Version { found });
        }
    }
    form::check(&members)?;
    let Envelope { signature, kind } = Envelope::deserialize(&members)?;
    members.remove(SIGNATURE);
    let unsigned = Unsigned::write(&members)?;
    if unsigned.signed(&signature) != bytes {
        return Err(RecordError::NotCanonical);
    }
    let place = Place::deserialize(&members)?;
    let decision_id = match kind.as_str() {
        "decision" => Some(Named::deserialize(&members)?.decision_id),
        _ => None,
    };
    let body = if has_unknown_word(&members) { None } else { Body::read(&kind, &members)? };
    let unsigned = unsigned.into_bytes();
    Ok(Reading { place, kind, decision_id, body, signature, unsigned, members })
}

/// Whether a word of a set that may grow is not known.
fn has_unknown_word(members: &Map<String, Value>) -> bool {
    fn is_unknown<T: DeserializeOwned>(value: &Value) -> bool {
        T::deserialize(value).is_err()
    }
    let code = members.get("reason").and_then(|reason| reason.get("code"));
    let errors = members.get("rule_errors").and_then(Value::as_array);
    let mut traps = errors.into_iter().flatten().filter_map(|error| error.get("trap"));
    code.is_some_and(is_unknown::<ReasonCode>)
        || traps.any(is_unknown::<Trap>)
        || members.get("target").is_some_and(is_unknown::<Target>)
}

fn write_root<S: Serializer>(root: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("0x{root}"))
}

fn read_root<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
    Hash::from_0x(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}
