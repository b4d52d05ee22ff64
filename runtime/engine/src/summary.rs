//! An evaluation in words: the results of policy, budgets and scopes, without balances.

use permit_ir::decision::{Evaluation, Request};
use permit_ir::types::RuleId;
use permit_types::ask::Ask;
use permit_types::charge::Charge;
use permit_types::verdict::Reason;
use serde::Serialize;

use crate::engine::Engine;
use crate::read::FieldError;
use crate::reason;
use crate::request::ScopeClaim;

/// What policy, budgets and scopes say about a request; balances are not known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// What the policy says, and why.
    pub policy: Reason,
    /// Who must approve and how soon, if a review decides: `2 of Lead within 30min`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approval: Option<String>,
    /// Every rule that matches.
    pub matched: Vec<String>,
    /// Every rule that could not be evaluated, and why.
    pub rule_errors: Vec<String>,
    /// What budgets and rates would count.
    pub charges: Vec<String>,
    /// Why the scopes do not allow it, if so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<Reason>,
}

impl Engine {
    /// Reads a request of the agent with this SPIFFE ID at `now_ms`, with scopes that a task's issuer grants then.
    ///
    /// # Errors
    /// [`FieldError`] when the request, the agent or a scope does not fit policy and facts.
    pub fn read_request(
        &self,
        spiffe_id: &str,
        ask: &Ask<'_>,
        scopes: &[ScopeClaim],
        now_ms: i64,
    ) -> Result<Request, FieldError> {
        let unknown = || FieldError::new("agent", "the facts give this identity to no agent");
        let agent = self.agent(spiffe_id).ok_or_else(unknown)?;
        let mut request = self.read_ask(agent, ask, now_ms)?;
        request.scopes =
            scopes.iter().map(|claim| self.read_scope(claim, now_ms, true)).collect::<Result<_, _>>()?;
        Ok(request)
    }

    /// An evaluation in words.
    #[must_use]
    pub fn summary(&self, request: &Request, evaluation: &Evaluation) -> Summary {
        let program = self.program();
        let name = |id: &RuleId| program.rules.get(id.index()).map_or("?", |rule| &rule.name).to_owned();
        let policy = reason::of_policy(program, self.facts(), request, &evaluation.policy);
        let scope =
            evaluation.scope.as_ref().err().map(|fault| reason::of_scope_fault(program, request, fault));
        let charges = match &evaluation.budget {
            Ok(bill) => {
                let task = evaluation.scope.iter().flatten();
                let rates =
                    bill.rates.iter().map(|p| format!("{} for {}", p.account.name, p.account.key.join(", ")));
                bill.charges.iter().chain(task).map(charge_text).chain(rates).collect()
            }
            Err(fault) => vec![reason::of_budget_fault(fault).message],
        };
        Summary {
            policy: policy.unwrap_or_else(|denial| denial),
            approval: self.approval_text(evaluation),
            matched: evaluation.policy.matched.iter().map(name).collect(),
            rule_errors: evaluation
                .policy
                .errors
                .iter()
                .map(|(id, trap)| format!("{}: {trap}", name(id)))
                .collect(),
            charges,
            scope,
        }
    }
}

fn charge_text(charge: &Charge) -> String {
    let Charge { account, unit, .. } = charge;
    let limits =
        charge.limits.iter().map(|limit| format!("{} per {}", unit.amount_text(limit.max), limit.window));
    let limits = limits.collect::<Vec<_>>().join(", ");
    format!(
        "{} to {} for {}, of {limits}",
        unit.amount_text(charge.amount),
        account.name,
        account.key.join(", ")
    )
}
