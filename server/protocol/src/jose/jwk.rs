//! Public keys as JSON (RFC 7517, RFC 8037) and their thumbprints (RFC 7638).

use super::{Algorithm, base64url, from_base64url};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::fmt;

/// The length of a thumbprint in bytes.
pub const THUMBPRINT_BYTES: usize = 32;
const COORDINATE_BYTES: usize = 32;
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];
/// What may stand beside the key itself. None of it is used to choose a key.
const BENIGN_MEMBERS: [&str; 5] = ["alg", "use", "key_ops", "kid", "ext"];

/// Why a JWK is not an acceptable public key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwkError {
    /// The JWK is not a JSON object.
    #[error("the jwk is not an object")]
    NotAnObject,
    /// The JWK carries private or symmetric key material.
    #[error("the jwk has the private member `{member}`")]
    PrivateMember {
        /// The offending member's name.
        member: String,
    },
    /// A member that this key type does not have.
    #[error("the jwk has the unexpected member `{member}`")]
    UnexpectedMember {
        /// The offending member's name.
        member: String,
    },
    /// Neither EC P-256 nor OKP Ed25519.
    #[error("the key is neither EC P-256 nor OKP Ed25519")]
    Unsupported,
    /// `alg`, `use` or `key_ops` says that the key is meant for something else.
    #[error("the jwk's `{member}` does not allow verifying signatures")]
    Purpose {
        /// The offending member's name.
        member: &'static str,
    },
    /// A coordinate that is missing, not canonical base64url, of the wrong length or not a usable point.
    #[error("the coordinate `{member}` is missing or not canonical")]
    Coordinate {
        /// The offending member's name.
        member: &'static str,
    },
}

/// A public key. Two equal keys have equal bytes, so they have one thumbprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublicKey {
    /// A point on P-256.
    P256 {
        /// Big-endian affine x.
        x: [u8; COORDINATE_BYTES],
        /// Big-endian affine y.
        y: [u8; COORDINATE_BYTES],
    },
    /// An Ed25519 public key.
    Ed25519 {
        /// The encoded point.
        x: [u8; COORDINATE_BYTES],
    },
}

impl PublicKey {
    /// Reads a JWK.
    ///
    /// # Errors
    /// [`JwkError`] names the member that is wrong.
    pub fn from_jwk(value: &Value) -> Result<Self, JwkError> {
        let jwk = value.as_object().ok_or(JwkError::NotAnObject)?;
        if let Some(member) = jwk.keys().find(|name| PRIVATE_MEMBERS.contains(&name.as_str())) {
            return Err(JwkError::PrivateMember { member: member.clone() });
        }
        let text = |member: &str| jwk.get(member).and_then(Value::as_str);
        let key = match (text("kty"), text("crv")) {
            (Some("EC"), Some("P-256")) => {
                only(jwk, &["kty", "crv", "x", "y"])?;
                Self::P256 { x: coordinate(jwk, "x")?, y: coordinate(jwk, "y")? }
            }
            (Some("OKP"), Some("Ed25519")) => {
                only(jwk, &["kty", "crv", "x"])?;
                Self::ed25519(coordinate(jwk, "x")?)?
            }
            _ => return Err(JwkError::Unsupported),
        };
        purpose(jwk, key.algorithm())?;
        Ok(key)
    }

    /// Takes an encoded Ed25519 point. Points of small order verify anything, and a second encoding of a point would
    /// be a second thumbprint: both are refused.
    ///
    /// # Errors
    /// [`JwkError::Coordinate`].
    pub fn ed25519(x: [u8; COORDINATE_BYTES]) -> Result<Self, JwkError> {
        let refused = JwkError::Coordinate { member: "x" };
        let point = ed25519_dalek::VerifyingKey::from_bytes(&x).map_err(|_| refused.clone())?;
        if point.is_weak() || !canonical_field_element(&x) {
            return Err(refused);
        }
        Ok(Self::Ed25519 { x })
    }

    /// The one algorithm this key is used with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::P256 { .. } => Algorithm::Es256,
            Self::Ed25519 { .. } => Algorithm::EdDsa,
        }
    }

    /// The public JWK with its required members only.
    #[must_use]
    pub fn to_jwk(&self) -> Value {
        match self {
            Self::P256 { x, y } => json!({"kty": "EC", "crv": "P-256", "x": base64url(x), "y": base64url(y)}),
            Self::Ed25519 { x } => json!({"kty": "OKP", "crv": "Ed25519", "x": base64url(x)}),
        }
    }

    /// The RFC 7638 SHA-256 thumbprint.
    #[must_use]
    pub fn thumbprint(&self) -> Thumbprint {
        let text = match self {
            Self::P256 { x, y } => {
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#, base64url(x), base64url(y))
            }
            Self::Ed25519 { x } => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, base64url(x)),
        };
        Thumbprint(Sha256::digest(text.as_bytes()).into())
    }
}

fn only(jwk: &Map<String, Value>, required: &[&str]) -> Result<(), JwkError> {
    let known = |name: &&String| required.contains(&name.as_str()) || BENIGN_MEMBERS.contains(&name.as_str());
    match jwk.keys().find(|name| !known(name)) {
        Some(member) => Err(JwkError::UnexpectedMember { member: member.clone() }),
        None => Ok(()),
    }
}

fn purpose(jwk: &Map<String, Value>, algorithm: Algorithm) -> Result<(), JwkError> {
    let alg_fits = |value: &Value| value.as_str().and_then(Algorithm::from_name) == Some(algorithm);
    let ops_fit = |value: &Value| value.as_array().is_some_and(|ops| ops.iter().all(|op| op == "verify"));
    if !jwk.get("alg").is_none_or(alg_fits) {
        return Err(JwkError::Purpose { member: "alg" });
    }
    if !jwk.get("use").is_none_or(|value| value == "sig") {
        return Err(JwkError::Purpose { member: "use" });
    }
    if !jwk.get("key_ops").is_none_or(ops_fit) {
        return Err(JwkError::Purpose { member: "key_ops" });
    }
    Ok(())
}

fn coordinate(jwk: &Map<String, Value>, member: &'static str) -> Result<[u8; COORDINATE_BYTES], JwkError> {
    jwk.get(member)
        .and_then(Value::as_str)
        .filter(|text| text.len() <= 2 * COORDINATE_BYTES)
        .and_then(from_base64url)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or(JwkError::Coordinate { member })
}

/// Whether the little-endian y of an encoded Ed25519 point is below 2^255 - 19.
fn canonical_field_element(encoded: &[u8; COORDINATE_BYTES]) -> bool {
    let [low, middle @ .., high] = encoded;
    !(*low >= 0xed && middle.iter().all(|byte| *byte == 0xff) && high & 0x7f == 0x7f)
}

/// The SHA-256 thumbprint of a public key (RFC 7638).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Thumbprint([u8; THUMBPRINT_BYTES]);

impl Thumbprint {
    /// Reads the base64url form, as it stands in `cnf.jkt`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        from_base64url(text)?.try_into().ok().map(Self)
    }

    /// The raw digest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; THUMBPRINT_BYTES] {
        &self.0
    }
}

impl From<[u8; THUMBPRINT_BYTES]> for Thumbprint {
    fn from(bytes: [u8; THUMBPRINT_BYTES]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&base64url(&self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Thumbprint({self})")
    }
}

#[cfg(test)]
mod tests;
