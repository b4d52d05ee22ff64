//! Records about holds after the decision.

use serde::{Deserialize, Serialize};

use super::dpop::Proof;
use crate::trace::TraceId;
use permit_types::digest::Digest;

/// What became of a decision's holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settlement {
    /// The agent's entity id.
    pub agent: String,
    /// The agent's type, when the agent is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_type: Option<String>,
    /// The SPIFFE ID of the service that settles on the agent's behalf, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<String>,
    /// The digest of the body's bytes as they were received, if a body was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_digest: Option<Digest>,
    /// The decision whose holds these are.
    pub decision_id: String,
    /// The proof of possession that came with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpop: Option<Proof>,
    /// The agent's SPIFFE ID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The caller's reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What each budget kept and gave back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub settled: Vec<Settled>,
    /// The trace that the request belongs to, if its caller named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<TraceId>,
}

/// One hold, settled. Amounts are texts such as `600.00 USD`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The budget's name.
    pub budget: String,
    /// What is now spent for good.
    pub charged: String,
    /// The key's values, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// What went back into the budget.
    pub returned: String,
    /// The budget's unit: a currency or a counted thing.
    pub unit: String,
}

/// Holds that expired without being confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiry {
    /// The decisions whose holds these were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decisions: Vec<String>,
}
