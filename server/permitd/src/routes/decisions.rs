//! `POST /v1/decisions`, and the confirmation or release of a decision's hold.

use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use permit_audit::Body as RecordBody;
use permit_journal::Receipt;
use permit_protocol::problem::ProblemCode;
use permit_protocol::request::{ConfirmRequest, DecisionRequest, ReleaseRequest};
use permit_service::{Call, Caller, Idempotency, Service};
use permit_types::ask::AskError;
use permit_types::verdict::{Layer, ReasonCode};

use super::opened::{Opened, authenticated, bounded, check_media_type, open, refuse};
use crate::app::{App, Shared, caller, scope};
use crate::authenticate::authenticate;
use crate::blocking::blocking;
use crate::problem::Problem;
use crate::receipt::{Evidence, decided};

pub(super) async fn decide(State(app): State<Shared>, request: Request) -> Result<Response, Problem> {
    let now_ms = app.clock.now_ms();
    let Opened { parts, identity, body, received } = open(request).await?;
    let parsed = match &body {
        Ok(body) => parse(&parts.headers, body),
        Err(problem) => Err(problem.clone()),
    };
    let token = match authenticate(&app, &identity, &parts, now_ms) {
        Ok(token) => token,
        Err(error) => {
            let ask = parsed.as_ref().ok().map(|request| &request.ask);
            return Err(refuse(&app, &identity, error, ask, received, now_ms).await);
        }
    };
    let DecisionRequest { ask, idempotency_key } = match parsed {
        Ok(request) => request,
        Err(problem) => {
            let caller = caller(&identity, Some(token.proof()), received);
            return Err(refuse_body(&app, &caller, problem, now_ms).await);
        }
    };
    let scopes = token.scopes().iter().map(|granted| scope(granted, token.issued_ms())).collect();
    let caller = caller(&identity, Some(token.proof()), received);
    let idempotency =
        idempotency_key.zip(received.body_digest).map(|(key, request)| Idempotency { key, request });
    let call = Call { caller, ask, scopes, idempotency };
    let receipt = decided(|| app.service.decide(&call, now_ms)).await?;
    answer(&receipt)
}

pub(super) async fn confirm(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let now_ms = app.clock.now_ms();
    let (caller, body) = authenticated::<ConfirmRequest>(&app, request, now_ms).await?;
    let confirm = move |service: &Service| service.confirm(&caller, &id, &body.amounts, now_ms);
    answer(&blocking(&app, confirm).await??.await?)
}

pub(super) async fn release(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let now_ms = app.clock.now_ms();
    let (caller, body) = authenticated::<ReleaseRequest>(&app, request, now_ms).await?;
    answer(&app.service.release(&caller, &id, bounded(body.reason), now_ms).await?)
}

/// Reads the body once; what is read are slices of it.
fn parse<'d>(headers: &HeaderMap, body: &'d [u8]) -> Result<DecisionRequest<'d>, Problem> {
    check_media_type(headers)?;
    let invalid = |error: AskError| Problem::new(ProblemCode::InvalidRequest, error.to_string());
    DecisionRequest::parse(body).map_err(invalid)
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

/// The response to a recorded request. A request that does not fit the policy's types, an unknown agent, and a lack of
/// randomness are problems; every other denial is a decision like an allowance.
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
        if let Some(code) = problem_of(decision.reason.code) {
            let problem = Problem::new(code, decision.reason.message.clone());
            return Err(problem.about(decision.reason.name.clone()).with(Some(evidence)));
        }
    }
    Ok(evidence.into_response())
}

/// The problem that a denial for this reason is; `None` where it is a decision like an allowance.
const fn problem_of(reason: ReasonCode) -> Option<ProblemCode> {
    match reason {
        ReasonCode::InvalidRequest => Some(ProblemCode::InvalidRequest),
        ReasonCode::Randomness => Some(ProblemCode::Randomness),
        ReasonCode::UnknownAgent => Some(ProblemCode::UnknownAgent),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lack_of_randomness_is_the_servers_fault() {
        let problem = problem_of(ReasonCode::Randomness).unwrap();
        assert_eq!((problem.code(), problem.status()), ("randomness", 500));
        assert_eq!(problem_of(ReasonCode::BudgetExceeded), None);
    }
}
