//! From a request to a caller whom layer 2 has let in, and the refusals on the way.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest as _, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use permit_engine::Ask;
use permit_protocol::problem::ProblemCode;
use permit_service::Caller;
use permit_types::strict_json;
use permit_types::verdict::Layer;
use serde::de::DeserializeOwned;

use crate::app::{App, caller};
use crate::authenticate::{AuthenticationError, authenticate};
use crate::certificate::PeerIdentity;
use crate::problem::Problem;
use crate::receipt::{Evidence, decided};

/// The most characters of a reason that a caller gives.
const REASON_CHARS_MAX: usize = 512;

/// A caller's reason, cut to its bound.
pub(super) fn bounded(reason: Option<String>) -> Option<String> {
    reason.map(|reason| reason.chars().take(REASON_CHARS_MAX).collect())
}

/// Who asks, after layer 2, and the body, which may be empty.
pub(super) async fn authenticated<T: DeserializeOwned + Default>(
    app: &App,
    request: Request,
    now_ms: i64,
) -> Result<(Caller, T), Problem> {
    let (parts, identity, body) = open(request).await?;
    let token = match authenticate(app, &identity, &parts, now_ms) {
        Ok(token) => token,
        Err(error) => return Err(refuse(app, &identity, error, None, now_ms).await),
    };
    let body =
        body.and_then(|body| if body.is_empty() { Ok(T::default()) } else { read(&parts.headers, &body) });
    Ok((caller(&identity, Some(token.proof())), body?))
}

/// A request taken apart: its head, who sent it, and its body if that could be read.
pub(super) type Opened = (Parts, Arc<PeerIdentity>, Result<Bytes, Problem>);

pub(super) async fn open(request: Request) -> Result<Opened, Problem> {
    let (parts, body) = request.into_parts();
    let Some(identity) = parts.extensions.get::<Arc<PeerIdentity>>().cloned() else {
        return Err(Problem::internal("a request without a certificate"));
    };
    let request = Request::from_parts(parts.clone(), body);
    let body = Bytes::from_request(request, &()).await.map_err(body_problem);
    Ok((parts, identity, body))
}

fn body_problem(error: BytesRejection) -> Problem {
    let status = error.into_response().status();
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::of(ProblemCode::BodyTooLarge);
    }
    Problem::of(ProblemCode::InvalidBody)
}

pub(super) fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    let media_type = headers.get(axum::http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        let detail = "the body must be application/json";
        return Err(Problem::new(ProblemCode::ContentType, detail));
    }
    let invalid = |detail: String| Problem::new(ProblemCode::InvalidRequest, detail);
    let json = strict_json::from_slice(body).map_err(|error| invalid(error.to_string()))?;
    serde_json::from_value(json).map_err(|error| invalid(error.to_string()))
}

/// Records a refusal of layer 2 and answers with its problem and the record.
pub(super) async fn refuse(
    app: &App,
    identity: &PeerIdentity,
    error: AuthenticationError,
    ask: Option<&Ask>,
    now_ms: i64,
) -> Problem {
    if !error.is_an_attempt() {
        return error.into();
    }
    let (caller, reason) = (caller(identity, None), error.reason());
    let refuse = || app.service.refuse(&caller, ask, Layer::Dpop, reason.clone(), now_ms);
    match decided(refuse).await {
        Ok(receipt) => Problem::from(error).with(Evidence::of(&receipt)),
        Err(unrecorded) => unrecorded.into(),
    }
}
