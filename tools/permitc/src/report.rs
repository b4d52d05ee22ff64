//! The result of a check, and its output formats.

pub(crate) mod github;
mod json;
pub(crate) mod junit;
mod pretty;
mod sarif;

use std::collections::BTreeMap;

use clap::ValueEnum;

use crate::policy::{PolicySources, Unreadable};

/// Output format of a check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text with source excerpts.
    #[default]
    Pretty,
    /// JSON, for scripts and editors.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitHub Actions annotations.
    Github,
    /// JUnit XML, for CI servers.
    Junit,
}

/// The result of a check.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) policy: PolicySources,
    /// What a decision of each action costs at most, if that was asked for.
    pub(crate) costs: Option<BTreeMap<String, u64>>,
    /// Whether only findings are printed.
    pub(crate) quiet: bool,
}

impl Report {
    /// The report of what could not even be looked for.
    pub(crate) fn unreadable(unreadable: Unreadable) -> Self {
        Self { policy: PolicySources::unread(unreadable), costs: None, quiet: false }
    }

    /// The report as text; `colour` is for people only.
    pub(crate) fn text(&self, format: Format, colour: permit_frontend::render::Colour) -> String {
        match format {
            Format::Pretty => pretty::text(self, colour),
            Format::Json => json::text(self),
            Format::Sarif => sarif::text(self),
            Format::Github => github::text(self),
            Format::Junit => junit::text(self),
        }
    }
}

/// A message that some findings are not shown.
fn omitted_text(omitted: usize) -> String {
    format!("{omitted} more findings are not shown")
}
