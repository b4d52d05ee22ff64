//! Scenarios: tests that are written next to the policy.

use super::{EntityLiteral, Expr, Ident, Marks};
use crate::span::{Span, Spanned};

/// `scenario "cap edge" { … }`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// What it shows, unescaped.
    pub name: Spanned<String>,
    /// The steps in order.
    pub steps: Vec<Step>,
    /// `@allow(…)` before it.
    pub marks: Marks,
    /// The declaration without its marks.
    pub span: Span,
}

/// One line of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// `given ann = Customer::"ann" { … };`
    Given(Given),
    /// `at 2026-03-26T10:00 dublin;`
    At(At),
    /// `after 24h;`
    After(After),
    /// `as bot under one_customer(…);`
    As(As),
    /// `attempt refund(…) on o1 expect permit;`
    Attempt(Attempt),
    /// `approve by ben;` or `decline by ben;`
    Answer(Answer),
    /// `confirm;` or `confirm refund_pot 30.00 USD;`
    Confirm(Confirm),
    /// `release;`
    Release(Span),
}

impl Step {
    /// The whole step with its semicolon.
    #[must_use]
    pub const fn span(&self) -> Span {
        match self {
            Self::Given(step) => step.span,
            Self::At(step) => step.span,
            Self::After(step) => step.span,
            Self::As(step) => step.span,
            Self::Attempt(step) => step.span,
            Self::Answer(step) => step.span,
            Self::Confirm(step) => step.span,
            Self::Release(span) => *span,
        }
    }
}

/// `given o1 = Order::"o1" within ann { total: 400.00 USD; };`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// What the scenario calls it.
    pub name: Ident,
    /// The entity.
    pub entity: EntityLiteral,
    /// `within ann, Team::"eu"`
    pub parents: Vec<EntityRef>,
    /// Its attributes.
    pub fields: Vec<FieldValue>,
    /// The whole step.
    pub span: Span,
}

/// An entity by the name that `given` gave it, or by its literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntityRef {
    /// `ann`
    Name(Ident),
    /// `Customer::"ann"`
    Entity(EntityLiteral),
}

/// `total: 400.00 USD`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldValue {
    /// The field, argument or parameter.
    pub name: Ident,
    /// Its value.
    pub value: Expr,
    /// Name and value.
    pub span: Span,
}

/// `at 2026-03-26T10:00 dublin;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    /// The moment.
    pub moment: Moment,
    /// The whole step.
    pub span: Span,
}

/// A moment of a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// `2026-03-26T09:00Z`, as written.
    Instant(Spanned<String>),
    /// `2026-03-26T10:00 dublin`
    Local {
        /// The local date and time, as written.
        time: Spanned<String>,
        /// The declared zone; absent when the author forgot it, which is reported already.
        zone: Option<Ident>,
    },
}

/// `after 24h;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After {
    /// How far the clock moves, as written.
    pub duration: Spanned<String>,
    /// The whole step.
    pub span: Span,
}

/// `as bot under one_customer(customer: ann, most: 800.00 USD);`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct As {
    /// Who attempts what follows.
    pub agent: EntityRef,
    /// The scopes of its token; all of them start now.
    pub scopes: Vec<ScopeGrant>,
    /// The whole step.
    pub span: Span,
}

/// `one_customer(customer: ann, most: 800.00 USD)`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeGrant {
    /// The scope.
    pub scope: Ident,
    /// Its parameters.
    pub args: Vec<FieldValue>,
    /// The whole grant.
    pub span: Span,
}

/// `attempt refund(amount: 50.00 USD) on o1 expect permit by small_refund;`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The action.
    pub action: Ident,
    /// Its arguments.
    pub args: Vec<FieldValue>,
    /// `on o1`; absent for actions without a resource.
    pub on: Option<EntityRef>,
    /// What must come of it.
    pub expect: Expect,
    /// The whole step.
    pub span: Span,
}

/// `approve by ben;`: what a person says to the review that the last attempt came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What the person says.
    pub answer: Spanned<ReviewAnswer>,
    /// The person.
    pub person: EntityRef,
    /// The whole step.
    pub span: Span,
}

/// What a person says to a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReviewAnswer {
    /// `approve`
    Approve,
    /// `decline`
    Decline,
}

/// `confirm;`: the last attempt that held a charge has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirm {
    /// What was spent in the end, by budget; a budget that is not named is spent in whole.
    pub amounts: Vec<Leaving>,
    /// The whole step.
    pub span: Span,
}

/// `expect permit by small_refund leaving refund_pot 0.00 USD`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expect {
    /// The outcome.
    pub outcome: Spanned<ExpectedOutcome>,
    /// `by NAME`: the rule, budget, rate or scope that decides.
    pub by: Option<Ident>,
    /// What is left of budgets afterwards.
    pub leaving: Vec<Leaving>,
    /// From `expect` on.
    pub span: Span,
}

/// The outcome that a scenario expects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExpectedOutcome {
    /// `permit`
    Permit,
    /// `review`
    Review,
    /// `deny`
    Deny,
}

/// `refund_pot 0.00 USD`, an amount of a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaving {
    /// The budget.
    pub budget: Ident,
    /// What is left of it, or was spent.
    pub amount: Expr,
    /// Both.
    pub span: Span,
}
