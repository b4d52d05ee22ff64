//! The memory of used DPoP proofs, so that each is accepted once (RFC 9449, section 11.1).
//!
//! It holds a fixed number of digests and forgets one only when its proof can no longer be accepted. When it is full it
//! rejects new proofs: forgetting a live one would allow its reuse.

use crate::jose::Thumbprint;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
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

    /// Reads what [`fmt::Display`] writes: 64 hexadecimal digits, as records carry them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse::<permit_audit::Hash>().ok().map(|hash| Self(hash.0))
    }

    fn shard(&self) -> usize {
        let [first, ..] = self.0;
        usize::from(first)
    }
}

/// 64 hexadecimal digits.
impl fmt::Display for ProofDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        permit_audit::Hash(self.0).fmt(formatter)
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
}

/// Remembers used proofs. All methods take `&self`; of any number of parallel inserts of one proof exactly one wins.
#[derive(Debug)]
pub struct ReplayGuard {
    shards: Vec<Mutex<Shard>>,
    entries: AtomicUsize,
    entries_max: usize,
}

/// The lock is held for one insert and the removal of what expired.
#[derive(Debug, Default)]
struct Shard {
    live: HashSet<[u8; 32]>,
    by_expiry: BTreeMap<i64, Vec<[u8; 32]>>,
    purged_until_ms: i64,
}

impl ReplayGuard {
    /// An empty memory for `entries_max` proofs. A server that starts again first inserts the proofs that its log shows
    /// as used; what an earlier run accepted and did not record led to no decision.
    #[must_use]
    pub fn new(entries_max: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            entries: AtomicUsize::new(0),
            entries_max,
        }
    }

    /// Remembers a proof until `expires_ms`, which the caller computes once as `iat` + window + skew.
    ///
    /// # Errors
    /// [`ReplayError`]; the proof must then be refused.
    pub fn insert(&self, proof: ProofDigest, expires_ms: i64, now_ms: i64) -> Result<(), ReplayError> {
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
}

/// A panic elsewhere leaves a shard as it was between two statements, of which none can panic: the lock stays usable.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
