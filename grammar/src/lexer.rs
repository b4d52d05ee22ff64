//! Turns text into tokens. It never fails: it reports what it cannot read, and puts a plausible token in its place.

use logos::Logos;

use crate::comment::Comment;
use crate::limits::{ERRORS_MAX, SOURCE_BYTES_MAX, TOKENS_MAX};
use crate::span::{SourceId, Span};
use crate::syntax_error::{SyntaxError, SyntaxErrorKind as E};
use crate::token::{Kind, Token};

mod characters;
mod number;
mod string;

pub(crate) use string::value as string_value;

/// The units of a duration.
pub(crate) const DURATION_UNITS: [&str; 6] = ["ms", "s", "min", "h", "d", "w"];

/// What the lexer makes of a text.
#[derive(Debug, Default)]
pub(crate) struct Lexed {
    /// The tokens.
    pub(crate) tokens: Vec<Token>,
    /// The comments.
    pub(crate) comments: Vec<Comment>,
    /// What is wrong.
    pub(crate) errors: Vec<SyntaxError>,
}

/// Where the tokens of a text stand, in its order and without overlapping. Comments and what cannot be read are no tokens;
/// a text that is too long to parse has none.
#[must_use]
pub fn tokens(source: SourceId, text: &str) -> Vec<Span> {
    if text.len() > SOURCE_BYTES_MAX {
        return Vec::new();
    }
    let place = |token: Token| Span { source, start: token.start, end: token.end };
    lex(source, text).tokens.into_iter().map(place).collect()
}

/// Reads a text, which must be shorter than `u32::MAX` bytes.
pub(crate) fn lex(source: SourceId, text: &str) -> Lexed {
    let mut lexer = Lexer {
        source,
        text,
        tokens: Vec::new(),
        comments: Vec::new(),
        errors: Vec::new(),
        line_fresh: true,
    };
    characters::check(&mut lexer);
    lexer.run();
    let Lexer { tokens, comments, errors, .. } = lexer;
    Lexed { tokens, comments, errors }
}

/// The state of lexing.
#[derive(Debug)]
struct Lexer<'s> {
    source: SourceId,
    text: &'s str,
    tokens: Vec<Token>,
    comments: Vec<Comment>,
    errors: Vec<SyntaxError>,
    line_fresh: bool,
}

impl<'s> Lexer<'s> {
    fn run(&mut self) {
        let skip = if self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let mut logos = Kind::lexer(self.text);
        logos.bump(skip);
        let mut last_end = skip;
        while let Some(result) = logos.next() {
            if self.tokens.len() >= TOKENS_MAX {
                let span = self.span(logos.span().start, logos.span().end);
                self.tokens.clear();
                self.errors.push(SyntaxError::new(E::TooManyTokens, span));
                return;
            }
            if self.errors.len() > ERRORS_MAX {
                return;
            }
            let range = logos.span();
            let between = self.text.get(last_end..range.start).unwrap_or_default();
            self.line_fresh |= between.contains('\n');
            match result {
                Ok(kind) => self.token(kind, &mut logos),
                Err(()) => self.unexpected(range.start, range.end),
            }
            last_end = logos.span().end;
        }
    }

    /// Handles one token of the raw lexer.
    fn token(&mut self, kind: Kind, logos: &mut logos::Lexer<'s, Kind>) {
        let range = logos.span();
        let (start, end) = (range.start, range.end);
        match kind {
            Kind::Str => self.string(start, end),
            Kind::RawNumber => self.number(logos),
            Kind::RawDate => self.date(start, end),
            Kind::RawQuoted => {
                self.report(E::UnexpectedCharacter { found: '\'' }, start, end);
                self.push(Kind::Str, start, end, true);
            }
            Kind::RawComment => self.comment(start, end),
            Kind::RawHash => self.report(E::ForeignComment { block: false }, start, start.saturating_add(1)),
            Kind::RawBlock => {
                let rest = logos.remainder();
                let skipped = rest.find("*/").map_or(rest.len(), |at| at.saturating_add(2));
                logos.bump(skipped);
                self.report(E::ForeignComment { block: true }, start, end);
                self.line_fresh |= rest.get(..skipped).is_some_and(|comment| comment.contains('\n'));
            }
            Kind::RawForeign => self.foreign(start, end),
            Kind::RawAnd => self.operator(Kind::And, "and", start, end),
            Kind::RawOr => self.operator(Kind::Or, "or", start, end),
            Kind::RawNot => self.operator(Kind::Not, "not", start, end),
            _ => self.push(kind, start, end, false),
        }
    }

    fn comment(&mut self, start: usize, end: usize) {
        let text = self.text.get(start..end).unwrap_or_default().trim_end();
        let span = self.span(start, start.saturating_add(text.len()));
        self.comments.push(Comment { text: text.to_owned(), span, own_line: self.line_fresh });
    }

    /// An operator of another language stands for the one of this.
    fn operator(&mut self, kind: Kind, ours: &'static str, start: usize, end: usize) {
        let found = self.text.get(start..end).unwrap_or_default().to_owned();
        self.report(E::ForeignOperator { found, ours }, start, end);
        self.push(kind, start, end, true);
    }

    fn unexpected(&mut self, start: usize, end: usize) {
        if let Some(found) = self.text.get(start..end).and_then(|text| text.chars().next())
            && !characters::is_reported(found)
        {
            self.report(E::UnexpectedCharacter { found }, start, end);
        }
    }

    fn foreign(&mut self, start: usize, end: usize) {
        let word = self.text.get(start..end).unwrap_or_default();
        let Some(found) = word.chars().find(|c| !c.is_ascii() && !characters::is_reported(*c)) else {
            // Only characters that the check before lexing reported: what is left of the word stands.
            if word.bytes().any(|b| b.is_ascii_alphanumeric()) {
                self.push(Kind::Word, start, end, true);
            }
            return;
        };
        self.report(E::NonAscii { found }, start, end);
        if word.chars().any(char::is_alphanumeric) {
            self.push(Kind::Word, start, end, true);
        }
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize, mended: bool) {
        let span = self.span(start, end);
        let first_on_line = std::mem::take(&mut self.line_fresh);
        self.tokens.push(Token { kind, start: span.start, end: span.end, first_on_line, mended });
    }

    fn report(&mut self, kind: E, start: usize, end: usize) {
        let span = self.span(start, end);
        self.errors.push(SyntaxError::new(kind, span));
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let clamp = |offset| u32::try_from(offset).unwrap_or(u32::MAX);
        Span { source: self.source, start: clamp(start), end: clamp(end) }
    }
}

#[cfg(test)]
mod tests;
