//! `permitc doc`.

use std::process::ExitCode;

use clap::Args;
use permit_frontend::library::manual;

use crate::failure::Failure;
use crate::terminal;

#[derive(Debug, Args)]
pub(crate) struct Doc {
    /// A diagnostic's code, such as `P0101`, a module of the standard library, such as `std.net`, or `std` for a list of them.
    #[arg(required_unless_present = "stdlib")]
    what: Option<String>,
    /// Show the whole manual of the standard library.
    #[arg(long, conflicts_with = "what")]
    stdlib: bool,
}

/// What stands for a list of the library's modules.
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
            Failure::Usage(format!("no diagnostic has the code `{what}`, nor is it a module of the library"))
        })?;
        terminal::show(&page);
        Ok(ExitCode::SUCCESS)
    }
}
