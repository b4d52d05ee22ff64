//! The HTTP interface. `docs/permitd.md` lists the routes and what each requires; a test compares the list with the router.

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use permit_protocol::problem::ProblemCode;

use crate::app::Shared;
use crate::problem::Problem;
use crate::refusals::{Cause, Noted};

mod decisions;
mod health;
mod log;
mod metadata;
mod opened;
mod reviews;
mod token;

/// All routes over `app`.
pub(crate) fn router(app: Shared) -> Router {
    let body_bytes_max = usize::try_from(app.limits.body_bytes_max).unwrap_or(usize::MAX);
    Router::new()
        .route("/v1/token", post(token::issue))
        .route("/v1/decisions", post(decisions::decide))
        .route("/v1/decisions/{id}/confirm", post(decisions::confirm))
        .route("/v1/decisions/{id}/release", post(decisions::release))
        .route("/v1/reviews", get(reviews::list))
        .route("/v1/reviews/{id}", get(reviews::show))
        .route("/v1/reviews/{id}/approve", post(reviews::approve))
        .route("/v1/reviews/{id}/decline", post(reviews::decline))
        .route("/v1/log/checkpoint", get(log::checkpoint))
        .route("/v1/log/entries/{index}", get(log::entry))
        .route("/v1/log/proof/{index}", get(log::proof))
        .route("/.well-known/oauth-authorization-server", get(metadata::authorization_server))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::from_fn_with_state(app.clone(), in_time))
        .layer(middleware::from_fn_with_state(app.clone(), counted))
        .layer(DefaultBodyLimit::max(body_bytes_max))
        .with_state(app)
}

async fn not_found() -> Problem {
    Problem::of(ProblemCode::NotFound)
}

async fn method_not_allowed() -> Problem {
    Problem::of(ProblemCode::MethodNotAllowed)
}

/// Counts what is refused or granted without a record.
async fn counted(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Noted>() {
        Some(Noted::Counted(cause)) => app.refusals.count(cause),
        Some(Noted::Recorded) => {}
        // No handler of ours has seen it.
        None if response.status().as_u16() >= 400 => app.refusals.count(Cause::RequestMalformed),
        None => {}
    }
    response
}

/// Ends requests that take too long. What was already submitted to the journal is recorded anyway.
async fn in_time(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let limit = Duration::from_millis(app.limits.request_timeout_ms.into());
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let detail =
                "the request took too long; its outcome is unknown, repeat it under its idempotency key";
            Problem::new(ProblemCode::RequestTimeout, detail).into_response()
        }
    }
}

#[cfg(test)]
mod tests;
