//! Rules about the sequence of records in a log, checked from one record to the next.

use std::collections::{BTreeMap, BTreeSet};

use permit_types::verdict::Outcome;

use crate::key::LogKey;
use crate::record::{Body, Decision, FactsChange, KeyChange, Record, Refusals, Revocation, Target, Vote};
use crate::reviews::{ReviewFault, Reviews};
use permit_types::digest::Digest;

mod concerns;

/// What a record says that the records before it do not bear out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HistoryFault {
    /// It was decided by another policy than the one that the records before it say is in force.
    #[error("it was decided by the policy {decided_by}, and {in_force} was in force")]
    Policy {
        /// The policy that it names.
        decided_by: Digest,
        /// The policy that the genesis or the last change of the policy names.
        in_force: Digest,
    },
    /// It was decided on other facts than the ones in force, or replaces others.
    #[error("it names other facts than the ones that were in force")]
    Facts {
        /// The facts that the log named last, if it has named any.
        in_force: Option<Digest>,
    },
    /// It allows what was stopped.
    #[error("it allows what was stopped: {target:?}")]
    Stopped {
        /// What was stopped.
        target: Target,
    },
    /// It resumes what was not stopped.
    #[error("it resumes what was not stopped")]
    NotStopped,
    /// It allows or approves by what was revoked.
    #[error("it rests on what was revoked: {target:?}")]
    Revoked {
        /// What was revoked.
        target: Target,
    },
    /// It follows a shutdown and is no start.
    #[error("it follows a shutdown and is no start")]
    Shutdown,
    /// It counts a period that the record of counts before it has counted.
    #[error("its period was counted before")]
    Overlap,
    /// It names the key in force as the next one.
    #[error("it names the key in force as the next one")]
    SameKey,
    /// Its review does not follow from the records before it.
    #[error(transparent)]
    Review(#[from] ReviewFault),
}

impl HistoryFault {
    /// The stable code, as `docs/formats/audit.md` lists it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Policy { .. } => "policy",
            Self::Facts { .. } => "facts",
            Self::Stopped { .. } => "stopped",
            Self::NotStopped => "not_stopped",
            Self::Revoked { .. } => "revoked",
            Self::Shutdown => "shutdown",
            Self::Overlap => "overlap",
            Self::SameKey => "same_key",
            Self::Review(fault) => fault.code(),
        }
    }
}

/// What is in force at some place of the log.
#[derive(Debug)]
pub(crate) struct History {
    /// The key that signs the next record.
    key: LogKey,
    /// The policy that decides; `None` before the genesis.
    policy: Option<Digest>,
    /// The facts named last.
    facts: Option<Digest>,
    stops: BTreeSet<Target>,
    /// What is revoked, and until when; `None` is for ever.
    revocations: BTreeMap<Target, Option<i64>>,
    is_shut_down: bool,
    /// The end of the last period that was counted.
    counted_to_ms: Option<i64>,
    reviews: Reviews,
}

impl History {
    /// The history of a log without records, whose first record `key` signs.
    pub(crate) fn new(key: LogKey) -> Self {
        Self {
            key,
            policy: None,
            facts: None,
            stops: BTreeSet::new(),
            revocations: BTreeMap::new(),
            is_shut_down: false,
            counted_to_ms: None,
            reviews: Reviews::default(),
        }
    }

    /// The key that signs the next record.
    pub(crate) const fn key(&self) -> &LogKey {
        &self.key
    }

    /// Checks the next record of the log against those before it.
    pub(crate) fn follow(&mut self, record: &Record) -> Result<(), HistoryFault> {
        if self.is_shut_down && !matches!(record.body, Body::Start(_)) {
            return Err(HistoryFault::Shutdown);
        }
        self.is_shut_down = matches!(record.body, Body::Shutdown(_));
        let now_ms = record.timestamp_ms;
        match &record.body {
            Body::Genesis(genesis) => (self.policy, self.facts) = (Some(genesis.policy), genesis.facts),
            Body::Policy(change) => self.policy = Some(change.policy),
            Body::Facts(change) => self.change_facts(change)?,
            Body::Decision(decision) => self.check_decision(decision, now_ms)?,
            Body::Approval(vote) => self.check_vote(vote, now_ms)?,
            Body::Revocation(revocation) => self.revoke(revocation),
            Body::Stop(stop) => drop(self.stops.insert(stop.target.clone())),
            Body::Resume(resume) if !self.stops.remove(&resume.target) => {
                return Err(HistoryFault::NotStopped);
            }
            Body::Key(change) => self.change_key(change, record.index)?,
            Body::Refusals(refusals) => self.count(refusals)?,
            Body::Confirm(_)
            | Body::Release(_)
            | Body::Expiry(_)
            | Body::Decline(_)
            | Body::Resume(_)
            | Body::Operator(_)
            | Body::Alarm(_)
            | Body::Start(_)
            | Body::Shutdown(_) => {}
        }
        Ok(self.reviews.follow(record)?)
    }

    fn check_decision(&self, decision: &Decision, now_ms: i64) -> Result<(), HistoryFault> {
        let decided_by = decision.policy;
        if let Some(in_force) = self.policy.filter(|in_force| *in_force != decided_by) {
            return Err(HistoryFault::Policy { decided_by, in_force });
        }
        if self.facts.is_some_and(|in_force| in_force != decision.facts) {
            return Err(HistoryFault::Facts { in_force: self.facts });
        }
        if decision.outcome != Outcome::Allow || (self.stops.is_empty() && self.revocations.is_empty()) {
            return Ok(());
        }
        let concerned = concerns::decision(decision);
        self.check_not_revoked(&concerned, now_ms)?;
        match concerned.into_iter().find(|target| self.stops.contains(target)) {
            Some(target) => Err(HistoryFault::Stopped { target }),
            None => Ok(()),
        }
    }

    fn check_vote(&self, vote: &Vote, now_ms: i64) -> Result<(), HistoryFault> {
        self.check_not_revoked(&concerns::vote(vote), now_ms)
    }

    fn check_not_revoked(&self, concerned: &[Target], now_ms: i64) -> Result<(), HistoryFault> {
        let is_revoked = |target: &&Target| {
            self.revocations
                .get(target)
                .is_some_and(|until_ms| until_ms.is_none_or(|until_ms| now_ms < until_ms))
        };
        match concerned.iter().find(is_revoked) {
            Some(target) => Err(HistoryFault::Revoked { target: target.clone() }),
            None => Ok(()),
        }
    }

    /// A second revocation never makes the first one shorter.
    fn revoke(&mut self, revocation: &Revocation) {
        let until = self.revocations.entry(revocation.target.clone()).or_insert(revocation.until_ms);
        *until = until.zip(revocation.until_ms).map(|(one, other)| one.max(other));
    }

    fn change_facts(&mut self, change: &FactsChange) -> Result<(), HistoryFault> {
        if change.previous != self.facts {
            return Err(HistoryFault::Facts { in_force: self.facts });
        }
        self.facts = Some(change.facts);
        Ok(())
    }

    fn change_key(&mut self, change: &KeyChange, index: u64) -> Result<(), HistoryFault> {
        // The rules have found that the key is sound.
        let next = change.next(self.key.origin(), index).filter(|next| *next != self.key);
        self.key = next.ok_or(HistoryFault::SameKey)?;
        Ok(())
    }

    fn count(&mut self, refusals: &Refusals) -> Result<(), HistoryFault> {
        if self.counted_to_ms.is_some_and(|to_ms| refusals.from_ms < to_ms) {
            return Err(HistoryFault::Overlap);
        }
        self.counted_to_ms = Some(refusals.to_ms);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
