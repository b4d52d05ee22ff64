//! From files to a compiled policy.

use std::path::PathBuf;

use ed25519_dalek::SigningKey;
use permit_frontend::render::render;
use permit_frontend::sources::SOURCE_BYTES_MAX;
use permit_frontend::{Compiled, Severity, Sources, compile};
use permit_ir::bundle::{Bundle, Digest, FORMAT_VERSION, Manifest, Source, VerifiedBundle, tzdb_version};
use permit_ir::verify::VerifiedProgram;

use crate::failure::Failure;
use crate::{files, terminal};

/// The edition that this compiler reads.
const EDITION: u16 = 2026;

/// Sources, and what the compiler says to them.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) sources: Sources,
    pub(crate) compiled: Compiled,
}

impl Policy {
    /// Reads and compiles files and folders.
    pub(crate) fn read(paths: &[PathBuf]) -> Result<Self, Failure> {
        let mut texts = Vec::new();
        for path in files::policy_files(paths)? {
            texts.push((path.display().to_string(), files::read_text(&path, SOURCE_BYTES_MAX)?));
        }
        Self::compile(texts)
    }

    /// Compiles texts with their names.
    pub(crate) fn compile(texts: Vec<(String, String)>) -> Result<Self, Failure> {
        let mut sources = Sources::new();
        for (name, text) in texts {
            sources.add(name, text).map_err(|e| Failure::Usage(e.to_string()))?;
        }
        let compiled = compile(&sources);
        Ok(Self { sources, compiled })
    }

    /// Shows the diagnostics and tells how many errors and warnings there are.
    pub(crate) fn show_diagnostics(&self) -> (usize, usize) {
        terminal::show(&render(&self.sources, &self.compiled.diagnostics, terminal::colour()));
        let errors = self.compiled.diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        (errors, self.compiled.diagnostics.len() - errors)
    }

    /// The program, with errors shown if there is none.
    pub(crate) fn program(&self) -> Result<&VerifiedProgram, Failure> {
        if self.compiled.program.is_none() {
            self.show_diagnostics();
        }
        self.compiled.program.as_ref().ok_or(Failure::Policy)
    }

    /// The program as a signed bundle.
    pub(crate) fn bundle(&self, name: &str, version: &str, key: &SigningKey) -> Result<Vec<u8>, Failure> {
        let program = self.program()?;
        // The file's own name: where the folder lay, and how the author called it, must not change the digest.
        let name_of = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let source = |(_, path, text): (_, &str, &str)| Source {
            path: name_of(path),
            sha256: Digest::of(text.as_bytes()),
        };
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            name: name.to_owned(),
            version: version.to_owned(),
            compiler_version: env!("CARGO_PKG_VERSION").to_owned(),
            edition: EDITION,
            tzdb_version: tzdb_version().to_owned(),
            sources: self.sources.iter().map(source).collect(),
        };
        Ok(Bundle::seal(&manifest, program, key)?)
    }

    /// The program as a bundle that only this process trusts.
    pub(crate) fn throwaway_bundle(&self) -> Result<VerifiedBundle, Failure> {
        let key = new_key()?;
        let bytes = self.bundle("throwaway", "0", &key)?;
        Ok(Bundle::open(&bytes, &[key.verifying_key()])?)
    }
}

/// A fresh signing key.
pub(crate) fn new_key() -> Result<SigningKey, Failure> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|e| Failure::Internal(e.to_string()))?;
    Ok(SigningKey::from_bytes(&seed))
}
