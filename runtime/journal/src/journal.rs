//! The handle that everyone else holds.

use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, TrySendError, bounded};
use permit_audit::{Body, Digest, Genesis, InclusionProof, LogKey, Signer};
use permit_ledger::{Balance, Command as LedgerCommand, HoldId, ReviewError, ReviewId, ReviewState};
use permit_types::charge::{Account, Unit};

use crate::command::Command;
use crate::in_force::{InForce, Policy};
use crate::live::Live;
use crate::open_error::OpenError;
use crate::options::Options;
use crate::receipt::{ReadError, Receipt, SubmitError};
use crate::recovery::load;
use crate::shared::{Head, Shared};
use crate::step::Step;
use crate::store::{Reader, Store};
use crate::writer::{Job, Writer};

/// The file whose lock is held while the journal is open.
const LOCK_FILE: &str = "journal.lock";

/// An open journal. Dropping it without [`Journal::close`] closes it too, but does not wait.
#[derive(Debug)]
pub struct Journal {
    shared: Arc<Shared>,
    reader: Reader,
    key: LogKey,
    /// `None` once the journal is closed.
    jobs: RwLock<Option<Sender<Job>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Journal {
    /// Opens the journal in `folder`, which is made if it is not there. `policy` is the bundle that a new log begins
    /// with; an old log is told of another bundle by [`Command::Policy`].
    ///
    /// # Errors
    /// [`OpenError`] when the folder is in use, or when anything in it is not what was written.
    pub fn open(folder: &Path, signer: Signer, policy: Policy, options: Options) -> Result<Self, OpenError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error: io::Error| OpenError::Io { path, kind: error.kind() }
        };
        // What agents did and what is left in their budgets is nobody else's business.
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(at(folder))?;
        let lock = lock(folder)?;
        let key = signer.public().clone();
        let mut store = Store::open(folder, &key.to_string())?;
        let (mut live, snapshot_at) = load(&store, Arc::new(signer), &options)?;
        // Everything that was read is made durable before a head over it is given out.
        store.synchronise()?;
        if live.shared.head().size == 0 {
            begin(&mut store, &mut live, policy, (options.clock)())?;
        }
        let reader = Reader::open(folder)?;
        let shared = live.shared.clone();
        let (sender, jobs) = bounded(options.queue_max);
        let writer = Writer::new(store, live, options, snapshot_at);
        let thread = std::thread::Builder::new().name("permit-journal".to_owned());
        let run = move || {
            writer.run(&jobs);
            // The folder is free when the last record is written.
            drop(lock);
        };
        let writer = thread.spawn(run).map_err(at(folder))?;
        Ok(Self { shared, reader, key, jobs: RwLock::new(Some(sender)), writer: Mutex::new(Some(writer)) })
    }

    /// Hands `command` to the writer. `reply` is called once, on the writer's thread, when the answer is durable; it must
    /// not block. When this returns an error, `reply` is dropped uncalled.
    ///
    /// # Errors
    /// [`SubmitError::Busy`] when too many commands wait; [`SubmitError::Closed`]; [`SubmitError::Unavailable`] when the
    /// writer is gone.
    pub fn submit(
        &self,
        command: Command,
        reply: impl FnOnce(Result<Receipt, SubmitError>) + Send + 'static,
    ) -> Result<(), SubmitError> {
        let jobs = self.jobs.read().unwrap_or_else(PoisonError::into_inner);
        let sender = jobs.as_ref().ok_or(SubmitError::Closed)?;
        match sender.try_send(Job { command, reply: Box::new(reply) }) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_)) => Err(SubmitError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(writer_gone()),
        }
    }

    /// Hands `command` to the writer as [`Journal::submit`] does, and waits for room where too many commands wait.
    ///
    /// # Errors
    /// [`SubmitError::Closed`]; [`SubmitError::Unavailable`] when the writer is gone.
    pub fn submit_in_turn(
        &self,
        command: Command,
        reply: impl FnOnce(Result<Receipt, SubmitError>) + Send + 'static,
    ) -> Result<(), SubmitError> {
        // Whoever closes the journal must not wait for the lock while this waits for room.
        let jobs = self.jobs.read().unwrap_or_else(PoisonError::into_inner).clone();
        let job = Job { command, reply: Box::new(reply) };
        jobs.ok_or(SubmitError::Closed)?.send(job).map_err(|_| writer_gone())
    }

    /// Hands `command` to the writer and waits for the answer.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub fn submit_and_wait(&self, command: Command) -> Result<Receipt, SubmitError> {
        let (sender, answer) = bounded(1);
        self.submit(command, move |result| drop(sender.send(result)))?;
        answer.recv().unwrap_or_else(|_| Err(writer_gone()))
    }

    /// Answers everything that waits, stores the last checkpoint and frees the folder. Later submits are refused; reads
    /// still work.
    pub fn close(&self) {
        drop(self.jobs.write().unwrap_or_else(PoisonError::into_inner).take());
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if writer.is_some_and(|writer| writer.join().is_err()) {
            tracing::error!("the journal's writer had panicked");
        }
    }

    /// Whether commands can be recorded.
    ///
    /// # Errors
    /// [`SubmitError::Closed`], or [`SubmitError::Unavailable`] while nothing can be recorded: the disk is full,
    /// or recording stopped until a restart.
    pub fn health(&self) -> Result<(), SubmitError> {
        if self.jobs.read().unwrap_or_else(PoisonError::into_inner).is_none() {
            return Err(SubmitError::Closed);
        }
        self.shared.failure().map_or(Ok(()), |reason| Err(SubmitError::Unavailable { reason }))
    }

    /// The log's verifier key.
    #[must_use]
    pub fn key(&self) -> &LogKey {
        &self.key
    }

    /// The last signed checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> Arc<str> {
        self.shared.head().text
    }

    /// How many records the last signed checkpoint covers.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.shared.head().size
    }

    /// The bytes of the record at `index`.
    ///
    /// # Errors
    /// [`ReadError`]; a record that no checkpoint covers yet is not found.
    pub fn record(&self, index: u64) -> Result<Vec<u8>, ReadError> {
        self.covered(index)?;
        self.reader.record(index)?.ok_or(ReadError::NotFound)
    }

    /// The place of the decision `decision_id`.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn index_of(&self, decision_id: &str) -> Result<u64, ReadError> {
        let index = self.reader.index_of(decision_id)?.ok_or(ReadError::NotFound)?;
        self.covered(index)?;
        Ok(index)
    }

    /// The path of the record at `index` to the root of the last checkpoint, and that checkpoint.
    ///
    /// # Errors
    /// [`ReadError::NotFound`] when the checkpoint does not cover the record.
    pub fn inclusion(&self, index: u64) -> Result<(InclusionProof, Arc<str>), ReadError> {
        let Head { size, text, .. } = self.shared.head();
        let proof = self.shared.tree().inclusion(index, size).map_err(|_| ReadError::NotFound)?;
        Ok((proof, text))
    }

    /// What the windows of `account` hold at `now_ms`. It may be ahead of the checkpoint by the batch that is being
    /// written.
    #[must_use]
    pub fn balances(&self, account: &Account, now_ms: i64) -> Vec<Balance> {
        self.shared.ledger().balances(account, now_ms)
    }

    /// What the open hold of the decision `decision_id` counts under `budget`.
    ///
    /// # Errors
    /// [`ReadError::NotFound`] when there is no such hold, or it holds nothing of that name.
    pub fn held_unit(&self, decision_id: &str, budget: &str) -> Result<Unit, ReadError> {
        let id = HoldId(self.index_of(decision_id)?);
        self.shared.ledger().held_unit(id, budget).cloned().ok_or(ReadError::NotFound)
    }

    /// The reviews that wait for approvals at `now_ms`, oldest first. Those that no checkpoint covers yet are left out.
    #[must_use]
    pub fn pending_reviews(&self, now_ms: i64) -> Vec<ReviewState> {
        let mut pending = self.shared.ledger().pending_reviews(now_ms);
        let size = self.size();
        pending.retain(|review| review.id.0 < size);
        pending
    }

    /// Where the review stands that record `index` opened and that has this digest.
    ///
    /// # Errors
    /// [`ReviewError`] says how it ended.
    pub fn review(&self, index: u64, digest: Digest, now_ms: i64) -> Result<ReviewState, ReviewError> {
        self.shared.ledger().review(ReviewId(index), digest.0, now_ms)
    }

    /// What persons are shown of the review that record `index` opened.
    ///
    /// # Errors
    /// [`ReadError`]; a record that opened no review is not found.
    pub fn shown(&self, index: u64) -> Result<String, ReadError> {
        self.covered(index)?;
        self.reader.step(index)?.and_then(|step| step.shown).ok_or(ReadError::NotFound)
    }

    /// The disclosures that open the commitments of record `index`.
    ///
    /// # Errors
    /// [`ReadError`]; whoever is given them learns arguments and claims.
    pub fn openings(&self, index: u64) -> Result<Vec<String>, ReadError> {
        self.covered(index)?;
        Ok(self.reader.step(index)?.ok_or(ReadError::NotFound)?.openings)
    }

    /// Writes the log, up to the last checkpoint, as a directory that anyone can audit offline.
    ///
    /// # Errors
    /// [`ReadError::Export`]; nothing is left behind.
    pub fn export(&self, target: &Path) -> Result<(), ReadError> {
        let Head { size, text, .. } = self.shared.head();
        let records = (0..size).map(|index| {
            let record = self.reader.record(index).map_err(io::Error::other)?;
            record.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        });
        Ok(permit_audit::export(target, text.as_bytes(), &self.key, records)?)
    }

    fn covered(&self, index: u64) -> Result<(), ReadError> {
        if index < self.shared.head().size { Ok(()) } else { Err(ReadError::NotFound) }
    }
}

/// Takes the folder for this process, until the file is dropped.
fn lock(folder: &Path) -> Result<File, OpenError> {
    let path: PathBuf = folder.join(LOCK_FILE);
    let file =
        File::create(&path).map_err(|error| OpenError::Io { path: path.clone(), kind: error.kind() })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { path: folder.to_owned() }),
        Err(TryLockError::Error(error)) => Err(OpenError::Io { path, kind: error.kind() }),
    }
}

/// Writes the first record of a log.
pub(crate) fn begin(
    store: &mut Store,
    live: &mut Live,
    Policy { digest: policy, terms }: Policy,
    now_ms: i64,
) -> Result<(), OpenError> {
    let genesis = Genesis { facts: None, origin: live.signer.origin().to_owned(), policy };
    // Empty accounts fit any terms.
    let step = Step { command: Some(LedgerCommand::Adopt { terms }), ..Step::at(now_ms) };
    match live.record(Body::Genesis(genesis), step) {
        Ok(entry) => {
            live.in_force = InForce { policy, named_by: entry.sealed.record.index, facts: None };
            store.append(&[entry], &live.shared.head().text, None)?;
            live.shared.publish(Head::sign(&live.shared.tree(), &live.signer));
            Ok(())
        }
        Err(SubmitError::Unrecordable(error)) => Err(OpenError::Genesis(error)),
        Err(error) => Err(OpenError::Store { reason: error.to_string() }),
    }
}

fn writer_gone() -> SubmitError {
    SubmitError::Unavailable { reason: "the journal's writer is gone".to_owned() }
}

#[cfg(test)]
mod tests;
