//! Access tokens (RFC 9068), bound both to the client's certificate (RFC 8705) and to its DPoP key (RFC 9449).
//!
//! Both bindings are enforced on every request. The types say how far one has come: [`AccessTokens::verify`] takes the
//! connection's identity and returns a [`CertificateBoundToken`], whose [`CertificateBoundToken::bind`] takes the
//! request's proof and returns a [`VerifiedToken`].

mod error;
mod key;
mod presented;

pub(crate) use error::{IssueError, TokenError};
pub(crate) use key::TokenKey;
pub(crate) use presented::presented_token;

use crate::certificate::PeerIdentity;
use permit_protocol::authorization_details::{self, GrantedScope};
use permit_protocol::dpop::{DpopProof, ProofUse, token_sha256};
use permit_protocol::jose::{CompactJws, Thumbprint, base64url};
use permit_protocol::uri::BaseUrl;
use serde_json::{Map, Value, json};

/// The longest token, in bytes.
pub(crate) const TOKEN_BYTES_MAX: usize = 16_384;
/// The `typ` of an access token (RFC 9068, section 2.1); nothing else that Permit signs has it.
pub(crate) const TOKEN_TYPE: &str = "at+jwt";
/// How far ahead of our clock another node's `iat` may be.
const ISSUED_AHEAD_MS: i64 = 5_000;
const JTI_BYTES: usize = 16;
const CLAIMS: [&str; 9] =
    ["aud", "authorization_details", "client_id", "cnf", "exp", "iat", "iss", "jti", "sub"];

/// Issues and verifies this server's access tokens.
#[derive(Debug)]
pub(crate) struct AccessTokens {
    key: TokenKey,
    base: BaseUrl,
    lifetime_ms_max: i64,
}

/// A freshly issued token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IssuedToken {
    /// The compact JWS.
    pub text: String,
    /// Its `jti`.
    pub jti: String,
    /// When it expires, in milliseconds since the Unix epoch; a whole second.
    pub expires_ms: i64,
}

/// A token that is ours, alive, and bound to this connection's certificate. Its DPoP key has still to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CertificateBoundToken {
    jkt: Thumbprint,
    sha256: [u8; 32],
    jti: String,
    issued_ms: i64,
    expires_ms: i64,
    scopes: Vec<GrantedScope>,
}

/// A token whose holder has shown both keys. Only [`CertificateBoundToken::bind`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VerifiedToken {
    jti: String,
    issued_ms: i64,
    expires_ms: i64,
    scopes: Vec<GrantedScope>,
    proof: DpopProof,
}

impl AccessTokens {
    /// Tokens issued by and for `base`, living at most `lifetime_ms_max` milliseconds.
    #[must_use]
    pub(crate) fn new(key: TokenKey, base: BaseUrl, lifetime_ms_max: i64) -> Self {
        Self { key, base, lifetime_ms_max }
    }

    /// Issues a token to the holder of `identity`'s certificate and of `proof`'s key. It lives no longer than the
    /// certificate, nor beyond `ends_ms`, when the first of the grants behind its scopes ends.
    ///
    /// # Errors
    /// [`IssueError`].
    pub(crate) fn issue(
        &self,
        identity: &PeerIdentity,
        proof: &DpopProof,
        scopes: &[GrantedScope],
        ends_ms: i64,
        now_ms: i64,
    ) -> Result<IssuedToken, IssueError> {
        let ends_ms = now_ms.saturating_add(self.lifetime_ms_max).min(identity.not_after_ms).min(ends_ms);
        let (iat_s, exp_s) = (now_ms.div_euclid(1000), ends_ms.div_euclid(1000));
        if ends_ms <= now_ms || exp_s <= iat_s {
            return Err(IssueError::CertificateEnds);
        }
        let mut random = [0; JTI_BYTES];
        getrandom::fill(&mut random).map_err(|_| IssueError::Randomness)?;
        let jti = base64url(&random);
        let subject = identity.spiffe_id.as_str();
        let mut claims = Map::new();
        for (name, value) in [
            ("iss", self.base.as_str().into()),
            ("aud", self.base.as_str().into()),
            ("sub", subject.into()),
            ("client_id", subject.into()),
            ("iat", iat_s.into()),
            ("exp", exp_s.into()),
            ("jti", jti.as_str().into()),
            ("cnf", json!({"jkt": proof.jkt().to_string(), "x5t#S256": identity.x5t_s256.to_string()})),
        ] {
            claims.insert(name.to_owned(), value);
        }
        if !scopes.is_empty() {
            claims.insert("authorization_details".to_owned(), authorization_details::to_value(scopes));
        }
        let text = self.key.signing().sign(TOKEN_TYPE, &claims).map_err(|_| IssueError::Randomness)?;
        if text.len() > TOKEN_BYTES_MAX {
            return Err(IssueError::TooLong);
        }
        Ok(IssuedToken { text, jti, expires_ms: exp_s.saturating_mul(1000) })
    }

    /// Verifies a token against the connection it came over.
    ///
    /// # Errors
    /// [`TokenError`] of the first check that fails.
    pub(crate) fn verify(
        &self,
        text: &str,
        identity: &PeerIdentity,
        now_ms: i64,
    ) -> Result<CertificateBoundToken, TokenError> {
        let jws = CompactJws::parse(text, TOKEN_BYTES_MAX, &["alg", "typ"])?;
        if jws.header().get("typ").and_then(Value::as_str) != Some(TOKEN_TYPE) {
            return Err(TokenError::Type);
        }
        jws.verify(self.key.public_key())?;
        let claims = jws.claims();
        if let Some(claim) = claims.keys().find(|name| !CLAIMS.contains(&name.as_str())) {
            return Err(TokenError::UnknownClaim { claim: claim.clone() });
        }
        for claim in ["iss", "aud"] {
            if string(claims, claim)? != self.base.as_str() {
                return Err(TokenError::Elsewhere { claim });
            }
        }
        let (issued_ms, expires_ms) = self.lifetime(claims, identity, now_ms)?;
        let jkt = confirmation(claims, identity)?;
        for claim in ["sub", "client_id"] {
            if string(claims, claim)? != identity.spiffe_id.as_str() {
                return Err(TokenError::Subject);
            }
        }
        let scopes = match claims.get("authorization_details") {
            None => Vec::new(),
            Some(details) => authorization_details::from_token(details)?,
        };
        let jti = string(claims, "jti")?.to_owned();
        Ok(CertificateBoundToken { jkt, sha256: token_sha256(text), jti, issued_ms, expires_ms, scopes })
    }

    fn lifetime(
        &self,
        claims: &Map<String, Value>,
        identity: &PeerIdentity,
        now_ms: i64,
    ) -> Result<(i64, i64), TokenError> {
        let instant = |claim: &'static str| {
            let seconds = claims.get(claim).and_then(Value::as_i64).filter(|seconds| *seconds >= 0);
            seconds.and_then(|seconds| seconds.checked_mul(1000)).ok_or(TokenError::Claim { claim })
        };
        let (issued_ms, expires_ms) = (instant("iat")?, instant("exp")?);
        if now_ms >= expires_ms || !identity.is_current(now_ms) {
            return Err(TokenError::Expired);
        }
        let longest_ms = self.lifetime_ms_max.saturating_add(1000);
        if expires_ms.saturating_sub(issued_ms) > longest_ms
            || issued_ms > now_ms.saturating_add(ISSUED_AHEAD_MS)
        {
            return Err(TokenError::Lifetime);
        }
        if expires_ms > identity.not_after_ms {
            return Err(TokenError::Lifetime);
        }
        Ok((issued_ms, expires_ms))
    }
}

impl CertificateBoundToken {
    /// What the request's proof has to match.
    #[must_use]
    pub(crate) fn proof_use(&self) -> ProofUse<'_> {
        ProofUse::Resource { token_sha256: &self.sha256, jkt: &self.jkt }
    }

    /// Joins the token with the proof of its key.
    ///
    /// # Errors
    /// [`TokenError::ProofKey`] when the proof is of another key or was made for another token or for none.
    pub(crate) fn bind(self, proof: DpopProof) -> Result<VerifiedToken, TokenError> {
        if proof.jkt() != &self.jkt || proof.token_sha256() != Some(&self.sha256) {
            return Err(TokenError::ProofKey);
        }
        let Self { jti, issued_ms, expires_ms, scopes, .. } = self;
        Ok(VerifiedToken { jti, issued_ms, expires_ms, scopes, proof })
    }
}

impl VerifiedToken {
    /// When the token was issued, in milliseconds since the Unix epoch.
    #[must_use]
    pub(crate) fn issued_ms(&self) -> i64 {
        self.issued_ms
    }

    /// The scopes it grants, uninterpreted.
    #[must_use]
    pub(crate) fn scopes(&self) -> &[GrantedScope] {
        &self.scopes
    }

    /// The proof that came with it.
    #[must_use]
    pub(crate) fn proof(&self) -> &DpopProof {
        &self.proof
    }
}

/// Both members are required, and no other is known: a binding that is not understood is a binding not enforced.
fn confirmation(claims: &Map<String, Value>, identity: &PeerIdentity) -> Result<Thumbprint, TokenError> {
    let cnf = claims.get("cnf").and_then(Value::as_object).ok_or(TokenError::Claim { claim: "cnf" })?;
    let member = |name: &str| cnf.get(name).and_then(Value::as_str);
    let (Some(jkt), Some(x5t), 2) = (member("jkt"), member("x5t#S256"), cnf.len()) else {
        return Err(TokenError::Claim { claim: "cnf" });
    };
    if x5t != identity.x5t_s256.to_string() {
        return Err(TokenError::Certificate);
    }
    Thumbprint::parse(jkt).ok_or(TokenError::Claim { claim: "cnf" })
}

fn string<'c>(claims: &'c Map<String, Value>, claim: &'static str) -> Result<&'c str, TokenError> {
    claims.get(claim).and_then(Value::as_str).ok_or(TokenError::Claim { claim })
}

#[cfg(test)]
mod tests;
