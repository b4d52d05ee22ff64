//! Reads that are possible while the writer works.

use std::io;
use std::path::Path;
use std::sync::Arc;

use permit_audit::{InclusionProof, LogKey};
use permit_ledger::{Balance, HoldId, ReviewError, ReviewId, ReviewState};
use permit_types::charge::{Account, Unit};
use permit_types::digest::Digest;

use crate::receipt::ReadError;
use crate::shared::{Head, Shared};
use crate::step::Step;
use crate::store::StoreReader;

/// Reads the log up to the last signed checkpoint, and the ledger. Clones share what they read from.
///
/// Whatever returns a [`ReadError`] asks the store, except [`JournalReader::inclusion`]: it may wait for a disk and is not for the
/// threads of an asynchronous runtime.
#[derive(Clone, Debug)]
pub struct JournalReader {
    shared: Arc<Shared>,
    store: Arc<dyn StoreReader>,
    key: LogKey,
}

impl JournalReader {
    pub(crate) fn new(shared: Arc<Shared>, store: Arc<dyn StoreReader>, key: LogKey) -> Self {
        Self { shared, store, key }
    }

    /// The log's verifier key.
    #[must_use]
    pub fn key(&self) -> &LogKey {
        &self.key
    }

    /// The last signed checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> Arc<str> {
        self.shared.head().text
    }

    /// How many records the last signed checkpoint covers.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.shared.head().size
    }

    /// The bytes of the record at `index`.
    ///
    /// # Errors
    /// [`ReadError`]; a record that no checkpoint covers yet is not found.
    pub fn record(&self, index: u64) -> Result<Vec<u8>, ReadError> {
        self.covered(index)?;
        self.store.record(index)?.ok_or(ReadError::NotFound)
    }

    /// The place of the decision `decision_id`.
    ///
    /// # Errors
    /// [`ReadError`].
    pub fn index_of(&self, decision_id: &str) -> Result<u64, ReadError> {
        let index = self.store.index_of(decision_id)?.ok_or(ReadError::NotFound)?;
        self.covered(index)?;
        Ok(index)
    }

    /// The path of the record at `index` to the root of the last checkpoint, and that checkpoint.
    ///
    /// # Errors
    /// [`ReadError::NotFound`] when the checkpoint does not cover the record.
    pub fn inclusion(&self, index: u64) -> Result<(InclusionProof, Arc<str>), ReadError> {
        let Head { size, text, .. } = self.shared.head();
        let proof = self.shared.tree().inclusion(index, size).map_err(|_| ReadError::NotFound)?;
        Ok((proof, text))
    }

    /// What the windows of `account` hold at `now_ms`. It may be ahead of the checkpoint by the batch that is being
    /// written.
    #[must_use]
    pub fn balances(&self, account: &Account, now_ms: i64) -> Vec<Balance> {
        self.shared.ledger().balances(account, now_ms)
    }

    /// What the open hold of the decision `decision_id` counts under `budget`.
    ///
    /// # Errors
    /// [`ReadError::NotFound`] when there is no such hold, or it holds nothing of that name.
    pub fn held_unit(&self, decision_id: &str, budget: &str) -> Result<Unit, ReadError> {
        let id = HoldId(self.index_of(decision_id)?);
        self.shared.ledger().held_unit(id, budget).cloned().ok_or(ReadError::NotFound)
    }

    /// The reviews that wait for approvals at `now_ms`, oldest first. Those that no checkpoint covers yet are left out.
    #[must_use]
    pub fn pending_reviews(&self, now_ms: i64) -> Vec<ReviewState> {
        let mut pending = self.shared.ledger().pending_reviews(now_ms);
        let size = self.size();
        pending.retain(|review| review.id.0 < size);
        pending
    }

    /// Where the review stands that record `index` opened and that has this digest.
    ///
    /// # Errors
    /// [`ReviewError`] says how it ended.
    pub fn review(&self, index: u64, digest: Digest, now_ms: i64) -> Result<ReviewState, ReviewError> {
        self.shared.ledger().review(ReviewId(index), digest.0, now_ms)
    }

    /// What persons are shown of the review that record `index` opened.
    ///
    /// # Errors
    /// [`ReadError`]; a record that opened no review is not found.
    pub fn review_content(&self, index: u64) -> Result<String, ReadError> {
        self.step(index)?.review_content.ok_or(ReadError::NotFound)
    }

    /// The disclosures that open the commitments of record `index`.
    ///
    /// # Errors
    /// [`ReadError`]; whoever is given them learns arguments and claims.
    pub fn openings(&self, index: u64) -> Result<Vec<String>, ReadError> {
        Ok(self.step(index)?.openings)
    }

    /// What is kept beside record `index`.
    fn step(&self, index: u64) -> Result<Step, ReadError> {
        self.covered(index)?;
        let rows = self.store.rows(index, 1)?;
        let row = rows.first().filter(|(found, _)| *found == index).map(|(_, row)| row);
        let damaged = || ReadError::Store { reason: format!("what stands behind record {index} is damaged") };
        Step::of_row(row.ok_or(ReadError::NotFound)?).ok_or_else(damaged)
    }

    /// Writes the log, up to the last checkpoint, as a directory that anyone can audit offline.
    ///
    /// # Errors
    /// [`ReadError::Export`]; nothing is left behind.
    pub fn export(&self, target: &Path) -> Result<(), ReadError> {
        let Head { size, text, .. } = self.shared.head();
        let records = (0..size).map(|index| {
            let record = self.store.record(index).map_err(io::Error::other)?;
            record.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))
        });
        Ok(permit_audit::export(target, text.as_bytes(), &self.key, records)?)
    }

    /// Why nothing can be recorded.
    pub(crate) fn failure(&self) -> Option<String> {
        self.shared.failure()
    }

    fn covered(&self, index: u64) -> Result<(), ReadError> {
        if index < self.shared.head().size { Ok(()) } else { Err(ReadError::NotFound) }
    }
}
