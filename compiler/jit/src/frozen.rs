//! A hash table that is built once and then only read.
//!
//! Policy and facts choose what is in it, callers choose what is looked for, and neither can make a look-up slow: it
//! reads at most [`PROBES_MAX`] slots and then the few entries, in order of their hashes, that found no slot so near.
//! Seeds are tried until there are next to none of those. Whoever would defeat every seed must find texts that meet
//! under all of them at once, and gains a binary search.

use foldhash::quality::FixedState;
use std::hash::BuildHasher;

/// The most slots that a look-up reads.
pub const PROBES_MAX: usize = 16;

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
pub struct Frozen {
    hasher: FixedState,
    slots: Box<[Slot]>,
    /// Entries that found no slot near enough, ascending by hash.
    rest: Box<[(u64, u32)]>,
}

impl Frozen {
    /// A table of the values `0..count`, with `hash` telling the hash of each. Values must be unlike each other.
    pub fn new(count: u32, hash: &dyn Fn(&FixedState, u32) -> u64) -> Self {
        let slots = (count as usize).saturating_mul(2).next_power_of_two();
        let mut best: Option<Self> = None;
        for seed in 0..SEEDS {
            let tried = Self::seeded(FixedState::with_seed(seed), count, slots, hash);
            if best.as_ref().is_none_or(|best| tried.rest.len() < best.rest.len()) {
                best = Some(tried);
            }
            if best.as_ref().is_some_and(|best| best.rest.len() <= slots / REST) {
                break;
            }
        }
        best.unwrap_or_else(|| Self::seeded(FixedState::with_seed(0), 0, 1, hash))
    }

    fn seeded(hasher: FixedState, count: u32, slots: usize, hash: &dyn Fn(&FixedState, u32) -> u64) -> Self {
        let mut table = vec![Slot { hash: 0, value: 0 }; slots];
        let mut rest = Vec::new();
        for value in 0..count {
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

    /// The hash of a text.
    #[must_use]
    pub fn hash_text(&self, salt: u32, text: &str) -> u64 {
        hash_text(&self.hasher, salt, text)
    }

    /// The hash of a number.
    #[must_use]
    pub fn hash_numbers(&self, a: u64, b: u64) -> u64 {
        hash_numbers(&self.hasher, a, b)
    }

    /// The value of this hash that `is` the one looked for.
    #[must_use]
    pub fn find(&self, hash: u64, mut is: impl FnMut(u32) -> bool) -> Option<u32> {
        for at in places(hash, self.slots.len()) {
            let slot = self.slots.get(at)?;
            let value = slot.value.checked_sub(1)?;
            if slot.hash == tag(hash) && is(value) {
                return Some(value);
            }
        }
        let first = self.rest.partition_point(|&(other, _)| other < hash);
        let alike = self.rest.iter().skip(first).take_while(|&&(other, _)| other == hash);
        alike.map(|&(_, value)| value).find(|&value| is(value))
    }

    /// How many entries found no slot near enough.
    #[must_use]
    pub fn rest(&self) -> usize {
        self.rest.len()
    }

    /// Bytes of memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of_val(&*self.slots) + size_of_val(&*self.rest)
    }
}

/// The hash of a text among those of one `salt`.
#[must_use]
pub fn hash_text(hasher: &FixedState, salt: u32, text: &str) -> u64 {
    hasher.hash_one((salt, text))
}

/// The hash of two numbers.
#[must_use]
pub fn hash_numbers(hasher: &FixedState, a: u64, b: u64) -> u64 {
    hasher.hash_one((a, b))
}

/// The part of a hash that a slot keeps, other than the part that says where.
const fn tag(hash: u64) -> u32 {
    let [_, _, _, _, a, b, c, d] = hash.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// Where an entry of this hash may lie.
fn places(hash: u64, slots: usize) -> impl Iterator<Item = usize> {
    let mask = slots.wrapping_sub(1);
    let [a, b, c, d, ..] = hash.to_le_bytes();
    let first = u32::from_le_bytes([a, b, c, d]) as usize;
    (0..PROBES_MAX.min(slots)).map(move |step| first.wrapping_add(step) & mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(count: u32) -> Vec<String> {
        (0..count).map(|n| format!("text {n}")).collect()
    }

    #[test]
    fn every_text_is_found_and_no_other_is() {
        for count in [0, 1, 2, 3, 100, 5_000] {
            let texts = texts(count);
            let table = Frozen::new(count, &|hasher, value| hash_text(hasher, 0, &texts[value as usize]));
            let find = |text: &str| table.find(table.hash_text(0, text), |v| texts[v as usize] == text);
            assert!(texts.iter().zip(0..).all(|(text, value)| find(text) == Some(value)), "{count}");
            assert_eq!((find("text"), find(""), table.rest()), (None, None, 0));
        }
    }

    /// Texts that meet under the first seed are apart under a later one, so that crafting them gains nothing.
    #[test]
    fn texts_crafted_against_a_seed_are_spread_by_another() {
        const CRAFTED: usize = 40;
        let first = FixedState::with_seed(0);
        let slots = (2 * CRAFTED).next_power_of_two() as u64;
        let meets = |text: &String| hash_text(&first, 0, text).is_multiple_of(slots);
        let texts: Vec<String> = (0..).map(|n| format!("text {n}")).filter(meets).take(CRAFTED).collect();
        let hash = |hasher: &FixedState, value: u32| hash_text(hasher, 0, &texts[value as usize]);
        let count = u32::try_from(CRAFTED).unwrap();
        let naive = Frozen::seeded(first, count, (2 * CRAFTED).next_power_of_two(), &hash);
        assert_eq!(naive.rest(), CRAFTED - PROBES_MAX);
        let table = Frozen::new(count, &hash);
        assert_eq!(table.rest(), 0);
        let find = |text: &str| table.find(table.hash_text(0, text), |v| texts[v as usize] == text);
        assert!(texts.iter().zip(0..).all(|(text, value)| find(text) == Some(value)));
    }

    /// Hashes that all meet in one place leave most entries beyond the probes, and each is still found.
    #[test]
    fn entries_that_collide_are_found_behind_the_probes() {
        let table = Frozen::new(1_000, &|_, value| u64::from(value) << 32);
        assert_eq!(table.rest(), 1_000 - PROBES_MAX);
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
        let same = Frozen::new(40, &|_, _| 7);
        assert_eq!(same.find(7, |v| v == 39), Some(39));
    }
}
