//! The log, for anyone with a certificate. It contains no secrets, and everything in it is signed.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use permit_protocol::problem::ProblemCode;
use serde_json::json;

use crate::app::Shared;
use crate::blocking::blocking;
use crate::problem::Problem;
use crate::receipt::json_response;

pub(super) async fn checkpoint(State(app): State<Shared>) -> Response {
    let mut response = app.service.journal().reader().checkpoint().to_string().into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

pub(super) async fn entry(State(app): State<Shared>, Path(index): Path<String>) -> Result<Response, Problem> {
    let index = number(&index)?;
    let bytes = blocking(&app, move |service| service.journal().reader().record(index)).await??;
    let mut response = bytes.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

pub(super) async fn proof(State(app): State<Shared>, Path(index): Path<String>) -> Result<Response, Problem> {
    let (proof, checkpoint) = app.service.journal().reader().inclusion(number(&index)?)?;
    let body = json!({ "proof": proof, "checkpoint": &*checkpoint });
    Ok(json_response(StatusCode::OK, "application/json", &body))
}

fn number(text: &str) -> Result<u64, Problem> {
    let canonical = text.parse::<u64>().ok().filter(|number| number.to_string() == text);
    canonical.ok_or_else(|| Problem::of(ProblemCode::InvalidIndex))
}
