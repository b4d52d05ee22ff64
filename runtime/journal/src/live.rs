//! The state in memory, and what each command does to it.
//!
//! A command is first asked, then sealed as a record, and only then applied: what cannot be recorded changes nothing.

use std::sync::Arc;

use permit_audit::{
    Body, Decision, Expiry, PolicyChange, Sealed, Settlement as RecordedSettlement, Signer, decision_id, seal,
};
use permit_ir::verdict::{Layer, Layers, Outcome, Reason};
use permit_ledger::{Command as LedgerCommand, Denial, Effect, HoldError, HoldId, Reserve, Settlement};

use crate::command::Decide;
use crate::facts;
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

/// A hold's decision, as its record tells it.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) id: HoldId,
    pub(crate) decision_id: String,
    pub(crate) agent: String,
    pub(crate) reason: Option<String>,
}

impl Live {
    pub(crate) fn decide(&mut self, decide: Decide) -> Result<Answer, SubmitError> {
        let Decide { mut draft, repeat, denied, charges, paces, scope } = decide;
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
        let (mut command, denied) = match denied {
            Some(denied) => (None, Some(denied)),
            None => {
                let id = HoldId(self.shared.tree().size());
                let (scope, out_of_scope) = match scope {
                    Ok(charges) => (Some(charges), None),
                    Err(reason) => (None, Some((Layer::Scope, reason))),
                };
                let command = LedgerCommand::Reserve(Reserve { id, charges, paces, scope });
                let denied = self.charge(&mut draft, now_ms, &command, out_of_scope);
                (Some(command), denied)
            }
        };
        match denied {
            None => (draft.outcome, draft.layers) = (Outcome::Allow, Layers::PASSED),
            Some((layer, reason)) => {
                command = None;
                (draft.outcome, draft.layers, draft.reason) =
                    (Outcome::Deny, Layers::denied_by(layer), reason);
                draft.charges.clear();
                draft.hold_expires_at_ms = None;
            }
        }
        let body = Body::Decision(Box::new(draft));
        Ok(Answer::New(Box::new(self.record(body, Step { now_ms, command, remembered })?)))
    }

    /// Fills in what the budgets say, and returns the denial if there is one.
    fn charge(
        &self,
        draft: &mut Decision,
        now_ms: i64,
        command: &LedgerCommand,
        out_of_scope: Option<(Layer, Reason)>,
    ) -> Option<(Layer, Reason)> {
        let effect = self.shared.ledger().ask(now_ms, command);
        draft.denials.clear();
        match (effect, command) {
            (Effect::Granted(grant), LedgerCommand::Reserve(reserve)) => {
                draft.charges = facts::charges(reserve, &grant);
                draft.hold_expires_at_ms = grant.hold_until_ms;
                None
            }
            (Effect::Denied(denial), _) => {
                draft.denials = facts::denials(&denial);
                Some((denial.layer(), reason_of(&denial)))
            }
            // A reserve is granted, denied, or discarded because a scope has denied.
            _ => out_of_scope,
        }
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
            Effect::Granted(_) | Effect::Discarded | Effect::Denied(_) | Effect::Expired(_) => {
                return Err(SubmitError::Hold(HoldError::Unknown));
            }
        };
        let Held { decision_id, agent, reason, .. } = held;
        let recorded =
            RecordedSettlement { agent, decision_id, reason, settled: facts::settled(&settlement) };
        let body = match command {
            LedgerCommand::Confirm { .. } => Body::Confirm(recorded),
            _ => Body::Release(recorded),
        };
        self.record(body, Step { command: Some(command), ..Step::at(now_ms) })
    }

    pub(crate) fn change_policy(
        &mut self,
        now_ms: i64,
        policy: permit_audit::Digest,
    ) -> Result<Entry, SubmitError> {
        let now_ms = self.now_ms.max(now_ms);
        self.record(Body::Policy(PolicyChange { policy }), Step::at(now_ms))
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

fn reason_of(denial: &Denial) -> Reason {
    let name = Some(denial.name().to_owned()).filter(|name| !name.is_empty());
    Reason { code: denial.code(), hint: None, message: denial.message(), name }
}
