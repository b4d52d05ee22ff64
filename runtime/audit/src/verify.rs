//! The offline verifier: a full audit of a log directory that needs only the log's public key.

use std::collections::BTreeMap;
use std::path::Path;

use permit_types::verdict::Outcome;
use serde::Deserialize;

use crate::checkpoint::{CHECKPOINT_BYTES_MAX, Checkpoint, CheckpointError};
use crate::hash::Hash;
use crate::history::History;
use crate::key::LogKey;
use crate::record::{Body, RECORD_BYTES_MAX, Record};
use crate::rules;
use crate::tiles::{CHECKPOINT_FILE, Row, TILE_WIDTH, Tile, TileStream};

pub use error::{RecordFault, VerifyError};
pub use report::Report;

mod error;
mod folder;
mod report;

/// Reads the public key from `path`, which must not lie inside the directory `log`.
///
/// # Errors
/// [`VerifyError::KeyInside`], [`VerifyError::Key`] or [`VerifyError::Io`].
pub fn read_key(path: &Path, log: &Path) -> Result<LogKey, VerifyError> {
    folder::read_key(path, log)
}

/// Audits the whole log directory `log`: the checkpoint, every record, every hash tile, and that there is no other
/// file. With `older`, a checkpoint that was saved before, also that the log only grew since. `key` is the one that the log
/// began with; the records say if another one replaced it.
///
/// A sound directory says nothing about records that came after its checkpoint: an operator who serves an old copy
/// is found by `older` alone.
///
/// # Errors
/// [`VerifyError`] names the first record or file that is wrong.
pub fn verify(log: &Path, key: &LogKey, older: Option<&[u8]>) -> Result<Report, VerifyError> {
    let text = folder::read(log, CHECKPOINT_FILE, CHECKPOINT_BYTES_MAX)?;
    let head = Checkpoint::parse_before_rotation(&text, key).map_err(VerifyError::Checkpoint)?;
    let older = older
        .map(|text| Checkpoint::parse_before_rotation(text, key).map(|checkpoint| Older { checkpoint, text }))
        .transpose()
        .map_err(VerifyError::Older)?;
    if let Some(older) = older.as_ref().filter(|older| older.checkpoint.size > head.size)
        && Checkpoint::parse(older.text, key).is_ok()
    {
        return Err(VerifyError::Rollback { older: older.checkpoint.size, size: head.size });
    }
    let mut audit = Audit::new(log, key, head, older);
    for n in 0..Row::Entries.files(audit.head.size) {
        audit.bundle(n).map_err(|error| match error {
            // The key is not the one that this log began with, and the checkpoint has said so already.
            VerifyError::Record { index: 0, fault: RecordFault::Signature, .. }
                if Checkpoint::parse(&text, key).is_err() =>
            {
                VerifyError::Checkpoint(CheckpointError::Unsigned)
            }
            error => error,
        })?;
    }
    audit.finish(&text)
}

/// A checkpoint that was saved before, and its text, whose signature is checked with the key that was in force then.
struct Older<'a> {
    checkpoint: Checkpoint,
    text: &'a [u8],
}

/// An audit on its way through the bundles. Its memory is one bundle, one tile of each level, and of the history what still
/// matters.
struct Audit<'a> {
    log: &'a Path,
    head: Checkpoint,
    older: Option<Older<'a>>,
    stream: TileStream,
    history: History,
    /// Whether the last record was a shutdown.
    is_shut_down: bool,
    report: Report,
}

impl<'a> Audit<'a> {
    fn new(log: &'a Path, key: &LogKey, head: Checkpoint, older: Option<Older<'a>>) -> Self {
        let report = Report {
            allowed: 0,
            approvals: 0,
            confirmed: 0,
            counted: BTreeMap::new(),
            crashes: 0,
            decisions: 0,
            declines: 0,
            denied: 0,
            expired: 0,
            kinds: BTreeMap::new(),
            origin: head.origin.clone(),
            policies: 0,
            records: 0,
            released: 0,
            reviews: 0,
            root: Hash::of_empty_tree(),
            first_ms: None,
            last_ms: None,
        };
        let (stream, history) = (TileStream::default(), History::new(key.clone()));
        Self { log, head, older, stream, history, is_shut_down: false, report }
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
        let key = self.history.key();
        rules::check(&record.place(), record.decision_id.as_deref(), Some(&record.body), key.origin())?;
        if !record.is_signed_by(key) {
            return Err(RecordFault::Signature);
        }
        if record.merkle_root != root {
            return Err(RecordFault::MerkleRoot);
        }
        self.history.follow(&record)?;
        Ok(record)
    }

    fn compare_older(&self, size: u64, root: Hash) -> Result<(), VerifyError> {
        let Some(older) = self.older.as_ref().filter(|older| older.checkpoint.size == size) else {
            return Ok(());
        };
        self.check_older(older)?;
        if older.checkpoint.root == root { Ok(()) } else { Err(VerifyError::Fork { older: size }) }
    }

    /// Checks the older checkpoint with the key that is in force here.
    fn check_older(&self, older: &Older<'_>) -> Result<(), VerifyError> {
        Checkpoint::parse(older.text, self.history.key()).map(drop).map_err(VerifyError::Older)
    }

    fn count(&mut self, record: &Record) {
        let follows_shutdown =
            std::mem::replace(&mut self.is_shut_down, matches!(record.body, Body::Shutdown(_)));
        let report = &mut self.report;
        report.records += 1;
        *report.kinds.entry(record.body.kind()).or_default() += 1;
        report.first_ms.get_or_insert(record.timestamp_ms);
        report.last_ms = Some(record.timestamp_ms);
        match &record.body {
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
            // The first start follows the genesis.
            Body::Start(_) if !follows_shutdown && report.kinds.get("start") > Some(&1) => {
                report.crashes += 1
            }
            Body::Refusals(refusals) => {
                for (cause, count) in &refusals.counts {
                    let sum = report.counted.entry(cause.clone()).or_default();
                    *sum = sum.saturating_add(*count);
                }
            }
            _ => {}
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

    fn finish(mut self, text: &[u8]) -> Result<Report, VerifyError> {
        let (root, size) = (self.stream.root(), self.head.size);
        Checkpoint::parse(text, self.history.key()).map_err(VerifyError::Checkpoint)?;
        self.compare_older(size, root)?;
        if let Some(older) = self.older.as_ref().filter(|older| older.checkpoint.size > size) {
            self.check_older(older)?;
            return Err(VerifyError::Rollback { older: older.checkpoint.size, size });
        }
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
