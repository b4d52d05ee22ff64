//! For scripts and editors. The shape is documented in `docs/permitc.md`; members are added, never renamed.

use permit_frontend::Position;
use permit_frontend::json::{Finding, findings};
use serde::Serialize;

use super::Report;

/// The version of the shape.
const VERSION: u8 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u8,
    files: Vec<&'a str>,
    unreadable: Vec<Problem<'a>>,
    findings: Vec<Finding<'a>>,
    omitted: usize,
    errors: usize,
    warnings: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    costs: Option<&'a std::collections::BTreeMap<String, u64>>,
}

#[derive(Serialize)]
struct Problem<'a> {
    file: String,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Position>,
}

pub(super) fn text(report: &Report) -> String {
    let policy = &report.policy;
    let (errors, warnings) = policy.counts();
    let problem = |unreadable: &'_ crate::policy::Unreadable| unreadable.path.display().to_string();
    let document = Document {
        version: VERSION,
        files: policy.sources.iter().map(|(_, name, _)| name).collect(),
        unreadable: policy
            .unreadable
            .iter()
            .map(|u| Problem { file: problem(u), message: &u.problem, at: u.at })
            .collect(),
        findings: findings(&policy.sources, &policy.compiled.diagnostics),
        omitted: policy.compiled.omitted,
        errors,
        warnings,
        costs: report.costs.as_ref(),
    };
    // Strings, numbers and lists of them cannot fail to be JSON.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}
