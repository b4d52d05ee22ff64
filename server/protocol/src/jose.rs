//! The subset of JOSE that Permit uses: compact JWS with ES256 or EdDSA (Ed25519), public JWKs, thumbprints.
//!
//! This is our own code because no JOSE library rejects duplicate members, non-canonical base64 and unknown header
//! members.
//!
//! No key is looked up by what a token says: there is no `kid`, `jku`, `x5u` or `x5c`.

mod jwk;
mod jws;
mod signing;

pub use jwk::{JwkError, PublicKey, THUMBPRINT_BYTES, Thumbprint};
pub use jws::{CompactJws, JwsError};
pub use signing::{SigningError, SigningKey};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The algorithms that are accepted, as they stand in a challenge's `algs` (RFC 9449, section 7.1).
pub const ALGORITHMS: &str = "ES256 EdDSA";

/// A signature algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// The `alg` value.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Reads an `alg` value; case matters.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "ES256" => Some(Self::Es256),
            "EdDSA" => Some(Self::EdDsa),
            _ => None,
        }
    }
}

/// Encodes as base64url without padding.
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes canonical base64url without padding: set trailing bits, padding, white space and other alphabets are refused.
#[must_use]
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64url_has_one_spelling() {
        assert_eq!(from_base64url("-_8").unwrap(), [0xfb, 0xff]);
        for text in ["-_9", "-_8=", "+/8", "-_ 8", "-_8\n", "A"] {
            assert_eq!(from_base64url(text), None, "{text}");
        }
    }
}
