//! Strict compact JWS (RFC 7515).

use super::{Algorithm, PublicKey, from_base64url};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, UnparsedPublicKey};
use permit_types::strict_json::{self, StrictJsonError};
use serde_json::{Map, Value};

const SIGNATURE_BYTES: usize = 64;
/// 64 bytes in base64url without padding.
const SIGNATURE_TEXT_BYTES: usize = 86;

/// Why a text is not an acceptable JWS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Longer than the caller's limit; nothing was decoded.
    #[error("the JWS is longer than {bytes_max} bytes")]
    TooLong {
        /// The limit.
        bytes_max: usize,
    },
    /// Not exactly three parts.
    #[error("the JWS does not have exactly three parts")]
    Parts,
    /// A part that is not canonical base64url.
    #[error("a part of the JWS is not canonical base64url without padding")]
    Base64,
    /// A header or payload that is not strict JSON, or not an object.
    #[error(transparent)]
    Json(#[from] StrictJsonError),
    /// A header member that is not on the caller's list; `crit`, `b64`, `kid`, `jku` and their like end here.
    #[error("the header member `{member}` is not allowed")]
    HeaderMember {
        /// The offending member's name.
        member: String,
    },
    /// `alg` is missing, not a string, or neither ES256 nor EdDSA.
    #[error("the algorithm is neither ES256 nor EdDSA")]
    Algorithm,
    /// The signature is not 64 bytes; a DER-encoded ECDSA signature ends here.
    #[error("the signature is not 64 bytes long")]
    SignatureLength,
    /// The key is of another kind than `alg`.
    #[error("the key does not fit the algorithm")]
    KeyMismatch,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
}

/// A compact JWS, taken apart but not yet believed.
#[derive(Debug, Clone, PartialEq)]
pub struct CompactJws<'a> {
    header: Map<String, Value>,
    payload: Map<String, Value>,
    algorithm: Algorithm,
    signing_input: &'a str,
    signature: [u8; SIGNATURE_BYTES],
}

impl<'a> CompactJws<'a> {
    /// Takes a JWS apart. `header_members` are the only header members it may have.
    ///
    /// # Errors
    /// [`JwsError`], cheapest check first; never [`JwsError::Signature`].
    pub fn parse(text: &'a str, bytes_max: usize, header_members: &[&str]) -> Result<Self, JwsError> {
        if text.len() > bytes_max {
            return Err(JwsError::TooLong { bytes_max });
        }
        let (signing_input, signature) = text.rsplit_once('.').ok_or(JwsError::Parts)?;
        let (header, payload) = signing_input.split_once('.').ok_or(JwsError::Parts)?;
        if payload.contains('.') || header.is_empty() || payload.is_empty() || signature.is_empty() {
            return Err(JwsError::Parts);
        }
        if signature.len() != SIGNATURE_TEXT_BYTES {
            return Err(JwsError::SignatureLength);
        }
        let signature = from_base64url(signature).ok_or(JwsError::Base64)?;
        let signature = signature.try_into().map_err(|_| JwsError::SignatureLength)?;
        let header = strict_json::parse_object(&from_base64url(header).ok_or(JwsError::Base64)?)?;
        if let Some(member) = header.keys().find(|name| !header_members.contains(&name.as_str())) {
            return Err(JwsError::HeaderMember { member: member.clone() });
        }
        let algorithm = header.get("alg").and_then(Value::as_str).and_then(Algorithm::from_name);
        let algorithm = algorithm.ok_or(JwsError::Algorithm)?;
        let payload = strict_json::parse_object(&from_base64url(payload).ok_or(JwsError::Base64)?)?;
        Ok(Self { header, payload, algorithm, signing_input, signature })
    }

    /// The protected header.
    #[must_use]
    pub fn header(&self) -> &Map<String, Value> {
        &self.header
    }

    /// The claims. Whoever reads them before [`CompactJws::verify`] may only use them to refuse.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.payload
    }

    /// The algorithm the header names.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Verifies the signature.
    ///
    /// # Errors
    /// [`JwsError::KeyMismatch`] or [`JwsError::Signature`].
    pub fn verify(&self, key: &PublicKey) -> Result<(), JwsError> {
        if key.algorithm() != self.algorithm {
            return Err(JwsError::KeyMismatch);
        }
        let message = self.signing_input.as_bytes();
        let result = match key {
            PublicKey::P256 { x, y } => {
                let point = [[0x04].as_slice(), x, y].concat();
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, &self.signature)
            }
            PublicKey::Ed25519 { x } => UnparsedPublicKey::new(&ED25519, x).verify(message, &self.signature),
        };
        result.map_err(|_| JwsError::Signature)
    }
}

#[cfg(test)]
mod tests;
