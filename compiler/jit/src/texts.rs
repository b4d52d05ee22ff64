//! Texts that stand for numbers, in a table that is built once and then only read.
//!
//! A text is stored beside its number in one array of bytes, to which the slots of a [`Frozen`] table point: a lookup
//! reads a slot, then the text, and nothing else.

use foldhash::quality::FixedState;
use std::hash::{BuildHasher as _, Hasher as _};

use crate::frozen::Frozen;

/// The bytes before each text: its number, its kind and how many bytes it has.
const HEAD_BYTES: usize = 12;

/// Texts of several kinds, each with a number.
#[derive(Debug)]
pub struct Texts {
    table: Frozen,
    entries: Entries,
    /// The bytes of the longest text: a longer one is none of these and need not be read to know it.
    longest: usize,
}

/// Collects texts.
#[derive(Debug, Default)]
pub struct TextsBuilder {
    places: Vec<u32>,
    bytes: Vec<u8>,
    longest: usize,
}

impl TextsBuilder {
    /// Adds a text, which must not be among those of its kind already, and gives its place; `None` if the table is full,
    /// so that the text will not be found.
    pub fn add(&mut self, kind: u32, text: &str, number: u32) -> Option<u32> {
        let place = u32::try_from(self.bytes.len()).ok()?;
        let length = u32::try_from(text.len()).ok()?;
        [number, kind, length].iter().for_each(|word| self.bytes.extend_from_slice(&word.to_le_bytes()));
        self.bytes.extend_from_slice(text.as_bytes());
        self.places.push(place);
        self.longest = self.longest.max(text.len());
        Some(place)
    }

    /// The table.
    #[must_use]
    pub fn finish(self) -> Texts {
        let Self { places, bytes, longest } = self;
        let entries = Entries(bytes.into());
        let table = Frozen::new(&places, &|hasher, place| match entries.entry(place) {
            Some((kind, text)) => hash(hasher, kind, text),
            None => 0,
        });
        Texts { table, entries, longest }
    }
}

impl Texts {
    /// The number of a text of this kind.
    #[inline]
    #[must_use]
    pub fn find(&self, kind: u32, text: &str) -> Option<u32> {
        self.place(kind, text).and_then(|place| self.entries.word(place as usize))
    }

    /// The place of a text of this kind.
    #[inline]
    #[must_use]
    pub fn place(&self, kind: u32, text: &str) -> Option<u32> {
        let text = text.as_bytes();
        if text.len() > self.longest {
            return None;
        }
        let hash = hash(self.table.hasher(), kind, text);
        self.table.find(hash, |place| {
            self.entries.entry(place).is_some_and(|(of, known)| of == kind && same(known, text))
        })
    }

    /// The text at a place.
    #[must_use]
    pub fn text(&self, place: u32) -> Option<&str> {
        std::str::from_utf8(self.entries.entry(place)?.1).ok()
    }

    /// Bytes of memory.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.table.bytes() + self.entries.0.len()
    }
}

/// Numbers, kinds, lengths and texts.
#[derive(Debug)]
struct Entries(Box<[u8]>);

impl Entries {
    #[inline]
    fn word(&self, at: usize) -> Option<u32> {
        self.0.get(at..)?.first_chunk().copied().map(u32::from_le_bytes)
    }

    /// Kind and bytes of the text at a place.
    #[inline]
    fn entry(&self, place: u32) -> Option<(u32, &[u8])> {
        let (head, rest) = self.0.get(place as usize..)?.split_first_chunk::<HEAD_BYTES>()?;
        let [_, _, _, _, a, b, c, d, e, f, g, h] = *head;
        let length = u32::from_le_bytes([e, f, g, h]) as usize;
        Some((u32::from_le_bytes([a, b, c, d]), rest.get(..length)?))
    }
}

#[inline]
fn hash(hasher: &FixedState, kind: u32, text: &[u8]) -> u64 {
    let mut hasher = hasher.build_hasher();
    hasher.write_u32(kind);
    hasher.write(text);
    hasher.finish()
}

/// Whether two texts are the same. Most names are short, and a call to compare them takes longer than to do it here.
#[inline]
fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    if (8..=16).contains(&a.len()) {
        return ends::<8>(a) == ends::<8>(b);
    }
    if (4..8).contains(&a.len()) {
        return ends::<4>(a) == ends::<4>(b);
    }
    a == b
}

/// The first and the last bytes, which overlap in a text shorter than both.
#[inline]
fn ends<const N: usize>(text: &[u8]) -> Option<(&[u8; N], &[u8; N])> {
    text.first_chunk().zip(text.last_chunk())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_found_and_no_other_is() {
        for count in [0, 1, 2, 3, 100, 5_000] {
            let mut texts = TextsBuilder::default();
            let named: Vec<String> = (0..count).map(|n| format!("text {n} {}", "a".repeat(n % 40))).collect();
            let places: Vec<_> = named.iter().zip(0..).map(|(text, n)| texts.add(n % 2, text, n)).collect();
            let texts = texts.finish();
            for ((text, n), place) in named.iter().zip(0_u32..).zip(places) {
                assert_eq!((texts.find(n % 2, text), texts.place(n % 2, text)), (Some(n), place));
                assert_eq!(texts.text(place.unwrap()), Some(&**text));
                assert_eq!((texts.find(2, text), texts.find(0, &format!("{text}a"))), (None, None));
            }
            assert_eq!((texts.find(0, "text"), texts.find(0, ""), texts.text(u32::MAX)), (None, None, None));
        }
    }

    #[test]
    fn texts_are_the_same_if_every_byte_is() {
        for length in 0..40 {
            let text: Vec<u8> = (0..length).collect();
            assert!(same(&text, &text.clone()));
            for at in 0..text.len() {
                let mut other = text.clone();
                other[at] ^= 1;
                assert!(!same(&text, &other) && !same(&text, &text[..at]), "{length} {at}");
            }
        }
    }

    #[test]
    fn a_text_may_be_there_once_for_each_kind() {
        let mut texts = TextsBuilder::default();
        for (kind, text, number) in [(1, "a", 7), (2, "a", 8), (1, "", 9)] {
            texts.add(kind, text, number).unwrap();
        }
        let texts = texts.finish();
        let found = [(1, "a"), (2, "a"), (1, ""), (2, "")].map(|(kind, text)| texts.find(kind, text));
        assert_eq!(found, [Some(7), Some(8), Some(9), None]);
    }
}
