//! Comments, which are not part of the tree.

use crate::span::Span;

/// A comment from its `//` to the end of its line, without the blanks there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The comment with its `//`.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// Whether nothing stands before it on its line: then it speaks of what follows, else of what precedes it.
    pub own_line: bool,
}
