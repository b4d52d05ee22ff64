//! JUnit XML: a suite for each file, a case for each finding; warnings pass and are shown as output.

use std::fmt::Write as _;

use permit_frontend::json::{Finding, findings};
use permit_types::display;

use super::{Report, omitted_text};

/// The cases of one file.
#[derive(Default)]
struct Suite {
    cases: String,
    tests: usize,
    failures: usize,
    errors: usize,
}

pub(super) fn text(report: &Report) -> String {
    let policy = &report.policy;
    let found = findings(&policy.sources, &policy.compiled.diagnostics);
    let mut suites: Vec<(String, Suite)> = Vec::new();
    for unreadable in &policy.unreadable {
        let file = unreadable.path.display().to_string();
        let mut suite = Suite::default();
        let inner = format!("<error message=\"{}\" type=\"unreadable\"/>", escape(&unreadable.problem));
        suite.case(&file, "read", &inner);
        suite.errors += 1;
        suites.push((file, suite));
    }
    for (_, name, _) in policy.sources.iter() {
        let mut suite = Suite::default();
        for finding in found.iter().filter(|finding| finding.primary.file == name) {
            suite.finding(finding);
        }
        if suite.tests == 0 {
            suite.case(name, "check", "");
        }
        suites.push((name.to_owned(), suite));
    }
    document(&suites, policy.compiled.omitted)
}

impl Suite {
    fn case(&mut self, file: &str, name: &str, inner: &str) {
        self.tests += 1;
        let (file, name) = (escape(file), escape(name));
        self.cases.push_str(&match inner {
            "" => format!("    <testcase classname=\"{file}\" name=\"{name}\"/>\n"),
            inner => {
                format!(
                    "    <testcase classname=\"{file}\" name=\"{name}\">\n      {inner}\n    </testcase>\n"
                )
            }
        });
    }

    fn finding(&mut self, finding: &Finding<'_>) {
        let (file, start) = (finding.primary.file, finding.primary.start);
        let help = finding.help.map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        let body = format!("{file}:{}:{}: {}{help}", start.line, start.column, finding.message);
        let inner = if finding.severity == "error" {
            self.failures += 1;
            let (code, message) = (escape(finding.code), escape(finding.message));
            format!("<failure message=\"{message}\" type=\"{code}\">{}</failure>", escape(&body))
        } else {
            format!("<system-out>{}: {}</system-out>", escape(finding.severity), escape(&body))
        };
        self.case(file, &format!("{} {}:{}", finding.code, start.line, start.column), &inner);
    }
}

fn document(suites: &[(String, Suite)], omitted: usize) -> String {
    let sum = |part: fn(&Suite) -> usize| suites.iter().map(|(_, suite)| part(suite)).sum::<usize>();
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"permitc check\" tests=\"{}\" failures=\"{}\" \
         errors=\"{}\">\n",
        sum(|s| s.tests),
        sum(|s| s.failures),
        sum(|s| s.errors)
    );
    for (file, Suite { cases, tests, failures, errors }) in suites {
        let opened = writeln!(
            text,
            "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">",
            escape(file)
        );
        if opened.is_ok() {
            text.push_str(cases);
            text.push_str("  </testsuite>\n");
        }
    }
    if omitted > 0 {
        text.push_str(&format!("  <!-- {} -->\n", omitted_text(omitted)));
    }
    text.push_str("</testsuites>\n");
    text
}

/// Escapes for text and quoted attributes. Invisible characters are shown as [`display`] shows them, which covers most of what
/// XML 1.0 cannot hold (section 2.2); the rest becomes the replacement character.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' => escaped.push_str("&#9;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    display::lines(&escaped).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_leaves_its_element() {
        assert_eq!(escape("a<b>&\"'c"), "a&lt;b&gt;&amp;&quot;&apos;c");
        assert_eq!(escape("]]>\0\u{1b}\u{ffff}\n"), "]]&gt;\\u{0}\\u{1b}\u{fffd}&#10;");
    }
}
