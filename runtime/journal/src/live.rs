//! The state in memory, and what each command does to it.
//!
//! A command is first asked, then sealed as a record, and only then applied: what cannot be recorded changes nothing.

use std::sync::Arc;

use permit_audit::{
    Body, Decision, Digest, Expiry, Instruction, PolicyChange, Sealed, Signer, Vote as RecordedVote,
    decision_id, seal,
};
use permit_ledger::{
    Command as LedgerCommand, Denial, Effect, HoldError, HoldId, Reserve, ReviewError, ReviewId, Settlement,
    Vote as LedgerVote,
};
use permit_types::verdict::{Layer, Layers, Reason, ReasonCode};

use crate::command::{Decide, Requester, Vote};
use crate::facts;
use crate::in_force::{InForce, Policy};
use crate::memory::{Bounds, Known, Memory, key_of};
use crate::receipt::SubmitError;
use crate::shared::Shared;
use crate::step::{Remembered, Step};

/// The most holds that one record releases, so that it stays far below the largest record.
const HOLDS_PER_EXPIRY: u32 = 256;

/// The writer's state.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) signer: Arc<Signer>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) memory: Memory,
    pub(crate) bounds: Bounds,
    pub(crate) in_force: InForce,
    /// The time of the last record.
    pub(crate) now_ms: i64,
}

/// A record that is sealed and applied, and waits to be written.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) sealed: Sealed,
    pub(crate) step: Step,
}

/// Where the answer to a decision is.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// In a new record.
    New(Box<Entry>),
    /// In the record at this place, which answered the same request before.
    Repeated(u64),
}

/// How a request ends.
enum End {
    /// Everything passes.
    Allowed,
    /// A layer denies.
    Denied(Layer, Reason),
    /// Persons must approve first.
    Waits {
        /// Whether the review was not there before.
        is_new: bool,
    },
}

/// What a person says.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verdict {
    Approved,
    Declined,
}

/// A hold's decision, as its record tells it.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) id: HoldId,
    pub(crate) decision_id: String,
    pub(crate) requester: Requester,
    pub(crate) reason: Option<String>,
}

impl Live {
    pub(crate) fn decide(&mut self, decide: Decide) -> Result<Answer, SubmitError> {
        let Decide { mut draft, repeat, openings, denied, charges, paces, scope, review } = decide;
        if !self.in_force.decided(&draft) {
            return Err(SubmitError::Superseded);
        }
        let now_ms = self.now_ms.max(draft.now_ms);
        let remembered = draft
            .idempotency_key
            .as_ref()
            .map(|key| Remembered { key: key_of(&draft.agent, key), request: repeat.0 });
        if let Some(remembered) = &remembered {
            match self.memory.look_up(remembered, now_ms, self.bounds) {
                Known::New => {}
                Known::Answered(index) => return Ok(Answer::Repeated(index)),
                Known::Conflict => return Err(SubmitError::IdempotencyConflict),
                Known::Full => return Err(SubmitError::IdempotencyFull),
            }
        }
        let (shown, review) = review.map(|asked| (asked.shown, asked.review)).unzip();
        let (end, command) = match denied {
            Some((layer, reason)) => (End::Denied(layer, reason), None),
            None => {
                let id = HoldId(self.shared.tree().size());
                let (scope, out_of_scope) = match scope {
                    Ok(charges) => (Some(charges), None),
                    Err(reason) => (None, Some(reason)),
                };
                let command = LedgerCommand::Reserve(Reserve { id, charges, paces, scope, review });
                (self.charge(&mut draft, now_ms, &command, out_of_scope), Some(command))
            }
        };
        let mut step = Step { now_ms, command, remembered, shown: None, openings };
        match end {
            End::Allowed => draft.layers = Layers::PASSED,
            End::Denied(layer, reason) => {
                step.command = None;
                (draft.layers, draft.reason) = (Layers::denied_by(layer), reason);
            }
            End::Waits { is_new } => {
                draft.layers = Layers::IN_REVIEW;
                // The same request under the same key is to be allowed once persons have approved it.
                step.remembered = None;
                step.shown = shown.filter(|_| is_new);
            }
        }
        draft.outcome = draft.layers.outcome();
        Ok(Answer::New(Box::new(self.record(Body::Decision(Box::new(draft)), step)?)))
    }

    /// Fills in what budgets and reviews say, and tells how the request ends.
    fn charge(
        &self,
        draft: &mut Decision,
        now_ms: i64,
        command: &LedgerCommand,
        out_of_scope: Option<Reason>,
    ) -> End {
        let origin = self.signer.origin();
        let effect = self.shared.ledger().ask(now_ms, command);
        match (effect, command) {
            (Effect::Granted(grant), LedgerCommand::Reserve(reserve)) => {
                facts::Granted::of(reserve, &grant, origin).write(draft);
                if grant.review.is_some() {
                    draft.reason.code = ReasonCode::Approved;
                }
                End::Allowed
            }
            (Effect::Pending(state), LedgerCommand::Reserve(reserve)) => {
                draft.review = Some(facts::review(&state, origin));
                draft.reason.code = ReasonCode::ReviewRequired;
                End::Waits { is_new: state.id.0 == reserve.id.0 }
            }
            (Effect::Denied(denial), _) => {
                draft.denials = facts::denials(&denial);
                if let Denial::Review { review, .. } = &denial {
                    draft.review = Some(facts::review(review, origin));
                }
                End::Denied(denial.layer(), reason_of(&denial))
            }
            (effect, _) => match (effect, out_of_scope) {
                (Effect::Discarded, Some(reason)) => End::Denied(Layer::Scope, reason),
                // A reserve is granted, pending, denied, or discarded because a scope has denied. Should it come to
                // anything else, nothing may happen.
                (_, reason) => End::Denied(Layer::Budget, reason.unwrap_or_else(unforeseen)),
            },
        }
    }

    /// Records what a person says of the review that record `id` opened.
    pub(crate) fn vote(
        &mut self,
        verdict: Verdict,
        vote: Vote,
        (review, digest): (ReviewId, Digest),
    ) -> Result<Entry, SubmitError> {
        let Vote { now_ms, decision_id, person, identity, dpop, reason, body_digest, trace_id } = vote;
        let now_ms = self.now_ms.max(now_ms);
        let told = LedgerVote { review, digest: digest.0, person: person.clone() };
        let command = match verdict {
            Verdict::Approved => LedgerCommand::Approve(told),
            Verdict::Declined => LedgerCommand::Decline(told),
        };
        match self.shared.ledger().ask(now_ms, &command) {
            Effect::Approved(_) | Effect::Declined(_) => {}
            Effect::NotReviewed(error) => return Err(SubmitError::Review(error)),
            _ => return Err(SubmitError::Review(ReviewError::Unknown)),
        }
        let recorded =
            RecordedVote { body_digest, decision_id, digest, dpop, identity, person, reason, trace_id };
        let body = match verdict {
            Verdict::Approved => Body::Approval(recorded),
            Verdict::Declined => Body::Decline(recorded),
        };
        self.record(body, Step { command: Some(command), ..Step::at(now_ms) })
    }

    pub(crate) fn settle(
        &mut self,
        now_ms: i64,
        held: Held,
        command: LedgerCommand,
    ) -> Result<Entry, SubmitError> {
        let now_ms = self.now_ms.max(now_ms);
        let effect = self.shared.ledger().ask(now_ms, &command);
        let settlement: Settlement = match effect {
            Effect::Settled(settlement) => settlement,
            Effect::Missed(error) => return Err(SubmitError::Hold(error)),
            _ => return Err(SubmitError::Hold(HoldError::Unknown)),
        };
        let Held { decision_id, requester, reason, .. } = held;
        let recorded = facts::settled(&settlement, decision_id, requester, reason);
        let body = match command {
            LedgerCommand::Confirm { .. } => Body::Confirm(recorded),
            _ => Body::Release(recorded),
        };
        self.record(body, Step { command: Some(command), ..Step::at(now_ms) })
    }

    /// Records that a policy comes into force, if the ledger's accounts fit it.
    pub(crate) fn change_policy(&mut self, now_ms: i64, policy: Policy) -> Result<Entry, SubmitError> {
        let now_ms = self.now_ms.max(now_ms);
        let Policy { digest: policy, terms } = policy;
        let command = LedgerCommand::Adopt { terms };
        let effect = self.shared.ledger().ask(now_ms, &command);
        if let Effect::NotAdopted(error) = effect {
            return Err(SubmitError::Terms(error));
        }
        let step = Step { command: Some(command), ..Step::at(now_ms) };
        let entry =
            self.record(Body::Policy(PolicyChange { policy, instruction: Instruction::default() }), step)?;
        self.in_force = InForce { policy, named_by: entry.sealed.record.index, facts: None };
        Ok(entry)
    }

    /// Releases some of the holds that are due; `None` when none is.
    pub(crate) fn expire(&mut self, now_ms: i64) -> Result<Option<Entry>, SubmitError> {
        let now_ms = self.now_ms.max(now_ms);
        let command = LedgerCommand::Expire { holds_max: HOLDS_PER_EXPIRY };
        let is_due = |ledger: &permit_ledger::Ledger| ledger.next_due_ms().is_some_and(|due| due <= now_ms);
        let ids = match self.shared.ledger() {
            ledger if is_due(&ledger) => match ledger.ask(now_ms, &command) {
                Effect::Expired(ids) if !ids.is_empty() => ids,
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        let origin = self.signer.origin();
        let decisions = ids.iter().map(|id| decision_id(origin, id.0)).collect();
        let body = Body::Expiry(Expiry { decisions });
        Ok(Some(self.record(body, Step { command: Some(command), ..Step::at(now_ms) })?))
    }

    /// Seals `body` as the next record and does its step.
    pub(crate) fn record(&mut self, body: Body, step: Step) -> Result<Entry, SubmitError> {
        let (index, root) = {
            let tree = self.shared.tree();
            (tree.size(), tree.root())
        };
        let sealed = seal(body, index, step.now_ms, root, &self.signer)?;
        self.apply(index, &step);
        self.shared.tree_mut().append(sealed.leaf_hash);
        Ok(Entry { sealed, step })
    }

    /// Takes over a state that was rebuilt from the database. Readers see it at once.
    pub(crate) fn adopt(&mut self, fresh: Self) {
        std::mem::swap(&mut *self.shared.tree_mut(), &mut *fresh.shared.tree_mut());
        std::mem::swap(&mut *self.shared.ledger_mut(), &mut *fresh.shared.ledger_mut());
        (self.memory, self.now_ms) = (fresh.memory, fresh.now_ms);
    }

    /// Does the step of record `index` again, or for the first time.
    pub(crate) fn apply(&mut self, index: u64, step: &Step) -> Option<Effect> {
        self.now_ms = self.now_ms.max(step.now_ms);
        if let Some(remembered) = &step.remembered {
            self.memory.remember(remembered, index, self.now_ms, self.bounds);
        }
        let command = step.command.as_ref()?;
        Some(self.shared.ledger_mut().apply(self.now_ms, command))
    }
}

fn unforeseen() -> Reason {
    let message = "the ledger gave no answer to this request".to_owned();
    Reason { code: ReasonCode::LedgerFull, hint: None, message, name: None }
}

fn reason_of(denial: &Denial) -> Reason {
    let name = Some(denial.name().to_owned()).filter(|name| !name.is_empty());
    Reason { code: denial.code(), hint: None, message: denial.message(), name }
}
