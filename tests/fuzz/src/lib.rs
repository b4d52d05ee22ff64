//! Shared by the fuzz targets.

#![forbid(unsafe_code)]

use permit_grammar::span::Span;

/// Whether a span covers a part of the text that begins and ends between characters.
#[must_use]
pub fn lies_in(span: Span, text: &str) -> bool {
    text.get(span.range()).is_some()
}
