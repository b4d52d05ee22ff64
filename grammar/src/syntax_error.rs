//! Syntax errors as data, with their messages. Another crate renders them.

use std::fmt;

use crate::limits::{ERRORS_MAX, NESTING_MAX, SOURCE_BYTES_MAX, TOKENS_MAX};
use crate::span::Span;

mod help;

/// A syntax error and its location.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}")]
pub struct SyntaxError {
    /// What is wrong.
    pub kind: SyntaxErrorKind,
    /// Where.
    pub span: Span,
}

/// The kinds of errors that the lexer and the parser report.
///
/// Codes up to `P0029` come from the lexer, the others from the parser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// A character that no token starts with.
    UnexpectedCharacter {
        /// The character.
        found: char,
    },
    /// A character beyond ASCII outside strings and comments.
    NonAscii {
        /// The first such character of the word.
        found: char,
    },
    /// A character that changes the order in which text is shown.
    BidiControl {
        /// The character.
        found: char,
    },
    /// A control character, or a line break that is not one here.
    ControlCharacter {
        /// The character.
        found: char,
    },
    /// A string without its closing quote.
    UnterminatedString,
    /// An escape that does not exist.
    UnknownEscape {
        /// The escape with its backslash.
        found: String,
    },
    /// Something that starts like a number and is none.
    BadNumber {
        /// The whole word.
        found: String,
    },
    /// A duration in a unit that does not exist.
    UnknownUnit {
        /// The digits.
        number: String,
        /// The unit.
        unit: String,
    },
    /// A date and a time without a zone, elsewhere than behind `at` in a scenario. The parser reports it.
    InstantWithoutZone {
        /// The moment.
        found: String,
    },
    /// A moment whose parts do not fit.
    BadInstant {
        /// The moment.
        found: String,
    },
    /// A comment of another language.
    ForeignComment {
        /// `/*` rather than `#`.
        block: bool,
    },
    /// An operator of another language.
    ForeignOperator {
        /// As written.
        found: String,
        /// The operator of this language.
        ours: &'static str,
    },
    /// The text is too long to read.
    SourceTooLong,
    /// The text has too many tokens.
    TooManyTokens,

    /// A token that does not fit.
    Unexpected {
        /// The token in words.
        found: String,
        /// What would fit, in words; empty when the token is only too much.
        expected: Vec<String>,
    },
    /// A mark or a word is missing; the error stands right behind what it should follow.
    Missing {
        /// What is missing, in words.
        what: String,
        /// What stands there instead, in words.
        before: String,
    },
    /// A `;` is missing; the error stands right behind what it should follow.
    MissingSemicolon {
        /// What stands there instead, in words.
        before: String,
    },
    /// An expression is missing.
    MissingExpression {
        /// What stands there instead, in words.
        before: String,
    },
    /// A bracket that nothing closes.
    Unclosed {
        /// The opening bracket.
        open: char,
        /// The closing bracket.
        close: char,
        /// Where it was opened.
        opened: Span,
    },
    /// A closing bracket that nothing opened.
    Unmatched {
        /// The bracket.
        found: char,
    },
    /// A word that is almost a keyword.
    Misspelt {
        /// As written.
        found: String,
        /// The keyword.
        meant: String,
    },
    /// Something other than a declaration between declarations.
    NotADeclaration {
        /// What stands there, in words.
        found: String,
    },
    /// A declaration whose word is reserved.
    LaterDeclaration {
        /// The word that opens it.
        word: String,
    },
    /// `a < b < c`.
    ChainedComparison {
        /// The first of the two operators.
        first: Span,
    },
    /// `a..b` elsewhere than to the right of `in`.
    RangeOutsideIn,
    /// `a not in b`.
    MisplacedNot {
        /// The operator behind `not`.
        op: String,
    },
    /// A reserved word where a name is needed.
    ReservedWord {
        /// The word.
        word: String,
    },
    /// Brackets or a tree deeper than the limit.
    TooDeep,
    /// A clause that may stand only once.
    RepeatedClause {
        /// The clause's first words.
        word: &'static str,
        /// Where it stands the first time.
        first: Span,
    },
    /// A clause behind one that it must precede.
    ClauseOrder {
        /// The clause that stands too late.
        word: &'static str,
        /// The clause that it must precede.
        before: &'static str,
        /// Where that one stands.
        other: Span,
    },
    /// `edition` or `module` that stands twice or not at the top.
    MisplacedHeader {
        /// `edition` or `module`.
        word: &'static str,
        /// Where the first one stands, if there are two.
        first: Option<Span>,
    },
    /// A `;` behind a block.
    NeedlessSemicolon,
    /// The limit of errors was reached; what follows was not read.
    TooManyErrors,
}

impl SyntaxError {
    /// An error at a place.
    #[must_use]
    pub const fn new(kind: SyntaxErrorKind, span: Span) -> Self {
        Self { kind, span }
    }

    /// The stable code, which also names the page that explains it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// One line that says what is wrong.
    #[must_use]
    pub fn message(&self) -> String {
        self.kind.to_string()
    }

    /// One line that says what to do.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        Some(help::of(&self.kind))
    }

    /// Where the mistake stands.
    #[must_use]
    pub const fn primary(&self) -> Span {
        self.span
    }

    /// A second place that matters, and what is to be seen there.
    #[must_use]
    pub fn secondary(&self) -> Option<(Span, String)> {
        use SyntaxErrorKind as E;
        match &self.kind {
            E::Unclosed { opened, open, .. } => Some((*opened, format!("this `{open}` is not closed"))),
            E::ChainedComparison { first } => Some((*first, "the first comparison".to_owned())),
            E::RepeatedClause { word, first } => Some((*first, format!("the first `{word}`"))),
            E::ClauseOrder { before, other, .. } => Some((*other, format!("`{before}` is here"))),
            E::MisplacedHeader { word, first: Some(first) } => Some((*first, format!("the first `{word}`"))),
            _ => None,
        }
    }
}

/// The table: the kinds of each code.
macro_rules! codes {
    ($($($kind:ident)|+ = $code:literal;)*) => {
        impl SyntaxErrorKind {
            /// Every code of this crate, each with its page in `docs/diagnostics`.
            pub const CODES: &[&'static str] = &[$($code),*];

            /// The stable code.
            #[must_use]
            pub const fn code(&self) -> &'static str {
                match self {
                    $($(Self::$kind { .. })|+ => $code,)*
                }
            }
        }
    };
}

codes! {
    UnexpectedCharacter = "P0001";
    NonAscii = "P0002";
    BidiControl = "P0003";
    ControlCharacter = "P0004";
    UnterminatedString = "P0005";
    UnknownEscape = "P0006";
    BadNumber = "P0007";
    UnknownUnit = "P0008";
    InstantWithoutZone = "P0009";
    BadInstant = "P0010";
    ForeignComment = "P0012";
    ForeignOperator = "P0013";
    SourceTooLong = "P0014";
    TooManyTokens = "P0015";
    Unexpected = "P0030";
    Missing = "P0031";
    MissingSemicolon = "P0032";
    MissingExpression = "P0033";
    Unclosed = "P0034";
    Unmatched = "P0035";
    Misspelt = "P0036";
    NotADeclaration = "P0037";
    LaterDeclaration = "P0038";
    ChainedComparison = "P0040";
    RangeOutsideIn = "P0041";
    MisplacedNot = "P0042";
    ReservedWord = "P0043";
    TooDeep = "P0044";
    RepeatedClause | ClauseOrder = "P0045";
    MisplacedHeader = "P0046";
    NeedlessSemicolon = "P0047";
    TooManyErrors = "P0048";
}

impl fmt::Display for SyntaxErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnexpectedCharacter { found } => write!(f, "unexpected character `{found}`"),
            Self::NonAscii { found } => {
                write!(f, "non-ASCII character `{}` outside a string", found.escape_debug())
            }
            Self::BidiControl { found } => {
                write!(f, "bidirectional control character `{}`", found.escape_unicode())
            }
            Self::ControlCharacter { found } => write!(f, "control character `{}`", found.escape_unicode()),
            Self::UnterminatedString => write!(f, "unterminated string"),
            Self::UnknownEscape { found } => write!(f, "unknown escape sequence `{}`", Printable(found)),
            Self::BadNumber { found } => write!(f, "`{found}` is not a valid number"),
            Self::UnknownUnit { number, unit } => write!(f, "`{number}{unit}` is not a valid duration"),
            Self::InstantWithoutZone { found } => write!(f, "`{found}` has no offset"),
            Self::BadInstant { found } => write!(f, "`{found}` is not a valid date and time"),
            Self::ForeignComment { block: true } => write!(f, "block comments are not supported"),
            Self::ForeignComment { block: false } => write!(f, "`#` does not start a comment"),
            Self::ForeignOperator { found, .. } => write!(f, "`{found}` is not an operator"),
            Self::SourceTooLong => write!(f, "this file is longer than {SOURCE_BYTES_MAX} bytes"),
            Self::TooManyTokens => write!(f, "this file has more than {TOKENS_MAX} tokens"),
            Self::Unexpected { found, expected } => {
                write!(f, "unexpected {found}")?;
                help::alternatives(f, ", expected ", expected)
            }
            Self::Missing { what, before } => write!(f, "expected {what} before {before}"),
            Self::MissingSemicolon { before } => write!(f, "expected `;` before {before}"),
            Self::MissingExpression { before } => write!(f, "expected an expression before {before}"),
            Self::Unclosed { open, .. } => write!(f, "unclosed `{open}`"),
            Self::Unmatched { found } => write!(f, "unmatched `{found}`"),
            Self::Misspelt { found, .. } => write!(f, "unexpected word `{found}`"),
            Self::NotADeclaration { found } => write!(f, "expected a declaration, found {found}"),
            Self::LaterDeclaration { word } => write!(f, "`{word}` is not supported in this version"),
            Self::ChainedComparison { .. } => write!(f, "comparisons cannot be chained"),
            Self::RangeOutsideIn => write!(f, "a range is only allowed to the right of `in`"),
            Self::MisplacedNot { op } => write!(f, "`not {op}` is not an operator"),
            Self::ReservedWord { word } => write!(f, "`{word}` is a reserved word"),
            Self::TooDeep => write!(f, "nested more than {NESTING_MAX} levels deep"),
            Self::RepeatedClause { word, .. } => write!(f, "duplicate `{word}`"),
            Self::ClauseOrder { word, before, .. } => write!(f, "`{word}` must come before `{before}`"),
            Self::MisplacedHeader { word, first: Some(_) } => write!(f, "duplicate `{word}`"),
            Self::MisplacedHeader { word, first: None } => {
                write!(f, "`{word}` must come before all other declarations")
            }
            Self::NeedlessSemicolon => write!(f, "unnecessary `;`"),
            Self::TooManyErrors => write!(f, "more than {ERRORS_MAX} errors; the rest is not shown"),
        }
    }
}

/// Text whose control characters are shown as escapes.
struct Printable<'s>(&'s str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            _ if c.is_control() => write!(f, "{}", c.escape_unicode()),
            _ => write!(f, "{c}"),
        })
    }
}
