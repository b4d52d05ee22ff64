//! `permitc build`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use permit_ir::bundle::Bundle;
use permit_ir::keys;

use crate::failure::Failure;
use crate::policy::Policy;
use crate::{files, terminal};

/// The most bytes of a key file.
const KEY_BYTES_MAX: usize = 16 * 1024;

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// Policy files, or folders with `.permit` files; all of one module.
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// The private key that signs the bundle (PKCS#8 PEM), as `permitc keygen` or `permitd init` makes it.
    #[arg(long)]
    key: PathBuf,
    /// Where the bundle goes.
    #[arg(long, short)]
    out: PathBuf,
    /// The bundle's name; the module's name if left out.
    #[arg(long)]
    name: Option<String>,
    /// The bundle's version, as you count.
    #[arg(long, default_value = "0")]
    bundle_version: String,
    /// Also show the decision IR.
    #[arg(long)]
    emit_ir: bool,
}

impl Build {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let policy = Policy::read(&self.paths)?;
        let program = policy.program()?;
        if self.emit_ir {
            terminal::show(&permit_ir::text::text(program).to_string());
        }
        let pem = files::read_text(&self.key, KEY_BYTES_MAX)?;
        let key = keys::signing_key(&pem)
            .map_err(|e| Failure::Content { path: self.key, problem: e.to_string() })?;
        let name = self.name.as_deref().unwrap_or(&program.module);
        let bytes = policy.bundle(name, &self.bundle_version, &key)?;
        files::write(&self.out, &bytes, 0o644)?;
        let bundle = Bundle::open(&bytes, &[key.verifying_key()])?;
        let (rules, digest) = (program.rules.len(), bundle.digest);
        terminal::say(&format!("{}: {rules} rules, {} bytes, {digest}", self.out.display(), bytes.len()));
        Ok(ExitCode::SUCCESS)
    }
}
