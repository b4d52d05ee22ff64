//! The policy authors' and auditors' command line.
//!
//! Exit codes: 0 clean, 1 findings, 2 bad input or usage, 3 internal.

#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::Parser;

mod commands;
mod failure;
mod files;
mod policy;
mod terminal;

use commands::Command;

/// Check, build, try and prove Permit policies.
#[derive(Debug, Parser)]
#[command(name = "permitc", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
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
    match arguments.command.run() {
        Ok(code) => code,
        Err(failure) => {
            terminal::complain(&failure);
            failure.exit_code()
        }
    }
}
