//! A hash table that is built once and then only read.
//!
//! Policy and facts choose what is in it, callers choose what is looked for, and neither can make a look-up slow: it
//! reads at most [`PROBES_MAX`] slots and then the few entries, in order of their hashes, that found no slot so near.
//! Seeds are tried until there are next to none of those. Whoever would defeat every seed must find texts that meet
//! under all of them at once, and gains a binary search.

use foldhash::quality::FixedState;
use std::hash::BuildHasher as _;

/// The most slots that a look-up reads.
pub(crate) const PROBES_MAX: usize = 16;

/// How many seeds are tried.
const SEEDS: u64 = 8;

/// Of how many slots one entry may be left without one, which in a large table chance alone brings about.
const REST: usize = 512;

/// An entry: what it stands for is known to whoever built the table.
#[derive(Clone, Copy, Debug)]
struct Slot {
    hash: u32,
    /// One more than the value; 0 is an empty slot.
    value: u32,
}

/// A table from hashes to numbers. Whether a number is the one that is looked for, the caller says.
#[derive(Debug)]
pub(crate) struct Frozen {
    hasher: FixedState,
    slots: Box<[Slot]>,
    /// Entries that found no slot near enough, ascending by hash.
    rest: Box<[(u64, u32)]>,
}

impl Frozen {
    /// A table of values, with `hash` telling the hash of each. Values must be unlike each other and no `u32::MAX`.
    pub(crate) fn new(values: &[u32], hash: &dyn Fn(&FixedState, u32) -> u64) -> Self {
        let slots = values.len().saturating_mul(2).next_power_of_two();
        let mut best: Option<Self> = None;
        for seed in 0..SEEDS {
            let tried = Self::seeded(FixedState::with_seed(seed), values, slots, hash);
            if best.as_ref().is_none_or(|best| tried.rest.len() < best.rest.len()) {
                best = Some(tried);
            }
            if best.as_ref().is_some_and(|best| best.rest.len() <= slots / REST) {
                break;
            }
        }
        best.unwrap_or_else(|| Self::seeded(FixedState::with_seed(0), &[], 1, hash))
    }

    fn seeded(
        hasher: FixedState,
        values: &[u32],
        slots: usize,
        hash: &dyn Fn(&FixedState, u32) -> u64,
    ) -> Self {
        let mut table = vec![Slot { hash: 0, value: 0 }; slots];
        let mut rest = Vec::new();
        for &value in values {
            let full = hash(&hasher, value);
            let near = places(full, slots).find(|&at| table.get(at).is_some_and(|slot| slot.value == 0));
            match near.and_then(|at| table.get_mut(at)) {
                Some(slot) => *slot = Slot { hash: tag(full), value: value.saturating_add(1) },
                None => rest.push((full, value)),
            }
        }
        rest.sort_unstable();
        Self { hasher, slots: table.into(), rest: rest.into() }
    }

    /// What hashes are made with.
    #[inline]
    pub(crate) const fn hasher(&self) -> &FixedState {
        &self.hasher
    }

    /// The value of this hash that `is` the one looked for.
    #[inline]
    pub(crate) fn find(&self, hash: u64, mut is: impl FnMut(u32) -> bool) -> Option<u32> {
        for at in places(hash, self.slots.len()) {
            let slot = self.slots.get(at)?;
            let value = slot.value.checked_sub(1)?;
            if slot.hash == tag(hash) && is(value) {
                return Some(value);
            }
        }
        self.find_rest(hash, is)
    }

    #[cold]
    fn find_rest(&self, hash: u64, mut is: impl FnMut(u32) -> bool) -> Option<u32> {
        let first = self.rest.partition_point(|&(other, _)| other < hash);
        let alike = self.rest.iter().skip(first).take_while(|&&(other, _)| other == hash);
        alike.map(|&(_, value)| value).find(|&value| is(value))
    }

    /// Bytes of memory.
    #[must_use]
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(&*self.slots) + size_of_val(&*self.rest)
    }
}

/// Words that stand for numbers.
#[derive(Debug)]
pub struct Words {
    table: Frozen,
    /// Ascending by word.
    entries: Box<[(u64, u32)]>,
}

impl Words {
    /// A table of words, each once, with their numbers.
    #[must_use]
    pub fn new(mut entries: Vec<(u64, u32)>) -> Self {
        entries.sort_unstable();
        let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        let places: Vec<u32> = (0..count).collect();
        let word = |place: u32| entries.get(place as usize).map_or(0, |(word, _)| *word);
        let table = Frozen::new(&places, &|hasher, place| hasher.hash_one(word(place)));
        Self { table, entries: entries.into() }
    }

    /// Whether there are none.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The number of a word.
    #[inline]
    #[must_use]
    pub fn find(&self, word: u64) -> Option<u32> {
        let entry = |place: u32| self.entries.get(place as usize);
        let place = self.table.find(self.table.hasher.hash_one(word), |place| {
            entry(place).is_some_and(|(known, _)| *known == word)
        })?;
        entry(place).map(|(_, number)| *number)
    }
}

/// The part of a hash that a slot keeps, other than the part that says where.
#[inline]
const fn tag(hash: u64) -> u32 {
    let [_, _, _, _, a, b, c, d] = hash.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// Where an entry of this hash may lie.
#[inline]
fn places(hash: u64, slots: usize) -> impl Iterator<Item = usize> {
    let mask = slots.wrapping_sub(1);
    let [a, b, c, d, ..] = hash.to_le_bytes();
    let first = u32::from_le_bytes([a, b, c, d]) as usize;
    (0..PROBES_MAX.min(slots)).map(move |step| first.wrapping_add(step) & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: u32) -> Vec<u32> {
        (0..count).collect()
    }

    #[test]
    fn every_word_is_found_and_no_other_is() {
        for count in [0, 1, 2, 3, 100, 5_000] {
            let words = Words::new((0..count).map(|n| (u64::from(n) << 20, n)).collect());
            assert!((0..count).all(|n| words.find(u64::from(n) << 20) == Some(n)), "{count}");
            assert_eq!((words.find(1), words.table.rest.len(), words.is_empty()), (None, 0, count == 0));
        }
    }

    /// Words that meet under the first seed are apart under a later one, so that crafting them gains nothing.
    #[test]
    fn words_crafted_against_a_seed_are_spread_by_another() {
        const CRAFTED: u32 = 40;
        let first = FixedState::with_seed(0);
        let slots = (2 * CRAFTED as usize).next_power_of_two();
        let meets = |word: &u64| first.hash_one(word).is_multiple_of(slots as u64);
        let words: Vec<(u64, u32)> = (0..).filter(meets).zip(0..CRAFTED).collect();
        let places = numbers(CRAFTED);
        let hash = |hasher: &FixedState, place: u32| hasher.hash_one(words[place as usize].0);
        assert_eq!(Frozen::seeded(first, &places, slots, &hash).rest.len(), CRAFTED as usize - PROBES_MAX);
        let table = Words::new(words.clone());
        assert_eq!(table.table.rest.len(), 0);
        assert!(words.iter().all(|&(word, number)| table.find(word) == Some(number)));
    }

    /// Hashes that all meet in one place leave most entries beyond the probes, and each is still found.
    #[test]
    fn entries_that_collide_are_found_behind_the_probes() {
        let table = Frozen::new(&numbers(1_000), &|_, value| u64::from(value) << 32);
        assert_eq!(table.rest.len(), 1_000 - PROBES_MAX);
        for value in 0..1_000 {
            let mut asked = 0;
            let is = |v| {
                asked += 1;
                v == value
            };
            assert_eq!(table.find(u64::from(value) << 32, is), Some(value));
            assert!(asked <= 2, "a look-up compares only what has its hash");
        }
        assert_eq!(table.find(1_000 << 32, |_| true), None);
        let same = Frozen::new(&numbers(40), &|_, _| 7);
        assert_eq!(same.find(7, |v| v == 39), Some(39));
    }
}
