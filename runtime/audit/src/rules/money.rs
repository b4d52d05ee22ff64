//! Rules for the amounts of charges, denials and settlements.

use super::amount::Amount;
use super::error::RuleError;
use crate::record::{Charged, LimitState, Settled, Shortfall};

pub(super) fn check_charged(charged: &Charged) -> Result<(), RuleError> {
    let amount = Amount::read_used(&charged.amount, &charged.unit)?;
    charged.limits.iter().try_for_each(|state| check_limit(charged, amount, state))
}

fn check_limit(charged: &Charged, amount: Amount, state: &LimitState) -> Result<(), RuleError> {
    let used = |text: &str| Amount::read_used(text, &charged.unit);
    let (spent, held) = (used(&state.spent)?, used(&state.held)?);
    let limit = Amount::read(&state.limit, &charged.unit)?;
    let budget = || charged.budget.clone();
    if spent + held > limit {
        let (limit, window) = (state.limit.clone(), state.window.clone());
        return Err(RuleError::OverLimit { budget: budget(), limit, window });
    }
    if used(&state.remaining)? != limit - spent - held {
        return Err(RuleError::Remaining { budget: budget() });
    }
    let before = (used(&state.before.spent)?, used(&state.before.held)?);
    let (as_spent, as_held) = ((before.0 + amount, before.1), (before.0, before.1 + amount));
    if (spent, held) == as_spent || (spent, held) == as_held {
        Ok(())
    } else {
        Err(RuleError::Movement { budget: budget() })
    }
}

pub(super) fn check_shortfall(shortfall: &Shortfall) -> Result<(), RuleError> {
    let read = |text: &str| Amount::read_used(text, &shortfall.unit);
    let used = read(&shortfall.spent)? + read(&shortfall.held)?;
    let (limit, requested) = (Amount::read(&shortfall.limit, &shortfall.unit)?, read(&shortfall.requested)?);
    if used + requested <= limit {
        return Err(RuleError::Shortfall { budget: shortfall.budget.clone() });
    }
    // A limit may have been lowered below what is used of it.
    if read(&shortfall.remaining)? != (limit - used).max(Amount::ZERO) {
        return Err(RuleError::Remaining { budget: shortfall.budget.clone() });
    }
    Ok(())
}

pub(super) fn check_settled(settled: &Settled) -> Result<(), RuleError> {
    Amount::read_used(&settled.charged, &settled.unit)?;
    Amount::read_used(&settled.returned, &settled.unit)?;
    Ok(())
}
