//! From files to a compiled policy.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use permit_frontend::render::render;
use permit_frontend::scenario::ScenarioSuite;
use permit_frontend::sources::SOURCE_BYTES_MAX;
use permit_frontend::{
    Code, Compiled, Diagnostic, Label, Position, Severity, Sources, compile, compile_with_scenarios,
};
use permit_grammar::ast::{Ident, Item};
use permit_grammar::span::SourceId;
use permit_ir::bundle::{Bundle, FORMAT_VERSION, Manifest, Source, VerifiedBundle, tzdb_version};
use permit_ir::types::ActionId;
use permit_ir::verify::VerifiedProgram;
use permit_types::digest::Digest;

use crate::failure::Failure;
use crate::project::{Lints, Project};
use crate::{files, terminal};

/// The edition that this compiler reads.
pub(crate) const EDITION: u16 = 2026;

/// The sources of a policy, and what the compiler says to them.
#[derive(Debug)]
pub(crate) struct PolicySources {
    pub(crate) sources: Sources,
    pub(crate) compiled: Compiled,
    /// What could not be read; then there is no program.
    pub(crate) unreadable: Vec<Unreadable>,
    /// The project's folder, from which the manifest counts paths.
    root: Option<PathBuf>,
}

/// A file that is missing, too long, not UTF-8, or not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) path: PathBuf,
    pub(crate) problem: String,
    /// Up to where it could be read.
    pub(crate) at: Option<Position>,
}

impl Unreadable {
    /// A failure that is about a file; other failures are handed back.
    pub(crate) fn of(failure: Failure) -> Result<Self, Failure> {
        match failure {
            Failure::File { path, source } => Ok(Self { path, problem: source.to_string(), at: None }),
            Failure::Content { path, problem } => Ok(Self { path, problem, at: None }),
            other => Err(other),
        }
    }
}

impl PolicySources {
    /// Reads and compiles files and folders, all of which must be readable.
    pub(crate) fn read(paths: &[PathBuf], project: Option<&Project>, lints: &Lints) -> Result<Self, Failure> {
        let policy = Self::gather(paths, project, lints)?;
        match policy.unreadable.first() {
            None => Ok(policy),
            Some(Unreadable { path, problem, .. }) => {
                Err(Failure::Content { path: path.clone(), problem: problem.clone() })
            }
        }
    }

    /// Reads and compiles files and folders, and keeps what cannot be read as a finding.
    pub(crate) fn gather(
        paths: &[PathBuf],
        project: Option<&Project>,
        lints: &Lints,
    ) -> Result<Self, Failure> {
        let of_project = project.map(Project::policy);
        let found = files::policy_files(of_project.as_deref().unwrap_or(paths));
        let mut sources = Sources::new();
        let mut unreadable = found.unreadable;
        let mut taken = BTreeMap::new();
        for path in found.files {
            // Its declarations would all be there twice.
            if let Some(first) = files::identity(&path).and_then(|id| taken.insert(id, path.clone())) {
                let problem = format!("the same file as {}", terminal::path(&first));
                unreadable.push(Unreadable { path, problem, at: None });
                continue;
            }
            match read_source(&path) {
                Ok(text) => {
                    if let Err(error) = sources.add(path.display().to_string(), text) {
                        unreadable.push(Unreadable { path, problem: error.to_string(), at: None });
                        break;
                    }
                }
                Err(problem) => unreadable.push(problem),
            }
        }
        let root = project.map(|project| project.root.clone());
        let mut policy = Self { compiled: compile(&sources), sources, unreadable, root };
        if !policy.unreadable.is_empty() {
            // What is declared in a file that was not read is not missing.
            policy.compiled.program = None;
            policy.compiled.diagnostics.retain(is_syntax);
        }
        lints.apply(&mut policy.compiled.diagnostics);
        if let Some(cost_max) = project.and_then(|project| project.settings.cost_max) {
            policy.bound_costs(cost_max);
        }
        if policy.counts().0 > 0 {
            policy.compiled.program = None;
        }
        Ok(policy)
    }

    /// Refuses actions that can cost more to decide than the project allows.
    fn bound_costs(&mut self, cost_max: u64) {
        let Some(program) = &self.compiled.program else { return };
        let costs: BTreeMap<&str, u64> = (0..)
            .map(ActionId)
            .zip(&program.actions)
            .map(|(id, action)| (action.name.as_str(), program.cost(id).unwrap_or_default()))
            .filter(|(_, cost)| *cost > cost_max)
            .collect();
        for (id, _, text) in self.sources.iter() {
            for item in permit_grammar::parse(id, text).file.items {
                let Item::Action(action) = item else { continue };
                let Some(cost) = costs.get(action.name.value.as_str()) else { continue };
                self.compiled.diagnostics.push(too_costly(&action.name, *cost, cost_max));
            }
        }
    }

    /// Compiles texts with their names.
    pub(crate) fn compile(texts: Vec<(String, String)>) -> Result<Self, Failure> {
        let mut sources = Sources::new();
        for (name, text) in texts {
            sources.add(name, text).map_err(|e| Failure::Usage(e.to_string()))?;
        }
        let compiled = compile(&sources);
        Ok(Self { sources, compiled, unreadable: Vec::new(), root: None })
    }

    /// No policy, because of what could not be read.
    pub(crate) fn unread(unreadable: Unreadable) -> Self {
        let compiled = Compiled { program: None, diagnostics: Vec::new(), omitted: 0 };
        Self { sources: Sources::new(), compiled, unreadable: vec![unreadable], root: None }
    }

    /// How many errors and warnings there are.
    pub(crate) fn counts(&self) -> (usize, usize) {
        let errors = self.compiled.diagnostics.iter().filter(|d| d.severity == Severity::Error).count();
        (errors, self.compiled.diagnostics.len() - errors)
    }

    /// The program, with errors shown if there is none.
    pub(crate) fn program(&self) -> Result<&VerifiedProgram, Failure> {
        if self.compiled.program.is_none() {
            terminal::painted(&render(&self.sources, &self.compiled.diagnostics, terminal::colour()));
        }
        self.compiled.program.as_ref().ok_or(Failure::Policy)
    }

    /// The scenarios of a policy without errors, ready to be played.
    pub(crate) fn suite(&self) -> Option<ScenarioSuite> {
        compile_with_scenarios(&self.sources).1
    }

    /// The program as a signed bundle.
    pub(crate) fn bundle(&self, name: &str, version: &str, key: &SigningKey) -> Result<Vec<u8>, Failure> {
        let program = self.program()?;
        let source = |(_, path, text): (_, &str, &str)| Source {
            path: self.below_root(path),
            sha256: Digest::of(text.as_bytes()),
        };
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            name: name.to_owned(),
            version: version.to_owned(),
            compiler_version: env!("CARGO_PKG_VERSION").to_owned(),
            edition: EDITION,
            tzdb_version: tzdb_version().to_owned(),
            sources: self.sources.iter().filter(|(id, _, text)| is_bundled(*id, text)).map(source).collect(),
        };
        Ok(Bundle::seal(&manifest, program, key)?)
    }

    /// A source's path as the manifest has it: below the project's folder, or else the file's own name. Where the folder
    /// lies, and how the author called it, must not change the bundle's digest.
    fn below_root(&self, path: &str) -> String {
        let below = self.root.as_ref().and_then(|root| Path::new(path).strip_prefix(root).ok());
        let name = below.map(Path::to_owned).or_else(|| Path::new(path).file_name().map(PathBuf::from));
        name.map_or_else(|| path.to_owned(), |name| name.display().to_string())
    }

    /// The program as a bundle that only this process trusts.
    pub(crate) fn throwaway_bundle(&self) -> Result<VerifiedBundle, Failure> {
        let key = new_key()?;
        let bytes = self.bundle("throwaway", "0", &key)?;
        Ok(Bundle::open(&bytes, &[key.verifying_key()])?)
    }
}

fn too_costly(action: &Ident, cost: u64, cost_max: u64) -> Diagnostic {
    let text = format!("up to {cost} steps");
    Diagnostic {
        code: Code::TooLarge,
        severity: Severity::Error,
        message: format!(
            "deciding `{}` can cost {cost} steps, more than the project's {cost_max}",
            action.value
        ),
        primary: Label { span: action.span, text },
        secondary: Vec::new(),
        help: Some("simplify the conditions of its rules, or raise `cost_max` in permit.toml".to_owned()),
    }
}

/// Whether a bundle names the text among its sources. What holds nothing but scenarios adds nothing to the program, and
/// a test that changes must not change the digest of what is in force.
fn is_bundled(id: SourceId, text: &str) -> bool {
    let items = permit_grammar::parse(id, text).file.items;
    items.is_empty() || items.iter().any(|item| !matches!(item, Item::Scenario(_)))
}

/// Whether a diagnostic is about the text alone.
pub(crate) fn is_syntax(diagnostic: &Diagnostic) -> bool {
    diagnostic.code.number() < "P0100"
}

/// The text of a policy file.
pub(crate) fn read_source(path: &Path) -> Result<String, Unreadable> {
    let unreadable = |problem: String, at| Unreadable { path: path.to_owned(), problem, at };
    let bytes = files::read(path, SOURCE_BYTES_MAX).map_err(|failure| match failure {
        Failure::File { source, .. } => unreadable(source.to_string(), None),
        Failure::Content { problem, .. } => unreadable(problem, None),
        other => unreadable(other.to_string(), None),
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let at = error.as_bytes().get(..valid).map(position_behind);
        unreadable(format!("not UTF-8 at byte {valid}"), at)
    })
}

/// The place behind a text that is UTF-8.
fn position_behind(bytes: &[u8]) -> Position {
    let text = String::from_utf8_lossy(bytes);
    let last = text.rsplit('\n').next().unwrap_or_default();
    Position { line: text.matches('\n').count() + 1, column: last.chars().count() + 1 }
}

/// A fresh signing key.
pub(crate) fn new_key() -> Result<SigningKey, Failure> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|e| Failure::Internal(e.to_string()))?;
    Ok(SigningKey::from_bytes(&seed))
}
