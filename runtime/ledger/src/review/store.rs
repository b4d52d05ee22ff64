//! All reviews that still matter, by digest.

use std::collections::{BTreeMap, BTreeSet};

use permit_types::review::Review;
use serde::{Deserialize, Serialize};

use permit_types::review::DECLINED_MS;

use super::{ReviewDenial, ReviewError, ReviewId, ReviewState, ReviewVote};

/// One review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    id: ReviewId,
    rule: String,
    needed: u16,
    expires_ms: i64,
    /// When it may be forgotten, however it ended.
    forget_ms: i64,
    approved_by: Vec<String>,
    end: Option<End>,
}

/// How a review ended before its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum End {
    Declined(String),
    Used,
}

/// All reviews. The index is not stored, it follows from the rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reviews {
    entries: BTreeMap<[u8; 32], Entry>,
    /// The digests by when they may be forgotten.
    #[serde(skip)]
    over: BTreeSet<(i64, [u8; 32])>,
}

/// Where the review of a request stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReviewProgress {
    /// A review is to be opened.
    New(ReviewState),
    /// Its review waits.
    Pending(ReviewState),
    /// Its review is approved and not used yet.
    Approved(ReviewState),
}

impl Reviews {
    /// How many are remembered at `now_ms`, over or not.
    pub(crate) fn is_full(&self, now_ms: i64, max: usize) -> bool {
        // What may be forgotten makes room, and is forgotten when the next one is opened.
        self.entries.len() >= max && self.over.first().is_none_or(|&(forget_ms, _)| forget_ms > now_ms)
    }

    /// What the review of a request says; if it has ended without a grant, how it stood and ended.
    pub(crate) fn status(
        &self,
        now_ms: i64,
        id: ReviewId,
        review: &Review,
    ) -> Result<ReviewProgress, (Box<ReviewState>, ReviewDenial)> {
        let remembered = self.entries.get(&review.digest).filter(|entry| entry.forget_ms > now_ms);
        let Some(entry) = remembered.filter(|entry| entry.end != Some(End::Used)) else {
            return Ok(ReviewProgress::New(ReviewState {
                id,
                digest: review.digest,
                rule: review.rule.clone(),
                needed: review.needed,
                approved_by: Vec::new(),
                expires_ms: now_ms.saturating_add(review.timeout_ms),
            }));
        };
        let state = entry.state(review.digest);
        match &entry.end {
            Some(End::Declined(person)) => {
                Err((Box::new(state), ReviewDenial::Declined { person: person.clone() }))
            }
            _ if entry.expires_ms <= now_ms => Err((Box::new(state), ReviewDenial::TimedOut)),
            _ if entry.is_approved() => Ok(ReviewProgress::Approved(state)),
            _ => Ok(ReviewProgress::Pending(state)),
        }
    }

    /// Opens a review that [`Self::status`] found new.
    pub(crate) fn open(&mut self, now_ms: i64, review: &Review, state: &ReviewState) {
        self.forget(now_ms);
        let ReviewState { id, rule, needed, expires_ms, .. } = state.clone();
        let forget_ms = expires_ms.saturating_add(review.timeout_ms);
        let entry = Entry { id, rule, needed, expires_ms, forget_ms, approved_by: Vec::new(), end: None };
        self.replace(review.digest, entry);
    }

    /// Marks an approved review as used, so that it never stands for a second grant.
    pub(crate) fn take(&mut self, digest: [u8; 32]) {
        if let Some(entry) = self.entries.get(&digest) {
            let used = Entry { end: Some(End::Used), forget_ms: entry.expires_ms, ..entry.clone() };
            self.replace(digest, used);
        }
    }

    /// Where the review of `vote` would stand after an approval.
    pub(crate) fn approved(&self, now_ms: i64, vote: &ReviewVote) -> Result<ReviewState, ReviewError> {
        let mut state = self.state(now_ms, vote.review, vote.digest)?;
        let is_open = state.approved_by.len() < usize::from(state.needed);
        if is_open && !state.approved_by.contains(&vote.person) {
            state.approved_by.push(vote.person.clone());
        }
        Ok(state)
    }

    pub(crate) fn approve(&mut self, state: &ReviewState) {
        if let Some(entry) = self.entries.get_mut(&state.digest) {
            entry.approved_by.clone_from(&state.approved_by);
        }
    }

    pub(crate) fn decline(&mut self, now_ms: i64, vote: &ReviewVote) {
        if let Some(entry) = self.entries.get(&vote.digest) {
            let end = Some(End::Declined(vote.person.clone()));
            let declined = Entry { end, forget_ms: now_ms.saturating_add(DECLINED_MS), ..entry.clone() };
            self.replace(vote.digest, declined);
        }
    }

    /// The reviews that wait for approvals, oldest first.
    pub(crate) fn pending(&self, now_ms: i64) -> Vec<ReviewState> {
        let waits = |entry: &Entry| entry.end.is_none() && entry.expires_ms > now_ms && !entry.is_approved();
        let waiting = self.entries.iter().filter(|(_, entry)| waits(entry));
        let mut states: Vec<_> = waiting.map(|(&digest, entry)| entry.state(digest)).collect();
        states.sort_unstable_by_key(|state| state.id);
        states
    }

    /// Where a review stands, if it can still be approved, declined or used.
    pub(crate) fn state(
        &self,
        now_ms: i64,
        id: ReviewId,
        digest: [u8; 32],
    ) -> Result<ReviewState, ReviewError> {
        self.live(now_ms, id, digest).map(|entry| entry.state(digest))
    }

    fn live(&self, now_ms: i64, id: ReviewId, digest: [u8; 32]) -> Result<&Entry, ReviewError> {
        let entry = self.entries.get(&digest).filter(|entry| entry.id == id);
        let entry = entry.filter(|entry| entry.forget_ms > now_ms).ok_or(ReviewError::Unknown)?;
        match entry.end {
            Some(End::Declined(_)) => Err(ReviewError::Declined),
            Some(End::Used) => Err(ReviewError::Used),
            None if entry.expires_ms <= now_ms => Err(ReviewError::TimedOut),
            None => Ok(entry),
        }
    }

    fn replace(&mut self, digest: [u8; 32], entry: Entry) {
        self.over.insert((entry.forget_ms, digest));
        let forget_ms = entry.forget_ms;
        if let Some(old) = self.entries.insert(digest, entry).filter(|old| old.forget_ms != forget_ms) {
            self.over.remove(&(old.forget_ms, digest));
        }
    }

    /// Drops what is over.
    pub(crate) fn forget(&mut self, now_ms: i64) {
        while let Some(&(forget_ms, digest)) = self.over.first() {
            if forget_ms > now_ms {
                break;
            }
            self.over.pop_first();
            self.entries.remove(&digest);
        }
    }

    /// Rebuilds what is not stored.
    pub(crate) fn reindex(&mut self) {
        self.over = self.entries.iter().map(|(&digest, entry)| (entry.forget_ms, digest)).collect();
    }
}

impl Entry {
    fn is_approved(&self) -> bool {
        self.approved_by.len() >= usize::from(self.needed)
    }

    fn state(&self, digest: [u8; 32]) -> ReviewState {
        let Self { id, rule, needed, expires_ms, approved_by, .. } = self.clone();
        ReviewState { id, digest, rule, needed, approved_by, expires_ms }
    }
}
