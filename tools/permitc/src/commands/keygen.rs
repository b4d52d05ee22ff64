//! `permitc keygen`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use permit_types::keys;

use crate::failure::Failure;
use crate::policy::new_key;
use crate::{files, terminal};

#[derive(Debug, Args)]
pub(crate) struct Keygen {
    /// Output name: writes `OUT.key` (private, mode 0600) and `OUT.pub`. Neither file may exist.
    #[arg(long, short)]
    out: PathBuf,
}

impl Keygen {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let key = new_key()?;
        let internal = |e: keys::KeyError| Failure::Internal(e.to_string());
        let private = keys::signing_key_pem(&key).map_err(internal)?;
        let public = keys::verifying_key_pem(&key.verifying_key()).map_err(internal)?;
        let (private_path, public_path) =
            (self.out.with_added_extension("key"), self.out.with_added_extension("pub"));
        files::write_new(&private_path, private.as_bytes(), 0o600)?;
        files::write_new(&public_path, public.as_bytes(), 0o644)?;
        terminal::say(&format!("{} and {}", terminal::path(&private_path), terminal::path(&public_path)));
        Ok(ExitCode::SUCCESS)
    }
}
