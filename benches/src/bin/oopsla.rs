//! The comparison of `peers` on Cedar's own benchmark.
//!
//! `cargo run --release -p permit-benches --features peers --bin oopsla -- FOLDER` takes the hierarchies in a folder, such
//! as `tests/data/oopsla`.

#![forbid(unsafe_code)]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use permit_benches::cli::{self, Common};
use permit_benches::oopsla::{self, APPLICATIONS};

/// Permit, cedar-policy and regorus decide the requests of gdrive, github and tinytodo. Every decision of every engine is
/// compared with Cedar's own; then all are timed in turns on one core. A wrong decision ends the run with exit code 1.
#[derive(Debug, Parser)]
struct Options {
    /// The directory of the hierarchies: `gdrive_N.json`, `github_N.json`, `tinytodo_N.json`
    folder: PathBuf,
    /// How many entities of each type
    #[arg(long, value_delimiter = ',', default_value = "5,20,50")]
    sizes: Vec<usize>,
    #[command(flatten)]
    common: Common,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let (folder, sizes) = (&options.folder, &options.sizes);
    let contests = (APPLICATIONS.iter())
        .flat_map(|application| sizes.iter().map(move |&size| oopsla::read(folder, application, size)));
    cli::main(&options.common, folder, contests)
}
