//! A log on disk, read while another process may write it.

use std::io;
use std::path::Path;

use permit_audit::{Checkpoint, LogKey};

use crate::open_error::OpenError;
use crate::receipt::ReadError;
use crate::store::{SqliteReader, StoreReader as _};

/// A log that is only read: the server that writes it may run or not.
#[derive(Debug)]
pub struct StoredLog {
    reader: SqliteReader,
    key: LogKey,
}

impl StoredLog {
    /// Opens the log in `folder`, which must be the one of `key`.
    ///
    /// # Errors
    /// [`OpenError::Store`] when there is none.
    pub fn open(folder: &Path, key: LogKey) -> Result<Self, OpenError> {
        Ok(Self { reader: SqliteReader::open(folder)?, key })
    }

    /// Writes the log up to its last stored checkpoint as a directory that anyone can audit offline, and returns how many
    /// records that are. A running server stores its last checkpoint within a second when it is idle, else with the next batch.
    ///
    /// # Errors
    /// [`ReadError::NotFound`] when no checkpoint is stored yet; [`ReadError::Export`]; nothing is left behind.
    pub fn export(&self, target: &Path) -> Result<u64, ReadError> {
        let text = self.reader.checkpoint()?.ok_or(ReadError::NotFound)?;
        let not_ours = |error| ReadError::Store { reason: format!("the stored checkpoint: {error}") };
        let size = Checkpoint::parse(text.as_bytes(), &self.key).map_err(not_ours)?.size;
        let records = (0..size).map(|index| {
            let record = self.reader.record(index).map_err(io::Error::other)?;
            record.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        });
        permit_audit::export(target, text.as_bytes(), &self.key, records)?;
        Ok(size)
    }
}
