//! Scopes.

use permit_grammar::ast;
use permit_ir::program::Named;
use permit_ir::types::{ActionId, Type};
use permit_types::charge::Unit;

use super::actions::ActionList;
use super::{Checker, Env};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir;
use crate::resolve::{Member, parameters};

/// What a limit of a scope counts when it does not count money.
const WHOLE_UNITS: &str = "units";

impl Checker<'_> {
    pub(super) fn scope(&mut self, scope: &ast::Scope) -> Option<hir::Scope> {
        let params = parameters(self.symbols, &scope.params, self.found);
        let (allows, all) = self.allows(&scope.allows, &params);
        let env = Env { params: &params, ..self.ledger_env(&all, scope.allows.is_empty()) };
        let requires: Vec<Option<hir::Expr>> =
            scope.requires.iter().map(|written| self.within(&env).condition(written)).collect();
        let limits: Vec<Option<hir::ScopeLimit>> =
            scope.limits.iter().map(|limit| self.scope_limit(limit, &params)).collect();
        let allowed =
            self.has_clause(scope.allows.len(), scope.name.span, "scope", "allows", "allows ACTION;");
        let expires_ms = match &scope.expires {
            Some(written) => self.span_of_time(written, "the lifetime of a scope"),
            None => {
                let message = format!("scope `{}` never expires", scope.name.value);
                let diagnostic =
                    Diagnostic::error(Code::ExpiryMissing, scope.name.span, message, "no `expires after`");
                self.report(diagnostic.help("add `expires after 4h;`"));
                None
            }
        };
        allowed.then_some(())?;
        Some(hir::Scope {
            name: scope.name.value.clone(),
            params: params.iter().map(named).collect::<Option<_>>()?,
            allows: allows?,
            requires: requires.into_iter().collect::<Option<_>>()?,
            limits: limits.into_iter().collect::<Option<_>>()?,
            expires_ms: expires_ms?,
        })
    }

    /// An action may stand in several `allows`, each with its own condition.
    fn allows(
        &mut self,
        written: &[ast::ScopeAllows],
        params: &[Member],
    ) -> (Option<Vec<hir::ScopeAllows>>, ActionList) {
        let mut all = ActionList { ids: Vec::new(), complete: true };
        let mut allows = Some(Vec::with_capacity(written.len()));
        for clause in written {
            let list = self.actions(&clause.actions, &mut Vec::new());
            all.ids.extend(&list.ids);
            all.complete &= list.complete;
            let env = Env { params, ..self.ledger_env(&list, false) };
            let when = clause.when.as_ref().map(|when| self.within(&env).condition(when));
            let when = match when {
                Some(None) => None,
                Some(Some(when)) => Some(Some(when)),
                None => Some(None),
            };
            match (when, list.complete, &mut allows) {
                (Some(when), true, Some(clauses)) => {
                    clauses.push(hir::ScopeAllows { actions: list.ids, when });
                }
                (_, _, allows) => *allows = None,
            }
        }
        all.ids.sort_unstable();
        all.ids.dedup();
        (allows, all)
    }

    fn scope_limit(&mut self, limit: &ast::ScopeLimit, params: &[Member]) -> Option<hir::ScopeLimit> {
        let action: Option<ActionId> = self.symbols.find_action(self.found, &limit.action);
        let list = ActionList { ids: action.into_iter().collect(), complete: action.is_some() };
        let env = Env { params, ..self.ledger_env(&list, false) };
        let mut exprs = self.within(&env);
        let amount = exprs.value(&limit.amount, None)?;
        let unit = match &amount.ty {
            Type::Money(currency) => Unit::Money(*currency),
            Type::Int => Unit::Named(WHOLE_UNITS.to_owned()),
            other => {
                let ty = exprs.type_name(other);
                let message = format!("a limit must count `money` or `int`, not `{ty}`");
                let diagnostic =
                    Diagnostic::error(Code::AmountType, amount.span, message, format!("this is `{ty}`"));
                exprs.report(diagnostic.help("count an amount, or `1` to count the actions themselves"));
                return None;
            }
        };
        let max = exprs.amount(&limit.to, &unit)?;
        Some(hir::ScopeLimit { action: action?, unit, amount, max })
    }
}

fn named(member: &Member) -> Option<Named> {
    Some(Named { name: member.name.value.clone(), ty: member.ty.clone()? })
}
