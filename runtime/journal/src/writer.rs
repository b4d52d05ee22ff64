//! The one thread that writes.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use permit_audit::{Body, Digest, Record};
use permit_ledger::{Command as LedgerCommand, HoldId, ReviewId};

use crate::command::{Command, Confirm, Release, Requester, Vote};
use crate::in_force::InForce;
use crate::live::{Answer, Entry, Held, Live, Verdict};
use crate::options::Options;
use crate::receipt::{Receipt, SubmitError};
use crate::recovery;
use crate::shared::Head;
use crate::store::{Store, StoreError};

/// Where an answer goes.
pub(crate) type Reply = Box<dyn FnOnce(Result<Receipt, SubmitError>) + Send>;

/// A command and where its answer goes.
pub(crate) struct Job {
    pub(crate) command: Command,
    pub(crate) reply: Reply,
}

/// Where the answer to a command is.
#[derive(Clone, Copy, Debug)]
struct Place {
    index: u64,
    /// It answered the same request before, or says already that the policy is in force.
    is_repeated: bool,
}

/// The writer's own things.
#[derive(Debug)]
pub(crate) struct Writer {
    store: Store,
    live: Live,
    options: Options,
    /// The first record behind the last snapshot.
    snapshot_at: u64,
    /// Why nothing can be written any more. Memory and database may differ then, so nothing is answered from memory.
    broken: Option<String>,
    /// The size of the head that was stored last.
    kept: u64,
}

impl Writer {
    pub(crate) fn new(store: Store, live: Live, options: Options, snapshot_at: u64) -> Self {
        Self { store, live, options, snapshot_at, broken: None, kept: 0 }
    }

    /// Works until every sender is gone and everything that waits is answered.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            match jobs.recv_timeout(self.options.tick) {
                Ok(first) => {
                    let rest = jobs.try_iter().take(self.options.batch_max.saturating_sub(1));
                    self.write(std::iter::once(first).chain(rest).collect());
                }
                Err(RecvTimeoutError::Timeout) => self.tick(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        self.finish();
    }

    /// Does, records, makes durable, signs, and only then answers.
    pub(crate) fn write(&mut self, jobs: Vec<Job>) {
        let mut entries = Vec::new();
        let mut waiting = Vec::new();
        let before = self.live.in_force;
        for Job { command, reply } in jobs {
            let adopts = matches!(command, Command::Policy { .. });
            let place = match &self.broken {
                Some(reason) => Err(SubmitError::Unavailable { reason: reason.clone() }),
                None => self.take(command, &mut entries),
            };
            waiting.push((reply, adopts, place));
        }
        let head = self.commit(&entries);
        let mut entries = entries.into_iter();
        for (reply, adopts, place) in waiting {
            let answer = match &head {
                Ok(head) => place.and_then(|place| self.receipt(place, &mut entries, head)),
                // What looked wrong may have been so only beside what was not written.
                Err(reason) => Err(SubmitError::Unavailable { reason: reason.clone() }),
            };
            // Whoever is not told that its policy is in force goes on deciding by the one before.
            if adopts && answer.is_err() {
                self.live.in_force = before;
            }
            // A caller's panic is the caller's: the others must still be answered.
            if catch_unwind(AssertUnwindSafe(|| reply(answer))).is_err() {
                tracing::error!("a caller panicked while it took its answer");
            }
        }
    }

    /// Releases what is due when nobody asks for anything.
    pub(crate) fn tick(&mut self) {
        if self.broken.is_some() {
            return;
        }
        let mut entries = Vec::new();
        let now_ms = (self.options.clock)();
        let expired = self.expire(now_ms, &mut entries);
        let committed = self.commit(&entries);
        self.keep_head();
        if let Err(error) = expired {
            tracing::error!(%error, "holds that are due cannot be released");
        }
        if let Err(reason) = committed {
            tracing::error!(reason, "holds that are due were not released");
        }
    }

    /// Stores the signed head when nobody waits, so that whoever reads the database beside this process sees all of the
    /// log; and finds out whether there is space again after there was none.
    fn keep_head(&mut self) {
        let head = self.live.shared.head();
        if head.size == self.kept && self.live.shared.failure().is_none() {
            return;
        }
        match self.store.keep(&head.text) {
            Ok(()) => {
                self.kept = head.size;
                self.live.shared.recover();
            }
            Err(error) => tracing::warn!(%error, "the checkpoint was not stored"),
        }
    }

    fn finish(&mut self) {
        let head = self.live.shared.head();
        if let Err(error) = self.store.finish(&head.text) {
            tracing::error!(%error, "the last checkpoint was not stored; a restart signs it anew");
        }
    }

    fn take(&mut self, command: Command, entries: &mut Vec<Entry>) -> Result<Place, SubmitError> {
        let now_ms = match &command {
            Command::Decide(decide) => decide.draft.now_ms,
            Command::Confirm(Confirm { now_ms, .. })
            | Command::Release(Release { now_ms, .. })
            | Command::Approve(Vote { now_ms, .. })
            | Command::Decline(Vote { now_ms, .. })
            | Command::Policy { now_ms, .. } => *now_ms,
        };
        self.expire(now_ms, entries)?;
        let entry = match command {
            Command::Decide(decide) => match self.live.decide(*decide)? {
                Answer::New(entry) => *entry,
                Answer::Repeated(index) => return Ok(Place { index, is_repeated: true }),
            },
            Command::Confirm(Confirm { decision_id, requester, amounts, reason, .. }) => {
                let held = self.held(decision_id, requester, reason)?;
                let command = LedgerCommand::Confirm { id: held.id, amounts };
                self.live.settle(now_ms, held, command)?
            }
            Command::Release(Release { decision_id, requester, reason, .. }) => {
                let held = self.held(decision_id, requester, reason)?;
                let command = LedgerCommand::Release { id: held.id };
                self.live.settle(now_ms, held, command)?
            }
            Command::Approve(vote) => {
                let digest = self.review(&vote.decision_id)?;
                self.live.vote(Verdict::Approved, vote, digest)?
            }
            Command::Decline(vote) => {
                let digest = self.review(&vote.decision_id)?;
                self.live.vote(Verdict::Declined, vote, digest)?
            }
            Command::Policy { policy, facts, .. } => {
                let InForce { policy: digest, named_by, .. } = self.live.in_force;
                if policy.digest == digest {
                    self.live.in_force.facts = Some(facts);
                    return Ok(Place { index: named_by, is_repeated: true });
                }
                let entry = self.live.change_policy(now_ms, policy)?;
                self.live.in_force.facts = Some(facts);
                entry
            }
        };
        let place = Place { index: entry.sealed.record.index, is_repeated: false };
        entries.push(entry);
        Ok(place)
    }

    fn expire(&mut self, now_ms: i64, entries: &mut Vec<Entry>) -> Result<(), SubmitError> {
        while let Some(entry) = self.live.expire(now_ms)? {
            entries.push(entry);
        }
        Ok(())
    }

    /// Finds the decision, if it is this agent's.
    fn held(
        &self,
        decision_id: String,
        requester: Requester,
        reason: Option<String>,
    ) -> Result<Held, SubmitError> {
        let index = self.store.index_of(&decision_id).map_err(unavailable)?.ok_or(SubmitError::NotFound)?;
        let (_, record) = self.read(index)?;
        match record.body {
            Body::Decision(decision) if decision.agent == requester.agent => {
                Ok(Held { id: HoldId(index), decision_id, requester, reason })
            }
            _ => Err(SubmitError::NotFound),
        }
    }

    /// Finds the review that a decision opened: its place and what it is about.
    fn review(&self, decision_id: &str) -> Result<(ReviewId, Digest), SubmitError> {
        let index = self.store.index_of(decision_id).map_err(unavailable)?.ok_or(SubmitError::NotFound)?;
        let (_, record) = self.read(index)?;
        let Body::Decision(decision) = record.body else { return Err(SubmitError::NotFound) };
        let review = decision.review.filter(|review| review.id == decision_id);
        review.map(|review| (ReviewId(index), review.digest)).ok_or(SubmitError::NotFound)
    }

    fn read(&self, index: u64) -> Result<(Vec<u8>, Record), SubmitError> {
        let bytes = self.store.record(index).map_err(unavailable)?.ok_or(SubmitError::NotFound)?;
        let record = Record::parse(&bytes)
            .map_err(|error| SubmitError::Unavailable { reason: format!("record {index}: {error}") })?;
        Ok((bytes, record))
    }

    /// Makes the entries durable and signs the head over them, or says why nothing of them is.
    fn commit(&mut self, entries: &[Entry]) -> Result<Head, String> {
        if let Some(reason) = &self.broken {
            return Err(reason.clone());
        }
        if entries.is_empty() {
            return Ok(self.live.shared.head());
        }
        if let Err(error) = self.append(entries) {
            return Err(self.fall_back(&error));
        }
        let head = Head::sign(&self.live.shared.tree(), &self.live.signer);
        self.live.shared.publish(head.clone());
        self.live.shared.recover();
        Ok(head)
    }

    fn append(&mut self, entries: &[Entry]) -> Result<(), StoreError> {
        let size = self.live.shared.tree().size();
        let is_due = size.saturating_sub(self.snapshot_at) >= self.options.snapshot_every;
        let snapshot = if is_due { Some(recovery::snapshot_bytes(&self.live)?) } else { None };
        // The head before this batch is durable already; the new one is signed when this is.
        let checkpoint = self.live.shared.head().text;
        self.store.append(entries, &checkpoint, snapshot.as_deref().map(|state| (size, state)))?;
        if is_due {
            self.snapshot_at = size;
        }
        Ok(())
    }

    /// The memory is ahead of the database. A full disk changed nothing, so the state is rebuilt from what is durable;
    /// after any other error nobody knows what is durable, and only a restart can tell.
    fn fall_back(&mut self, error: &StoreError) -> String {
        let reason = error.to_string();
        tracing::error!(reason, "a batch was not recorded");
        self.live.shared.fail(reason.clone());
        let rebuilt = if error.is_full { self.rebuild() } else { Err(reason.clone()) };
        if let Err(reason) = rebuilt {
            tracing::error!(reason, "the journal stops recording until it is restarted");
            self.live.shared.fail(reason.clone());
            self.broken = Some(reason);
        }
        reason
    }

    fn rebuild(&mut self) -> Result<(), String> {
        let signer = self.live.signer.clone();
        let (fresh, snapshot_at) =
            recovery::load(&self.store, signer, &self.options).map_err(|error| error.to_string())?;
        if fresh.shared.head() != self.live.shared.head() {
            return Err("the database is not what was signed last".to_owned());
        }
        self.live.adopt(fresh);
        self.snapshot_at = snapshot_at;
        Ok(())
    }

    /// The receipt for the record at `place`. New records are taken from `entries`, which stand in the same order.
    fn receipt(
        &self,
        place: Place,
        entries: &mut impl Iterator<Item = Entry>,
        head: &Head,
    ) -> Result<Receipt, SubmitError> {
        let Place { index, is_repeated } = place;
        let new = if is_repeated { None } else { entries.find(|entry| entry.sealed.record.index == index) };
        let (bytes, record) = match new {
            Some(Entry { sealed, .. }) => (sealed.bytes, sealed.record),
            None => self.read(index)?,
        };
        let proof = self
            .live
            .shared
            .tree()
            .inclusion(index, head.size)
            .map_err(|error| SubmitError::Unavailable { reason: error.to_string() })?;
        Ok(Receipt { bytes, record, proof, checkpoint: head.text.clone(), is_repeated })
    }
}

fn unavailable(error: StoreError) -> SubmitError {
    SubmitError::Unavailable { reason: error.message }
}

#[cfg(test)]
mod tests;
