//! `permitc test`.

mod coverage;
mod github;
mod json;
mod junit;
mod lcov;
mod pretty;
mod wording;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use permit_frontend::Sources;
use permit_frontend::scenario::{Scenario, ScenarioSuite, Span};
use permit_scenarios::{Coverage, Disagreement, ScenarioResult, ScenarioRunner};

use crate::commands::FINDINGS;
use crate::commands::check::lints;
use crate::failure::Failure;
use crate::policy::PolicySources;
use crate::progress::Progress;
use crate::project::Project;
use crate::{files, terminal, watch};

#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Policy files, directories with `.permit` files, or a project directory; defaults to the enclosing project.
    paths: Vec<PathBuf>,
    /// Run only the scenarios whose names contain this text.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Output format.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Print coverage (`pretty` and `json` only).
    #[arg(long)]
    coverage: bool,
    /// Write coverage to a file in LCOV format.
    #[arg(long, value_name = "FILE")]
    lcov: Option<PathBuf>,
    /// Write coverage to a file as JSON.
    #[arg(long, value_name = "FILE")]
    coverage_json: Option<PathBuf>,
    /// Fail if coverage is below this percentage.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(0..=100))]
    fail_under: Option<u8>,
    /// Run again whenever a file changes, until interrupted.
    #[arg(long)]
    watch: bool,
    /// Print only failures.
    #[arg(long, short)]
    quiet: bool,
}

/// Output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text with source excerpts.
    #[default]
    Pretty,
    /// JSON, for scripts and editors.
    Json,
    /// JUnit XML, for CI servers.
    Junit,
    /// GitHub Actions annotations.
    Github,
}

/// The run of a policy's scenarios.
#[derive(Debug)]
struct Run {
    sources: Sources,
    suite: ScenarioSuite,
    /// The results of the scenarios that were run, by index.
    results: Vec<(usize, ScenarioResult)>,
    coverage: Coverage,
    /// The required coverage, in percent.
    fail_under: Option<u8>,
}

impl Test {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        if self.coverage && !matches!(self.format, Format::Pretty | Format::Json) {
            return Err(Failure::Usage("--coverage needs --format pretty or json".to_owned()));
        }
        if self.watch {
            return watch::run(&self.paths, self.quiet, || match self.once() {
                // What does not compile was shown, and may compile after the next change.
                Err(Failure::Policy) => Ok(ExitCode::from(FINDINGS)),
                other => other,
            });
        }
        self.once()
    }

    /// Runs the scenarios and reports.
    fn once(&self) -> Result<ExitCode, Failure> {
        let run = self.run_scenarios()?;
        if let Some(path) = &self.lcov {
            files::write(path, lcov::text(&run).as_bytes(), 0o644)?;
        }
        if let Some(path) = &self.coverage_json {
            files::write(path, coverage::json(&run)?.as_bytes(), 0o644)?;
        }
        match self.format {
            Format::Pretty => {
                terminal::painted(&pretty::text(&run, self.coverage, self.quiet, terminal::colour()));
            }
            Format::Json => terminal::json(&json::text(&run, self.coverage)?),
            Format::Junit => terminal::show(&junit::text(&run)),
            Format::Github => terminal::show(&github::text(&run)),
        }
        let passed = run.failed() == 0 && !run.is_uncovered();
        Ok(ExitCode::from(if passed { 0 } else { FINDINGS }))
    }

    fn run_scenarios(&self) -> Result<Run, Failure> {
        let project = Project::named(&self.paths)?;
        let progress = Progress::start("running scenarios".to_owned(), self.quiet);
        let policy = PolicySources::read(&self.paths, project.as_ref(), &lints(project.as_ref(), None))?;
        policy.program()?;
        let suite = policy.suite().ok_or(Failure::Policy)?;
        let internal = |error: &dyn std::fmt::Display| Failure::Internal(error.to_string());
        let runner = ScenarioRunner::new(&suite).map_err(|error| internal(&error))?;
        let mut coverage = Coverage::new(&suite);
        let mut results = Vec::new();
        for (place, scenario) in suite.scenarios.iter().enumerate() {
            if !self.is_wanted(scenario) {
                continue;
            }
            let actual = runner.run(scenario, &mut coverage);
            results.push((place, actual.map_err(|fault| disagreement(&policy.sources, fault))?));
        }
        drop((progress, runner));
        if let (Some(filter), true) = (&self.filter, results.is_empty()) {
            return Err(Failure::Usage(format!("no scenario name contains `{filter}`")));
        }
        let (sources, fail_under) = (policy.sources, self.fail_under);
        Ok(Run { sources, suite, results, coverage, fail_under })
    }

    fn is_wanted(&self, scenario: &Scenario) -> bool {
        self.filter.as_ref().is_none_or(|filter| scenario.name.value.contains(filter.as_str()))
    }
}

fn disagreement(sources: &Sources, fault: Disagreement) -> Failure {
    let (name, at) = (sources.name(fault.span.source), sources.start(fault.span));
    Failure::Internal(format!("{name}:{}:{}: {fault}", at.line, at.column))
}

impl Run {
    /// The scenarios that were run, with their results.
    fn scenarios(&self) -> impl Iterator<Item = (&Scenario, &ScenarioResult)> {
        let scenario = |place: &usize| self.suite.scenarios.get(*place);
        self.results.iter().filter_map(move |(place, result)| Some((scenario(place)?, result)))
    }

    /// Where a rule of this name is declared.
    fn declared(&self, name: &str) -> Option<Span> {
        let rules = self.suite.program.rules.iter().zip(&self.suite.rules);
        rules.into_iter().find(|(rule, _)| rule.name == name).map(|(_, source)| source.name)
    }

    /// How many scenarios failed.
    fn failed(&self) -> usize {
        self.results.iter().filter(|(_, result)| !result.failures.is_empty()).count()
    }

    /// Whether coverage is below the required percentage.
    fn is_uncovered(&self) -> bool {
        let wanted = self.fail_under.map_or(0, |percent| u64::from(percent) * 100);
        self.covered_points() < wanted
    }

    /// The coverage, in hundredths of a percent; zero without scenarios.
    fn covered_points(&self) -> u64 {
        if self.results.is_empty() { 0 } else { self.coverage.points().basis_points() }
    }
}

/// Hundredths of a percent as a number: `87.50`.
fn percent(basis_points: u64) -> String {
    format!("{}.{:02}", basis_points / 100, basis_points % 100)
}
