//! An irreversible action that is permitted, but neither counted by a budget nor covered by a review.

use std::collections::BTreeSet;

use permit_grammar::ast::{File, Item};
use permit_ir::program::{Effect, Program};
use permit_ir::types::ActionId;

use super::{Lint, Look};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
pub(super) const LINT: Lint = Lint {
    name: "irreversible_unbounded",
    code: Code::IrreversibleUnbounded,
    look: Look::Program(|program, _, files, found| lint(program, files, found)),
};

fn lint(program: &Program, files: &[File], found: &mut Vec<Diagnostic>) {
    let permits = program.rules.iter().filter(|rule| rule.effect == Effect::Permit);
    let permitted: BTreeSet<ActionId> = permits.flat_map(|rule| rule.actions.iter().copied()).collect();
    let reviews = program.rules.iter().filter(|rule| rule.effect == Effect::Review);
    let reviewed: BTreeSet<ActionId> = reviews.flat_map(|rule| rule.actions.iter().copied()).collect();
    let counts = program.budgets.iter().flat_map(|budget| &budget.counts);
    let counted: BTreeSet<ActionId> = counts.flat_map(|count| count.actions.iter().copied()).collect();
    let unbounded: BTreeSet<&str> = (0..)
        .map(ActionId)
        .zip(&program.actions)
        .filter(|(id, action)| action.flags.irreversible && permitted.contains(id))
        .filter(|(id, _)| !counted.contains(id) && !reviewed.contains(id))
        .map(|(_, action)| action.name.as_str())
        .collect();
    for item in files.iter().flat_map(|file| &file.items) {
        let Item::Action(action) = item else { continue };
        if !unbounded.contains(action.name.value.as_str()) {
            continue;
        }
        let message =
            format!("action `{}` cannot be undone, but no budget or review limits it", action.name.value);
        let diagnostic =
            Diagnostic::warning(Code::IrreversibleUnbounded, action.name.span, message, "unbounded");
        found
            .push(diagnostic.help("count it in a `budget`, at least `in calls`, or write a `review` for it"));
    }
}
