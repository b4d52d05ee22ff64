//! Reviews: what a decision requires, what people are shown, and the status of a review.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::display;

/// How long a decline denies the same request, in milliseconds: 24 hours.
pub const DECLINED_MS: i64 = 24 * 60 * 60 * 1_000;

/// A review that a request meets.
///
/// Two requests meet the same review exactly when their digests are equal; an approval of one is no approval of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// SHA-256 over all that was asked and under which rule and policy.
    pub digest: [u8; 32],
    /// The name of the rule.
    pub rule: String,
    /// How many different persons must approve; at least 1.
    pub needed: u16,
    /// How long it waits for them, in milliseconds.
    pub timeout_ms: i64,
}

/// A review that a decision asks for, and what persons are shown of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewRequest {
    /// The review.
    pub review: Review,
    /// What persons are shown, uninterpreted. It is kept beside the record that opens the review, not in it: the log
    /// contains only digests of arguments.
    pub content: String,
}

/// What a person is shown of a request: all that its digest is over, as the policy reads it. Values are canonical texts,
/// such as `600.00 USD`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReviewContent {
    /// The action's name.
    pub action: String,
    /// The agent, such as `SupportBot::"support/7"`.
    pub agent: String,
    /// Every argument, defaults written out.
    pub arguments: BTreeMap<String, String>,
    /// Why the rule exists.
    pub because: String,
    /// What the agent itself says of itself and of the resource, by `agent.FIELD` and `resource.FIELD`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, String>,
    /// The resource, such as `Order::"o1"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// The digest of the bundle that asks.
    pub policy: String,
}

impl ReviewContent {
    /// The same content for display: each text has gone through [`display::line()`].
    #[must_use]
    pub fn shown(&self) -> Self {
        let shown = |text: &String| display::line(text).into_owned();
        let each = |texts: &BTreeMap<String, String>| {
            texts.iter().map(|(name, text)| (shown(name), shown(text))).collect()
        };
        let Self { action, agent, arguments, because, claims, resource, policy } = self;
        Self {
            action: shown(action),
            agent: shown(agent),
            arguments: each(arguments),
            because: shown(because),
            claims: each(claims),
            resource: resource.as_ref().map(shown),
            policy: shown(policy),
        }
    }
}

/// What a person says about a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoteKind {
    /// The request may happen.
    Approve,
    /// The request must not happen.
    Decline,
}

/// The status of a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReviewStatus {
    /// It waits for approvals.
    Pending,
    /// Enough persons have approved; the same request is allowed once.
    Approved,
    /// It was approved, and the action was allowed.
    Used,
    /// A person declined it.
    Declined,
    /// It ended before it was approved and used.
    TimedOut,
    /// It ended so long ago that nothing more is known of it.
    Over,
}

impl ReviewStatus {
    /// The status as written in responses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Used => "used",
            Self::Declined => "declined",
            Self::TimedOut => "timed_out",
            Self::Over => "over",
        }
    }
}

/// A review as a person sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewView {
    /// Its name: that of the decision that opened it.
    pub id: String,
    /// Its status.
    pub state: ReviewStatus,
    /// The rule.
    pub rule: String,
    /// The request, as its digest is over it; for programs.
    pub request: ReviewContent,
    /// The same, for display: [`ReviewContent::shown`].
    pub shown: ReviewContent,
    /// The digest of it, as the log has it.
    pub digest: String,
    /// How many different persons must approve.
    pub needed: u16,
    /// Who has approved; empty once the review has ended.
    pub approved_by: Vec<String>,
    /// When the review ends (RFC 3339).
    pub expires_at: String,
}

/// Some of the reviews that a person may decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewPage {
    /// The reviews, oldest first.
    pub reviews: Vec<ReviewView>,
    /// Where the next page begins, if there may be more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_of_a_request_is_shown_escaped() {
        let texts = || BTreeMap::from([("na\u{200b}me".to_owned(), "v\u{202e}".to_owned())]);
        let content = ReviewContent {
            action: "a\u{7f}".to_owned(),
            agent: "Bot::\"\u{430}b\"".to_owned(),
            arguments: texts(),
            because: "b\n".to_owned(),
            claims: texts(),
            resource: Some("r\u{9b}".to_owned()),
            policy: "p\u{ad}".to_owned(),
        };
        let shown = || BTreeMap::from([(r"na\u{200b}me".to_owned(), r"v\u{202e}".to_owned())]);
        let expected = ReviewContent {
            action: r"a\u{7f}".to_owned(),
            agent: r#"Bot::"\u{430}b""#.to_owned(),
            arguments: shown(),
            because: r"b\u{a}".to_owned(),
            claims: shown(),
            resource: Some(r"r\u{9b}".to_owned()),
            policy: r"p\u{ad}".to_owned(),
        };
        assert_eq!(content.shown(), expected);
    }

    #[test]
    fn a_status_has_one_name() {
        use ReviewStatus::{Approved, Declined, Over, Pending, TimedOut, Used};
        for status in [Pending, Approved, Used, Declined, TimedOut, Over] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.name());
        }
    }
}
