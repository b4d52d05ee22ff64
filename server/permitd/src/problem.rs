//! Error responses: `application/problem+json` (RFC 9457) with a stable `code`.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use permit_engine::FieldError;
use permit_journal::{ReadError, SubmitError};
use permit_ledger::ReviewError;
use permit_protocol::dpop::ProofError;
use permit_protocol::jose::ALGORITHMS;
use permit_protocol::problem::ProblemCode;
use permit_protocol::uri::UriError;
use permit_service::ReviewRefusal;
use permit_types::display;
use permit_types::verdict::{Reason, ReasonCode};
use serde::Serialize;

use crate::authenticate::AuthenticationError;
use crate::receipt::Evidence;
use crate::refusals::{Cause, Noted};
use crate::token::TokenError;

const MEDIA_TYPE: &str = "application/problem+json";
/// The most characters of a detail that a record repeats: it may quote the request, and a record's size is bounded.
const RECORDED_CHARS_MAX: usize = 512;

/// One problem. `code` is what programs read; `detail` is for their developers and may change.
#[derive(Debug, Clone)]
pub(crate) struct Problem {
    code: ProblemCode,
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
pub(crate) enum Challenge {
    /// The request carried no credentials, so no error is named (RFC 6750, section 3.1).
    Bare,
    /// The request's credentials were refused.
    Error(&'static str),
}

impl Challenge {
    /// The header's value.
    #[must_use]
    pub(crate) fn header_value(self) -> String {
        match self {
            Self::Bare => format!("DPoP algs=\"{ALGORITHMS}\""),
            Self::Error(error) => format!("DPoP error=\"{error}\", algs=\"{ALGORITHMS}\""),
        }
    }
}

impl Problem {
    /// A problem with its code and a sentence, which may quote the request.
    #[must_use]
    pub(crate) fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        let detail = display::line(&detail.into()).into_owned();
        Self { code, detail, field: None, evidence: None, challenge: None }
    }

    /// A problem whose sentence is its title.
    #[must_use]
    pub(crate) fn of(code: ProblemCode) -> Self {
        Self::new(code, code.title())
    }

    /// An internal error.
    pub(crate) fn internal(detail: &'static str) -> Self {
        Self::new(ProblemCode::Internal, detail)
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
        Reason { code, hint: None, message, name: Some(self.code.code().to_owned()) }
    }

    /// Adds a challenge.
    #[must_use]
    pub(crate) fn challenge(mut self, challenge: Challenge) -> Self {
        self.challenge = Some(challenge);
        self
    }

    fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<ProofError> for Problem {
    /// The answer of a resource. The token endpoint answers with [`crate::oauth_error::OauthError`].
    fn from(error: ProofError) -> Self {
        let problem = Self::new(error.code(), error.to_string());
        if problem.status() == StatusCode::UNAUTHORIZED {
            problem.challenge(Challenge::Error("invalid_dpop_proof"))
        } else {
            problem
        }
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        let challenge = match error {
            TokenError::Missing => Challenge::Bare,
            TokenError::Duplicated | TokenError::Malformed => Challenge::Error("invalid_request"),
            _ => Challenge::Error("invalid_token"),
        };
        Self::new(error.code(), error.to_string()).challenge(challenge)
    }
}

impl From<UriError> for Problem {
    fn from(error: UriError) -> Self {
        Self::new(ProblemCode::InvalidRequest, format!("the path is no target: {error}"))
    }
}

impl From<AuthenticationError> for Problem {
    fn from(error: AuthenticationError) -> Self {
        match error {
            AuthenticationError::Token(error) => error.into(),
            AuthenticationError::Proof(error) => error.into(),
            AuthenticationError::Target(error) => error.into(),
        }
    }
}

impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Self {
        Self::new(ProblemCode::InvalidRequest, error.to_string()).about(Some(error.field))
    }
}

/// A request that could not be recorded. The caller learns what to do next; the operator reads the log, where only the server's
/// own failures are errors.
impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        match &error {
            SubmitError::Unavailable { .. } | SubmitError::Terms(_) => {
                tracing::error!(%error, "not recorded")
            }
            SubmitError::Busy | SubmitError::IdempotencyFull | SubmitError::Unrecordable(_) => {
                tracing::warn!(%error, "not recorded");
            }
            // A client's mistake, or what happens on a reload or a stop.
            SubmitError::Superseded
            | SubmitError::Closed
            | SubmitError::NotFound
            | SubmitError::Hold(_)
            | SubmitError::Review(_)
            | SubmitError::IdempotencyConflict => tracing::info!(%error, "not recorded"),
        }
        let code = match &error {
            SubmitError::Busy | SubmitError::Superseded => ProblemCode::Busy,
            SubmitError::Closed => ProblemCode::Stopping,
            SubmitError::Unavailable { .. } => ProblemCode::AuditUnavailable,
            SubmitError::NotFound => ProblemCode::DecisionNotFound,
            SubmitError::Hold(_) => ProblemCode::HoldNotOpen,
            SubmitError::Review(error) => of_review(*error),
            // Nobody asks for a policy over the network.
            SubmitError::Terms(_) => ProblemCode::Internal,
            SubmitError::IdempotencyConflict => ProblemCode::IdempotencyConflict,
            SubmitError::IdempotencyFull => ProblemCode::IdempotencyFull,
            SubmitError::Unrecordable(_) => ProblemCode::Unrecordable,
        };
        Self::new(code, error.to_string())
    }
}

impl From<ReviewRefusal> for Problem {
    fn from(error: ReviewRefusal) -> Self {
        let code = match error {
            ReviewRefusal::NotAPerson => ProblemCode::NotAPerson,
            ReviewRefusal::NotFound => ProblemCode::ReviewNotFound,
            ReviewRefusal::NotAnApprover { .. } => ProblemCode::NotAnApprover,
            ReviewRefusal::OtherPolicy => ProblemCode::ReviewOfOtherPolicy,
            ReviewRefusal::Read(_) => ProblemCode::AuditUnavailable,
        };
        Self::new(code, error.to_string())
    }
}

impl From<ReadError> for Problem {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotFound => Self::of(ProblemCode::RecordNotFound),
            ReadError::Store { .. } | ReadError::Export(_) => {
                tracing::error!(%error, "the log could not be read");
                Self::internal("the log could not be read")
            }
        }
    }
}

const fn of_review(error: ReviewError) -> ProblemCode {
    match error {
        ReviewError::Unknown => ProblemCode::ReviewNotFound,
        ReviewError::TimedOut => ProblemCode::ReviewTimedOut,
        ReviewError::Declined => ProblemCode::ReviewDeclined,
        ReviewError::Used => ProblemCode::ReviewUsed,
        ReviewError::TooLarge => ProblemCode::PersonTooLong,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let members = Members {
            kind: "about:blank",
            status: self.code.status(),
            title: self.code.title(),
            code: self.code.code(),
            detail: &self.detail,
            field: self.field.as_deref(),
            evidence: self.evidence.as_deref(),
        };
        let noted = match self.evidence {
            Some(_) => Noted::Recorded,
            None => Noted::Counted(Cause::Problem(self.code)),
        };
        let challenge = self.challenge.map(Challenge::header_value);
        let mut response = (self.status(), axum::Json(members)).into_response();
        response.extensions_mut().insert(noted);
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
