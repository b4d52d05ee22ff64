//! Errors on the wire: `application/problem+json` (RFC 9457) with a stable `code`.

use crate::dpop::ProofError;
use crate::jose::ALGORITHMS;
use crate::receipt::Evidence;
use crate::token::TokenError;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use permit_types::verdict::{Reason, ReasonCode};
use serde::Serialize;

const MEDIA_TYPE: &str = "application/problem+json";
/// The most characters of a detail that a record repeats: it may quote the request, and a record's size is bounded.
const RECORDED_CHARS_MAX: usize = 512;

/// One problem. `code` is what programs read; `detail` is for their developers and may change.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: String,
    field: Option<String>,
    evidence: Option<Box<Evidence>>,
    challenge: Option<Challenge>,
}

/// A problem's members on the wire.
#[derive(Serialize)]
struct Members<'p> {
    #[serde(rename = "type")]
    kind: &'static str,
    status: u16,
    title: &'static str,
    code: &'static str,
    detail: &'p str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'p str>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    evidence: Option<&'p Evidence>,
}

/// A `WWW-Authenticate: DPoP` challenge (RFC 9449, section 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Challenge {
    /// The request carried no credentials, so no error is named (RFC 6750, section 3.1).
    Bare,
    /// The request's credentials were refused.
    Error(&'static str),
}

impl Challenge {
    /// The header's value.
    #[must_use]
    pub fn header_value(self) -> String {
        match self {
            Self::Bare => format!("DPoP algs=\"{ALGORITHMS}\""),
            Self::Error(error) => format!("DPoP error=\"{error}\", algs=\"{ALGORITHMS}\""),
        }
    }
}

impl Problem {
    /// A problem with a status, a stable code and a sentence.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), field: None, evidence: None, challenge: None }
    }

    /// The server's own fault.
    pub(crate) fn internal(detail: &'static str) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail)
    }

    /// Names the field of the request that it is about.
    pub(crate) fn about(mut self, field: Option<String>) -> Self {
        self.field = field;
        self
    }

    /// Adds the record of the refusal and its proof.
    pub(crate) fn with(mut self, evidence: Option<Evidence>) -> Self {
        self.evidence = evidence.map(Box::new);
        self
    }

    /// The problem as a record's reason.
    pub(crate) fn reason(&self, code: ReasonCode) -> Reason {
        let message = self.detail.chars().take(RECORDED_CHARS_MAX).collect();
        Reason { code, hint: None, message, name: Some(self.code.to_owned()) }
    }

    /// Adds a challenge.
    #[must_use]
    pub fn challenge(mut self, challenge: Challenge) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }
}

impl From<ProofError> for Problem {
    /// The answer of a resource. The token endpoint answers with [`crate::oauth_error::OauthError`].
    fn from(error: ProofError) -> Self {
        let status = match error {
            ProofError::MemoryFull => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::UNAUTHORIZED,
        };
        let problem = Self::new(status, error.code(), error.to_string());
        if status == StatusCode::UNAUTHORIZED {
            problem.challenge(Challenge::Error("invalid_dpop_proof"))
        } else {
            problem
        }
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        let (status, challenge) = match error {
            TokenError::Missing => (StatusCode::UNAUTHORIZED, Challenge::Bare),
            TokenError::Duplicated | TokenError::Malformed => {
                (StatusCode::BAD_REQUEST, Challenge::Error("invalid_request"))
            }
            _ => (StatusCode::UNAUTHORIZED, Challenge::Error("invalid_token")),
        };
        Self::new(status, error.code(), error.to_string()).challenge(challenge)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let members = Members {
            kind: "about:blank",
            status: self.status.as_u16(),
            title: self.status.canonical_reason().unwrap_or("Error"),
            code: self.code,
            detail: &self.detail,
            field: self.field.as_deref(),
            evidence: self.evidence.as_deref(),
        };
        let challenge = self.challenge.map(Challenge::header_value);
        let mut response = (self.status, axum::Json(members)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(value) = challenge.and_then(|value| HeaderValue::from_str(&value).ok()) {
            headers.insert(WWW_AUTHENTICATE, value);
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;

    #[tokio::test]
    async fn a_refused_proof_is_a_problem_with_a_challenge() {
        let response = Problem::from(ProofError::Replayed).into_response();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(response.headers()[CONTENT_TYPE], MEDIA_TYPE);
        let challenge = &response.headers()[WWW_AUTHENTICATE];
        assert_eq!(challenge, "DPoP error=\"invalid_dpop_proof\", algs=\"ES256 EdDSA\"");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(body["code"], "proof_replayed");
        assert_eq!(body["status"], 401);
        assert_eq!(body["type"], "about:blank");
    }

    #[test]
    fn no_error_is_named_to_who_sent_no_credentials() {
        let response = Problem::from(TokenError::Missing).into_response();
        assert_eq!(response.headers()[WWW_AUTHENTICATE], "DPoP algs=\"ES256 EdDSA\"");
    }

    #[test]
    fn a_full_replay_memory_is_the_servers_fault() {
        let response = Problem::from(ProofError::MemoryFull).into_response();
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(response.headers().get(WWW_AUTHENTICATE).is_none());
    }

    #[test]
    fn a_token_sent_as_bearer_is_invalid() {
        let response = Problem::from(TokenError::Scheme).into_response();
        let challenge = &response.headers()[WWW_AUTHENTICATE];
        assert_eq!(challenge, "DPoP error=\"invalid_token\", algs=\"ES256 EdDSA\"");
    }
}
