//! For scripts and editors. The shape is documented in `docs/permitc.md`; members are added, never renamed.

use permit_frontend::scenario::{Scenario, Span};
use permit_scenarios::{Fault, Left, Missed, Played};
use serde_json::{Value, json};

use super::{Run, coverage, told};
use crate::failure::Failure;

pub(super) fn text(run: &Run, wants_coverage: bool) -> Result<String, Failure> {
    let scenarios: Vec<Value> =
        run.scenarios().map(|(scenario, played)| scenario_value(run, scenario, played)).collect();
    let mut document = json!({
        "version": 1,
        "scenarios": scenarios,
        "passed": run.played.len() - run.failed(),
        "failed": run.failed(),
    });
    if let (true, Value::Object(members)) = (wants_coverage, &mut document) {
        members.insert("coverage".to_owned(), coverage::value(run));
    }
    let text = serde_json::to_string_pretty(&document).map_err(|e| Failure::Internal(e.to_string()))?;
    Ok(format!("{text}\n"))
}

fn scenario_value(run: &Run, scenario: &Scenario, played: &Played) -> Value {
    let failures = played.failures.iter().map(|failure| {
        let mut value = json!({
            "place": place(run, failure.span),
            "message": told::sentence(&run.sources, failure),
        });
        if let (Fault::Attempt(missed), Value::Object(members)) = (&failure.fault, &mut value) {
            members.insert("attempt".to_owned(), missed_value(run, missed));
        }
        value
    });
    json!({
        "name": scenario.name.value,
        "place": place(run, scenario.name.span),
        "attempts": played.attempts,
        "passed": played.failures.is_empty(),
        "failures": failures.collect::<Vec<_>>(),
    })
}

fn missed_value(run: &Run, missed: &Missed) -> Value {
    let left = |left: &Left| {
        json!({
            "budget": left.budget,
            "expected": left.unit.amount_text(left.expected),
            "is": left.is.map(|is| left.unit.amount_text(is)),
        })
    };
    let limit = |limit: &permit_scenarios::LimitStatus| {
        json!({
            "budget": limit.account.name,
            "key": limit.account.key,
            "window": limit.window.to_string(),
            "limit": limit.unit.amount_text(limit.limit),
            "left": limit.unit.amount_text(limit.remaining()),
        })
    };
    json!({
        "expected": told::expected(&run.sources, missed),
        "verdict": told::verdict(missed.came.verdict),
        "by": missed.came.by,
        "reason": missed.came.reason,
        "denied_by": missed.came.denied,
        "left": missed.left.iter().map(left).collect::<Vec<_>>(),
        "budgets": missed.came.limits.iter().map(limit).collect::<Vec<_>>(),
        "explanation": missed.explanation,
    })
}

fn place(run: &Run, span: Span) -> Value {
    json!({
        "file": run.sources.name(span.source),
        "start": run.sources.start(span),
        "end": run.sources.end(span),
    })
}
