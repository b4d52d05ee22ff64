//! `permitc explain`.

use std::process::ExitCode;

use clap::Args;
use permit_engine::{Examined, Explanation, Holds, Part};
use permit_scenarios::DryRun;
use permit_types::verdict::{Layer, Outcome, Reason};
use serde::Serialize;

use crate::commands::FINDINGS;
use crate::failure::Failure;
use crate::inputs::Inputs;
use crate::terminal;

#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    inputs: Inputs,
    /// Print the explanation as JSON.
    #[arg(long)]
    json: bool,
}

impl Explain {
    /// Prints the reasons for the decision; nothing is charged, and balances are not known.
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let question = self.inputs.read()?;
        let explanation =
            question.engine.explain(&question.agent, &question.ask, &question.scopes, question.now_ms)?;
        let trial = question.trial()?;
        if self.json {
            let DryRun { outcome, reason, denied_by, .. } = &trial;
            let shown = Shown { outcome: *outcome, reason, denied_by: *denied_by, explanation: &explanation };
            let json = serde_json::to_string_pretty(&shown);
            terminal::json(&json.map_err(|e| Failure::Internal(e.to_string()))?);
        } else {
            terminal::show(&text(&trial, &explanation));
        }
        Ok(ExitCode::from(if trial.is_permitted() { 0 } else { FINDINGS }))
    }
}

/// An explanation, and the outcome if nothing had been spent before.
#[derive(Debug, Serialize)]
struct Shown<'e> {
    outcome: Outcome,
    reason: &'e Reason,
    #[serde(skip_serializing_if = "Option::is_none")]
    denied_by: Option<Layer>,
    #[serde(flatten)]
    explanation: &'e Explanation,
}

/// The explanation as text.
fn text(trial: &DryRun, explanation: &Explanation) -> String {
    let summary = &explanation.summary;
    let mut lines = vec![match (trial.denied_by, &summary.approval) {
        (Some(layer), _) => format!("denied by {layer}"),
        (None, Some(approval)) => format!("waits for approval: {approval}"),
        (None, None) => "permitted, if balances allow".to_owned(),
    }];
    match &explanation.decided_by {
        Some(rule) => {
            lines.push(String::new());
            decided_lines(rule, &mut lines);
            lines.extend(summary.policy.hint.iter().map(|hint| format!("    hint: {hint}")));
        }
        None => lines.push(format!("\n{}", summary.policy.message)),
    }
    if !explanation.near.is_empty() {
        lines.push("\nrules that do not match, closest first".to_owned());
        explanation.near.iter().for_each(|rule| near_lines(rule, &mut lines));
        if explanation.further > 0 {
            lines.push(format!("  and {} more", explanation.further));
        }
    }
    if !explanation.other_agents.is_empty() {
        lines.push(format!("\nrules for other agents: {}", explanation.other_agents.join(", ")));
    }
    if !summary.charges.is_empty() {
        lines.push("\nwould be charged".to_owned());
        lines.extend(summary.charges.iter().map(|charge| format!("  {charge}")));
    }
    if let Some(scope) = &summary.scope {
        lines.push(format!("\n{}", scope.message));
        explanation.scope_part.iter().for_each(|part| part_lines(part, &mut lines));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The deciding rule, with its whole condition.
pub(crate) fn decided_lines(rule: &Examined, lines: &mut Vec<String>) {
    lines.push(format!("{} `{}` matches: {}", rule.effect, rule.rule, rule.because));
    if rule.parts.is_empty() {
        lines.push("    no conditions".to_owned());
    }
    rule.parts.iter().for_each(|part| part_lines(part, lines));
}

/// A rule that does not match, with the first condition that is not met.
pub(crate) fn near_lines(rule: &Examined, lines: &mut Vec<String>) {
    let missing = match rule.missing {
        1 => "one condition is not met".to_owned(),
        n => format!("{n} conditions are not met, the first is"),
    };
    lines.push(format!("  {} `{}`: {missing}", rule.effect, rule.rule));
    rule.parts.iter().for_each(|part| part_lines(part, lines));
}

/// A part of a condition, with its values in a column below it.
pub(crate) fn part_lines(part: &Part, lines: &mut Vec<String>) {
    let mark = match &part.holds {
        Holds::Yes => "yes",
        Holds::No => " no",
        Holds::Trapped(_) => "  ?",
    };
    lines.push(format!("    {mark}  {}", part.text));
    if let Holds::Trapped(why) = &part.holds {
        lines.push(format!("           {why}"));
    }
    let width = part.values.iter().map(|named| named.text.chars().count()).max().unwrap_or_default();
    for named in &part.values {
        lines.push(format!("           {:width$} = {}", named.text, named.value));
    }
}
