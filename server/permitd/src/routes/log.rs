//! The log, for anyone with a certificate. It holds no secrets, and everything in it is signed.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use permit_journal::ReadError;
use serde_json::json;

use crate::app::Shared;
use crate::problem::Problem;
use crate::receipt::json_response;

pub(super) async fn checkpoint(State(app): State<Shared>) -> Response {
    let mut response = app.service.journal().checkpoint().to_string().into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

pub(super) async fn entry(State(app): State<Shared>, Path(index): Path<String>) -> Result<Response, Problem> {
    let index = number(&index)?;
    // The database is asked on a thread that may wait.
    let read = tokio::task::spawn_blocking(move || app.service.journal().record(index)).await;
    let bytes = read.map_err(|_| Problem::internal("the log could not be read"))?.map_err(problem)?;
    let mut response = bytes.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

pub(super) async fn proof(State(app): State<Shared>, Path(index): Path<String>) -> Result<Response, Problem> {
    let (proof, checkpoint) = app.service.journal().inclusion(number(&index)?).map_err(problem)?;
    let body = json!({ "proof": proof, "checkpoint": &*checkpoint });
    Ok(json_response(StatusCode::OK, "application/json", &body))
}

fn number(text: &str) -> Result<u64, Problem> {
    let canonical = text.parse::<u64>().ok().filter(|number| number.to_string() == text);
    canonical
        .ok_or_else(|| Problem::new(StatusCode::BAD_REQUEST, "invalid_index", "an index is a number from 0"))
}

fn problem(error: ReadError) -> Problem {
    match error {
        ReadError::NotFound => {
            Problem::new(StatusCode::NOT_FOUND, "record_not_found", "the log has no such record yet")
        }
        ReadError::Store { .. } | ReadError::Export(_) => {
            tracing::error!(%error, "the log could not be read");
            Problem::internal("the log could not be read")
        }
    }
}
