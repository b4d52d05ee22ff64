//! The writer's state in memory, and the effect of each command on it.
//!
//! A command is first evaluated, then sealed as a record, and only then applied: what cannot be recorded changes
//! nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use permit_audit::{
    Body, Expiry, FactsChange, Instruction, PolicyChange, Refusals, Signer, Vote, decision_id, seal,
};
use permit_ledger::{
    Command as LedgerCommand, Effect, End, HoldError, HoldId, ReviewError, ReviewId, ReviewVote, Settlement,
    admit,
};
use permit_types::digest::Digest;
use permit_types::review::VoteKind;
use permit_types::verdict::ReasonCode;

use crate::appended::AppendedRecord;
use crate::command::{CastVote, Decide, Requester};
use crate::facts;
use crate::idempotency::{Bounds, IdempotencyCache, Lookup, key_digest};
use crate::in_force::InForce;
use crate::policy::PolicyTerms;
use crate::receipt::SubmitError;
use crate::shared::Shared;
use crate::step::{IdempotencyKey, Step};

/// The writer's state.
#[derive(Debug)]
pub(crate) struct WriterState {
    pub(crate) signer: Arc<Signer>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) idempotency: IdempotencyCache,
    pub(crate) bounds: Bounds,
    pub(crate) in_force: InForce,
    /// The time of the last record.
    pub(crate) now_ms: i64,
    /// The end of the last period of which refusals were counted, or when this writer began.
    pub(crate) counted_to_ms: i64,
}

/// Where the answer to a decision is.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// In a new record.
    New(Box<AppendedRecord>),
    /// In the record at this place, which answered the same request before.
    Repeated(u64),
}

/// A hold's decision, as recorded.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) id: HoldId,
    pub(crate) decision_id: String,
    pub(crate) requester: Requester,
    pub(crate) reason: Option<String>,
}

impl WriterState {
    pub(crate) fn decide(&mut self, decide: Decide) -> Result<Answer, SubmitError> {
        let Decide { mut draft, repeat, openings, assessed } = decide;
        if !self.in_force.decided(&draft) {
            return Err(SubmitError::Superseded);
        }
        let now_ms = self.now_ms.max(draft.now_ms);
        let idempotency = draft
            .idempotency_key
            .as_ref()
            .map(|key| IdempotencyKey { key: key_digest(&draft.agent, key), request: repeat.0 });
        if let Some(idempotency) = &idempotency {
            match self.idempotency.look_up(idempotency, now_ms, self.bounds) {
                Lookup::Miss => {}
                Lookup::Hit(index) => return Ok(Answer::Repeated(index)),
                Lookup::Conflict => return Err(SubmitError::IdempotencyConflict),
                Lookup::Full => return Err(SubmitError::IdempotencyFull),
            }
        }
        let admission = {
            let id = HoldId(self.shared.tree().size());
            admit(&self.shared.ledger(), now_ms, id, assessed)
        };
        let command = admission.command();
        let mut step = Step { now_ms, command, idempotency, review_content: None, openings };
        if admission.reason.code == ReasonCode::InvalidRequest {
            // It was not decided: mended, it may come again under its key.
            step.idempotency = None;
        }
        if let End::InReview { content, .. } = &admission.end {
            // The same request under the same key is to be allowed once persons have approved it.
            step.idempotency = None;
            step.review_content.clone_from(content);
        }
        facts::write(admission, &mut draft, self.signer.origin());
        Ok(Answer::New(Box::new(self.record(Body::Decision(Box::new(draft)), step)?)))
    }

    /// Records a person's vote on the review that record `id` opened.
    pub(crate) fn vote(
        &mut self,
        kind: VoteKind,
        vote: CastVote,
        (review, digest): (ReviewId, Digest),
    ) -> Result<AppendedRecord, SubmitError> {
        let CastVote { now_ms, decision_id, person, identity, dpop, reason, body_digest, trace_id } = vote;
        let now_ms = self.now_ms.max(now_ms);
        let review_vote = ReviewVote { review, digest: digest.0, person: person.clone() };
        let command = match kind {
            VoteKind::Approve => LedgerCommand::Approve(review_vote),
            VoteKind::Decline => LedgerCommand::Decline(review_vote),
        };
        match self.shared.ledger().ask(now_ms, &command) {
            Effect::Approved(_) | Effect::Declined(_) => {}
            Effect::VoteRejected(error) => return Err(SubmitError::Review(error)),
            _ => return Err(SubmitError::Review(ReviewError::Unknown)),
        }
        let recorded = Vote { body_digest, decision_id, digest, dpop, identity, person, reason, trace_id };
        let body = match kind {
            VoteKind::Approve => Body::Approval(recorded),
            VoteKind::Decline => Body::Decline(recorded),
        };
        self.record(body, Step { command: Some(command), ..Step::at(now_ms) })
    }

    pub(crate) fn settle(
        &mut self,
        now_ms: i64,
        held: Held,
        command: LedgerCommand,
    ) -> Result<AppendedRecord, SubmitError> {
        let now_ms = self.now_ms.max(now_ms);
        let effect = self.shared.ledger().ask(now_ms, &command);
        let settlement: Settlement = match effect {
            Effect::Settled(settlement) => settlement,
            Effect::HoldRejected(error) => return Err(SubmitError::Hold(error)),
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
    pub(crate) fn change_policy(
        &mut self,
        now_ms: i64,
        policy: PolicyTerms,
    ) -> Result<AppendedRecord, SubmitError> {
        let now_ms = self.now_ms.max(now_ms);
        let PolicyTerms { digest: policy, terms } = policy;
        let command = LedgerCommand::Adopt { terms };
        let effect = self.shared.ledger().ask(now_ms, &command);
        if let Effect::TermsRejected(error) = effect {
            return Err(SubmitError::Terms(error));
        }
        let step = Step { command: Some(command), ..Step::at(now_ms) };
        let change = PolicyChange { policy, instruction: Instruction::default() };
        self.record(Body::Policy(change), step)
    }

    /// Records that other facts come into force.
    pub(crate) fn change_facts(&mut self, now_ms: i64, facts: Digest) -> Result<AppendedRecord, SubmitError> {
        let previous = self.in_force.facts;
        let change = FactsChange { facts, previous, instruction: Instruction::default() };
        self.record(Body::Facts(change), Step::at(self.now_ms.max(now_ms)))
    }

    /// Records what was counted since the last period.
    pub(crate) fn count(
        &mut self,
        now_ms: i64,
        counts: BTreeMap<String, u64>,
    ) -> Result<AppendedRecord, SubmitError> {
        let to_ms = self.now_ms.max(now_ms);
        let refusals = Refusals { counts, from_ms: self.counted_to_ms, to_ms };
        let entry = self.record(Body::Refusals(refusals), Step::at(to_ms))?;
        self.counted_to_ms = to_ms;
        Ok(entry)
    }

    /// Releases some of the holds that are due; `None` when none is.
    pub(crate) fn expire(&mut self, now_ms: i64) -> Result<Option<AppendedRecord>, SubmitError> {
        let now_ms = self.now_ms.max(now_ms);
        let (command, ids) = {
            let ledger = self.shared.ledger();
            let Some(command) = ledger.expiry_due(now_ms) else { return Ok(None) };
            match ledger.ask(now_ms, &command) {
                Effect::Expired(ids) if !ids.is_empty() => (command, ids),
                _ => return Ok(None),
            }
        };
        let origin = self.signer.origin();
        let decisions = ids.iter().map(|id| decision_id(origin, id.0)).collect();
        let body = Body::Expiry(Expiry { decisions });
        Ok(Some(self.record(body, Step { command: Some(command), ..Step::at(now_ms) })?))
    }

    /// Seals `body` as the next record and does its step.
    pub(crate) fn record(&mut self, body: Body, step: Step) -> Result<AppendedRecord, SubmitError> {
        let (index, root) = {
            let tree = self.shared.tree();
            (tree.size(), tree.root())
        };
        let sealed = seal(body, index, step.now_ms, root, &self.signer)?;
        let unencodable = |error: postcard::Error| SubmitError::Unavailable { reason: error.to_string() };
        let encoded = step.encode().map_err(unencodable)?;
        self.apply(index, &step);
        self.in_force.follow(&sealed.record);
        self.shared.tree_mut().append(sealed.leaf_hash);
        Ok(AppendedRecord::new(sealed, encoded))
    }

    /// Takes over a state that was rebuilt from the store. Readers see it at once.
    pub(crate) fn adopt(&mut self, fresh: Self) {
        std::mem::swap(&mut *self.shared.tree_mut(), &mut *fresh.shared.tree_mut());
        std::mem::swap(&mut *self.shared.ledger_mut(), &mut *fresh.shared.ledger_mut());
        (self.idempotency, self.now_ms, self.in_force) = (fresh.idempotency, fresh.now_ms, fresh.in_force);
    }

    /// Does the step of record `index` again, or for the first time.
    pub(crate) fn apply(&mut self, index: u64, step: &Step) -> Option<Effect> {
        self.now_ms = self.now_ms.max(step.now_ms);
        if let Some(idempotency) = &step.idempotency {
            self.idempotency.remember(idempotency, index, self.now_ms, self.bounds);
        }
        let command = step.command.as_ref()?;
        Some(self.shared.ledger_mut().apply(self.now_ms, command))
    }
}
