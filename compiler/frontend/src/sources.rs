//! The source texts of a policy and their line starts. Those of the standard library come after the policy's own.

pub use permit_grammar::limits::SOURCE_BYTES_MAX;
use permit_grammar::span::{SourceId, Span};

use crate::library;

/// The most texts one policy may have.
pub const SOURCES_MAX: usize = 1_024;

/// The texts of one policy. Those of a module count in their order.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    texts: Vec<Source>,
}

/// One text.
#[derive(Clone, Debug)]
struct Source {
    name: String,
    text: String,
    /// The byte at which each line begins; never empty, ascending.
    line_starts: Vec<usize>,
}

/// A text that is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourcesError {
    /// There are as many texts as there may be.
    #[error("a policy can have at most {SOURCES_MAX} files")]
    TooMany,
    /// The text is longer than a text may be.
    #[error("`{name}` is longer than {SOURCE_BYTES_MAX} bytes")]
    TooLong {
        /// The text's name.
        name: String,
    },
}

/// A place in a text as people count: from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

impl Sources {
    /// No texts.
    #[must_use]
    pub const fn new() -> Self {
        Self { texts: Vec::new() }
    }

    /// One text, for a policy of one file.
    ///
    /// # Errors
    /// [`SourcesError::TooLong`].
    pub fn single(name: impl Into<String>, text: impl Into<String>) -> Result<Self, SourcesError> {
        let mut sources = Self::new();
        sources.add(name, text)?;
        Ok(sources)
    }

    /// Takes one more text. Its name is what diagnostics call it, usually a path.
    ///
    /// # Errors
    /// [`SourcesError`] when there are too many texts or this one is too long.
    pub fn add(
        &mut self,
        name: impl Into<String>,
        text: impl Into<String>,
    ) -> Result<SourceId, SourcesError> {
        let (name, text) = (name.into(), text.into());
        if self.texts.len() >= SOURCES_MAX {
            return Err(SourcesError::TooMany);
        }
        if text.len() > SOURCE_BYTES_MAX {
            return Err(SourcesError::TooLong { name });
        }
        let id = u16::try_from(self.texts.len()).map_err(|_| SourcesError::TooMany)?;
        let line_starts =
            std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at.saturating_add(1))).collect();
        self.texts.push(Source { name, text, line_starts });
        Ok(SourceId(id))
    }

    /// The texts in order: number, name, text.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &str, &str)> {
        (0..).zip(&self.texts).map(|(id, source)| (SourceId(id), source.name.as_str(), source.text.as_str()))
    }

    /// A text's name, the module's if it is the library's; empty for a number that no text has.
    #[must_use]
    pub fn name(&self, id: SourceId) -> &str {
        match self.texts.get(usize::from(id.0)) {
            Some(source) => &source.name,
            None => library::text(id).map_or("", |(name, _)| name),
        }
    }

    /// A text; empty for a number that no text has.
    #[must_use]
    pub fn text(&self, id: SourceId) -> &str {
        match self.texts.get(usize::from(id.0)) {
            Some(source) => &source.text,
            None => library::text(id).map_or("", |(_, text)| text),
        }
    }

    /// What a span covers; empty for a span that lies in no text.
    #[must_use]
    pub fn snippet(&self, span: Span) -> &str {
        self.text(span.source).get(span.range()).unwrap_or_default()
    }

    /// Where a span begins.
    #[must_use]
    pub fn start(&self, span: Span) -> Position {
        self.position(span.source, span.range().start)
    }

    /// Where a span ends, one past its last character.
    #[must_use]
    pub fn end(&self, span: Span) -> Position {
        self.position(span.source, span.range().end)
    }

    fn position(&self, id: SourceId, byte: usize) -> Position {
        let text = self.text(id);
        let (line, start) = match self.texts.get(usize::from(id.0)) {
            Some(source) => {
                let line = source.line_starts.partition_point(|&start| start <= byte);
                (line, line.checked_sub(1).and_then(|at| source.line_starts.get(at)).copied().unwrap_or(0))
            }
            None => {
                let before = text.get(..byte).unwrap_or_default();
                let newlines = before.matches('\n').count();
                (newlines.saturating_add(1), before.rfind('\n').map_or(0, |at| at.saturating_add(1)))
            }
        };
        let before = text.get(start..byte).map_or(0, |text| text.chars().count());
        Position { line, column: before + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters_from_one() {
        let sources = Sources::single("a", "één\ntwo\n").unwrap();
        let at = |start| sources.start(Span { source: SourceId(0), start, end: start });
        for (byte, line, column) in [(0, 1, 1), (2, 1, 2), (5, 1, 4), (6, 2, 1), (9, 2, 4), (10, 3, 1)] {
            assert_eq!(at(byte), Position { line, column }, "byte {byte}");
        }
    }

    #[test]
    fn a_text_that_is_too_long_is_refused() {
        let long = " ".repeat(SOURCE_BYTES_MAX + 1);
        assert_eq!(Sources::new().add("a", long), Err(SourcesError::TooLong { name: "a".to_owned() }));
    }
}
