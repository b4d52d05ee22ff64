//! Errors of the token endpoint (RFC 6749, section 5.2).

use axum::http::header::{CACHE_CONTROL, PRAGMA};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use permit_protocol::authorization_details::DetailsError;
use permit_protocol::dpop::ProofError;
use permit_protocol::grant::GrantError;
use permit_protocol::problem::{OauthErrorKind, TokenErrorCode};
use serde_json::json;

use crate::refusals::{Cause, Noted};
use crate::token::IssueError;

/// One error of the token endpoint. `code` is ours and finer than `error`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OauthError {
    kind: OauthErrorKind,
    code: &'static str,
    description: String,
    /// Under what it is counted.
    cause: Cause,
}

impl OauthError {
    /// An error with a stable code and a sentence.
    #[must_use]
    pub(crate) fn new(code: TokenErrorCode, description: impl Into<String>) -> Self {
        let (kind, code, cause) = (code.kind(), code.code(), Cause::TokenRefused);
        Self { kind, code, description: description.into(), cause }
    }

    /// An error whose sentence is its title.
    #[must_use]
    pub(crate) fn of(code: TokenErrorCode) -> Self {
        Self::new(code, code.title())
    }
}

impl From<ProofError> for OauthError {
    fn from(error: ProofError) -> Self {
        let kind = match error {
            ProofError::MemoryFull => OauthErrorKind::TemporarilyUnavailable,
            _ => OauthErrorKind::InvalidDpopProof,
        };
        let (code, cause) = (error.code().code(), Cause::ProofRefused);
        Self { kind, code, description: error.to_string(), cause }
    }
}

impl From<DetailsError> for OauthError {
    fn from(error: DetailsError) -> Self {
        Self::new(TokenErrorCode::AuthorizationDetails, error.to_string())
    }
}

impl From<GrantError> for OauthError {
    fn from(error: GrantError) -> Self {
        Self { cause: Cause::GrantRefused, ..Self::new(error.code(), error.to_string()) }
    }
}

impl From<IssueError> for OauthError {
    fn from(error: IssueError) -> Self {
        let code = match error {
            IssueError::CertificateEnds => TokenErrorCode::CertificateEnds,
            IssueError::TooLong => TokenErrorCode::AuthorizationDetails,
            IssueError::Randomness => TokenErrorCode::Randomness,
        };
        Self::new(code, error.to_string())
    }
}

impl IntoResponse for OauthError {
    fn into_response(self) -> Response {
        let error = self.kind.error();
        let status = StatusCode::from_u16(self.kind.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // RFC 6749 allows neither `"` nor `\` nor anything but printable ASCII here.
        let allowed = |c: char| (c.is_ascii_graphic() || c == ' ') && c != '"' && c != '\\';
        let description: String =
            self.description.chars().map(|c| if allowed(c) { c } else { '\'' }).collect();
        let body = json!({"error": error, "error_description": description, "code": self.code});
        let mut response = (status, axum::Json(body)).into_response();
        response.extensions_mut().insert(Noted::Counted(self.cause));
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response.headers_mut().insert(PRAGMA, HeaderValue::from_static("no-cache"));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt as _;

    #[tokio::test]
    async fn errors_are_json_that_nobody_caches() {
        let unknown = DetailsError::UnknownField { index: 0, field: "a\"\\\n\u{e9}".to_owned() };
        for (error, name, status) in [
            (OauthError::from(ProofError::Missing), "invalid_dpop_proof", 400),
            (OauthError::from(ProofError::MemoryFull), "temporarily_unavailable", 503),
            (OauthError::from(unknown), "invalid_authorization_details", 400),
            (OauthError::from(IssueError::CertificateEnds), "invalid_client", 401),
        ] {
            let response = error.into_response();
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
            let body = response.into_body().collect().await.unwrap().to_bytes();
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["error"], name);
            let description = body["error_description"].as_str().unwrap();
            assert!(
                description.bytes().all(|b| (0x20..0x7f).contains(&b) && b != b'"' && b != b'\\'),
                "{description}"
            );
        }
    }
}
