//! The content of a tree without its spans.

use crate::ast::File;

/// The tree as text without its spans. Two texts mean the same exactly if their trees have the same shape; a formatter is
/// checked by it.
#[must_use]
pub fn shape(file: &File) -> String {
    const SPAN: &str = "Span { ";
    let shown = format!("{file:?}");
    let mut out = String::with_capacity(shown.len());
    let mut rest = shown.as_str();
    // A text in the tree may hold the same words: then both trees lose the same part of it.
    while let Some((before, after)) = rest.split_once(SPAN) {
        out.push_str(before);
        rest = after.split_once(" }").map_or("", |(_, behind)| behind);
    }
    out.push_str(rest);
    out
}
