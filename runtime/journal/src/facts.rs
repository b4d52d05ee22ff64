//! Converts the ledger's effects to the form of records, and checks that a record agrees with them.

use permit_audit::{
    Body, Charged, Decision, LimitState, Review, Settled, Settlement as RecordedSettlement,
    Shortfall as RecordedShortfall, Used, Vote, Warning as RecordedWarning, decision_id,
};
use permit_ledger::{
    Admission, Command, Denial, Effect, End, LimitStatus, Reserve, Resolution, ReviewGrant, ReviewState,
    ReviewVote, Settlement, Shortfall, Warning,
};
use permit_types::digest::Digest;
use permit_types::time::INSTANT_MAX_MS;
use permit_types::verdict::Outcome;

use crate::command::Requester;

/// The part of a record that a grant determines.
#[derive(Debug, PartialEq, Eq)]
struct Granted {
    charges: Vec<Charged>,
    hold_expires_at_ms: Option<i64>,
    warnings: Vec<RecordedWarning>,
    review: Option<Review>,
    approved_by: Vec<String>,
}

impl Granted {
    fn of(reserve: &Reserve, grant: &ReviewGrant, origin: &str) -> Self {
        Self {
            charges: charges(reserve, grant),
            hold_expires_at_ms: grant.hold_until_ms,
            warnings: grant.warnings.iter().map(warning).collect(),
            review: grant.review.as_ref().map(|state| review(state, origin)),
            approved_by: grant.review.as_ref().map_or_else(Vec::new, |state| state.approved_by.clone()),
        }
    }

    fn recorded_in(decision: &Decision) -> Self {
        Self {
            charges: decision.charges.clone(),
            hold_expires_at_ms: decision.hold_expires_at_ms,
            warnings: decision.warnings.clone(),
            review: decision.review.clone(),
            approved_by: decision.approved_by.clone(),
        }
    }

    fn write(self, decision: &mut Decision) {
        let Self { charges, hold_expires_at_ms, warnings, review, approved_by } = self;
        (decision.charges, decision.hold_expires_at_ms) = (charges, hold_expires_at_ms);
        (decision.warnings, decision.review, decision.approved_by) = (warnings, review, approved_by);
    }
}

/// Writes what an admission says into a decision's record.
pub(crate) fn write(admission: Admission, decision: &mut Decision, origin: &str) {
    (decision.layers, decision.outcome) = (admission.layers(), admission.outcome());
    let Admission { reason, end } = admission;
    decision.reason = reason;
    match end {
        End::Allowed { reserve, grant } => Granted::of(&reserve, &grant, origin).write(decision),
        End::InReview { review: state, .. } => decision.review = Some(review(&state, origin)),
        End::Denied { denial: None, .. } => {}
        End::Denied { denial: Some(denial), .. } => {
            decision.denials = denial.shortfalls().map(shortfall).collect();
            if let Denial::Review { review: state, .. } = &denial {
                decision.review = Some(review(state, origin));
            }
        }
    }
}

/// The status of a review.
fn review(state: &ReviewState, origin: &str) -> Review {
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
fn charges(reserve: &Reserve, grant: &ReviewGrant) -> Vec<Charged> {
    let mut limits = grant.limits.iter();
    let charges = reserve.charges.iter().chain(reserve.scope.iter().flatten());
    let charged = charges.map(|charge| Charged {
        amount: charge.unit.amount_text(charge.amount),
        budget: charge.account.name.clone(),
        key: charge.account.key.clone(),
        limits: limits.by_ref().take(charge.limits.len()).map(limit_state).collect(),
        unit: charge.unit.to_string(),
    });
    charged.collect()
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
        (None, None, Body::Facts(_) | Body::Refusals(_) | Body::Shutdown(_) | Body::Start(_)) => true,
        (Some(Command::Reserve(reserve)), Some(Effect::Granted(grant)), Body::Decision(decision)) => {
            decision.outcome == Outcome::Allow
                && Granted::recorded_in(decision) == Granted::of(reserve, grant, origin)
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
        (
            _,
            _,
            // Every kind is listed, so that a new one does not compile until it is considered here.
            Body::Genesis(_)
            | Body::Decision(_)
            | Body::Confirm(_)
            | Body::Release(_)
            | Body::Expiry(_)
            | Body::Policy(_)
            | Body::Facts(_)
            | Body::Approval(_)
            | Body::Decline(_)
            | Body::Revocation(_)
            | Body::Stop(_)
            | Body::Resume(_)
            | Body::Operator(_)
            | Body::Key(_)
            | Body::Alarm(_)
            | Body::Start(_)
            | Body::Shutdown(_)
            | Body::Refusals(_),
        ) => false,
    }
}

fn is_vote(vote: &ReviewVote, recorded: &Vote, origin: &str) -> bool {
    recorded.person == vote.person
        && recorded.digest.0 == vote.digest
        && recorded.decision_id == decision_id(origin, vote.review.0)
}

fn limit_state(status: &LimitStatus) -> LimitState {
    let amount = |amount| status.unit.amount_text(amount);
    LimitState {
        before: Used { held: amount(status.held_before), spent: amount(status.spent_before) },
        held: amount(status.held),
        limit: amount(status.limit),
        remaining: amount(status.remaining()),
        resets_at_ms: instant(status.resets_at_ms),
        spent: amount(status.spent),
        window: status.window.to_string(),
    }
}

fn shortfall(shortfall: &Shortfall) -> RecordedShortfall {
    let account = shortfall.account().clone();
    let (budget, key, reason) = (account.name, account.key, shortfall.message());
    match shortfall {
        Shortfall::Limit(status) => {
            let LimitState { held, limit, remaining, resets_at_ms, spent, window, .. } = limit_state(status);
            let requested = status.unit.amount_text(status.requested);
            RecordedShortfall {
                budget,
                held,
                key,
                limit,
                reason,
                remaining,
                requested,
                resets_at_ms,
                spent,
                unit: status.unit.to_string(),
                window,
            }
        }
        // A rate is recorded as a limit on its burst, all of which is used.
        Shortfall::Rate { rate, retry_at_ms, .. } => RecordedShortfall {
            budget,
            held: "0 actions".to_owned(),
            key,
            limit: format!("{} actions", rate.burst),
            reason,
            remaining: "0 actions".to_owned(),
            requested: "1 actions".to_owned(),
            resets_at_ms: instant(*retry_at_ms),
            spent: format!("{} actions", rate.burst),
            unit: "actions".to_owned(),
            window: rate.rate_text(),
        },
    }
}

/// An instant that a record can carry; one beyond is as good as never and is left out.
fn instant(ms: i64) -> Option<i64> {
    (0..=INSTANT_MAX_MS).contains(&ms).then_some(ms)
}
