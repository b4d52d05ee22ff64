//! Findings as text.

use permit_frontend::render::{Colour, render};

use super::{Report, omitted_text};

/// The diagnostics with their lines, the costs and the count. What is unreadable goes to standard error.
pub(super) fn text(report: &Report, colour: Colour) -> String {
    let compiled = &report.policy.compiled;
    let mut text = render(&report.policy.sources, &compiled.diagnostics, colour);
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    if compiled.omitted > 0 {
        line(omitted_text(compiled.omitted));
    }
    if report.quiet {
        return text;
    }
    for (action, steps) in report.costs.iter().flatten() {
        line(format!("{action}: {steps} steps"));
    }
    match (report.policy.unreadable.is_empty(), report.policy.counts()) {
        (true, (0, 0)) => line("no errors".to_owned()),
        (false, (0, 0)) => {}
        (_, (errors, warnings)) => {
            line(format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")));
        }
    }
    text
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
