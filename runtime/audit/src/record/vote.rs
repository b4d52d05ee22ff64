//! Records about reviews.

use serde::{Deserialize, Serialize};

use super::dpop::Proof;
use crate::instant;
use crate::trace::TraceId;
use permit_types::digest::Digest;

/// A review, in the state after the decision that refers to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// How many different persons have approved, at most `needed`.
    pub approved: u16,
    /// What they approve: the digest of the request as the policy reads it.
    pub digest: Digest,
    /// When it ends, in milliseconds since the Unix epoch.
    #[serde(rename = "expires_at", with = "instant::required")]
    pub expires_ms: i64,
    /// Its name: that of the decision that opened it.
    pub id: String,
    /// How many different persons must approve.
    pub needed: u16,
    /// The rule.
    pub rule: String,
}

/// What a person said of a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// The digest of the body's bytes as they were received, if a body was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_digest: Option<Digest>,
    /// The review: the decision that opened it.
    pub decision_id: String,
    /// The review's digest.
    pub digest: Digest,
    /// The proof of possession that came with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpop: Option<Proof>,
    /// The SPIFFE ID of the person's certificate.
    pub identity: String,
    /// The person, such as `Lead::"ann"`.
    pub person: String,
    /// The person's reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The trace that the request belongs to, if its caller named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<TraceId>,
}
