//! GitHub Actions annotations: workflow commands, one per line.

use std::fmt::Write as _;

use permit_frontend::json::{Finding, findings};
use permit_types::display;

use super::{Report, omitted_text};

pub(super) fn text(report: &Report) -> String {
    let policy = &report.policy;
    let mut text = String::new();
    let mut command = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    for unreadable in &policy.unreadable {
        let mut properties = format!("file={}", property(&unreadable.path.display().to_string()));
        if let Some(at) = unreadable.at {
            properties.push_str(&format!(",line={},col={}", at.line, at.column));
        }
        command(format!("::error {properties}::{}", message(&unreadable.problem)));
    }
    for finding in findings(&policy.sources, &policy.compiled.diagnostics) {
        command(annotation(&finding));
    }
    if policy.compiled.omitted > 0 {
        command(format!("::notice ::{}", omitted_text(policy.compiled.omitted)));
    }
    text
}

fn annotation(finding: &Finding<'_>) -> String {
    let (start, end) = (finding.primary.start, finding.primary.end);
    let mut line = format!(
        "::{} file={},line={},col={}",
        finding.severity,
        property(finding.primary.file),
        start.line,
        start.column
    );
    // GitHub refuses an end column unless the annotation stands on one line.
    let ends = if end.line == start.line {
        write!(line, ",endColumn={}", end.column)
    } else {
        write!(line, ",endLine={}", end.line)
    };
    let help = finding.help.map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let said = message(&format!("{}{help}", finding.message));
    match ends.and_then(|()| write!(line, ",title={}::{said}", property(finding.code))) {
        Ok(()) => line,
        // Writing to memory does not fail.
        Err(_) => format!("::{} ::{said}", finding.severity),
    }
}

/// Escapes the text behind `::`, which a page shows to people.
pub(crate) fn message(text: &str) -> String {
    display::lines(&text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")).into_owned()
}

/// Escapes the value of a property, where `:` and `,` also mean something.
pub(crate) fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_to_github_is_escaped() {
        assert_eq!(message("100 %\r\n::error::x, y"), "100 %25%0D%0A::error::x, y");
        assert_eq!(message("\u{1b}[2J\u{202e}"), r"\u{1b}[2J\u{202e}");
        assert_eq!(property("a,b:c%0A\n.permit"), "a%2Cb%3Ac%250A%0A.permit");
    }
}
