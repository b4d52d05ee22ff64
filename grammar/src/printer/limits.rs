//! Budgets, rates and scopes.

use super::Printer;
use super::doc::{Doc, group, nest, text};
use super::expressions::idents;
use crate::ast::{Allow, Budget, BudgetLimit, Count, Expr, Rate, Scope, ScopeAllows, ScopeLimit, Window};
use crate::span::Spanned;

/// A clause of a block, in the order in which they stand where nothing else is known.
enum Clause<'t> {
    Counts(&'t Count),
    Keys(&'t [Expr]),
    Limit(&'t BudgetLimit),
    Word(&'static str, &'t Spanned<String>, &'static str),
    Allow(&'t Allow),
    Allows(&'t ScopeAllows),
    Requires(&'t Expr),
    ScopeLimit(&'t ScopeLimit),
}

impl Printer<'_> {
    pub(super) fn budget(&mut self, budget: &Budget) -> Doc {
        let mut clauses: Vec<_> =
            budget.counts.iter().map(|count| (count.span.start, Clause::Counts(count))).collect();
        clauses.extend(self.keys(&budget.keys));
        clauses.extend(budget.limits.iter().map(|limit| (limit.span.start, Clause::Limit(limit))));
        let words = [("hold", &budget.hold, ""), ("warn at", &budget.warn, "%")];
        for (word, value, mark) in words {
            clauses.extend(value.iter().map(|value| self.word(word, value, mark)));
        }
        let head = format!("budget {} in {} ", budget.name.value, budget.unit.value);
        self.clauses(head, budget.span.end, clauses)
    }

    pub(super) fn rate(&mut self, rate: &Rate) -> Doc {
        let mut clauses: Vec<_> =
            rate.counts.iter().map(|count| (count.span.start, Clause::Counts(count))).collect();
        clauses.extend(self.keys(&rate.keys));
        clauses.extend(rate.allow.iter().map(|allow| (allow.span.start, Clause::Allow(allow))));
        self.clauses(format!("rate {} ", rate.name.value), rate.span.end, clauses)
    }

    pub(super) fn scope(&mut self, scope: &Scope) -> Doc {
        let head = Doc::Concat(vec![
            text(format!("scope {}", scope.name.value)),
            self.params(&scope.params),
            text(" "),
        ]);
        let mut clauses: Vec<_> =
            scope.allows.iter().map(|allows| (allows.span.start, Clause::Allows(allows))).collect();
        for expr in &scope.requires {
            clauses.push((self.word_start(expr.span.start), Clause::Requires(expr)));
        }
        clauses.extend(scope.limits.iter().map(|limit| (limit.span.start, Clause::ScopeLimit(limit))));
        clauses.extend(scope.expires.iter().map(|after| self.word("expires after", after, "")));
        let body = self.clauses(String::new(), scope.span.end, clauses);
        Doc::Concat(vec![head, body])
    }

    fn keys<'t>(&self, keys: &'t [Expr]) -> Option<(u32, Clause<'t>)> {
        keys.first().map(|first| (self.word_start(first.span.start), Clause::Keys(keys)))
    }

    fn word<'t>(
        &self,
        word: &'static str,
        value: &'t Spanned<String>,
        mark: &'static str,
    ) -> (u32, Clause<'t>) {
        (self.word_start(value.span.start), Clause::Word(word, value, mark))
    }

    fn clauses(&mut self, head: String, end: u32, mut clauses: Vec<(u32, Clause<'_>)>) -> Doc {
        clauses.sort_by_key(|(start, _)| *start);
        let block = self.block(end, &clauses, |printer, clause| {
            let clause = printer.clause(clause);
            Doc::Concat(vec![clause, text(";")])
        });
        Doc::Concat(vec![text(head), block])
    }

    fn clause(&mut self, clause: &Clause<'_>) -> Doc {
        match clause {
            Clause::Counts(count) => self.counts(count),
            Clause::Keys(keys) => {
                let keys: Vec<_> = keys.iter().map(|key| self.expr(key)).collect();
                Doc::Concat(vec![text("for each "), Self::names(keys)])
            }
            Clause::Limit(limit) => {
                let amount = self.expr(&limit.amount);
                let window = match &limit.window {
                    Window::Calendar { period, zone: Some(zone) } => {
                        format!("{} in {}", period.value, zone.value)
                    }
                    Window::Calendar { period, zone: None } => period.value.clone(),
                    Window::Sliding(length) => length.value.clone(),
                };
                Doc::Concat(vec![text("limit "), amount, text(format!(" per {window}"))])
            }
            Clause::Word(word, value, mark) => text(format!("{word} {}{mark}", value.value)),
            Clause::Allow(Allow { count, per, burst, .. }) => {
                let burst =
                    burst.as_ref().map_or_else(String::new, |burst| format!(" burst {}", burst.value));
                text(format!("allow {} per {}{burst}", count.value, per.value))
            }
            Clause::Allows(allows) => {
                let mut docs = vec![text("allows "), Self::names(idents(&allows.actions))];
                docs.extend(self.when(allows.when.as_ref()));
                group(Doc::Concat(docs))
            }
            Clause::Requires(expr) => self.condition("requires", expr),
            Clause::ScopeLimit(ScopeLimit { action, amount, to, .. }) => {
                let amount = self.expr(amount);
                let head = text(format!("limit {} as ", action.value));
                Doc::Concat(vec![head, amount, text(" to "), self.expr(to)])
            }
        }
    }

    fn counts(&mut self, count: &Count) -> Doc {
        let mut docs = vec![text("counts "), Self::names(idents(&count.actions))];
        if let Some(amount) = &count.amount {
            docs.extend([text(" as "), self.expr(amount)]);
        }
        docs.extend(self.when(count.when.as_ref()));
        group(Doc::Concat(docs))
    }

    /// `when E`, on its own line if it does not fit.
    fn when(&mut self, when: Option<&Expr>) -> Option<Doc> {
        let when = self.condition("when", when?);
        Some(nest(4, Doc::Concat(vec![Doc::Line(" "), when])))
    }
}
