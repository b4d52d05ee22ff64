//! Digests of data outside the log.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::hash::Hash;

/// A SHA-256 digest of something outside the log, written as `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

/// A value that RFC 8785 cannot write: not a number, infinite, or an object whose keys are no texts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no canonical JSON: {message}")]
pub struct CanonicalError {
    /// What the JSON writer says.
    pub message: String,
}

impl Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Hash::of(&[bytes]).0)
    }

    /// The digest of the canonical JSON of `value` (RFC 8785). Numbers are those of IEEE 754 with double precision, so
    /// whatever must not be rounded is a text.
    ///
    /// # Errors
    /// [`CanonicalError`] when the value has no canonical JSON.
    pub fn of_json(value: &impl Serialize) -> Result<Self, CanonicalError> {
        let bytes = serde_json_canonicalizer::to_vec(value)
            .map_err(|error| CanonicalError { message: error.to_string() })?;
        Ok(Self::of(&bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", Hash(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text
            .strip_prefix("sha256:")
            .ok_or_else(|| de::Error::custom("a digest begins with `sha256:`"))?;
        digits.parse().map(|Hash(bytes)| Self(bytes)).map_err(de::Error::custom)
    }
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
        assert_eq!(Digest::of_json(&one), Ok(Digest::of(canonical.as_bytes())));
        assert_ne!(Digest::of_json(&json!({"a": 1})), Digest::of_json(&json!({"a": "1"})));
        let keyless = std::collections::BTreeMap::from([([1_u8], 1)]);
        assert!(matches!(Digest::of_json(&keyless), Err(CanonicalError { .. })));
    }

    #[test]
    fn a_digest_has_one_spelling() {
        let text = format!("\"{}\"", Digest::of(b"x"));
        assert_eq!(serde_json::from_str::<Digest>(&text).unwrap(), Digest::of(b"x"));
        assert_eq!(format!("{:?}", Digest::of(b"x")), Digest::of(b"x").to_string());
        for wrong in [text.replace("sha256:", ""), text.replace("sha256", "SHA256"), text.to_uppercase()] {
            assert!(serde_json::from_str::<Digest>(&wrong).is_err(), "{wrong}");
        }
    }
}
