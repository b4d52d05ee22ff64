//! A log in memory, for tests: it lives as long as a handle to it, and fails on request.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Batch, Position, Row, Snapshot, Store, StoreError, StoreReader};

/// A handle on a log in memory. Clones are handles on the same log, as other processes would have them.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    log: Arc<Mutex<Log>>,
}

/// Where the writing process dies in an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crash {
    /// Nothing of the batch is durable.
    BeforeCommit,
    /// The whole batch is durable, but the writer gets an error.
    AfterCommit,
}

#[derive(Clone, Debug, Default)]
struct Log {
    name: Option<String>,
    epoch: u64,
    rows: Vec<Row>,
    decisions: BTreeMap<String, u64>,
    checkpoint: Option<String>,
    snapshot: Option<Snapshot>,
    /// `None` is no bound.
    records_max: Option<u64>,
    crash: Option<Crash>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets the log grow to at most this many records; an append beyond that is [`StoreError::Full`]. `None` is no bound.
    pub fn set_records_max(&self, records_max: Option<u64>) {
        self.log().records_max = records_max;
    }

    /// Lets the next append fail as if its process had died in it: the writer gets [`StoreError::Failed`].
    pub fn crash_in_next_append(&self, crash: Crash) {
        self.log().crash = Some(crash);
    }

    /// A copy of the log as it is now: what a process that is killed at this moment leaves behind.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self { log: Arc::new(Mutex::new(self.log().clone())) }
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn size(&self) -> u64 {
        // No address space holds more rows than fit.
        u64::try_from(self.rows.len()).unwrap_or(u64::MAX)
    }

    fn check(&self, at: Position) -> Result<(), StoreError> {
        if at.epoch != self.epoch {
            return Err(StoreError::Fenced { epoch: self.epoch });
        }
        if at.size != self.size() {
            return Err(StoreError::Conflict { size: self.size() });
        }
        Ok(())
    }

    /// Whether each decision is named once.
    fn has_new_names(&self, rows: &[Row]) -> bool {
        let mut names: Vec<_> = rows.iter().filter_map(|row| row.decision_id.as_ref()).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        names.len() == count && !names.into_iter().any(|name| self.decisions.contains_key(name))
    }

    fn commit(&mut self, Batch { rows, checkpoint, snapshot }: &Batch<'_>) {
        for row in *rows {
            if let Some(id) = &row.decision_id {
                self.decisions.insert(id.clone(), self.size());
            }
            self.rows.push(row.clone());
        }
        self.checkpoint = Some((*checkpoint).to_owned());
        if let Some(snapshot) = snapshot {
            self.snapshot = Some((*snapshot).clone());
        }
    }
}

impl Store for MemoryStore {
    fn claim(&mut self, name: &str) -> Result<Position, StoreError> {
        let mut log = self.log();
        match &log.name {
            Some(found) if found != name => return Err(StoreError::OtherLog { found: found.clone() }),
            Some(_) => {}
            None => log.name = Some(name.to_owned()),
        }
        log.epoch = log.epoch.saturating_add(1);
        Ok(Position { epoch: log.epoch, size: log.size() })
    }

    fn append(&mut self, at: Position, batch: &Batch<'_>) -> Result<(), StoreError> {
        let mut log = self.log();
        log.check(at)?;
        let added = u64::try_from(batch.rows.len()).unwrap_or(u64::MAX);
        if log.records_max.is_some_and(|max| log.size().saturating_add(added) > max) {
            return Err(StoreError::Full { reason: "the memory store is full".to_owned() });
        }
        if !log.has_new_names(batch.rows) {
            return Err(StoreError::Failed { reason: "two records of one decision".to_owned() });
        }
        let crashed = || StoreError::Failed { reason: "the process died in this append".to_owned() };
        match log.crash.take() {
            Some(Crash::BeforeCommit) => Err(crashed()),
            Some(Crash::AfterCommit) => {
                log.commit(batch);
                Err(crashed())
            }
            None => {
                log.commit(batch);
                Ok(())
            }
        }
    }

    fn keep_checkpoint(&mut self, at: Position, checkpoint: &str) -> Result<(), StoreError> {
        let mut log = self.log();
        log.check(at)?;
        log.checkpoint = Some(checkpoint.to_owned());
        Ok(())
    }

    fn reader(&self) -> Result<Arc<dyn StoreReader>, StoreError> {
        Ok(Arc::new(self.clone()))
    }
}

impl StoreReader for MemoryStore {
    fn checkpoint(&self) -> Result<Option<String>, StoreError> {
        Ok(self.log().checkpoint.clone())
    }

    fn snapshot(&self) -> Result<Option<Snapshot>, StoreError> {
        Ok(self.log().snapshot.clone())
    }

    fn rows(&self, from: u64, max: usize) -> Result<Vec<(u64, Row)>, StoreError> {
        let log = self.log();
        let from_here = (0..).zip(&log.rows).skip(usize::try_from(from).unwrap_or(usize::MAX));
        Ok(from_here.take(max).map(|(index, row)| (index, row.clone())).collect())
    }

    fn record(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let log = self.log();
        let row = usize::try_from(index).ok().and_then(|index| log.rows.get(index));
        Ok(row.map(|row| row.record.clone()))
    }

    fn index_of(&self, decision_id: &str) -> Result<Option<u64>, StoreError> {
        Ok(self.log().decisions.get(decision_id).copied())
    }
}
