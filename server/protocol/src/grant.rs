//! Task grants: what a task issuer, such as an orchestrator, signs offline for one agent and one server.
//!
//! A grant is a compact JWS with Ed25519 and the type `permit-grant+jwt`. Its scopes are chosen by the issuer, not by
//! the agent; only they satisfy an agent type's `requires scope`. Its agent may present it for every new token, until
//! it expires.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::authorization_details::{DetailsError, Granted, GrantedScope, from_grant, to_value};
use crate::jose::{CompactJws, JwsError, PublicKey, SigningError, SigningKey, base64url};
use crate::problem::TokenErrorCode;

/// The longest grant, in bytes.
pub const GRANT_BYTES_MAX: usize = 6_144;
/// The `typ` of a grant; nothing else that is signed for Permit has it.
pub const GRANT_TYPE: &str = "permit-grant+jwt";
/// How far ahead of our clock an issuer's `iat` may be.
const ISSUED_AHEAD_MS: i64 = 5_000;
const JTI_BYTES: usize = 16;
const JTI_BYTES_MAX: usize = 128;
const CLAIMS: [&str; 7] = ["aud", "authorization_details", "exp", "iat", "iss", "jti", "sub"];

/// Why a grant is not accepted. The code of each is stable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// Not a strict JWS, or not signed by its issuer.
    #[error("the grant is not valid: {0}")]
    Jws(#[from] JwsError),
    /// Another kind of JWT, such as an access token.
    #[error("the grant's typ is not `permit-grant+jwt`")]
    Type,
    /// This server knows no such issuer.
    #[error("the grant's issuer is not one of this server's")]
    Issuer,
    /// A required claim that is missing or malformed.
    #[error("the grant's claim `{claim}` is missing or malformed")]
    Claim {
        /// The claim's name.
        claim: &'static str,
    },
    /// A claim that grants do not have.
    #[error("the grant's claim `{claim}` is unknown")]
    UnknownClaim {
        /// The claim's name.
        claim: String,
    },
    /// Granted to another agent.
    #[error("the grant is for another agent")]
    Subject,
    /// Made for another server.
    #[error("the grant is for another server")]
    Audience,
    /// It has ended.
    #[error("the grant has expired")]
    Expired,
    /// It begins in the future, or ends before it begins.
    #[error("the grant's times are in the future or inconsistent")]
    Times,
    /// Its scopes do not read.
    #[error("the grant's {0}")]
    Details(#[from] DetailsError),
}

impl GrantError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> TokenErrorCode {
        match self {
            Self::Jws(JwsError::Signature | JwsError::KeyMismatch) => TokenErrorCode::GrantSignature,
            Self::Jws(_) => TokenErrorCode::GrantMalformed,
            Self::Type => TokenErrorCode::GrantJwtType,
            Self::Issuer => TokenErrorCode::GrantIssuer,
            Self::Claim { .. } | Self::UnknownClaim { .. } | Self::Details(_) => TokenErrorCode::GrantClaims,
            Self::Subject => TokenErrorCode::GrantSubject,
            Self::Audience => TokenErrorCode::GrantAudience,
            Self::Expired => TokenErrorCode::GrantExpired,
            Self::Times => TokenErrorCode::GrantTimes,
        }
    }
}

/// A grant that is its issuer's, for this agent and this server, and alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedGrant {
    /// What it grants.
    pub scopes: Vec<GrantedScope>,
    /// Its `jti`.
    pub jti: String,
    /// When it ends, in milliseconds since the Unix epoch.
    pub ends_ms: i64,
}

/// What an issuer grants: the agent, the server, and the time of validity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskGrant {
    /// The issuer's name, as the server's configuration has it.
    pub issuer: String,
    /// The agent's SPIFFE ID.
    pub agent: String,
    /// The server's `public_url`.
    pub server: String,
    /// The scopes of the task.
    pub scopes: Vec<GrantedScope>,
    /// Start of validity, in seconds since the Unix epoch; the scopes' `expires after` counts from here.
    pub from_s: i64,
    /// End of validity, in seconds since the Unix epoch.
    pub until_s: i64,
}

impl TaskGrant {
    /// Signs the grant with the issuer's key: a compact JWS.
    ///
    /// # Errors
    /// [`SigningError::Randomness`].
    pub fn sign(&self, key: &SigningKey) -> Result<String, SigningError> {
        let mut jti = [0; JTI_BYTES];
        getrandom::fill(&mut jti).map_err(|_| SigningError::Randomness)?;
        let claims = [
            ("iss", Value::from(self.issuer.as_str())),
            ("sub", self.agent.as_str().into()),
            ("aud", self.server.as_str().into()),
            ("jti", base64url(&jti).into()),
            ("iat", self.from_s.into()),
            ("exp", self.until_s.into()),
            ("authorization_details", to_value(&self.scopes)),
        ];
        key.sign(GRANT_TYPE, &claims.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
    }
}

/// Who may grant tasks, with their keys.
#[derive(Debug, Clone, Default)]
pub struct Issuers {
    keys: BTreeMap<String, Vec<PublicKey>>,
}

impl Issuers {
    /// Issuers by name, each with the keys that it may sign with.
    #[must_use]
    pub fn new(keys: BTreeMap<String, Vec<PublicKey>>) -> Self {
        Self { keys }
    }

    /// Verifies a grant that `subject` presents to the server `audience` at `now_ms`.
    ///
    /// # Errors
    /// [`GrantError`] of the first check that fails.
    pub fn verify(
        &self,
        text: &str,
        subject: &str,
        audience: &str,
        now_ms: i64,
    ) -> Result<VerifiedGrant, GrantError> {
        let jws = CompactJws::parse(text, GRANT_BYTES_MAX, &["alg", "typ"])?;
        if jws.header().get("typ").and_then(Value::as_str) != Some(GRANT_TYPE) {
            return Err(GrantError::Type);
        }
        let claims = jws.claims();
        let issuer = string(claims, "iss")?;
        let keys = self.keys.get(issuer).ok_or(GrantError::Issuer)?;
        if !keys.iter().any(|key| jws.verify(key).is_ok()) {
            return Err(JwsError::Signature.into());
        }
        if let Some(claim) = claims.keys().find(|name| !CLAIMS.contains(&name.as_str())) {
            return Err(GrantError::UnknownClaim { claim: claim.clone() });
        }
        if string(claims, "sub")? != subject {
            return Err(GrantError::Subject);
        }
        if string(claims, "aud")? != audience {
            return Err(GrantError::Audience);
        }
        let (at_s, ends_ms) = times(claims, now_ms)?;
        let jti = string(claims, "jti").ok().filter(|jti| (1..=JTI_BYTES_MAX).contains(&jti.len()));
        let jti = jti.ok_or(GrantError::Claim { claim: "jti" })?.to_owned();
        let details = claims.get("authorization_details");
        let details = details.ok_or(GrantError::Claim { claim: "authorization_details" })?;
        let granted = Granted { issuer: issuer.to_owned(), at_s, jti: jti.clone() };
        let scopes = from_grant(details)?.into_iter();
        let scopes = scopes.map(|scope| GrantedScope { granted: Some(granted.clone()), ..scope }).collect();
        Ok(VerifiedGrant { scopes, jti, ends_ms })
    }
}

/// When it was granted, in seconds, and when it ends, in milliseconds.
fn times(claims: &Map<String, Value>, now_ms: i64) -> Result<(i64, i64), GrantError> {
    let instant = |claim: &'static str| {
        let seconds = claims.get(claim).and_then(Value::as_i64).filter(|seconds| *seconds >= 0);
        let ms = seconds.and_then(|seconds| seconds.checked_mul(1_000));
        seconds.zip(ms).ok_or(GrantError::Claim { claim })
    };
    let ((at_s, at_ms), (_, ends_ms)) = (instant("iat")?, instant("exp")?);
    if now_ms >= ends_ms {
        return Err(GrantError::Expired);
    }
    if at_ms > now_ms.saturating_add(ISSUED_AHEAD_MS) || at_ms >= ends_ms {
        return Err(GrantError::Times);
    }
    Ok((at_s, ends_ms))
}

fn string<'c>(claims: &'c Map<String, Value>, claim: &'static str) -> Result<&'c str, GrantError> {
    claims.get(claim).and_then(Value::as_str).ok_or(GrantError::Claim { claim })
}

#[cfg(test)]
mod tests;
