//! What a record can say. Fields of nested objects are declared in the order of their JSON names, so that
//! serde_json writes them as RFC 8785 wants them.

use std::fmt;

use permit_types::verdict::{Layers, Outcome, Reason, Trap};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::hash::Hash;
use crate::instant;

/// A SHA-256 digest of something outside the log, written as `sha256:` and 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Hash::of(&[bytes]).0)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256:{}", Hash(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits = text
            .strip_prefix("sha256:")
            .ok_or_else(|| de::Error::custom("a digest begins with `sha256:`"))?;
        digits.parse().map(|Hash(bytes)| Self(bytes)).map_err(de::Error::custom)
    }
}

/// What a record says, by its `type`. This is also the draft of a record: all that its author decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The log begins; always record 0 and only there.
    Genesis(Genesis),
    /// A request was decided.
    Decision(Box<Decision>),
    /// The caller reported that a held action happened.
    Confirm(Settlement),
    /// The caller gave a hold back.
    Release(Settlement),
    /// Holds ran out.
    Expiry(Expiry),
    /// Another bundle came into force.
    Policy(PolicyChange),
    /// A person approved a review.
    Approval(Vote),
    /// A person declined a review, which ended it.
    Decline(Vote),
}

/// The beginning of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    /// The log's name, which must be its key's too.
    pub origin: String,
    /// The bundle in force at the start.
    pub policy: Digest,
}

/// One decision: allowed, denied, or left to persons.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The action's name.
    pub action: String,
    /// The agent's entity id, or its SPIFFE ID when no agent is known by it.
    pub agent: String,
    /// The persons whose approval it used, in their order; empty unless it allows by a review.
    pub approved_by: Vec<String>,
    /// What the decision charged or holds; empty unless it allows.
    pub charges: Vec<Charged>,
    /// Every limit that had no room; empty unless it denies.
    pub denials: Vec<Shortfall>,
    /// The proof of possession that came with the request.
    pub dpop: Option<Proof>,
    /// The facts snapshot that the policy saw.
    pub facts: Digest,
    /// When the holds of this decision run out, in milliseconds since the Unix epoch.
    pub hold_expires_at_ms: Option<i64>,
    /// The caller's key that makes a repeated request find its first answer.
    pub idempotency_key: Option<String>,
    /// The SPIFFE ID of the client certificate.
    pub identity: Option<String>,
    /// What the five layers said.
    pub layers: Layers,
    /// The rules that matched, by name.
    pub matched: Vec<String>,
    /// The instant at which the policy was evaluated, in milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// What it comes to.
    pub outcome: Outcome,
    /// The bundle that decided.
    pub policy: Digest,
    /// Why.
    pub reason: Reason,
    /// The request's canonical bytes.
    pub request_digest: Digest,
    /// The resource, such as `Order::"o1"`.
    pub resource: Option<String>,
    /// The review that the request waits for, has used, or is denied by.
    pub review: Option<Review>,
    /// The rules that could not be evaluated.
    pub rule_errors: Vec<RuleTrap>,
    /// The scopes on the token, by name.
    pub scopes: Vec<String>,
    /// The task that the token was issued for.
    pub task: Option<String>,
    /// The limits whose use is at or over their warning level; empty unless it allows.
    pub warnings: Vec<Warning>,
}

/// A review, as it stands with the decision that speaks of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

/// A limit whose use is at or over its warning level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

/// What a person said of a review.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// The review: the decision that opened it.
    pub decision_id: String,
    /// The review's digest.
    pub digest: Digest,
    /// The proof of possession that came with it.
    pub dpop: Option<Proof>,
    /// The SPIFFE ID of the person's certificate.
    pub identity: String,
    /// The person, such as `Lead::"ann"`.
    pub person: String,
    /// What the person says about it.
    pub reason: Option<String>,
}

/// One charge, and every limit of its budget after the decision. Amounts are texts such as `600.00 USD`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

/// One limit after a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitState {
    /// What is reserved and not yet confirmed.
    pub held: String,
    /// The most that the window may hold.
    pub limit: String,
    /// What is left.
    pub remaining: String,
    /// When the window starts anew, in milliseconds since the Unix epoch.
    #[serde(rename = "resets_at", default, with = "instant", skip_serializing_if = "Option::is_none")]
    pub resets_at_ms: Option<i64>,
    /// What is spent for good.
    pub spent: String,
    /// The window, such as `day in Europe/Dublin`, `24h` or `task`.
    pub window: String,
}

/// One limit without room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
    /// When the window starts anew, in milliseconds since the Unix epoch.
    #[serde(rename = "resets_at", default, with = "instant", skip_serializing_if = "Option::is_none")]
    pub resets_at_ms: Option<i64>,
    /// What is spent for good.
    pub spent: String,
    /// The window, such as `day in Europe/Dublin`, `24h` or `task`.
    pub window: String,
}

/// The proof of possession of a request (RFC 9449).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The thumbprint of the proof's key (RFC 7638).
    pub jkt: String,
    /// A digest of the proof's `jti`.
    pub jti_digest: String,
}

/// A rule that could not be evaluated, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleTrap {
    /// The rule's name.
    pub rule: String,
    /// Why it has no value.
    pub trap: Trap,
}

/// What became of a decision's holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// The agent's entity id.
    pub agent: String,
    /// The decision whose holds these are.
    pub decision_id: String,
    /// What the caller says about it.
    pub reason: Option<String>,
    /// What each budget kept and gave back.
    pub settled: Vec<Settled>,
}

/// One hold, settled. Amounts are texts such as `600.00 USD`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

/// Holds that ran out without being confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// The decisions whose holds these were.
    pub decisions: Vec<String>,
}

/// Another bundle came into force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyChange {
    /// The bundle.
    pub policy: Digest,
}
