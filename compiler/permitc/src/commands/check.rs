//! `permitc check`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::commands::FINDINGS;
use crate::failure::Failure;
use crate::policy::Policy;
use crate::terminal;

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Policy files, or folders with `.permit` files; all of one module.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Show what a decision of each action can cost at most, in evaluation steps.
    #[arg(long)]
    costs: bool,
}

impl Check {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let policy = Policy::read(&self.paths)?;
        let (errors, warnings) = policy.show_diagnostics();
        if let (true, Some(program)) = (self.costs, &policy.compiled.program) {
            for (id, action) in (0..).map(permit_ir::types::ActionId).zip(&program.actions) {
                terminal::say(&format!("{}: {} steps", action.name, program.cost(id).unwrap_or_default()));
            }
        }
        match (errors, warnings) {
            (0, 0) => terminal::say(&"no errors"),
            _ => terminal::say(&format!("{}, {}", counted(errors, "error"), counted(warnings, "warning"))),
        }
        Ok(ExitCode::from(if errors > 0 { FINDINGS } else { 0 }))
    }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
