//! The functions that native code calls, in one table from which everything else about them follows.
//!
//! None of them panics: a panic cannot leave native code, so it would end the process. What is not as the verified
//! program says is answered with [`SLOW`]. Words may be anything: none is taken for an address.

use permit_ir::glob;

use crate::frame::{Frame, LibcallFn};
use crate::layout::{NO, SLOW, WORD_BYTES, YES};
use crate::word::{Region, UNNAMED, region};

/// The table: a variant of [`Libcall`], the function, and what it takes behind the frame, a word each.
macro_rules! for_each_libcall {
    ($expand:ident) => {
        $expand! {
            /// Whether two texts are equal.
            SameText same_text(left, right);
            /// Whether two collections of words are equal.
            SameWords same_words(left, right);
            /// Whether two collections of texts are equal.
            SameTexts same_texts(left, right);
            /// Whether a text matches a glob, which is a text itself.
            Like like(text, glob);
            /// Whether a word is an element.
            HasWord has_word(word, words);
            /// Whether a text is an element.
            HasText has_text(text, texts);
            /// Whether an entity is another or lies in it.
            Within within(entity, ancestor);
            /// Whether an entity is, or lies in, an element.
            WithinAny within_any(entity, places);
        }
    };
}

macro_rules! declare {
    ($($(#[$doc:meta])* $name:ident $function:ident($left:ident, $right:ident);)*) => {
        /// A function that native code calls. Each takes two words.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub(crate) enum Libcall {
            $($(#[$doc])* $name,)*
        }

        impl Libcall {
            /// Every function, in the order of the table.
            const ALL: &'static [Self] = &[$(Self::$name),*];
        }

        /// The addresses of the functions, by [`Libcall`].
        pub(crate) static LIBCALLS: [LibcallFn; Libcall::ALL.len()] = [
            $({
                /// # Safety
                /// The frame is the one native code was called with.
                unsafe extern "C" fn call(frame: *const Frame<'_>, left: u64, right: u64) -> u64 {
                    // SAFETY: native code passes its own frame on, which lives during the call.
                    answer($function(unsafe { &*frame }, left, right))
                }
                call
            },)*
        ];
    };
}

for_each_libcall!(declare);

impl Libcall {
    /// Where its address lies among [`LIBCALLS`].
    pub(crate) const fn offset(self) -> i32 {
        self as i32 * WORD_BYTES
    }
}

const fn answer(found: Option<bool>) -> u64 {
    match found {
        Some(true) => YES,
        Some(false) => NO,
        None => SLOW,
    }
}

/// The words of a collection.
fn words<'f>(frame: &'f Frame<'_>, word: u64) -> Option<&'f [u64]> {
    let (region, range) = region(word)?;
    let all = match region {
        Region::Facts => frame.snapshot.items(),
        Region::Request => &frame.input.items,
        Region::Constants => frame.constants,
    };
    all.get(range)
}

fn same_text(frame: &Frame<'_>, left: u64, right: u64) -> Option<bool> {
    if left == right {
        return Some(true);
    }
    if left & right & UNNAMED == 0 {
        return Some(false);
    }
    let (input, snapshot) = (frame.input, frame.snapshot);
    Some(input.text(snapshot, left)? == input.text(snapshot, right)?)
}

fn same_words(frame: &Frame<'_>, left: u64, right: u64) -> Option<bool> {
    Some(words(frame, left)? == words(frame, right)?)
}

fn same_texts(frame: &Frame<'_>, left: u64, right: u64) -> Option<bool> {
    let (left, right) = (words(frame, left)?, words(frame, right)?);
    if left.len() != right.len() {
        return Some(false);
    }
    for (&left, &right) in left.iter().zip(right) {
        if !same_text(frame, left, right)? {
            return Some(false);
        }
    }
    Some(true)
}

fn like(frame: &Frame<'_>, text: u64, glob: u64) -> Option<bool> {
    let (input, snapshot) = (frame.input, frame.snapshot);
    Some(glob::matches(input.text(snapshot, glob)?, input.text(snapshot, text)?))
}

fn has_word(frame: &Frame<'_>, word: u64, all: u64) -> Option<bool> {
    Some(words(frame, all)?.contains(&word))
}

fn has_text(frame: &Frame<'_>, text: u64, all: u64) -> Option<bool> {
    for &element in words(frame, all)? {
        if same_text(frame, text, element)? {
            return Some(true);
        }
    }
    Some(false)
}

fn within(frame: &Frame<'_>, entity: u64, ancestor: u64) -> Option<bool> {
    frame.snapshot.within(entity, ancestor)
}

fn within_any(frame: &Frame<'_>, entity: u64, places: u64) -> Option<bool> {
    for &place in words(frame, places)? {
        if within(frame, entity, place)? {
            return Some(true);
        }
    }
    Some(false)
}

#[cfg(test)]
mod tests;
