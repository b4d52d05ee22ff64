//! `POST /v1/decisions` and what becomes of a decision's hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest as _, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use permit_audit::Body as RecordBody;
use permit_engine::{Ask, Call, Caller, Claims, FieldError, Receipt, strict_json};
use permit_ir::verdict::{Layer, ReasonCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::app::{App, Shared, caller, claim};
use crate::authenticate::{AuthenticationError, authenticate};
use crate::certificate::PeerIdentity;
use crate::problem::Problem;
use crate::receipt::{Evidence, durable};
use crate::token::VerifiedToken;

/// The body of a request for a decision.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AskBody {
    action: String,
    #[serde(default)]
    arguments: Map<String, Value>,
    #[serde(default)]
    resource: Option<Value>,
    #[serde(default)]
    claims: Claims,
    #[serde(default)]
    idempotency_key: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfirmBody {
    #[serde(default)]
    amounts: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseBody {
    #[serde(default)]
    reason: Option<String>,
}

/// The most characters of a release's reason.
const REASON_CHARS_MAX: usize = 512;

pub(super) async fn decide(State(app): State<Shared>, request: Request) -> Result<Response, Response> {
    let now_ms = app.clock.now_ms();
    let (parts, identity, body) = open(request).await?;
    let parsed = body.and_then(|body| read::<AskBody>(&parts.headers, &body));
    let token = match authenticate(&app, &identity, &parts, now_ms) {
        Ok(token) => token,
        Err(error) => {
            let ask = parsed.ok().map(|body| ask_of(body).0);
            return Err(refuse(&app, &identity, error, ask.as_ref(), now_ms).await);
        }
    };
    let (ask, idempotency_key) = match parsed {
        Ok(body) => ask_of(body),
        Err(problem) => return Err(refuse_body(&app, &identity, &token, problem, now_ms).await),
    };
    let scopes = token.scopes().iter().map(claim).collect();
    let caller = caller(&identity, Some(token.proof()));
    let call = Call { caller, ask, scopes, issued_ms: token.issued_ms(), idempotency_key };
    let receipt = durable(|reply| app.service.decide(&call, now_ms, reply)).await.map_err(into_response)?;
    Ok(answer(&receipt))
}

pub(super) async fn confirm(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let now_ms = app.clock.now_ms();
    let (caller, body) = about_hold::<ConfirmBody>(&app, request, now_ms).await?;
    let mut misfit: Option<FieldError> = None;
    let settled = durable(|reply| {
        misfit = app.service.confirm(&caller, &id, &body.amounts, now_ms, reply).err();
    })
    .await;
    if let Some(error) = misfit {
        let problem = Problem::new(StatusCode::BAD_REQUEST, "invalid_request", error.to_string());
        return Err(problem.about(Some(error.field)).into_response());
    }
    Ok(answer(&settled.map_err(into_response)?))
}

pub(super) async fn release(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let now_ms = app.clock.now_ms();
    let (caller, body) = about_hold::<ReleaseBody>(&app, request, now_ms).await?;
    let reason = body.reason.map(|reason| reason.chars().take(REASON_CHARS_MAX).collect());
    let settled = durable(|reply| app.service.release(&caller, &id, reason, now_ms, reply)).await;
    Ok(answer(&settled.map_err(into_response)?))
}

/// Who asks about a hold, after layer 2, and the body, which may be empty.
async fn about_hold<T: DeserializeOwned + Default>(
    app: &App,
    request: Request,
    now_ms: i64,
) -> Result<(Caller, T), Response> {
    let (parts, identity, body) = open(request).await?;
    let token = match authenticate(app, &identity, &parts, now_ms) {
        Ok(token) => token,
        Err(error) => return Err(refuse(app, &identity, error, None, now_ms).await),
    };
    let body =
        body.and_then(|body| if body.is_empty() { Ok(T::default()) } else { read(&parts.headers, &body) });
    Ok((caller(&identity, Some(token.proof())), body.map_err(IntoResponse::into_response)?))
}

/// A request taken apart: its head, who sent it, and its body if that could be read.
type Opened = (Parts, Arc<PeerIdentity>, Result<Bytes, Problem>);

async fn open(request: Request) -> Result<Opened, Response> {
    let (parts, body) = request.into_parts();
    let Some(identity) = parts.extensions.get::<Arc<PeerIdentity>>().cloned() else {
        return Err(Problem::internal("a request without a certificate").into_response());
    };
    let request = Request::from_parts(parts.clone(), body);
    let body = Bytes::from_request(request, &()).await.map_err(body_problem);
    Ok((parts, identity, body))
}

fn body_problem(error: BytesRejection) -> Problem {
    let status = error.into_response().status();
    if status == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(status, "body_too_large", "the body is larger than this server takes");
    }
    Problem::new(StatusCode::BAD_REQUEST, "invalid_body", "the body could not be read")
}

fn read<T: DeserializeOwned>(headers: &HeaderMap, body: &[u8]) -> Result<T, Problem> {
    let media_type = headers.get(axum::http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = media_type.and_then(|text| text.split(';').next()).unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/json") {
        let detail = "the body must be application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type", detail));
    }
    let invalid = |detail: String| Problem::new(StatusCode::BAD_REQUEST, "invalid_request", detail);
    let json = strict_json::from_slice(body).map_err(|error| invalid(error.to_string()))?;
    serde_json::from_value(json).map_err(|error| invalid(error.to_string()))
}

fn ask_of(body: AskBody) -> (Ask, Option<String>) {
    let AskBody { action, arguments, resource, claims, idempotency_key } = body;
    (Ask { action, arguments, resource, claims }, idempotency_key)
}

/// Records a refusal of layer 2 and answers with its problem and the record.
async fn refuse(
    app: &App,
    identity: &PeerIdentity,
    error: AuthenticationError,
    ask: Option<&Ask>,
    now_ms: i64,
) -> Response {
    if !error.is_an_attempt() {
        return Problem::from(error).into_response();
    }
    let (caller, reason) = (caller(identity, None), error.reason());
    let recorded =
        durable(|reply| app.service.refuse(&caller, ask, Layer::Dpop, reason, now_ms, reply)).await;
    match recorded {
        Ok(receipt) => Problem::from(error).with(Evidence::of(&receipt)).into_response(),
        Err(unrecorded) => into_response(unrecorded),
    }
}

/// Records a request whose body is no request.
async fn refuse_body(
    app: &App,
    identity: &PeerIdentity,
    token: &VerifiedToken,
    problem: Problem,
    now_ms: i64,
) -> Response {
    let caller = caller(identity, Some(token.proof()));
    let reason = problem.reason(ReasonCode::InvalidRequest);
    let recorded =
        durable(|reply| app.service.refuse(&caller, None, Layer::Policy, reason, now_ms, reply)).await;
    match recorded {
        Ok(receipt) => problem.with(Evidence::of(&receipt)).into_response(),
        Err(unrecorded) => into_response(unrecorded),
    }
}

/// The answer to what was recorded. A request that does not fit the policy's types, and an agent that nobody knows,
/// are problems; every other denial is a decision like an allowance.
fn answer(receipt: &Receipt) -> Response {
    let Some(evidence) = Evidence::of(receipt) else {
        return Problem::internal("the record is no JSON").into_response();
    };
    if let RecordBody::Decision(decision) = &receipt.record.body {
        tracing::debug!(
            index = receipt.record.index,
            agent = decision.agent,
            action = decision.action,
            outcome = ?decision.outcome,
            code = ?decision.reason.code,
            "decided"
        );
        let problem = match decision.reason.code {
            ReasonCode::InvalidRequest => Some((StatusCode::BAD_REQUEST, "invalid_request")),
            ReasonCode::UnknownAgent => Some((StatusCode::FORBIDDEN, "unknown_agent")),
            _ => None,
        };
        if let Some((status, code)) = problem {
            let problem = Problem::new(status, code, decision.reason.message.clone());
            return problem.about(decision.reason.name.clone()).with(Some(evidence)).into_response();
        }
    }
    evidence.into_response()
}

fn into_response(error: permit_engine::SubmitError) -> Response {
    tracing::error!(%error, "not recorded");
    Problem::from(error).into_response()
}
