//! The evaluation of a request: a pure function of program, facts and request.
//!
//! All three stateless layers are evaluated at once, whatever the first one says, so that the journal's writer can
//! settle the layers in order without another call.

use permit_ir::decision::{BudgetFault, EvalContext, Evaluation, PolicyEvaluation, Request, ScopeFault};
use permit_ir::program::{Budget, Rate, Scope};
use permit_ir::types::ExprId;
use permit_ir::verify::VerifiedProgram;
use permit_jit::{Input, Snapshot};
use permit_types::charge::{Account, Bill, Charge, Limit, RateCharge, Window};
use permit_types::verdict::Trap;

use crate::encode::{encode, with_params};
use crate::evaluator::Evaluator;
use crate::index::{Index, Scratch};
use crate::memory::{Memory, Pool};
use crate::policy::{self, Asked, Found, Values, Wanted};
use crate::render;

/// Decides requests of one program over one snapshot of facts.
pub(crate) struct Decider<'e> {
    pub(crate) program: &'e VerifiedProgram,
    pub(crate) snapshot: &'e Snapshot,
    pub(crate) evaluator: &'e Evaluator,
    pub(crate) index: &'e Index,
    pub(crate) pool: &'e Pool,
}

impl Decider<'_> {
    pub(crate) fn evaluate(&self, request: &Request) -> Evaluation {
        let facts = self.snapshot.facts();
        let cx = EvalContext { program: self.program, facts, request, params: &[] };
        let mut memory = self.pool.take();
        let Memory { input, scratch, found } = &mut *memory;
        let input = encode(self.program, self.snapshot, request, input);
        let policy = self.policy(&cx, input.as_deref(), (scratch, found));
        let budget = self.bill(&cx, input.as_deref());
        let hold_ms =
            budget.as_ref().ok().and_then(|bill| bill.charges.iter().filter_map(|c| c.hold_ms).min());
        Evaluation { policy, budget, scope: self.scopes(&cx, input, hold_ms) }
    }

    fn policy(
        &self,
        cx: &EvalContext<'_>,
        input: Option<&Input>,
        (scratch, found): (&mut Scratch, &mut Found),
    ) -> PolicyEvaluation {
        found.start(Wanted::EveryMatch);
        match input {
            Some(input) => {
                let (program, snapshot, native) = (self.program, self.snapshot, self.evaluator.native());
                let asked = Asked { program, snapshot, native, input, request: &Values::Given(cx.request) };
                found.ask(&asked, self.index, scratch);
            }
            None => policy::in_order(cx, found),
        }
        found.policy()
    }

    fn bill(&self, cx: &EvalContext<'_>, input: Option<&Input>) -> Result<Bill, BudgetFault> {
        let mut bill = Bill::default();
        for budget in &self.program.budgets {
            let fault = |trap| BudgetFault { name: budget.name.clone(), trap };
            bill.charges.extend(self.charge(budget, cx, input).map_err(fault)?);
        }
        for rate in &self.program.rates {
            let fault = |trap| BudgetFault { name: rate.name.clone(), trap };
            bill.rates.extend(self.rate(rate, cx, input).map_err(fault)?);
        }
        Ok(bill)
    }

    fn charge(
        &self,
        budget: &Budget,
        cx: &EvalContext<'_>,
        input: Option<&Input>,
    ) -> Result<Option<Charge>, Trap> {
        let Some(count) = budget.counts.iter().find(|c| c.actions.contains(&cx.request.action)) else {
            return Ok(None);
        };
        if !self.evaluator.holds(cx, input, count.when)? {
            return Ok(None);
        }
        let amount = self.evaluator.amount(cx, count.amount)?;
        let account = self.account(&budget.name, &budget.keys, cx)?;
        let mut limits = Vec::with_capacity(budget.limits.len());
        for limit in &budget.limits {
            limits.push(Limit { max: self.evaluator.amount(cx, limit.max)?, window: limit.window.window() });
        }
        let (unit, hold_ms, warn_percent) = (budget.unit.clone(), budget.hold_ms, budget.warn_percent);
        Ok(Some(Charge { account, unit, amount, limits, hold_ms, warn_percent }))
    }

    fn rate(
        &self,
        rate: &Rate,
        cx: &EvalContext<'_>,
        input: Option<&Input>,
    ) -> Result<Option<RateCharge>, Trap> {
        let Some(count) = rate.counts.iter().find(|c| c.actions.contains(&cx.request.action)) else {
            return Ok(None);
        };
        if !self.evaluator.holds(cx, input, count.when)? {
            return Ok(None);
        }
        let account = self.account(&rate.name, &rate.keys, cx)?;
        Ok(Some(RateCharge { account, allow: rate.allow, per_ms: rate.per_ms, burst: rate.burst }))
    }

    fn account(&self, name: &str, keys: &[ExprId], cx: &EvalContext<'_>) -> Result<Account, Trap> {
        let key = keys.iter().map(|&key| {
            let value = self.evaluator.value(cx, key)?;
            let ty =
                self.program.exprs.get(key.index()).map_or(&permit_ir::types::Type::String, |node| &node.ty);
            Ok(render::value_text(self.program, self.snapshot.facts(), &value, ty))
        });
        Ok(Account { name: name.to_owned(), key: key.collect::<Result<_, Trap>>()? })
    }

    /// What the token's scopes say. Their limits are held as long as the budgets hold, so that an action that did not
    /// happen gives back both.
    fn scopes(
        &self,
        cx: &EvalContext<'_>,
        mut input: Option<&mut Input>,
        hold_ms: Option<i64>,
    ) -> Result<Vec<Charge>, ScopeFault> {
        self.required_scopes(cx.request)?;
        let mut charges = Vec::new();
        for active in &cx.request.scopes {
            let Some(scope) = self.program.scopes.get(active.scope.index()) else {
                return Err(ScopeFault::NotAllowed(active.scope));
            };
            let ends_ms = active.issued_ms.saturating_add(scope.expires_ms);
            if cx.request.now_ms >= ends_ms {
                return Err(ScopeFault::Expired(active.scope));
            }
            let cx = EvalContext { params: &active.params, ..*cx };
            let input = input.as_deref_mut();
            let input =
                input.and_then(|input| with_params(input, self.program, self.snapshot, (scope, active)));
            let trapped = |trap| ScopeFault::Trap(active.scope, trap);
            if !self.allows(scope, &cx, input).map_err(trapped)? {
                return Err(ScopeFault::NotAllowed(active.scope));
            }
            for (i, &requirement) in scope.requires.iter().enumerate() {
                if !self.evaluator.holds(&cx, input, Some(requirement)).map_err(trapped)? {
                    return Err(ScopeFault::Requirement(active.scope, i));
                }
            }
            for (i, limit) in scope.limits.iter().enumerate().filter(|(_, l)| l.action == cx.request.action) {
                let amount = self.evaluator.amount(&cx, limit.amount).map_err(trapped)?;
                let max = self.evaluator.amount(&cx, limit.max).map_err(trapped)?;
                let limits = vec![Limit { max, window: Window::Task { ends_ms } }];
                // Neither the token nor what it binds is part of the account: another token for the same task, with a
                // higher limit or another customer, goes on where the last one ended.
                let key = vec![active.task.to_string(), i.to_string()];
                let account = Account { name: scope.name.clone(), key };
                let unit = limit.unit.clone();
                charges.push(Charge { account, unit, amount, limits, hold_ms, warn_percent: None });
            }
        }
        Ok(charges)
    }

    /// Whether the token carries every scope that the agent's type requires, each granted by a task's issuer: a scope
    /// that an agent asks for itself binds it to what it likes.
    fn required_scopes(&self, request: &Request) -> Result<(), ScopeFault> {
        let ty = self
            .snapshot
            .facts()
            .entity(request.agent)
            .and_then(|agent| self.program.entities.get(agent.ty.index()));
        let granted = |id| request.scopes.iter().any(|active| active.scope == id && active.from_issuer);
        let missing = ty.and_then(|ty| ty.requires.iter().copied().find(|&id| !granted(id)));
        missing.map_or(Ok(()), |id| Err(ScopeFault::Required(id)))
    }

    fn allows(&self, scope: &Scope, cx: &EvalContext<'_>, input: Option<&Input>) -> Result<bool, Trap> {
        for allows in scope.allows.iter().filter(|a| a.actions.contains(&cx.request.action)) {
            if self.evaluator.holds(cx, input, allows.when)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests;
