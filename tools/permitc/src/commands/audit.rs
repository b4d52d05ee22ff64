//! `permitc audit`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use permit_audit::{CHECKPOINT_BYTES_MAX, read_key, verify};
use permit_types::display;

use crate::commands::FINDINGS;
use crate::failure::Failure;
use crate::{files, terminal};

#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Verify every record, signature and hash of an exported log, offline, using only its public key.
    Verify(Verify),
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The log directory, as written by `permitd export-log`.
    log: PathBuf,
    /// The log's public key; it must not be inside the log directory.
    #[arg(long)]
    key: PathBuf,
    /// A checkpoint that you saved earlier; verifies that the log has only grown since.
    #[arg(long)]
    since: Option<PathBuf>,
    /// Print the result as JSON.
    #[arg(long)]
    json: bool,
}

impl Audit {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let Self::Verify(verify) = self;
        verify.run()
    }
}

impl Verify {
    fn run(self) -> Result<ExitCode, Failure> {
        let key = read_key(&self.key, &self.log).map_err(|e| Failure::Usage(e.to_string()))?;
        let since = self.since.as_deref().map(|path| files::read(path, CHECKPOINT_BYTES_MAX)).transpose()?;
        match verify(&self.log, &key, since.as_deref()) {
            Ok(report) => {
                if self.json {
                    terminal::json(&serde_json::to_string(&report).unwrap_or_default());
                } else {
                    terminal::say(&report);
                }
                Ok(ExitCode::SUCCESS)
            }
            Err(error) if self.json => {
                terminal::json(&serde_json::json!({ "error": error.to_string() }).to_string());
                Ok(ExitCode::from(FINDINGS))
            }
            Err(error) => {
                terminal::say(&format!("FAILED: {}", display::line(&error.to_string())));
                Ok(ExitCode::from(FINDINGS))
            }
        }
    }
}
