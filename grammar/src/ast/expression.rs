//! Expressions.

use super::{EntityLiteral, Ident};
use crate::span::{Span, Spanned};

/// An expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expr {
    /// What kind of expression.
    pub kind: ExprKind,
    /// The whole expression.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExprKind {
    /// `amount`, `resource`, `agent`, `now`, `basic`.
    Name(String),
    /// `true`, `false`
    Bool(bool),
    /// `42`, with `_` kept.
    Int(String),
    /// `1.5`, with `_` kept.
    Decimal(String),
    /// `50.00 USD`, as written.
    Money(String),
    /// `90d`, as written.
    Duration(String),
    /// `2026-03-20T09:00Z`, as written.
    Instant(String),
    /// `2026-03-20`, as written.
    Date(String),
    /// `09:00` or `09:00:30`, as written.
    Clock(String),
    /// `10.1.2.3` or `2001:db8::1`, as written.
    Ip(String),
    /// `10.0.0.0/8` or `2001:db8::/32`, as written.
    Cidr(String),
    /// `r"…"`: what stands between the quotes, where no escape is resolved.
    Regex(String),
    /// `"text"`, unescaped.
    String(String),
    /// `Customer::"ann"`
    Entity(EntityLiteral),
    /// `[a, b]`
    Set(Vec<Expr>),
    /// `["k" => v]`, never empty.
    Map(Vec<(Expr, Expr)>),
    /// `a..b`, only to the right of `in`.
    Range(Box<Expr>, Box<Expr>),
    /// `x.y` or `Tier.basic`
    Attr {
        /// What the attribute is read of.
        base: Box<Expr>,
        /// Its name.
        name: Ident,
        /// `?.`
        optional: bool,
    },
    /// `caps[k]`
    Index {
        /// A table, a map or a list.
        base: Box<Expr>,
        /// The key.
        key: Box<Expr>,
    },
    /// `f(x, y)`, or a record: `Address(street: "…")`.
    Call {
        /// The function or record type.
        function: Ident,
        /// What it is given.
        args: Vec<Argument>,
    },
    /// `any(x in xs: c)`, `all(…)`, `count(…)`
    Quantified {
        /// `any`, `all` or `count`.
        quantifier: Spanned<Quantifier>,
        /// The name that stands for each element in the condition.
        variable: Ident,
        /// The collection.
        source: Box<Expr>,
        /// The condition.
        condition: Box<Expr>,
    },
    /// `x is T`
    Is {
        /// The tested expression.
        expr: Box<Expr>,
        /// The type.
        ty: Ident,
    },
    /// `if c then a else b`
    If {
        /// The condition.
        condition: Box<Expr>,
        /// What it is when the condition holds.
        then: Box<Expr>,
        /// What it is when it does not.
        otherwise: Box<Expr>,
    },
    /// `present(x)`
    Present(Box<Expr>),
    /// `not x`, `-x`
    Unary(Spanned<UnaryOp>, Box<Expr>),
    /// `a and b`, `a in b`, …
    Binary(Box<Expr>, Spanned<BinaryOp>, Box<Expr>),
    /// An expression that did not parse; reported already.
    Error,
}

/// `x` or `street: x` in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// `street:`
    pub name: Option<Ident>,
    /// The value.
    pub value: Expr,
    /// All of it.
    pub span: Span,
}

/// A test over a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quantifier {
    /// `any`: whether one element fits.
    Any,
    /// `all`: whether every element fits.
    All,
    /// `count`: how many elements fit.
    Count,
}

/// A prefix operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `-`
    Neg,
}

/// An infix operator, loosest first: `or`; `and`; `not`; comparisons, `in`, `within`, `like`,
/// `matches` and `is` (which do not chain); `else`; `+ -`; `* /`. An
/// `if` binds loosest of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `in`
    In,
    /// `within`
    Within,
    /// `like`
    Like,
    /// `matches`
    Matches,
    /// `else`
    Else,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
}
