//! The writer: settles commands, records them, and answers once that is durable.

use std::sync::Arc;

use permit_audit::{Body, Genesis, Record, Shutdown, Signer};
use permit_ledger::{Command as LedgerCommand, HoldId, ReviewId};
use permit_types::digest::Digest;
use permit_types::review::VoteKind;

use crate::appended::AppendedRecord;
use crate::command::{CastVote, Command, Confirm, Release, Requester};
use crate::open_error::OpenError;
use crate::options::Options;
use crate::policy::PolicyTerms;
use crate::reader::JournalReader;
use crate::receipt::{Receipt, SubmitError};
use crate::recovery;
use crate::shared::Head;
use crate::step::Step;
use crate::store::{Batch, Position, Row, Store, StoreError, StoreReader};
use crate::writer_state::{Answer, Held, WriterState};

/// Where the answer to a command is.
#[derive(Clone, Copy, Debug)]
struct Place {
    index: u64,
    /// It answered the same request before, or says already that the policy is in force.
    is_repeated: bool,
}

/// Records that are sealed and applied, and not written yet.
#[derive(Debug, Default)]
struct Unwritten {
    records: Vec<Record>,
    rows: Vec<Row>,
}

impl Unwritten {
    fn push(&mut self, AppendedRecord { record, row }: AppendedRecord) {
        self.records.push(record);
        self.rows.push(row);
    }
}

/// The one writer of a log, without a thread or a queue: [`Journal`](crate::Journal) runs it on a thread of its own.
#[derive(Debug)]
pub struct Writer<S> {
    store: S,
    /// The writer's own reader, so that it does not wait for others.
    reader: Arc<dyn StoreReader>,
    epoch: u64,
    state: WriterState,
    options: Options,
    /// The first record behind the last snapshot.
    snapshot_at: u64,
    /// Why nothing can be written any more. IdempotencyCache and store may differ then, so nothing is answered from memory.
    broken: Option<String>,
    /// The size of the head that was stored last.
    kept: u64,
}

impl<S: Store> Writer<S> {
    /// Claims the log in `store` and rebuilds its state. `policy` is the bundle that a new log begins with; an old log is
    /// put under another bundle by [`Command::Policy`].
    ///
    /// # Errors
    /// [`OpenError`] when anything in the store is not what was written.
    pub fn open(
        mut store: S,
        signer: Signer,
        policy: PolicyTerms,
        options: Options,
    ) -> Result<Self, OpenError> {
        let log = signer.public().to_string();
        let Position { epoch, size } = store.claim(&log).map_err(|error| match error {
            StoreError::OtherLog { found } => OpenError::OtherLog { found, expected: log },
            error => error.into(),
        })?;
        // The log is claimed first and read then, so that nobody appends behind what was read.
        let reader = store.reader()?;
        let (state, snapshot_at) = recovery::load(&*reader, size, Arc::new(signer), &options)?;
        let mut writer = Self { store, reader, epoch, state, options, snapshot_at, broken: None, kept: 0 };
        if size == 0 {
            writer.begin(policy)?;
        }
        if let Some(start) = writer.options.process.clone() {
            // Nothing else may follow a shutdown, not even what is due.
            let now_ms = writer.state.now_ms.max((writer.options.clock)());
            writer.first(Body::Start(start), Step::at(now_ms))?;
        }
        // No earlier period ends after the last record.
        writer.state.counted_to_ms = writer.state.now_ms;
        Ok(writer)
    }

    /// Writes the first record of a log.
    fn begin(&mut self, PolicyTerms { digest: policy, terms }: PolicyTerms) -> Result<(), OpenError> {
        let genesis = Genesis { facts: None, origin: self.state.signer.origin().to_owned(), policy };
        // Empty accounts fit any terms.
        let step = Step { command: Some(LedgerCommand::Adopt { terms }), ..Step::at((self.options.clock)()) };
        self.first(Body::Genesis(genesis), step)
    }

    /// Writes a record before there are commands.
    fn first(&mut self, body: Body, step: Step) -> Result<(), OpenError> {
        let begun = self.state.record(body, step).map_err(|error| match error {
            SubmitError::Unrecordable(error) => OpenError::First(error),
            error => StoreError::Failed { reason: error.to_string() }.into(),
        })?;
        let mut unwritten = Unwritten::default();
        unwritten.push(begun);
        self.append(&unwritten.rows)?;
        self.state.shared.publish(Head::sign(&self.state.shared.tree(), &self.state.signer));
        Ok(())
    }

    /// A reader of what this writer has written.
    ///
    /// # Errors
    /// [`OpenError::Store`] when the store gives none.
    pub fn reader(&self) -> Result<JournalReader, OpenError> {
        let key = self.state.signer.public().clone();
        Ok(JournalReader::new(Arc::clone(&self.state.shared), self.store.reader()?, key))
    }

    /// Does what `commands` say, in order; records it, makes it durable in one transaction, signs, and only then answers:
    /// one answer for each command, in their order.
    pub fn apply(&mut self, commands: Vec<Command>) -> Vec<Result<Receipt, SubmitError>> {
        let mut unwritten = Unwritten::default();
        let counted_to_ms = self.state.counted_to_ms;
        let places: Vec<_> = commands.into_iter().map(|command| self.take(command, &mut unwritten)).collect();
        match self.commit(&unwritten.rows) {
            Ok(head) => {
                let Unwritten { records, rows } = unwritten;
                let mut new = records.into_iter().zip(rows);
                let mut answer = |place| self.receipt(place?, &mut new, &head);
                places.into_iter().map(&mut answer).collect()
            }
            // What looked wrong may have been so only beside what was not written.
            Err(NotRecorded { reason }) => {
                self.state.counted_to_ms = counted_to_ms;
                let refused = |_| Err(SubmitError::Unavailable { reason: reason.clone() });
                places.into_iter().map(refused).collect()
            }
        }
    }

    /// Releases the holds that are due while no request comes.
    pub fn tick(&mut self) {
        if self.broken.is_some() {
            return;
        }
        let mut unwritten = Unwritten::default();
        let now_ms = (self.options.clock)();
        let expired = self.expire(now_ms, &mut unwritten);
        let committed = self.commit(&unwritten.rows);
        self.keep_head();
        if let Err(error) = expired {
            tracing::error!(%error, "holds that are due cannot be released");
        }
        if let Err(NotRecorded { reason }) = committed {
            tracing::error!(reason, "holds that are due were not released");
        }
    }

    /// Stores the signed head when nobody waits, so that whoever reads the store beside this process sees all of the
    /// log; and finds out whether there is space again after there was none.
    fn keep_head(&mut self) {
        let head = self.state.shared.head();
        if head.size == self.kept && self.state.shared.failure().is_none() {
            return;
        }
        match self.store.keep_checkpoint(self.position(&head), &head.text) {
            Ok(()) => {
                self.kept = head.size;
                self.state.shared.recover();
            }
            // Another writer has the log: readers learn it without waiting for a command to fail.
            Err(error @ (StoreError::Fenced { .. } | StoreError::Conflict { .. })) => {
                self.stop(error.to_string())
            }
            Err(error) => tracing::warn!(%error, "the checkpoint was not stored"),
        }
    }

    #[cfg(test)]
    pub(crate) fn state(&self) -> &WriterState {
        &self.state
    }

    /// Records that the process stops, stores the last checkpoint and closes the store.
    pub(crate) fn close(mut self) {
        if self.options.process.is_some() {
            self.shut_down();
        }
        let head = self.state.shared.head();
        let at = self.position(&head);
        if let Err(error) = self.store.keep_checkpoint(at, &head.text).and_then(|()| self.store.close()) {
            tracing::error!(%error, "the last checkpoint was not stored; a restart signs it anew");
        }
    }

    fn shut_down(&mut self) {
        let now_ms = self.state.now_ms.max((self.options.clock)());
        let shutdown = self.state.record(Body::Shutdown(Shutdown::default()), Step::at(now_ms));
        let recorded = shutdown.map_err(|error| NotRecorded { reason: error.to_string() });
        if let Err(NotRecorded { reason }) = recorded.and_then(|entry| self.commit(&[entry.row])) {
            tracing::error!(
                reason,
                "the shutdown was not recorded; the next start looks like one after a crash"
            );
        }
    }

    /// Where the store stands as far as this writer knows: at the last head, all of which is durable.
    fn position(&self, head: &Head) -> Position {
        Position { epoch: self.epoch, size: head.size }
    }

    fn take(&mut self, command: Command, unwritten: &mut Unwritten) -> Result<Place, SubmitError> {
        if let Some(reason) = &self.broken {
            return Err(SubmitError::Unavailable { reason: reason.clone() });
        }
        let now_ms = match &command {
            Command::Decide(decide) => decide.draft.now_ms,
            Command::Confirm(Confirm { now_ms, .. })
            | Command::Release(Release { now_ms, .. })
            | Command::Approve(CastVote { now_ms, .. })
            | Command::Decline(CastVote { now_ms, .. })
            | Command::Policy { now_ms, .. }
            | Command::Refusals { now_ms, .. } => *now_ms,
        };
        self.expire(now_ms, unwritten)?;
        let entry = match command {
            Command::Decide(decide) => match self.state.decide(*decide)? {
                Answer::New(entry) => *entry,
                Answer::Repeated(index) => return Ok(Place { index, is_repeated: true }),
            },
            Command::Confirm(Confirm { decision_id, requester, amounts, reason, .. }) => {
                let held = self.held(decision_id, requester, reason)?;
                let command = LedgerCommand::Confirm { id: held.id, amounts };
                self.state.settle(now_ms, held, command)?
            }
            Command::Release(Release { decision_id, requester, reason, .. }) => {
                let held = self.held(decision_id, requester, reason)?;
                let command = LedgerCommand::Release { id: held.id };
                self.state.settle(now_ms, held, command)?
            }
            Command::Approve(vote) => {
                let digest = self.review(&vote.decision_id)?;
                self.state.vote(VoteKind::Approve, vote, digest)?
            }
            Command::Decline(vote) => {
                let digest = self.review(&vote.decision_id)?;
                self.state.vote(VoteKind::Decline, vote, digest)?
            }
            Command::Policy { policy, facts, .. } => {
                return self.put_in_force(now_ms, policy, facts, unwritten);
            }
            Command::Refusals { counts, .. } => self.state.count(now_ms, counts)?,
        };
        let place = Place { index: entry.record.index, is_repeated: false };
        unwritten.push(entry);
        Ok(place)
    }

    fn put_in_force(
        &mut self,
        now_ms: i64,
        policy: PolicyTerms,
        facts: Digest,
        unwritten: &mut Unwritten,
    ) -> Result<Place, SubmitError> {
        let mut first = None;
        if policy.digest != self.state.in_force.policy {
            let entry = self.state.change_policy(now_ms, policy)?;
            first = Some(entry.record.index);
            unwritten.push(entry);
        }
        if Some(facts) != self.state.in_force.facts {
            // A policy must not come into force without its facts.
            let entry = self.state.change_facts(now_ms, facts).inspect_err(|error| {
                if first.is_some() {
                    self.stop(error.to_string());
                }
            })?;
            first = first.or(Some(entry.record.index));
            unwritten.push(entry);
        }
        Ok(Place { index: first.unwrap_or(self.state.in_force.named_by), is_repeated: first.is_none() })
    }

    fn expire(&mut self, now_ms: i64, unwritten: &mut Unwritten) -> Result<(), SubmitError> {
        while let Some(entry) = self.state.expire(now_ms)? {
            unwritten.push(entry);
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
        let index = self.reader.index_of(&decision_id)?.ok_or(SubmitError::NotFound)?;
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
        let index = self.reader.index_of(decision_id)?.ok_or(SubmitError::NotFound)?;
        let (_, record) = self.read(index)?;
        let Body::Decision(decision) = record.body else { return Err(SubmitError::NotFound) };
        let review = decision.review.filter(|review| review.id == decision_id);
        review.map(|review| (ReviewId(index), review.digest)).ok_or(SubmitError::NotFound)
    }

    fn read(&self, index: u64) -> Result<(Vec<u8>, Record), SubmitError> {
        let bytes = self.reader.record(index)?.ok_or(SubmitError::NotFound)?;
        let record = Record::parse(&bytes)
            .map_err(|error| SubmitError::Unavailable { reason: format!("record {index}: {error}") })?;
        Ok((bytes, record))
    }

    /// Makes the rows durable and signs the head over them, or says why nothing of them is.
    fn commit(&mut self, rows: &[Row]) -> Result<Head, NotRecorded> {
        if let Some(reason) = &self.broken {
            return Err(NotRecorded { reason: reason.clone() });
        }
        if rows.is_empty() {
            return Ok(self.state.shared.head());
        }
        if let Err(error) = self.append(rows) {
            return Err(NotRecorded { reason: self.fall_back(&error) });
        }
        let head = Head::sign(&self.state.shared.tree(), &self.state.signer);
        self.state.shared.publish(head.clone());
        self.state.shared.recover();
        Ok(head)
    }

    fn append(&mut self, rows: &[Row]) -> Result<(), StoreError> {
        let size = self.state.shared.tree().size();
        let is_due = size.saturating_sub(self.snapshot_at) >= self.options.snapshot_every;
        let unencodable = |error: postcard::Error| StoreError::Failed { reason: error.to_string() };
        let snapshot =
            if is_due { Some(recovery::snapshot(&self.state).map_err(unencodable)?) } else { None };
        // The head before this batch is durable already; the new one is signed when this is.
        let head = self.state.shared.head();
        let batch = Batch { rows, checkpoint: &head.text, snapshot: snapshot.as_ref() };
        self.store.append(self.position(&head), &batch)?;
        if is_due {
            self.snapshot_at = size;
        }
        Ok(())
    }

    /// The memory is ahead of the store. A full disk changed nothing, so the state is rebuilt from what is durable. After
    /// any other error only a restart can tell what is durable, or another writer has the log now.
    fn fall_back(&mut self, error: &StoreError) -> String {
        let reason = error.to_string();
        tracing::error!(reason, "a batch was not recorded");
        self.state.shared.fail(reason.clone());
        let is_full = matches!(error, StoreError::Full { .. });
        let rebuilt = if is_full { self.rebuild() } else { Err(NotRecorded { reason: reason.clone() }) };
        if let Err(NotRecorded { reason }) = rebuilt {
            self.stop(reason);
        }
        reason
    }

    fn stop(&mut self, reason: String) {
        tracing::error!(reason, "the journal stops recording until it is restarted");
        self.state.shared.fail(reason.clone());
        self.broken = Some(reason);
    }

    fn rebuild(&mut self) -> Result<(), NotRecorded> {
        let signer = self.state.signer.clone();
        let head = self.state.shared.head();
        let (fresh, snapshot_at) = recovery::load(&*self.reader, head.size, signer, &self.options)
            .map_err(|error| NotRecorded { reason: error.to_string() })?;
        if fresh.shared.head() != head {
            return Err(NotRecorded { reason: "the store is not what was signed last".to_owned() });
        }
        self.state.adopt(fresh);
        self.snapshot_at = snapshot_at;
        Ok(())
    }

    /// The receipt for the record at `place`. New records are taken from `new`, which stand in the same order.
    fn receipt(
        &self,
        place: Place,
        new: &mut impl Iterator<Item = (Record, Row)>,
        head: &Head,
    ) -> Result<Receipt, SubmitError> {
        let Place { index, is_repeated, .. } = place;
        let new = if is_repeated { None } else { new.find(|(record, _)| record.index == index) };
        let (bytes, record) = match new {
            Some((record, row)) => (row.record, record),
            None => self.read(index)?,
        };
        let proof = self
            .state
            .shared
            .tree()
            .inclusion(index, head.size)
            .map_err(|error| SubmitError::Unavailable { reason: error.to_string() })?;
        Ok(Receipt { bytes, record, proof, checkpoint: head.text.clone(), is_repeated })
    }
}

/// Why a batch is not durable, or memory is not what the store holds.
#[derive(Debug)]
struct NotRecorded {
    reason: String,
}

#[cfg(test)]
mod tests;
