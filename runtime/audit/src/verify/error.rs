//! Why a log fails verification.

use std::io;
use std::path::PathBuf;

use crate::checkpoint::CheckpointError;
use crate::hash::Hash;
use crate::history::HistoryFault;
use crate::key::KeyError;
use crate::record::RecordError;
use crate::rules::RuleError;

/// What is wrong with one record.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordFault {
    /// Its bundle ends before it does.
    #[error("its bundle ends before it does")]
    Truncated,
    /// Its bytes are not a record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// It says what no honest log can say.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// What it says does not follow from the records before it.
    #[error(transparent)]
    History(#[from] HistoryFault),
    /// It carries another place than the one where it stands.
    #[error("it says that it is record {found}")]
    Index {
        /// The place that it carries.
        found: u64,
    },
    /// It is older than the record before it.
    #[error("its timestamp is before its predecessor's")]
    Timestamp,
    /// Its signature is not the log's over it.
    #[error("its signature is wrong")]
    Signature,
    /// The records before it are not those that it was signed over.
    #[error("the records before it are not those that it was signed over")]
    MerkleRoot,
}

impl RecordFault {
    /// The stable code, as `docs/formats/audit.md` lists it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Truncated => "truncated",
            Self::Record(error) => error.code(),
            Self::Rule(error) => error.code(),
            Self::History(fault) => fault.code(),
            Self::Index { .. } => "place",
            Self::Timestamp => "timestamp",
            Self::Signature => "signature",
            Self::MerkleRoot => "merkle_root",
        }
    }
}

/// Why a log directory is not sound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// A file cannot be read.
    #[error("{}: {kind}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the file system says.
        kind: io::ErrorKind,
    },
    /// The key file lies inside the log directory, where whoever forged the log could have put it.
    #[error("the key {} lies inside the log directory", path.display())]
    KeyInside {
        /// The key file.
        path: PathBuf,
    },
    /// The key file does not hold a verifier key.
    #[error("key: {0}")]
    Key(#[from] KeyError),
    /// The directory's checkpoint is malformed or not the log's.
    #[error("checkpoint: {0}")]
    Checkpoint(CheckpointError),
    /// The older checkpoint is malformed or not the log's.
    #[error("older checkpoint: {0}")]
    Older(CheckpointError),
    /// The log is shorter than it was.
    #[error("the log has {size} records and had {older}: it was rolled back")]
    Rollback {
        /// The older checkpoint's size.
        older: u64,
        /// The directory's size.
        size: u64,
    },
    /// The log has other records than it had.
    #[error("the first {older} records are not those of the older checkpoint: history was rewritten")]
    Fork {
        /// The older checkpoint's size.
        older: u64,
    },
    /// A file is missing.
    #[error("{path} is missing")]
    Missing {
        /// Its path in the directory.
        path: String,
    },
    /// A file is there that this log does not have.
    #[error("{path} does not belong to this log")]
    Unexpected {
        /// Its path in the directory.
        path: String,
    },
    /// A file is longer or shorter than it can be.
    #[error("{path} has {bytes} bytes, which it cannot have")]
    FileSize {
        /// Its path in the directory.
        path: String,
        /// Its length.
        bytes: u64,
    },
    /// A record is wrong.
    #[error("record {index}{}: {fault}", name_of(decision_id.as_deref()))]
    Record {
        /// Its place.
        index: u64,
        /// The decision's name, where it can be read.
        decision_id: Option<String>,
        /// What is wrong.
        fault: RecordFault,
    },
    /// A hash tile does not have the hashes of the records.
    #[error("{path} has a wrong hash for the records {first} to {last}")]
    Tile {
        /// Its path in the directory.
        path: String,
        /// The first record under the first wrong hash.
        first: u64,
        /// The last record under it.
        last: u64,
    },
    /// Every record is sound, and they are not those of the checkpoint.
    #[error("the {size} records have the root {found}, the checkpoint says {signed}")]
    Root {
        /// How many there are.
        size: u64,
        /// The checkpoint's root.
        signed: Hash,
        /// The records' root.
        found: Hash,
    },
}

fn name_of(decision_id: Option<&str>) -> String {
    decision_id.map(|id| format!(" ({id})")).unwrap_or_default()
}
