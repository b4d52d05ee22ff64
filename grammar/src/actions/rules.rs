//! Rules and their clauses.

use super::{Cx, Recovery, RuleClause};
use crate::actions::Deep;
use crate::ast::{
    Actions, AgentPattern, Approval, Condition, Effect, EntityLiteral, Expr, ExprKind, Ident, Item, Marks,
    Rule,
};
use crate::span::{Span, Spanned};
use crate::syntax_error::SyntaxErrorKind as E;

impl Cx<'_> {
    pub(crate) fn rule(
        &mut self,
        l: usize,
        (effect, name): (Effect, Ident),
        actions: Actions,
        clauses: Vec<RuleClause>,
        r: usize,
    ) -> Item {
        self.check_order(&clauses);
        let span = self.span(l, r);
        let mut agents = None;
        let mut approval = None;
        let mut because = None;
        let mut hint = None;
        let mut conditions = Vec::new();
        for clause in clauses {
            match clause {
                RuleClause::By(patterns, span) => self.once("by", &mut agents, patterns, span),
                RuleClause::Condition(condition) => conditions.push(condition),
                RuleClause::Approved(clause) => {
                    let span = clause.span;
                    self.once("approved by", &mut approval, clause, span);
                }
                RuleClause::Because(text, span) => self.once("because", &mut because, text, span),
                RuleClause::Hint(text, span) => self.once("hint", &mut hint, text, span),
                RuleClause::Error => {}
            }
        }
        Item::Rule(Rule {
            effect,
            name,
            actions,
            agents: agents.map(|(agents, _)| agents).unwrap_or_default(),
            conditions,
            approval: approval.map(|(clause, _)| clause),
            because: because.map(|(text, _)| text),
            hint: hint.map(|(text, _)| text),
            marks: Marks::default(),
            span,
        })
    }

    /// Keeps the first of a clause that may stand once, and reports the others.
    pub(super) fn once<T>(&mut self, word: &'static str, slot: &mut Option<(T, Span)>, value: T, span: Span) {
        match slot {
            Some((_, first)) => {
                let first = *first;
                self.report(E::RepeatedClause { word, first }, span);
            }
            None => *slot = Some((value, span)),
        }
    }

    /// `by` stands first, then the conditions, then `approved by`, then `because` and `hint`.
    fn check_order(&mut self, clauses: &[RuleClause]) {
        let mut latest: Option<(u8, &'static str, Span)> = None;
        for clause in clauses {
            let (rank, word, span) = match clause {
                RuleClause::By(_, span) => (0, "by", *span),
                RuleClause::Condition(c) => (1, if c.negated { "unless" } else { "when" }, c.span),
                RuleClause::Approved(clause) => (2, "approved by", clause.span),
                RuleClause::Because(_, span) => (3, "because", *span),
                RuleClause::Hint(_, span) => (3, "hint", *span),
                RuleClause::Error => continue,
            };
            match latest {
                Some((above, before, other)) if above > rank => {
                    self.report(E::ClauseOrder { word, before, other }, span);
                }
                _ => latest = Some((rank, word, span)),
            }
        }
    }

    pub(crate) fn by(&self, l: usize, agents: Vec<AgentPattern>, r: usize) -> RuleClause {
        RuleClause::By(agents, self.span(l, r))
    }

    pub(crate) fn approved(
        &self,
        l: usize,
        persons: Vec<AgentPattern>,
        count: Option<Spanned<String>>,
        timeout: Option<Spanned<String>>,
        r: usize,
    ) -> RuleClause {
        RuleClause::Approved(Approval { persons, count, timeout, span: self.span(l, r) })
    }

    pub(crate) fn because(&self, l: usize, text: Spanned<String>, r: usize) -> RuleClause {
        RuleClause::Because(text, self.span(l, r))
    }

    pub(crate) fn hint(&self, l: usize, text: Spanned<String>, r: usize) -> RuleClause {
        RuleClause::Hint(text, self.span(l, r))
    }

    pub(crate) fn clause_error(&mut self, _l: usize, recovery: Recovery, _r: usize) -> RuleClause {
        self.failed(recovery.error);
        RuleClause::Error
    }

    pub(crate) fn condition(&self, l: usize, negated: bool, expr: Deep<Expr>, r: usize) -> RuleClause {
        RuleClause::Condition(Condition { negated, expr: expr.value, span: self.span(l, r) })
    }

    pub(crate) fn condition_error(
        &mut self,
        l: usize,
        negated: bool,
        recovery: Recovery,
        r: usize,
    ) -> RuleClause {
        self.failed(recovery.error);
        let span = self.span(l, r);
        RuleClause::Condition(Condition { negated, expr: Expr { kind: ExprKind::Error, span }, span })
    }

    pub(crate) fn entity_literal(&self, l: usize, ty: Ident, id: Spanned<String>, r: usize) -> EntityLiteral {
        EntityLiteral { ty, id, span: self.span(l, r) }
    }
}
