//! Text from outside as persons are shown it: on terminals, in logs, in reviews, in problems and in diagnostics.
//!
//! A character that is not visible can make a text read as another one: a terminal obeys control characters, a bidirectional
//! control reorders what stands around it, and what has no width hides. Each is written as its escape, `\u{202e}`:
//!
//! - the general categories Cc, Cf, Zl and Zp, which contain the bidirectional controls (Unicode, section 4.5);
//! - `Default_Ignorable_Code_Point`, such as variation selectors and fillers, which renderers show as nothing (UAX #44).
//!
//! A letter of another script can look like a Latin one. In a word that mixes scripts, every character outside ASCII is written
//! as its escape: `p\u{430}ypal`. A word is a run of letters, digits and marks; it mixes scripts if it is above the level
//! "highly restrictive" of UTS #39 (section 5.2), which allows one script, and Latin together with Japanese, Korean, or Han
//! and Bopomofo. A word that is entirely of one script is unchanged, even if it looks like a Latin one.
//!
//! The escape is for reading. It is the same for a backslash that the text itself contains; programs use the raw text.

use std::borrow::Cow;
use std::ops::Range;

use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_security::mixed_script::AugmentedScriptSet;

/// A text on one line: line breaks and tabs are escaped as well.
#[must_use]
pub fn line(text: &str) -> Cow<'_, str> {
    shown(text, |_| false)
}

/// A text whose lines and columns are ours: line feeds and tabs are kept. What stands in it from outside has gone through
/// [`line()`], or it could add lines of its own.
#[must_use]
pub fn lines(text: &str) -> Cow<'_, str> {
    shown(text, |c| matches!(c, '\n' | '\t'))
}

/// The first `chars_max` characters of a text, on one line.
#[must_use]
pub fn start(text: &str, chars_max: usize) -> String {
    let end = text.char_indices().nth(chars_max).map_or(text.len(), |(end, _)| end);
    line(text.get(..end).unwrap_or_default()).into_owned()
}

/// Whether a text has no invisible character, so that it fits into a line.
#[must_use]
pub fn is_printable(text: &str) -> bool {
    is_plain(text) || !text.chars().any(is_invisible)
}

/// JSON with every invisible character as JSON's own escape, `\u202e` (RFC 8259, section 7): it has the same value. Line feeds
/// and tabs between its tokens are kept. Words that mix scripts are unchanged.
#[must_use]
pub fn json(text: &str) -> Cow<'_, str> {
    let is_escaped = |c| is_invisible(c) && !matches!(c, '\n' | '\t');
    if is_plain(text) || !text.chars().any(is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if !is_escaped(c) {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
    }
    Cow::Owned(escaped)
}

/// A source text as it is shown, and where its bytes are in it. Line breaks and tabs are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    text: String,
    /// Where each escaped character ends, in the raw text and in `text`; ascending.
    ends: Vec<(usize, usize)>,
}

impl Excerpt {
    /// Shows a source text.
    #[must_use]
    pub fn new(raw: &str) -> Self {
        let mut excerpt = Self { text: String::with_capacity(raw.len()), ends: Vec::new() };
        let mut kept = 0;
        for (at, c) in escaped(raw, |c| matches!(c, '\n' | '\t')) {
            let end = at + c.len_utf8();
            let ends_line = c == '\r' && raw.get(end..).is_some_and(|rest| rest.starts_with('\n'));
            if ends_line {
                continue;
            }
            excerpt.text.push_str(raw.get(kept..at).unwrap_or_default());
            excerpt.text.extend(c.escape_unicode());
            excerpt.ends.push((end, excerpt.text.len()));
            kept = end;
        }
        excerpt.text.push_str(raw.get(kept..).unwrap_or_default());
        excerpt
    }

    /// The text as it is shown.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of [`text`](Self::text) that show these bytes of the raw text. Its ends are between characters.
    #[must_use]
    pub fn range(&self, raw: Range<usize>) -> Range<usize> {
        self.place(raw.start)..self.place(raw.end)
    }

    fn place(&self, raw: usize) -> usize {
        let before = self.ends.partition_point(|(end, _)| *end <= raw);
        let (end, shown) = before.checked_sub(1).and_then(|i| self.ends.get(i)).copied().unwrap_or_default();
        shown + (raw - end)
    }
}

fn shown(text: &str, is_kept: impl Fn(char) -> bool) -> Cow<'_, str> {
    let mut written = String::new();
    let mut kept = 0;
    for (at, c) in escaped(text, is_kept) {
        written.push_str(text.get(kept..at).unwrap_or_default());
        written.extend(c.escape_unicode());
        kept = at + c.len_utf8();
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    written.push_str(text.get(kept..).unwrap_or_default());
    Cow::Owned(written)
}

/// The characters that are escaped, with their places; `is_kept` is asked about invisible ones.
fn escaped(text: &str, is_kept: impl Fn(char) -> bool) -> impl Iterator<Item = (usize, char)> {
    let rest = if is_plain(text) { "" } else { text };
    let mut mixed = 0..0;
    rest.char_indices().filter(move |&(at, c)| {
        if at >= mixed.end && is_of_word(c) {
            let word = rest.get(at..).unwrap_or_default();
            let word = word.find(|c| !is_of_word(c)).and_then(|end| word.get(..end)).unwrap_or(word);
            mixed = if mixes_scripts(word) { at..at + word.len() } else { at + word.len()..at + word.len() };
        }
        (is_invisible(c) && !is_kept(c)) || (!c.is_ascii() && mixed.contains(&at))
    })
}

/// Whether there is nothing to escape, as in nearly every text.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
}

/// Whether a character shows nothing, or acts on what stands around it.
fn is_invisible(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
    matches!(get_general_category(c), Control | Format | LineSeparator | ParagraphSeparator)
        || is_ignorable(c)
}

/// `Default_Ignorable_Code_Point` outside Cf, with the code points that are reserved for it (`DerivedCoreProperties.txt` of
/// Unicode 16).
const fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2065}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{e0000}'..='\u{e0fff}'
    )
}

fn is_of_word(c: char) -> bool {
    use GeneralCategory::{EnclosingMark, NonspacingMark, SpacingMark};
    c.is_alphanumeric()
        || (!c.is_ascii() && matches!(get_general_category(c), NonspacingMark | SpacingMark | EnclosingMark))
}

fn mixes_scripts(word: &str) -> bool {
    if word.is_ascii() {
        return false;
    }
    let latin = AugmentedScriptSet::for_char('a');
    let (mut all, mut others) = (AugmentedScriptSet::default(), AugmentedScriptSet::default());
    for set in word.chars().map(AugmentedScriptSet::for_char) {
        all.intersect_with(set);
        if set != latin {
            others.intersect_with(set);
        }
    }
    all.is_empty() && !(others.hanb || others.jpan || others.kore)
}

#[cfg(test)]
mod tests;
