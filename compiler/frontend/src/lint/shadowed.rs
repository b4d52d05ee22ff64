//! A permit that is overruled wherever it matches, since a forbid is about the same actions and agents without a condition
//! or under the same one.

use std::collections::HashMap;

use permit_grammar::ast::File;
use permit_ir::program::{AgentPattern, Effect, Program};
use permit_ir::types::{ActionId, ExprId};

use crate::codes::Code;
use crate::diagnostic::Diagnostic;

type About<'a> = (ActionId, &'a [AgentPattern], Option<ExprId>);

pub(super) fn lint(program: &Program, files: &[File], found: &mut Vec<Diagnostic>) {
    let written = super::rules(files);
    let mut forbids: HashMap<About<'_>, &str> = HashMap::new();
    for rule in program.rules.iter().filter(|rule| rule.effect == Effect::Forbid) {
        for &action in &rule.actions {
            forbids.entry((action, rule.agents.as_slice(), rule.condition)).or_insert(&rule.name);
        }
    }
    for rule in program.rules.iter().filter(|rule| rule.effect == Effect::Permit) {
        let over = |action: ActionId| {
            let agents: [&[AgentPattern]; 2] = [&[], &rule.agents];
            let mut keys = agents.into_iter().flat_map(|a| [None, rule.condition].map(|c| (action, a, c)));
            keys.find_map(|key| forbids.get(&key).copied())
        };
        let names: Option<Vec<&str>> = rule.actions.iter().map(|&action| over(action)).collect();
        let Some(forbid) = names.and_then(|names| names.first().copied()) else { continue };
        let (Some(one), Some(other)) = (written.get(rule.name.as_str()), written.get(forbid)) else {
            continue;
        };
        let message = format!("permit `{}` is overruled wherever it matches", rule.name);
        let diagnostic = Diagnostic::warning(Code::Shadowed, one.name.span, message, "never decides")
            .also(other.name.span, "this forbid always wins");
        found.push(diagnostic.help("give the forbid a condition, or remove the permit"));
    }
}
