//! What a decision says to those who keep reviews: which one it is, and how it is settled.

use serde::{Deserialize, Serialize};

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
