//! Creates proofs, for clients (RFC 9449, section 4.2).

use serde_json::{Map, Value};

use super::{TYPE, token_sha256};
use crate::jose::{SigningError, SigningKey, base64url};

const JTI_BYTES: usize = 16;

/// The request that a proof is made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProofRequest<'a> {
    /// The method of the request line.
    pub method: &'a str,
    /// The request's address without query and fragment.
    pub uri: &'a str,
    /// The access token that goes with the request; none at the token endpoint.
    pub token: Option<&'a str>,
    /// Now, in milliseconds since the Unix epoch.
    pub now_ms: i64,
}

/// A fresh proof.
///
/// # Errors
/// [`SigningError::Randomness`].
pub fn create_proof(key: &SigningKey, request: &ProofRequest<'_>) -> Result<String, SigningError> {
    let mut jti = [0; JTI_BYTES];
    getrandom::fill(&mut jti).map_err(|_| SigningError::Randomness)?;
    let mut claims: Map<String, Value> = Map::new();
    for (name, value) in [
        ("htm", Value::from(request.method)),
        ("htu", request.uri.into()),
        ("iat", request.now_ms.div_euclid(1_000).into()),
        ("jti", base64url(&jti).into()),
    ] {
        claims.insert(name.to_owned(), value);
    }
    if let Some(token) = request.token {
        claims.insert("ath".to_owned(), base64url(&token_sha256(token)).into());
    }
    key.sign_with_jwk(TYPE, &claims)
}
