//! Which declarations the expressions, action lists and calendar limits of a policy refer to.

use std::collections::BTreeSet;

use permit_grammar::ast::{Actions, Count, Expr, ExprKind as E, File, Ident, Item, Window};
use permit_grammar::span::Span;

use crate::resolve::Symbols;

/// The places of what a name may stand for where it is mentioned, whether or not it means something nearer there.
#[derive(Debug)]
pub(super) struct Mentioned<'a> {
    symbols: &'a Symbols,
    places: BTreeSet<Span>,
}

impl<'a> Mentioned<'a> {
    pub(super) fn of(symbols: &'a Symbols, files: &[File]) -> Self {
        let mut mentioned = Self { symbols, places: BTreeSet::new() };
        files.iter().flat_map(|file| &file.items).for_each(|item| mentioned.item(item));
        mentioned
    }

    /// Whether what this name declares is mentioned.
    pub(super) fn has(&self, declared: &Ident) -> bool {
        self.places.contains(&declared.span)
    }

    fn name(&mut self, name: &str, at: Span) {
        self.places.extend(self.symbols.places(name, at));
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Const(decl) => self.expr(&decl.value),
            Item::Table(decl) => decl.rows.iter().for_each(|row| self.exprs(&row.values)),
            Item::Function(decl) => self.expr(&decl.body),
            Item::Action(decl) => self.exprs(decl.params.iter().filter_map(|param| param.default.as_ref())),
            Item::ActionSet(decl) => self.names(&decl.members),
            Item::Rule(decl) => {
                if let Actions::Named(names) = &decl.actions {
                    self.names(names);
                }
                self.exprs(decl.conditions.iter().map(|condition| &condition.expr));
            }
            Item::Budget(decl) => {
                self.counts(&decl.counts);
                self.exprs(decl.keys.iter().chain(decl.limits.iter().map(|limit| &limit.amount)));
                for limit in &decl.limits {
                    if let Window::Calendar { zone: Some(zone), .. } = &limit.window {
                        self.name(&zone.value, zone.span);
                    }
                }
            }
            Item::Rate(decl) => {
                self.counts(&decl.counts);
                self.exprs(&decl.keys);
            }
            Item::Scope(decl) => {
                for clause in &decl.allows {
                    self.names(&clause.actions);
                    self.exprs(&clause.when);
                }
                self.exprs(&decl.requires);
                self.exprs(decl.limits.iter().flat_map(|limit| [&limit.amount, &limit.to]));
            }
            Item::Zone(_)
            | Item::Enum(_)
            | Item::Record(_)
            | Item::Entity(_)
            | Item::Requirement(_)
            | Item::Scenario(_) => {}
        }
    }

    fn names(&mut self, names: &[Ident]) {
        names.iter().for_each(|name| self.name(&name.value, name.span));
    }

    fn counts(&mut self, counts: &[Count]) {
        for count in counts {
            self.names(&count.actions);
            self.exprs(count.amount.iter().chain(&count.when));
        }
    }

    fn exprs<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        exprs.into_iter().for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            E::Name(name) => self.name(name, expr.span),
            E::Call { function, args } => {
                self.name(&function.value, function.span);
                self.exprs(args.iter().map(|arg| &arg.value));
            }
            E::Attr { base: inner, .. }
            | E::Present(inner)
            | E::Unary(_, inner)
            | E::Is { expr: inner, .. } => {
                self.expr(inner);
            }
            E::Index { base: a, key: b }
            | E::Range(a, b)
            | E::Binary(a, _, b)
            | E::Quantified { source: a, condition: b, .. } => {
                self.expr(a);
                self.expr(b);
            }
            E::If { condition, then, otherwise } => {
                self.expr(condition);
                self.expr(then);
                self.expr(otherwise);
            }
            E::Set(elements) => self.exprs(elements),
            E::Map(entries) => self.exprs(entries.iter().flat_map(|(key, value)| [key, value])),
            _ => {}
        }
    }
}
