//! Files rules: chooses for each rule and action the key that the fewest other rules share.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use permit_ir::types::{ActionId, RuleId};

use super::candidate::{Parts, RuleReader};
use super::key::Key;

/// Where rules are filed.
pub(super) struct Filing {
    /// The result of each rule.
    pub(super) parts: Vec<Parts>,
    /// Each rule under each of its keys for each of its actions: ascending by key, then action, then rule.
    pub(super) filed: Vec<Filed>,
}

/// A rule where it is filed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filed {
    /// `None` where no key separates the rule from others.
    pub(super) key: Option<Key>,
    pub(super) action: ActionId,
    pub(super) rule: RuleId,
    pub(super) rest: Rest,
}

/// Which parts of a rule are left to ask where it is filed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rest {
    /// Whether the rule's agents are still to be compared.
    pub(super) agents: bool,
    /// The place of the conjunct that the key already says.
    pub(super) said: Option<usize>,
}

/// How many rules could be filed under each key of an action.
type Demand = HashMap<(ActionId, Key), u32, FixedState>;

/// Files every rule under each of its actions.
pub(super) fn file(reader: &RuleReader<'_>) -> Filing {
    let rules = &reader.program.rules;
    let parts: Vec<Parts> = rules.iter().map(|rule| reader.parts(rule)).collect();
    let mut demand = Demand::with_capacity_and_hasher(2 * rules.len(), FixedState::default());
    for (rule, parts) in rules.iter().zip(&parts) {
        for (keys, _) in ways(parts) {
            for &action in &rule.actions {
                keys.iter().for_each(|&key| *demand.entry((action, key)).or_default() += 1);
            }
        }
    }
    let mut filed = Vec::with_capacity(rules.len());
    for ((id, rule), parts) in (0..).map(RuleId).zip(rules).zip(&parts) {
        for &action in &rule.actions {
            let file = |key, rest| Filed { key, action, rule: id, rest };
            match choose(parts, action, &demand) {
                Some((keys, rest)) => {
                    filed.extend(keys.iter().map(|&key| file(Some(key), rest)));
                }
                None => filed.push(file(None, Rest { agents: false, said: None })),
            }
        }
    }
    filed.sort_unstable_by_key(|filed| (filed.key, filed.action, filed.rule));
    Filing { parts, filed }
}

/// The ways to file a rule.
fn ways(parts: &Parts) -> impl Iterator<Item = (&[Key], Rest)> {
    let agents = parts.agents.is_some();
    let by_condition = parts.conjuncts.iter().enumerate().flat_map(move |(place, conjunct)| {
        conjunct
            .candidates
            .iter()
            .map(move |candidate| (&*candidate.keys, Rest { agents, said: candidate.exact.then_some(place) }))
    });
    let by_agent = parts.agents.iter().map(|keys| (&**keys, Rest { agents: false, said: None }));
    by_condition.chain(by_agent)
}

/// The way whose keys the fewest rules share; of those the one that the fewest requests meet, with the fewest keys.
fn choose<'p>(parts: &'p Parts, action: ActionId, demand: &Demand) -> Option<(&'p [Key], Rest)> {
    let weigh = |keys: &[Key]| {
        let most = keys.iter().filter_map(|&key| demand.get(&(action, key))).max().copied().unwrap_or(0);
        (most, keys.iter().map(|key| key.test.rank()).max().unwrap_or(0), keys.len())
    };
    ways(parts).min_by_key(|(keys, _)| weigh(keys))
}
