//! The result of evaluating a request before any balance is known.

use serde::{Deserialize, Serialize};

use crate::charge::{Bill, Charge};
use crate::review::ReviewRequest;
use crate::verdict::Reason;

/// A request that identity, proof and rules let through, with what budgets, rates and scopes are to be charged for it.
///
/// A fault in a later layer does not hide the results of earlier ones, because those may still deny when balances
/// are asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// Why the rules permit it, or would if a review were approved.
    pub permitted: Reason,
    /// The review that persons must approve first.
    pub review: Option<ReviewRequest>,
    /// What budgets and rates count, or why one of them cannot count the request.
    pub budget: Result<Bill, Reason>,
    /// What the scopes' own limits count, or why a scope does not allow the request whatever its limits say.
    pub scope: Result<Vec<Charge>, Reason>,
}
