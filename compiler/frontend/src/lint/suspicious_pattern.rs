//! Patterns of `like` that likely mean something else: without any `*`, or with one in front of a name's first letter.

use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{ExprKind, Module};

pub(super) fn lint(module: &Module, found: &mut Vec<Diagnostic>) {
    super::every_expr(module, &mut |expr| {
        let ExprKind::Like(_, pattern) = &expr.kind else { return };
        let Some((message, help)) = fault(pattern) else { return };
        let diagnostic =
            Diagnostic::warning(Code::SuspiciousPattern, expr.span, message, "is this what is meant?");
        found.push(diagnostic.help(help));
    });
}

fn fault(pattern: &str) -> Option<(&'static str, &'static str)> {
    if !pattern.contains('*') {
        return Some(("the pattern has no `*`, so it matches one text alone", "write `==`, or add a `*`"));
    }
    let rest = pattern.strip_prefix('*')?;
    let host = rest.starts_with(|c: char| c.is_ascii_alphanumeric())
        && rest.contains('.')
        && !rest.contains(['*', '/', ' ']);
    host.then_some((
        "the pattern takes in every name that ends like this one, whatever stands before it",
        "put a `.` or an `@` behind the `*`, or use a `url` or an `email` and `within`",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_mean_something_else_are_told() {
        for bad in ["abc", "", "*acme.example", "*acme.co.uk"] {
            assert!(fault(bad).is_some(), "{bad}");
        }
        for good in ["*", "*@acme.example", "*.acme.example", "*.md", "a*", "*test*", "*draft", "*/a.md"] {
            assert_eq!(fault(good), None, "{good}");
        }
    }
}
