//! The canonical format: four spaces per level, 100 columns, one clause of a rule on each line.
//!
//! The tree is printed and the comments are put back where they were: above what they preceded, or at the end of the line
//! they followed. A block stays on one line if its author wrote it so and it fits; a line break before `and` or `or` is kept.
//! Clauses keep their order. Declarations of several lines are surrounded by empty lines; elsewhere empty lines are kept, at most one.

use crate::ast::{File, Item};
use crate::comment::Comment;
use crate::parse;
use crate::span::{SourceId, Span};
use crate::syntax_error::SyntaxError;

mod declarations;
mod doc;
mod expressions;
mod layout;
mod limits;
mod scenarios;

use doc::{Doc, render, text};

/// Formats a text.
///
/// # Errors
///
/// The errors of a text that does not parse, which is left as it is.
pub fn format(source: SourceId, text: &str) -> Result<String, Vec<SyntaxError>> {
    let parsed = parse(source, text);
    if !parsed.errors.is_empty() {
        return Err(parsed.errors);
    }
    let printer = Printer { text, comments: &parsed.comments, taken: 0 };
    Ok(printer.file(&parsed.file))
}

/// Prints a tree that need not have a text; its spans are not looked at.
#[must_use]
pub fn print(file: &File) -> String {
    Printer { text: "", comments: &[], taken: 0 }.file(file)
}

/// The state of printing. Comments are taken in their order.
struct Printer<'s> {
    text: &'s str,
    comments: &'s [Comment],
    taken: usize,
}

/// What has been printed of the file.
#[derive(Default)]
struct Page {
    out: String,
    /// Whether an empty line must follow.
    apart: bool,
}

impl Page {
    fn start_line(&mut self, blank: bool) {
        if self.out.is_empty() {
            return;
        }
        self.out.push_str(if blank || self.apart { "\n\n" } else { "\n" });
        self.apart = false;
    }
}

impl<'s> Printer<'s> {
    fn file(mut self, file: &File) -> String {
        let mut page = Page::default();
        if let Some(edition) = &file.edition {
            let start = self.word_start(edition.span.start);
            self.declaration(&mut page, start, |_| text(format!("edition {};", edition.value)));
        }
        if let Some(module) = &file.module {
            self.declaration(&mut page, module.span.start, |_| declarations::module(module));
        }
        for of in &file.uses {
            self.declaration(&mut page, of.span.start, |printer| printer.use_of(of));
        }
        page.apart |= !file.items.is_empty();
        for item in &file.items {
            self.declaration(&mut page, start(item), |printer| printer.item(item));
        }
        let rest = self.take(u32::MAX);
        self.comments(&mut page, rest);
        if !page.out.is_empty() {
            page.out.push('\n');
        }
        page.out
    }

    /// Prints a declaration and what stands above it.
    fn declaration(&mut self, page: &mut Page, start: u32, print: impl FnOnce(&mut Self) -> Doc) {
        let above = self.take(start);
        let printed = render(&print(self));
        let tall = printed.contains('\n');
        page.apart |= tall;
        self.comments(page, above);
        page.start_line(self.blank_before(start));
        page.out.push_str(&printed);
        page.apart = tall;
    }

    /// Prints comments between declarations, the first one behind what was printed if it stood so.
    fn comments(&self, page: &mut Page, comments: &[Comment]) {
        let own_lines = match comments {
            [first, rest @ ..] if !first.own_line && !page.out.is_empty() => {
                page.out.push(' ');
                page.out.push_str(&first.text);
                rest
            }
            all => all,
        };
        for comment in own_lines {
            page.start_line(self.blank_before(comment.span.start));
            page.out.push_str(&comment.text);
        }
    }

    /// The comments before an offset that were not taken yet.
    fn take(&mut self, end: u32) -> &'s [Comment] {
        let rest = self.comments.get(self.taken..).unwrap_or_default();
        let count = rest.iter().take_while(|comment| comment.span.start < end).count();
        self.taken = self.taken.saturating_add(count);
        rest.get(..count).unwrap_or_default()
    }

    /// Whether a comment that was not taken yet stands before an offset.
    fn has_comment(&self, end: u32) -> bool {
        self.comments.get(self.taken).is_some_and(|comment| comment.span.start < end)
    }

    /// Whether an empty line stands right before an offset.
    fn blank_before(&self, at: u32) -> bool {
        let before = self.text.get(..at as usize).unwrap_or_default();
        let blanks = before.len().saturating_sub(before.trim_end().len());
        before
            .get(before.len().saturating_sub(blanks)..)
            .is_some_and(|blanks| blanks.matches('\n').count() > 1)
    }

    /// Whether a line ends between two offsets.
    fn breaks(&self, start: u32, end: u32) -> bool {
        self.text.get(start as usize..end as usize).is_some_and(|text| text.contains('\n'))
    }

    /// Where the line's text starts, if only words stand between its start and the offset.
    fn word_start(&self, at: u32) -> u32 {
        let before = self.text.get(..at as usize).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        let words = line.trim_start();
        let plain = words.bytes().all(|b| b.is_ascii_alphabetic() || b == b' ');
        if plain { at.saturating_sub(u32::try_from(words.len()).unwrap_or(0)) } else { at }
    }

    /// The offset of the closing mark behind an offset from which only commas, semicolons and comments lead to it.
    fn close(&self, from: u32, mark: char) -> u32 {
        let mut at = from as usize;
        while let Some(rest) = self.text.get(at..) {
            let Some(found) = rest.find([mark, '/']) else { break };
            at = at.saturating_add(found);
            let rest = self.text.get(at..).unwrap_or_default();
            if rest.starts_with(mark) {
                return u32::try_from(at).unwrap_or(from);
            }
            at = at.saturating_add(rest.find('\n').unwrap_or(rest.len()).max(1));
        }
        from
    }
}

/// Where a declaration and its marks start.
fn start(item: &Item) -> u32 {
    let marks = item.marks();
    let spans = marks.allows.first().map(|allow| allow.span).into_iter().chain(marks.private);
    spans.chain([item.span()]).map(|span: Span| span.start).min().unwrap_or(0)
}

#[cfg(test)]
mod tests;
