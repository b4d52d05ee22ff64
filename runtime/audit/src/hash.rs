//! SHA-256 as the Merkle tree of RFC 6962 uses it: a leaf can never be mistaken for a node.

use std::fmt;
use std::str::FromStr;

use permit_types::digest::{bytes_of_hex, write_hex};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};

/// A SHA-256 digest: of a record, of a node of the tree, or of a whole tree.
///
/// Written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

/// A text that is not 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not 64 lower-case hexadecimal digits")]
pub struct HashError;

impl Hash {
    /// The root of the tree without leaves: the digest of nothing (RFC 6962, section 2.1).
    #[must_use]
    pub fn of_empty_tree() -> Self {
        Self::of(&[])
    }

    /// The hash of the leaf that holds `record`: SHA-256 of a zero byte and the record.
    #[must_use]
    pub fn of_leaf(record: &[u8]) -> Self {
        Self::of(&[&[0], record])
    }

    /// The hash of the node above `left` and `right`: SHA-256 of a one byte and both.
    #[must_use]
    pub fn of_node(left: &Self, right: &Self) -> Self {
        Self::of(&[&[1], &left.0, &right.0])
    }

    /// The digest of `parts`, one behind the other.
    pub(crate) fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        for part in parts {
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }

    /// Reads `0x` and 64 digits, as records write a root.
    pub(crate) fn from_0x(text: &str) -> Result<Self, HashError> {
        text.strip_prefix("0x").ok_or(HashError)?.parse()
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hash {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        bytes_of_hex(text).map(Self).ok_or(HashError)
    }
}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_tree_and_the_empty_leaf_have_the_digests_of_rfc_6962() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let leaf = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        assert_eq!(Hash::of_empty_tree().to_string(), empty);
        assert_eq!(Hash::of_leaf(b"").to_string(), leaf);
    }

    #[test]
    fn only_lower_case_digits_of_the_right_number_are_read() {
        let text = Hash::of_leaf(b"x").to_string();
        assert_eq!(text.parse(), Ok(Hash::of_leaf(b"x")));
        for wrong in [&text[1..], &format!("{text}0"), &text.to_uppercase(), &text.replace('0', "g"), "", "é"]
        {
            assert_eq!(wrong.parse::<Hash>(), Err(HashError), "{wrong}");
        }
        assert_eq!(Hash::from_0x(&text), Err(HashError));
    }
}
