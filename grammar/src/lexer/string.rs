//! Strings and escape sequences.

use super::Lexer;
use crate::syntax_error::SyntaxErrorKind as E;
use crate::token::Kind;

impl Lexer<'_> {
    /// A string from its quote to its closing quote, or to the end of the line when that is missing.
    pub(super) fn string(&mut self, start: usize, end: usize) {
        let raw = self.text.get(start..end).unwrap_or_default();
        let (inner, closed) = contents(raw);
        if !closed {
            // The stop that most likely ended the line is given back, so that the clause behind the string still ends.
            let kept = raw.trim_end_matches(['\r', ' ', '\t']);
            let kept = kept.strip_suffix(';').map_or(kept, |rest| rest);
            let stop = start.saturating_add(kept.len());
            self.report(E::UnterminatedString, start, stop);
            self.push(Kind::Str, start, stop, true);
            if raw.get(kept.len()..).is_some_and(|rest| rest.starts_with(';')) {
                self.push(Kind::Semi, stop, stop.saturating_add(1), false);
            }
            return;
        }
        let inner_start = start.saturating_add(1);
        let mut bad = Vec::new();
        unescape(inner, |at, len| bad.push((at, len)));
        let mended = !bad.is_empty();
        for (at, len) in bad {
            let found = inner.get(at..at.saturating_add(len)).unwrap_or_default().to_owned();
            let at = inner_start.saturating_add(at);
            self.report(E::UnknownEscape { found }, at, at.saturating_add(len));
        }
        self.push(Kind::Str, start, end, mended);
    }
}

/// What stands between the quotes, and whether there is a closing one that no backslash escapes.
fn contents(raw: &str) -> (&str, bool) {
    let inner = raw.strip_prefix('"').unwrap_or(raw);
    let mut escaped = false;
    for (at, c) in inner.char_indices() {
        match c {
            '"' if !escaped => return (inner.get(..at).unwrap_or_default(), true),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    (inner, false)
}

/// The text that a string token stands for; `raw` still has its quotes.
pub(crate) fn value(raw: &str) -> String {
    unescape(contents(raw).0, |_, _| {})
}

/// Resolves escapes; calls `bad` with the offset and length of each one that does not exist.
fn unescape(inner: &str, mut bad: impl FnMut(usize, usize)) -> String {
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        text.push_str(rest.get(..at).unwrap_or_default());
        let escape = rest.get(at..).unwrap_or_default();
        let (c, len) = read_escape(escape);
        match c {
            Some(c) => text.push(c),
            None => bad(inner.len().saturating_sub(escape.len()), len),
        }
        rest = escape.get(len..).unwrap_or_default();
    }
    text.push_str(rest);
    text
}

/// The character that the escape at the start of the text stands for, and the escape's length in bytes.
fn read_escape(escape: &str) -> (Option<char>, usize) {
    let mut chars = escape.chars();
    chars.next();
    let Some(letter) = chars.next() else { return (None, escape.len()) };
    let plain = letter.len_utf8().saturating_add(1);
    match letter {
        '"' | '\\' => (Some(letter), plain),
        'n' => (Some('\n'), plain),
        't' => (Some('\t'), plain),
        'u' => match chars.as_str().strip_prefix('{').and_then(|rest| rest.split_once('}')) {
            Some((digits, _)) if (1..=6).contains(&digits.len()) => {
                let hex = digits.bytes().all(|b| b.is_ascii_hexdigit());
                let code = u32::from_str_radix(digits, 16).ok().filter(|_| hex);
                (code.and_then(char::from_u32), digits.len().saturating_add(4))
            }
            _ => (None, plain),
        },
        _ => (None, plain),
    }
}
