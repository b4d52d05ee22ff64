//! `POST /v1/decisions`, and the confirmation or release of a decision's hold.

use std::collections::BTreeMap;

use axum::extract::{Path, Request, State};
use axum::response::Response;
use permit_audit::Body as RecordBody;
use permit_engine::{Ask, Claims};
use permit_journal::Receipt;
use permit_protocol::problem::ProblemCode;
use permit_service::{Call, Caller, Service};
use permit_types::verdict::{Layer, ReasonCode};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::opened::{Opened, authenticated, bounded, open, read, refuse};
use crate::app::{App, Shared, caller, scope};
use crate::authenticate::authenticate;
use crate::blocking::blocking;
use crate::problem::Problem;
use crate::receipt::{Evidence, decided};

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

pub(super) async fn decide(State(app): State<Shared>, request: Request) -> Result<Response, Problem> {
    let now_ms = app.clock.now_ms();
    let Opened { parts, identity, body, received } = open(request).await?;
    let parsed = body.and_then(|body| read::<AskBody>(&parts.headers, &body));
    let token = match authenticate(&app, &identity, &parts, now_ms) {
        Ok(token) => token,
        Err(error) => {
            let ask = parsed.ok().map(|body| ask_of(body).0);
            return Err(refuse(&app, &identity, error, ask.as_ref(), received, now_ms).await);
        }
    };
    let (ask, idempotency_key) = match parsed {
        Ok(body) => ask_of(body),
        Err(problem) => {
            let caller = caller(&identity, Some(token.proof()), received);
            return Err(refuse_body(&app, &caller, problem, now_ms).await);
        }
    };
    let scopes = token.scopes().iter().map(|granted| scope(granted, token.issued_ms())).collect();
    let caller = caller(&identity, Some(token.proof()), received);
    let call = Call { caller, ask, scopes, idempotency_key };
    let receipt = decided(|| app.service.decide(&call, now_ms)).await?;
    answer(&receipt)
}

pub(super) async fn confirm(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let now_ms = app.clock.now_ms();
    let (caller, body) = authenticated::<ConfirmBody>(&app, request, now_ms).await?;
    let confirm = move |service: &Service| service.confirm(&caller, &id, &body.amounts, now_ms);
    answer(&blocking(&app, confirm).await??.await?)
}

pub(super) async fn release(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let now_ms = app.clock.now_ms();
    let (caller, body) = authenticated::<ReleaseBody>(&app, request, now_ms).await?;
    answer(&app.service.release(&caller, &id, bounded(body.reason), now_ms).await?)
}

fn ask_of(body: AskBody) -> (Ask, Option<String>) {
    let AskBody { action, arguments, resource, claims, idempotency_key } = body;
    (Ask { action, arguments, resource, claims }, idempotency_key)
}

/// Records a request whose body is no request.
async fn refuse_body(app: &App, caller: &Caller, problem: Problem, now_ms: i64) -> Problem {
    let reason = problem.reason(ReasonCode::InvalidRequest);
    let refuse = || app.service.refuse(caller, None, Layer::Policy, reason.clone(), now_ms);
    match decided(refuse).await {
        Ok(receipt) => problem.with(Evidence::of(&receipt)),
        Err(unrecorded) => unrecorded.into(),
    }
}

/// The response to a recorded request. A request that does not fit the policy's types, and an unknown agent,
/// are problems; every other denial is a decision like an allowance.
pub(super) fn answer(receipt: &Receipt) -> Result<Response, Problem> {
    let Some(evidence) = Evidence::of(receipt) else {
        return Err(Problem::internal("the record is no JSON"));
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
            ReasonCode::InvalidRequest => Some(ProblemCode::InvalidRequest),
            ReasonCode::UnknownAgent => Some(ProblemCode::UnknownAgent),
            _ => None,
        };
        if let Some(code) = problem {
            let problem = Problem::new(code, decision.reason.message.clone());
            return Err(problem.about(decision.reason.name.clone()).with(Some(evidence)));
        }
    }
    Ok(evidence.into_response())
}
