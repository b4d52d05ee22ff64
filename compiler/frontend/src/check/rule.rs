//! Rules.

use permit_grammar::ast::{self, AgentPattern as Written};
use permit_ir::program::{AgentPattern, Effect, EntityKind};
use permit_ir::types::EntityTypeId;

use super::logic::Known;
use super::{Checker, Env, Site};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir;

impl Checker<'_> {
    pub(super) fn rule(&mut self, rule: &ast::Rule) -> Option<hir::Rule> {
        let effect = match rule.effect {
            ast::Effect::Permit => Effect::Permit,
            ast::Effect::Forbid => Effect::Forbid,
            ast::Effect::Review => Effect::Review,
        };
        let actions = self.rule_actions(&rule.actions);
        let agents = self.patterns(&rule.agents, EntityKind::Agent);
        let env = Env {
            actions: actions.ids.clone(),
            complete: actions.complete,
            agents: agents.as_ref().map_or_else(Vec::new, |patterns| self.agent_types(patterns)),
            params: &[],
            variables: Vec::new(),
            site: Site::Request,
            known: Known::new(),
        };
        let conditions = self.conditions(&env, &rule.conditions);
        let approval = self.approval(rule, effect);
        let because = self.because(rule);
        let hint = self.hint(rule);
        Some(hir::Rule {
            name: rule.name.value.clone(),
            name_span: rule.name.span,
            effect,
            actions: actions.complete.then_some(actions.ids)?,
            agents: agents?,
            conditions: conditions?,
            approval: approval?,
            because: because?,
            hint: hint?,
        })
    }

    fn conditions(&mut self, env: &Env<'_>, written: &[ast::Condition]) -> Option<Vec<hir::Condition>> {
        let mut exprs = self.within(env);
        let mut conditions = Some(Vec::with_capacity(written.len()));
        for condition in written {
            let expr = exprs.condition(&condition.expr);
            // Conditions are joined by `and`, so what one has seen to be present is present in the next.
            exprs.assume(&condition.expr, !condition.negated);
            match (expr, &mut conditions) {
                (Some(expr), Some(list)) => list.push(hir::Condition { negated: condition.negated, expr }),
                (_, conditions) => *conditions = None,
            }
        }
        conditions
    }

    fn because(&mut self, rule: &ast::Rule) -> Option<String> {
        let diagnostic = match &rule.because {
            Some(because) if !because.value.trim().is_empty() => return Some(because.value.clone()),
            Some(because) => {
                let message = format!("rule `{}` has an empty reason", rule.name.value);
                Diagnostic::error(Code::BecauseMissing, because.span, message, "empty")
            }
            None => {
                let message = format!("rule `{}` has no `because`", rule.name.value);
                Diagnostic::error(Code::BecauseMissing, rule.name.span, message, "missing `because`")
            }
        };
        self.report(
            diagnostic.help(
                "add `because \"…\"` with the reason for the rule, which is recorded in every decision",
            ),
        );
        None
    }

    #[expect(clippy::option_option, reason = "absent and failed are different")]
    fn hint(&mut self, rule: &ast::Rule) -> Option<Option<String>> {
        let Some(hint) = &rule.hint else { return Some(None) };
        if !hint.value.trim().is_empty() {
            return Some(Some(hint.value.clone()));
        }
        let message = format!("rule `{}` has an empty hint", rule.name.value);
        let diagnostic = Diagnostic::error(Code::HintEmpty, hint.span, message, "empty");
        self.report(diagnostic.help("tell the agent what to do instead, or remove the `hint`"));
        None
    }

    /// The agents behind `by` or the persons behind `approved by`, ascending.
    pub(super) fn patterns(&mut self, written: &[Written], kind: EntityKind) -> Option<Vec<AgentPattern>> {
        let mut patterns = Some(Vec::with_capacity(written.len()));
        for pattern in written {
            let (name, id) = match pattern {
                Written::Type(name) => (name, None),
                Written::Entity(literal) => (&literal.ty, Some(&literal.id.value)),
            };
            let ty = self.symbols.find_entity(self.found, name, &[kind]);
            match (ty, &mut patterns) {
                (Some(ty), Some(list)) => list.push(match id {
                    Some(id) => AgentPattern::Entity(ty, id.clone()),
                    None => AgentPattern::Type(ty),
                }),
                (_, patterns) => *patterns = None,
            }
        }
        if let Some(list) = &mut patterns {
            list.sort_unstable();
            list.dedup();
        }
        patterns
    }

    /// The types that agents matching one of the patterns may have.
    fn agent_types(&self, patterns: &[AgentPattern]) -> Vec<EntityTypeId> {
        if patterns.is_empty() {
            return self.symbols.entities_of(EntityKind::Agent);
        }
        let mut types: Vec<EntityTypeId> = patterns
            .iter()
            .map(|pattern| match pattern {
                AgentPattern::Type(ty) | AgentPattern::Entity(ty, _) => *ty,
            })
            .collect();
        types.sort_unstable();
        types.dedup();
        types
    }
}
