//! Responses with a record: its exact bytes, its proof and the checkpoint.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use permit_audit::Body as RecordBody;
use permit_journal::{Pending, Receipt, SubmitError};
use permit_protocol::denial::Denial;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::problem::Problem;

/// The members that every durable answer has, and the short form of a denial where it is one.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Evidence {
    record: Box<RawValue>,
    proof: permit_audit::InclusionProof,
    checkpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    denial: Option<Denial>,
}

impl Evidence {
    /// The evidence of a receipt; `None` if the record were no JSON, which a sealed one always is.
    pub(crate) fn of(receipt: &Receipt) -> Option<Self> {
        let text = String::from_utf8(receipt.bytes.clone()).ok()?;
        let record = RawValue::from_string(text).ok()?;
        let denial = match &receipt.record.body {
            RecordBody::Decision(decision) => Denial::of(decision),
            _ => None,
        };
        Some(Self {
            record,
            proof: receipt.proof.clone(),
            checkpoint: receipt.checkpoint.to_string(),
            denial,
        })
    }

    /// The answer with status 200.
    pub(crate) fn into_response(self) -> Response {
        json_response(StatusCode::OK, "application/json", &self)
    }
}

/// A JSON response that must not be cached.
pub(crate) fn json_response(status: StatusCode, media_type: &'static str, body: &impl Serialize) -> Response {
    let Ok(bytes) = serde_json::to_vec(body) else {
        return Problem::internal("the answer could not be written").into_response();
    };
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// How often a decision is repeated because another policy came into force in the meantime.
const REPEATS_MAX: usize = 16;

/// The answer to a decision. One that another policy or other facts have superseded is repeated by the engine in force
/// then.
pub(crate) async fn decided(decide: impl Fn() -> Pending) -> Result<Receipt, SubmitError> {
    for _ in 0..REPEATS_MAX {
        match decide().await {
            Err(SubmitError::Superseded) => {}
            answer => return answer,
        }
    }
    decide().await
}
