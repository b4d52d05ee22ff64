//! `/v1/reviews`: the reviews that wait for a person, and the person's decisions.

use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use permit_protocol::problem::ProblemCode;
use permit_protocol::request::{EmptyRequest, VoteRequest};
use permit_service::{REVIEWS_PAGE_MAX, Service};
use permit_types::review::VoteKind;
use serde::Deserialize;

use super::decisions::answer;
use super::opened::{authenticated, bounded};
use crate::app::Shared;
use crate::blocking::blocking;
use crate::problem::Problem;
use crate::receipt::json_response;

/// The range of reviews to list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Range {
    /// The `next` of an earlier page.
    #[serde(default)]
    from: u64,
    #[serde(default)]
    limit: Option<usize>,
}

pub(super) async fn list(State(app): State<Shared>, request: Request) -> Result<Response, Problem> {
    let now_ms = app.clock.now_ms();
    let range = Query::<Range>::try_from_uri(request.uri());
    let (caller, EmptyRequest {}) = authenticated(&app, request, now_ms).await?;
    let invalid = |detail: String| Problem::new(ProblemCode::InvalidRequest, detail);
    let Query(Range { from, limit }) = range.map_err(|error| invalid(error.to_string()))?;
    let limit = limit.unwrap_or(REVIEWS_PAGE_MAX);
    if !(1..=REVIEWS_PAGE_MAX).contains(&limit) {
        return Err(invalid(format!("`limit` is not from 1 to {REVIEWS_PAGE_MAX}")));
    }
    let list = move |service: &Service| service.reviews(&caller, from, limit, now_ms);
    let page = blocking(&app, list).await??;
    Ok(json_response(StatusCode::OK, "application/json", &page))
}

pub(super) async fn show(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    let now_ms = app.clock.now_ms();
    let (caller, EmptyRequest {}) = authenticated(&app, request, now_ms).await?;
    let review = blocking(&app, move |service| service.review(&caller, &id, now_ms)).await??;
    Ok(json_response(StatusCode::OK, "application/json", &review))
}

pub(super) async fn approve(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    vote(&app, id, request, VoteKind::Approve).await
}

pub(super) async fn decline(
    State(app): State<Shared>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    vote(&app, id, request, VoteKind::Decline).await
}

async fn vote(app: &Shared, id: String, request: Request, kind: VoteKind) -> Result<Response, Problem> {
    let now_ms = app.clock.now_ms();
    let (caller, VoteRequest { reason }) = authenticated(app, request, now_ms).await?;
    let vote = move |service: &Service| service.vote(kind, &caller, &id, bounded(reason), now_ms);
    answer(&blocking(app, vote).await??.await?)
}
