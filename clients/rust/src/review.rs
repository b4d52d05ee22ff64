//! Reviews as a person sees them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What is asked, as the policy reads it. Values are canonical texts, such as `600.00 USD`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewedRequest {
    /// The action's name.
    pub action: String,
    /// The agent, such as `SupportBot::"support/7"`.
    pub agent: String,
    /// Every argument, defaults written out.
    pub arguments: BTreeMap<String, String>,
    /// Why the rule exists.
    pub because: String,
    /// What the agent itself says of itself and of the resource.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, String>,
    /// The resource, such as `Order::"o1"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The digest of the bundle that asks.
    pub policy: String,
}

/// A review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// Its name: that of the decision that opened it.
    pub id: String,
    /// `pending`, `approved`, `used`, `declined`, `timed_out` or `over`.
    pub state: String,
    /// The rule that asks for it.
    pub rule: String,
    /// What is asked.
    pub request: ReviewedRequest,
    /// The digest of it, as the log has it.
    pub digest: String,
    /// How many different persons must approve.
    pub needed: u16,
    /// Who has approved.
    pub approved_by: Vec<String>,
    /// When the review ends (RFC 3339).
    pub expires_at: String,
}

/// Some of the reviews that wait for a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewPage {
    /// The reviews, oldest first.
    pub reviews: Vec<Review>,
    /// Where the next page begins, if there may be more.
    #[serde(default)]
    pub next: Option<u64>,
}
