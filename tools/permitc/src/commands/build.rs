//! `permitc build`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use permit_ir::bundle::Bundle;
use permit_types::keys;

use crate::commands::Deny;
use crate::commands::check::lints;
use crate::failure::Failure;
use crate::policy::PolicySources;
use crate::project::Project;
use crate::{files, terminal};

/// The most bytes of a key file.
const KEY_BYTES_MAX: usize = 16 * 1024;

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// Policy files, directories with `.permit` files, or a project directory; defaults to the enclosing project.
    paths: Vec<PathBuf>,
    /// The private key that signs the bundle (PKCS#8 PEM), as created by `permitc keygen` or `permitd init`.
    #[arg(long)]
    key: PathBuf,
    /// Output file; in a project it defaults to `NAME.permitb` in the project directory.
    #[arg(long, short)]
    out: Option<PathBuf>,
    /// The bundle's name; defaults to the project's name, or without a project to the module's.
    #[arg(long)]
    name: Option<String>,
    /// The bundle's version; defaults to the project's version, or without a project to 0.
    #[arg(long)]
    bundle_version: Option<String>,
    /// Treat warnings as errors.
    #[arg(long, value_enum)]
    deny: Option<Deny>,
    /// Also print the decision IR.
    #[arg(long)]
    emit_ir: bool,
}

impl Build {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let project = Project::named(&self.paths)?;
        let settings = project.as_ref().map(|project| &project.settings);
        let policy = PolicySources::read(&self.paths, project.as_ref(), &lints(project.as_ref(), self.deny))?;
        let program = policy.program()?;
        if self.emit_ir {
            terminal::show(&permit_ir::text::text(program).to_string());
        }
        let pem = files::read_text(&self.key, KEY_BYTES_MAX)?;
        let key = keys::signing_key(&pem)
            .map_err(|e| Failure::Content { path: self.key, problem: e.to_string() })?;
        let name = self.name.as_deref().or(settings.map(|s| s.name.as_str())).unwrap_or(&program.module);
        let version = self.bundle_version.as_deref().or(settings.map(|s| s.version.as_str())).unwrap_or("0");
        let in_project = |project: &Project| project.root.join(format!("{}.permitb", project.settings.name));
        let out = self.out.or_else(|| project.as_ref().map(in_project));
        let out = out.ok_or_else(|| Failure::Usage("--out is required outside a project".to_owned()))?;
        let bytes = policy.bundle(name, version, &key)?;
        files::write(&out, &bytes, 0o644)?;
        let bundle = Bundle::open(&bytes, &[key.verifying_key()])?;
        let (rules, digest) = (program.rules.len(), bundle.digest);
        terminal::say(&format!("{}: {rules} rules, {} bytes, {digest}", terminal::path(&out), bytes.len()));
        Ok(ExitCode::SUCCESS)
    }
}
