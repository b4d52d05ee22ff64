//! Tokens: the keywords, punctuation and literals that the grammar is written in.

use logos::Logos;

/// What a token is. Keywords are kinds of their own; the grammar says where each is still usable as a name.
///
/// The kinds from `RawNumber` on never reach the grammar: the lexer turns them into others or reports them.
#[derive(Logos, Clone, Copy, Debug, PartialEq, Eq)]
#[logos(subpattern hex = r"[0-9a-fA-F][0-9a-fA-F]?[0-9a-fA-F]?[0-9a-fA-F]?")]
#[logos(skip r"([ \t\n]|\r\n)+")]
pub(crate) enum Kind {
    #[token("edition")]
    Edition,
    #[token("module")]
    Module,
    #[token("zone")]
    Zone,
    #[token("enum")]
    Enum,
    #[token("group")]
    Group,
    #[token("agent")]
    Agent,
    #[token("resource")]
    Resource,
    #[token("action")]
    Action,
    #[token("permit")]
    Permit,
    #[token("forbid")]
    Forbid,
    #[token("budget")]
    Budget,
    #[token("rate")]
    Rate,
    #[token("use")]
    Use,
    #[token("const")]
    Const,
    #[token("record")]
    Record,
    #[token("person")]
    Person,
    #[token("table")]
    Table,
    #[token("fn")]
    Fn,
    #[token("review")]
    Review,
    #[token("actions")]
    Actions,
    #[token("scenario")]
    Scenario,
    #[token("scope")]
    Scope,
    /// Reserved: no declaration of this version.
    #[token("prove")]
    Prove,
    #[token("private")]
    Private,
    #[token("if")]
    If,
    #[token("then")]
    Then,
    #[token("is")]
    Is,

    #[token("within")]
    Within,
    #[token("identified")]
    Identified,
    #[token("by")]
    By,
    #[token("on")]
    On,
    #[token("when")]
    When,
    #[token("unless")]
    Unless,
    #[token("because")]
    Because,
    #[token("hint")]
    Hint,
    #[token("in")]
    In,
    #[token("counts")]
    Counts,
    #[token("as")]
    As,
    #[token("for")]
    For,
    #[token("each")]
    Each,
    #[token("limit")]
    Limit,
    #[token("per")]
    Per,
    #[token("hold")]
    Hold,
    #[token("allow")]
    Allow,
    #[token("burst")]
    Burst,
    #[token("allows")]
    Allows,
    #[token("requires")]
    Requires,
    #[token("to")]
    To,
    #[token("expires")]
    Expires,
    #[token("after")]
    After,

    #[token("claimed")]
    Claimed,
    #[token("readonly")]
    Readonly,
    #[token("irreversible")]
    Irreversible,
    #[token("external")]
    External,
    #[token("approved")]
    Approved,
    #[token("of")]
    Of,
    #[token("them")]
    Them,
    #[token("timeout")]
    Timeout,
    #[token("warn")]
    Warn,
    #[token("at")]
    At,
    #[token("given")]
    Given,
    #[token("attempt")]
    Attempt,
    #[token("expect")]
    Expect,
    #[token("under")]
    Under,
    #[token("leaving")]
    Leaving,
    #[token("deny")]
    Deny,
    #[token("approve")]
    Approve,
    #[token("decline")]
    Decline,
    #[token("confirm")]
    Confirm,
    #[token("release")]
    Release,
    #[token("any")]
    Any,
    #[token("all")]
    All,
    #[token("count")]
    Count,

    #[token("and")]
    And,
    #[token("or")]
    Or,
    #[token("not")]
    Not,
    #[token("like")]
    Like,
    #[token("matches")]
    Matches,
    #[token("else")]
    Else,
    #[token("true")]
    True,
    #[token("false")]
    False,
    #[token("present")]
    Present,

    #[token(";")]
    Semi,
    #[token(":")]
    Colon,
    #[token("::")]
    PathSep,
    #[token(",")]
    Comma,
    #[token(".")]
    Dot,
    #[token("?.")]
    OptDot,
    #[token("?")]
    Question,
    #[token("..")]
    DotDot,
    #[token("(")]
    LParen,
    #[token(")")]
    RParen,
    #[token("[")]
    LBracket,
    #[token("]")]
    RBracket,
    #[token("{")]
    LBrace,
    #[token("}")]
    RBrace,
    #[token("=")]
    Assign,
    #[token("==")]
    EqEq,
    #[token("!=")]
    NotEq,
    #[token("<")]
    Lt,
    #[token("<=")]
    Le,
    #[token(">")]
    Gt,
    #[token(">=")]
    Ge,
    #[token("+")]
    Plus,
    #[token("-")]
    Minus,
    #[token("*")]
    Star,
    #[token("/")]
    Slash,
    #[token("%")]
    Percent,
    #[token("@")]
    Commercial,
    #[token("=>")]
    FatArrow,
    #[token("->")]
    Arrow,

    /// A word that is no keyword.
    #[regex("[A-Za-z_][A-Za-z0-9_]*")]
    Word,
    #[regex(r#""([^"\\\n]|\\[^\n])*("|\\)?"#)]
    Str,
    Int,
    Decimal,
    Money,
    Duration,
    Instant,
    Date,
    /// A date and a time without a zone.
    Local,
    #[regex("[0-9][0-9]:[0-9][0-9](:[0-9][0-9])?", priority = 30)]
    Clock,
    #[regex(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+")]
    #[regex(
        "((?&hex):)+:(?&hex)(:(?&hex))*|::[0-9][0-9a-fA-F]?[0-9a-fA-F]?[0-9a-fA-F]?(:(?&hex))*|((?&hex):)((?&hex):)((?&hex):)((?&hex):)((?&hex):)((?&hex):)((?&hex):)(?&hex)"
    )]
    Ip,
    #[regex(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+/[0-9]+")]
    #[regex(
        "((?&hex):)+:((?&hex)(:(?&hex))*)?/[0-9]+|::([0-9][0-9a-fA-F]?[0-9a-fA-F]?[0-9a-fA-F]?(:(?&hex))*)?/[0-9]+|((?&hex):)((?&hex):)((?&hex):)((?&hex):)((?&hex):)((?&hex):)((?&hex):)(?&hex)/[0-9]+"
    )]
    Cidr,
    /// `r"…"`, without escapes.
    #[regex("r\"[^\"\n]*\"")]
    Regex,
    /// Stands where an expression is lacking; no text produces it.
    Missing,

    #[regex(r"[0-9][0-9A-Za-z_]*(\.[0-9][0-9A-Za-z_]*)?")]
    RawNumber,
    #[regex(
        r"[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9](T[0-9]([0-9:.]*[0-9])?(Z|[+-][0-9]([0-9:]*[0-9])?)?)?",
        priority = 30
    )]
    RawDate,
    #[regex("'[^'\n]*'")]
    RawQuoted,
    #[regex(r"//[^\n]*", allow_greedy = true)]
    RawComment,
    #[regex(r"#[^\n]*", allow_greedy = true)]
    RawHash,
    #[token("/*")]
    RawBlock,
    #[regex("[A-Za-z0-9_]*[^\x00-\x7F][A-Za-z0-9_\u{80}-\u{10FFFF}]*")]
    RawForeign,
    #[token("&&")]
    RawAnd,
    #[token("||")]
    RawOr,
    #[token("!")]
    RawNot,
}

impl Kind {
    /// The keyword or mark that is written so, if the text is one.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let mut lexer = Self::lexer(text);
        let kind = lexer.next()?.ok()?;
        (lexer.remainder().is_empty() && kind != Self::Word).then_some(kind)
    }

    /// Whether the token is a word: a name or a keyword.
    pub(crate) const fn is_word(self) -> bool {
        matches!(self, Self::Word) || (self as u8) < (Self::Semi as u8)
    }

    /// Whether the word opens a declaration.
    pub(crate) const fn opens_declaration(self) -> bool {
        (self as u8) <= (Self::Scope as u8)
    }

    /// Whether the word never is a name in an expression.
    pub(crate) const fn is_reserved(self) -> bool {
        use Kind::{And, Because, Else, False, If, Is, Like, Matches, Not, Or, Present, Then, True};
        use Kind::{Unless, When, Within};
        matches!(
            self,
            And | Or | Not | Else | Within | Like | Matches | Is | If | Then | True | False | Present
        ) || matches!(self, When | Unless | Because)
    }

    /// Whether the word connects two parts of a declaration or an expression, so that it follows a name.
    pub(crate) const fn connects(self) -> bool {
        use Kind::{Approved, As, By, Expect, For, Hint, In, Leaving, On, Timeout, Under};
        self.is_reserved()
            || matches!(self, By | As | In | On | For | Hint | Approved | Timeout | Expect | Under | Leaving)
    }

    /// Whether the token opens a bracket.
    pub(crate) const fn opens(self) -> bool {
        matches!(self, Self::LParen | Self::LBracket | Self::LBrace)
    }

    /// The bracket that this one closes.
    pub(crate) const fn closes(self) -> Option<Self> {
        match self {
            Self::RParen => Some(Self::LParen),
            Self::RBracket => Some(Self::LBracket),
            Self::RBrace => Some(Self::LBrace),
            _ => None,
        }
    }
}

/// A token and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    /// What it is.
    pub(crate) kind: Kind,
    /// The first byte.
    pub(crate) start: u32,
    /// One past the last byte.
    pub(crate) end: u32,
    /// Whether it is the first on its line.
    pub(crate) first_on_line: bool,
    /// Whether it stands for text that was reported already, so that a mistake right beside it is not reported again.
    pub(crate) mended: bool,
}
