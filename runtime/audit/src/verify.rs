//! The offline verifier: a full audit of a log directory with nothing but the log's public key.

use std::io;
use std::path::{Path, PathBuf};

use permit_types::verdict::Outcome;
use serde::Deserialize;

use crate::checkpoint::{CHECKPOINT_BYTES_MAX, Checkpoint, CheckpointError};
use crate::hash::Hash;
use crate::key::{KeyError, LogKey};
use crate::record::{Body, Digest, RECORD_BYTES_MAX, Record, RecordError};
use crate::reviews::{ReviewFault, Reviews};
use crate::rules::{self, RuleError};
use crate::tiles::{CHECKPOINT_FILE, Row, TILE_WIDTH, Tile, TileStream};

mod folder;
mod report;

pub use self::report::Report;

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
    /// What it says of a review does not follow from the records before it.
    #[error(transparent)]
    Review(#[from] ReviewFault),
    /// It was decided by another policy than the one that the records before it say is in force.
    #[error("it was decided by the policy {decided_by}, and {in_force} was in force")]
    Policy {
        /// The policy that it names.
        decided_by: Digest,
        /// The policy that the genesis or the last change of the policy names.
        in_force: Digest,
    },
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

/// Reads the public key from `path`, which must not lie inside the directory `log`.
///
/// # Errors
/// [`VerifyError::KeyInside`], [`VerifyError::Key`] or [`VerifyError::Io`].
pub fn read_key(path: &Path, log: &Path) -> Result<LogKey, VerifyError> {
    folder::read_key(path, log)
}

/// Audits the whole log directory `log`: the checkpoint, every record, every hash tile, and that there is no other
/// file. With `older`, a checkpoint that was saved before, also that the log only grew since.
///
/// A sound directory says nothing about records that came after its checkpoint: an operator who serves an old copy
/// is found by `older` alone.
///
/// # Errors
/// [`VerifyError`] names the first record or file that is wrong.
pub fn verify(log: &Path, key: &LogKey, older: Option<&[u8]>) -> Result<Report, VerifyError> {
    let text = folder::read(log, CHECKPOINT_FILE, CHECKPOINT_BYTES_MAX)?;
    let head = Checkpoint::parse(&text, key).map_err(VerifyError::Checkpoint)?;
    let older = older.map(|text| Checkpoint::parse(text, key)).transpose().map_err(VerifyError::Older)?;
    if let Some(older) = older.as_ref().filter(|older| older.size > head.size) {
        return Err(VerifyError::Rollback { older: older.size, size: head.size });
    }
    let mut audit = Audit::new(log, key, head, older);
    for n in 0..Row::Entries.files(audit.head.size) {
        audit.bundle(n)?;
    }
    audit.finish()
}

/// An audit on its way through the bundles. Its memory is one bundle, one tile of each level, and the reviews that still
/// matter.
struct Audit<'a> {
    log: &'a Path,
    key: &'a LogKey,
    head: Checkpoint,
    older: Option<Checkpoint>,
    stream: TileStream,
    reviews: Reviews,
    /// The policy that decides; `None` before the genesis.
    in_force: Option<Digest>,
    report: Report,
}

impl<'a> Audit<'a> {
    fn new(log: &'a Path, key: &'a LogKey, head: Checkpoint, older: Option<Checkpoint>) -> Self {
        let report = Report {
            allowed: 0,
            approvals: 0,
            confirmed: 0,
            decisions: 0,
            declines: 0,
            denied: 0,
            expired: 0,
            origin: head.origin.clone(),
            policies: 0,
            records: 0,
            released: 0,
            reviews: 0,
            root: Hash::of_empty_tree(),
            first_ms: None,
            last_ms: None,
        };
        let (stream, reviews) = (TileStream::default(), Reviews::default());
        Self { log, key, head, older, stream, reviews, in_force: None, report }
    }

    fn bundle(&mut self, n: u64) -> Result<(), VerifyError> {
        let width = Row::Entries.width(n, self.head.size);
        let path = Row::Entries.path(n, width);
        // A bundle has at most 256 records, so the product is small.
        let bytes_max = usize::try_from(width).unwrap_or(0) * (2 + RECORD_BYTES_MAX);
        let bundle = folder::read(self.log, &path, bytes_max)?;
        let mut rest = bundle.as_slice();
        for index in n * TILE_WIDTH..n * TILE_WIDTH + width {
            let truncated =
                || VerifyError::Record { index, decision_id: None, fault: RecordFault::Truncated };
            let (length, behind) = rest.split_first_chunk::<2>().ok_or_else(truncated)?;
            let length = usize::from(u16::from_be_bytes(*length));
            let (record, behind) = behind.split_at_checked(length).ok_or_else(truncated)?;
            rest = behind;
            self.record(index, record)?;
        }
        let bytes = u64::try_from(bundle.len()).unwrap_or(u64::MAX);
        if rest.is_empty() { Ok(()) } else { Err(VerifyError::FileSize { path, bytes }) }
    }

    fn record(&mut self, index: u64, bytes: &[u8]) -> Result<(), VerifyError> {
        let root = self.stream.root();
        self.compare_older(index, root)?;
        let record = self.check_record(index, bytes, root).map_err(|fault| VerifyError::Record {
            index,
            decision_id: readable_decision_id(bytes),
            fault,
        })?;
        self.count(&record);
        for tile in self.stream.append(Hash::of_leaf(bytes)) {
            self.tile(&tile)?;
        }
        Ok(())
    }

    fn check_record(&mut self, index: u64, bytes: &[u8], root: Hash) -> Result<Record, RecordFault> {
        let record = Record::parse(bytes)?;
        if record.index != index {
            return Err(RecordFault::Index { found: record.index });
        }
        if self.report.last_ms.is_some_and(|last_ms| record.timestamp_ms < last_ms) {
            return Err(RecordFault::Timestamp);
        }
        rules::check(&record, self.key.origin())?;
        if !record.is_signed_by(self.key) {
            return Err(RecordFault::Signature);
        }
        if record.merkle_root != root {
            return Err(RecordFault::MerkleRoot);
        }
        self.follow_policy(&record.body)?;
        self.reviews.follow(&record)?;
        Ok(record)
    }

    fn follow_policy(&mut self, body: &Body) -> Result<(), RecordFault> {
        match body {
            Body::Genesis(genesis) => self.in_force = Some(genesis.policy),
            Body::Policy(change) => self.in_force = Some(change.policy),
            Body::Decision(decision) => {
                let decided_by = decision.policy;
                if let Some(in_force) = self.in_force.filter(|in_force| *in_force != decided_by) {
                    return Err(RecordFault::Policy { decided_by, in_force });
                }
            }
            Body::Confirm(_) | Body::Release(_) | Body::Expiry(_) | Body::Approval(_) | Body::Decline(_) => {}
        }
        Ok(())
    }

    fn compare_older(&self, size: u64, root: Hash) -> Result<(), VerifyError> {
        match &self.older {
            Some(older) if older.size == size && older.root != root => {
                Err(VerifyError::Fork { older: older.size })
            }
            _ => Ok(()),
        }
    }

    fn count(&mut self, record: &Record) {
        let report = &mut self.report;
        report.records += 1;
        report.first_ms.get_or_insert(record.timestamp_ms);
        report.last_ms = Some(record.timestamp_ms);
        match &record.body {
            Body::Genesis(_) => {}
            Body::Decision(decision) => {
                report.decisions += 1;
                match decision.outcome {
                    Outcome::Allow => report.allowed += 1,
                    Outcome::Deny => report.denied += 1,
                    Outcome::Review => report.reviews += 1,
                }
            }
            Body::Confirm(_) => report.confirmed += 1,
            Body::Release(_) => report.released += 1,
            Body::Expiry(_) => report.expired += 1,
            Body::Policy(_) => report.policies += 1,
            Body::Approval(_) => report.approvals += 1,
            Body::Decline(_) => report.declines += 1,
        }
    }

    /// Compares the stored tile with the rebuilt one.
    fn tile(&self, tile: &Tile) -> Result<(), VerifyError> {
        let (path, expected) = (tile.path(), tile.bytes());
        let stored = folder::read(self.log, &path, expected.len())?;
        if stored.len() != expected.len() {
            let bytes = u64::try_from(stored.len()).unwrap_or(u64::MAX);
            return Err(VerifyError::FileSize { path, bytes });
        }
        let wrong =
            stored.chunks(32).zip(expected.chunks(32)).position(|(stored, expected)| stored != expected);
        let Some(slot) = wrong.and_then(|slot| u64::try_from(slot).ok()) else { return Ok(()) };
        let under = 1 << (8 * tile.level);
        let first = (tile.n * TILE_WIDTH + slot) * under;
        Err(VerifyError::Tile { path, first, last: first + under - 1 })
    }

    fn finish(mut self) -> Result<Report, VerifyError> {
        let (root, size) = (self.stream.root(), self.head.size);
        self.compare_older(size, root)?;
        for tile in std::mem::take(&mut self.stream).into_rest() {
            self.tile(&tile)?;
        }
        if root != self.head.root {
            return Err(VerifyError::Root { size, signed: self.head.root, found: root });
        }
        folder::no_other_files(self.log, size)?;
        self.report.root = root;
        Ok(self.report)
    }
}

/// The decision id of bytes that may not be a sound record.
fn readable_decision_id(bytes: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Probe {
        decision_id: Option<String>,
    }
    let probe: Probe = serde_json::from_slice(bytes).ok()?;
    probe.decision_id.filter(|id| id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_graphic()))
}

#[cfg(test)]
mod tests;
