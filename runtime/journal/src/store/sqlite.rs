//! A log in a folder, kept by SQLite.
//!
//! The write-ahead log is synchronized at each commit (`synchronous=FULL`), so a batch is durable when its append
//! returns. The folder is locked as long as its writer's handle exists.

use std::fs::{DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Transaction, TransactionBehavior, params};
use tokio::sync::oneshot;

use super::{Batch, Position, Row, Store, StoreError, StoreReader};

mod reader;

pub(crate) use reader::SqliteReader;

/// The file in the journal's folder.
const DATABASE_FILE: &str = "journal.sqlite";

/// The file whose lock is held while the journal is open.
const LOCK_FILE: &str = "journal.lock";

/// The version of the tables.
const FORMAT: i64 = 5;

const TABLES: &str = "
    CREATE TABLE log (
        id INTEGER PRIMARY KEY CHECK (id = 0),
        key TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        size INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE entry (
        ix INTEGER PRIMARY KEY,
        decision TEXT,
        leaf BLOB NOT NULL,
        record BLOB NOT NULL,
        step BLOB NOT NULL,
        step_sum BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX entry_decision ON entry (decision) WHERE decision IS NOT NULL;
    CREATE TABLE snapshot (
        id INTEGER PRIMARY KEY CHECK (id = 0),
        size INTEGER NOT NULL,
        state BLOB NOT NULL,
        state_sum BLOB NOT NULL
    ) STRICT;
    CREATE TABLE checkpoint (id INTEGER PRIMARY KEY CHECK (id = 0), text TEXT NOT NULL) STRICT;
";

/// Why a folder's database does not open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SqliteError {
    /// Another process has the folder.
    Locked { path: PathBuf },
    /// The file system refuses.
    Io { path: PathBuf, kind: io::ErrorKind },
    /// The tables are of another version.
    Format { found: i64, expected: i64 },
    /// The database refuses.
    Store(StoreError),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let reason = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { reason },
            _ => Self::Failed { reason },
        }
    }
}

impl From<rusqlite::Error> for SqliteError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<StoreError> for SqliteError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The writer's connection.
#[derive(Debug)]
pub(crate) struct SqliteStore {
    connection: Connection,
    folder: PathBuf,
    /// Frees the folder when it is dropped, after the connection. `None` in tests that act for several processes.
    _lock: Option<File>,
}

impl SqliteStore {
    /// Opens the log in `folder`, which is made if it is not there.
    pub(crate) fn open(folder: &Path) -> Result<Self, SqliteError> {
        // What agents did and what is left in their budgets is nobody else's business.
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| SqliteError::Io { path: folder.to_owned(), kind: error.kind() })?;
        let lock = lock(folder)?;
        Self::connect(folder, Some(lock))
    }

    pub(super) fn connect(folder: &Path, lock: Option<File>) -> Result<Self, SqliteError> {
        assert_may_block();
        let connection = Connection::open(folder.join(DATABASE_FILE))?;
        let mut store = Self { connection, folder: folder.to_owned(), _lock: lock };
        store.prepare()?;
        Ok(store)
    }

    fn prepare(&mut self) -> Result<(), SqliteError> {
        self.connection.pragma_update(None, "journal_mode", "wal")?;
        self.connection.pragma_update(None, "synchronous", "full")?;
        self.connection.pragma_update(None, "trusted_schema", false)?;
        self.connection.set_prepared_statement_cache_capacity(16);
        match self.connection.pragma_query_value(None, "user_version", |row| row.get(0))? {
            0 => {
                let transaction = self.connection.transaction()?;
                transaction.execute_batch(TABLES)?;
                transaction.pragma_update(None, "user_version", FORMAT)?;
                Ok(transaction.commit()?)
            }
            FORMAT => Ok(()),
            found => Err(SqliteError::Format { found, expected: FORMAT }),
        }
    }

    fn begin(&mut self) -> Result<Transaction<'_>, StoreError> {
        assert_may_block();
        Ok(self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
    }

    #[cfg(test)]
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}

impl Store for SqliteStore {
    fn claim(&mut self, log: &str) -> Result<Position, StoreError> {
        let transaction = self.begin()?;
        transaction
            .execute("INSERT OR IGNORE INTO log (id, key, epoch, size) VALUES (0, ?1, 0, 0)", [log])?;
        let found: String = transaction.query_row("SELECT key FROM log", [], |row| row.get(0))?;
        if found != log {
            return Err(StoreError::OtherLog { found });
        }
        transaction.execute("UPDATE log SET epoch = epoch + 1", [])?;
        let position = position(&transaction)?;
        transaction.commit()?;
        Ok(position)
    }

    fn append(&mut self, at: Position, batch: &Batch<'_>) -> Result<(), StoreError> {
        let written =
            self.begin().and_then(|transaction| write(&transaction, at, batch).map(|()| transaction));
        let written = written.and_then(|transaction| Ok(transaction.commit()?));
        // A transaction that could not be rolled back would be part of the next one.
        match written {
            Err(StoreError::Full { reason }) if !self.connection.is_autocommit() => {
                Err(StoreError::Failed { reason })
            }
            written => written,
        }
    }

    fn keep_checkpoint(&mut self, at: Position, checkpoint: &str) -> Result<(), StoreError> {
        let transaction = self.begin()?;
        check(&transaction, at)?;
        set_checkpoint(&transaction, checkpoint)?;
        Ok(transaction.commit()?)
    }

    fn reader(&self) -> Result<Arc<dyn StoreReader>, StoreError> {
        Ok(Arc::new(SqliteReader::open(&self.folder)?))
    }

    /// Folds the write-ahead log into the database.
    fn close(&mut self) -> Result<(), StoreError> {
        Ok(self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }
}

/// Writes a batch, if the writer is the newest and knows the whole log.
pub(super) fn write(
    transaction: &Transaction<'_>,
    at: Position,
    batch: &Batch<'_>,
) -> Result<(), StoreError> {
    check(transaction, at)?;
    let mut insert = transaction.prepare_cached(
        "INSERT INTO entry (ix, decision, leaf, record, step, step_sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    let mut size = at.size;
    for Row { decision_id, leaf, record, step, step_sum } in batch.rows {
        insert.execute(params![index_to_sql(size)?, decision_id, leaf, record, step, step_sum])?;
        size = size.checked_add(1).ok_or_else(out_of_range)?;
    }
    transaction.prepare_cached("UPDATE log SET size = ?1")?.execute([index_to_sql(size)?])?;
    set_checkpoint(transaction, batch.checkpoint)?;
    if let Some(snapshot) = batch.snapshot {
        let insert = "INSERT OR REPLACE INTO snapshot (id, size, state, state_sum) VALUES (0, ?1, ?2, ?3)";
        let size = index_to_sql(snapshot.size)?;
        transaction.execute(insert, params![size, snapshot.state, snapshot.state_sum])?;
    }
    Ok(())
}

fn check(transaction: &Transaction<'_>, at: Position) -> Result<(), StoreError> {
    let Position { epoch, size } = position(transaction)?;
    if epoch != at.epoch {
        return Err(StoreError::Fenced { epoch });
    }
    if size != at.size {
        return Err(StoreError::Conflict { size });
    }
    Ok(())
}

fn position(transaction: &Transaction<'_>) -> Result<Position, StoreError> {
    let mut select = transaction.prepare_cached("SELECT epoch, size FROM log")?;
    let found = select.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    // Nobody has claimed the log yet.
    let (epoch, size) = found.unwrap_or((0, 0));
    Ok(Position { epoch: index_from_sql(epoch)?, size: index_from_sql(size)? })
}

fn set_checkpoint(transaction: &Transaction<'_>, text: &str) -> Result<(), StoreError> {
    let insert = "INSERT OR REPLACE INTO checkpoint (id, text) VALUES (0, ?1)";
    transaction.prepare_cached(insert)?.execute([text])?;
    Ok(())
}

/// Takes the folder for this process, until the file is dropped.
fn lock(folder: &Path) -> Result<File, SqliteError> {
    let path = folder.join(LOCK_FILE);
    let refused = |error: io::Error| SqliteError::Io { path: path.clone(), kind: error.kind() };
    let file = File::create(&path).map_err(refused)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(SqliteError::Locked { path: folder.to_owned() }),
        Err(TryLockError::Error(error)) => Err(refused(error)),
    }
}

/// In debug builds, and so in every test, panics on a thread of Tokio's that drives asynchronous tasks: a disk would keep
/// all of them waiting.
fn assert_may_block() {
    if cfg!(debug_assertions) {
        // Of what Tokio offers without a runtime, this alone tells its threads apart: it panics where blocking would.
        let (sender, nothing) = oneshot::channel::<()>();
        drop(sender);
        drop(nothing.blocking_recv());
    }
}

fn index_to_sql(index: u64) -> Result<i64, StoreError> {
    i64::try_from(index).map_err(|_| out_of_range())
}

fn index_from_sql(index: i64) -> Result<u64, StoreError> {
    u64::try_from(index).map_err(|_| out_of_range())
}

fn out_of_range() -> StoreError {
    StoreError::Failed { reason: "an index beyond the largest log".to_owned() }
}
