//! `actions NAME = …`: sets of actions, which may hold other sets.

use std::collections::BTreeMap;

use permit_grammar::ast;
use permit_ir::types::ActionId;

use super::{ActionSet, Symbols, order};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;

/// The actions of each set. A set that holds itself, directly or round about, is reported.
pub(super) fn resolve(
    symbols: &Symbols,
    sets: &[&ast::ActionSet],
    found: &mut Vec<Diagnostic>,
) -> BTreeMap<String, ActionSet> {
    let places: BTreeMap<&str, usize> =
        sets.iter().enumerate().map(|(place, set)| (set.name.value.as_str(), place)).collect();
    let needs: Vec<Vec<usize>> = sets
        .iter()
        .map(|set| set.members.iter().filter_map(|name| places.get(name.value.as_str()).copied()).collect())
        .collect();
    let order = order(&needs);
    for circle in &order.circles {
        found.extend(circular(sets, circle));
    }
    let mut resolved: BTreeMap<String, ActionSet> =
        sets.iter().map(|set| (set.name.value.clone(), ActionSet { actions: None })).collect();
    for set in order.sorted.iter().filter_map(|&place| sets.get(place)) {
        let actions = members(symbols, set, &resolved, found);
        resolved.insert(set.name.value.clone(), ActionSet { actions });
    }
    resolved
}

fn members(
    symbols: &Symbols,
    set: &ast::ActionSet,
    resolved: &BTreeMap<String, ActionSet>,
    found: &mut Vec<Diagnostic>,
) -> Option<Vec<ActionId>> {
    let mut actions = Some(Vec::new());
    for name in &set.members {
        let members = match resolved.get(&name.value) {
            Some(inner) => inner.actions.clone(),
            None => symbols.find_action(found, name).map(|id| vec![id]),
        };
        match (members, &mut actions) {
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
    let message = format!("action set `{}` holds itself", first.name.value);
    let path =
        names.iter().chain(names.first()).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" → ");
    let mut diagnostic = Diagnostic::error(Code::Circle, first.name.span, message, path);
    for set in circle.iter().skip(1).filter_map(|&place| sets.get(place)) {
        diagnostic = diagnostic.also(set.name.span, "through this one");
    }
    Some(diagnostic.help("name the actions themselves in one of the sets"))
}
