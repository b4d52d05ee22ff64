//! Compares expectations with the actual outcomes of attempts.

use permit_engine::Explanation;
use permit_frontend::scenario::{Amount, Expect, ExpectedOutcome, Span};
use permit_ledger::LimitStatus;
use permit_types::charge::Unit;
use permit_types::verdict::Outcome;

use crate::runner::Actual;

/// Something that came out otherwise than the scenario says.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Where the scenario says it.
    pub span: Span,
    /// What came out otherwise.
    pub fault: Fault,
}

/// What came out otherwise.
#[derive(Clone, Debug)]
pub enum Fault {
    /// An attempt.
    Attempt(Box<Mismatch>),
    /// A step that could not be done, and why not.
    Step(String),
}

/// An attempt that came out otherwise.
#[derive(Clone, Debug)]
pub struct Mismatch {
    /// What was expected.
    pub expected: Expect,
    /// What came of it.
    pub actual: Actual,
    /// Whether the outcome is another.
    pub outcome: bool,
    /// Whether another declaration decided.
    pub by: bool,
    /// The budgets of which another amount is left.
    pub left: Vec<Left>,
    /// Why it was decided so.
    pub explanation: Explanation,
}

/// What is left of a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Where the scenario says it.
    pub span: Span,
    /// The budget.
    pub budget: String,
    /// What its amounts count.
    pub unit: Unit,
    /// What was expected.
    pub expected: i64,
    /// What is left: the least over its limits. `None` when the budget did not count the attempt.
    pub is: Option<i64>,
}

/// What differs from an expectation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) outcome: bool,
    pub(crate) by: bool,
    pub(crate) left: Vec<Left>,
}

/// What differs, if anything does. `amounts` are the values behind `leaving`.
pub(crate) fn difference(expect: &Expect, amounts: &[i64], actual: &Actual) -> Option<Difference> {
    let outcome = !is_expected(expect.outcome.value, actual.outcome);
    let by = expect.by.as_ref().is_some_and(|by| actual.by.as_deref() != Some(by.value.as_str()));
    let left: Vec<Left> = expect
        .leaving
        .iter()
        .zip(amounts)
        .map(|(leaving, &expected)| left(leaving, expected, &actual.limits))
        .filter(|left| left.is != Some(left.expected))
        .collect();
    (outcome || by || !left.is_empty()).then_some(Difference { outcome, by, left })
}

fn is_expected(expected: ExpectedOutcome, outcome: Outcome) -> bool {
    match expected {
        ExpectedOutcome::Permit => outcome == Outcome::Allow,
        ExpectedOutcome::Review => outcome == Outcome::Review,
        ExpectedOutcome::Deny => outcome == Outcome::Deny,
    }
}

fn left(leaving: &Amount, expected: i64, limits: &[LimitStatus]) -> Left {
    let own = limits.iter().filter(|limit| limit.account.name == leaving.budget);
    let (budget, unit) = (leaving.budget.clone(), leaving.unit.clone());
    Left { span: leaving.span, budget, unit, expected, is: own.map(LimitStatus::remaining).min() }
}
