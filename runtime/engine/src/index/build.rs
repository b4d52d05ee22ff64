//! Files rules: chooses for each rule and action the key that the fewest other rules share.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use permit_ir::types::{ActionId, ExprId, RuleId};

use super::key::Key;
use super::offer::{Offer, Parts, Reader};
use super::{Filed, Residual};

/// Rules by action and key, `None` being the rules that no key separates.
pub(super) type Filing = HashMap<(ActionId, Option<Key>), Vec<Filed>, FixedState>;

/// A way to file one rule: under which keys, and what is left to ask there.
struct Choice<'p> {
    keys: &'p [Key],
    rank: u8,
    residual: Residual,
}

/// How many rules could be filed under each key of an action.
type Demand = HashMap<(ActionId, Key), u32, FixedState>;

/// Files every rule under each of its actions.
pub(super) fn file(reader: &Reader<'_>) -> (Vec<(ActionId, Option<Key>)>, Filing) {
    let rules = &reader.program.rules;
    let parts: Vec<Parts> = rules.iter().map(|rule| reader.parts(rule)).collect();
    let mut demand = Demand::default();
    for (rule, parts) in rules.iter().zip(&parts) {
        for key in offered(parts).flat_map(|offer| offer.iter().copied()) {
            for &action in &rule.actions {
                *demand.entry((action, key)).or_default() += 1;
            }
        }
    }
    let mut order = Vec::new();
    let mut filing = Filing::default();
    for ((id, rule), parts) in (0..).map(RuleId).zip(rules).zip(&parts) {
        for &action in &rule.actions {
            let choice = choose(parts, action, &demand);
            let filed = Filed { rule: id, residual: choice.residual };
            let keys = if choice.rank == UNFILED { &[][..] } else { choice.keys };
            let unfiled = (choice.rank == UNFILED).then_some(None);
            for key in keys.iter().copied().map(Some).chain(unfiled) {
                let place = filing.entry((action, key)).or_insert_with(|| {
                    order.push((action, key));
                    Vec::new()
                });
                place.push(filed.clone());
            }
        }
    }
    (order, filing)
}

/// The rank of a rule that no key separates from others.
const UNFILED: u8 = u8::MAX;

fn offered(parts: &Parts) -> impl Iterator<Item = &Vec<Key>> {
    let offers = parts.conjuncts.iter().flat_map(|conjunct| &conjunct.offers);
    parts.agents.iter().chain(offers.map(|offer| &offer.keys))
}

fn choose<'p>(parts: &'p Parts, action: ActionId, demand: &Demand) -> Choice<'p> {
    let weigh = |keys: &[Key]| {
        let most = keys.iter().filter_map(|&key| demand.get(&(action, key))).max().copied().unwrap_or(0);
        (most, keys.iter().map(|key| key.test.rank()).max().unwrap_or(0), keys.len())
    };
    let mut best: Option<((u32, u8, usize), Choice<'p>)> = None;
    let mut consider = |keys: &'p [Key], residual: &dyn Fn() -> Residual| {
        let weight = weigh(keys);
        if best.as_ref().is_none_or(|(known, _)| weight < *known) {
            best = Some((weight, Choice { keys, rank: weight.1, residual: residual() }));
        }
    };
    for (place, conjunct) in parts.conjuncts.iter().enumerate() {
        for Offer { keys, exact } in &conjunct.offers {
            let left_out = exact.then_some(place);
            consider(keys, &|| residual(parts, parts.agents.is_some(), left_out));
        }
    }
    if let Some(agents) = &parts.agents {
        consider(agents, &|| residual(parts, false, None));
    }
    let unfiled = || Choice { keys: &[], rank: UNFILED, residual: residual(parts, false, None) };
    best.map_or_else(unfiled, |(_, choice)| choice)
}

fn residual(parts: &Parts, agents: bool, left_out: Option<usize>) -> Residual {
    let kept = parts.conjuncts.iter().enumerate().filter(|(place, _)| Some(*place) != left_out);
    let (exprs, fallible): (Vec<ExprId>, Vec<bool>) =
        kept.map(|(_, conjunct)| (conjunct.expr, conjunct.fallible)).unzip();
    Residual { agents, conjuncts: exprs.into(), fallible: fallible.contains(&true) }
}
