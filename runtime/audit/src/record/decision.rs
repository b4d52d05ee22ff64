//! The content of a decision's record.

use std::collections::BTreeMap;

use permit_types::verdict::{Layers, Outcome, Reason, Trap};
use serde::{Deserialize, Serialize};

use super::dpop::Proof;
use super::vote::Review;
use crate::commitment::Commitment;
use crate::instant;
use crate::trace::TraceId;
use permit_types::digest::Digest;

/// One decision: allowed, denied, or left to persons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The action's name; empty only when the request could not be read.
    pub action: String,
    /// The agent's entity id, or its SPIFFE ID when no agent is known by it.
    pub agent: String,
    /// The agent's type, when the agent is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent_type: Option<String>,
    /// The persons whose approval it used, in their order; empty unless it allows by a review.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved_by: Vec<String>,
    /// A commitment to each argument, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub arguments: BTreeMap<String, Commitment>,
    /// The SPIFFE ID of the service that asked on the agent's behalf, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<String>,
    /// The digest of the body's bytes as they were received, if a body was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_digest: Option<Digest>,
    /// What the decision charged or holds; empty unless it allows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charges: Vec<Charged>,
    /// A commitment to each claim, by `agent.FIELD` or `resource.FIELD`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, Commitment>,
    /// The agents on whose behalf the agent acts, outermost first, at most
    /// [`DELEGATION_MAX`](crate::DELEGATION_MAX).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delegation: Vec<Delegate>,
    /// Every limit that had no room; empty unless it denies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denials: Vec<Shortfall>,
    /// The proof of possession that came with the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dpop: Option<Proof>,
    /// The facts that the policy saw.
    pub facts: Digest,
    /// When the holds of this decision expire, in milliseconds since the Unix epoch.
    #[serde(rename = "hold_expires_at", default, with = "instant", skip_serializing_if = "Option::is_none")]
    pub hold_expires_at_ms: Option<i64>,
    /// The caller's key that makes a repeated request find its first answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// The agent's SPIFFE ID: that of the client certificate, or the one that a service asserts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// The results of the five layers.
    pub layers: Layers,
    /// The rules that matched, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matched: Vec<String>,
    /// The instant at which the policy was evaluated, in milliseconds since the Unix epoch.
    #[serde(rename = "now", with = "instant::required")]
    pub now_ms: i64,
    /// The outcome.
    pub outcome: Outcome,
    /// The bundle that decided.
    pub policy: Digest,
    /// Why.
    pub reason: Reason,
    /// The digest of the request as the policy reads it, if it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_digest: Option<Digest>,
    /// The resource, such as `Order::"o1"`, of at most [`RESOURCE_BYTES_MAX`](crate::RESOURCE_BYTES_MAX).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The digest of a longer resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_digest: Option<Digest>,
    /// The review that the request waits for, has used, or is denied by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<Review>,
    /// The rules that could not be evaluated.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rule_errors: Vec<RuleTrap>,
    /// The scopes on the token.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<Scope>,
    /// The task that the token was issued for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// The trace that the request belongs to, if its caller named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<TraceId>,
    /// The limits whose use is at or over their warning level; empty unless it allows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// An agent on whose behalf another one acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegate {
    /// The agent's entity id.
    pub agent: String,
    /// The agent's type.
    pub agent_type: String,
    /// The agent's SPIFFE ID.
    pub identity: String,
    /// The task that it works on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
}

/// A scope on the token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The `jti` of the grant by which the task's issuer gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// The name of the task's issuer; absent when the agent asked for it itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Its name.
    pub name: String,
    /// The digest of its parameters as canonical JSON ([`canonical_digest`](crate::canonical_digest)).
    pub parameters: Digest,
}

/// A limit whose use is at or over its warning level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// The budget's name.
    pub budget: String,
    /// The key's values, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// How much of the limit is spent and held, in whole percent, rounded down.
    pub percent: u8,
    /// The window, such as `day in Europe/Dublin`, `24h` or `task`.
    pub window: String,
}

/// One charge, and every limit of its budget. Amounts are texts such as `600.00 USD`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charged {
    /// What was charged or held.
    pub amount: String,
    /// The budget's name.
    pub budget: String,
    /// The key's values, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// Its limits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub limits: Vec<LimitState>,
    /// The budget's unit: a currency or a counted thing.
    pub unit: String,
}

/// One limit after a charge, and what was used of it before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitState {
    /// What was used before this charge; earlier charges of the same decision count.
    pub before: Used,
    /// What is reserved and not yet confirmed.
    pub held: String,
    /// The most that the window may hold.
    pub limit: String,
    /// What is left.
    pub remaining: String,
    /// When the window resets, in milliseconds since the Unix epoch.
    #[serde(rename = "resets_at", default, with = "instant", skip_serializing_if = "Option::is_none")]
    pub resets_at_ms: Option<i64>,
    /// What is spent for good.
    pub spent: String,
    /// The window, such as `day in Europe/Dublin`, `24h` or `task`.
    pub window: String,
}

/// What is used of a limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// What is reserved and not yet confirmed.
    pub held: String,
    /// What is spent for good.
    pub spent: String,
}

/// One limit without room, in the state that a denial leaves as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortfall {
    /// The budget's name.
    pub budget: String,
    /// What is reserved and not yet confirmed.
    pub held: String,
    /// The key's values, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// The most that the window may hold.
    pub limit: String,
    /// One sentence for a person.
    pub reason: String,
    /// What is left.
    pub remaining: String,
    /// What was asked for.
    pub requested: String,
    /// When the window resets, in milliseconds since the Unix epoch.
    #[serde(rename = "resets_at", default, with = "instant", skip_serializing_if = "Option::is_none")]
    pub resets_at_ms: Option<i64>,
    /// What is spent for good.
    pub spent: String,
    /// The budget's unit; that of a rate is `actions`.
    pub unit: String,
    /// The window, such as `day in Europe/Dublin`, `24h` or `task`.
    pub window: String,
}

/// A rule that could not be evaluated, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTrap {
    /// The rule's name.
    pub rule: String,
    /// Why it has no value.
    pub trap: Trap,
}
