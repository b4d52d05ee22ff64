//! The blocks of budgets, rates and scopes.

use super::{BudgetClause, Cx, Deep, RateClause, Recovery, ScopeClause};
use crate::ast::{
    Allow, Budget, BudgetLimit, Count, Expr, Field, Ident, Item, Marks, Rate, Scope, ScopeAllows, ScopeLimit,
    Window,
};
use crate::span::Spanned;

impl Cx<'_> {
    pub(crate) fn budget(
        &mut self,
        l: usize,
        name: Ident,
        unit: Ident,
        clauses: Vec<BudgetClause>,
        r: usize,
    ) -> Item {
        let (mut counts, mut limits) = (Vec::new(), Vec::new());
        let (mut keys, mut hold, mut warn) = (None, None, None);
        for clause in clauses {
            match clause {
                BudgetClause::Counts(count) => counts.push(count),
                BudgetClause::Keys(list, span) => self.once("for each", &mut keys, list, span),
                BudgetClause::Limit(limit) => limits.push(limit),
                BudgetClause::Hold(duration) => {
                    let span = duration.span;
                    self.once("hold", &mut hold, duration, span);
                }
                BudgetClause::Warn(percent) => {
                    let span = percent.span;
                    self.once("warn at", &mut warn, percent, span);
                }
                BudgetClause::Error => {}
            }
        }
        let keys = keys.map(|(keys, _)| keys).unwrap_or_default();
        let hold = hold.map(|(duration, _)| duration);
        let warn = warn.map(|(percent, _)| percent);
        Item::Budget(Budget {
            name,
            unit,
            counts,
            keys,
            limits,
            hold,
            warn,
            marks: Marks::default(),
            span: self.span(l, r),
        })
    }

    pub(crate) fn rate(&mut self, l: usize, name: Ident, clauses: Vec<RateClause>, r: usize) -> Item {
        let mut counts = Vec::new();
        let (mut keys, mut allow) = (None, None);
        for clause in clauses {
            match clause {
                RateClause::Counts(count) => counts.push(count),
                RateClause::Keys(list, span) => self.once("for each", &mut keys, list, span),
                RateClause::Allow(clause) => {
                    let span = clause.span;
                    self.once("allow", &mut allow, clause, span);
                }
                RateClause::Error => {}
            }
        }
        let keys = keys.map(|(keys, _)| keys).unwrap_or_default();
        Item::Rate(Rate {
            name,
            counts,
            keys,
            allow: allow.map(|(allow, _)| allow),
            marks: Marks::default(),
            span: self.span(l, r),
        })
    }

    pub(crate) fn scope(
        &mut self,
        l: usize,
        name: Ident,
        params: Vec<Field>,
        clauses: Vec<ScopeClause>,
        r: usize,
    ) -> Item {
        let (mut allows, mut requires, mut limits) = (Vec::new(), Vec::new(), Vec::new());
        let mut expires = None;
        for clause in clauses {
            match clause {
                ScopeClause::Allows(clause) => allows.push(clause),
                ScopeClause::Requires(expr) => requires.push(expr),
                ScopeClause::Limit(limit) => limits.push(limit),
                ScopeClause::Expires(duration) => {
                    let span = duration.span;
                    self.once("expires after", &mut expires, duration, span);
                }
                ScopeClause::Error => {}
            }
        }
        let expires = expires.map(|(duration, _)| duration);
        Item::Scope(Scope {
            name,
            params,
            allows,
            requires,
            limits,
            expires,
            marks: Marks::default(),
            span: self.span(l, r),
        })
    }

    pub(crate) fn count(
        &self,
        l: usize,
        actions: Vec<Ident>,
        amount: Option<Deep<Expr>>,
        when: Option<Deep<Expr>>,
        r: usize,
    ) -> Count {
        let (amount, when) = (amount.map(|e| e.value), when.map(|e| e.value));
        Count { actions, amount, when, span: self.span(l, r) }
    }

    pub(crate) fn budget_limit(
        &self,
        l: usize,
        amount: Deep<Expr>,
        window: Window,
        r: usize,
    ) -> BudgetClause {
        BudgetClause::Limit(BudgetLimit { amount: amount.value, window, span: self.span(l, r) })
    }

    pub(crate) fn allow(
        &self,
        l: usize,
        count: Spanned<String>,
        per: Spanned<String>,
        burst: Option<Spanned<String>>,
        r: usize,
    ) -> RateClause {
        RateClause::Allow(Allow { count, per, burst, span: self.span(l, r) })
    }

    pub(crate) fn allows(
        &self,
        l: usize,
        actions: Vec<Ident>,
        when: Option<Deep<Expr>>,
        r: usize,
    ) -> ScopeClause {
        ScopeClause::Allows(ScopeAllows { actions, when: when.map(|e| e.value), span: self.span(l, r) })
    }

    pub(crate) fn scope_limit(
        &self,
        l: usize,
        action: Ident,
        amount: Deep<Expr>,
        to: Deep<Expr>,
        r: usize,
    ) -> ScopeClause {
        ScopeClause::Limit(ScopeLimit { action, amount: amount.value, to: to.value, span: self.span(l, r) })
    }

    pub(crate) fn budget_error(&mut self, recovery: Recovery) -> BudgetClause {
        self.failed(recovery.error);
        BudgetClause::Error
    }

    pub(crate) fn rate_error(&mut self, recovery: Recovery) -> RateClause {
        self.failed(recovery.error);
        RateClause::Error
    }

    pub(crate) fn scope_error(&mut self, recovery: Recovery) -> ScopeClause {
        self.failed(recovery.error);
        ScopeClause::Error
    }
}
