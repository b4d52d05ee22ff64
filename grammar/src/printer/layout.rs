//! Blocks, lists and the comments in them.

use super::Printer;
use super::doc::{Doc, group, nest, text};
use crate::comment::Comment;
use crate::span::Span;

/// What stands around a list.
#[derive(Clone, Copy)]
pub(super) struct Brackets {
    pub(super) open: &'static str,
    pub(super) close: &'static str,
    /// What stands inside of the brackets on one line.
    pub(super) padding: &'static str,
}

/// `(…)`
pub(super) const ROUND: Brackets = Brackets { open: "(", close: ")", padding: "" };
/// `[…]`
pub(super) const SQUARE: Brackets = Brackets { open: "[", close: "]", padding: "" };
/// `{…}` of names
pub(super) const CURLY: Brackets = Brackets { open: "{", close: "}", padding: "" };
/// `{ … }`
pub(super) const WIDE: Brackets = Brackets { open: "{", close: "}", padding: " " };

impl Printer<'_> {
    /// The comments before an offset as lines, the first one behind the line before if it stood so; `fresh` means that
    /// nothing stands above them in their block.
    pub(super) fn gap(&mut self, end: u32, mut fresh: bool) -> Doc {
        let comments = self.take(end);
        let mut docs = Vec::new();
        for (at, Comment { text: comment, span, own_line }) in comments.iter().enumerate() {
            if at == 0 && !own_line {
                docs.push(text(" "));
            } else {
                if !fresh && self.blank_before(span.start) {
                    docs.push(Doc::Blank);
                }
                docs.push(Doc::Hard);
                fresh = false;
            }
            docs.push(Doc::Comment(comment.clone()));
        }
        Doc::Concat(docs)
    }

    /// A block of lines, on one line if it was so and fits.
    ///
    /// `end` is where the block ends.
    pub(super) fn block<T>(
        &mut self,
        end: u32,
        lines: &[(u32, T)],
        print: impl Fn(&mut Self, &T) -> Doc,
    ) -> Doc {
        let first = lines.first().map_or(end, |(first, _)| *first);
        if lines.is_empty() && !self.has_comment(end) {
            return text("{}");
        }
        let one_line = !self.text.is_empty() && !self.breaks(first, end) && !self.has_comment(end);
        if one_line {
            let mut docs = vec![text("{")];
            for (_, line) in lines {
                docs.push(nest(4, Doc::Concat(vec![Doc::Line(" "), print(self, line)])));
            }
            docs.extend([Doc::Line(" "), text("}")]);
            return group(Doc::Concat(docs));
        }
        let lines = self.lines(end, lines, print);
        Doc::Concat(vec![text("{"), nest(4, lines), Doc::Hard, text("}")])
    }

    /// Lines, each with the comments above it, and the comments up to `end`.
    pub(super) fn lines<T>(
        &mut self,
        end: u32,
        lines: &[(u32, T)],
        print: impl Fn(&mut Self, &T) -> Doc,
    ) -> Doc {
        let mut docs = Vec::new();
        let mut fresh = true;
        for (start, line) in lines {
            let own_lines = self.own_line_comment(*start);
            docs.push(self.gap(*start, fresh));
            if (own_lines || !fresh) && self.blank_before(*start) {
                docs.push(Doc::Blank);
            }
            docs.extend([Doc::Hard, print(self, line)]);
            fresh = false;
        }
        docs.push(self.gap(end, fresh));
        Doc::Concat(docs)
    }

    /// Whether a comment that was not taken yet stands on its own line before an offset.
    fn own_line_comment(&self, end: u32) -> bool {
        let rest = self.comments.get(self.taken..).unwrap_or_default();
        rest.iter()
            .take_while(|comment| comment.span.start < end)
            .enumerate()
            .any(|(at, c)| at > 0 || c.own_line)
    }

    /// A list in brackets; `end` is where it ends.
    pub(super) fn list<T>(
        &mut self,
        brackets: Brackets,
        items: &[T],
        end: u32,
        span: impl Fn(&T) -> Span,
        print: impl Fn(&mut Self, &T) -> Doc,
    ) -> Doc {
        if items.is_empty() && !self.has_comment(end) {
            return text(format!("{}{}", brackets.open, brackets.close));
        }
        let mut inner = Vec::new();
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                inner.push(text(","));
            }
            inner.push(self.gap(span(item).start, true));
            inner.push(Doc::Line(if at > 0 { " " } else { brackets.padding }));
            inner.push(print(self, item));
        }
        if !items.is_empty() {
            inner.push(Doc::Broken(","));
        }
        inner.push(self.gap(end, true));
        let inner = nest(4, Doc::Concat(inner));
        group(Doc::Concat(vec![
            text(brackets.open),
            inner,
            Doc::Line(brackets.padding),
            text(brackets.close),
        ]))
    }

    /// Names or other short things after a word, each on its own line if they do not fit on one.
    pub(super) fn names(docs: impl IntoIterator<Item = Doc>) -> Doc {
        let mut pieces = Vec::new();
        for doc in docs {
            if !pieces.is_empty() {
                pieces.extend([text(","), Doc::Line(" ")]);
            }
            pieces.push(doc);
        }
        group(nest(4, Doc::Concat(pieces)))
    }
}
