//! Rules, budgets, rates and scopes.

use permit_ir::program::{
    Budget, BudgetLimit, Count, Expr, LimitWindow, Rate, RateCount, Rule, Scope, ScopeAllows, ScopeLimit,
};
use permit_ir::types::{ExprId, Type};

use super::arena::Arena;
use crate::hir;

impl Arena {
    pub(super) fn rule(&mut self, rule: hir::Rule) -> Option<Rule> {
        let mut conditions = Vec::with_capacity(rule.conditions.len());
        for condition in rule.conditions {
            let holds = self.expr(condition.expr)?;
            conditions.push(if condition.negated { self.node(Expr::Not(holds), Type::Bool)? } else { holds });
        }
        Some(Rule {
            name: rule.name,
            effect: rule.effect,
            actions: rule.actions,
            agents: rule.agents,
            condition: self.all_of(&conditions)?,
            approval: rule.approval,
            because: rule.because,
            hint: rule.hint,
        })
    }

    pub(super) fn budget(&mut self, budget: hir::Budget) -> Option<Budget> {
        let mut counts = Vec::with_capacity(budget.counts.len());
        for count in budget.counts {
            let (when, amount) = (self.optional(count.when)?, self.expr(count.amount?)?);
            counts.push(Count { actions: count.actions, amount, when });
        }
        let keys = self.exprs(budget.keys)?;
        let mut limits = Vec::with_capacity(budget.limits.len());
        for limit in budget.limits {
            let window = match limit.window {
                hir::Window::Calendar { period, iana } => LimitWindow::Calendar { period, zone: iana },
                hir::Window::Sliding { length_ms } => LimitWindow::Sliding { length_ms },
            };
            limits.push(BudgetLimit { max: self.expr(limit.max)?, window });
        }
        let hir::Budget { name, unit, hold_ms, warn_percent, .. } = budget;
        Some(Budget { name, unit, counts, keys, limits, hold_ms, warn_percent })
    }

    pub(super) fn rate(&mut self, rate: hir::Rate) -> Option<Rate> {
        let mut counts = Vec::with_capacity(rate.counts.len());
        for count in rate.counts {
            counts.push(RateCount { actions: count.actions, when: self.optional(count.when)? });
        }
        let keys = self.exprs(rate.keys)?;
        let (allow, per_ms, burst) = (rate.allow, rate.per_ms, rate.burst);
        Some(Rate { name: rate.name, counts, keys, allow, per_ms, burst })
    }

    pub(super) fn scope(&mut self, scope: hir::Scope) -> Option<Scope> {
        let mut allows = Vec::with_capacity(scope.allows.len());
        for clause in scope.allows {
            allows.push(ScopeAllows { actions: clause.actions, when: self.optional(clause.when)? });
        }
        let requires = self.exprs(scope.requires)?;
        let mut limits = Vec::with_capacity(scope.limits.len());
        for limit in scope.limits {
            let (amount, max) = (self.expr(limit.amount)?, self.expr(limit.max)?);
            limits.push(ScopeLimit { action: limit.action, unit: limit.unit, amount, max });
        }
        let (params, expires_ms) = (scope.params, scope.expires_ms);
        Some(Scope { name: scope.name, params, allows, requires, limits, expires_ms })
    }

    fn exprs(&mut self, exprs: Vec<hir::Expr>) -> Option<Vec<ExprId>> {
        exprs.into_iter().map(|expr| self.expr(expr)).collect()
    }

    #[expect(clippy::option_option, reason = "absent and too large are different")]
    fn optional(&mut self, expr: Option<hir::Expr>) -> Option<Option<ExprId>> {
        match expr {
            Some(expr) => self.expr(expr).map(Some),
            None => Some(None),
        }
    }
}
