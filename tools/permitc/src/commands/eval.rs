//! `permitc eval`.

use std::process::ExitCode;

use clap::Args;

use crate::commands::FINDINGS;
use crate::failure::Failure;
use crate::inputs::Inputs;
use crate::terminal;

#[derive(Debug, Args)]
pub(crate) struct Eval {
    #[command(flatten)]
    inputs: Inputs,
}

impl Eval {
    /// Prints the outcome and what policy, budgets and scopes say, as JSON; nothing is charged.
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let question = self.inputs.read()?;
        let trial = question.trial()?;
        let shown = serde_json::to_string_pretty(&trial).map_err(|e| Failure::Internal(e.to_string()))?;
        terminal::json(&shown);
        Ok(ExitCode::from(if trial.is_permitted() { 0 } else { FINDINGS }))
    }
}
