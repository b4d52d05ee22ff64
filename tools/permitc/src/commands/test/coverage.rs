//! Coverage as text and as JSON.

use permit_scenarios::{ConditionCoverage, PartCoverage, RuleCoverage, Tally};
use serde_json::{Value, json};

use super::{Run, percent, wording};
use crate::failure::Failure;

/// A line for each rule, with what was never seen beneath it, and the sums.
pub(super) fn text(run: &Run) -> String {
    let rules = run.coverage.rules();
    let width = rules.iter().map(|rule| rule.name.chars().count()).chain([4]).max().unwrap_or_default();
    let mut lines = vec![format!("{:width$}  matched  decided  conditions", "rule")];
    for rule in rules {
        let branches = match rule.branches() {
            Tally { all: 0, .. } => "-".to_owned(),
            Tally { covered, all } => format!("{covered} of {all}"),
        };
        let RuleCoverage { name, matched, decided, .. } = rule;
        lines.push(format!("{name:width$}  {matched:7}  {decided:7}  {branches}"));
        for condition in &rule.conditions {
            lines.extend(condition.parts.iter().filter_map(|part| unseen(run, condition, part)));
        }
    }
    let sum = |name: &str, tally: Tally| format!("{name} {} of {}", tally.covered, tally.all);
    let coverage = &run.coverage;
    lines.push(format!(
        "{}, {}, {}: {}%",
        sum("matched", coverage.matched()),
        sum("decided", coverage.decided()),
        sum("conditions", coverage.branches()),
        percent(run.covered_points())
    ));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// What was never seen of a part.
fn unseen(run: &Run, condition: &ConditionCoverage, part: &PartCoverage) -> Option<String> {
    let what = match (part.held, part.failed) {
        (0, 0) => "neither true nor false",
        (0, _) => "never true",
        (_, 0) => "never false",
        _ => return None,
    };
    let line = run.sources.start(part.span).line;
    Some(format!(
        "    line {line}, {what}: {} {}",
        word(condition),
        wording::snippet(&run.sources, part.span)
    ))
}

const fn word(condition: &ConditionCoverage) -> &'static str {
    if condition.negated { "unless" } else { "when" }
}

/// The coverage as a document of its own.
pub(super) fn json(run: &Run) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(&value(run)).map_err(|e| Failure::Internal(e.to_string()))?;
    Ok(format!("{text}\n"))
}

/// The coverage as JSON; its shape is documented in `docs/permitc.md`.
pub(super) fn value(run: &Run) -> Value {
    let tally = |tally: Tally| json!({ "covered": tally.covered, "all": tally.all });
    let coverage = &run.coverage;
    json!({
        "version": 1,
        "rules": coverage.rules().iter().map(|rule| rule_value(run, rule)).collect::<Vec<_>>(),
        "matched": tally(coverage.matched()),
        "decided": tally(coverage.decided()),
        "conditions": tally(coverage.branches()),
        "percent": percent(run.covered_points()),
    })
}

fn rule_value(run: &Run, rule: &RuleCoverage) -> Value {
    let part = |part: &PartCoverage| {
        let at = run.sources.start(part.span);
        json!({
            "text": wording::snippet(&run.sources, part.span),
            "line": at.line,
            "column": at.column,
            "true": part.held,
            "false": part.failed,
            "trapped": part.trapped,
        })
    };
    let condition = |condition: &ConditionCoverage| json!({ "kind": word(condition), "parts": condition.parts.iter().map(part).collect::<Vec<_>>() });
    json!({
        "name": rule.name,
        "file": run.sources.name(rule.span.source),
        "line": run.sources.start(rule.span).line,
        "asked": rule.asked,
        "matched": rule.matched,
        "decided": rule.decided,
        "conditions": rule.conditions.iter().map(condition).collect::<Vec<_>>(),
    })
}
