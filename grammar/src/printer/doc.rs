//! Text with places where its lines may break.

/// The longest line, in characters, that the printer makes where it has a choice.
const COLUMNS: usize = 100;

/// A piece of layout.
#[derive(Clone, Debug)]
pub(super) enum Doc {
    /// Text without a line break.
    Text(String),
    /// A comment: a line break must follow, and it never makes its line too long.
    Comment(String),
    /// The text if the group around it stands on one line, else a line break.
    Line(&'static str),
    /// The text if the group around it is broken, else nothing.
    Broken(&'static str),
    /// A line break; breaks every group around it.
    Hard,
    /// An empty line; stands before a line break.
    Blank,
    /// Lines of the content start so many columns further right.
    Nest(usize, Box<Doc>),
    /// Lines of the content start at the column of its first character.
    Align(Box<Doc>),
    /// Stands on one line if it fits.
    Group(Box<Doc>),
    /// One piece after the other.
    Concat(Vec<Doc>),
}

/// A text.
pub(super) fn text(text: impl Into<String>) -> Doc {
    Doc::Text(text.into())
}

/// A content that starts further right.
pub(super) fn nest(columns: usize, doc: Doc) -> Doc {
    Doc::Nest(columns, Box::new(doc))
}

/// A content that stands on one line if it fits.
pub(super) fn group(doc: Doc) -> Doc {
    Doc::Group(Box::new(doc))
}

/// A content whose lines start where it starts.
pub(super) fn align(doc: Doc) -> Doc {
    Doc::Align(Box::new(doc))
}

/// Pieces with a text between them.
pub(super) fn joined(docs: impl IntoIterator<Item = Doc>, between: &'static str) -> Doc {
    let mut pieces = Vec::new();
    for doc in docs {
        if !pieces.is_empty() {
            pieces.push(text(between));
        }
        pieces.push(doc);
    }
    Doc::Concat(pieces)
}

/// A piece that waits to be written: the columns that its lines start at, and whether it stands on one line.
type Waiting<'d> = (usize, bool, &'d Doc);

/// Writes the layout.
pub(super) fn render(doc: &Doc) -> String {
    let mut out = String::new();
    let mut column = 0_usize;
    let mut waiting: Vec<Waiting<'_>> = vec![(0, false, doc)];
    while let Some((indent, flat, doc)) = waiting.pop() {
        match doc {
            Doc::Text(piece) | Doc::Comment(piece) => {
                out.push_str(piece);
                column = column.saturating_add(piece.chars().count());
            }
            Doc::Line(piece) if flat => {
                out.push_str(piece);
                column = column.saturating_add(piece.len());
            }
            Doc::Broken(piece) => {
                if !flat {
                    out.push_str(piece);
                    column = column.saturating_add(piece.len());
                }
            }
            Doc::Line(_) | Doc::Hard => {
                trim_blanks(&mut out);
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', indent));
                column = indent;
            }
            Doc::Blank => {
                trim_blanks(&mut out);
                out.push('\n');
            }
            Doc::Nest(more, inner) => waiting.push((indent.saturating_add(*more), flat, inner)),
            Doc::Align(inner) => waiting.push((column, flat, inner)),
            Doc::Group(inner) => {
                let flat = flat || fits(COLUMNS.saturating_sub(column), inner, &waiting);
                waiting.push((indent, flat, inner));
            }
            Doc::Concat(docs) => waiting.extend(docs.iter().rev().map(|doc| (indent, flat, doc))),
        }
    }
    trim_blanks(&mut out);
    out
}

fn trim_blanks(out: &mut String) {
    out.truncate(out.trim_end_matches(' ').len());
}

/// Whether the content, and what follows it up to the next possible break, fits into so many columns.
fn fits(mut columns: usize, doc: &Doc, behind: &[Waiting<'_>]) -> bool {
    let mut stack = vec![(true, true, doc)];
    let mut behind = behind.iter().rev();
    loop {
        let (own, flat, doc) = match stack.pop() {
            Some(next) => next,
            None => match behind.next() {
                Some((_, flat, doc)) => (false, *flat, *doc),
                None => return true,
            },
        };
        let width = match doc {
            Doc::Text(piece) => piece.chars().count(),
            Doc::Line(piece) if flat => piece.len(),
            Doc::Line(_) => return true,
            Doc::Comment(_) | Doc::Hard | Doc::Blank => return !own,
            Doc::Broken(_) => 0,
            Doc::Nest(_, inner) | Doc::Align(inner) | Doc::Group(inner) => {
                stack.push((own, flat, inner));
                0
            }
            Doc::Concat(docs) => {
                stack.extend(docs.iter().rev().map(|doc| (own, flat, doc)));
                0
            }
        };
        match columns.checked_sub(width) {
            Some(left) => columns = left,
            None => return false,
        }
    }
}
