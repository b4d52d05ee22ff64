//! Characters that are not allowed anywhere in a source, not even in a string or a comment: what a reader cannot see must not
//! change what the parser reads.

use super::Lexer;
use crate::limits::ERRORS_MAX;
use crate::syntax_error::SyntaxErrorKind as E;

/// Reports every forbidden character.
pub(super) fn check(lexer: &mut Lexer<'_>) {
    let mut chars = lexer.text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\r' && chars.peek().is_some_and(|(_, next)| *next == '\n') {
            continue;
        }
        if lexer.errors.len() > ERRORS_MAX {
            return;
        }
        let end = at.saturating_add(c.len_utf8());
        if is_bidi(c) {
            lexer.report(E::BidiControl { found: c }, at, end);
        } else if is_forbidden_control(c) {
            lexer.report(E::ControlCharacter { found: c }, at, end);
        }
    }
}

/// Whether [`check`] reports the character.
pub(super) fn is_reported(c: char) -> bool {
    is_bidi(c) || is_forbidden_control(c)
}

/// The bidirectional formatting characters of Unicode (UAX 9), which can make text read in another order than it is parsed.
const fn is_bidi(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Control characters, and the line breaks of Unicode that some editors show as a new line although none ends here.
const fn is_forbidden_control(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}')
}
