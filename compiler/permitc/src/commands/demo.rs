//! `permitc demo`: the whole street in one run, against a real server on loopback.
//!
//! Every step has one right outcome; another one ends the demo with exit code 3.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use crate::failure::Failure;
use crate::terminal;

mod attacks;
mod script;
mod stage;
mod tamper;

use stage::Stage;

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Keep everything in this folder, which must not exist yet, instead of a temporary one.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Print the records as JSON lines instead of sentences.
    #[arg(long)]
    json: bool,
}

impl Demo {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let temporary;
        let folder: &Path = match &self.keep {
            Some(folder) => {
                let failed = |source| Failure::File { path: folder.clone(), source };
                std::fs::create_dir(folder).map_err(failed)?;
                folder
            }
            None => {
                temporary = tempfile::tempdir().map_err(|e| Failure::Internal(e.to_string()))?;
                temporary.path()
            }
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.map_err(|e| Failure::Internal(e.to_string()))?;
        runtime.block_on(play(folder, Teller { json: self.json, step: 0 }))?;
        if let (Some(folder), false) = (&self.keep, self.json) {
            terminal::say(&format!("Everything is kept in {}.", folder.display()));
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn play(folder: &Path, mut teller: Teller) -> Result<(), Failure> {
    let stage = Stage::set(folder, &mut teller).await?;
    script::purchases(&stage, &mut teller).await?;
    script::review(&stage, &mut teller).await?;
    script::support(&stage, &mut teller).await?;
    attacks::stolen_token(&stage, &mut teller).await?;
    attacks::replayed_proof(&stage, &mut teller).await?;
    attacks::forged_certificate(&stage, &mut teller).await?;
    let log = stage.close().await?;
    tamper::verify_then_flip(&log, &mut teller)
}

/// Tells what happens: one line a step, or the records alone.
struct Teller {
    json: bool,
    step: usize,
}

impl Teller {
    /// A line between the steps.
    fn note(&self, text: &str) {
        if !self.json {
            terminal::say(&text);
        }
    }

    /// A step and how it came out; `record` is its record, if it left one.
    fn step(&mut self, what: &str, result: &str, record: Option<&str>) {
        self.step += 1;
        match (self.json, record) {
            (true, Some(record)) => terminal::say(&record),
            (true, None) => {}
            (false, _) => terminal::say(&format!("{:>2}. {what}\n      {result}", self.step)),
        }
    }
}

fn wrong(what: &str, found: impl std::fmt::Display) -> Failure {
    Failure::Demo(format!("{what}: {found}"))
}
