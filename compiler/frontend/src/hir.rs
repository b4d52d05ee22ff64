//! The typed tree between syntax and IR: names are resolved, every expression has a type, and everything has a span.
//!
//! Whatever could not be resolved or typed is missing: it was reported, and the checker's `None` keeps it from being
//! reported again.

mod tree;

use std::sync::Arc;

use permit_grammar::ast::{File, Item, Quantifier};
use permit_grammar::span::{Span, Spanned};
use permit_ir::email::Email;
use permit_ir::file_path::FilePath;
use permit_ir::intrinsics::Intrinsic;
use permit_ir::ip::{Cidr, Ip};
use permit_ir::program::{AgentPattern, Approval, ArithmeticOp, CompareOp, Effect, Named};
use permit_ir::types::{ActionId, EntityTypeId, EnumId, RecordId, Type};
use permit_ir::url::Url;
use permit_types::charge::{Period, Unit};
use permit_types::money::{Decimal, Money};

use crate::diagnostic::Diagnostic;
use crate::scenario::Scenario;

/// What the declarations say, apart from the types and actions, which are in [`crate::resolve::Symbols`].
#[derive(Debug, Default)]
pub(crate) struct Module {
    pub(crate) rules: Vec<Rule>,
    pub(crate) budgets: Vec<Budget>,
    pub(crate) rates: Vec<Rate>,
    pub(crate) scopes: Vec<Scope>,
    pub(crate) requirements: Vec<Requirement>,
    /// The defaults of actions' parameters, by action and place.
    pub(crate) defaults: Vec<Default>,
    /// The scenarios, which are no part of the program.
    pub(crate) stories: Scenarios,
}

/// `agent X requires scope S;`
#[derive(Debug)]
pub(crate) struct Requirement {
    pub(crate) agent: EntityTypeId,
    /// The scope's name.
    pub(crate) scope: String,
}

/// What a parameter is that a request leaves out.
#[derive(Debug)]
pub(crate) struct Default {
    pub(crate) action: ActionId,
    pub(crate) place: usize,
    pub(crate) value: Expr,
}

impl Module {
    /// Whether every rule, budget, rate, scope and requirement of the files is here. A forbid that got lost on the way
    /// would let through what it forbids.
    pub(crate) fn is_complete(&self, files: &[File]) -> bool {
        let is_clause = |item: &&Item| {
            matches!(
                item,
                Item::Rule(_) | Item::Budget(_) | Item::Rate(_) | Item::Scope(_) | Item::Requirement(_)
            )
        };
        let clauses = files.iter().flat_map(|file| &file.items).filter(is_clause).count();
        let rules = self.rules.len() + self.requirements.len();
        clauses == rules + self.budgets.len() + self.rates.len() + self.scopes.len()
    }
}

/// The scenarios of a module and the values that they write out.
#[derive(Debug, Default)]
pub(crate) struct Scenarios {
    pub(crate) scenarios: Vec<Scenario>,
    /// By [`crate::scenario::ValueId`].
    pub(crate) values: Vec<Expr>,
    /// What is wrong with them. Each sentence stands once, and the first scenario with a mistake speaks for those behind
    /// it: what is mistyped in a declaration is met wherever a scenario uses it.
    pub(crate) found: Vec<Diagnostic>,
}

#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) name: String,
    /// The declared name's place.
    pub(crate) name_span: Span,
    pub(crate) effect: Effect,
    pub(crate) actions: Vec<ActionId>,
    pub(crate) agents: Vec<AgentPattern>,
    pub(crate) conditions: Vec<Condition>,
    /// There for a review alone.
    pub(crate) approval: Option<Approval>,
    pub(crate) because: String,
    pub(crate) hint: Option<String>,
}

/// `when E` or `unless E`.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    pub(crate) negated: bool,
    pub(crate) expr: Expr,
}

#[derive(Debug)]
pub(crate) struct Budget {
    pub(crate) name: String,
    pub(crate) unit: Unit,
    pub(crate) counts: Vec<Count>,
    pub(crate) keys: Vec<Expr>,
    pub(crate) limits: Vec<BudgetLimit>,
    pub(crate) hold_ms: Option<i64>,
    pub(crate) warn_percent: Option<u8>,
}

/// What a budget or a rate counts. A rate has no amounts.
#[derive(Debug)]
pub(crate) struct Count {
    pub(crate) actions: Vec<ActionId>,
    pub(crate) amount: Option<Expr>,
    pub(crate) when: Option<Expr>,
}

#[derive(Debug)]
pub(crate) struct BudgetLimit {
    pub(crate) max: Expr,
    pub(crate) window: Window,
}

#[derive(Debug)]
pub(crate) enum Window {
    Calendar { period: Period, iana: String },
    Sliding { length_ms: i64 },
}

#[derive(Debug)]
pub(crate) struct Rate {
    pub(crate) name: String,
    pub(crate) counts: Vec<Count>,
    pub(crate) keys: Vec<Expr>,
    pub(crate) allow: u32,
    pub(crate) per_ms: i64,
    pub(crate) burst: u32,
}

#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) name: String,
    pub(crate) params: Vec<Named>,
    pub(crate) allows: Vec<ScopeAllows>,
    pub(crate) requires: Vec<Expr>,
    pub(crate) limits: Vec<ScopeLimit>,
    pub(crate) expires_ms: i64,
}

#[derive(Debug)]
pub(crate) struct ScopeAllows {
    pub(crate) actions: Vec<ActionId>,
    pub(crate) when: Option<Expr>,
}

#[derive(Debug)]
pub(crate) struct ScopeLimit {
    pub(crate) action: ActionId,
    pub(crate) unit: Unit,
    pub(crate) amount: Expr,
    pub(crate) max: Expr,
}

/// An expression, its type and its place.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) ty: Type,
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum ExprKind {
    Bool(bool),
    Int(i64),
    Decimal(Decimal),
    Money(Money),
    String(String),
    Instant(i64),
    Duration(i64),
    Variant(EnumId, u16),
    Entity(EntityTypeId, String),
    Agent,
    Resource,
    Now,
    Arg(Named),
    Param(u16),
    /// An attribute as declared; the expression's own type differs from it behind `?.`.
    Attr {
        base: Box<Expr>,
        field: Named,
        optional: bool,
    },
    Set(Vec<Expr>),
    List(Vec<Expr>),
    Not(Box<Expr>),
    And(Box<Expr>, Box<Expr>),
    Or(Box<Expr>, Box<Expr>),
    Compare(Spanned<CompareOp>, Box<Expr>, Box<Expr>),
    Neg(Box<Expr>),
    Arithmetic(ArithmeticOp, Box<Expr>, Box<Expr>),
    In(Box<Expr>, Box<Expr>),
    /// `x in from..to`, the upper end open.
    InRange(Box<Expr>, Box<Expr>, Box<Expr>),
    Within(Box<Expr>, Box<Expr>),
    WithinAny(Box<Expr>, Box<Expr>),
    Like(Box<Expr>, String),
    Present(Box<Expr>),
    Unwrap(Box<Expr>),
    Else(Box<Expr>, Box<Expr>),
    If(Box<Expr>, Box<Expr>, Box<Expr>),
    /// The branch at the place of the key's variant.
    Select(Box<Expr>, Vec<Expr>),
    Is(Box<Expr>, EntityTypeId),
    /// An entity that is known to be of fewer types than its expression says; the type says of which.
    Cast(Box<Expr>),
    /// An absent value; the type says of what.
    Absent,
    /// A value as one that might be absent.
    Lift(Box<Expr>),
    Quantified {
        quantifier: Quantifier,
        variable: VariableId,
        over: Box<Expr>,
        body: Box<Expr>,
    },
    /// The element that a quantifier's variable stands for.
    Element(VariableId),
    /// A parameter of the function around it; only in the bodies of functions, before they are put in place of calls.
    Parameter(u16),
    Record(RecordId, Vec<Expr>),
    Member {
        base: Box<Expr>,
        place: u16,
        optional: bool,
    },
    Lookup(Box<Expr>, Box<Expr>),
    /// A map: its keys, no two of which are equal, and the values at the same places.
    Map(Vec<String>, Vec<Expr>),
    /// A time zone by its IANA name.
    Zone(String),
    Date(i32),
    TimeOfDay(u32),
    Url(Arc<Url>),
    Path(FilePath),
    Email(Email),
    Ip(Ip),
    Cidr(Cidr),
    Regex(String),
    Call(Intrinsic, Vec<Expr>),
}

/// A quantifier's variable; no two quantifiers of a module share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct VariableId(pub(crate) u32);
