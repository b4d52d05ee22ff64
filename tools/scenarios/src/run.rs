//! One run: a sequence of requests with its own ledger, and the results of their holds and reviews.

use std::collections::BTreeMap;

use permit_engine::Engine;
use permit_frontend::scenario::ReviewAnswer;
use permit_ir::decision::{Evaluation, Request};
use permit_ledger::{
    Admission, Balance, Command, Effect, End, HoldError, HoldId, LimitStatus, ReviewError, ReviewState,
    ReviewVote, Settlement,
};
use permit_types::charge::Account;

use crate::ledger::Books;

/// Native code and interpreter decided differently: a fault of Permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("native code and interpreter decide differently")]
pub struct Divided;

/// What came of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What the rules, budgets and scopes say.
    pub evaluation: Evaluation,
    /// What the layers come to.
    pub admission: Admission,
    /// Where the limits of the budgets that count the request stand behind it.
    pub limits: Vec<LimitStatus>,
}

/// Two engines of one program and the same facts, one native and one interpreted, and a ledger.
#[derive(Debug)]
pub struct Run {
    native: Engine,
    interpreted: Engine,
    books: Books,
    /// The hold of the last request that has one.
    held: Option<HoldId>,
    /// The review that the last request to meet one waits for.
    review: Option<ReviewState>,
}

impl Run {
    /// A run on empty books.
    #[must_use]
    pub fn new(native: Engine, interpreted: Engine) -> Self {
        Self { native, interpreted, books: Books::new(), held: None, review: None }
    }

    /// The native engine.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.native
    }

    /// The review that the last request to meet one waits for, as it stood then.
    #[must_use]
    pub fn review(&self) -> Option<&ReviewState> {
        self.review.as_ref()
    }

    /// What the windows of an account hold at `now_ms`.
    #[must_use]
    pub fn balances(&self, account: &Account, now_ms: i64) -> Vec<Balance> {
        self.books.balances(account, now_ms)
    }

    /// Makes a request at its time.
    ///
    /// # Errors
    /// [`Divided`].
    pub fn attempt(&mut self, request: &Request) -> Result<Answer, Divided> {
        let evaluation = self.native.evaluate(request);
        if evaluation != self.interpreted.evaluate(request) {
            return Err(Divided);
        }
        let assessed = self.native.assess(request, evaluation.clone());
        let (admission, id) = self.books.admit(request.now_ms, assessed);
        match &admission.end {
            End::Allowed { grant, .. } if grant.hold_until_ms.is_some() => self.held = Some(id),
            End::InReview { review, .. } => self.review = Some(review.clone()),
            End::Allowed { .. } | End::Denied { .. } => {}
        }
        let charges = evaluation.budget.iter().flat_map(|bill| &bill.charges);
        let limits = charges.flat_map(|charge| self.books.limits(request.now_ms, charge)).collect();
        Ok(Answer { evaluation, admission, limits })
    }

    /// Has a person answer the last review, and says how it stands then.
    ///
    /// # Errors
    /// [`ReviewError`].
    pub fn answer(
        &mut self,
        now_ms: i64,
        answer: ReviewAnswer,
        person: String,
    ) -> Result<ReviewState, ReviewError> {
        let review = self.review.as_ref().ok_or(ReviewError::Unknown)?;
        let vote = ReviewVote { review: review.id, digest: review.digest, person };
        let command = match answer {
            ReviewAnswer::Approve => Command::Approve(vote),
            ReviewAnswer::Decline => Command::Decline(vote),
        };
        match self.books.apply(now_ms, &command) {
            Effect::Approved(state) | Effect::Declined(state) => Ok(state),
            Effect::VoteRejected(error) => Err(error),
            _ => Err(ReviewError::Unknown),
        }
    }

    /// Confirms the last hold. `amounts` say by budget how much was spent, in its smallest unit.
    ///
    /// # Errors
    /// [`HoldError`].
    pub fn confirm(&mut self, now_ms: i64, amounts: BTreeMap<String, i64>) -> Result<Settlement, HoldError> {
        self.resolve(now_ms, |id| Command::Confirm { id, amounts })
    }

    /// Releases the last hold.
    ///
    /// # Errors
    /// [`HoldError`].
    pub fn release(&mut self, now_ms: i64) -> Result<Settlement, HoldError> {
        self.resolve(now_ms, |id| Command::Release { id })
    }

    fn resolve(
        &mut self,
        now_ms: i64,
        command: impl FnOnce(HoldId) -> Command,
    ) -> Result<Settlement, HoldError> {
        let id = self.held.ok_or(HoldError::Unknown)?;
        match self.books.apply(now_ms, &command(id)) {
            Effect::Settled(settlement) => Ok(settlement),
            Effect::HoldRejected(error) => Err(error),
            _ => Err(HoldError::Unknown),
        }
    }
}
