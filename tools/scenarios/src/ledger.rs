//! The ledger behind one scenario: settles decisions in the order of the layers, as the journal does.

use std::collections::BTreeMap;

use permit_engine::Reasons;
use permit_frontend::scenario::{ReviewAnswer, Verdict};
use permit_ledger::{
    Command, Denial, Effect, HoldError, HoldId, Ledger, Limits, Reserve, ReviewError, ReviewState, Shortfall,
    Standing, Vote,
};
use permit_types::charge::Charge;
use permit_types::review::Review;
use permit_types::verdict::{Layer, Reason, ReasonCode};

/// A ledger, and what the last attempts left in it.
#[derive(Debug)]
pub(crate) struct Books {
    ledger: Ledger,
    /// How many attempts there were, by which holds are named.
    attempts: u64,
    held: Option<HoldId>,
    review: Option<ReviewState>,
}

/// How an attempt was settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) verdict: Verdict,
    pub(crate) reason: Reason,
    /// The layer that denies, if one does.
    pub(crate) denied: Option<Layer>,
}

impl Settled {
    const fn denied(layer: Layer, reason: Reason) -> Self {
        Self { verdict: Verdict::Deny, reason, denied: Some(layer) }
    }
}

impl Books {
    pub(crate) fn new() -> Self {
        Self { ledger: Ledger::new(Limits::default()), attempts: 0, held: None, review: None }
    }

    /// Charges a decision if every layer allows it and persons have approved what must be approved.
    pub(crate) fn settle(&mut self, now_ms: i64, reasons: Reasons, review: Option<Review>) -> Settled {
        self.expire(now_ms);
        self.attempts = self.attempts.saturating_add(1);
        let permitted = match reasons.policy {
            Ok(reason) => reason,
            Err(reason) => return Settled::denied(Layer::Policy, reason),
        };
        let bill = match reasons.budget {
            Ok(bill) => bill,
            Err(reason) => return Settled::denied(Layer::Budget, reason),
        };
        let (scope, out_of_scope) = match reasons.scope {
            Ok(charges) => (Some(charges), None),
            Err(reason) => (None, Some(reason)),
        };
        let id = HoldId(self.attempts);
        let reserve = Reserve { id, charges: bill.charges, paces: bill.paces, scope, review };
        match (self.ledger.apply(now_ms, &Command::Reserve(reserve)), out_of_scope) {
            (Effect::Denied(denial), _) => Settled::denied(denial.layer(), reason_of(&denial)),
            (_, Some(reason)) => Settled::denied(Layer::Scope, reason),
            (Effect::Pending(review), None) => {
                self.review = Some(review);
                Settled { verdict: Verdict::Review, reason: permitted, denied: None }
            }
            (Effect::Granted(grant), None) => {
                if grant.hold_until_ms.is_some() {
                    self.held = Some(id);
                }
                let code = if grant.review.is_some() { ReasonCode::Approved } else { permitted.code };
                Settled { verdict: Verdict::Permit, reason: Reason { code, ..permitted }, denied: None }
            }
            // A reserve is granted, pending, denied, or discarded because a scope has denied.
            (_, None) => Settled::denied(Layer::Budget, permitted),
        }
    }

    /// The review that the last attempt to meet one waits for.
    pub(crate) fn review(&self) -> Option<&ReviewState> {
        self.review.as_ref()
    }

    /// Answers the last review.
    pub(crate) fn answer(
        &mut self,
        now_ms: i64,
        answer: ReviewAnswer,
        person: String,
    ) -> Result<(), ReviewError> {
        let review = self.review.as_ref().ok_or(ReviewError::Unknown)?;
        let vote = Vote { review: review.id, digest: review.digest, person };
        let command = match answer {
            ReviewAnswer::Approve => Command::Approve(vote),
            ReviewAnswer::Decline => Command::Decline(vote),
        };
        match self.ledger.apply(now_ms, &command) {
            Effect::NotReviewed(error) => Err(error),
            _ => Ok(()),
        }
    }

    /// Where the limits of a charge stand now.
    pub(crate) fn standings(&self, now_ms: i64, charge: &Charge) -> Vec<Standing> {
        // A charge of nothing asks without adding; a limit that is below its use has no room for it.
        let nothing = Charge { amount: 0, hold_ms: None, ..charge.clone() };
        let one_by_one =
            nothing.limits.iter().map(|limit| Charge { limits: vec![limit.clone()], ..nothing.clone() });
        one_by_one.flat_map(|charge| self.standing(now_ms, charge)).collect()
    }

    fn standing(&self, now_ms: i64, charge: Charge) -> Vec<Standing> {
        let id = HoldId(u64::MAX);
        let (charges, scope) = (vec![charge], Some(Vec::new()));
        let reserve = Reserve { id, charges, paces: Vec::new(), scope, review: None };
        match self.ledger.ask(now_ms, &Command::Reserve(reserve)) {
            Effect::Granted(grant) => grant.standings,
            Effect::Denied(denial) => {
                let limits = denial.shortfalls().filter_map(|shortfall| match shortfall {
                    Shortfall::Limit(standing) => Some(standing.clone()),
                    Shortfall::Pace { .. } => None,
                });
                limits.collect()
            }
            _ => Vec::new(),
        }
    }

    /// Confirms the last hold.
    pub(crate) fn confirm(&mut self, now_ms: i64, amounts: BTreeMap<String, i64>) -> Result<(), HoldError> {
        self.resolve(now_ms, |id| Command::Confirm { id, amounts })
    }

    /// Releases the last hold.
    pub(crate) fn release(&mut self, now_ms: i64) -> Result<(), HoldError> {
        self.resolve(now_ms, |id| Command::Release { id })
    }

    fn resolve(&mut self, now_ms: i64, command: impl FnOnce(HoldId) -> Command) -> Result<(), HoldError> {
        self.expire(now_ms);
        let id = self.held.ok_or(HoldError::Unknown)?;
        match self.ledger.apply(now_ms, &command(id)) {
            Effect::Missed(error) => Err(error),
            _ => Ok(()),
        }
    }

    fn expire(&mut self, now_ms: i64) {
        const HOLDS_PER_STEP: u32 = 256;
        while self.ledger.next_due_ms().is_some_and(|due_ms| due_ms <= now_ms) {
            self.ledger.apply(now_ms, &Command::Expire { holds_max: HOLDS_PER_STEP });
        }
    }
}

fn reason_of(denial: &Denial) -> Reason {
    let name = Some(denial.name().to_owned()).filter(|name| !name.is_empty());
    Reason { code: denial.code(), hint: None, message: denial.message(), name }
}
