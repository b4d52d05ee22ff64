//! Two rules with the same effect, approval, actions, agents and condition.

use std::collections::HashMap;

use permit_grammar::ast::File;
use permit_ir::program::Program;

use super::{Lint, Look};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
pub(super) const LINT: Lint = Lint {
    name: "duplicate_rule",
    code: Code::DuplicateRule,
    look: Look::Program(|program, _, files, found| lint(program, files, found)),
};

fn lint(program: &Program, files: &[File], found: &mut Vec<Diagnostic>) {
    let written = super::rules(files);
    let mut seen = HashMap::new();
    for rule in &program.rules {
        // Equal conditions are one expression of the arena.
        let key = (rule.effect, &rule.actions, &rule.agents, rule.condition, &rule.approval);
        let Some(first) = seen.get(&key).copied() else {
            seen.insert(key, rule.name.as_str());
            continue;
        };
        let (Some(one), Some(other)) = (written.get(rule.name.as_str()), written.get(first)) else {
            continue;
        };
        let message = format!("rule `{}` is equivalent to `{first}`", rule.name);
        let diagnostic = Diagnostic::warning(Code::DuplicateRule, one.name.span, message, "duplicate rule")
            .also(other.name.span, "first declared here");
        found.push(diagnostic.help("remove one of them"));
    }
}
