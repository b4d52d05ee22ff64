//! `actions NAME = …`: action sets, which may include other sets.

use permit_grammar::ast::{self, Ident};
use permit_ir::types::ActionId;

use super::{ActionName, ActionSet, Symbols, order};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;

/// The actions of each set. A set that holds itself, directly or round about, is reported.
pub(super) fn resolve(symbols: &mut Symbols, sets: &[&ast::ActionSet], found: &mut Vec<Diagnostic>) {
    let member = |name: &Ident| match symbols
        .look_up(&symbols.actions_named, &name.value, name.span.source)
        .first()?
        .meaning
    {
        ActionName::Set(place) => Some(place),
        ActionName::Action(_) => None,
    };
    let needs: Vec<Vec<usize>> =
        sets.iter().map(|set| set.members.iter().filter_map(member).collect()).collect();
    let order = order(&needs);
    for circle in &order.circles {
        found.extend(circular(sets, circle));
    }
    symbols.action_sets = sets.iter().map(|_| ActionSet { actions: None }).collect();
    for &place in &order.sorted {
        let actions = sets.get(place).and_then(|set| members(symbols, set, found));
        if let Some(set) = symbols.action_sets.get_mut(place) {
            set.actions = actions;
        }
    }
}

fn members(symbols: &Symbols, set: &ast::ActionSet, found: &mut Vec<Diagnostic>) -> Option<Vec<ActionId>> {
    let mut actions = Some(Vec::new());
    for name in &set.members {
        match (symbols.find_actions(found, name), &mut actions) {
            (Some(members), Some(all)) => all.extend(members),
            (_, actions) => *actions = None,
        }
    }
    let mut actions = actions?;
    actions.sort_unstable();
    actions.dedup();
    Some(actions)
}

fn circular(sets: &[&ast::ActionSet], circle: &[usize]) -> Option<Diagnostic> {
    let names: Vec<&str> =
        circle.iter().filter_map(|&place| sets.get(place)).map(|set| set.name.value.as_str()).collect();
    let first = sets.get(*circle.first()?)?;
    let message = format!("action set `{}` contains itself", first.name.value);
    let path =
        names.iter().chain(names.first()).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" → ");
    let mut diagnostic = Diagnostic::error(Code::Circle, first.name.span, message, path);
    for set in circle.iter().skip(1).filter_map(|&place| sets.get(place)) {
        diagnostic = diagnostic.also(set.name.span, "through this one");
    }
    Some(diagnostic.help("list the actions themselves in one of the sets"))
}
