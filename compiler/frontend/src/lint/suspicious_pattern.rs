//! Patterns that probably do not mean what was intended: `like` without any `*`, or with one directly before a name;
//! `matches` with an unescaped `.` in a host name, with `.*` at both ends, or
//! without any metacharacter.

use super::{Lint, Look};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{ExprKind, Module};

/// A message and its help.
type Fault = (&'static str, &'static str);
pub(super) const LINT: Lint = Lint {
    name: "suspicious_pattern",
    code: Code::SuspiciousPattern,
    look: Look::Module(|module, _, found| lint(module, found)),
};

fn lint(module: &Module, found: &mut Vec<Diagnostic>) {
    super::every_expr(module, &mut |expr| {
        let fault = match &expr.kind {
            ExprKind::Like(_, pattern) => of_glob(pattern),
            ExprKind::Regex(pattern) => of_regex(pattern),
            _ => None,
        };
        let Some((message, help)) = fault else { return };
        let diagnostic =
            Diagnostic::warning(Code::SuspiciousPattern, expr.span, message, "is this intended?");
        found.push(diagnostic.help(help));
    });
}

fn of_glob(pattern: &str) -> Option<Fault> {
    if !pattern.contains('*') {
        return Some(("the pattern has no `*`, so it matches only one string", "write `==`, or add a `*`"));
    }
    let rest = pattern.strip_prefix('*')?;
    let host = rest.starts_with(|c: char| c.is_ascii_alphanumeric())
        && rest.contains('.')
        && !rest.contains(['*', '/', ' ']);
    host.then_some((
        "the pattern matches every name that ends like this, with anything before it",
        "put a `.` or an `@` after the `*`, or use a `url` or an `email` and `within`",
    ))
}

/// Ends of host names that are met often enough to tell a host from a sentence.
const DOMAIN_ENDS: [&str; 16] = [
    "com", "org", "net", "edu", "gov", "mil", "int", "io", "dev", "app", "ai", "eu", "example", "test",
    "local", "internal",
];

fn of_regex(pattern: &str) -> Option<Fault> {
    let any = |text: &str| text == ".*" || text == ".+";
    let (head, tail) = (pattern.get(..2).unwrap_or_default(), tail(pattern));
    if pattern.len() > 4 && any(head) && any(tail) && !pattern.ends_with("\\.*") {
        return Some((
            "the pattern allows any text before and after the match",
            "say what may precede and follow it, or use `contains` of `std.text`",
        ));
    }
    if has_loose_dot(pattern) {
        return Some((
            "`.` matches any character here, including in place of a dot in a host name",
            "write `\\.`, or use a `url` or an `email` and `within`",
        ));
    }
    let special = |c: char| r".*+?()[]{}|\^$".contains(c);
    (!pattern.contains(special))
        .then_some(("the pattern has no metacharacters, so it matches only one string", "write `==`"))
}

fn tail(pattern: &str) -> &str {
    pattern.len().checked_sub(2).and_then(|at| pattern.get(at..)).unwrap_or_default()
}

/// Whether an unescaped `.` stands between a letter and the end of a host's name.
fn has_loose_dot(pattern: &str) -> bool {
    let bytes = pattern.as_bytes();
    let (mut escaped, mut in_class) = (false, false);
    for (at, &byte) in bytes.iter().enumerate() {
        if escaped {
            escaped = false;
            continue;
        }
        match byte {
            b'\\' => escaped = true,
            b'[' => in_class = true,
            b']' => in_class = false,
            b'.' if !in_class => {
                let before = at.checked_sub(1).and_then(|at| bytes.get(at));
                let rest = pattern.get(at + 1..).unwrap_or_default();
                let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
                let word = rest.get(..end).unwrap_or_default();
                let is_end = DOMAIN_ENDS.contains(&word.to_ascii_lowercase().as_str());
                if before.is_some_and(u8::is_ascii_alphanumeric) && is_end {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suspicious_patterns_are_reported() {
        for bad in ["abc", "", "*acme.example", "*acme.co.uk"] {
            assert!(of_glob(bad).is_some(), "{bad}");
        }
        for good in ["*", "*@acme.example", "*.acme.example", "*.md", "a*", "*test*", "*draft", "*/a.md"] {
            assert_eq!(of_glob(good), None, "{good}");
        }
    }

    #[test]
    fn suspicious_regular_expressions_are_reported() {
        let bad = [
            "acme.com",
            "[a-z]+@acme.example",
            r"https://api.acme\.com/.*|https://acme.io",
            ".*secret.*",
            ".+x.+",
            "acme",
            "",
            "mail.internal/[0-9]+",
        ];
        for bad in bad {
            assert!(of_regex(bad).is_some(), "{bad}");
        }
        let good = [
            r"acme\.com",
            r"[a-z]+@acme\.example",
            "https?",
            ".*",
            ".*x",
            "x.*",
            "[.]com",
            "a.b",
            "v[0-9]+.[0-9]+",
            "..com",
            r"a\..*",
            ".*.community",
        ];
        for good in good {
            assert_eq!(of_regex(good), None, "{good}");
        }
    }
}
