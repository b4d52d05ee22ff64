//! Checks of rules, budgets, rates and scopes, and the sum of their costs for each action.

use super::arena::Measure;
use super::context::{self, Context, Met};
use super::declarations::{
    check_ascending, check_max, check_name, check_named, check_qualified, check_some, check_text,
    check_unique, check_zone, entity_type,
};
use super::{Fault, Place, VerifyError, limits};
use crate::program::{
    Action, AgentPattern, Approval, Budget, Count, Effect, EntityKind, LimitWindow, Program, Rate, RateCount,
    Rule, Scope,
};
use crate::types::{ActionId, EntityTypeId, ExprId, Type};
use permit_types::charge::Unit;

/// Checks every rule, budget, rate and scope, and gives the cost of deciding each action.
pub(super) fn check(program: &Program, measures: &[Measure]) -> Result<Vec<u64>, VerifyError> {
    let mut checker = Checker::new(program, measures);
    for (id, action) in (0..).map(ActionId).zip(&program.actions) {
        checker.defaults(id, action).map_err(|fault| VerifyError { at: Place::Action(id), fault })?;
    }
    for rule in &program.rules {
        let place = || Place::Rule(rule.name.clone());
        checker.rule(rule).map_err(|fault| VerifyError { at: place(), fault })?;
    }
    for budget in &program.budgets {
        let place = || Place::Budget(budget.name.clone());
        checker.budget(budget).map_err(|fault| VerifyError { at: place(), fault })?;
    }
    for rate in &program.rates {
        let place = || Place::Rate(rate.name.clone());
        checker.rate(rate).map_err(|fault| VerifyError { at: place(), fault })?;
    }
    for scope in &program.scopes {
        let place = || Place::Scope(scope.name.clone());
        checker.scope(scope).map_err(|fault| VerifyError { at: place(), fault })?;
    }
    for (id, &cost) in (0..).map(ActionId).zip(&checker.costs) {
        if cost > limits::COST_MAX {
            return Err(VerifyError { at: Place::Action(id), fault: Fault::Cost { cost } });
        }
    }
    Ok(checker.costs)
}

struct Checker<'a> {
    program: &'a Program,
    measures: &'a [Measure],
    /// Every agent type.
    agents: Vec<EntityTypeId>,
    /// By action.
    costs: Vec<u64>,
    /// Expressions in all roots so far.
    nodes: u64,
    met: Met,
}

/// What is counted, by a budget or by a rate.
struct Counted<'a> {
    actions: &'a [ActionId],
    amount: Option<ExprId>,
    when: Option<ExprId>,
}

impl<'a> From<&'a Count> for Counted<'a> {
    fn from(count: &'a Count) -> Self {
        Self { actions: &count.actions, amount: Some(count.amount), when: count.when }
    }
}

impl<'a> From<&'a RateCount> for Counted<'a> {
    fn from(count: &'a RateCount) -> Self {
        Self { actions: &count.actions, amount: None, when: count.when }
    }
}

impl<'a> Checker<'a> {
    fn new(program: &'a Program, measures: &'a [Measure]) -> Self {
        let types = (0..).map(EntityTypeId).zip(&program.entities);
        let agents = types.filter(|(_, ty)| ty.kind == EntityKind::Agent).map(|(id, _)| id).collect();
        let costs = vec![0; program.actions.len()];
        Self { program, measures, agents, costs, nodes: 0, met: Met::new(program) }
    }

    /// Checks what parameters are when they are left out.
    fn defaults(&mut self, id: ActionId, action: &Action) -> Result<(), Fault> {
        let context = Context { actions: &[], agents: &[], params: &[] };
        for (param, default) in action.params.iter().zip(&action.defaults) {
            let (Some(param), Some(default)) = (self.program.args.get(param.index()), default) else {
                continue;
            };
            let fits = |ty: &Type| *ty == param.ty || ty == param.ty.required();
            let cost = self.root(&context, *default, "the parameter's type", fits)?;
            if let Some(expr) = context::not_constant(self.program, *default) {
                return Err(Fault::NotConstant { expr });
            }
            self.charge(&[id], cost);
        }
        Ok(())
    }

    fn rule(&mut self, rule: &Rule) -> Result<(), Fault> {
        check_qualified(&rule.name)?;
        check_some("reason", rule.because.len())?;
        check_text(&rule.because)?;
        if let Some(hint) = &rule.hint {
            check_some("hint", hint.len())?;
            check_text(hint)?;
        }
        self.actions(&rule.actions)?;
        let agents = self.patterns("agents", &rule.agents, EntityKind::Agent)?;
        match (rule.effect, &rule.approval) {
            (Effect::Review, Some(approval)) => self.approval(approval)?,
            (Effect::Permit | Effect::Forbid, None) => {}
            (Effect::Review, None) | (Effect::Permit | Effect::Forbid, Some(_)) => {
                return Err(Fault::Approval);
            }
        }
        let agents = if rule.agents.is_empty() { self.agents.clone() } else { agents };
        self.charge(&rule.actions, 1);
        let Some(condition) = rule.condition else { return Ok(()) };
        let context = Context { actions: &rule.actions, agents: &agents, params: &[] };
        let cost = self.root(&context, condition, "bool", |ty| *ty == Type::Bool)?;
        self.charge(&rule.actions, cost);
        Ok(())
    }

    /// Checks agents or persons and gives their types.
    fn patterns(
        &self,
        what: &'static str,
        patterns: &[AgentPattern],
        kind: EntityKind,
    ) -> Result<Vec<EntityTypeId>, Fault> {
        check_max(what, patterns.len(), limits::AGENTS_MAX)?;
        let mut types = Vec::with_capacity(patterns.len());
        for pattern in patterns {
            let (AgentPattern::Type(id) | AgentPattern::Entity(id, _)) = pattern;
            if entity_type(self.program, *id)?.kind != kind {
                return Err(Fault::Kind(*id));
            }
            if let AgentPattern::Entity(_, text) = pattern {
                check_text(text)?;
            }
            types.push(*id);
        }
        Ok(types)
    }

    fn approval(&self, approval: &Approval) -> Result<(), Fault> {
        check_some("approvers", approval.persons.len())?;
        self.patterns("approvers", &approval.persons, EntityKind::Person)?;
        check_span(approval.timeout_ms)?;
        let single = |pattern: &AgentPattern| matches!(pattern, AgentPattern::Entity(..));
        let (needed, persons) = (approval.needed, approval.persons.len());
        if needed == 0 {
            Err(Fault::Zero("approvals"))
        } else if approval.persons.iter().all(single) && usize::from(needed) > persons {
            Err(Fault::Approvers { needed, persons })
        } else if approval.persons.iter().all(single) {
            check_unique(approval.persons.iter(), |_| "approver")
        } else {
            Ok(())
        }
    }

    fn budget(&mut self, budget: &Budget) -> Result<(), Fault> {
        check_qualified(&budget.name)?;
        check_unit(&budget.unit)?;
        check_some("limits", budget.limits.len())?;
        check_max("limits", budget.limits.len(), limits::PARTS_MAX)?;
        if let Some(hold_ms) = budget.hold_ms {
            check_span(hold_ms)?;
        }
        if let Some(percent) = budget.warn_percent.filter(|percent| !(1..=99).contains(percent)) {
            return Err(Fault::Percent(percent));
        }
        let unit = Some(&budget.unit);
        let counted = self.counts(budget.counts.iter().map(Counted::from), unit, &budget.keys)?;
        for limit in &budget.limits {
            match &limit.window {
                LimitWindow::Calendar { period: _, zone } => check_zone(zone)?,
                LimitWindow::Sliding { length_ms } => check_span(*length_ms)?,
            }
            let agents = self.agents.clone();
            let context = Context { actions: &counted, agents: &agents, params: &[] };
            let cost = self.amount(&context, limit.max, &budget.unit)?;
            self.charge(&counted, cost);
        }
        Ok(())
    }

    fn rate(&mut self, rate: &Rate) -> Result<(), Fault> {
        check_qualified(&rate.name)?;
        check_span(rate.per_ms)?;
        for (what, number) in [("allow", rate.allow), ("burst", rate.burst)] {
            if number == 0 {
                return Err(Fault::Zero(what));
            }
        }
        self.counts(rate.counts.iter().map(Counted::from), None, &rate.keys).map(|_| ())
    }

    /// Checks what a budget or rate counts and its keys; gives all counted actions.
    fn counts<'c>(
        &mut self,
        counts: impl ExactSizeIterator<Item = Counted<'c>>,
        unit: Option<&Unit>,
        keys: &[ExprId],
    ) -> Result<Vec<ActionId>, Fault> {
        check_some("counts", counts.len())?;
        check_max("counts", counts.len(), limits::PARTS_MAX)?;
        check_max("keys", keys.len(), limits::PARTS_MAX)?;
        let agents = self.agents.clone();
        let mut counted = Vec::new();
        for count in counts {
            self.actions(count.actions)?;
            let context = Context { actions: count.actions, agents: &agents, params: &[] };
            let mut cost = 1;
            if let (Some(amount), Some(unit)) = (count.amount, unit) {
                cost += self.amount(&context, amount, unit)?;
            }
            if let Some(when) = count.when {
                cost += self.root(&context, when, "bool", |ty| *ty == Type::Bool)?;
            }
            self.charge(count.actions, cost);
            counted.extend_from_slice(count.actions);
        }
        counted.sort_unstable();
        let twice = counted.iter().zip(counted.iter().skip(1)).find(|(a, b)| a == b);
        if let Some((&action, _)) = twice {
            return Err(Fault::CountedTwice(action));
        }
        let context = Context { actions: &counted, agents: &agents, params: &[] };
        for &key in keys {
            let cost = self.root(&context, key, "a scalar or a text", Type::is_key)?;
            self.charge(&counted, cost);
        }
        Ok(counted)
    }

    fn scope(&mut self, scope: &Scope) -> Result<(), Fault> {
        check_qualified(&scope.name)?;
        check_max("parameters", scope.params.len(), limits::MEMBERS_MAX)?;
        scope.params.iter().try_for_each(|param| check_named(self.program, param))?;
        check_unique(scope.params.iter().map(|param| &param.name), |name| name)?;
        check_span(scope.expires_ms)?;
        check_some("allowed actions", scope.allows.len())?;
        check_max("allows", scope.allows.len(), limits::PARTS_MAX)?;
        check_max("requires", scope.requires.len(), limits::PARTS_MAX)?;
        check_max("limits", scope.limits.len(), limits::PARTS_MAX)?;
        let agents = self.agents.clone();
        let mut allowed = Vec::new();
        for allows in &scope.allows {
            self.actions(&allows.actions)?;
            allowed.extend_from_slice(&allows.actions);
            let context = Context { actions: &allows.actions, agents: &agents, params: &scope.params };
            let Some(when) = allows.when else { continue };
            let cost = self.root(&context, when, "bool", |ty| *ty == Type::Bool)?;
            self.charge(&allows.actions, cost);
        }
        allowed.sort_unstable();
        allowed.dedup();
        self.charge(&allowed, 1);
        let context = Context { actions: &allowed, agents: &agents, params: &scope.params };
        for &requirement in &scope.requires {
            let cost = self.root(&context, requirement, "bool", |ty| *ty == Type::Bool)?;
            self.charge(&allowed, cost);
        }
        for limit in &scope.limits {
            let actions = [limit.action];
            self.actions(&actions)?;
            check_unit(&limit.unit)?;
            let context = Context { actions: &actions, agents: &agents, params: &scope.params };
            let cost = self.amount(&context, limit.amount, &limit.unit)?;
            self.charge(&actions, cost);
            let cost = self.amount(&context, limit.max, &limit.unit)?;
            self.charge(&actions, cost);
        }
        Ok(())
    }

    fn actions(&self, actions: &[ActionId]) -> Result<(), Fault> {
        check_some("actions", actions.len())?;
        check_ascending("actions", actions)?;
        let unknown = actions.iter().find(|action| self.program.actions.get(action.index()).is_none());
        unknown.map_or(Ok(()), |id| Err(Fault::Unknown { what: "action", id: u32::from(id.0) }))
    }

    fn amount(&mut self, context: &Context<'_>, expr: ExprId, unit: &Unit) -> Result<u64, Fault> {
        match unit {
            Unit::Money(currency) => {
                self.root(context, expr, "money of the unit's currency", |ty| *ty == Type::Money(*currency))
            }
            Unit::Named(_) => self.root(context, expr, "int", |ty| *ty == Type::Int),
        }
    }

    /// Checks one expression of a clause and gives its cost.
    fn root(
        &mut self,
        context: &Context<'_>,
        expr: ExprId,
        needs: &'static str,
        fits: impl Fn(&Type) -> bool,
    ) -> Result<u64, Fault> {
        let (Some(node), Some(measure)) =
            (self.program.exprs.get(expr.index()), self.measures.get(expr.index()))
        else {
            return Err(Fault::Unknown { what: "expression", id: expr.0 });
        };
        if !fits(&node.ty) {
            return Err(Fault::Needs { expr, needs, found: node.ty.clone() });
        }
        self.nodes = self.nodes.saturating_add(measure.nodes);
        if self.nodes > limits::TOTAL_NODES_MAX {
            return Err(Fault::TooMany { what: "expressions in all clauses", max: limits::TOTAL_NODES_MAX });
        }
        if !measure.free.is_empty() {
            return Err(Fault::ElementOutside { expr });
        }
        context.check(self.program, expr, &mut self.met)?;
        Ok(measure.cost)
    }

    fn charge(&mut self, actions: &[ActionId], cost: u64) {
        for action in actions {
            if let Some(sum) = self.costs.get_mut(action.index()) {
                *sum = sum.saturating_add(cost);
            }
        }
    }
}

fn check_unit(unit: &Unit) -> Result<(), Fault> {
    match unit {
        Unit::Money(_) => Ok(()),
        Unit::Named(name) => check_name(name),
    }
}

fn check_span(span_ms: i64) -> Result<(), Fault> {
    if (1..=limits::SPAN_MS_MAX).contains(&span_ms) { Ok(()) } else { Err(Fault::Span(span_ms)) }
}
