//! Expectations: an outcome that the named declaration can produce, and amounts of budgets that count the action.

use permit_grammar::ast::{self, ExpectedOutcome, Ident};
use permit_grammar::span::Span;
use permit_ir::program::{AgentPattern, Effect};
use permit_ir::types::{ActionId, ScopeId};

use super::super::Checker;
use super::{Stage, clause};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{self, Expr};
use crate::scenario::{Amount, Expect};
use crate::suggest;

/// Why a declaration cannot give the outcome, and what to do.
type Objection = (String, String);

impl Checker<'_> {
    pub(super) fn expect(
        &mut self,
        written: &ast::Expect,
        action: ActionId,
        stage: &Stage<'_>,
        values: &mut Vec<Expr>,
    ) -> Option<Expect> {
        let by = match &written.by {
            Some(name) => self.decider(name, written.outcome.value, action, stage).map(Some),
            None => Some(None),
        };
        let leaving = self.amounts(&written.leaving, stage, values, Some(action));
        Some(Expect { outcome: written.outcome.clone(), by: by?, leaving: leaving?, span: written.span })
    }

    /// The rule, budget, rate or scope behind `by`.
    fn decider(
        &mut self,
        name: &Ident,
        outcome: ExpectedOutcome,
        action: ActionId,
        stage: &Stage<'_>,
    ) -> Option<Ident> {
        let Some(declared) = clause(stage.files, &name.value) else {
            let names: Vec<&str> = stage.deciders().collect();
            let message = format!("there is no rule, budget, rate or scope named `{}`", name.value);
            let diagnostic = Diagnostic::error(Code::UnknownDecider, name.span, message, "not declared");
            let otherwise = "name what decides, or omit `by`";
            self.report(diagnostic.help(suggest::help(&name.value, &names, otherwise)));
            return None;
        };
        let Some((message, help)) = self.objection(&name.value, outcome, action, stage) else {
            return Some(name.clone());
        };
        let diagnostic =
            Diagnostic::error(Code::CannotDecide, name.span, message, "cannot produce this outcome")
                .also(declared.span, format!("`{}` is declared here", name.value));
        self.report(diagnostic.help(help));
        None
    }

    /// Why the declaration cannot give the outcome for this action and agent, if so. One that failed can give any.
    fn objection(
        &self,
        name: &str,
        outcome: ExpectedOutcome,
        action: ActionId,
        stage: &Stage<'_>,
    ) -> Option<Objection> {
        let module = stage.module;
        if let Some(rule) = module.rules.iter().find(|rule| rule.name == name) {
            return self.rule_objection(rule, outcome, action, stage);
        }
        let scope = (0..).map(ScopeId).zip(&module.scopes).find(|(_, scope)| scope.name == name);
        let counted = |counts: &[hir::Count]| counts.iter().any(|count| count.actions.contains(&action));
        let (what, counts) = match (
            module.budgets.iter().find(|budget| budget.name == name),
            module.rates.iter().find(|rate| rate.name == name),
        ) {
            (Some(budget), _) => ("budget", counted(&budget.counts)),
            (_, Some(rate)) => ("rate", counted(&rate.counts)),
            (None, None) => {
                scope.as_ref()?;
                ("scope", true)
            }
        };
        let action = self.action_name(action);
        if outcome != ExpectedOutcome::Deny {
            let message = format!("a {what} can only deny");
            return Some((message, format!("write `expect deny by {name}`, or name the rule that decides")));
        }
        if !counts {
            let message = format!("`{name}` does not count `{action}`");
            return Some((message, format!("name a {what} that counts `{action}`")));
        }
        let (id, _) = scope?;
        let task = stage.task.as_ref()?;
        let requires = |agent| {
            let mut all = module.requirements.iter();
            all.any(|requirement| requirement.agent == agent && requirement.scope == name)
        };
        let reaches = task.scopes.contains(&id) || task.agent.is_none_or(requires);
        (!reaches).then(|| {
            let message = format!("the task is not under `{name}`");
            (message, format!("write `as … under {name}(…);` before it"))
        })
    }

    fn rule_objection(
        &self,
        rule: &hir::Rule,
        outcome: ExpectedOutcome,
        action: ActionId,
        stage: &Stage<'_>,
    ) -> Option<Objection> {
        let can = match rule.effect {
            Effect::Permit => outcome == ExpectedOutcome::Permit,
            // Approved, it permits; one that errs, is declined or timed out denies.
            Effect::Review => true,
            Effect::Forbid => outcome == ExpectedOutcome::Deny,
        };
        let name = &rule.name;
        if !can {
            let usual = if rule.effect == Effect::Permit { "permit" } else { "deny" };
            let help = format!("write `expect {usual} by {name}`, or name what decides");
            let gives = match outcome {
                ExpectedOutcome::Permit => "permits",
                ExpectedOutcome::Review => "asks for a review",
                ExpectedOutcome::Deny => "denies",
            };
            return Some((format!("`{name}` is a {} and never {gives}", rule.effect.name()), help));
        }
        let written = self.action_name(action);
        if !rule.actions.contains(&action) {
            let message = format!("`{name}` does not apply to `{written}`");
            return Some((message, format!("name a rule for `{written}`")));
        }
        let agent = stage.task.as_ref()?.agent?;
        let is = |pattern: &AgentPattern| {
            let (AgentPattern::Type(ty) | AgentPattern::Entity(ty, _)) = pattern;
            *ty == agent
        };
        (!rule.agents.is_empty() && !rule.agents.iter().any(is)).then(|| {
            let agent = self.symbols.entity_name(agent);
            (
                format!("`{name}` does not apply to `{agent}`"),
                format!("name a rule that applies to `{agent}`"),
            )
        })
    }

    /// Amounts of budgets, each of which must count `action`.
    pub(super) fn amounts(
        &mut self,
        written: &[ast::Leaving],
        stage: &Stage<'_>,
        values: &mut Vec<Expr>,
        action: Option<ActionId>,
    ) -> Option<Vec<Amount>> {
        let mut amounts = Some(Vec::with_capacity(written.len()));
        for leaving in written {
            match (self.amount(leaving, stage, values, action), &mut amounts) {
                (Some(amount), Some(all)) => all.push(amount),
                (_, amounts) => *amounts = None,
            }
        }
        amounts
    }

    fn amount(
        &mut self,
        written: &ast::Leaving,
        stage: &Stage<'_>,
        values: &mut Vec<Expr>,
        action: Option<ActionId>,
    ) -> Option<Amount> {
        let name = &written.budget;
        let budget = stage.module.budgets.iter().find(|budget| budget.name == name.value);
        let Some(budget) = budget else {
            self.not_a_budget(name, stage);
            return None;
        };
        let not_counted = match action {
            Some(action) => !budget.counts.iter().any(|count| count.actions.contains(&action)),
            None => budget.hold_ms.is_none(),
        };
        if not_counted {
            let (message, help) = match action {
                Some(action) => (
                    format!("`{}` does not count `{}`", name.value, self.action_name(action)),
                    "name a budget that counts the action",
                ),
                None => (format!("`{}` does not hold charges", name.value), "name a budget with `hold`"),
            };
            self.cannot(name, message, help, stage);
            return None;
        }
        let (env, unit) = (self.value_env(stage), budget.unit.clone());
        let value = self.within(&env).amount(&written.amount, &unit)?;
        let amount = self.constant(super::super::constant::simplified(value), stage, values)?;
        Some(Amount { budget: name.value.clone(), unit, amount, span: written.span })
    }

    fn not_a_budget(&mut self, name: &Ident, stage: &Stage<'_>) {
        let Some(declared) = clause(stage.files, &name.value) else {
            let names: Vec<&str> = stage.module.budgets.iter().map(|budget| budget.name.as_str()).collect();
            let message = format!("unknown budget `{}`", name.value);
            let diagnostic = Diagnostic::error(Code::UnknownDecider, name.span, message, "not declared");
            self.report(diagnostic.help(suggest::help(&name.value, &names, "name a declared budget")));
            return;
        };
        let module = stage.module;
        let is_other = module.rules.iter().any(|rule| rule.name == declared.value)
            || module.rates.iter().any(|rate| rate.name == declared.value)
            || module.scopes.iter().any(|scope| scope.name == declared.value);
        // A budget that failed was reported.
        if is_other {
            let message = format!("`{}` is not a budget", name.value);
            self.cannot(name, message, "only budgets have a remaining amount", stage);
        }
    }

    fn cannot(&mut self, name: &Ident, message: String, help: &str, stage: &Stage<'_>) {
        let declared: Option<Span> = clause(stage.files, &name.value).map(|ident| ident.span);
        let mut diagnostic = Diagnostic::error(Code::CannotDecide, name.span, message, "not this one");
        if let Some(declared) = declared {
            diagnostic = diagnostic.also(declared, format!("`{}` is declared here", name.value));
        }
        self.report(diagnostic.help(help));
    }

    fn action_name(&self, action: ActionId) -> &str {
        self.symbols.action(action).map_or("", |decl| &decl.name.value)
    }
}

impl Stage<'_> {
    /// The names of everything that can decide.
    fn deciders(&self) -> impl Iterator<Item = &str> {
        let module = self.module;
        let rules = module.rules.iter().map(|rule| rule.name.as_str());
        let budgets = module.budgets.iter().map(|budget| budget.name.as_str());
        let rates = module.rates.iter().map(|rate| rate.name.as_str());
        rules.chain(budgets).chain(rates).chain(module.scopes.iter().map(|scope| scope.name.as_str()))
    }
}
