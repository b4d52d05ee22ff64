//! DPoP proofs (RFC 9449): fresh proof of possession of a key for every request.
//!
//! The checks of section 4.3 run cheapest first; the signature comes late and the replay memory last, so that nobody
//! can use up a proof that is not otherwise valid.

mod create;
mod error;

pub use create::{ProofRequest, create_proof};
pub use error::ProofError;

use crate::jose::{CompactJws, PublicKey, Thumbprint, base64url};
use crate::replay::{ProofDigest, ReplayGuard};
use crate::uri::TargetUri;
use http::{HeaderMap, Method};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

/// The longest proof that is looked at, in bytes.
pub const PROOF_BYTES_MAX: usize = 4096;
/// The longest `jti`, in bytes.
pub const JTI_BYTES_MAX: usize = 128;
/// How far apart a client's clock and ours may be by default, either way.
pub const WINDOW_MS_DEFAULT: i64 = 60_000;
/// Kept beyond the window, so that a proof is forgotten strictly after it ceased to be acceptable.
const FORGET_SKEW_MS: i64 = 2_000;
/// The `typ` of a proof.
const TYPE: &str = "dpop+jwt";
const HEADER_NAME: &str = "dpop";
const HEADER_MEMBERS: [&str; 3] = ["alg", "jwk", "typ"];

/// A proof that has been read and not yet believed.
#[derive(Debug, Clone, PartialEq)]
pub struct UnverifiedProof<'a> {
    jws: CompactJws<'a>,
    key: PublicKey,
}

/// A proof that has passed every check and cannot be used again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DpopProof {
    jkt: Thumbprint,
    jti_digest: ProofDigest,
    iat_ms: i64,
    token_sha256: Option<[u8; 32]>,
}

/// What a proof has to go with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofUse<'a> {
    /// A request for a token: no token goes with it yet, and `ath` is refused.
    Token,
    /// A request with a token: `ath` and the key both have to match it.
    Resource {
        /// SHA-256 of the token's text.
        token_sha256: &'a [u8; 32],
        /// The token's `cnf.jkt`.
        jkt: &'a Thumbprint,
    },
}

/// The request a proof came with, as the server sees it.
#[derive(Debug, Clone, Copy)]
pub struct ProofContext<'a> {
    /// The method of the request line; override headers do not exist here.
    pub method: &'a Method,
    /// The configured base address and the routed path, never `Host`.
    pub target: &'a TargetUri,
    /// What the proof has to go with.
    pub proof_use: ProofUse<'a>,
    /// Now, in milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// How far `iat` may lie from now, either way, in milliseconds.
    pub window_ms: i64,
}

impl<'a> UnverifiedProof<'a> {
    /// Takes the proof out of a request's headers.
    ///
    /// # Errors
    /// [`ProofError::Missing`], [`ProofError::Duplicated`], and those of [`UnverifiedProof::parse`].
    pub fn from_headers(headers: &'a HeaderMap) -> Result<Self, ProofError> {
        let mut values = headers.get_all(HEADER_NAME).iter();
        let value = values.next().ok_or(ProofError::Missing)?;
        if values.next().is_some() {
            return Err(ProofError::Duplicated);
        }
        Self::parse(value.to_str().map_err(|_| ProofError::Malformed { reason: "not ASCII".to_owned() })?)
    }

    /// Reads a proof: its form, `typ`, `alg` and `jwk`.
    ///
    /// # Errors
    /// The [`ProofError`] of the first of these that is wrong.
    pub fn parse(text: &'a str) -> Result<Self, ProofError> {
        if text.is_empty() {
            return Err(ProofError::Missing);
        }
        if text.contains(',') {
            return Err(ProofError::Duplicated);
        }
        let jws = CompactJws::parse(text, PROOF_BYTES_MAX, &HEADER_MEMBERS).map_err(ProofError::from_jws)?;
        if jws.header().get("typ").and_then(Value::as_str) != Some(TYPE) {
            return Err(ProofError::Type);
        }
        let jwk =
            jws.header().get("jwk").ok_or_else(|| ProofError::Malformed { reason: "no jwk".to_owned() })?;
        let key = PublicKey::from_jwk(jwk).map_err(ProofError::from_jwk)?;
        if key.algorithm() != jws.algorithm() {
            return Err(ProofError::Algorithm);
        }
        Ok(Self { jws, key })
    }

    /// Checks the proof against its request and uses it up.
    ///
    /// # Errors
    /// The [`ProofError`] of the first check that fails. The replay memory is untouched unless all others passed.
    pub fn verify(self, context: &ProofContext<'_>, replay: &ReplayGuard) -> Result<DpopProof, ProofError> {
        let claims = self.jws.claims();
        let jti = text(claims, "jti")?;
        if jti.is_empty() || jti.len() > JTI_BYTES_MAX {
            return Err(ProofError::Malformed {
                reason: format!("jti is empty or longer than {JTI_BYTES_MAX} bytes"),
            });
        }
        if text(claims, "htm")? != context.method.as_str() {
            return Err(ProofError::Method);
        }
        if TargetUri::parse(text(claims, "htu")?).as_ref() != Ok(context.target) {
            return Err(ProofError::Uri);
        }
        let iat_ms = self.issued_within(context)?;
        let jkt = self.key.thumbprint();
        let token_sha256 = belongs_to(claims, &jkt, context.proof_use)?;
        self.jws.verify(&self.key).map_err(ProofError::from_jws)?;
        let jti_digest = ProofDigest::new(&jkt, context.target.as_str(), jti);
        let expires_ms = iat_ms.saturating_add(context.window_ms).saturating_add(FORGET_SKEW_MS);
        replay.insert(jti_digest, expires_ms, context.now_ms)?;
        Ok(DpopProof { jkt, jti_digest, iat_ms, token_sha256 })
    }

    fn issued_within(&self, context: &ProofContext<'_>) -> Result<i64, ProofError> {
        let claims = self.jws.claims();
        let seconds = claims.get("iat").and_then(Value::as_i64);
        let seconds = seconds
            .ok_or_else(|| ProofError::Malformed { reason: "iat is not a whole number".to_owned() })?;
        let out = ProofError::Time { iat_s: seconds, now_ms: context.now_ms, window_ms: context.window_ms };
        let iat_ms = seconds.checked_mul(1000).ok_or_else(|| out.clone())?;
        let distance_ms =
            iat_ms.checked_sub(context.now_ms).and_then(i64::checked_abs).ok_or_else(|| out.clone())?;
        if distance_ms > context.window_ms {
            return Err(out);
        }
        Ok(iat_ms)
    }
}

/// `ath` and the key are two checks: `ath` alone would let any key carry a stolen token.
fn belongs_to(
    claims: &Map<String, Value>,
    jkt: &Thumbprint,
    proof_use: ProofUse<'_>,
) -> Result<Option<[u8; 32]>, ProofError> {
    match (claims.get("ath"), proof_use) {
        (None, ProofUse::Token) => Ok(None),
        (Some(_), ProofUse::Token) | (None, ProofUse::Resource { .. }) => Err(ProofError::TokenHash),
        (Some(ath), ProofUse::Resource { token_sha256, jkt: bound }) => {
            if ath.as_str() != Some(base64url(token_sha256).as_str()) {
                return Err(ProofError::TokenHash);
            }
            if jkt != bound {
                return Err(ProofError::Key);
            }
            Ok(Some(*token_sha256))
        }
    }
}

fn text<'c>(claims: &'c Map<String, Value>, name: &str) -> Result<&'c str, ProofError> {
    let value = claims.get(name).and_then(Value::as_str);
    value.ok_or_else(|| ProofError::Malformed { reason: format!("{name} is missing or not a string") })
}

impl DpopProof {
    /// The thumbprint of the proof's key.
    #[must_use]
    pub fn jkt(&self) -> &Thumbprint {
        &self.jkt
    }

    /// What the replay memory knows this proof by.
    #[must_use]
    pub fn jti_digest(&self) -> &ProofDigest {
        &self.jti_digest
    }

    /// When the client made the proof.
    #[must_use]
    pub fn iat_ms(&self) -> i64 {
        self.iat_ms
    }

    /// SHA-256 of the token the proof was made for; `None` at the token endpoint.
    #[must_use]
    pub fn token_sha256(&self) -> Option<&[u8; 32]> {
        self.token_sha256.as_ref()
    }
}

/// SHA-256 of a token's text: what `ath` encodes.
#[must_use]
pub fn token_sha256(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

#[cfg(test)]
mod tests;
