//! Digests of JSON outside the log.

use permit_types::digest::Digest;
use serde::Serialize;

/// A value that RFC 8785 cannot write: not a number, infinite, or an object whose keys are no texts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no canonical JSON: {message}")]
pub struct CanonicalError {
    /// What the JSON writer says.
    pub message: String,
}

/// The digest of the canonical JSON of `value` (RFC 8785). Numbers are those of IEEE 754 with double precision, so
/// whatever must not be rounded is a text.
///
/// # Errors
/// [`CanonicalError`] when the value has no canonical JSON.
pub fn canonical_digest(value: &impl Serialize) -> Result<Digest, CanonicalError> {
    let bytes = serde_json_canonicalizer::to_vec(value)
        .map_err(|error| CanonicalError { message: error.to_string() })?;
    Ok(Digest::of(&bytes))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_digest_of_json_does_not_depend_on_order_or_spelling() {
        let one: serde_json::Value =
            serde_json::from_str(r#"{"b":1.0,"a":"\u0041","é":[1e2,true]}"#).unwrap();
        let canonical = "{\"a\":\"A\",\"b\":1,\"é\":[100,true]}";
        assert_eq!(canonical_digest(&one), Ok(Digest::of(canonical.as_bytes())));
        assert_ne!(canonical_digest(&json!({"a": 1})), canonical_digest(&json!({"a": "1"})));
        let keyless = std::collections::BTreeMap::from([([1_u8], 1)]);
        assert!(matches!(canonical_digest(&keyless), Err(CanonicalError { .. })));
    }
}
