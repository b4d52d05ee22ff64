//! The reasons of decisions, for people and agents.

use permit_ir::decision::{BudgetFault, Evaluation, PolicyEvaluation, PolicyVerdict, Request, ScopeFault};
use permit_ir::facts::Facts;
use permit_ir::types::{RuleId, ScopeId};
use permit_ir::verify::VerifiedProgram;
use permit_types::assessment::Assessment;
use permit_types::review::ReviewRequest;
use permit_types::verdict::{Layer, LayerDenial, Reason, ReasonCode, Trap};

use crate::engine::Engine;
use crate::read::FieldError;
use crate::render;

impl Engine {
    /// An evaluation in words, ready to be admitted.
    ///
    /// # Errors
    /// Why the policy denies: by its rules, or because what a review would leave to persons cannot be shown to them.
    pub fn assess(&self, request: &Request, evaluation: Evaluation) -> Result<Assessment, LayerDenial> {
        let program = self.program();
        let denied = |reason| LayerDenial { layer: Layer::Policy, reason };
        let permitted = of_policy(program, self.facts(), request, &evaluation.policy).map_err(denied)?;
        let review = match self.review(request, &evaluation) {
            Some(review) => Some(ReviewRequest {
                review,
                content: self.review_content(request, &permitted.message).map_err(denied)?,
            }),
            None => None,
        };
        Ok(Assessment {
            permitted,
            review,
            budget: evaluation.budget.map_err(|fault| of_budget_fault(&fault)),
            scope: evaluation.scope.map_err(|fault| of_scope_fault(program, request, &fault)),
        })
    }
}

/// Why layer 3 came out as it did; `Ok` when it permits, or would if a review were approved.
pub(crate) fn of_policy(
    program: &VerifiedProgram,
    facts: &Facts,
    request: &Request,
    policy: &PolicyEvaluation,
) -> Result<Reason, Reason> {
    let rule = |id: RuleId| program.rules.get(id.index());
    let of_rule = |id, code, message: &dyn Fn(&permit_ir::program::Rule) -> String| Reason {
        code,
        hint: rule(id).and_then(|r| r.hint.clone()),
        message: rule(id).map(message).unwrap_or_default(),
        name: rule(id).map(|r| r.name.clone()),
    };
    match policy.verdict {
        PolicyVerdict::Permit(id) => Ok(of_rule(id, ReasonCode::Permitted, &|r| r.because.clone())),
        PolicyVerdict::Review(id) => Ok(of_rule(id, ReasonCode::ReviewRequired, &|r| r.because.clone())),
        PolicyVerdict::Deny(id, None) => Err(of_rule(id, ReasonCode::Forbidden, &|r| r.because.clone())),
        PolicyVerdict::Deny(id, Some(trap)) => Err(of_rule(id, ReasonCode::RuleError, &|r| {
            format!("{} `{}` could not be evaluated: {trap}", r.effect.name(), r.name)
        })),
        PolicyVerdict::Default => {
            let action = program.actions.get(request.action.index()).map_or("?", |a| &a.name);
            let agent = render::entity_text(program, facts, request.agent);
            let on = request.resource.map(|r| format!(" on {}", render::entity_text(program, facts, r)));
            let message = format!("no permit matches `{action}`{} by {agent}", on.unwrap_or_default());
            Err(Reason::new(ReasonCode::NoMatchingPermit, message))
        }
    }
}

/// Why a budget or rate cannot say what an action costs.
pub(crate) fn of_budget_fault(fault: &BudgetFault) -> Reason {
    Reason {
        code: ReasonCode::BudgetExceeded,
        hint: None,
        message: format!("`{}` cannot count this action: {}", fault.name, fault.trap),
        name: Some(fault.name.clone()),
    }
}

/// Why the token's scopes do not allow an action.
pub(crate) fn of_scope_fault(program: &VerifiedProgram, request: &Request, fault: &ScopeFault) -> Reason {
    let action = program.actions.get(request.action.index()).map_or("?", |a| &a.name);
    let name = |id: ScopeId| program.scopes.get(id.index()).map_or("?", |s| s.name.as_str());
    let (scope, code, message) = match fault {
        ScopeFault::NotAllowed(id) => {
            let message = format!("scope `{}` does not allow this `{action}`", name(*id));
            (*id, ReasonCode::OutOfScope, message)
        }
        ScopeFault::Requirement(id, place) => {
            let message =
                format!("scope `{}` requires what does not hold (requirement {})", name(*id), place + 1);
            (*id, ReasonCode::OutOfScope, message)
        }
        ScopeFault::Expired(id) => {
            (*id, ReasonCode::ScopeExpired, format!("the time of scope `{}` is over", name(*id)))
        }
        ScopeFault::Trap(id, trap) => (*id, ReasonCode::OutOfScope, trapped(name(*id), *trap)),
        ScopeFault::Required(id) => {
            let message = format!("the agent requires scope `{}`, granted by its task's issuer", name(*id));
            (*id, ReasonCode::ScopeRequired, message)
        }
    };
    Reason { code, hint: None, message, name: Some(name(scope).to_owned()) }
}

fn trapped(scope: &str, trap: Trap) -> String {
    format!("scope `{scope}` could not be evaluated: {trap}")
}

impl FieldError {
    /// Why a request is refused before any rule is asked.
    #[must_use]
    pub fn reason(&self) -> Reason {
        let message = self.to_string().chars().take(MESSAGE_CHARS_MAX).collect();
        Reason { name: Some(self.field.clone()), ..Reason::new(ReasonCode::InvalidRequest, message) }
    }
}

/// The most characters of a message that repeats what was asked; a record's size is bounded.
const MESSAGE_CHARS_MAX: usize = 512;
