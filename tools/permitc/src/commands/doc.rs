//! `permitc doc`.

use std::process::ExitCode;

use clap::Args;
use permit_frontend::library::manual;

use crate::failure::Failure;
use crate::terminal;

#[derive(Debug, Args)]
pub(crate) struct Doc {
    /// A diagnostic code, such as `P0101`, a standard library module, such as `std.net`, or `std` for the list of modules.
    #[arg(required_unless_present = "stdlib")]
    what: Option<String>,
    /// Print the whole standard library reference.
    #[arg(long, conflicts_with = "what")]
    stdlib: bool,
}

/// The argument that lists the library's modules.
const ALL_MODULES: &str = "std";

impl Doc {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let page = match self.what.as_deref() {
            None => Some(manual::book()),
            Some(ALL_MODULES) => Some(manual::contents()),
            Some(what) => manual::page(what)
                .or_else(|| permit_frontend::doc(&what.to_uppercase()).map(ToOwned::to_owned)),
        };
        let page = page.ok_or_else(|| {
            let what = self.what.unwrap_or_default();
            Failure::Usage(format!("`{what}` is neither a diagnostic code nor a standard library module"))
        })?;
        terminal::show(&page);
        Ok(ExitCode::SUCCESS)
    }
}
