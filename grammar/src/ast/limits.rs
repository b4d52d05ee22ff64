//! Budgets, rates and scopes.

use super::{Expr, Field, Ident, Marks};
use crate::span::{Span, Spanned};

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
    /// `warn at 80%;`: the digits as written.
    pub warn: Option<Spanned<String>>,
    /// `private` and `@allow(…)` before it.
    pub marks: Marks,
    /// The declaration without its marks.
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
    /// `private` and `@allow(…)` before it.
    pub marks: Marks,
    /// The declaration without its marks.
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
    /// `private` and `@allow(…)` before it.
    pub marks: Marks,
    /// The declaration without its marks.
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
