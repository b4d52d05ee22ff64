//! Checked scenarios: the steps of a policy's tests, as data.
//!
//! No bundle contains them. The values in scenarios are expressions after those of the program, in a copy of it, so
//! that one evaluator evaluates both.

use permit_ir::types::{ActionId, EntityTypeId, ExprId, ScopeId};
use permit_ir::verify::VerifiedProgram;
use permit_types::charge::Unit;

pub use permit_grammar::ast::{ExpectedOutcome, ReviewAnswer};
pub use permit_grammar::span::{Span, Spanned};

/// A module's scenarios, and what is needed to run them.
#[derive(Clone, Debug)]
pub struct ScenarioSuite {
    /// The program as it would be in a bundle, with the scenarios' values behind its expressions.
    pub program: VerifiedProgram,
    /// The values, by [`ValueId`]. They speak of nothing but constants.
    pub values: Vec<ExprId>,
    /// The scenarios in the order of the files.
    pub scenarios: Vec<Scenario>,
    /// Where each rule of the program was written, in their order.
    pub rules: Vec<RuleSource>,
}

/// A value that a scenario writes out, by its place in [`ScenarioSuite::values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ValueId(pub u32);

/// Where a rule was written.
#[derive(Clone, Debug)]
pub struct RuleSource {
    /// Its name.
    pub name: Span,
    /// Its `when`s and `unless`es in order.
    pub conditions: Vec<ConditionSource>,
}

/// Where a `when` or an `unless` was written.
#[derive(Clone, Debug)]
pub struct ConditionSource {
    /// Whether it is an `unless`.
    pub negated: bool,
    /// What `and` joins in it, left to right; never empty.
    pub parts: Vec<PartSource>,
}

/// Where one part of a condition was written.
#[derive(Clone, Copy, Debug)]
pub struct PartSource {
    /// The part.
    pub span: Span,
    /// The part in the suite's program.
    pub expr: ExprId,
}

/// A scenario.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it shows.
    pub name: Spanned<String>,
    /// The facts, which hold from its beginning to its end.
    pub givens: Vec<Given>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// An entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Its type.
    pub ty: EntityTypeId,
    /// Its id.
    pub id: String,
}

/// An entity of the scenario's facts.
#[derive(Clone, Debug)]
pub struct Given {
    /// The entity.
    pub entity: Entity,
    /// What it lies in.
    pub parents: Vec<Entity>,
    /// Its fields by name. Those left out are optional or claimed.
    pub fields: Vec<(String, ValueId)>,
    /// Where it is given.
    pub span: Span,
}

/// One thing that happens.
#[derive(Clone, Debug)]
pub struct Step {
    /// What happens.
    pub kind: StepKind,
    /// Where it is written.
    pub span: Span,
}

/// What can happen.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// The clock moves to this time, in milliseconds since the Unix epoch; never back.
    Clock(i64),
    /// A task begins: an agent and the scopes that its issuer grants.
    Task(Task),
    /// The agent attempts something.
    Attempt(Attempt),
    /// A person answers the last review.
    Answer {
        /// What they say.
        answer: ReviewAnswer,
        /// Who.
        person: Entity,
    },
    /// The last attempt that held a charge has happened; by budget, what was spent in the end.
    Confirm(Vec<Amount>),
    /// The last attempt that held a charge has not happened.
    Release,
}

/// A task.
#[derive(Clone, Debug)]
pub struct Task {
    /// Who works on it.
    pub agent: Entity,
    /// What its token is locked to.
    pub scopes: Vec<ScenarioScope>,
}

/// A scope of a task's token, as a scenario writes it.
#[derive(Clone, Debug)]
pub struct ScenarioScope {
    /// The scope.
    pub scope: ScopeId,
    /// Its parameters by place; optional ones may be left out.
    pub params: Vec<Option<ValueId>>,
}

/// What an agent attempts.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// The action.
    pub action: ActionId,
    /// Its arguments by place; optional ones and those with a default may be left out.
    pub args: Vec<Option<ValueId>>,
    /// What it acts on.
    pub resource: Option<Entity>,
    /// What must come of it.
    pub expect: Expect,
}

/// What must come of an attempt.
#[derive(Clone, Debug)]
pub struct Expect {
    /// The outcome.
    pub outcome: Spanned<ExpectedOutcome>,
    /// The rule, budget, rate or scope that decides.
    pub by: Option<Spanned<String>>,
    /// What is left of budgets behind it.
    pub leaving: Vec<Amount>,
    /// From `expect` on.
    pub span: Span,
}

/// An amount of a budget.
#[derive(Clone, Debug)]
pub struct Amount {
    /// The budget.
    pub budget: String,
    /// What it counts.
    pub unit: Unit,
    /// The amount.
    pub amount: ValueId,
    /// Budget and amount.
    pub span: Span,
}
