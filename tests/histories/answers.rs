//! Answers in one form, from a record and from an admission.

use std::collections::BTreeMap;

use permit_audit::{Charged, Decision, LimitState, Review, Settled, Shortfall, Used, Warning};
use permit_ledger::{Admission, Denial, End, LimitStatus, ReviewState, Settlement};
use permit_types::digest::Digest;
use permit_types::verdict::{Layers, Outcome, Reason};

/// All that an answer says of balances and persons.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Comparable {
    pub(crate) outcome: Outcome,
    layers: Layers,
    reason: Reason,
    charges: Vec<Charged>,
    denials: Vec<Shortfall>,
    hold_expires_at_ms: Option<i64>,
    warnings: Vec<Warning>,
    review: Option<Review>,
    approved_by: Vec<String>,
}

/// The decisions of one side by the other side's numbers.
pub(crate) type Names = BTreeMap<u64, String>;

pub(crate) fn recorded(decision: &Decision) -> Comparable {
    let decision = decision.clone();
    Comparable {
        outcome: decision.outcome,
        layers: decision.layers,
        reason: decision.reason,
        charges: decision.charges,
        denials: decision.denials,
        hold_expires_at_ms: decision.hold_expires_at_ms,
        warnings: decision.warnings,
        review: decision.review,
        approved_by: decision.approved_by,
    }
}

pub(crate) fn admitted(admission: &Admission, names: &Names) -> Comparable {
    let (outcome, layers, reason) = (admission.outcome(), admission.layers(), admission.reason.clone());
    let (charges, denials, warnings, approved_by) = (vec![], vec![], vec![], vec![]);
    let mut answer = Comparable {
        outcome,
        layers,
        reason,
        charges,
        denials,
        hold_expires_at_ms: None,
        warnings,
        review: None,
        approved_by,
    };
    match &admission.end {
        End::Denied { denial, .. } => {
            if let Some(Denial::Review { review, .. }) = denial {
                answer.review = Some(reviewed(review, names));
            }
            answer.denials = denial.iter().flat_map(Denial::shortfalls).map(shortfall).collect();
        }
        End::InReview { review, .. } => answer.review = Some(reviewed(review, names)),
        End::Allowed { reserve, grant } => {
            let mut limits = grant.limits.iter();
            for charge in reserve.charges.iter().chain(reserve.scope.iter().flatten()) {
                answer.charges.push(Charged {
                    amount: charge.unit.amount_text(charge.amount),
                    budget: charge.account.name.clone(),
                    key: charge.account.key.clone(),
                    limits: charge.limits.iter().filter_map(|_| limits.next().map(limit)).collect(),
                    unit: charge.unit.to_string(),
                });
            }
            assert_eq!(limits.next(), None, "a limit of no charge");
            answer.hold_expires_at_ms = grant.hold_until_ms;
            answer.warnings = grant
                .warnings
                .iter()
                .map(|warning| Warning {
                    budget: warning.account.name.clone(),
                    key: warning.account.key.clone(),
                    percent: warning.percent,
                    window: warning.window.to_string(),
                })
                .collect();
            answer.review = grant.review.as_ref().map(|review| reviewed(review, names));
            answer.approved_by = grant.review.iter().flat_map(|review| review.approved_by.clone()).collect();
        }
    }
    answer
}

fn reviewed(review: &ReviewState, names: &Names) -> Review {
    Review {
        approved: u16::try_from(review.approved_by.len()).unwrap(),
        digest: Digest(review.digest),
        expires_ms: review.expires_ms,
        id: names[&review.id.0].clone(),
        needed: review.needed,
        rule: review.rule.clone(),
    }
}

fn limit(status: &LimitStatus) -> LimitState {
    let text = |amount| status.unit.amount_text(amount);
    LimitState {
        before: Used { held: text(status.held_before), spent: text(status.spent_before) },
        held: text(status.held),
        limit: text(status.limit),
        remaining: text(status.remaining()),
        resets_at_ms: Some(status.resets_at_ms),
        spent: text(status.spent),
        window: status.window.to_string(),
    }
}

fn shortfall(short: &permit_ledger::Shortfall) -> Shortfall {
    let account = short.account();
    let mut answer = Shortfall {
        budget: account.name.clone(),
        held: "0 actions".to_owned(),
        key: account.key.clone(),
        limit: String::new(),
        reason: short.message(),
        remaining: "0 actions".to_owned(),
        requested: "1 actions".to_owned(),
        resets_at_ms: None,
        spent: String::new(),
        unit: "actions".to_owned(),
        window: String::new(),
    };
    match short {
        permit_ledger::Shortfall::Limit(status) => {
            let LimitState { held, limit, remaining, resets_at_ms, spent, window, .. } = limit(status);
            let requested = status.unit.amount_text(status.requested);
            let unit = status.unit.to_string();
            Shortfall { held, limit, remaining, requested, resets_at_ms, spent, unit, window, ..answer }
        }
        permit_ledger::Shortfall::Rate { rate, retry_at_ms, .. } => {
            (answer.limit, answer.spent) =
                (format!("{} actions", rate.burst), format!("{} actions", rate.burst));
            (answer.resets_at_ms, answer.window) = (Some(*retry_at_ms), rate.rate_text());
            answer
        }
    }
}

pub(crate) fn settled(settlement: &Settlement) -> Vec<Settled> {
    let line = |line: &permit_ledger::Settled| Settled {
        budget: line.account.name.clone(),
        charged: line.unit.amount_text(line.spent),
        key: line.account.key.clone(),
        returned: line.unit.amount_text(line.returned),
        unit: line.unit.to_string(),
    };
    settlement.settled.iter().map(line).collect()
}
