//! Every rule in order.

use permit_interp::holds;
use permit_ir::decision::{EvalContext, PolicyEvaluation, PolicyVerdict, Request};
use permit_ir::facts::Facts;
use permit_ir::program::{AgentPattern, Effect};
use permit_ir::types::RuleId;
use permit_ir::verify::VerifiedProgram;
use permit_types::verdict::Trap;

pub(crate) fn policy(program: &VerifiedProgram, facts: &Facts, request: &Request) -> PolicyEvaluation {
    let agent = facts.entity(request.agent).unwrap();
    let cx = EvalContext { program, facts, request, params: &[] };
    let outcomes: Vec<(RuleId, Effect, Result<bool, Trap>)> = (0..)
        .map(RuleId)
        .zip(&program.rules)
        .filter(|(_, rule)| rule.actions.contains(&request.action))
        .filter(|(_, rule)| {
            rule.agents.is_empty()
                || rule.agents.iter().any(|pattern| match pattern {
                    AgentPattern::Type(ty) => *ty == agent.ty,
                    AgentPattern::Entity(ty, id) => *ty == agent.ty && **id == *agent.id,
                })
        })
        .map(|(id, rule)| (id, rule.effect, rule.condition.map_or(Ok(true), |root| holds(&cx, root))))
        .collect();
    let first = |of: Effect, errs: bool| {
        outcomes.iter().find_map(|&(id, effect, outcome)| match outcome {
            Ok(true) if effect == of => Some((id, None)),
            Err(trap) if effect == of && errs => Some((id, Some(trap))),
            _ => None,
        })
    };
    let erring_review = outcomes.iter().find_map(|&(id, effect, outcome)| match outcome {
        Err(trap) if effect == Effect::Review => Some((id, Some(trap))),
        _ => None,
    });
    let verdict = match (first(Effect::Forbid, true).or(erring_review), first(Effect::Review, false)) {
        (Some((id, trap)), _) => PolicyVerdict::Deny(id, trap),
        (None, Some((id, _))) => PolicyVerdict::Review(id),
        (None, None) => {
            first(Effect::Permit, false).map_or(PolicyVerdict::Default, |(id, _)| PolicyVerdict::Permit(id))
        }
    };
    let matched =
        outcomes.iter().filter(|(_, _, outcome)| *outcome == Ok(true)).map(|(id, ..)| *id).collect();
    let errors = outcomes.iter().filter_map(|&(id, _, outcome)| Some((id, outcome.err()?))).collect();
    PolicyEvaluation { verdict, matched, errors }
}
