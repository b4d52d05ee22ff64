//! `permitc check`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use permit_engine::{FACTS_BYTES_MAX, read_facts};
use permit_ir::types::ActionId;

use crate::commands::{Deny, FINDINGS};
use crate::failure::Failure;
use crate::policy::{PolicySources, Unreadable};
use crate::progress::Progress;
use crate::project::{Lints, Project};
use crate::report::{Format, Report};
use crate::{files, terminal, watch};

/// The exit code if a file could not be read.
const BAD_INPUT: u8 = 2;

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Policy files, directories with `.permit` files, or a project directory; defaults to the enclosing project.
    paths: Vec<PathBuf>,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Also show the maximum cost of deciding each action, in evaluation steps (`pretty` and `json` only).
    #[arg(long)]
    costs: bool,
    /// Treat warnings as errors.
    #[arg(long, value_enum)]
    deny: Option<Deny>,
    /// Print only findings.
    #[arg(long, short)]
    quiet: bool,
    /// Check again whenever a file changes, until interrupted.
    #[arg(long)]
    watch: bool,
}

impl Check {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        if self.costs && !matches!(self.format, Format::Pretty | Format::Json) {
            return Err(Failure::Usage("--costs needs --format pretty or json".to_owned()));
        }
        if self.watch {
            return watch::run(&self.paths, self.quiet, || self.once());
        }
        self.once()
    }

    /// Checks and reports.
    fn once(&self) -> Result<ExitCode, Failure> {
        let report = self.report()?;
        let text = report.text(self.format, terminal::colour());
        match self.format {
            Format::Pretty => terminal::painted(&text),
            Format::Json | Format::Sarif => terminal::json(&text),
            Format::Github | Format::Junit => terminal::show(&text),
        }
        if self.format == Format::Pretty {
            for Unreadable { path, problem, .. } in &report.policy.unreadable {
                terminal::complain(&format!("{}: {problem}", terminal::path(path)));
            }
        }
        let (errors, _) = report.policy.counts();
        Ok(ExitCode::from(match (report.policy.unreadable.is_empty(), errors) {
            (false, _) => BAD_INPUT,
            (true, 0) => 0,
            (true, _) => FINDINGS,
        }))
    }

    fn report(&self) -> Result<Report, Failure> {
        let project = match Project::named(&self.paths) {
            Ok(project) => project,
            Err(failure) => return Unreadable::of(failure).map(Report::unreadable),
        };
        let lints = lints(project.as_ref(), self.deny);
        let progress = Progress::start("checking".to_owned(), self.quiet);
        let mut policy = PolicySources::gather(&self.paths, project.as_ref(), &lints)?;
        if let Some(problem) = facts_problem(&policy, project.as_ref()) {
            policy.unreadable.push(problem);
        }
        drop(progress);
        let costs = policy.compiled.program.as_ref().filter(|_| self.costs).map(|program| {
            let actions = (0..).map(ActionId).zip(&program.actions);
            actions.map(|(id, action)| (action.name.clone(), program.cost(id).unwrap_or_default())).collect()
        });
        Ok(Report { policy, costs, quiet: self.quiet })
    }
}

/// A project's lint levels, combined with `--deny`.
pub(crate) fn lints(project: Option<&Project>, deny: Option<Deny>) -> Lints {
    let lints = project.map(|project| project.settings.lints.clone()).unwrap_or_default();
    match deny {
        Some(Deny::Warnings) => lints.deny_warnings(),
        None => lints,
    }
}

/// Why a project's facts do not fit its policy.
fn facts_problem(policy: &PolicySources, project: Option<&Project>) -> Option<Unreadable> {
    let (program, path) = (policy.compiled.program.as_ref()?, project?.facts()?);
    let problem = match files::read(&path, FACTS_BYTES_MAX) {
        Ok(bytes) => read_facts(program, &bytes).err()?.to_string(),
        Err(Failure::File { source, .. }) => source.to_string(),
        Err(other) => other.to_string(),
    };
    Some(Unreadable { path, problem, at: None })
}
