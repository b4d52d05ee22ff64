//! Which names the expressions and the lists of actions of a module mention.

use std::collections::BTreeSet;

use permit_grammar::ast::{Actions, Count, Expr, ExprKind as E, File, Ident, Item};

/// The names, by what they may stand for.
#[derive(Debug, Default)]
pub(super) struct Mentioned<'a> {
    /// Of constants, tables, functions and records.
    pub(super) values: BTreeSet<&'a str>,
    /// Of actions and sets of them.
    pub(super) actions: BTreeSet<&'a str>,
}

impl<'a> Mentioned<'a> {
    pub(super) fn of(files: &'a [File]) -> Self {
        let mut mentioned = Self::default();
        files.iter().flat_map(|file| &file.items).for_each(|item| mentioned.item(item));
        mentioned
    }

    fn item(&mut self, item: &'a Item) {
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

    fn names(&mut self, names: &'a [Ident]) {
        self.actions.extend(names.iter().map(|name| name.value.as_str()));
    }

    fn counts(&mut self, counts: &'a [Count]) {
        for count in counts {
            self.names(&count.actions);
            self.exprs(count.amount.iter().chain(&count.when));
        }
    }

    fn exprs(&mut self, exprs: impl IntoIterator<Item = &'a Expr>) {
        exprs.into_iter().for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            E::Name(name) => drop(self.values.insert(name)),
            E::Call { function, args } => {
                self.values.insert(&function.value);
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
