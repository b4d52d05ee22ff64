//! The handle through which others use the journal.

use std::path::Path;
use std::sync::{Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, TrySendError, bounded};
use permit_audit::Signer;

use crate::command::Command;
use crate::open_error::OpenError;
use crate::options::Options;
use crate::pending::Pending;
use crate::policy::PolicyTerms;
use crate::queue::{Job, run};
use crate::reader::JournalReader;
use crate::receipt::SubmitError;
use crate::store::{SqliteStore, Store};
use crate::writer::Writer;

/// An open journal. Dropping it without [`Journal::close`] closes it too, but does not wait.
#[derive(Debug)]
pub struct Journal {
    reader: JournalReader,
    /// `None` once the journal is closed.
    jobs: RwLock<Option<Sender<Job>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

impl Journal {
    /// Opens the journal in `folder`, which is made if it is not there. `policy` is the bundle that a new log begins
    /// with; another bundle is put in force by [`Command::Policy`].
    ///
    /// # Errors
    /// [`OpenError`] when the folder is in use, or when anything in it is not what was written.
    pub fn open(
        folder: &Path,
        signer: Signer,
        policy: PolicyTerms,
        options: Options,
    ) -> Result<Self, OpenError> {
        Self::with_store(SqliteStore::open(folder)?, signer, policy, options)
    }

    /// The same over any store, which this journal's writer claims.
    ///
    /// # Errors
    /// [`OpenError`] when anything in the store is not what was written.
    pub fn with_store<S: Store + 'static>(
        store: S,
        signer: Signer,
        policy: PolicyTerms,
        options: Options,
    ) -> Result<Self, OpenError> {
        let (queue_max, batch_max, tick) = (options.queue_max, options.batch_max, options.tick);
        let writer = Writer::open(store, signer, policy, options)?;
        let reader = writer.reader()?;
        let (sender, jobs) = bounded(queue_max);
        let thread = std::thread::Builder::new().name("permit-journal".to_owned());
        // The store is dropped, and a folder free, when the last record is written.
        let spawned = thread.spawn(move || run(writer, &jobs, batch_max, tick));
        let writer = spawned.map_err(|error| OpenError::Thread { kind: error.kind() })?;
        Ok(Self { reader, jobs: RwLock::new(Some(sender)), writer: Mutex::new(Some(writer)) })
    }

    /// Hands `command` to the writer. Whatever becomes of it comes through the answer, at once where nothing takes it:
    /// [`SubmitError::Busy`] when too many commands wait, [`SubmitError::Closed`] or [`SubmitError::Unavailable`].
    pub fn submit(&self, command: Command) -> Pending {
        let (answer, pending) = Pending::channel();
        let job = Job { command, when_durable: None, answer };
        let jobs = self.jobs.read().unwrap_or_else(PoisonError::into_inner);
        let Some(jobs) = jobs.as_ref() else { return Pending::refused(SubmitError::Closed) };
        match jobs.try_send(job) {
            Ok(()) => pending,
            Err(TrySendError::Full(_)) => Pending::refused(SubmitError::Busy),
            Err(TrySendError::Disconnected(_)) => Pending::refused(SubmitError::writer_gone()),
        }
    }

    /// Hands `command` to the writer, waiting for room where too many commands wait. `when_durable` runs on the writer's
    /// thread when the command is durable, before it or anything behind it is answered, and never when it is refused. It
    /// must not block.
    pub fn submit_in_turn(&self, command: Command, when_durable: impl FnOnce() + Send + 'static) -> Pending {
        let (answer, pending) = Pending::channel();
        let job = Job { command, when_durable: Some(Box::new(when_durable)), answer };
        // Whoever closes the journal must not wait for the lock while this waits for room.
        let jobs = self.jobs.read().unwrap_or_else(PoisonError::into_inner).clone();
        let Some(jobs) = jobs else { return Pending::refused(SubmitError::Closed) };
        if jobs.send(job).is_ok() { pending } else { Pending::refused(SubmitError::writer_gone()) }
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
        self.reader.failure().map_or(Ok(()), |reason| Err(SubmitError::Unavailable { reason }))
    }

    /// What the log and the ledger say.
    #[must_use]
    pub fn reader(&self) -> &JournalReader {
        &self.reader
    }
}

#[cfg(test)]
mod tests;
