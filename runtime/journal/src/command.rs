//! Commands to the journal, as values and as JSON.
//!
//! What a command says is checked where it is applied: charges by the ledger, a draft when its record is sealed. Reading
//! one from JSON checks only that it is a value of its types, and rejects members that this version does not know.

use std::collections::BTreeMap;

use permit_audit::{Decision, Proof, TraceId};
use permit_types::assessment::Assessment;
use permit_types::digest::Digest;
use permit_types::verdict::LayerDenial;
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

use crate::policy::PolicyTerms;

/// One thing to be made durable. Each becomes one record at most, but a policy and its facts one each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Command {
    /// Decide a request as far as it is still open, and charge it.
    Decide(Box<Decide>),
    /// A held action has happened.
    Confirm(Confirm),
    /// A held action will not happen.
    Release(Release),
    /// A person approves a review.
    Approve(CastVote),
    /// A person declines a review.
    Decline(CastVote),
    /// A policy comes into force over these facts: whatever another one decided and is not recorded yet is refused as
    /// [`SubmitError::Superseded`](crate::SubmitError::Superseded). Policy and facts are recorded, each unless the log names
    /// it as the one in force already; refused while the ledger has an account that does not fit.
    Policy {
        /// When, in milliseconds since the Unix epoch.
        now_ms: i64,
        /// The policy.
        policy: PolicyTerms,
        /// The facts' digest.
        facts: Digest,
    },
    /// What was refused or granted without a record of its own, counted since the last such command or the start.
    Refusals {
        /// When, in milliseconds since the Unix epoch: the end of the period.
        now_ms: i64,
        /// For each cause, how often; never 0. May be empty: then there was nothing to count.
        counts: BTreeMap<String, u64>,
    },
}

/// A request, decided up to the budgets and the persons.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decide {
    /// The record's draft. What the admission says is filled in: `approved_by`, `charges`, `denials`,
    /// `hold_expires_at_ms`, `layers`, `outcome`, `reason`, `review` and `warnings`. Its `now_ms` is the time of the
    /// charge. Its `idempotency_key`, with `agent` and `repeat`, makes a repeated request find its first answer: give it
    /// only when the agent is who it says it is.
    #[serde(deserialize_with = "draft")]
    pub draft: Decision,
    /// What a repetition under the same idempotency key must equal: the request and everything else of the caller's that
    /// the answer depends on, such as the scopes of the token.
    pub repeat: Digest,
    /// What opens the commitments of the draft: disclosures, as [`Disclosure`](permit_audit::Disclosure) writes them. They are
    /// kept beside the record, never in it.
    pub openings: Vec<String>,
    /// The assessment of the request before any balance is known, or the denial by one of the first three layers; an
    /// invalid request is denied by the policy.
    pub assessed: Result<Assessment, LayerDenial>,
}

/// Reads a draft as it was written. Its type passes over unknown members, because it also reads sealed records, whose
/// other members are not the decision's.
fn draft<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decision, D::Error> {
    let written = Value::deserialize(deserializer)?;
    let draft: Decision = serde_json::from_value(written.clone()).map_err(de::Error::custom)?;
    match serde_json::to_value(&draft) {
        Ok(known) if known == written => Ok(draft),
        Ok(_) => Err(de::Error::custom("the draft has members that this version does not write")),
        Err(error) => Err(de::Error::custom(error)),
    }
}

/// A vote that a person casts on a review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CastVote {
    /// When, in milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// The review: the decision that opened it.
    pub decision_id: String,
    /// The person's unique name.
    pub person: String,
    /// The SPIFFE ID of the person's certificate.
    pub identity: String,
    /// The proof of possession that came with it.
    pub dpop: Option<Proof>,
    /// The person's reason.
    pub reason: Option<String>,
    /// The digest of the request's body, if there was one.
    pub body_digest: Option<Digest>,
    /// The trace that the request belongs to.
    pub trace_id: Option<TraceId>,
}

/// Who confirms or releases, as recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Requester {
    /// The agent that the decision was made for.
    pub agent: String,
    /// The agent's type, when the agent is known.
    pub agent_type: Option<String>,
    /// The SPIFFE ID of the certificate.
    pub identity: Option<String>,
    /// The proof of possession that came with the request.
    pub dpop: Option<Proof>,
    /// The digest of the request's body, if there was one.
    pub body_digest: Option<Digest>,
    /// The trace that the request belongs to.
    pub trace_id: Option<TraceId>,
}

/// A held action has happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// When, in milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// The decision that allowed it.
    pub decision_id: String,
    /// Who confirms.
    pub requester: Requester,
    /// By budget name, how much was spent in the end, in the budget's smallest unit; the rest is returned. A budget that
    /// is not named is spent in full.
    pub amounts: BTreeMap<String, i64>,
    /// The caller's reason.
    pub reason: Option<String>,
}

/// A held action will not happen: the hold is returned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Release {
    /// When, in milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// The decision that allowed it.
    pub decision_id: String,
    /// Who releases.
    pub requester: Requester,
    /// The caller's reason.
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests;
