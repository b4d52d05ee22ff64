//! `@allow(LINT, "reason")` before a declaration.

use permit_grammar::ast::{File, Item};
use permit_grammar::span::Span;

use super::LINTS;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::suggest;

/// Takes out what is allowed, and reports what allows nothing that exists.
pub(super) fn apply(files: &[File], found: &mut Vec<Diagnostic>) {
    let mut allowed: Vec<(Code, Span)> = Vec::new();
    let mut faults = Vec::new();
    for item in files.iter().flat_map(|file| &file.items) {
        for mark in &item.marks().allows {
            let known = LINTS.iter().find(|lint| lint.name == mark.lint.value);
            let Some(lint) = known else {
                let names: Vec<_> = LINTS.iter().map(|lint| lint.name).collect();
                let message = format!("unknown lint `{}`", mark.lint.value);
                let diagnostic =
                    Diagnostic::warning(Code::UnknownLint, mark.lint.span, message, "no such lint");
                faults.push(diagnostic.help(suggest::help(
                    &mark.lint.value,
                    &names,
                    "use the name of a lint",
                )));
                // What was meant is likely what is found here, and one mistake is reported once.
                allowed.extend(meant(&mark.lint.value).map(|code| (code, Item::span(item))));
                continue;
            };
            if mark.reason.value.trim().is_empty() {
                let message = format!("`@allow` of lint `{}` has no reason", mark.lint.value);
                let diagnostic = Diagnostic::warning(Code::LintReason, mark.reason.span, message, "empty");
                faults.push(diagnostic.help("say why the code is intended"));
            }
            allowed.push((lint.code, item.span()));
        }
    }
    allowed.sort_unstable();
    found.retain(|one| {
        let (code, at) = (one.code, one.primary.span);
        // Declarations do not overlap, so that only the last one that begins before the place may hold it.
        let behind = allowed.partition_point(|(allowed, span)| {
            (*allowed, span.source, span.start) <= (code, at.source, at.start)
        });
        let nearest = behind.checked_sub(1).and_then(|before| allowed.get(before));
        !nearest
            .is_some_and(|(allowed, span)| *allowed == code && span.source == at.source && at.end <= span.end)
    });
    found.extend(faults);
}

fn meant(name: &str) -> Option<Code> {
    let close = suggest::closest(name, LINTS.iter().map(|lint| lint.name))?;
    LINTS.iter().find(|lint| lint.name == close).map(|lint| lint.code)
}
