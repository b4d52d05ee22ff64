//! The signature of a record: the signed message, and the form of the member.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Deserializer, Serializer, de};

use crate::hash::Hash;

/// What the signature is made over: the purpose, the origin and the digest of the record without its signature.
pub(crate) fn message(origin: &str, unsigned: &[u8]) -> Vec<u8> {
    let digest = Hash::of(&[unsigned]);
    [b"permit-record/v2\n", origin.as_bytes(), b"\n", &digest.0].concat()
}

/// `ed25519:` and base64url without padding.
pub(super) fn text(signature: &[u8; 64]) -> String {
    format!("ed25519:{}", URL_SAFE_NO_PAD.encode(signature))
}

pub(super) fn serialize<S: Serializer>(signature: &[u8; 64], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&text(signature))
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 64], D::Error> {
    let malformed = || de::Error::custom("a signature is `ed25519:` and the base64url of 64 bytes");
    let text = String::deserialize(deserializer)?;
    let encoded = text.strip_prefix("ed25519:").ok_or_else(malformed)?;
    let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| malformed())?;
    bytes.try_into().map_err(|_| malformed())
}
