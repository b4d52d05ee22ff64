//! The canonical bytes of a record. They are written once: the signature is put into the bytes that it signs.

use serde_json::{Map, Value};

use super::error::RecordError;
use super::limits::RECORD_BYTES_MAX;
use super::signature;

/// The name of the member that is not signed.
pub(super) const SIGNATURE: &str = "signature";

/// A record without its signature, as RFC 8785 has it, given that its members are of the [`form`](super::form) of records:
/// `serde_json` escapes texts as RFC 8785 does, member names are ASCII, and numbers are integers that have one spelling.
#[derive(Clone, Debug)]
pub(crate) struct Unsigned {
    bytes: Vec<u8>,
    /// Where the signature's member goes.
    at: usize,
}

impl Unsigned {
    /// Writes all members but the signature.
    pub(super) fn write(members: &Map<String, Value>) -> Result<Self, RecordError> {
        // Members are sorted already, unless some crate of the build asks serde_json to keep the order that they came in.
        let mut sorted: Vec<_> = members.iter().filter(|(name, _)| *name != SIGNATURE).collect();
        sorted.sort_unstable_by_key(|(name, _)| *name);
        let (before, behind) = sorted.split_at(sorted.partition_point(|(name, _)| name.as_str() < SIGNATURE));
        let mut bytes = b"{".to_vec();
        write_members(&mut bytes, before)?;
        let at = bytes.len();
        if !before.is_empty() && !behind.is_empty() {
            bytes.push(b',');
        }
        write_members(&mut bytes, behind)?;
        bytes.push(b'}');
        Ok(Self { bytes, at })
    }

    /// The bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The bytes of the whole record.
    ///
    /// # Errors
    /// [`RecordError::TooLarge`].
    pub(crate) fn encode(&self, signature: &[u8; 64]) -> Result<Vec<u8>, RecordError> {
        let bytes = self.signed(signature);
        if bytes.len() > RECORD_BYTES_MAX {
            return Err(RecordError::TooLarge { bytes: bytes.len() });
        }
        Ok(bytes)
    }

    /// The bytes with the signature.
    pub(super) fn signed(&self, signature: &[u8; 64]) -> Vec<u8> {
        let (before, behind) = self.bytes.split_at_checked(self.at).unwrap_or((&self.bytes, b""));
        // A comma on either side where there is a member.
        let comma = |wanted: bool| if wanted { "," } else { "" };
        let (left, right) =
            (before.len() > 1, behind.first().is_some_and(|byte| !matches!(byte, b',' | b'}')));
        let member =
            format!("{}\"{SIGNATURE}\":\"{}\"{}", comma(left), signature::text(signature), comma(right));
        [before, member.as_bytes(), behind].concat()
    }
}

/// Writes members, separated by commas.
fn write_members(bytes: &mut Vec<u8>, members: &[(&String, &Value)]) -> Result<(), RecordError> {
    for (place, (name, value)) in members.iter().enumerate() {
        if place > 0 {
            bytes.push(b',');
        }
        serde_json::to_writer(&mut *bytes, name)?;
        bytes.push(b':');
        write_sorted(bytes, value)?;
    }
    Ok(())
}

/// Writes a value with the members of its objects in order. Recurses as deep as the JSON reader lets values nest, which is
/// 128 levels.
fn write_sorted(bytes: &mut Vec<u8>, value: &Value) -> Result<(), RecordError> {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            bytes.push(b'{');
            write_members(bytes, &sorted)?;
            bytes.push(b'}');
            Ok(())
        }
        Value::Array(items) => {
            bytes.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    bytes.push(b',');
                }
                write_sorted(bytes, item)?;
            }
            bytes.push(b']');
            Ok(())
        }
        single => Ok(serde_json::to_writer(bytes, single)?),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_signature_stands_where_the_canonical_form_has_it() {
        let cases = [
            json!({}),
            json!({ "a": 1 }),
            json!({ "z": { "b": [{ "d": 1, "c": 2 }], "a": "é\n" } }),
            json!({ "a": "x", "signatura": 1, "signature_": 2, "z": 3, "A": [1] }),
        ];
        for case in cases {
            let mut members = case.as_object().unwrap().clone();
            let unsigned = Unsigned::write(&members).unwrap();
            assert_eq!(unsigned.bytes(), serde_json_canonicalizer::to_vec(&members).unwrap());
            members.insert(SIGNATURE.to_owned(), signature::text(&[9; 64]).into());
            assert_eq!(unsigned.signed(&[9; 64]), serde_json_canonicalizer::to_vec(&members).unwrap());
            assert_eq!(Unsigned::write(&members).unwrap().bytes(), unsigned.bytes());
        }
    }
}
