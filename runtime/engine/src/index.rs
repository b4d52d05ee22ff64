//! Which rules a request can meet, found without trying the others.
//!
//! Every rule is filed, for each of its actions, under the most selective of its keys: an agent, a group the agent is
//! in, a resource, what the resource lies in, an attribute, an argument, a host, a glob. A decision looks up the keys that
//! its agent, resource and arguments meet and asks the rules filed there; a rule without a key is asked each time.
//! No rule is left out that could match or err: nothing is ever cut short silently, and a part of a condition serves as
//! a key only if whatever stands before it cannot fail.

mod build;
mod entities;
mod fallible;
mod key;
mod offer;
mod patterns;
mod sound;

use std::collections::HashMap;

use foldhash::fast::FixedState;
use permit_ir::decision::Request;
use permit_ir::facts::Facts;
use permit_ir::program::Program;
use permit_ir::types::{ActionId, ArgId, ExprId, RuleId};
use permit_jit::Symbols;

use self::build::Filing;
use self::entities::{Met, Numbered, TextTests};
pub(crate) use self::key::is_sound;
use self::key::{Key, Part, Source, Subject};
use self::offer::Reader;
pub(crate) use self::patterns::Marks;

/// Rules by the keys that requests meet.
#[derive(Debug)]
pub(crate) struct Index {
    symbols: Symbols,
    /// The rules of each action that no key separates, and what its arguments are looked at for.
    actions: Box<[OfAction]>,
    /// For each key, the actions under which rules are filed by it.
    places: Box<[Places]>,
    agents: Met,
    resources: Met,
}

#[derive(Debug, Default)]
struct OfAction {
    unfiled: Bucket,
    looks: Vec<(ArgId, Part, TextTests)>,
}

/// What is filed under one key, ascending by action.
type Places = Box<[(ActionId, Bucket)]>;

/// The rules of one place, each list ascending.
#[derive(Debug, Default)]
pub(crate) struct Bucket {
    pub(crate) forbids: Vec<Filed>,
    pub(crate) reviews: Vec<Filed>,
    pub(crate) permits: Vec<Filed>,
}

/// A rule where it is filed.
#[derive(Clone, Debug)]
pub(crate) struct Filed {
    pub(crate) rule: RuleId,
    pub(crate) residual: Residual,
}

/// What is left to ask of a rule where it is filed.
#[derive(Clone, Debug)]
pub(crate) struct Residual {
    /// Whether the rule's agents are still to be compared.
    pub(crate) agents: bool,
    /// The parts of its condition that the key does not already say, in order.
    pub(crate) conjuncts: Box<[ExprId]>,
}

impl Index {
    pub(crate) fn new(program: &Program, facts: &Facts) -> Self {
        let (globs, domains) = offer::texts(program);
        let more = globs.into_iter().chain(domains.iter().map(String::as_str));
        let symbols = Symbols::new(program, facts, more);
        let reader = Reader { program, facts, symbols: &symbols };
        let (order, mut filing) = build::file(&reader);
        let mut keys: Vec<Key> = order.iter().filter_map(|(_, key)| *key).collect();
        keys.sort_unstable();
        keys.dedup();
        let met = |subject| Met::new(program, facts, &symbols, &keys, subject);
        let (agents, resources) = (met(Subject::Agent), met(Subject::Resource));
        let actions = (0..).map(ActionId).zip(&program.actions);
        let actions = actions.map(|(id, action)| OfAction {
            unfiled: Bucket::new(program, filing.remove(&(id, None)).unwrap_or_default()),
            looks: looks(&symbols, &keys, id, &action.params, &filing),
        });
        let actions = actions.collect();
        let places = places(program, &keys, order, filing);
        Self { symbols, actions, places, agents, resources }
    }

    /// Calls `ask` with every bucket whose rules the request may meet. A rule may stand in several.
    pub(crate) fn probe(&self, request: &Request, marks: &mut Marks, ask: &mut dyn FnMut(&Bucket)) {
        let Some(of_action) = self.actions.get(request.action.index()) else { return };
        let mut meet = |key: u32| {
            let places = self.places.get(key as usize).map_or(&[][..], |places| places);
            if let Ok(at) = places.binary_search_by_key(&request.action, |(action, _)| *action)
                && let Some((_, bucket)) = places.get(at)
            {
                ask(bucket);
            }
        };
        self.agents.of(request.agent.index()).iter().for_each(|&key| meet(key));
        if let Some(resource) = request.resource {
            self.resources.of(resource.index()).iter().for_each(|&key| meet(key));
        }
        for (arg, part, tests) in &of_action.looks {
            if let Some(value) = request.args.get(arg.index()) {
                tests.collect(&self.symbols, *part, value, marks, &mut meet);
            }
        }
        ask(&of_action.unfiled);
    }
}

/// What the arguments of an action are looked at for.
fn looks(
    symbols: &Symbols,
    keys: &[Key],
    action: ActionId,
    params: &[ArgId],
    filing: &Filing,
) -> Vec<(ArgId, Part, TextTests)> {
    let mut looks: Vec<(ArgId, Part, Numbered)> = Vec::new();
    for &arg in params {
        let first = keys.partition_point(|key| key.source < Source::Arg(arg));
        let of_arg = (0..).zip(keys).skip(first).take_while(|(_, key)| key.source == Source::Arg(arg));
        for (number, key) in of_arg.filter(|(_, key)| filing.contains_key(&(action, Some(**key)))) {
            match looks.last_mut() {
                Some((last, part, of_look)) if (*last, *part) == (arg, key.part) => {
                    of_look.push((*key, number))
                }
                Some(_) | None => looks.push((arg, key.part, vec![(*key, number)])),
            }
        }
    }
    looks.into_iter().map(|(arg, part, keys)| (arg, part, TextTests::new(symbols, &keys))).collect()
}

fn places(
    program: &Program,
    keys: &[Key],
    order: Vec<(ActionId, Option<Key>)>,
    mut filing: Filing,
) -> Box<[Places]> {
    let numbers: HashMap<Key, usize, FixedState> = keys.iter().copied().zip(0..).collect();
    let mut places: Vec<Vec<(ActionId, Bucket)>> = Vec::new();
    places.resize_with(keys.len(), Vec::new);
    for (action, key) in order {
        let Some(place) = key.and_then(|key| places.get_mut(*numbers.get(&key)?)) else { continue };
        place.push((action, Bucket::new(program, filing.remove(&(action, key)).unwrap_or_default())));
    }
    places.iter_mut().for_each(|of_key| of_key.sort_unstable_by_key(|(action, _)| *action));
    places.into_iter().map(Vec::into_boxed_slice).collect()
}

#[cfg(test)]
mod tests;
