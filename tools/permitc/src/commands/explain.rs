//! `permitc explain`.

use std::process::ExitCode;

use clap::Args;
use permit_engine::{Examined, Explanation, Holds, Part};

use crate::commands::FINDINGS;
use crate::failure::Failure;
use crate::inputs::Inputs;
use crate::terminal;

#[derive(Debug, Args)]
pub(crate) struct Explain {
    #[command(flatten)]
    inputs: Inputs,
    /// Show the explanation as JSON.
    #[arg(long)]
    json: bool,
}

impl Explain {
    /// Prints why the request is decided as it is; nothing is charged, and no balance is known.
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let question = self.inputs.read()?;
        let explanation =
            question.engine.explain(&question.agent, &question.ask, &question.scopes, question.now_ms)?;
        if self.json {
            let json = serde_json::to_string_pretty(&explanation);
            terminal::say(&json.map_err(|e| Failure::Internal(e.to_string()))?);
        } else {
            terminal::show(&text(&explanation));
        }
        Ok(ExitCode::from(if explanation.trial.is_permitted() { 0 } else { FINDINGS }))
    }
}

/// An explanation for people.
fn text(explanation: &Explanation) -> String {
    let trial = &explanation.trial;
    let mut lines = vec![match (trial.denied_by, &trial.approval) {
        (Some(layer), _) => format!("denied by {layer}"),
        (None, Some(approval)) => format!("waits for approval: {approval}"),
        (None, None) => "permitted, as far as balances allow".to_owned(),
    }];
    match &explanation.decided_by {
        Some(rule) => {
            lines.push(String::new());
            decided_lines(rule, &mut lines);
            lines.extend(trial.policy.hint.iter().map(|hint| format!("    hint: {hint}")));
        }
        None => lines.push(format!("\n{}", trial.policy.message)),
    }
    if !explanation.near.is_empty() {
        lines.push("\nrules that do not match, nearest first".to_owned());
        explanation.near.iter().for_each(|rule| near_lines(rule, &mut lines));
        if explanation.further > 0 {
            lines.push(format!("  and {} more", explanation.further));
        }
    }
    if !explanation.other_agents.is_empty() {
        lines.push(format!("\nabout other agents: {}", explanation.other_agents.join(", ")));
    }
    if !trial.charges.is_empty() {
        lines.push("\nit would count".to_owned());
        lines.extend(trial.charges.iter().map(|charge| format!("  {charge}")));
    }
    if let Some(scope) = &trial.scope {
        lines.push(format!("\n{}", scope.message));
        explanation.scope_part.iter().for_each(|part| part_lines(part, &mut lines));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The rule that decides, with all of its condition.
pub(crate) fn decided_lines(rule: &Examined, lines: &mut Vec<String>) {
    lines.push(format!("{} `{}` matches: {}", rule.effect, rule.rule, rule.because));
    if rule.parts.is_empty() {
        lines.push("    it has no condition".to_owned());
    }
    rule.parts.iter().for_each(|part| part_lines(part, lines));
}

/// A rule that does not match, with the first part that does not hold.
pub(crate) fn near_lines(rule: &Examined, lines: &mut Vec<String>) {
    let missing = match rule.missing {
        1 => "one part does not hold".to_owned(),
        n => format!("{n} parts do not hold, the first is"),
    };
    lines.push(format!("  {} `{}`: {missing}", rule.effect, rule.rule));
    rule.parts.iter().for_each(|part| part_lines(part, lines));
}

/// A part with its values in a column beneath it.
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
