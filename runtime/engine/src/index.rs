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
mod run;

use std::collections::HashMap;

use foldhash::fast::FixedState;
use permit_ir::decision::Request;
use permit_ir::program::Program;
use permit_ir::types::{ActionId, ArgId, ExprId, RuleId};
use permit_jit::{Compiler, Input, JitError, Snapshot};

use self::build::Filing;
use self::entities::{Met, Numbered, TextTests};
use self::key::{Key, Part, Source, Subject};
use self::offer::Reader;
pub(crate) use self::offer::domains;
pub(crate) use self::patterns::Marks;
use self::run::Runs;
pub(crate) use self::run::{Bucket, How, Run};

/// Rules by the keys that requests meet.
#[derive(Debug)]
pub(crate) struct Index {
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

/// A rule where it is filed.
#[derive(Clone, Debug)]
struct Filed {
    rule: RuleId,
    residual: Residual,
}

/// What is left to ask of a rule where it is filed.
#[derive(Clone, Debug)]
pub(crate) struct Residual {
    /// Whether the rule's agents are still to be compared.
    pub(crate) agents: bool,
    /// The parts of its condition that the key does not already say, in order.
    pub(crate) conjuncts: Box<[ExprId]>,
    /// Whether one of them may have no value.
    fallible: bool,
}

/// What the rules are probed with.
#[derive(Clone, Copy)]
pub(crate) struct Probe<'p> {
    pub(crate) snapshot: &'p Snapshot,
    pub(crate) input: &'p Input,
    /// The request of the input, for arguments that are looked at in parts.
    pub(crate) request: &'p dyn Fn() -> &'p Request,
}

impl Index {
    /// An index whose rules are interpreted.
    pub(crate) fn interpreted(program: &Program, snapshot: &Snapshot) -> Self {
        match Self::new(program, snapshot, Runs { program, compiler: None }) {
            Ok(index) => index,
            // Without a compiler there is nothing to fail; an index of nothing permits nothing.
            Err(_) => Self {
                actions: Box::default(),
                places: Box::default(),
                agents: Met::default(),
                resources: Met::default(),
            },
        }
    }

    /// An index whose rules run natively, as far as the compiler has code for them.
    pub(crate) fn compiled(
        program: &Program,
        snapshot: &Snapshot,
        compiler: &mut Compiler<'_>,
    ) -> Result<Self, JitError> {
        Self::new(program, snapshot, Runs { program, compiler: Some(compiler) })
    }

    fn new(program: &Program, snapshot: &Snapshot, mut runs: Runs<'_, '_>) -> Result<Self, JitError> {
        let (facts, symbols) = (&**snapshot.facts(), snapshot.symbols());
        let reader = Reader { program, facts, symbols };
        let (order, mut filing) = build::file(&reader);
        let mut keys: Vec<Key> = order.iter().filter_map(|(_, key)| *key).collect();
        keys.sort_unstable();
        keys.dedup();
        let met = |subject| Met::new(program, facts, symbols, &keys, subject);
        let (agents, resources) = (met(Subject::Agent), met(Subject::Resource));
        let mut actions = Vec::with_capacity(program.actions.len());
        for (id, action) in (0..).map(ActionId).zip(&program.actions) {
            let unfiled = runs.bucket(filing.remove(&(id, None)).unwrap_or_default())?;
            actions.push(OfAction { unfiled, looks: looks(snapshot, &keys, id, &action.params, &filing) });
        }
        let places = places(&mut runs, &keys, order, filing)?;
        Ok(Self { actions: actions.into(), places, agents, resources })
    }

    /// Calls `ask` with every bucket whose rules the request may meet. A rule may stand in several.
    pub(crate) fn probe(&self, probe: Probe<'_>, marks: &mut Marks, ask: &mut dyn FnMut(&Bucket)) {
        let Probe { snapshot, input, request } = probe;
        let action = input.action();
        let Some(of_action) = self.actions.get(action.index()) else { return };
        let mut meet = |key: u32| {
            let places = self.places.get(key as usize).map_or(&[][..], |places| places);
            let place = match places {
                [only] => Some(only).filter(|(of, _)| *of == action),
                places => {
                    places.binary_search_by_key(&action, |(of, _)| *of).ok().and_then(|at| places.get(at))
                }
            };
            if let Some((_, bucket)) = place {
                ask(bucket);
            }
        };
        self.agents.of(input.agent()).iter().for_each(|&key| meet(key));
        if let Some(resource) = input.resource() {
            self.resources.of(resource).iter().for_each(|&key| meet(key));
        }
        for (arg, part, tests) in &of_action.looks {
            match (part, input.arg(*arg)) {
                (_, None) => {}
                (Part::Whole, Some(word)) => tests.collect_word(snapshot, input, word, marks, &mut meet),
                (part, Some(_)) => {
                    if let Some(value) = request().args.get(arg.index()) {
                        tests.collect(snapshot.symbols(), *part, value, marks, &mut meet);
                    }
                }
            }
        }
        ask(&of_action.unfiled);
    }

    /// Bytes of memory, about.
    pub(crate) fn bytes(&self) -> usize {
        let run = |run: &Run| size_of::<Run>() + size_of_val(&*run.rules);
        let runs = |runs: &[Run]| runs.iter().map(run).sum::<usize>();
        let bucket =
            |b: &Bucket| size_of::<Bucket>() + runs(&b.forbids) + runs(&b.reviews) + runs(&b.permits);
        let filed = self.places.iter().flatten().map(|(_, b)| bucket(b)).sum::<usize>();
        let unfiled = self.actions.iter().map(|action| bucket(&action.unfiled)).sum::<usize>();
        filed + unfiled + size_of_val(&*self.places) + self.agents.bytes() + self.resources.bytes()
    }
}

/// What the arguments of an action are looked at for.
fn looks(
    snapshot: &Snapshot,
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
    looks
        .into_iter()
        .map(|(arg, part, keys)| (arg, part, TextTests::new(snapshot.symbols(), &keys)))
        .collect()
}

fn places(
    runs: &mut Runs<'_, '_>,
    keys: &[Key],
    order: Vec<(ActionId, Option<Key>)>,
    mut filing: Filing,
) -> Result<Box<[Places]>, JitError> {
    let numbers: HashMap<Key, usize, FixedState> = keys.iter().copied().zip(0..).collect();
    let mut places: Vec<Vec<(ActionId, Bucket)>> = Vec::new();
    places.resize_with(keys.len(), Vec::new);
    for (action, key) in order {
        let Some(place) = key.and_then(|key| places.get_mut(*numbers.get(&key)?)) else { continue };
        place.push((action, runs.bucket(filing.remove(&(action, key)).unwrap_or_default())?));
    }
    places.iter_mut().for_each(|of_key| of_key.sort_unstable_by_key(|(action, _)| *action));
    Ok(places.into_iter().map(Vec::into_boxed_slice).collect())
}

#[cfg(test)]
mod tests;
