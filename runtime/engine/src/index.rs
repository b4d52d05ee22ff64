//! Finds the rules that a request can match, without trying the others.
//!
//! Every rule is filed, for each of its actions, under the most selective of its keys: an agent, a group of the agent,
//! a resource, an ancestor of the resource, an attribute, an argument, a host, a glob. A decision looks up the keys
//! that its agent, resource and arguments match and evaluates the rules filed there; a rule without a key is always
//! evaluated. No rule is omitted that could match or fail: nothing is ever truncated silently, and a part of a
//! condition can be a key only if nothing before it can fail.

mod build;
mod candidate;
mod entities;
mod fallible;
mod key;
mod patterns;
mod run;

use permit_ir::decision::Request;
use permit_ir::types::{ActionId, ArgId, RuleId};
use permit_ir::verify::VerifiedProgram;
use permit_jit::{Compiler, Input, JitError, Snapshot};

use self::build::{Filed, Filing};
use self::candidate::RuleReader;
pub(crate) use self::candidate::texts;
use self::entities::{Matches, Numbered, TextTests};
use self::key::{Key, Part, Source, Subject};
pub(crate) use self::patterns::Scratch;
pub(crate) use self::run::{Bucket, How, Residual, Run};
use self::run::{Lister, Lists, end};

/// Rules by the keys that requests meet.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// The rules of each action that no key separates, and what its arguments are looked at for.
    actions: Box<[OfAction]>,
    /// Where rules are filed: those of one key together, ascending by action. The number of a key is that of its first place.
    places: Box<[Place]>,
    lists: Lists,
    agents: Matches,
    resources: Matches,
}

#[derive(Debug, Default)]
struct OfAction {
    unfiled: Bucket,
    looks: Vec<(ArgId, Part, TextTests)>,
}

/// The rules of one key and action.
#[derive(Clone, Copy, Debug)]
struct Place {
    action: ActionId,
    /// How many places the key has; said by the first of them.
    of_key: u32,
    bucket: Bucket,
}

/// Why there is no index.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexError {
    /// There is no native code.
    #[error(transparent)]
    Native(#[from] JitError),
    /// More rules are filed than can be counted.
    #[error("the rules are filed in more places than can be counted")]
    Full,
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
    /// An index whose rules are interpreted. Where there can be none, it is one of no rules, which permits nothing.
    pub(crate) fn interpreted(program: &VerifiedProgram, snapshot: &Snapshot) -> Self {
        let none =
            |error: &IndexError| tracing::error!(%error, "no index of the rules: nothing is permitted");
        Self::new(program, snapshot, None).inspect_err(none).unwrap_or_default()
    }

    /// An index whose rules run natively, as far as the compiler has code for them.
    pub(crate) fn compiled(
        program: &VerifiedProgram,
        snapshot: &Snapshot,
        compiler: &mut Compiler<'_>,
    ) -> Result<Self, IndexError> {
        Self::new(program, snapshot, Some(compiler))
    }

    fn new(
        program: &VerifiedProgram,
        snapshot: &Snapshot,
        compiler: Option<&mut Compiler<'_>>,
    ) -> Result<Self, IndexError> {
        let (facts, symbols) = (&**snapshot.facts(), snapshot.symbols());
        let Filing { parts, filed } = build::file(&RuleReader { program, facts, symbols });
        let mut lister = Lister { program, parts: &parts, compiler, lists: Lists::default() };
        let mut actions: Vec<OfAction> = Vec::new();
        actions.resize_with(program.actions.len(), OfAction::default);
        let (mut places, mut keys): (Vec<Place>, Numbered) = (Vec::new(), Vec::new());
        for together in filed.chunk_by(|a, b| (a.key, a.action) == (b.key, b.action)) {
            let Some(&Filed { key, action, .. }) = together.first() else { continue };
            let bucket = lister.add(together)?;
            match (key, actions.get_mut(action.index())) {
                (Some(key), _) => place(&mut places, &mut keys, (key, action), bucket)?,
                (None, Some(of_action)) => of_action.unfiled = bucket,
                (None, None) => {}
            }
        }
        for ((id, of_action), action) in (0..).map(ActionId).zip(&mut actions).zip(&program.actions) {
            of_action.looks = looks((program, snapshot), &keys, &places, id, &action.params);
        }
        let matches = |subject| Matches::new(program, facts, symbols, &keys, subject);
        let (agents, resources) = (matches(Subject::Agent)?, matches(Subject::Resource)?);
        Ok(Self { actions: actions.into(), places: places.into(), lists: lister.lists, agents, resources })
    }

    /// Calls `ask` with every bucket whose rules the request may meet. A rule may stand in several.
    pub(crate) fn probe(&self, probe: Probe<'_>, scratch: &mut Scratch, mut ask: impl FnMut(Bucket)) {
        let Probe { snapshot, input, request } = probe;
        let action = input.action();
        let Some(of_action) = self.actions.get(action.index()) else { return };
        let mut matched = |key: u32| {
            if let Some(place) = at(&self.places, key, action) {
                ask(place.bucket);
            }
        };
        self.agents.of(input.agent()).iter().for_each(|&key| matched(key));
        if let Some(resource) = input.resource() {
            self.resources.of(resource).iter().for_each(|&key| matched(key));
        }
        for (arg, part, tests) in &of_action.looks {
            match (part, input.arg(*arg)) {
                (_, None) => {}
                (Part::Whole, Some(word)) => tests.collect_word(snapshot, input, word, scratch, &mut matched),
                (part, Some(_)) => {
                    if let Some(value) = request().args.get(arg.index()) {
                        tests.collect(snapshot.symbols(), *part, value, scratch, &mut matched);
                    }
                }
            }
        }
        ask(of_action.unfiled);
    }

    /// The runs of a bucket: of forbids, then of reviews, then of permits.
    #[inline]
    pub(crate) fn runs(&self, bucket: Bucket) -> &[Run] {
        self.lists.runs(bucket)
    }

    /// The rules of a run.
    #[inline]
    pub(crate) fn rules(&self, run: &Run) -> &[RuleId] {
        self.lists.rules(run)
    }

    /// What is left to ask of an interpreted rule: where those of its run begin, and its place in the run.
    pub(crate) fn residual(&self, first: u32, place: u32) -> Option<&Residual> {
        self.lists.residual(first, place)
    }

    /// Bytes of memory, about.
    pub(crate) fn bytes(&self) -> usize {
        self.lists.bytes() + size_of_val(&*self.places) + self.agents.bytes() + self.resources.bytes()
    }
}

/// Adds what is filed under a key and an action, which come ascending.
fn place(
    places: &mut Vec<Place>,
    keys: &mut Numbered,
    (key, action): (Key, ActionId),
    bucket: Bucket,
) -> Result<(), IndexError> {
    let number = end(places)?;
    let first = match keys.last() {
        Some((last, first)) if *last == key => *first,
        Some(_) | None => {
            keys.push((key, number));
            number
        }
    };
    places.push(Place { action, of_key: 0, bucket });
    if let Some(first) = places.get_mut(first as usize) {
        first.of_key += 1;
    }
    Ok(())
}

/// Where the rules of a key are that are about an action.
#[inline]
fn at(places: &[Place], key: u32, action: ActionId) -> Option<&Place> {
    let first = places.get(key as usize)?;
    if first.action == action {
        return Some(first);
    }
    let of_key = places.get(key as usize..)?.get(..first.of_key as usize)?;
    of_key.binary_search_by_key(&action, |place| place.action).ok().and_then(|at| of_key.get(at))
}

/// What the arguments of an action are looked at for.
fn looks(
    (program, snapshot): (&VerifiedProgram, &Snapshot),
    keys: &[(Key, u32)],
    places: &[Place],
    action: ActionId,
    params: &[ArgId],
) -> Vec<(ArgId, Part, TextTests)> {
    let mut looks: Vec<(ArgId, Part, Numbered)> = Vec::new();
    for &arg in params {
        let first = keys.partition_point(|(key, _)| key.source < Source::Arg(arg));
        let of_arg = keys.iter().skip(first).take_while(|(key, _)| key.source == Source::Arg(arg));
        for &(key, number) in of_arg.filter(|(_, number)| at(places, *number, action).is_some()) {
            match looks.last_mut() {
                Some((last, part, of_look)) if (*last, *part) == (arg, key.part) => {
                    of_look.push((key, number))
                }
                Some(_) | None => looks.push((arg, key.part, vec![(key, number)])),
            }
        }
    }
    looks
        .into_iter()
        .map(|(arg, part, keys)| (arg, part, TextTests::new(program, snapshot.symbols(), &keys)))
        .collect()
}

#[cfg(test)]
mod tests;
