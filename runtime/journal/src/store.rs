//! The database: records, the steps behind them, snapshots and the last checkpoint.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use permit_audit::Hash;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::live::Entry;
use crate::open_error::OpenError;
use crate::receipt::ReadError;
use crate::step::Step;

/// The file in the journal's folder.
const DATABASE_FILE: &str = "journal.sqlite";

/// The version of the tables.
const FORMAT: i64 = 4;

const TABLES: &str = "
    CREATE TABLE log (key TEXT NOT NULL);
    CREATE TABLE entry (
        ix INTEGER PRIMARY KEY,
        decision TEXT,
        leaf BLOB NOT NULL,
        record BLOB NOT NULL,
        step BLOB NOT NULL,
        step_sum BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX entry_decision ON entry (decision) WHERE decision IS NOT NULL;
    CREATE TABLE snapshot (ix INTEGER PRIMARY KEY, state BLOB NOT NULL, state_sum BLOB NOT NULL) STRICT;
    CREATE TABLE checkpoint (id INTEGER PRIMARY KEY CHECK (id = 0), text TEXT NOT NULL) STRICT;
";

/// Why the database refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct StoreError {
    pub(crate) message: String,
    /// There is no space left: what was not written is gone, and the file is as it was.
    pub(crate) is_full: bool,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self { message: error.to_string(), is_full: error.sqlite_error_code() == Some(ErrorCode::DiskFull) }
    }
}

impl From<postcard::Error> for StoreError {
    fn from(error: postcard::Error) -> Self {
        Self { message: error.to_string(), is_full: false }
    }
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        Self::Store { reason: error.message }
    }
}

impl From<StoreError> for ReadError {
    fn from(error: StoreError) -> Self {
        Self::Store { reason: error.message }
    }
}

/// One stored row of the log.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) index: u64,
    pub(crate) leaf: Vec<u8>,
    pub(crate) record: Vec<u8>,
    pub(crate) step: Vec<u8>,
    pub(crate) step_sum: Vec<u8>,
}

/// One stored snapshot: the state after all records before `index`.
#[derive(Clone, Debug)]
pub(crate) struct StoredSnapshot {
    pub(crate) index: u64,
    pub(crate) state: Vec<u8>,
    pub(crate) state_sum: Vec<u8>,
}

/// The writer's connection.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Connection,
}

impl Store {
    /// Opens or makes the database of the log whose verifier key is `key`.
    pub(crate) fn open(folder: &Path, key: &str) -> Result<Self, OpenError> {
        let connection = Connection::open(folder.join(DATABASE_FILE)).map_err(StoreError::from)?;
        let mut store = Self { connection };
        store.prepare(key)?;
        let found: String = store.log_key()?;
        if found != key {
            return Err(OpenError::OtherLog { found, expected: key.to_owned() });
        }
        Ok(store)
    }

    fn prepare(&mut self, key: &str) -> Result<(), OpenError> {
        let found = self.begin().map_err(StoreError::from)?;
        match found {
            0 => {
                let transaction = self.connection.transaction().map_err(StoreError::from)?;
                transaction.execute_batch(TABLES).map_err(StoreError::from)?;
                transaction.execute("INSERT INTO log (key) VALUES (?1)", [key]).map_err(StoreError::from)?;
                transaction.pragma_update(None, "user_version", FORMAT).map_err(StoreError::from)?;
                Ok(transaction.commit().map_err(StoreError::from)?)
            }
            FORMAT => Ok(()),
            found => Err(OpenError::Format { found, expected: FORMAT }),
        }
    }

    /// Durable before every answer: the write-ahead log is synchronised at each commit.
    fn begin(&self) -> Result<i64, rusqlite::Error> {
        self.connection.pragma_update(None, "journal_mode", "wal")?;
        self.connection.pragma_update(None, "synchronous", "full")?;
        self.connection.pragma_update(None, "trusted_schema", false)?;
        self.connection.set_prepared_statement_cache_capacity(16);
        self.connection.pragma_query_value(None, "user_version", |row| row.get(0))
    }

    fn log_key(&self) -> Result<String, StoreError> {
        Ok(self.connection.query_row("SELECT key FROM log", [], |row| row.get(0))?)
    }

    /// Writes everything or nothing. When this returns, it is durable.
    pub(crate) fn append(
        &mut self,
        entries: &[Entry],
        checkpoint: &str,
        snapshot: Option<(u64, &[u8])>,
    ) -> Result<(), StoreError> {
        let written = self.try_append(entries, checkpoint, snapshot);
        // A transaction that could not be rolled back would show rows that are not durable.
        let is_clean = self.connection.is_autocommit();
        written.map_err(|error| StoreError { is_full: error.is_full && is_clean, ..error })
    }

    fn try_append(
        &mut self,
        entries: &[Entry],
        checkpoint: &str,
        snapshot: Option<(u64, &[u8])>,
    ) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO entry (ix, decision, leaf, record, step, step_sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?;
            for Entry { sealed, step } in entries {
                let step = postcard::to_stdvec::<Step>(step)?;
                let record = &sealed.record;
                let leaf = sealed.leaf_hash.0.as_slice();
                let index = index_to_sql(record.index)?;
                insert.execute(params![index, record.decision_id, leaf, sealed.bytes, step, sum(&step)])?;
            }
        }
        set_checkpoint(&transaction, checkpoint)?;
        if let Some((index, state)) = snapshot {
            let index = index_to_sql(index)?;
            transaction.execute("DELETE FROM snapshot", [])?;
            let insert = "INSERT INTO snapshot (ix, state, state_sum) VALUES (?1, ?2, ?3)";
            transaction.execute(insert, params![index, state, sum(state)])?;
        }
        Ok(transaction.commit()?)
    }

    /// Makes durable whatever can be read: after a crash some of it may be in the system's memory only.
    pub(crate) fn synchronise(&mut self) -> Result<(), StoreError> {
        self.connection.execute("UPDATE log SET key = key", [])?;
        Ok(())
    }

    /// Stores a checkpoint beside the records that it covers.
    pub(crate) fn keep(&self, checkpoint: &str) -> Result<(), StoreError> {
        set_checkpoint(&self.connection, checkpoint)
    }

    /// Stores the last checkpoint and folds the write-ahead log into the database.
    pub(crate) fn finish(&mut self, checkpoint: &str) -> Result<(), StoreError> {
        set_checkpoint(&self.connection, checkpoint)?;
        Ok(self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
    }

    pub(crate) fn checkpoint(&self) -> Result<Option<String>, StoreError> {
        checkpoint(&self.connection)
    }

    pub(crate) fn snapshot(&self) -> Result<Option<StoredSnapshot>, StoreError> {
        let select = "SELECT ix, state, state_sum FROM snapshot ORDER BY ix DESC LIMIT 1";
        let row = self.connection.query_row(select, [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?))
        });
        let Some((index, state, state_sum)) = row.optional()? else { return Ok(None) };
        Ok(Some(StoredSnapshot { index: index_from_sql(index)?, state, state_sum }))
    }

    /// Hands every row to `visit`, in order, until it fails.
    pub(crate) fn visit<E: From<StoreError>>(
        &self,
        mut visit: impl FnMut(Row) -> Result<(), E>,
    ) -> Result<(), E> {
        let select = "SELECT ix, leaf, record, step, step_sum FROM entry ORDER BY ix";
        let mut statement = self.connection.prepare(select).map_err(StoreError::from)?;
        let mut rows = statement.query([]).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            visit(read_row(row)?)?;
        }
        Ok(())
    }

    /// The place of a decision.
    pub(crate) fn index_of(&self, decision_id: &str) -> Result<Option<u64>, StoreError> {
        index_of(&self.connection, decision_id)
    }

    /// The bytes of a record.
    pub(crate) fn record(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        record(&self.connection, index)
    }

    #[cfg(test)]
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }
}

/// A connection that only reads; it never waits for the writer.
#[derive(Debug)]
pub(crate) struct Reader {
    connection: Mutex<Connection>,
}

impl Reader {
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(folder.join(DATABASE_FILE), flags)?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    pub(crate) fn index_of(&self, decision_id: &str) -> Result<Option<u64>, StoreError> {
        index_of(&self.connection.lock().unwrap_or_else(PoisonError::into_inner), decision_id)
    }

    pub(crate) fn checkpoint(&self) -> Result<Option<String>, StoreError> {
        checkpoint(&self.connection.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn record(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        record(&self.connection.lock().unwrap_or_else(PoisonError::into_inner), index)
    }

    pub(crate) fn step(&self, index: u64) -> Result<Option<Step>, StoreError> {
        step(&self.connection.lock().unwrap_or_else(PoisonError::into_inner), index)
    }
}

/// Damage to what the state is rebuilt from must show, whether or not it still decodes.
pub(crate) fn sum(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn index_of(connection: &Connection, decision_id: &str) -> Result<Option<u64>, StoreError> {
    let mut select = connection.prepare_cached("SELECT ix FROM entry WHERE decision = ?1")?;
    select.query_row([decision_id], |row| row.get(0)).optional()?.map(index_from_sql).transpose()
}

fn record(connection: &Connection, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let mut select = connection.prepare_cached("SELECT record FROM entry WHERE ix = ?1")?;
    Ok(select.query_row([index_to_sql(index)?], |row| row.get(0)).optional()?)
}

/// What stands behind a record.
fn step(connection: &Connection, index: u64) -> Result<Option<Step>, StoreError> {
    let mut select = connection.prepare_cached("SELECT step, step_sum FROM entry WHERE ix = ?1")?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, Vec<u8>>(1)?));
    let Some((bytes, found)) = select.query_row([index_to_sql(index)?], read).optional()? else {
        return Ok(None);
    };
    if sum(&bytes).as_slice() != found {
        return Err(StoreError {
            message: format!("what stands behind record {index} is damaged"),
            is_full: false,
        });
    }
    Ok(Some(postcard::from_bytes(&bytes)?))
}

fn checkpoint(connection: &Connection) -> Result<Option<String>, StoreError> {
    let text = connection.query_row("SELECT text FROM checkpoint", [], |row| row.get(0));
    Ok(text.optional()?)
}

fn set_checkpoint(connection: &Connection, text: &str) -> Result<(), StoreError> {
    connection.execute("INSERT OR REPLACE INTO checkpoint (id, text) VALUES (0, ?1)", [text])?;
    Ok(())
}

fn read_row(row: &rusqlite::Row<'_>) -> Result<Row, StoreError> {
    let index = index_from_sql(row.get(0)?)?;
    Ok(Row { index, leaf: row.get(1)?, record: row.get(2)?, step: row.get(3)?, step_sum: row.get(4)? })
}

fn index_to_sql(index: u64) -> Result<i64, StoreError> {
    i64::try_from(index).map_err(|_| out_of_range())
}

fn index_from_sql(index: i64) -> Result<u64, StoreError> {
    u64::try_from(index).map_err(|_| out_of_range())
}

fn out_of_range() -> StoreError {
    StoreError { message: "a place beyond the log".to_owned(), is_full: false }
}

/// The leaf hash that a row stores.
pub(crate) fn leaf_hash(bytes: &[u8]) -> Option<Hash> {
    bytes.try_into().map(Hash).ok()
}
