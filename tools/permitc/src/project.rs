//! A project: a directory with `permit.toml`.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use permit_frontend::{Code, Diagnostic, Severity};
use permit_ir::bundle::tzdb_version;
use permit_types::display;
use serde::Deserialize;

use crate::failure::Failure;
use crate::files;
use crate::policy::EDITION;

/// The file that makes a folder a project.
pub(crate) const FILE: &str = "permit.toml";

/// The most bytes of a `permit.toml`.
const FILE_BYTES_MAX: usize = 64 * 1024;

/// The most bytes of a name or a version.
const NAME_BYTES_MAX: usize = 128;

/// A project's folder and what its `permit.toml` says.
#[derive(Debug)]
pub(crate) struct Project {
    /// The folder, relative where the command line or the current folder leads to it so.
    pub(crate) root: PathBuf,
    pub(crate) settings: Settings,
}

/// `permit.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    /// What the bundle is called.
    pub(crate) name: String,
    /// The edition of the language.
    edition: u16,
    /// The bundle's version.
    pub(crate) version: String,
    /// Where the policy files are: files or folders below the project's.
    #[serde(default = "default_policy")]
    policy: Vec<PathBuf>,
    /// The facts that `eval` and `explain` use and `check` checks.
    facts: Option<PathBuf>,
    /// The version of the time zone data that the policy is compiled with.
    time_zones: Option<String>,
    /// The most that deciding one action may cost, in evaluation steps; the compiler's own bound if left out.
    pub(crate) cost_max: Option<u64>,
    /// What to do about warnings.
    #[serde(default)]
    pub(crate) lints: Lints,
}

fn default_policy() -> Vec<PathBuf> {
    vec![PathBuf::from("policy")]
}

/// What to do about a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    /// It is not shown.
    Allow,
    /// It is shown.
    Warn,
    /// It counts as an error.
    Deny,
}

/// Levels by code, and under `warnings` the level of all others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Lints(BTreeMap<String, Level>);

/// The key that stands for all codes that have no level of their own.
const ALL_WARNINGS: &str = "warnings";

impl Lints {
    /// The same, with every warning that would be shown denied.
    pub(crate) fn deny_warnings(mut self) -> Self {
        for level in self.0.values_mut().filter(|level| **level == Level::Warn) {
            *level = Level::Deny;
        }
        self.0.entry(ALL_WARNINGS.to_owned()).or_insert(Level::Deny);
        self
    }

    /// Drops what is allowed and makes errors of what is denied. Errors have no level.
    pub(crate) fn apply(&self, diagnostics: &mut Vec<Diagnostic>) {
        let level = |code: Code| {
            let own = self.0.get(code.number()).or_else(|| self.0.get(ALL_WARNINGS));
            own.copied().unwrap_or(Level::Warn)
        };
        let is_warning = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Warning;
        diagnostics.retain(|d| !is_warning(d) || level(d.code) != Level::Allow);
        for diagnostic in diagnostics.iter_mut().filter(|d| is_warning(d) && level(d.code) == Level::Deny) {
            diagnostic.severity = Severity::Error;
        }
    }

    fn unknown_code(&self) -> Option<&str> {
        let known = |name: &str| name == ALL_WARNINGS || Code::from_number(name).is_some();
        self.0.keys().map(String::as_str).find(|name| !known(name))
    }
}

impl Project {
    /// Reads the project whose folder is `root`.
    pub(crate) fn read(root: PathBuf) -> Result<Self, Failure> {
        let path = root.join(FILE);
        let text = files::read_text(&path, FILE_BYTES_MAX)?;
        match Settings::parse(&text) {
            Ok(settings) => Ok(Self { root, settings }),
            Err(error) => Err(Failure::Content { path, problem: error.to_string() }),
        }
    }

    /// The project whose folder is the current one or lies above it.
    pub(crate) fn around_here() -> Result<Self, Failure> {
        let internal = |e: std::io::Error| Failure::Internal(format!("current directory: {e}"));
        let here = std::env::current_dir().map_err(internal)?;
        let mut up = PathBuf::new();
        for folder in here.ancestors() {
            if folder.join(FILE).is_file() {
                return Self::read(up);
            }
            up.push("..");
        }
        Err(Failure::Usage(format!(
            "no paths were given, and neither this directory nor any parent contains {FILE}"
        )))
    }

    /// The project that a command's paths name: a folder with a `permit.toml`, or the one around here when there are no
    /// paths.
    pub(crate) fn named(paths: &[PathBuf]) -> Result<Option<Self>, Failure> {
        match paths {
            [] => Self::around_here().map(Some),
            [folder] if folder.join(FILE).is_file() => Self::read(folder.clone()).map(Some),
            _ => Ok(None),
        }
    }

    /// The policy's files and folders.
    pub(crate) fn policy(&self) -> Vec<PathBuf> {
        self.settings.policy.iter().map(|path| self.root.join(path)).collect()
    }

    /// The facts file.
    pub(crate) fn facts(&self) -> Option<PathBuf> {
        self.settings.facts.as_ref().map(|path| self.root.join(path))
    }

    /// The file that makes it a project.
    pub(crate) fn file(&self) -> PathBuf {
        self.root.join(FILE)
    }
}

/// Why a `permit.toml` is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum SettingsError {
    #[error("{0}")]
    Form(String),
    #[error("edition {0} is not supported: this permitc supports edition {EDITION}")]
    Edition(u16),
    #[error("time_zones {0}: this permitc has time zone data {ours}", ours = tzdb_version())]
    TimeZones(String),
    #[error("{0}: expected 1 to {NAME_BYTES_MAX} bytes of printable text")]
    Text(&'static str),
    #[error("policy: no files or directories are listed")]
    NoPolicy,
    #[error("{}: paths must be below the project directory", crate::terminal::path(.0))]
    Outside(PathBuf),
    #[error("lints.{0}: unknown diagnostic code")]
    UnknownCode(String),
}

impl Settings {
    fn parse(text: &str) -> Result<Self, SettingsError> {
        let form = |e: toml::de::Error| SettingsError::Form(e.to_string().trim_end().to_owned());
        let settings: Self = toml::from_str(text).map_err(form)?;
        if settings.edition != EDITION {
            return Err(SettingsError::Edition(settings.edition));
        }
        if let Some(wanted) = settings.time_zones.as_ref().filter(|wanted| *wanted != tzdb_version()) {
            return Err(SettingsError::TimeZones(wanted.clone()));
        }
        for (key, value) in [("name", &settings.name), ("version", &settings.version)] {
            if value.is_empty() || value.len() > NAME_BYTES_MAX || !display::is_printable(value) {
                return Err(SettingsError::Text(key));
            }
        }
        if settings.policy.is_empty() {
            return Err(SettingsError::NoPolicy);
        }
        if let Some(path) = settings.policy.iter().chain(&settings.facts).find(|path| !stays_below(path)) {
            return Err(SettingsError::Outside(path.clone()));
        }
        match settings.lints.unknown_code() {
            Some(code) => Err(SettingsError::UnknownCode(code.to_owned())),
            None => Ok(settings),
        }
    }
}

fn stays_below(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
}

#[cfg(test)]
mod tests;
