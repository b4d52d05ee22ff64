//! The syntax tree: what was written, with names unresolved and meaning undecided.
//!
//! Literals keep their text; the frontend decides whether `50.001 USD` is an amount.

use crate::span::{Span, Spanned};

/// A name as written.
pub type Ident = Spanned<String>;

/// One source text.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct File {
    /// `edition 2026;`
    pub edition: Option<Spanned<String>>,
    /// `module acme.support;`
    pub module: Option<Module>,
    /// The declarations in order.
    pub items: Vec<Item>,
}

/// `module acme.support;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// The dotted name's parts.
    pub path: Vec<Ident>,
    /// The whole declaration.
    pub span: Span,
}

/// A declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// `zone NAME = "IANA/Name";`
    Zone(Zone),
    /// `enum NAME { a, b }`
    Enum(Enum),
    /// `group`, `agent` or `resource`.
    Entity(Entity),
    /// `action NAME(…) on …;`
    Action(Action),
    /// `permit` or `forbid`.
    Rule(Rule),
    /// `budget NAME in UNIT { … }`
    Budget(Budget),
    /// `rate NAME { … }`
    Rate(Rate),
    /// `scope NAME(…) { … }`
    Scope(Scope),
}

/// `zone dublin = "Europe/Dublin";`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// The declared name.
    pub name: Ident,
    /// The IANA name, unescaped.
    pub iana: Spanned<String>,
    /// The whole declaration.
    pub span: Span,
}

/// `enum Tier { basic, gold, vip }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enum {
    /// The declared name.
    pub name: Ident,
    /// The variants in order.
    pub variants: Vec<Ident>,
    /// The whole declaration.
    pub span: Span,
}

/// What an entity type is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntityKind {
    /// Something agents belong to.
    Group,
    /// Who acts.
    Agent,
    /// What is acted on.
    Resource,
}

/// `resource Order within Customer { total: money[USD]; }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// `group`, `agent` or `resource`.
    pub kind: EntityKind,
    /// The declared name.
    pub name: Ident,
    /// The types of its parents: `within A, B`.
    pub parents: Vec<Ident>,
    /// `identified by "spiffe://…"`, unescaped; agents only.
    pub identified_by: Option<Spanned<String>>,
    /// The fields in order.
    pub fields: Vec<Field>,
    /// The whole declaration.
    pub span: Span,
}

/// `tier: Tier;` in a type, `amount: money[USD]` in a parameter list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The name.
    pub name: Ident,
    /// The type.
    pub ty: Type,
    /// Name and type.
    pub span: Span,
}

/// A type as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// What kind of type.
    pub kind: TypeKind,
    /// The whole type.
    pub span: Span,
}

/// The forms of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// `int`, `Tier`, `Customer`.
    Name(Ident),
    /// `money[USD]`, `set[string]`, `list[Customer]`.
    Applied {
        /// The name before the bracket.
        name: Ident,
        /// What stands in the brackets.
        args: Vec<Type>,
    },
    /// `T?`.
    Optional(Box<Type>),
    /// A type that did not parse; reported already.
    Error,
}

/// `action refund(amount: money[USD], note: string?) on Order;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The declared name.
    pub name: Ident,
    /// The parameters in order.
    pub params: Vec<Field>,
    /// `on A, B`: the resource types; empty when the action has no resource.
    pub resources: Vec<Ident>,
    /// The whole declaration.
    pub span: Span,
}

/// What a matching rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// `permit`
    Permit,
    /// `forbid`
    Forbid,
}

/// `permit NAME: ACTIONS by AGENTS when E because "…";`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `permit` or `forbid`.
    pub effect: Effect,
    /// The rule's name.
    pub name: Ident,
    /// The actions.
    pub actions: Actions,
    /// `by A, B::"id"`; empty means any agent.
    pub agents: Vec<AgentPattern>,
    /// `when` and `unless` in the order written.
    pub conditions: Vec<Condition>,
    /// `because "…"`, unescaped. The grammar lets it be absent so that the checker can say so.
    pub because: Option<Spanned<String>>,
    /// `hint "…"`, unescaped.
    pub hint: Option<Spanned<String>>,
    /// The whole declaration.
    pub span: Span,
}

/// The actions that a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actions {
    /// `*`
    Any(Span),
    /// `refund, send_email`
    Named(Vec<Ident>),
}

/// One alternative behind `by`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentPattern {
    /// `SupportBot`
    Type(Ident),
    /// `SupportBot::"support/7"`
    Entity(EntityLiteral),
}

/// `Type::"id"`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityLiteral {
    /// The entity's type.
    pub ty: Ident,
    /// The entity's id, unescaped.
    pub id: Spanned<String>,
    /// The whole literal.
    pub span: Span,
}

/// `when E` or `unless E`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// `unless` rather than `when`.
    pub negated: bool,
    /// The expression.
    pub expr: Expr,
    /// Keyword and expression.
    pub span: Span,
}

/// `budget refund_pot in USD { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The declared name.
    pub name: Ident,
    /// A currency code or a unit's name.
    pub unit: Ident,
    /// `counts refund as amount;`
    pub counts: Vec<Count>,
    /// `for each agent, resource.customer;` — at most one such clause, else the grammar reports it.
    pub keys: Vec<Expr>,
    /// `limit 100.00 USD per day in dublin;`
    pub limits: Vec<BudgetLimit>,
    /// `hold 15min;` as written.
    pub hold: Option<Spanned<String>>,
    /// The whole declaration.
    pub span: Span,
}

/// `counts refund, payout as amount when E;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The actions that are counted.
    pub actions: Vec<Ident>,
    /// `as E`; absent in rates, where each action counts one, and in budgets of `calls`.
    pub amount: Option<Expr>,
    /// `when E`
    pub when: Option<Expr>,
    /// The whole clause.
    pub span: Span,
}

/// `limit E per day in dublin;` or `limit E per 24h;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetLimit {
    /// The most.
    pub amount: Expr,
    /// The window.
    pub window: Window,
    /// The whole clause.
    pub span: Span,
}

/// The window of a limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Window {
    /// `day in dublin`; `zone` is absent when the author forgot it, which the checker reports.
    Calendar {
        /// `day`
        period: Ident,
        /// The declared zone.
        zone: Option<Ident>,
    },
    /// `24h`, as written.
    Sliding(Spanned<String>),
}

/// `rate refund_pace { counts refund; for each agent; allow 6 per 1min burst 3; }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The declared name.
    pub name: Ident,
    /// What is counted; no amounts.
    pub counts: Vec<Count>,
    /// `for each …`
    pub keys: Vec<Expr>,
    /// `allow N per D burst B`; absent when the author forgot it.
    pub allow: Option<Allow>,
    /// The whole declaration.
    pub span: Span,
}

/// `allow 6 per 1min burst 3;`, numbers as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allow {
    /// How many.
    pub count: Spanned<String>,
    /// In how long.
    pub per: Spanned<String>,
    /// How many at once.
    pub burst: Option<Spanned<String>>,
    /// The whole clause.
    pub span: Span,
}

/// `scope one_customer(customer: Customer, most: money[USD]) { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The declared name.
    pub name: Ident,
    /// What the token binds.
    pub params: Vec<Field>,
    /// `allows read_order, refund when E;`
    pub allows: Vec<ScopeAllows>,
    /// `requires E;`
    pub requires: Vec<Expr>,
    /// `limit refund as amount to most;`
    pub limits: Vec<ScopeLimit>,
    /// `expires after 4h;` as written.
    pub expires: Option<Spanned<String>>,
    /// The whole declaration.
    pub span: Span,
}

/// `allows read_order, refund when E;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeAllows {
    /// The actions.
    pub actions: Vec<Ident>,
    /// `when E`
    pub when: Option<Expr>,
    /// The whole clause.
    pub span: Span,
}

/// `limit refund as amount to most;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeLimit {
    /// The action that is counted.
    pub action: Ident,
    /// The amount of one action.
    pub amount: Expr,
    /// The most over the task's life.
    pub to: Expr,
    /// The whole clause.
    pub span: Span,
}

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
    /// `"text"`, unescaped.
    String(String),
    /// `Customer::"ann"`
    Entity(EntityLiteral),
    /// `[a, b]`
    Set(Vec<Expr>),
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
    /// `present(x)`
    Present(Box<Expr>),
    /// `not x`, `-x`
    Unary(Spanned<UnaryOp>, Box<Expr>),
    /// `a and b`, `a in b`, …
    Binary(Box<Expr>, Spanned<BinaryOp>, Box<Expr>),
    /// An expression that did not parse; reported already.
    Error,
}

/// A prefix operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `-`
    Neg,
}

/// An infix operator, loosest first: `or`; `and`; `not`; comparisons, `in`, `within`, `like` (which do not chain); `else`; `+ -`; `*`.
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
    /// `else`
    Else,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
}
