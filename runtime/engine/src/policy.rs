//! What the rules say: the rules that a request can meet, each asked, and the verdict over those that match or err.

use permit_ir::decision::{EvalContext, Policy, PolicyVerdict, Request};
use permit_ir::facts::Facts;
use permit_ir::program::{AgentPattern, Effect, Program, Rule};
use permit_ir::types::{ActionId, RuleId};
use permit_ir::verdict::Trap;

use crate::evaluator::Evaluator;
use crate::index::{Filed, Index, Marks, is_sound};

/// The rules of one program over one snapshot of facts.
#[derive(Debug)]
pub(crate) struct Rules {
    index: Index,
    /// The rules that name each action, ascending.
    by_action: Box<[Box<[RuleId]>]>,
}

/// Whether a rule is about the request's agent.
pub(crate) fn concerns(facts: &Facts, rule: &Rule, request: &Request) -> bool {
    let Some(agent) = facts.entity(request.agent) else { return false };
    let is = |pattern: &AgentPattern| match pattern {
        AgentPattern::Type(ty) => agent.ty == *ty,
        AgentPattern::Entity(ty, id) => agent.ty == *ty && *agent.id == **id,
    };
    rule.agents.is_empty() || rule.agents.iter().any(is)
}

impl Rules {
    pub(crate) fn new(program: &Program, facts: &Facts) -> Self {
        let mut by_action = vec![Vec::new(); program.actions.len()];
        for (id, rule) in (0..).map(RuleId).zip(&program.rules) {
            for action in &rule.actions {
                if let Some(of_action) = by_action.get_mut(action.index()) {
                    of_action.push(id);
                }
            }
        }
        let by_action = by_action.into_iter().map(Vec::into_boxed_slice).collect();
        Self { index: Index::new(program, facts), by_action }
    }

    /// The rules that name an action, ascending.
    pub(crate) fn of(&self, action: ActionId) -> &[RuleId] {
        self.by_action.get(action.index()).map_or(&[], |rules| rules)
    }

    /// What the rules say to a request, with every rule that matches or errs.
    pub(crate) fn policy(&self, cx: &EvalContext<'_>, evaluator: &Evaluator) -> Policy {
        let mut found = Found::default();
        if is_sound(cx.program, cx.facts, cx.request) {
            self.index.probe(cx.request, &mut Marks::default(), &mut |bucket| {
                for filed in bucket.forbids.iter().chain(&bucket.reviews).chain(&bucket.permits) {
                    found.add(filed.rule, ask(cx, evaluator, filed));
                }
            });
        } else {
            for &id in self.of(cx.request.action) {
                let Some(rule) = cx.program.rules.get(id.index()) else { continue };
                if concerns(cx.facts, rule, cx.request) {
                    found.add(id, evaluator.holds(cx, rule.condition));
                }
            }
        }
        found.policy(cx.program)
    }
}

/// Whether a rule matches, where it is filed.
fn ask(cx: &EvalContext<'_>, evaluator: &Evaluator, filed: &Filed) -> Result<bool, Trap> {
    let residual = &filed.residual;
    if residual.agents {
        let rule = cx.program.rules.get(filed.rule.index());
        if !rule.is_some_and(|rule| concerns(cx.facts, rule, cx.request)) {
            return Ok(false);
        }
    }
    for &conjunct in &residual.conjuncts {
        if !evaluator.holds(cx, Some(conjunct))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The rules that match or err so far, in any order and perhaps more than once.
#[derive(Default)]
struct Found {
    matched: Vec<RuleId>,
    errors: Vec<(RuleId, Trap)>,
}

impl Found {
    fn add(&mut self, rule: RuleId, outcome: Result<bool, Trap>) {
        match outcome {
            Ok(false) => {}
            Ok(true) => self.matched.push(rule),
            Err(trap) => self.errors.push((rule, trap)),
        }
    }

    fn policy(mut self, program: &Program) -> Policy {
        self.matched.sort_unstable();
        self.matched.dedup();
        self.errors.sort_unstable_by_key(|&(rule, _)| rule);
        self.errors.dedup();
        let verdict = self.verdict(program);
        Policy { verdict, matched: self.matched, errors: self.errors }
    }

    fn verdict(&self, program: &Program) -> PolicyVerdict {
        let is = |id: RuleId, effect| program.rules.get(id.index()).is_some_and(|rule| rule.effect == effect);
        let matched = |effect| self.matched.iter().copied().find(|&id| is(id, effect));
        let erring = |effect| self.errors.iter().copied().find(|&(id, _)| is(id, effect));
        let forbid = matched(Effect::Forbid).map(|id| (id, None));
        let erring_forbid = erring(Effect::Forbid).map(|(id, trap)| (id, Some(trap)));
        let forbid = forbid.into_iter().chain(erring_forbid).min_by_key(|&(id, _)| id);
        let erring_review = || erring(Effect::Review).map(|(id, trap)| (id, Some(trap)));
        let denial = forbid.or_else(erring_review).map(|(id, trap)| PolicyVerdict::Deny(id, trap));
        let review = || matched(Effect::Review).map(PolicyVerdict::Review);
        let permit = || matched(Effect::Permit).map(PolicyVerdict::Permit);
        denial.or_else(review).or_else(permit).unwrap_or(PolicyVerdict::Default)
    }
}
