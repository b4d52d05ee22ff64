//! What does a decision cost, and what does the same decision cost elsewhere?
//!
//! `cargo run --release -p permit-benches --features peers --bin peers -- FOLDER` takes the agents' workload in a folder.

#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use permit_benches::agents;
use permit_benches::cli::{self, Common};

/// Permit, cedar-policy, regorus and a floor of bare lookups decide the same queries. Every answer of every engine is
/// checked; then all are timed in turns on one core. A wrong answer ends the run with exit code 1.
#[derive(Debug, Parser)]
struct Options {
    /// The directory of the workload: `agents_N.rules.json`, `.entities.json`, `.queries.json`, `.cedar`, `.rego`, …
    folder: PathBuf,
    /// Numbers of permits; each size is a separate contest.
    #[arg(long, value_delimiter = ',', default_value = "10,100,1000,10000")]
    sizes: Vec<usize>,
    #[command(flatten)]
    common: Common,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let contests = options.sizes.iter().map(|&size| agents::read(&options.folder, size));
    cli::main(&options.common, &options.folder, contests)
}
