//! Salted commitments to arguments and claims, as records hold them (RFC 9901, section 4.2).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The SHA-256 of a disclosure, written as base64url without padding: 43 characters.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Commitment(pub [u8; 32]);

/// Text that is not the base64url of 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the base64url of 32 bytes")]
pub struct CommitmentError;

impl fmt::Display for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Debug for Commitment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Commitment {
    type Err = CommitmentError;

    fn from_str(text: &str) -> Result<Self, CommitmentError> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| CommitmentError)?;
        bytes.try_into().map(Self).map_err(|_| CommitmentError)
    }
}

impl Serialize for Commitment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Commitment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commitment_has_one_spelling() {
        let commitment = Commitment([3; 32]);
        let text = commitment.to_string();
        assert_eq!((text.len(), text.parse()), (43, Ok(commitment)));
        assert_eq!(serde_json::from_str::<Commitment>(&format!("\"{text}\"")).unwrap(), commitment);
        assert_eq!(format!("{commitment:?}"), text);
        // The last character has two bits that no byte uses.
        let loose = format!("{}N", &text[..42]);
        for wrong in [&text[1..], &format!("{text}="), &format!("{text}A"), &loose, ""] {
            assert_eq!(wrong.parse::<Commitment>(), Err(CommitmentError), "{wrong}");
        }
    }
}
