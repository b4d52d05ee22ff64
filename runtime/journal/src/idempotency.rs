//! Which idempotency keys have been answered, and by which record.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::step::IdempotencyKey;

/// The answered keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IdempotencyCache {
    answers: BTreeMap<[u8; 32], Answer>,
    /// The keys by the time of their answer; follows from the answers.
    #[serde(skip)]
    oldest: BTreeSet<(i64, [u8; 32])>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Answer {
    request: [u8; 32],
    index: u64,
    at_ms: i64,
}

/// How many keys are remembered, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub(crate) keys_max: usize,
    pub(crate) keep_ms: i64,
}

/// What is known of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// Nothing, and there is room to remember it.
    Miss,
    /// This record answered the same request.
    Hit(u64),
    /// Another request had the key.
    Conflict,
    /// Nothing, and no room.
    Full,
}

/// The digest that stands for an agent's key. The agent's length keeps two pairs with the same characters apart.
pub(crate) fn key_digest(agent: &str, key: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(agent.len().to_be_bytes());
    hasher.update(agent);
    hasher.update(key);
    hasher.finalize().into()
}

impl IdempotencyCache {
    pub(crate) fn look_up(&self, asked: &IdempotencyKey, now_ms: i64, bounds: Bounds) -> Lookup {
        let is_over = |at_ms: i64| at_ms.saturating_add(bounds.keep_ms) <= now_ms;
        match self.answers.get(&asked.key) {
            Some(answer) if is_over(answer.at_ms) => Lookup::Miss,
            Some(answer) if answer.request == asked.request => Lookup::Hit(answer.index),
            Some(_) => Lookup::Conflict,
            None if self.answers.len() < bounds.keys_max => Lookup::Miss,
            None if self.oldest.first().is_some_and(|&(at_ms, _)| is_over(at_ms)) => Lookup::Miss,
            None => Lookup::Full,
        }
    }

    /// Remembers that record `index` answered, and forgets what is over.
    pub(crate) fn remember(&mut self, asked: &IdempotencyKey, index: u64, at_ms: i64, bounds: Bounds) {
        while let Some(&(old_ms, key)) = self.oldest.first() {
            if old_ms.saturating_add(bounds.keep_ms) > at_ms {
                break;
            }
            self.oldest.pop_first();
            self.answers.remove(&key);
        }
        self.answers.insert(asked.key, Answer { request: asked.request, index, at_ms });
        self.oldest.insert((at_ms, asked.key));
    }

    /// Rebuilds what is not stored.
    pub(crate) fn reindex(&mut self) {
        self.oldest = self.answers.iter().map(|(&key, answer)| (answer.at_ms, key)).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_remembered_for_their_time_and_refused_when_full() {
        let bounds = Bounds { keys_max: 1, keep_ms: 10 };
        let one = IdempotencyKey { key: key_digest("bot", "k"), request: [1; 32] };
        let other_request = IdempotencyKey { request: [2; 32], ..one };
        let other_key = IdempotencyKey { key: key_digest("botk", ""), ..one };
        let mut cache = IdempotencyCache::default();
        assert_eq!(cache.look_up(&one, 0, bounds), Lookup::Miss);
        cache.remember(&one, 7, 0, bounds);
        assert_eq!(cache.look_up(&one, 9, bounds), Lookup::Hit(7));
        assert_eq!(cache.look_up(&other_request, 9, bounds), Lookup::Conflict);
        assert_eq!(cache.look_up(&other_key, 9, bounds), Lookup::Full);
        assert_eq!(cache.look_up(&other_key, 10, bounds), Lookup::Miss);
        cache.remember(&other_key, 8, 10, bounds);
        assert_eq!(cache.look_up(&one, 10, bounds), Lookup::Full);
    }
}
