//! Numbers, amounts of money, durations and instants.

use super::{DURATION_UNITS, Lexer};
use crate::syntax_error::SyntaxErrorKind as E;
use crate::token::Kind;

impl<'s> Lexer<'s> {
    /// A token that starts with a digit: an integer, a decimal, a duration or, with the code behind it, an amount of money.
    pub(super) fn number(&mut self, logos: &mut logos::Lexer<'s, Kind>) {
        let (start, word) = (logos.span().start, logos.slice());
        let plain = match word.split_once('.') {
            None if is_digits(word) => Some(Kind::Int),
            Some((whole, part)) if is_digits(whole) && is_digits(part) => Some(Kind::Decimal),
            _ => None,
        };
        if let Some(kind) = plain {
            let code = currency_length(logos.remainder());
            logos.bump(code.unwrap_or(0));
            let kind = if code.is_some() { Kind::Money } else { kind };
            self.push(kind, start, logos.span().end, false);
            return;
        }
        let end = logos.span().end;
        let split = word.find(|c: char| !(c.is_ascii_digit() || c == '_')).unwrap_or(word.len());
        let (digits, suffix) = word.split_at(split);
        if is_digits(digits) && DURATION_UNITS.contains(&suffix) {
            self.push(Kind::Duration, start, end, false);
        } else if is_digits(digits) && !suffix.is_empty() && suffix.bytes().all(|b| b.is_ascii_lowercase()) {
            self.report_number(
                E::UnknownUnit { number: digits.to_owned(), unit: suffix.to_owned() },
                start,
                end,
            );
            self.push(Kind::Duration, start, end, true);
        } else {
            self.report_number(E::BadNumber { found: word.to_owned() }, start, end);
            let money = word.bytes().rev().take(3).all(|b| b.is_ascii_uppercase());
            self.push(if money { Kind::Money } else { Kind::Int }, start, end, true);
        }
    }

    /// Says that a number is none, unless it was said of what stands right before it: a moment with a letter too many
    /// falls into several pieces.
    fn report_number(&mut self, kind: E, start: usize, end: usize) {
        let piece = self.errors.last().is_some_and(|last| {
            let between = self.text.get(last.span.range().end..start);
            matches!(last.kind, E::BadNumber { .. } | E::UnknownUnit { .. })
                && between.is_some_and(|between| !between.contains(char::is_whitespace))
        });
        if !piece {
            self.report(kind, start, end);
        }
    }

    /// A date, with or without a time.
    pub(super) fn date(&mut self, start: usize, end: usize) {
        let found = self.text.get(start..end).unwrap_or_default().to_owned();
        let (kind, fits) = match found.split_once('T').map(|(_, time)| time_shape(time)) {
            None => (Kind::Date, true),
            Some(TimeShape::Zoned) => (Kind::Instant, true),
            Some(TimeShape::Local) => (Kind::Local, true),
            Some(TimeShape::Malformed) => (Kind::Instant, false),
        };
        if !fits {
            self.report(E::BadInstant { found }, start, end);
        }
        self.push(kind, start, end, !fits);
    }
}

/// Digits with single `_` between them.
fn is_digits(text: &str) -> bool {
    text.split('_').all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()))
}

/// How many bytes of blanks and currency code stand at the start of the text, if it starts so.
fn currency_length(rest: &str) -> Option<usize> {
    let trimmed = rest.trim_start_matches([' ', '\t']);
    let blanks = rest.len().saturating_sub(trimmed.len());
    let letters = trimmed.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
    let code = trimmed.get(..3)?;
    (blanks > 0 && letters == 3 && code.bytes().all(|b| b.is_ascii_uppercase()))
        .then(|| blanks.saturating_add(3))
}

/// What is wrong or right with the part behind the `T`.
enum TimeShape {
    Zoned,
    Local,
    Malformed,
}

fn time_shape(time: &str) -> TimeShape {
    let zone_at = time.find(['Z', '+', '-']);
    let (clock, zone) = time.split_at(zone_at.unwrap_or(time.len()));
    let (whole, fraction) = clock.split_once('.').map_or((clock, None), |(whole, part)| (whole, Some(part)));
    let fields = whole.split(':').count();
    let clock_fits = (2..=3).contains(&fields)
        && whole.split(':').all(is_two_digits)
        && fraction
            .is_none_or(|part| fields == 3 && !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let offset = zone.get(1..).unwrap_or_default();
    let zone_fits = zone == "Z"
        || (!zone.is_empty() && offset.split(':').count() == 2 && offset.split(':').all(is_two_digits));
    match (clock_fits, zone.is_empty()) {
        (true, true) => TimeShape::Local,
        (true, false) if zone_fits => TimeShape::Zoned,
        _ => TimeShape::Malformed,
    }
}

fn is_two_digits(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit())
}
