//! Splits tokens into declarations, so that a mistake in one does not reach the next.
//!
//! A declaration ends with the `;` outside braces or with the `}` that closes its block. Where that is missing, the next
//! declaration's opening words end it.

use crate::token::{Kind, Token};

/// The index behind the declaration that starts at `start`, which must be less than the number of tokens.
pub(crate) fn end(tokens: &[Token], start: usize) -> usize {
    let first = tokens.get(start).map_or(Kind::Semi, |token| token.kind);
    let later = first == Kind::LaterDeclaration;
    let mut depth = 0_usize;
    let mut seen_block = false;
    let mut extended = false;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        if at > start && opens_declaration(tokens, at) {
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
                if !(later && follows == Some(Kind::LBrace)) {
                    let semi = later && follows == Some(Kind::Semi);
                    return next.saturating_add(usize::from(semi));
                }
            }
            Kind::Semi if depth == 0 && !extended => {
                if later || seen_block || !first.opens_declaration() || !closes_ahead(tokens, next) {
                    return next;
                }
                extended = true;
            }
            _ => {}
        }
    }
    tokens.len()
}

/// Whether a declaration starts at `at`, as far as can be told from the tokens around it.
pub(crate) fn opens_declaration(tokens: &[Token], at: usize) -> bool {
    let kind = |index: usize| tokens.get(index).map(|token| token.kind);
    let (Some(token), Some(name)) = (tokens.get(at), kind(at.saturating_add(1))) else { return false };
    if !(token.kind.opens_declaration() || token.kind == Kind::LaterDeclaration) {
        return false;
    }
    let named = match token.kind {
        Kind::Edition => name == Kind::Int,
        Kind::LaterDeclaration => name.is_word() || name == Kind::Str,
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
    let shaped = kind(at.saturating_add(2)).is_some_and(|third| {
        use Kind::{Assign, Colon, Dot, Identified, In, LBrace, LParen, Semi, Within};
        matches!(third, Assign | Colon | Dot | Identified | In | LBrace | LParen | Semi | Within)
    });
    token.first_on_line && named && shaped
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
