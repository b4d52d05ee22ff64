//! Actions and the rules about them.

use super::{Expr, Field, Ident, Marks};
use crate::span::{Span, Spanned};

/// `action refund(amount: money[USD], note: string?) on Order is irreversible;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// The declared name.
    pub name: Ident,
    /// The parameters in order.
    pub params: Vec<Field>,
    /// `on A, B`: the resource types; empty when the action has no resource.
    pub resources: Vec<Ident>,
    /// `is readonly irreversible external`
    pub flags: Vec<Spanned<ActionFlag>>,
    /// `private` and `@allow(…)` before it.
    pub marks: Marks,
    /// The declaration without its marks.
    pub span: Span,
}

/// What is known of every call of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ActionFlag {
    /// It changes nothing.
    Readonly,
    /// It can not be undone.
    Irreversible,
    /// It reaches beyond the organisation.
    External,
}

/// `actions writes = create, update;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionSet {
    /// The declared name.
    pub name: Ident,
    /// Actions, or other sets.
    pub members: Vec<Ident>,
    /// `private` and `@allow(…)` before it.
    pub marks: Marks,
    /// The declaration without its marks.
    pub span: Span,
}

/// What a matching rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Effect {
    /// `permit`
    Permit,
    /// `review`
    Review,
    /// `forbid`
    Forbid,
}

/// `permit NAME: ACTIONS by AGENTS when E because "…";`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// `permit`, `review` or `forbid`.
    pub effect: Effect,
    /// The rule's name.
    pub name: Ident,
    /// The actions.
    pub actions: Actions,
    /// `by A, B::"id"`; empty means any agent.
    pub agents: Vec<AgentPattern>,
    /// `when` and `unless` in the order written.
    pub conditions: Vec<Condition>,
    /// `approved by …`, which a `review` needs and no other rule may have; the checker says so.
    pub approval: Option<Approval>,
    /// `because "…"`, unescaped. The grammar lets it be absent so that the checker can say so.
    pub because: Option<Spanned<String>>,
    /// `hint "…"`, unescaped.
    pub hint: Option<Spanned<String>>,
    /// `private` and `@allow(…)` before it.
    pub marks: Marks,
    /// The declaration without its marks.
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

/// One alternative behind `by`, of agents in a rule's head and of persons behind `approved`.
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

/// `approved by Lead 2 of them timeout 30min`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    /// Who may approve: person types or single persons.
    pub persons: Vec<AgentPattern>,
    /// `2 of them`, as written; one is enough without it.
    pub count: Option<Spanned<String>>,
    /// `timeout 30min`, as written; absent when the author forgot it, which the checker reports.
    pub timeout: Option<Spanned<String>>,
    /// The whole clause.
    pub span: Span,
}
