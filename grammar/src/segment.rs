//! Splits tokens into declarations, so that a mistake in one does not reach the next.
//!
//! A declaration ends with the `;` outside braces or with the `}` that closes its block. Where that is missing, the next
//! declaration's opening words end it.

use crate::token::{Kind, Token};

/// The index behind the declaration that starts at `start`, which must be less than the number of tokens.
pub(crate) fn end(tokens: &[Token], start: usize) -> usize {
    let keyword = keyword(tokens, start);
    let first = tokens.get(keyword).map_or(Kind::Semi, |token| token.kind);
    let mut depth = 0_usize;
    let mut seen_block = false;
    let mut extended = false;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        if at > keyword && opens_declaration(tokens, at) {
            return at;
        }
        let next = at.saturating_add(1);
        match token.kind {
            Kind::LBrace => {
                depth = depth.saturating_add(1);
                seen_block = true;
            }
            Kind::RBrace if depth > 1 => depth = depth.saturating_sub(1),
            Kind::RBrace => {
                depth = 0;
                let follows = tokens.get(next).map(|token| token.kind);
                if !(matches!(first, Kind::Table | Kind::Prove) && follows == Some(Kind::LBrace)) {
                    let semi = matches!(first, Kind::Use | Kind::Prove) && follows == Some(Kind::Semi);
                    return next.saturating_add(usize::from(semi));
                }
            }
            Kind::Semi if depth == 0 && !extended => {
                if first == Kind::Prove
                    || seen_block
                    || !first.opens_declaration()
                    || !closes_ahead(tokens, next)
                {
                    return next;
                }
                extended = true;
            }
            _ => {}
        }
    }
    tokens.len()
}

/// The index of the word that opens the declaration at `start`, behind `@allow(…)` and `private`.
pub(crate) fn keyword(tokens: &[Token], start: usize) -> usize {
    let kind = |index: usize| tokens.get(index).map(|token| token.kind);
    let mut at = start;
    while kind(at) == Some(Kind::Commercial) {
        let close = (at..at.saturating_add(ALLOW_TOKENS)).find(|at| kind(*at) == Some(Kind::RParen));
        let Some(close) = close else { break };
        at = close.saturating_add(1);
    }
    if kind(at) == Some(Kind::Private) { at.saturating_add(1) } else { at }
}

/// The tokens of `@allow(lint, "reason")`, and one more.
const ALLOW_TOKENS: usize = 8;

/// Whether a declaration starts at `at`, as far as can be told from the tokens around it.
pub(crate) fn opens_declaration(tokens: &[Token], at: usize) -> bool {
    let kind = |index: usize| tokens.get(index).map(|token| token.kind);
    let (Some(token), Some(name)) = (tokens.get(at), kind(at.saturating_add(1))) else { return false };
    let shape_at = at.saturating_add(2);
    if token.kind == Kind::Commercial {
        return token.first_on_line && name == Kind::Allow && kind(shape_at) == Some(Kind::LParen);
    }
    if !(token.kind.opens_declaration() || matches!(token.kind, Kind::Prove | Kind::Private)) {
        return false;
    }
    let named = match token.kind {
        Kind::Edition => name == Kind::Int,
        Kind::Scenario => name == Kind::Str,
        Kind::Private => name.opens_declaration() && kind(shape_at).is_some_and(Kind::is_word),
        Kind::Prove => name.is_word() || name == Kind::Str,
        _ => name.is_word(),
    };
    let after_stop = match at.checked_sub(1).and_then(kind) {
        None => true,
        Some(before) => matches!(before, Kind::Semi | Kind::LBrace | Kind::RBrace),
    };
    let named = named && !name.connects();
    if after_stop {
        return named;
    }
    // In the midst of something only the usual shape of a declaration at the start of a line is believed.
    let shaped = kind(shape_at).is_some_and(|third| {
        use Kind::{Assign, Colon, Dot, Identified, In, LBrace, LBracket, LParen, Requires, Semi, Within};
        matches!(
            third,
            Assign | Colon | Dot | Identified | In | LBrace | LBracket | LParen | Requires | Semi | Within
        )
    });
    token.first_on_line && named && (shaped || token.kind == Kind::Private)
}

/// Whether a `}` that nothing opened comes before the next declaration.
fn closes_ahead(tokens: &[Token], from: usize) -> bool {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(from) {
        if opens_declaration(tokens, at) {
            return false;
        }
        match token.kind {
            Kind::LBrace => depth = depth.saturating_add(1),
            Kind::RBrace if depth == 0 => return true,
            Kind::RBrace => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}
