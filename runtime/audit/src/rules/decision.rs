//! Rules for decisions.

use std::collections::BTreeSet;

use permit_types::verdict::{Layer, Outcome, ReasonCode};

use super::error::RuleError;
use super::money;
use crate::record::{DELEGATION_MAX, Decision, RESOURCE_BYTES_MAX};

/// Checks a decision that was sealed at `sealed_ms`.
pub(super) fn check(decision: &Decision, sealed_ms: i64) -> Result<(), RuleError> {
    if decision.layers.outcome() != decision.outcome {
        return Err(RuleError::Outcome);
    }
    check_caller(decision)?;
    if decision.now_ms > sealed_ms {
        return Err(RuleError::Now);
    }
    check_request(decision)?;
    if !is_review_sound(decision) {
        return Err(RuleError::Review);
    }
    check_money(decision)
}

/// Who asks, and that nothing is left open of what may happen.
fn check_caller(decision: &Decision) -> Result<(), RuleError> {
    let Decision { layers, asked_by, .. } = decision;
    let is_refused = layers.denied() == Some(Layer::Identity);
    if layers.is_asserted() != asked_by.is_some() && !is_refused {
        return Err(RuleError::Asserted);
    }
    if decision.delegation.len() > DELEGATION_MAX {
        return Err(RuleError::Delegation { found: decision.delegation.len() });
    }
    let needed = [
        ("action", decision.action.is_empty()),
        ("agent_type", decision.agent_type.is_none()),
        ("dpop", decision.dpop.is_none() && layers.is_proved()),
        ("identity", decision.identity.is_none()),
        ("request_digest", decision.request_digest.is_none()),
    ];
    match needed.into_iter().find(|(_, is_missing)| *is_missing && decision.outcome != Outcome::Deny) {
        Some((member, _)) => Err(RuleError::Incomplete { member }),
        None => Ok(()),
    }
}

fn check_request(decision: &Decision) -> Result<(), RuleError> {
    let Decision { resource, resource_digest, arguments, claims, .. } = decision;
    let length = resource.as_ref().map_or(0, String::len);
    if length > RESOURCE_BYTES_MAX || (resource.is_some() && resource_digest.is_some()) {
        return Err(RuleError::Resource);
    }
    let is_claim = |name: &str| name.starts_with("agent.") || name.starts_with("resource.");
    let mut seen = BTreeSet::new();
    let named =
        arguments.iter().map(|member| (member, false)).chain(claims.iter().map(|member| (member, true)));
    for ((name, commitment), of_claims) in named {
        if is_claim(name) != of_claims || !seen.insert(commitment) {
            return Err(RuleError::Commitment { name: name.clone() });
        }
    }
    Ok(())
}

fn check_money(decision: &Decision) -> Result<(), RuleError> {
    let Decision { outcome, charges, denials, warnings, .. } = decision;
    let is_allowed = *outcome == Outcome::Allow;
    if !is_allowed && (!charges.is_empty() || decision.hold_expires_at_ms.is_some()) {
        return Err(RuleError::Charge);
    }
    if let Some(warning) = warnings.iter().find(|warning| !is_allowed || warning.percent > 100) {
        return Err(RuleError::Warning { budget: warning.budget.clone() });
    }
    if let Some(shortfall) = denials.first().filter(|_| *outcome != Outcome::Deny) {
        return Err(RuleError::Shortfall { budget: shortfall.budget.clone() });
    }
    charges.iter().try_for_each(money::check_charged)?;
    denials.iter().try_for_each(money::check_shortfall)
}

/// Whether reason, review and approvals of a decision fit each other.
fn is_review_sound(decision: &Decision) -> bool {
    let Decision { outcome, reason, review, approved_by, .. } = decision;
    let speaks_of_review = match reason.code {
        ReasonCode::Approved => *outcome == Outcome::Allow,
        ReasonCode::ReviewRequired => *outcome == Outcome::Review,
        ReasonCode::ReviewDeclined | ReasonCode::ReviewTimedOut => *outcome == Outcome::Deny,
        _ => false,
    };
    let Some(review) = review else {
        return !speaks_of_review && *outcome != Outcome::Review && approved_by.is_empty();
    };
    let different = approved_by.iter().collect::<BTreeSet<_>>().len();
    let approvals_fit = match outcome {
        Outcome::Allow => {
            review.approved == review.needed
                && approved_by.len() == different
                && different == usize::from(review.needed)
        }
        Outcome::Review => review.approved < review.needed && approved_by.is_empty(),
        Outcome::Deny => review.approved <= review.needed && approved_by.is_empty(),
    };
    let is_of_rule = reason.name.as_ref() == Some(&review.rule);
    speaks_of_review && approvals_fit && review.needed > 0 && is_of_rule
}
