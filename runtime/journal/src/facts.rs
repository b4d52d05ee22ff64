//! The ledger's facts in the words of records, and whether a record tells the facts.

use permit_audit::{
    Body, Charged, Decision, Digest, LimitState, Review, Settled, Settlement as RecordedSettlement,
    Shortfall as RecordedShortfall, Used, Vote as RecordedVote, Warning as RecordedWarning, decision_id,
};
use permit_ledger::{
    Command, Denial, Effect, Grant, Reserve, Resolution, ReviewState, Settlement, Shortfall, Standing, Vote,
    Warning,
};
use permit_types::time::INSTANT_MAX_MS;
use permit_types::verdict::Outcome;

use crate::command::Requester;

/// What a record tells of a grant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Granted {
    charges: Vec<Charged>,
    hold_expires_at_ms: Option<i64>,
    warnings: Vec<RecordedWarning>,
    review: Option<Review>,
    approved_by: Vec<String>,
}

impl Granted {
    pub(crate) fn of(reserve: &Reserve, grant: &Grant, origin: &str) -> Self {
        Self {
            charges: charges(reserve, grant),
            hold_expires_at_ms: grant.hold_until_ms,
            warnings: grant.warnings.iter().map(warning).collect(),
            review: grant.review.as_ref().map(|state| review(state, origin)),
            approved_by: grant.review.as_ref().map_or_else(Vec::new, |state| state.approved_by.clone()),
        }
    }

    fn told_by(decision: &Decision) -> Self {
        Self {
            charges: decision.charges.clone(),
            hold_expires_at_ms: decision.hold_expires_at_ms,
            warnings: decision.warnings.clone(),
            review: decision.review.clone(),
            approved_by: decision.approved_by.clone(),
        }
    }

    pub(crate) fn write(self, decision: &mut Decision) {
        let Self { charges, hold_expires_at_ms, warnings, review, approved_by } = self;
        (decision.charges, decision.hold_expires_at_ms) = (charges, hold_expires_at_ms);
        (decision.warnings, decision.review, decision.approved_by) = (warnings, review, approved_by);
    }
}

/// How a review stands.
pub(crate) fn review(state: &ReviewState, origin: &str) -> Review {
    Review {
        // At most `needed` persons are counted, so the number is in range.
        approved: u16::try_from(state.approved_by.len()).unwrap_or(state.needed),
        digest: Digest(state.digest),
        expires_ms: state.expires_ms,
        id: decision_id(origin, state.id.0),
        needed: state.needed,
        rule: state.rule.clone(),
    }
}

fn warning(warning: &Warning) -> RecordedWarning {
    RecordedWarning {
        budget: warning.account.name.clone(),
        key: warning.account.key.clone(),
        percent: warning.percent,
        window: warning.window.to_string(),
    }
}

/// The charges of a granted decision.
fn charges(reserve: &Reserve, grant: &Grant) -> Vec<Charged> {
    let mut standings = grant.standings.iter();
    let charges = reserve.charges.iter().chain(reserve.scope.iter().flatten());
    let charged = charges.map(|charge| Charged {
        amount: charge.unit.amount_text(charge.amount),
        budget: charge.account.name.clone(),
        key: charge.account.key.clone(),
        limits: standings
            .by_ref()
            .take(charge.limits.len())
            .map(|standing| limit_state(standing, charge.hold_ms.is_some()))
            .collect(),
        unit: charge.unit.to_string(),
    });
    charged.collect()
}

/// The limits and rates without room.
pub(crate) fn denials(denial: &Denial) -> Vec<RecordedShortfall> {
    denial.shortfalls().map(shortfall).collect()
}

/// What the record of a hold's end says.
pub(crate) fn settled(
    settlement: &Settlement,
    decision_id: String,
    requester: Requester,
    reason: Option<String>,
) -> RecordedSettlement {
    let Requester { agent, agent_type, identity, dpop, body_digest, trace_id } = requester;
    RecordedSettlement {
        agent,
        agent_type,
        asked_by: None,
        body_digest,
        decision_id,
        dpop,
        identity,
        reason,
        settled: settled_lines(settlement),
        trace_id,
    }
}

fn settled_lines(settlement: &Settlement) -> Vec<Settled> {
    let settled = settlement.settled.iter().map(|line| Settled {
        budget: line.account.name.clone(),
        charged: line.unit.amount_text(line.spent),
        key: line.account.key.clone(),
        returned: line.unit.amount_text(line.returned),
        unit: line.unit.to_string(),
    });
    settled.collect()
}

/// Whether `body` is what a step with this command and effect records.
pub(crate) fn agree(command: Option<&Command>, effect: Option<&Effect>, body: &Body, origin: &str) -> bool {
    match (command, effect, body) {
        (Some(Command::Adopt { .. }), Some(Effect::Adopted), Body::Genesis(_) | Body::Policy(_)) => true,
        (None, None, Body::Decision(decision)) => decision.outcome == Outcome::Deny,
        (Some(Command::Reserve(reserve)), Some(Effect::Granted(grant)), Body::Decision(decision)) => {
            decision.outcome == Outcome::Allow
                && Granted::told_by(decision) == Granted::of(reserve, grant, origin)
        }
        (Some(Command::Reserve(_)), Some(Effect::Pending(state)), Body::Decision(decision)) => {
            decision.outcome == Outcome::Review && decision.review == Some(review(state, origin))
        }
        (Some(Command::Approve(vote)), Some(Effect::Approved(_)), Body::Approval(recorded)) => {
            is_vote(vote, recorded, origin)
        }
        (Some(Command::Decline(vote)), Some(Effect::Declined(_)), Body::Decline(recorded)) => {
            is_vote(vote, recorded, origin)
        }
        (Some(Command::Confirm { .. }), Some(Effect::Settled(settlement)), Body::Confirm(recorded)) => {
            settlement.resolution == Resolution::Confirmed && recorded.settled == settled_lines(settlement)
        }
        (Some(Command::Release { .. }), Some(Effect::Settled(settlement)), Body::Release(recorded)) => {
            settlement.resolution == Resolution::Released && recorded.settled == settled_lines(settlement)
        }
        (Some(Command::Expire { .. }), Some(Effect::Expired(ids)), Body::Expiry(expiry)) => {
            expiry.decisions.iter().cloned().eq(ids.iter().map(|id| decision_id(origin, id.0)))
        }
        _ => false,
    }
}

fn is_vote(vote: &Vote, recorded: &RecordedVote, origin: &str) -> bool {
    recorded.person == vote.person
        && recorded.digest.0 == vote.digest
        && recorded.decision_id == decision_id(origin, vote.review.0)
}

/// Where a limit stands with a charge booked, as held or as spent.
fn limit_state(standing: &Standing, is_held: bool) -> LimitState {
    let amount = |amount| standing.unit.amount_text(amount);
    let Standing { spent, held, requested, .. } = *standing;
    let (spent_before, held_before) = if is_held {
        (spent, held.saturating_sub(requested))
    } else {
        (spent.saturating_sub(requested), held)
    };
    LimitState {
        before: Used { held: amount(held_before), spent: amount(spent_before) },
        held: amount(held),
        limit: amount(standing.limit),
        remaining: amount(standing.remaining()),
        resets_at_ms: instant(standing.resets_at_ms),
        spent: amount(spent),
        window: standing.window.to_string(),
    }
}

fn shortfall(shortfall: &Shortfall) -> RecordedShortfall {
    let account = shortfall.account().clone();
    let (budget, key, reason) = (account.name, account.key, shortfall.message());
    match shortfall {
        Shortfall::Limit(standing) => {
            let amount = |amount| standing.unit.amount_text(amount);
            RecordedShortfall {
                budget,
                held: amount(standing.held),
                key,
                limit: amount(standing.limit),
                reason,
                remaining: amount(standing.remaining()),
                requested: amount(standing.requested),
                resets_at_ms: instant(standing.resets_at_ms),
                spent: amount(standing.spent),
                unit: standing.unit.to_string(),
                window: standing.window.to_string(),
            }
        }
        // A rate is told as a limit on its burst, all of which is used.
        Shortfall::Pace { pace, retry_at_ms, .. } => RecordedShortfall {
            budget,
            held: "0 actions".to_owned(),
            key,
            limit: format!("{} actions", pace.burst),
            reason,
            remaining: "0 actions".to_owned(),
            requested: "1 actions".to_owned(),
            resets_at_ms: instant(*retry_at_ms),
            spent: format!("{} actions", pace.burst),
            unit: "actions".to_owned(),
            window: pace.rate_text(),
        },
    }
}

/// An instant that a record can carry; one beyond is as good as never and is left out.
fn instant(ms: i64) -> Option<i64> {
    (0..=INSTANT_MAX_MS).contains(&ms).then_some(ms)
}
