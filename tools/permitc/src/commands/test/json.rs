//! For scripts and editors. The shape is documented in `docs/permitc.md`; members are added, never renamed.

use permit_frontend::scenario::{Scenario, Span};
use permit_scenarios::{Fault, Left, Mismatch, ScenarioResult};
use serde_json::{Value, json};

use super::{Run, coverage, wording};
use crate::failure::Failure;

pub(super) fn text(run: &Run, wants_coverage: bool) -> Result<String, Failure> {
    let scenarios: Vec<Value> =
        run.scenarios().map(|(scenario, result)| scenario_value(run, scenario, result)).collect();
    let mut document = json!({
        "version": 1,
        "scenarios": scenarios,
        "passed": run.results.len() - run.failed(),
        "failed": run.failed(),
    });
    if let (true, Value::Object(members)) = (wants_coverage, &mut document) {
        members.insert("coverage".to_owned(), coverage::value(run));
    }
    let text = serde_json::to_string_pretty(&document).map_err(|e| Failure::Internal(e.to_string()))?;
    Ok(format!("{text}\n"))
}

fn scenario_value(run: &Run, scenario: &Scenario, result: &ScenarioResult) -> Value {
    let failures = result.failures.iter().map(|failure| {
        let mut value = json!({
            "place": place(run, failure.span),
            "message": wording::sentence(&run.sources, failure),
        });
        if let (Fault::Attempt(mismatch), Value::Object(members)) = (&failure.fault, &mut value) {
            members.insert("attempt".to_owned(), mismatch_value(run, mismatch));
        }
        value
    });
    json!({
        "name": scenario.name.value,
        "place": place(run, scenario.name.span),
        "attempts": result.attempts,
        "passed": result.failures.is_empty(),
        "failures": failures.collect::<Vec<_>>(),
    })
}

fn mismatch_value(run: &Run, mismatch: &Mismatch) -> Value {
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
        "expected": wording::expected(&run.sources, mismatch),
        "verdict": wording::outcome(mismatch.actual.outcome),
        "by": mismatch.actual.by,
        "reason": mismatch.actual.reason,
        "denied_by": mismatch.actual.denied,
        "left": mismatch.left.iter().map(left).collect::<Vec<_>>(),
        "budgets": mismatch.actual.limits.iter().map(limit).collect::<Vec<_>>(),
        "explanation": mismatch.explanation,
    })
}

fn place(run: &Run, span: Span) -> Value {
    json!({
        "file": run.sources.name(span.source),
        "start": run.sources.start(span),
        "end": run.sources.end(span),
    })
}
