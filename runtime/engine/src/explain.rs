//! Explains a decision: the rule that decides, and why the closest others do not match.
//!
//! Explanations are data. The interpreter makes them, once for each part of a condition, and they cost more than the
//! decision that they explain.

mod examine;

use permit_ir::decision::{EvalContext, PolicyVerdict, Request, ScopeFault};
use permit_ir::program::Rule;
use permit_ir::types::RuleId;
use permit_types::ask::Ask;
use serde::Serialize;

use self::examine::Examiner;
use crate::engine::Engine;
use crate::policy::concerns;
use crate::read::FieldError;
use crate::request::ScopeClaim;
use crate::summary::Summary;

/// The most rules that are explained besides the one that decides.
pub const NEAR_MAX: usize = 5;

/// Why a request is decided as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// What is decided, in words.
    pub summary: Summary,
    /// The rule behind that, with every part of its condition; none when no rule matches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<Examined>,
    /// The rules for this action and agent that do not match, nearest first: fewest parts that do not hold, then in the
    /// order of the policy. At most [`NEAR_MAX`].
    pub near: Vec<Examined>,
    /// How many more of those there are.
    pub further: usize,
    /// The rules for this action that are about other agents.
    pub other_agents: Vec<String>,
    /// The part of a scope that does not hold, if a scope denies by one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope_part: Option<Part>,
}

/// A rule, held against a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Examined {
    /// Its name.
    pub rule: String,
    /// `permit`, `review` or `forbid`.
    pub effect: &'static str,
    /// Why it exists.
    pub because: String,
    /// The parts of its condition, which `and` joins, as far as they matter: all of them for the rule that decides, the
    /// first that does not hold for another.
    pub parts: Vec<Part>,
    /// How many parts do not hold.
    pub missing: usize,
}

/// A part of a condition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The part as source-like text.
    pub text: String,
    /// Whether it holds, or why that cannot be said.
    pub holds: Holds,
    /// What it speaks of.
    pub values: Vec<Named>,
}

/// Whether a part holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// It has no value.
    Trapped(String),
}

/// An expression and its value, both as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// The expression.
    pub text: String,
    /// Its value.
    pub value: String,
}

impl Engine {
    /// Explains a request of the agent with this SPIFFE ID at `now_ms`, with scopes granted at that time.
    ///
    /// # Errors
    /// [`FieldError`] when the request, the agent or a scope does not fit policy and facts.
    pub fn explain(
        &self,
        spiffe_id: &str,
        ask: &Ask<'_>,
        scopes: &[ScopeClaim],
        now_ms: i64,
    ) -> Result<Explanation, FieldError> {
        let request = self.read_request(spiffe_id, ask, scopes, now_ms)?;
        Ok(self.explain_request(&request))
    }

    /// Explains a request that was read already.
    #[must_use]
    pub fn explain_request(&self, request: &Request) -> Explanation {
        let evaluation = self.evaluate(request);
        let program = self.program();
        let context = EvalContext { program, facts: self.facts(), request, params: &[] };
        let examiner = Examiner { context, param_names: &[] };
        let decided = match evaluation.policy.verdict {
            PolicyVerdict::Permit(id) | PolicyVerdict::Review(id) | PolicyVerdict::Deny(id, _) => Some(id),
            PolicyVerdict::Default => None,
        };
        let of_action = |(_, rule): &(RuleId, &Rule)| rule.actions.contains(&request.action);
        let rules = (0..).map(RuleId).zip(&program.rules).filter(of_action);
        let (about, others): (Vec<_>, Vec<_>) =
            rules.partition(|(_, rule)| concerns(self.facts(), rule, request));
        let unmatched = about.iter().filter(|(id, _)| Some(*id) != decided);
        let unmatched = unmatched.filter(|(id, _)| !evaluation.policy.matched.contains(id));
        let mut near: Vec<Examined> = unmatched.map(|(_, rule)| first_missing(&examiner, rule)).collect();
        near.sort_by_key(|examined| examined.missing);
        let further = near.len().saturating_sub(NEAR_MAX);
        near.truncate(NEAR_MAX);
        let decided = decided.and_then(|id| program.rules.get(id.index()));
        let scope_part = evaluation.scope.as_ref().err().and_then(|fault| self.scope_part(request, fault));
        Explanation {
            summary: self.summary(request, &evaluation),
            decided_by: decided.map(|rule| examined(rule, examiner.parts(rule.condition))),
            near,
            further,
            other_agents: others.iter().map(|(_, rule)| rule.name.clone()).collect(),
            scope_part,
        }
    }

    /// The part of a scope that does not hold.
    fn scope_part(&self, request: &Request, fault: &ScopeFault) -> Option<Part> {
        let id = match fault {
            ScopeFault::NotAllowed(id) | ScopeFault::Requirement(id, _) => *id,
            ScopeFault::Expired(_) | ScopeFault::Trap(..) | ScopeFault::Required(_) => return None,
        };
        let scope = self.program().scopes.get(id.index())?;
        let active = request.scopes.iter().find(|active| active.scope == id)?;
        let condition = match fault {
            ScopeFault::Requirement(_, place) => scope.requires.get(*place).copied(),
            _ => scope.allows.iter().filter(|a| a.actions.contains(&request.action)).find_map(|a| a.when),
        };
        let context =
            EvalContext { program: self.program(), facts: self.facts(), request, params: &active.params };
        let parts = Examiner { context, param_names: &scope.params }.parts(condition);
        parts.into_iter().find(|part| part.holds != Holds::Yes)
    }
}

fn examined(rule: &Rule, parts: Vec<Part>) -> Examined {
    let missing = parts.iter().filter(|part| part.holds != Holds::Yes).count();
    let effect = rule.effect.name();
    Examined { rule: rule.name.clone(), effect, because: rule.because.clone(), parts, missing }
}

/// A rule with the first part that does not hold; the parts after it count, but are not shown.
fn first_missing(examiner: &Examiner<'_>, rule: &Rule) -> Examined {
    let mut examined = examined(rule, examiner.parts(rule.condition));
    let first = examined.parts.iter().position(|part| part.holds != Holds::Yes);
    examined.parts = first.map(|at| examined.parts.swap_remove(at)).into_iter().collect();
    examined
}
