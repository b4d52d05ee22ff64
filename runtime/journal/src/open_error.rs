//! Why a journal does not start.

use std::io;
use std::path::PathBuf;

use permit_audit::{CheckpointError, RecordError, SealError};

use crate::store::{SqliteError, StoreError};

/// Why a journal does not start. No record was added, except for the first one of a new log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Another process has the folder.
    #[error("another process uses {}", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
    },
    /// The file system refuses.
    #[error("{}: {kind}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What it says.
        kind: io::ErrorKind,
    },
    /// The system starts no thread.
    #[error("the writer's thread does not start: {kind}")]
    Thread {
        /// What it says.
        kind: io::ErrorKind,
    },
    /// The store refuses.
    #[error("the store cannot be used: {0}")]
    Store(#[from] StoreError),
    /// The database is of another version of this format.
    #[error("the database has format {found}, this build reads {expected}")]
    Format {
        /// The database's format.
        found: i64,
        /// This build's format.
        expected: i64,
    },
    /// The store is another log's.
    #[error("the store belongs to the log `{found}`, not to `{expected}`")]
    OtherLog {
        /// The verifier key in the store.
        found: String,
        /// The signer's verifier key.
        expected: String,
    },
    /// A stored record is not what was written.
    #[error("record {index}: {fault}")]
    Corrupt {
        /// The record's place.
        index: u64,
        /// What is wrong.
        fault: Fault,
    },
    /// The stored snapshot is not what was written.
    #[error("the snapshot before record {index} is damaged")]
    Snapshot {
        /// The first record behind the snapshot.
        index: u64,
    },
    /// The stored checkpoint is not what was signed.
    #[error("the stored checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The log is shorter than its signed checkpoint: records were lost or taken away.
    #[error("the checkpoint is for {signed} records, the store has {found}")]
    Truncated {
        /// The checkpoint's size.
        signed: u64,
        /// How many records there are.
        found: u64,
    },
    /// The log has more or fewer records than its writers have appended.
    #[error("{appended} records were appended, the store has {found}")]
    Size {
        /// How many records were appended.
        appended: u64,
        /// How many records there are.
        found: u64,
    },
    /// The first record of the log, or of the process, cannot be sealed.
    #[error("the first record cannot be made: {0}")]
    First(SealError),
}

/// What is wrong with a stored record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is not there.
    #[error("it is missing")]
    Missing,
    /// Its bytes do not have its stored hash.
    #[error("its bytes do not have its leaf hash")]
    LeafHash,
    /// Its bytes are not a record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// It carries another place.
    #[error("it says that it is record {found}")]
    Index {
        /// The place that it carries.
        found: u64,
    },
    /// The records before it are not those that it was signed over.
    #[error("the records before it are not those that it was signed over")]
    MerkleRoot,
    /// The records up to here are not those of the signed checkpoint.
    #[error("the records up to here are not those of the signed checkpoint")]
    Checkpoint,
    /// Its signature is wrong.
    #[error("its signature is wrong")]
    Signature,
    /// The command behind it is damaged.
    #[error("the command behind it is damaged")]
    Step,
    /// The command behind it leads to another record.
    #[error("the command behind it leads to another record")]
    Replay,
}

impl From<SqliteError> for OpenError {
    fn from(error: SqliteError) -> Self {
        match error {
            SqliteError::Locked { path } => Self::Locked { path },
            SqliteError::Io { path, kind } => Self::Io { path, kind },
            SqliteError::Format { found, expected } => Self::Format { found, expected },
            SqliteError::Store(error) => Self::Store(error),
        }
    }
}
