//! The command line tool for policy authors, agent developers and auditors.
//!
//! Exit codes: 0 success, 1 findings, 2 bad input or usage, 3 internal error.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser};

mod commands;
mod failure;
mod files;
mod inputs;
mod policy;
mod progress;
mod project;
mod report;
mod terminal;
mod watch;

use commands::Command;

/// Check, build and test Permit policies; request decisions and verify logs.
#[derive(Debug, Parser)]
#[command(name = "permitc", version, propagate_version = true)]
struct Arguments {
    /// When to use colour; `NO_COLOR` and `CLICOLOR_FORCE` are respected.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    color: terminal::When,
    #[command(subcommand)]
    command: Command,
}

/// The command line's own description, for completions.
pub(crate) fn description() -> clap::Command {
    Arguments::command()
}

/// Runs the command that the process's arguments name.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are not failures; usage errors leave with 2.
            let shown = error.print();
            return ExitCode::from(if error.use_stderr() || shown.is_err() { 2 } else { 0 });
        }
    };
    terminal::use_colour(arguments.color);
    match arguments.command.run() {
        Ok(code) => code,
        Err(failure) => {
            terminal::complain(&failure);
            failure.exit_code()
        }
    }
}
