//! The inputs of `eval` and `explain`: a policy, facts and one request.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use permit_engine::{Engine, FACTS_BYTES_MAX, FactsFile, Mode, ScopeClaim, read_facts};
use permit_ir::bundle::{BUNDLE_BYTES_MAX, Bundle, VerifiedBundle};
use permit_scenarios::{DryRun, dry_run};
use permit_types::ask::{Ask, AskError};
use permit_types::keys;
use permit_types::strict_json;
use permit_types::time::parse_instant;
use serde::de::DeserializeOwned;

use crate::commands::check::lints;
use crate::failure::Failure;
use crate::files;
use crate::policy::PolicySources;
use crate::project::Project;

/// The most bytes of a request or a list of scopes.
const REQUEST_BYTES_MAX: usize = 1 << 20;

/// The most bytes of a key file.
const KEY_BYTES_MAX: usize = 16 * 1024;

#[derive(Debug, Args)]
pub(crate) struct Inputs {
    /// Policy files or directories, a project directory, or one bundle (`.permitb`); defaults to the enclosing project.
    policy: Vec<PathBuf>,
    /// The facts, a JSON file; defaults to the project's facts.
    #[arg(long)]
    facts: Option<PathBuf>,
    /// The agent's SPIFFE ID.
    #[arg(long)]
    agent: String,
    /// The request, a JSON file with `action`, `resource`, `arguments` and `claims`.
    #[arg(long)]
    request: PathBuf,
    /// The token's scopes, a JSON file with a list of `{"scope", "task", "parameters"}`.
    #[arg(long)]
    scopes: Option<PathBuf>,
    /// The time of the request, such as `2026-03-20T09:00Z`; defaults to the current time.
    #[arg(long)]
    now: Option<String>,
    /// The public key with which the bundle must be signed; required for bundles.
    #[arg(long)]
    trusted: Option<PathBuf>,
    /// Use the reference interpreter instead of native code.
    #[arg(long)]
    interpreted: bool,
}

/// The inputs, read.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) engine: Engine,
    pub(crate) agent: String,
    pub(crate) ask: Ask<'static>,
    pub(crate) scopes: Vec<ScopeClaim>,
    pub(crate) now_ms: i64,
}

impl Inputs {
    /// Reads everything.
    pub(crate) fn read(self) -> Result<Question, Failure> {
        let (bundle, project) = self.bundle()?;
        let facts = self.facts.clone().or_else(|| project.as_ref().and_then(Project::facts));
        let facts = facts.ok_or_else(|| {
            Failure::Usage("--facts is required outside a project that names its facts".to_owned())
        })?;
        let facts: FactsFile = read_facts(&bundle.program, &files::read(&facts, FACTS_BYTES_MAX)?)?;
        let mode = if self.interpreted { Mode::Interpreted } else { Mode::Native };
        let now_ms = match &self.now {
            Some(text) => parse_instant(text).map_err(|e| Failure::Usage(format!("--now: {e}")))?,
            None => now_ms()?,
        };
        Ok(Question {
            engine: Engine::new(bundle, facts, mode),
            ask: read_ask(&self.request)?,
            scopes: self.scopes.as_deref().map(read_json).transpose()?.unwrap_or_default(),
            agent: self.agent,
            now_ms,
        })
    }

    fn bundle(&self) -> Result<(VerifiedBundle, Option<Project>), Failure> {
        match self.policy.as_slice() {
            [path] if path.extension().is_some_and(|extension| extension == "permitb") => {
                let key = self
                    .trusted
                    .as_ref()
                    .ok_or_else(|| Failure::Usage("a bundle needs --trusted".to_owned()))?;
                let content = |problem: keys::KeyError| Failure::Content {
                    path: key.clone(),
                    problem: problem.to_string(),
                };
                let trusted = keys::verifying_key(&files::read_text(key, KEY_BYTES_MAX)?).map_err(content)?;
                Ok((Bundle::open(&files::read(path, BUNDLE_BYTES_MAX)?, &[trusted])?, None))
            }
            paths => {
                let project = Project::named(paths)?;
                let policy = PolicySources::read(paths, project.as_ref(), &lints(project.as_ref(), None))?;
                Ok((policy.throwaway_bundle()?, project))
            }
        }
    }
}

impl Question {
    /// What the request would come to if nothing had been spent before.
    pub(crate) fn trial(&self) -> Result<DryRun, Failure> {
        Ok(dry_run(&self.engine, &self.agent, &self.ask, &self.scopes, self.now_ms)?)
    }
}

fn read_ask(path: &Path) -> Result<Ask<'static>, Failure> {
    let bytes = files::read(path, REQUEST_BYTES_MAX)?;
    let content = |error: AskError| Failure::Content { path: path.to_owned(), problem: error.to_string() };
    Ask::parse(&bytes).map(Ask::into_owned).map_err(content)
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let content = |problem: String| Failure::Content { path: path.to_owned(), problem };
    let json = strict_json::from_slice(&files::read(path, REQUEST_BYTES_MAX)?)
        .map_err(|e| content(e.to_string()))?;
    serde_json::from_value(json).map_err(|e| content(e.to_string()))
}

/// The time in milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> Result<i64, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|e| Failure::Internal(e.to_string()))?;
    i64::try_from(since.as_millis()).map_err(|e| Failure::Internal(e.to_string()))
}
