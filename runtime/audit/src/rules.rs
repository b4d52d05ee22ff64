//! What every record must satisfy beyond its form: the audit rules that need no other record.

use std::collections::BTreeSet;

use permit_types::verdict::{Outcome, ReasonCode};

use crate::hash::Hash;
use crate::record::{Body, Charged, Decision, LimitState, Record, decision_id};

/// A record that says what no honest log can say.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Record 0 is not the genesis, or another one is.
    #[error("the genesis is record 0, and only that")]
    GenesisPlace,
    /// The genesis names another log than the key does.
    #[error("the genesis names the log `{found}`")]
    Origin {
        /// The name in the genesis.
        found: String,
    },
    /// The first record does not stand on the empty tree.
    #[error("the first record does not stand on the empty tree")]
    FirstRoot,
    /// The decision's name is not the one that its place gives it.
    #[error("the decision id is not the derived one, `{expected}`")]
    DecisionId {
        /// The name that the place gives.
        expected: String,
    },
    /// `ALLOW` without all five layers passed, `DENY` without a layer that denies, or `REVIEW` elsewhere than at the policy.
    #[error("the outcome contradicts the layers")]
    Outcome,
    /// A decision that does not allow charges something.
    #[error("a decision that does not allow charges the budget `{budget}`")]
    ChargedDenial {
        /// The budget.
        budget: String,
    },
    /// A decision that does not allow warns of a limit, or a warning is of more than the whole.
    #[error("a warning about the budget `{budget}` that there cannot be")]
    Warning {
        /// The budget.
        budget: String,
    },
    /// What the decision says of its review contradicts its reason, or the review contradicts itself.
    #[error("what is said of the review contradicts the decision")]
    Review,
    /// An amount is not a number and the budget's unit.
    #[error("`{text}` is not an amount in `{unit}`")]
    Amount {
        /// The text.
        text: String,
        /// The budget's unit.
        unit: String,
    },
    /// More is spent and held than the limit allows.
    #[error("the budget `{budget}` is over its limit of {limit} per {window}")]
    OverLimit {
        /// The budget.
        budget: String,
        /// The limit.
        limit: String,
        /// The limit's window.
        window: String,
    },
}

/// Checks `record` of the log `origin`.
pub(crate) fn check(record: &Record, origin: &str) -> Result<(), RuleError> {
    if (record.index == 0) != matches!(record.body, Body::Genesis(_)) {
        return Err(RuleError::GenesisPlace);
    }
    if record.index == 0 && record.merkle_root != Hash::of_empty_tree() {
        return Err(RuleError::FirstRoot);
    }
    match &record.body {
        Body::Genesis(genesis) if genesis.origin != origin => {
            Err(RuleError::Origin { found: genesis.origin.clone() })
        }
        Body::Decision(decision) => {
            let expected = decision_id(origin, record.index);
            if record.decision_id.as_ref() != Some(&expected) {
                return Err(RuleError::DecisionId { expected });
            }
            check_decision(decision)
        }
        Body::Genesis(_)
        | Body::Confirm(_)
        | Body::Release(_)
        | Body::Expiry(_)
        | Body::Policy(_)
        | Body::Approval(_)
        | Body::Decline(_) => Ok(()),
    }
}

fn check_decision(decision: &Decision) -> Result<(), RuleError> {
    if decision.layers.outcome() != decision.outcome {
        return Err(RuleError::Outcome);
    }
    let is_allowed = decision.outcome == Outcome::Allow;
    if let (false, Some(charged)) = (is_allowed, decision.charges.first()) {
        return Err(RuleError::ChargedDenial { budget: charged.budget.clone() });
    }
    if let Some(warning) = decision.warnings.iter().find(|warning| !is_allowed || warning.percent > 100) {
        return Err(RuleError::Warning { budget: warning.budget.clone() });
    }
    if !is_sound(decision) {
        return Err(RuleError::Review);
    }
    decision.charges.iter().try_for_each(check_charged)
}

/// Whether reason, review and approvals of a decision fit each other.
fn is_sound(decision: &Decision) -> bool {
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

fn check_charged(charged: &Charged) -> Result<(), RuleError> {
    Amount::read(&charged.amount, &charged.unit)?;
    charged.limits.iter().try_for_each(|limit| check_limit(charged, limit))
}

fn check_limit(charged: &Charged, state: &LimitState) -> Result<(), RuleError> {
    let read = |text: &str| Amount::read(text, &charged.unit);
    let (spent, held, limit) = (read(&state.spent)?, read(&state.held)?, read(&state.limit)?);
    read(&state.remaining)?;
    let fits = spent.plus(held).is_some_and(|used| used.at_most(limit).is_some_and(|fits| fits));
    if fits {
        return Ok(());
    }
    Err(RuleError::OverLimit {
        budget: charged.budget.clone(),
        limit: state.limit.clone(),
        window: state.window.clone(),
    })
}

/// A decimal number of some unit: `units` steps of ten to the power of minus `scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Amount {
    units: i128,
    scale: u32,
}

impl Amount {
    /// The most fraction digits that are read; currencies have up to 4.
    const SCALE_MAX: u32 = 9;

    /// Reads `600.00 USD` in the unit `USD`.
    fn read(text: &str, unit: &str) -> Result<Self, RuleError> {
        let refused = || RuleError::Amount { text: text.to_owned(), unit: unit.to_owned() };
        let number = text.strip_suffix(unit).and_then(|rest| rest.strip_suffix(' ')).ok_or_else(refused)?;
        Self::digits(number).ok_or_else(refused)
    }

    fn digits(number: &str) -> Option<Self> {
        let magnitude = number.strip_prefix('-').unwrap_or(number);
        let (whole, fraction) = match magnitude.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return None,
            None => (magnitude, ""),
        };
        let scale = u32::try_from(fraction.len()).ok().filter(|scale| *scale <= Self::SCALE_MAX)?;
        let digits = format!("{whole}{fraction}");
        if whole.is_empty() || whole.len() > 20 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let units: i128 = digits.parse().ok()?;
        Some(Self { units: if magnitude.len() < number.len() { -units } else { units }, scale })
    }

    fn at_scale(self, scale: u32) -> Option<i128> {
        self.units.checked_mul(10_i128.checked_pow(scale.checked_sub(self.scale)?)?)
    }

    fn plus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        Some(Self { units: self.at_scale(scale)?.checked_add(other.at_scale(scale)?)?, scale })
    }

    fn at_most(self, other: Self) -> Option<bool> {
        let scale = self.scale.max(other.scale);
        Some(self.at_scale(scale)? <= other.at_scale(scale)?)
    }
}

#[cfg(test)]
mod tests;
