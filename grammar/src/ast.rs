//! The syntax tree: the source as written, with names unresolved.
//!
//! Literals keep their text; the frontend decides whether `50.001 USD` is a valid amount.

use crate::span::{Span, Spanned};

mod expression;
mod limits;
mod rule;
mod scenario;
mod types;

pub use expression::{Argument, BinaryOp, Expr, ExprKind, Quantifier, UnaryOp};
pub use limits::{Allow, Budget, BudgetLimit, Count, Rate, Scope, ScopeAllows, ScopeLimit, Window};
pub use rule::{
    Action, ActionFlag, ActionSet, Actions, AgentPattern, Approval, Condition, Effect, EntityLiteral, Rule,
};
pub use scenario::{
    After, Answer, As, At, Attempt, Confirm, EntityRef, Expect, ExpectedOutcome, FieldValue, Given, Leaving,
    Moment, ReviewAnswer, Scenario, ScopeGrant, Step,
};
pub use types::{
    Const, Entity, EntityKind, Enum, Field, Function, Record, Requirement, Table, TableRow, Type, TypeKind,
    Zone,
};

/// A name as written.
pub type Ident = Spanned<String>;

/// One source text.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct File {
    /// `edition 2026;`
    pub edition: Option<Spanned<String>>,
    /// `module acme.support;`
    pub module: Option<Module>,
    /// `use std.time.{weekday};`, which stand before the other declarations.
    pub uses: Vec<Use>,
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

/// `use std.time.{weekday, time_of_day};` or `use std.time;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// The module's name in parts.
    pub path: Vec<Ident>,
    /// The names in braces; absent when the whole module is meant.
    pub names: Option<Vec<Ident>>,
    /// The whole declaration.
    pub span: Span,
}

/// A declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// `const NAME: T = E;`
    Const(Const),
    /// `zone NAME = "IANA/Name";`
    Zone(Zone),
    /// `enum NAME { a, b }`
    Enum(Enum),
    /// `record NAME { a: T; }`
    Record(Record),
    /// `group`, `agent`, `person` or `resource`.
    Entity(Entity),
    /// `agent NAME requires scope NAME;`
    Requirement(Requirement),
    /// `action NAME(…) on …;`
    Action(Action),
    /// `actions NAME = a, b;`
    ActionSet(ActionSet),
    /// `table NAME [T] -> { … } { … }`
    Table(Table),
    /// `fn NAME(…) -> T = E;`
    Function(Function),
    /// `permit`, `review` or `forbid`.
    Rule(Rule),
    /// `budget NAME in UNIT { … }`
    Budget(Budget),
    /// `rate NAME { … }`
    Rate(Rate),
    /// `scope NAME(…) { … }`
    Scope(Scope),
    /// `scenario "…" { … }`
    Scenario(Scenario),
}

/// What stands before a declaration: `@allow(…)`, then `private`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Marks {
    /// `private`; never before a scenario or a requirement.
    pub private: Option<Span>,
    /// The lints allowed at this declaration.
    pub allows: Vec<LintAllow>,
}

/// `@allow(claims_only, "the gateway checks the caller")`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintAllow {
    /// The lint's name.
    pub lint: Ident,
    /// Why it is allowed, unescaped.
    pub reason: Spanned<String>,
    /// The whole mark.
    pub span: Span,
}

impl Item {
    /// What stands before the declaration.
    #[must_use]
    pub const fn marks(&self) -> &Marks {
        match self {
            Self::Const(item) => &item.marks,
            Self::Zone(item) => &item.marks,
            Self::Enum(item) => &item.marks,
            Self::Record(item) => &item.marks,
            Self::Entity(item) => &item.marks,
            Self::Requirement(item) => &item.marks,
            Self::Action(item) => &item.marks,
            Self::ActionSet(item) => &item.marks,
            Self::Table(item) => &item.marks,
            Self::Function(item) => &item.marks,
            Self::Rule(item) => &item.marks,
            Self::Budget(item) => &item.marks,
            Self::Rate(item) => &item.marks,
            Self::Scope(item) => &item.marks,
            Self::Scenario(item) => &item.marks,
        }
    }

    pub(crate) const fn marks_mut(&mut self) -> &mut Marks {
        match self {
            Self::Const(item) => &mut item.marks,
            Self::Zone(item) => &mut item.marks,
            Self::Enum(item) => &mut item.marks,
            Self::Record(item) => &mut item.marks,
            Self::Entity(item) => &mut item.marks,
            Self::Requirement(item) => &mut item.marks,
            Self::Action(item) => &mut item.marks,
            Self::ActionSet(item) => &mut item.marks,
            Self::Table(item) => &mut item.marks,
            Self::Function(item) => &mut item.marks,
            Self::Rule(item) => &mut item.marks,
            Self::Budget(item) => &mut item.marks,
            Self::Rate(item) => &mut item.marks,
            Self::Scope(item) => &mut item.marks,
            Self::Scenario(item) => &mut item.marks,
        }
    }

    /// The declaration without its marks.
    #[must_use]
    pub const fn span(&self) -> Span {
        match self {
            Self::Const(item) => item.span,
            Self::Zone(item) => item.span,
            Self::Enum(item) => item.span,
            Self::Record(item) => item.span,
            Self::Entity(item) => item.span,
            Self::Requirement(item) => item.span,
            Self::Action(item) => item.span,
            Self::ActionSet(item) => item.span,
            Self::Table(item) => item.span,
            Self::Function(item) => item.span,
            Self::Rule(item) => item.span,
            Self::Budget(item) => item.span,
            Self::Rate(item) => item.span,
            Self::Scope(item) => item.span,
            Self::Scenario(item) => item.span,
        }
    }

    /// The declared name; scenarios and requirements have none.
    #[must_use]
    pub const fn name(&self) -> Option<&Ident> {
        match self {
            Self::Const(item) => Some(&item.name),
            Self::Zone(item) => Some(&item.name),
            Self::Enum(item) => Some(&item.name),
            Self::Record(item) => Some(&item.name),
            Self::Entity(item) => Some(&item.name),
            Self::Action(item) => Some(&item.name),
            Self::ActionSet(item) => Some(&item.name),
            Self::Table(item) => Some(&item.name),
            Self::Function(item) => Some(&item.name),
            Self::Rule(item) => Some(&item.name),
            Self::Budget(item) => Some(&item.name),
            Self::Rate(item) => Some(&item.name),
            Self::Scope(item) => Some(&item.name),
            Self::Requirement(_) | Self::Scenario(_) => None,
        }
    }
}
