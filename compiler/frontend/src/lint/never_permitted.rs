//! An action that no `permit` and no `review` covers is always denied.

use std::collections::BTreeSet;

use permit_grammar::ast::{File, Item};
use permit_ir::program::{Effect, Program};

use super::{Lint, Look};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
pub(super) const LINT: Lint = Lint {
    name: "never_permitted",
    code: Code::NeverPermitted,
    look: Look::Program(|program, _, files, found| lint(program, files, found)),
};

fn lint(program: &Program, files: &[File], found: &mut Vec<Diagnostic>) {
    let permits = program.rules.iter().filter(|rule| rule.effect != Effect::Forbid);
    let permitted: BTreeSet<&str> = permits
        .flat_map(|rule| &rule.actions)
        .filter_map(|id| program.actions.get(id.index()))
        .map(|action| action.name.as_str())
        .collect();
    for item in files.iter().flat_map(|file| &file.items) {
        let Item::Action(action) = item else { continue };
        if permitted.contains(action.name.value.as_str()) {
            continue;
        }
        let message =
            format!("no permit or review covers action `{}`, so it is always denied", action.name.value);
        let diagnostic =
            Diagnostic::warning(Code::NeverPermitted, action.name.span, message, "never permitted");
        found.push(diagnostic.help("write a `permit` for it, or remove the action"));
    }
}
