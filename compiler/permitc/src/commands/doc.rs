//! `permitc doc`.

use std::process::ExitCode;

use clap::Args;

use crate::failure::Failure;
use crate::terminal;

#[derive(Debug, Args)]
pub(crate) struct Doc {
    /// A diagnostic's code, such as `P0101`.
    code: String,
}

impl Doc {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let page = permit_frontend::doc(&self.code.to_uppercase());
        let page =
            page.ok_or_else(|| Failure::Usage(format!("no diagnostic has the code `{}`", self.code)))?;
        terminal::show(page);
        Ok(ExitCode::SUCCESS)
    }
}
