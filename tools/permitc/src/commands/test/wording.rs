//! Expectations and outcomes in words.

use permit_engine::Explanation;
use permit_frontend::Sources;
use permit_frontend::scenario::Span;
use permit_scenarios::{Actual, Failure, Fault, Left, Mismatch};
use permit_types::verdict::{Outcome, ReasonCode};

/// An outcome as scenarios write it.
pub(super) const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allow => "permit",
        Outcome::Review => "review",
        Outcome::Deny => "deny",
    }
}

/// What a source says at a place, on one line.
pub(super) fn snippet(sources: &Sources, span: Span) -> String {
    sources.snippet(span).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What was expected, as written: `permit by small_refund`.
pub(super) fn expected(sources: &Sources, mismatch: &Mismatch) -> String {
    let written = snippet(sources, mismatch.expected.span);
    written.strip_prefix("expect ").unwrap_or(&written).to_owned()
}

/// What came: `deny by refund_pot`, or `deny by default` where nothing permits.
pub(super) fn actual(actual: &Actual) -> String {
    let by = match &actual.by {
        Some(by) => format!(" by {by}"),
        None if actual.reason.code == ReasonCode::NoMatchingPermit => " by default".to_owned(),
        None => String::new(),
    };
    format!("{}{by}", outcome(actual.outcome))
}

/// A failure in one sentence.
pub(super) fn sentence(sources: &Sources, failure: &Failure) -> String {
    match &failure.fault {
        Fault::Step(problem) => problem.clone(),
        Fault::Attempt(mismatch) => {
            let (expected, is) = (expected(sources, mismatch), actual(&mismatch.actual));
            let left: Vec<String> = mismatch.left.iter().map(left).collect();
            match (mismatch.outcome || mismatch.by, left.is_empty()) {
                (true, _) => format!("expected {expected}, got {is}"),
                (false, _) => format!("expected {expected}, but {}", left.join(", ")),
            }
        }
    }
}

/// What is left of a budget: `refund_pot has 50.00 USD left`.
pub(super) fn left(left: &Left) -> String {
    match left.is {
        Some(is) => format!("{} has {} left", left.budget, left.unit.amount_text(is)),
        None => format!("{} did not count the attempt", left.budget),
    }
}

/// The lines that say why an attempt came out as it did.
pub(super) fn why(mismatch: &Mismatch) -> Vec<String> {
    let Actual { reason, limits, .. } = &mismatch.actual;
    let mut lines = vec![reason.message.clone()];
    lines.extend(reason.hint.iter().map(|hint| format!("hint: {hint}")));
    for status in limits {
        let (unit, window) = (&status.unit, &status.window);
        let (left, limit) = (unit.amount_text(status.remaining()), unit.amount_text(status.limit));
        lines.push(format!("{} has {left} left of {limit} per {window}", status.account.name));
    }
    lines.extend(rules(&mismatch.explanation, mismatch.expected.by.as_ref().map(|by| by.value.as_str())));
    lines
}

/// The rule that decided with its parts, and of those that did not match the expected one, or else the nearest.
fn rules(explanation: &Explanation, wanted: Option<&str>) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(decided) = &explanation.decided_by {
        crate::commands::explain::decided_lines(decided, &mut lines);
    }
    let is_wanted = |name: &str| wanted.is_none_or(|wanted| wanted == name);
    let near = explanation.near.iter().filter(|rule| is_wanted(&rule.rule));
    near.for_each(|rule| crate::commands::explain::near_lines(rule, &mut lines));
    if let Some(part) = &explanation.scope_part {
        lines.push("scope requirement".to_owned());
        crate::commands::explain::part_lines(part, &mut lines);
    }
    lines
}
