//! Edits of one place in a text.

use std::ops::{Range, RangeInclusive};

use permit_grammar::span::SourceId;

/// A change to one place of a text, which leaves the lines as they are.
pub(super) struct Edit {
    pub(super) what: &'static str,
    /// What stood there.
    pub(super) of: String,
    /// Where it stood, counted from one.
    pub(super) lines: RangeInclusive<usize>,
    place: Range<usize>,
    with: String,
}

impl Edit {
    /// The text with the change in it.
    pub(super) fn applied(&self, text: &str) -> String {
        format!("{}{}{}", &text[..self.place.start], self.with, &text[self.place.end..])
    }
}

/// Every token left out, doubled, and exchanged with the next.
pub(super) fn of(text: &str) -> Vec<Edit> {
    let tokens: Vec<Range<usize>> =
        permit_grammar::tokens(SourceId(0), text).iter().map(|span| span.range()).collect();
    let line = |at: usize| text[..at].matches('\n').count() + 1;
    let mut edits = Vec::new();
    let mut edit = |what, place: Range<usize>, with| {
        let of = text[place.clone()].to_owned();
        edits.push(Edit { what, of, lines: line(place.start)..=line(place.end), place, with });
    };
    for (at, token) in tokens.iter().enumerate() {
        let word = &text[token.clone()];
        edit("is left out", token.clone(), String::new());
        edit("is doubled", token.clone(), format!("{word} {word}"));
        if let Some(next) = tokens.get(at + 1) {
            let (between, other) = (&text[token.end..next.start], &text[next.clone()]);
            if other != word {
                edit("is exchanged", token.start..next.end, format!("{other}{between}{word}"));
            }
        }
    }
    edits
}
