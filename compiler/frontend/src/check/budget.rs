//! Budgets.

use permit_grammar::ast;
use permit_grammar::span::{Span, Spanned};
use permit_ir::program::EntityKind;
use permit_ir::types::{ActionId, Type};
use permit_types::charge::{Period, Unit};

use super::actions::ActionList;
use super::logic::Known;
use super::{Checker, Env, Site};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::resolve::ValueName;
use crate::{hir, suggest};

/// The periods that calendar limits know.
const PERIODS: [Period; 5] = [Period::Hour, Period::Day, Period::Week, Period::Month, Period::Year];

impl Checker<'_> {
    pub(super) fn budget(&mut self, budget: &ast::Budget) -> Option<hir::Budget> {
        let unit = self.unit(&budget.unit);
        let (counts, all) = self.counts(&budget.counts, &Counted::Amounts(unit.as_ref()));
        let env = self.ledger_env(&all, budget.counts.is_empty());
        let keys = self.within(&env).keys(&budget.keys);
        let limits: Vec<Option<hir::BudgetLimit>> =
            budget.limits.iter().map(|limit| self.budget_limit(&env, limit, unit.as_ref())).collect();
        let hold_ms = budget.hold.as_ref().map(|written| self.span_of_time(written, "a hold"));
        let warn_percent = budget.warn.as_ref().map(|written| self.warn_percent(written));
        let name = &budget.name;
        let counted =
            self.has_clause(budget.counts.len(), name.span, "budget", "counts", "counts ACTION as AMOUNT;");
        let limited =
            self.has_clause(budget.limits.len(), name.span, "budget", "limit", "limit AMOUNT per 24h;");
        (counted && limited).then_some(())?;
        Some(hir::Budget {
            name: name.value.clone(),
            unit: unit?,
            counts: counts?,
            keys: keys?,
            limits: limits.into_iter().collect::<Option<_>>()?,
            hold_ms: match hold_ms {
                Some(hold_ms) => Some(hold_ms?),
                None => None,
            },
            warn_percent: match warn_percent {
                Some(warn_percent) => Some(warn_percent?),
                None => None,
            },
        })
    }

    /// The share of a limit from which on a charge is warned of.
    fn warn_percent(&mut self, written: &Spanned<String>) -> Option<u8> {
        let percent =
            written.value.replace('_', "").parse().ok().filter(|percent| (1..=99).contains(percent));
        if percent.is_none() {
            let message = format!("`{}%` is not a valid warning level", written.value);
            let diagnostic = Diagnostic::error(Code::NumberLiteral, written.span, message, "out of range");
            self.report(diagnostic.help("write a whole number between 1 and 99"));
        }
        percent
    }

    /// The counted actions with their amounts and conditions, and all of them together.
    pub(super) fn counts(
        &mut self,
        written: &[ast::Count],
        counted: &Counted<'_>,
    ) -> (Option<Vec<hir::Count>>, ActionList) {
        let mut seen: Vec<(ActionId, Span)> = Vec::new();
        let mut counts = Some(Vec::with_capacity(written.len()));
        let mut complete = true;
        for count in written {
            let list = self.actions(&count.actions, &mut seen);
            complete &= list.complete;
            match (self.count(count, list, counted), &mut counts) {
                (Some(count), Some(all)) => all.push(count),
                (_, counts) => *counts = None,
            }
        }
        let mut ids: Vec<ActionId> = seen.into_iter().map(|(id, _)| id).collect();
        ids.sort_unstable();
        (counts, ActionList { ids, complete })
    }

    fn count(&mut self, written: &ast::Count, list: ActionList, counted: &Counted<'_>) -> Option<hir::Count> {
        let env = self.ledger_env(&list, false);
        let mut exprs = self.within(&env);
        let when = match &written.when {
            Some(when) => {
                let checked = exprs.condition(when);
                // The amount is only worked out where the condition holds.
                exprs.assume(when, true);
                Some(checked)
            }
            None => None,
        };
        let amount = match (counted, &written.amount) {
            (Counted::Amounts(Some(unit)), Some(amount)) => Some(exprs.amount(amount, unit)),
            (Counted::Amounts(Some(Unit::Named(_))), None) => {
                let (kind, span) = (hir::ExprKind::Int(1), written.span);
                Some(Some(hir::Expr { kind, ty: Type::Int, span }))
            }
            (Counted::Amounts(Some(Unit::Money(currency))), None) => {
                let message = format!("a budget in {currency} must count an amount");
                let diagnostic = Diagnostic::error(Code::AmountMissing, written.span, message, "how much?");
                exprs.report(diagnostic.help("add the amount: `counts refund as amount;`"));
                Some(None)
            }
            (Counted::Amounts(None), _) => Some(None),
            (Counted::Actions, Some(amount)) => {
                let message = "a rate counts actions, not amounts";
                let diagnostic = Diagnostic::error(Code::AmountInRate, amount.span, message, "an amount");
                exprs.report(diagnostic.help("remove `as …`, or declare a `budget`"));
                Some(None)
            }
            (Counted::Actions, None) => None,
        };
        Some(hir::Count {
            actions: list.complete.then_some(list.ids)?,
            amount: transpose(amount)?,
            when: transpose(when)?,
        })
    }

    fn budget_limit(
        &mut self,
        env: &Env<'_>,
        limit: &ast::BudgetLimit,
        unit: Option<&Unit>,
    ) -> Option<hir::BudgetLimit> {
        let max = unit.and_then(|unit| self.within(env).amount(&limit.amount, unit));
        let window = match &limit.window {
            ast::Window::Sliding(length) => {
                self.span_of_time(length, "a window").map(|length_ms| hir::Window::Sliding { length_ms })
            }
            ast::Window::Calendar { period, zone } => self.calendar(period, zone.as_ref()),
        };
        Some(hir::BudgetLimit { max: max?, window: window? })
    }

    fn calendar(&mut self, period: &ast::Ident, zone: Option<&ast::Ident>) -> Option<hir::Window> {
        let known = PERIODS.into_iter().find(|known| known.name() == period.value);
        if known.is_none() {
            let message = format!("unknown period `{}`", period.value);
            let diagnostic =
                Diagnostic::error(Code::UnknownPeriod, period.span, message, "not a calendar period");
            let names = PERIODS.map(Period::name);
            let help = suggest::closest(&period.value, names).map_or_else(
                || "write `per day in ZONE`, or a sliding window such as `per 7d`".to_owned(),
                |name| format!("did you mean `{name}`?"),
            );
            self.report(diagnostic.help(help));
            return None;
        }
        let Some(zone) = zone else {
            let message = "a calendar limit needs a zone";
            let diagnostic = Diagnostic::error(Code::WhichMidnight, period.span, message, "in which zone?");
            let mut seen = self.symbols.value_names(period.span);
            let example =
                seen.find(|(_, value)| matches!(value, ValueName::Zone(_))).map_or("ZONE", |(name, _)| name);
            let help = format!(
                "write `per {} in {example}`, or a duration such as `per 24h` for a sliding window",
                period.value
            );
            self.report(diagnostic.help(help));
            return None;
        };
        let zone = self.symbols.find_zone(self.found, zone)?;
        Some(hir::Window::Calendar { period: known?, iana: zone.iana.clone() })
    }

    /// What the expressions of budgets, rates and scopes may speak of: any agent may do the actions.
    pub(super) fn ledger_env(&self, list: &ActionList, nothing_counted: bool) -> Env<'static> {
        Env {
            actions: list.ids.clone(),
            complete: list.complete && !nothing_counted,
            agents: self.symbols.entities_of(EntityKind::Agent),
            params: &[],
            variables: Vec::new(),
            site: Site::Request,
            known: Known::new(),
        }
    }

    /// Whether a clause stands at least once.
    pub(super) fn has_clause(
        &mut self,
        count: usize,
        at: Span,
        what: &str,
        clause: &str,
        example: &str,
    ) -> bool {
        if count == 0 {
            let message = format!("a {what} needs `{clause}`");
            let diagnostic = Diagnostic::error(Code::ClauseMissing, at, message, format!("no `{clause}`"));
            self.report(diagnostic.help(format!("add `{example}`")));
        }
        count > 0
    }
}

/// What a declaration counts of each action.
pub(super) enum Counted<'u> {
    /// Amounts in a unit; `None` when the unit is none, which was reported.
    Amounts(Option<&'u Unit>),
    /// One for each action.
    Actions,
}

/// `Some(None)` is something written that failed; nothing written is no failure.
#[expect(clippy::option_option, reason = "absent and failed are different")]
fn transpose(written: Option<Option<hir::Expr>>) -> Option<Option<hir::Expr>> {
    match written {
        Some(checked) => checked.map(Some),
        None => Some(None),
    }
}
