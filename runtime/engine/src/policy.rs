//! Evaluates the rules that a request can match, and derives the verdict from those that match or fail.

use std::cell::OnceCell;

use permit_interp::holds;
use permit_ir::decision::{EvalContext, PolicyEvaluation, PolicyVerdict, Request};
use permit_ir::facts::Facts;
use permit_ir::program::{Effect, Rule};
use permit_ir::types::{ActionId, RuleId};
use permit_ir::verify::VerifiedProgram;
use permit_jit::{Found as NativeFound, Input, NativeProgram, Snapshot};
use permit_types::verdict::Trap;

use crate::index::{Bucket, How, Index, Probe, Residual, Run, Scratch};

/// Whether a rule is about the request's agent.
pub(crate) fn concerns(facts: &Facts, rule: &Rule, request: &Request) -> bool {
    let Some(agent) = facts.entity(request.agent) else { return false };
    rule.agents.is_empty() || rule.agents.iter().any(|pattern| pattern.means(agent.ty, &agent.id))
}

/// Every rule that names the action, in order: for a request that is not one of the program's.
pub(crate) fn in_order(cx: &EvalContext<'_>, found: &mut Found) {
    let of_action = |rule: &Rule, action: ActionId| rule.actions.contains(&action);
    for (id, rule) in (0..).map(RuleId).zip(&cx.program.rules) {
        if of_action(rule, cx.request.action) && concerns(cx.facts, rule, cx.request) {
            found.add(id, rule.effect, rule.condition.map_or(Ok(true), |condition| holds(cx, condition)));
        }
    }
}

/// A request that was encoded. Its values are made, or looked for, only where native code does not answer.
pub(crate) struct Asked<'a> {
    pub(crate) program: &'a VerifiedProgram,
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) native: Option<&'a NativeProgram>,
    pub(crate) input: &'a Input,
    pub(crate) request: &'a Values<'a>,
}

/// The values of a request.
pub(crate) enum Values<'a> {
    /// They are there.
    Given(&'a Request),
    /// They are made when they are needed, and only then.
    Made(OnceCell<Request>, &'a dyn Fn() -> Request),
}

impl Values<'_> {
    fn get(&self) -> &Request {
        match self {
            Self::Given(request) => request,
            Self::Made(made, make) => made.get_or_init(make),
        }
    }
}

/// How much a decision looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Places where rules are filed.
    pub buckets: u64,
    /// Rules that were asked, or that native code may have asked.
    pub rules: u64,
    /// Rules that the interpreter was asked about.
    pub interpreted: u64,
}

/// What a decision is to find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// The verdict and the rule behind it.
    Verdict,
    /// Every rule that matches, too.
    EveryMatch,
}

/// The rules that match or err so far, in any order and perhaps more than once.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Whether every rule that matches is wanted, and not only the lowest of each effect.
    all: bool,
    forbid: Option<RuleId>,
    review: Option<RuleId>,
    permit: Option<RuleId>,
    matched: Vec<RuleId>,
    errors: Vec<(RuleId, Trap)>,
    /// The lowest forbid, and the lowest review, that errs.
    erring_forbid: Option<(RuleId, Trap)>,
    erring_review: Option<(RuleId, Trap)>,
    work: Work,
}

impl Found {
    /// Forgets what was found, but keeps its memory.
    pub(crate) fn start(&mut self, wanted: Wanted) {
        self.all = wanted == Wanted::EveryMatch;
        self.matched.clear();
        self.errors.clear();
        (self.forbid, self.review, self.permit) = (None, None, None);
        (self.erring_forbid, self.erring_review) = (None, None);
        self.work = Work::default();
    }

    /// Asks the rules that the request can meet.
    pub(crate) fn ask(&mut self, asked: &Asked<'_>, index: &Index, scratch: &mut Scratch) {
        let request = || asked.request.get();
        let probe = Probe { snapshot: asked.snapshot, input: asked.input, request: &request };
        index.probe(probe, scratch, |bucket| self.bucket(asked, index, bucket));
    }

    fn bucket(&mut self, asked: &Asked<'_>, index: &Index, bucket: Bucket) {
        self.work.buckets += 1;
        index.runs(bucket).iter().for_each(|run| self.run(asked, index, run));
    }

    fn run(&mut self, asked: &Asked<'_>, index: &Index, run: &Run) {
        let (effect, rules) = (run.effect, index.rules(run));
        let mut from = 0;
        while let Some(&next) = rules.get(from as usize) {
            if !run.fallible && !self.all && self.is_settled(effect, next) {
                return;
            }
            let (at, outcome) = match run.how {
                How::Native(rows) => {
                    let native = asked.native.map(|native| native.find(rows, asked.input, from));
                    match native.unwrap_or(NativeFound::Slow(from)) {
                        NativeFound::Nothing => {
                            self.work.rules += rules.len() as u64 - u64::from(from);
                            return;
                        }
                        NativeFound::Row(at) => (at, Ok(true)),
                        NativeFound::Slow(at) => (at, self.interpret(asked, rules.get(at as usize))),
                    }
                }
                How::Interpreted(first) => match index.residual(first, from) {
                    Some(residual) => (from, self.residual(asked, next, residual)),
                    None => (from, self.interpret(asked, Some(&next))),
                },
            };
            self.work.rules += u64::from(at.saturating_sub(from)) + 1;
            if let Some(&rule) = rules.get(at as usize) {
                self.add(rule, effect, outcome);
            }
            from = at.saturating_add(1);
        }
    }

    /// Whether a rule of this effect and this or a higher number can no longer change the verdict by matching.
    fn is_settled(&self, effect: Effect, next: RuleId) -> bool {
        let denied = self.forbid.is_some() || self.erring_forbid.is_some();
        let lower = |found: Option<RuleId>| found.is_some_and(|found| found < next);
        match effect {
            Effect::Forbid => lower(self.forbid) || self.erring_forbid.is_some_and(|(id, _)| id < next),
            Effect::Review => denied || self.erring_review.is_some() || lower(self.review),
            Effect::Permit => {
                denied || self.erring_review.is_some() || self.review.is_some() || lower(self.permit)
            }
        }
    }

    /// A rule that native code does not answer, as the interpreter answers it.
    fn interpret(&mut self, asked: &Asked<'_>, rule: Option<&RuleId>) -> Result<bool, Trap> {
        self.work.interpreted += 1;
        let facts = asked.snapshot.facts();
        let Some(rule) = rule.and_then(|rule| asked.program.rules.get(rule.index())) else {
            return Ok(false);
        };
        let request = asked.request.get();
        if !concerns(facts, rule, request) {
            return Ok(false);
        }
        let cx = EvalContext { program: asked.program, facts, request, params: &[] };
        rule.condition.map_or(Ok(true), |condition| holds(&cx, condition))
    }

    /// What is left to ask of a rule where it is filed, by the interpreter.
    fn residual(&mut self, asked: &Asked<'_>, rule: RuleId, residual: &Residual) -> Result<bool, Trap> {
        if !residual.agents && residual.conjuncts.is_empty() {
            return Ok(true);
        }
        self.work.interpreted += 1;
        let (facts, request) = (asked.snapshot.facts(), asked.request.get());
        let rule = asked.program.rules.get(rule.index()).filter(|_| residual.agents);
        if rule.is_some_and(|rule| !concerns(facts, rule, request)) {
            return Ok(false);
        }
        let cx = EvalContext { program: asked.program, facts, request, params: &[] };
        for &conjunct in &residual.conjuncts {
            if !holds(&cx, conjunct)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn add(&mut self, rule: RuleId, effect: Effect, outcome: Result<bool, Trap>) {
        let lower = |known: Option<RuleId>| known.is_none_or(|known| rule < known);
        match outcome {
            Ok(false) => {}
            Ok(true) => {
                if self.all {
                    self.matched.push(rule);
                }
                let known = match effect {
                    Effect::Forbid => &mut self.forbid,
                    Effect::Review => &mut self.review,
                    Effect::Permit => &mut self.permit,
                };
                if lower(*known) {
                    *known = Some(rule);
                }
            }
            Err(trap) => {
                self.errors.push((rule, trap));
                let known = match effect {
                    Effect::Forbid => &mut self.erring_forbid,
                    Effect::Review => &mut self.erring_review,
                    Effect::Permit => return,
                };
                if lower(known.map(|(known, _)| known)) {
                    *known = Some((rule, trap));
                }
            }
        }
    }

    /// Puts what was found in order: ascending, each rule once.
    fn sort(&mut self) {
        if self.matched.is_empty() && self.errors.is_empty() {
            return;
        }
        self.matched.sort_unstable();
        self.matched.dedup();
        self.errors.sort_unstable_by_key(|&(rule, _)| rule);
        self.errors.dedup();
    }

    /// The verdict, and every rule that could not be evaluated, ascending.
    pub(crate) fn verdict(&mut self) -> (PolicyVerdict, &[(RuleId, Trap)], Work) {
        self.sort();
        let matching = self.forbid.map(|id| (id, None));
        let erring = |found: Option<(RuleId, Trap)>| found.map(|(id, trap)| (id, Some(trap)));
        let forbid = matching.into_iter().chain(erring(self.erring_forbid)).min_by_key(|&(id, _)| id);
        let denial = forbid.or(erring(self.erring_review)).map(|(id, trap)| PolicyVerdict::Deny(id, trap));
        let (review, permit) =
            (self.review.map(PolicyVerdict::Review), self.permit.map(PolicyVerdict::Permit));
        let verdict = denial.or(review).or(permit).unwrap_or(PolicyVerdict::Default);
        (verdict, &self.errors, self.work)
    }

    /// The verdict with all that was found.
    pub(crate) fn policy(&mut self) -> PolicyEvaluation {
        let (verdict, _, _) = self.verdict();
        PolicyEvaluation { verdict, matched: self.matched.clone(), errors: self.errors.clone() }
    }
}
