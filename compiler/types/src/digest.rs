//! SHA-256 digests.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

/// What stands before the digits.
const PREFIX: &str = "sha256:";

/// A SHA-256 digest, written as `sha256:` and 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

/// A text that is not a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// It does not begin with `sha256:`.
    #[error("a digest begins with `{PREFIX}`")]
    Prefix,
    /// What follows is not a digest's digits.
    #[error("not 64 lower-case hexadecimal digits")]
    Digits,
}

impl Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

/// The 32 bytes that `text` writes as 64 lower-case hexadecimal digits; `None` if it is anything else.
#[must_use]
pub fn bytes_of_hex(text: &str) -> Option<[u8; 32]> {
    // The library also reads capital letters.
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok().map(|()| bytes)
}

/// Writes 32 bytes as 64 lower-case hexadecimal digits.
///
/// # Errors
/// What the formatter says.
pub fn write_hex(bytes: &[u8; 32], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut digits = [0; 64];
    hex::encode_to_slice(bytes, &mut digits).map_err(|_| fmt::Error)?;
    f.write_str(std::str::from_utf8(&digits).map_err(|_| fmt::Error)?)
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(PREFIX)?;
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let digits = text.strip_prefix(PREFIX).ok_or(DigestError::Prefix)?;
        bytes_of_hex(digits).map(Self).ok_or(DigestError::Digits)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_has_one_spelling() {
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(Digest::of(b"").to_string(), empty);
        assert_eq!(format!("{:?}", Digest::of(b"")), empty);
        assert_eq!(serde_json::to_value(Digest::of(b"")).unwrap(), empty);
        assert_eq!(serde_json::from_value::<Digest>(empty.into()).unwrap(), Digest::of(b""));
        for (wrong, error) in [
            (empty.replace("sha256:", ""), DigestError::Prefix),
            (empty.replace("sha256", "SHA256"), DigestError::Prefix),
            (empty.replace('e', "E"), DigestError::Digits),
            (empty.replace('e', "g"), DigestError::Digits),
            (format!("{empty}0"), DigestError::Digits),
            (empty[..70].to_owned(), DigestError::Digits),
        ] {
            assert_eq!(wrong.parse::<Digest>(), Err(error), "{wrong}");
            assert!(serde_json::from_value::<Digest>(wrong.clone().into()).is_err(), "{wrong}");
        }
    }
}
