//! A connection that only reads; it never waits for the writer.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags, OptionalExtension as _};

use super::{DATABASE_FILE, assert_may_block, index_from_sql, index_to_sql};
use crate::store::{Row, Snapshot, StoreError, StoreReader};

/// A connection that only reads. Its callers take turns.
#[derive(Debug)]
pub(crate) struct SqliteReader {
    connection: Mutex<Connection>,
}

impl SqliteReader {
    /// Opens the database in `folder`, which must be there.
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(folder.join(DATABASE_FILE), flags)?;
        Ok(Self { connection: Mutex::new(connection) })
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        assert_may_block();
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StoreReader for SqliteReader {
    fn checkpoint(&self) -> Result<Option<String>, StoreError> {
        let text = self.connection().query_row("SELECT text FROM checkpoint", [], |row| row.get(0));
        Ok(text.optional()?)
    }

    fn snapshot(&self) -> Result<Option<Snapshot>, StoreError> {
        let select = "SELECT size, state, state_sum FROM snapshot";
        let row = self.connection().query_row(select, [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?))
        });
        let Some((size, state, state_sum)) = row.optional()? else { return Ok(None) };
        Ok(Some(Snapshot { size: index_from_sql(size)?, state, state_sum }))
    }

    fn rows(&self, from: u64, max: usize) -> Result<Vec<(u64, Row)>, StoreError> {
        let connection = self.connection();
        let mut select = connection.prepare_cached(
            "SELECT ix, decision, leaf, record, step, step_sum FROM entry WHERE ix >= ?1 ORDER BY ix LIMIT ?2",
        )?;
        let max = i64::try_from(max).unwrap_or(i64::MAX);
        let mut found = select.query([index_to_sql(from)?, max])?;
        let mut rows = Vec::new();
        while let Some(row) = found.next()? {
            rows.push((index_from_sql(row.get(0)?)?, read_row(row)?));
        }
        Ok(rows)
    }

    fn record(&self, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        let connection = self.connection();
        let mut select = connection.prepare_cached("SELECT record FROM entry WHERE ix = ?1")?;
        Ok(select.query_row([index_to_sql(index)?], |row| row.get(0)).optional()?)
    }

    fn index_of(&self, decision_id: &str) -> Result<Option<u64>, StoreError> {
        let connection = self.connection();
        let mut select = connection.prepare_cached("SELECT ix FROM entry WHERE decision = ?1")?;
        select.query_row([decision_id], |row| row.get(0)).optional()?.map(index_from_sql).transpose()
    }
}

fn read_row(row: &rusqlite::Row<'_>) -> Result<Row, rusqlite::Error> {
    Ok(Row {
        decision_id: row.get(1)?,
        leaf: row.get(2)?,
        record: row.get(3)?,
        step: row.get(4)?,
        step_sum: row.get(5)?,
    })
}
