//! What the grammar takes and this version does not: one error each, where it is declared.

use permit_grammar::ast::{File, Item};
use permit_grammar::span::Span;

use crate::codes::Code;
use crate::diagnostic::Diagnostic;

pub(super) fn check(files: &[File], found: &mut Vec<Diagnostic>) {
    for item in files.iter().flat_map(|file| &file.items) {
        if let Item::Scenario(decl) = item {
            refuse(found, decl.name.span, "a scenario", "remove it");
        }
    }
}

fn refuse(found: &mut Vec<Diagnostic>, span: Span, what: &str, help: &str) {
    let message = format!("{what} is not supported in this version");
    found.push(Diagnostic::error(Code::Unsupported, span, message, "not yet").help(help));
}
