//! Errors of the token endpoint (RFC 6749, section 5.2).

use crate::authorization_details::DetailsError;
use crate::dpop::ProofError;
use crate::grant::GrantError;
use crate::token::IssueError;
use axum::http::header::{CACHE_CONTROL, PRAGMA};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// What `error` may say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OauthErrorKind {
    /// A parameter is missing, repeated or malformed.
    InvalidRequest,
    /// The client is not the one of the certificate.
    InvalidClient,
    /// A grant other than `client_credentials`.
    UnsupportedGrantType,
    /// RFC 9449, section 5.
    InvalidDpopProof,
    /// RFC 9396, section 5.
    InvalidAuthorizationDetails,
    /// RFC 8707, section 2.
    InvalidTarget,
    /// This client may not have what it asks for.
    UnauthorizedClient,
    /// Out of room; try again later.
    TemporarilyUnavailable,
    /// The server's own fault.
    ServerError,
}

impl OauthErrorKind {
    fn wire(self) -> (&'static str, StatusCode) {
        match self {
            Self::InvalidRequest => ("invalid_request", StatusCode::BAD_REQUEST),
            Self::InvalidClient => ("invalid_client", StatusCode::UNAUTHORIZED),
            Self::UnsupportedGrantType => ("unsupported_grant_type", StatusCode::BAD_REQUEST),
            Self::InvalidDpopProof => ("invalid_dpop_proof", StatusCode::BAD_REQUEST),
            Self::InvalidAuthorizationDetails => ("invalid_authorization_details", StatusCode::BAD_REQUEST),
            Self::InvalidTarget => ("invalid_target", StatusCode::BAD_REQUEST),
            Self::UnauthorizedClient => ("unauthorized_client", StatusCode::BAD_REQUEST),
            Self::TemporarilyUnavailable => ("temporarily_unavailable", StatusCode::SERVICE_UNAVAILABLE),
            Self::ServerError => ("server_error", StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

/// One error of the token endpoint. `code` is ours and finer than `error`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OauthError {
    kind: OauthErrorKind,
    code: &'static str,
    description: String,
}

impl OauthError {
    /// An error with a stable code and a sentence.
    #[must_use]
    pub fn new(kind: OauthErrorKind, code: &'static str, description: impl Into<String>) -> Self {
        Self { kind, code, description: description.into() }
    }

    /// What `error` says.
    #[must_use]
    pub fn kind(&self) -> OauthErrorKind {
        self.kind
    }
}

impl From<ProofError> for OauthError {
    fn from(error: ProofError) -> Self {
        let kind = match error {
            ProofError::MemoryFull => OauthErrorKind::TemporarilyUnavailable,
            _ => OauthErrorKind::InvalidDpopProof,
        };
        Self::new(kind, error.code(), error.to_string())
    }
}

impl From<DetailsError> for OauthError {
    fn from(error: DetailsError) -> Self {
        Self::new(OauthErrorKind::InvalidAuthorizationDetails, "authorization_details", error.to_string())
    }
}

impl From<GrantError> for OauthError {
    fn from(error: GrantError) -> Self {
        Self::new(OauthErrorKind::InvalidAuthorizationDetails, error.code(), error.to_string())
    }
}

impl From<IssueError> for OauthError {
    fn from(error: IssueError) -> Self {
        let (kind, code) = match error {
            IssueError::CertificateEnds => (OauthErrorKind::InvalidClient, "certificate_ends"),
            IssueError::TooLong => (OauthErrorKind::InvalidAuthorizationDetails, "authorization_details"),
            IssueError::Randomness => (OauthErrorKind::ServerError, "randomness"),
        };
        Self::new(kind, code, error.to_string())
    }
}

impl IntoResponse for OauthError {
    fn into_response(self) -> Response {
        let (error, status) = self.kind.wire();
        // RFC 6749 allows neither `"` nor `\` nor anything but printable ASCII here.
        let allowed = |c: char| (c.is_ascii_graphic() || c == ' ') && c != '"' && c != '\\';
        let description: String =
            self.description.chars().map(|c| if allowed(c) { c } else { '\'' }).collect();
        let body = json!({"error": error, "error_description": description, "code": self.code});
        let mut response = (status, axum::Json(body)).into_response();
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
