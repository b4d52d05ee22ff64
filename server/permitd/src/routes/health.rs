//! Liveness and readiness.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use crate::app::Shared;
use crate::problem::Problem;
use crate::receipt::json_response;

pub(super) async fn alive() -> &'static str {
    "alive\n"
}

pub(super) async fn ready(State(app): State<Shared>) -> Result<Response, Problem> {
    let service = &app.service;
    service.journal().health().map_err(Problem::from)?;
    let engine = service.engine();
    let body = json!({
        "ready": true,
        "policy": engine.policy_digest().to_string(),
        "facts": engine.facts_digest().to_string(),
        "rules": engine.program().rules.len(),
        "records": service.journal().reader().size(),
        "evaluator": if engine.mode() == permit_engine::Mode::Native { "native" } else { "interpreted" },
    });
    Ok(json_response(StatusCode::OK, "application/json", &body))
}
