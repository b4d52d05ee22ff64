//! The memory that lets a DPoP proof be used once (RFC 9449, section 11.1).
//!
//! It holds a fixed number of digests and forgets one only when its proof can no longer be accepted. When it is full
//! it refuses: forgetting a live proof would let it in a second time.

use crate::jose::Thumbprint;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

const SHARDS: usize = 64;
const BUCKET_MS: i64 = 1000;

/// What identifies one use of a proof: its key, its target and its `jti`. Two agents that choose the same `jti` do not
/// meet here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ProofDigest([u8; 32]);

impl ProofDigest {
    /// The digest of a proof. The two parts before `jti` are of fixed length or length-prefixed, so no two proofs
    /// share a text.
    #[must_use]
    pub fn new(jkt: &Thumbprint, htu: &str, jti: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(jkt.as_bytes());
        hash.update(u64::try_from(htu.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(htu.as_bytes());
        hash.update(jti.as_bytes());
        Self(hash.finalize().into())
    }

    /// The raw digest.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn shard(&self) -> usize {
        let [first, ..] = self.0;
        usize::from(first)
    }
}

/// Why a proof was not remembered, and so must not be accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The proof has been used.
    #[error("the proof has been used before")]
    Replayed,
    /// Every slot holds a proof that is still live.
    #[error("the replay memory is full")]
    Full,
    /// The proof would already be forgotten: the clock went back, or the caller did not check the window.
    #[error("the proof is older than the replay memory")]
    TooOld,
    /// The proof may have been used with an earlier run of this server.
    #[error("the proof is from before the server started")]
    BeforeStart,
}

/// How the last run of the server ended, as far as its proofs are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PreviousRun {
    /// There was none.
    Never,
    /// It stopped in order and left the latest `iat` it had accepted.
    Stopped {
        /// [`ReplayGuard::latest_iat_ms`] at its end.
        latest_iat_ms: i64,
    },
    /// It ended without a word, so it may have accepted proofs dated as far ahead as the window allows.
    Unknown,
}

/// The earliest `iat` a new run may accept without any memory of the last one. Proofs from before the start are out in
/// any case; a proof dated ahead of its time by a fast client clock may be younger than the start and yet used.
#[must_use]
pub fn replay_floor_ms(previous: PreviousRun, start_ms: i64, window_ms: i64) -> i64 {
    match previous {
        PreviousRun::Never => start_ms,
        PreviousRun::Stopped { latest_iat_ms } => start_ms.max(latest_iat_ms.saturating_add(1)),
        PreviousRun::Unknown => start_ms.saturating_add(window_ms).saturating_add(1),
    }
}

/// Remembers used proofs. All methods take `&self`; of any number of parallel inserts of one proof exactly one wins.
#[derive(Debug)]
pub struct ReplayGuard {
    shards: Vec<Mutex<Shard>>,
    entries: AtomicUsize,
    entries_max: usize,
    floor_ms: i64,
    latest_iat_ms: AtomicI64,
}

/// The lock is held for one insert and the removal of what expired.
#[derive(Debug, Default)]
struct Shard {
    live: HashSet<[u8; 32]>,
    by_expiry: BTreeMap<i64, Vec<[u8; 32]>>,
    purged_until_ms: i64,
}

impl ReplayGuard {
    /// A memory for `entries_max` proofs that refuses proofs issued before `floor_ms` (see [`replay_floor_ms`]).
    #[must_use]
    pub fn new(entries_max: usize, floor_ms: i64) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            entries: AtomicUsize::new(0),
            entries_max,
            floor_ms,
            latest_iat_ms: AtomicI64::new(i64::MIN),
        }
    }

    /// Whether a proof of this age may be looked at; cheap, and meant to come before its signature is verified.
    ///
    /// # Errors
    /// [`ReplayError::BeforeStart`].
    pub fn admits(&self, iat_ms: i64) -> Result<(), ReplayError> {
        if iat_ms < self.floor_ms { Err(ReplayError::BeforeStart) } else { Ok(()) }
    }

    /// Remembers a proof until `expires_ms`, which the caller computes once as `iat` + window + skew.
    ///
    /// # Errors
    /// [`ReplayError`]; the proof must then be refused.
    pub fn insert(
        &self,
        proof: ProofDigest,
        iat_ms: i64,
        expires_ms: i64,
        now_ms: i64,
    ) -> Result<(), ReplayError> {
        self.admits(iat_ms)?;
        self.latest_iat_ms.fetch_max(iat_ms, Ordering::AcqRel);
        match self.try_insert(proof, expires_ms, now_ms) {
            Err(ReplayError::Full) => {
                for shard in &self.shards {
                    self.purge(&mut lock(shard), now_ms);
                }
                self.try_insert(proof, expires_ms, now_ms)
            }
            result => result,
        }
    }

    fn try_insert(&self, proof: ProofDigest, expires_ms: i64, now_ms: i64) -> Result<(), ReplayError> {
        let Some(shard) = self.shards.get(proof.shard() % SHARDS) else { return Err(ReplayError::Full) };
        let mut shard = lock(shard);
        self.purge(&mut shard, now_ms);
        if shard.live.contains(proof.as_bytes()) {
            return Err(ReplayError::Replayed);
        }
        if expires_ms < shard.purged_until_ms {
            return Err(ReplayError::TooOld);
        }
        let more = |entries: usize| (entries < self.entries_max).then(|| entries.saturating_add(1));
        self.entries
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, more)
            .map_err(|_| ReplayError::Full)?;
        shard.live.insert(proof.0);
        shard.by_expiry.entry(expires_ms.div_euclid(BUCKET_MS)).or_default().push(proof.0);
        Ok(())
    }

    /// Forgets the buckets that lie wholly in the past.
    fn purge(&self, shard: &mut Shard, now_ms: i64) {
        let current = now_ms.div_euclid(BUCKET_MS);
        while let Some(bucket) = shard.by_expiry.first_entry().filter(|bucket| *bucket.key() < current) {
            for digest in bucket.remove() {
                shard.live.remove(&digest);
                self.entries.fetch_sub(1, Ordering::AcqRel);
            }
        }
        shard.purged_until_ms = shard.purged_until_ms.max(current.saturating_mul(BUCKET_MS));
    }

    /// How many proofs are remembered now.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.entries.load(Ordering::Acquire)
    }

    /// The latest `iat` that was seen, for the next run's [`replay_floor_ms`]. `i64::MIN` when there was none.
    #[must_use]
    pub fn latest_iat_ms(&self) -> i64 {
        self.latest_iat_ms.load(Ordering::Acquire)
    }
}

/// A panic elsewhere leaves a shard as it was between two statements, of which none can panic: the lock stays usable.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
