//! The input and output of the evaluation of a request: a pure function of program, facts and request.

use std::sync::Arc;

use crate::facts::Facts;
use crate::types::{ActionId, FieldId, RuleId, ScopeId};
use crate::value::{EntityRef, Value};
use crate::verify::VerifiedProgram;
use permit_types::charge::{Bill, Charge};
use permit_types::verdict::Trap;

/// All that an expression's value depends on.
#[derive(Clone, Copy, Debug)]
pub struct EvalContext<'a> {
    /// The program whose expressions are evaluated.
    pub program: &'a VerifiedProgram,
    /// A snapshot made for this program.
    pub facts: &'a Facts,
    /// What is asked; its entities are references into the snapshot.
    pub request: &'a Request,
    /// The scope's parameters by place while a scope's expressions are evaluated, else empty.
    pub params: &'a [Value],
}

/// A request that fits the program's types; entities are references into one snapshot of facts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who acts.
    pub agent: EntityRef,
    /// What it wants to do.
    pub action: ActionId,
    /// On what; `None` exactly when the action takes no resource.
    pub resource: Option<EntityRef>,
    /// The arguments, by [`ArgId`](crate::types::ArgId); those the action does not have, and optional ones left out,
    /// are absent.
    pub args: Vec<Value>,
    /// What the caller says of agent and resource, no attribute of one entity twice.
    pub claims: Vec<Claim>,
    /// The scopes of the caller's token, all of which must allow the action.
    pub scopes: Vec<ActiveScope>,
    /// The time, in milliseconds since the Unix epoch.
    pub now_ms: i64,
}

impl Request {
    /// What the caller says of an entity's attribute, if it says anything.
    #[must_use]
    pub fn claim(&self, entity: EntityRef, field: FieldId) -> Option<&Value> {
        self.claims.iter().find(|claim| claim.entity == entity && claim.field == field).map(|c| &c.value)
    }
}

/// An attribute that the caller fills, where the policy lets callers do so. It stands before what the facts say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Of which entity: the agent or the resource.
    pub entity: EntityRef,
    /// Which attribute, one of the entity type's [`claimed`](crate::program::EntityType::claimed).
    pub field: FieldId,
    /// What it is.
    pub value: Value,
}

/// A scope that a caller's token carries, ready to be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveScope {
    /// The scope.
    pub scope: ScopeId,
    /// Its parameters by place.
    pub params: Vec<Value>,
    /// The task it was granted for: scope limits add up per task, whatever tokens it uses.
    pub task: Arc<str>,
    /// When the task was granted, in milliseconds since the Unix epoch.
    pub issued_ms: i64,
    /// Whether a task's issuer granted it, rather than that the agent asked for it itself.
    pub from_issuer: bool,
}

/// What the program says about a request. No balance and no review is known yet: what becomes of the request is decided
/// by the ledger's admission, and recorded as `permit_audit::Decision`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evaluation {
    /// Layer 3.
    pub policy: PolicyEvaluation,
    /// Layer 4: what is to be charged if everything passes.
    pub budget: Result<Bill, BudgetFault>,
    /// Layer 5: what is to be charged to the token's scopes, or why they do not allow the action.
    pub scope: Result<Vec<Charge>, ScopeFault>,
}

/// What the rules say about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyEvaluation {
    /// The verdict and the rule behind it.
    pub verdict: PolicyVerdict,
    /// Every rule that matches, ascending.
    pub matched: Vec<RuleId>,
    /// Every rule that could not be evaluated, ascending.
    pub errors: Vec<(RuleId, Trap)>,
}

/// The verdict of the rules: a denial beats a review, a review a permit, and a permit the default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyVerdict {
    /// The lowest permit that matches, where neither a forbid nor a review matches or errs.
    Permit(RuleId),
    /// The lowest review that matches, where no forbid matches or errs and no review errs.
    Review(RuleId),
    /// The lowest forbid that matches or errs; if there is none, the lowest review that errs, for were it skipped, a
    /// permit beside it would go unreviewed. The trap if it errs.
    Deny(RuleId, Option<Trap>),
    /// No rule matches.
    Default,
}

/// A budget or rate whose amount, key, limit or condition has no value; it denies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BudgetFault {
    /// The budget or rate.
    pub name: String,
    /// Why.
    pub trap: Trap,
}

/// Why the scopes of a token do not allow an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScopeFault {
    /// No `allows` names the action, or the conditions of those that do fail.
    NotAllowed(ScopeId),
    /// A `requires` fails: its place in the scope.
    Requirement(ScopeId, usize),
    /// The scope's time is over.
    Expired(ScopeId),
    /// A condition or an amount has no value.
    Trap(ScopeId, Trap),
    /// The agent's type requires the scope, and the token does not carry it as one that a task's issuer granted.
    Required(ScopeId),
}
