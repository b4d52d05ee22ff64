//! Where a log is kept: the interface between the write path and a storage engine.
//!
//! A store keeps bytes and does not know their meaning. It satisfies the laws that `store/laws.rs` tests on every
//! implementation: a batch is appended entirely or not at all, only by the newest writer and only after the records
//! that this writer knows; an append that returns is durable; readers see only what is committed.

use std::fmt::Debug;
use std::sync::Arc;

mod memory;
mod sqlite;

#[cfg(test)]
mod laws;

pub use memory::{Crash, MemoryStore};
pub(crate) use sqlite::{SqliteError, SqliteReader, SqliteStore};

/// A writer's handle on one log.
///
/// The log has an *epoch*, which counts its writers, and a *size*, its number of records. Every change names both, and a
/// change that names another epoch or another size changes nothing (compare-and-append). So a writer that was replaced
/// can do no harm, whatever it believes.
pub trait Store: Debug + Send {
    /// Makes this handle the log's one writer: begins the next epoch, which fences off every earlier one. An empty store
    /// becomes the log named `log`. When this returns, everything that can be read is durable.
    ///
    /// # Errors
    /// [`StoreError::OtherLog`] when the store keeps another log, and any other [`StoreError`] of the engine; the epoch is
    /// as it was then.
    fn claim(&mut self, log: &str) -> Result<Position, StoreError>;

    /// Appends `batch` behind the `at.size` records of the log. When this returns, all of it is durable.
    ///
    /// # Errors
    /// [`StoreError`], also when a decision's name is the log's already; nothing is appended, except that after [`StoreError::Failed`] it may have been.
    fn append(&mut self, at: Position, batch: &Batch<'_>) -> Result<(), StoreError>;

    /// Stores a checkpoint over all `at.size` records of the log.
    ///
    /// # Errors
    /// [`StoreError`].
    fn keep_checkpoint(&mut self, at: Position, checkpoint: &str) -> Result<(), StoreError>;

    /// A reader of its own, which waits for no writer.
    ///
    /// # Errors
    /// [`StoreError`].
    fn reader(&self) -> Result<Arc<dyn StoreReader>, StoreError>;

    /// Tidies up before the handle is dropped. A store that is never closed loses nothing.
    ///
    /// # Errors
    /// [`StoreError`].
    fn close(&mut self) -> Result<(), StoreError> {
        Ok(())
    }
}

/// Reads what is committed. Calls may wait for a disk or a network, so they are not for the threads of an asynchronous
/// runtime.
pub trait StoreReader: Debug + Send + Sync {
    /// The last checkpoint that was stored.
    ///
    /// # Errors
    /// [`StoreError`].
    fn checkpoint(&self) -> Result<Option<String>, StoreError>;

    /// The last snapshot.
    ///
    /// # Errors
    /// [`StoreError`].
    fn snapshot(&self) -> Result<Option<Snapshot>, StoreError>;

    /// At most `max` rows from index `from` on, in order, each with its index.
    ///
    /// # Errors
    /// [`StoreError`].
    fn rows(&self, from: u64, max: usize) -> Result<Vec<(u64, Row)>, StoreError>;

    /// The bytes of the record at `index`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn record(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError>;

    /// The index of the record of a decision.
    ///
    /// # Errors
    /// [`StoreError`].
    fn index_of(&self, decision_id: &str) -> Result<Option<u64>, StoreError>;
}

/// Where a writer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The writer's epoch, from 1.
    pub epoch: u64,
    /// How many records the log has.
    pub size: u64,
}

/// What is appended in one transaction.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a> {
    /// The records, in order.
    pub rows: &'a [Row],
    /// The newest signed checkpoint; it covers records before this batch only.
    pub checkpoint: &'a str,
    /// Takes the place of the snapshot before.
    pub snapshot: Option<&'a Snapshot>,
}

/// One record, and what a restart needs beside it. Everything is opaque to the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The decision's name, under which the record is found; `None` when the record is not a decision.
    pub decision_id: Option<String>,
    /// The record's leaf hash.
    pub leaf: Vec<u8>,
    /// The record's exact bytes.
    pub record: Vec<u8>,
    /// How the record changed the state.
    pub step: Vec<u8>,
    /// The checksum of `step`.
    pub step_sum: Vec<u8>,
}

/// The state after the first records, which need not be replayed then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// After how many records.
    pub size: u64,
    /// The state, opaque to the store.
    pub state: Vec<u8>,
    /// The checksum of `state`.
    pub state_sum: Vec<u8>,
}

/// Why a store refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A newer writer has claimed the log.
    #[error("another writer has claimed the log in epoch {epoch}")]
    Fenced {
        /// The log's epoch.
        epoch: u64,
    },
    /// The log has not the size that the writer knows.
    #[error("the log has {size} records, which is not what this writer knows")]
    Conflict {
        /// The log's size.
        size: u64,
    },
    /// The store keeps another log.
    #[error("the store keeps the log `{found}`")]
    OtherLog {
        /// That log.
        found: String,
    },
    /// There is no space left. Nothing has changed, and the same may succeed once there is.
    #[error("{reason}")]
    Full {
        /// What the engine says.
        reason: String,
    },
    /// Anything else. Whether the change was made is not known.
    #[error("{reason}")]
    Failed {
        /// What the engine says.
        reason: String,
    },
}
