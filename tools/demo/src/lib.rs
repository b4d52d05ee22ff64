//! The demo: policies, a server on loopback, agents, a lead and attacks, run end to end, and a verified log.
//!
//! Every step has exactly one correct outcome; any other ends the demo with exit code 3.

#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use permit_types::display;

mod attacks;
mod failure;
mod observer;
mod script;
mod stage;
mod tamper;

use failure::Failure;
use stage::Stage;

/// Run everything end to end in one minute: policies, a server, agents, attacks and a verified log.
#[derive(Debug, Parser)]
#[command(name = "permit-demo", version)]
struct Demo {
    /// Keep all files in this directory, which must not exist yet, instead of a temporary one.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Print only the records, as JSON lines.
    #[arg(long)]
    json: bool,
}

/// Runs the demo as the process's arguments say.
#[must_use]
pub fn main() -> ExitCode {
    let demo = match Demo::try_parse() {
        Ok(demo) => demo,
        Err(error) => {
            // Help and version are not failures; usage errors leave with 2.
            let shown = error.print();
            return ExitCode::from(if error.use_stderr() || shown.is_err() { 2 } else { 0 });
        }
    };
    match demo.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            write_line(std::io::stderr().lock(), &format!("permit-demo: {failure}"));
            failure.exit_code()
        }
    }
}

/// Writes one line. A reader that went away ends the demo quietly.
fn write_line(mut to: impl std::io::Write, line: &str) {
    if writeln!(to, "{}", display::lines(line)).is_err() {
        std::process::exit(141);
    }
}

impl Demo {
    fn run(self) -> Result<(), Failure> {
        let temporary;
        let folder: &Path = match &self.keep {
            Some(folder) => {
                std::fs::create_dir(folder).map_err(Failure::file(folder))?;
                folder
            }
            None => {
                temporary = tempfile::tempdir().map_err(Failure::internal)?;
                temporary.path()
            }
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(Failure::internal)?;
        runtime.block_on(run(folder, Reporter { json: self.json, step: 0 }))?;
        if let (Some(folder), false) = (&self.keep, self.json) {
            write_line(std::io::stdout().lock(), &format!("All files are in {}.", folder.display()));
        }
        Ok(())
    }
}

async fn run(folder: &Path, mut reporter: Reporter) -> Result<(), Failure> {
    let stage = Stage::set(folder, &mut reporter).await?;
    script::purchases(&stage, &mut reporter).await?;
    script::review(&stage, &mut reporter).await?;
    script::support(&stage, &mut reporter).await?;
    attacks::stolen_token(&stage, &mut reporter).await?;
    attacks::replayed_proof(&stage, &mut reporter).await?;
    attacks::forged_certificate(&stage, &mut reporter).await?;
    let log = stage.close().await?;
    tamper::verify_then_flip(&log, &mut reporter)
}

/// Reports what happens: one line a step, or the records alone.
struct Reporter {
    json: bool,
    step: usize,
}

impl Reporter {
    /// A line between the steps.
    fn note(&self, text: &str) {
        if !self.json {
            write_line(std::io::stdout().lock(), text);
        }
    }

    /// A step and its result; `record` is its record, if it has one.
    fn step(&mut self, what: &str, result: &str, record: Option<&str>) {
        self.step += 1;
        match (self.json, record) {
            (true, Some(record)) => write_line(std::io::stdout().lock(), &display::json(record)),
            (true, None) => {}
            (false, _) => {
                write_line(std::io::stdout().lock(), &format!("{:>2}. {what}\n      {result}", self.step))
            }
        }
    }
}

fn wrong(what: &str, found: impl std::fmt::Display) -> Failure {
    Failure::Outcome(format!("{what}: {found}"))
}
