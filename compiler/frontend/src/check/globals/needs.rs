//! Which constants, tables and functions a declaration refers to, not counting its own parameters and variables.

use std::collections::BTreeMap;

use permit_grammar::ast::{Expr, ExprKind as E};
use permit_grammar::span::Span;

use super::Decl;
use crate::resolve::Symbols;

/// The places of what `decl` needs.
pub(super) fn of(decl: Decl<'_>, symbols: &Symbols, places: &BTreeMap<Span, usize>) -> Vec<usize> {
    let mut needs = Needs { symbols, places, hidden: Vec::new(), found: Vec::new() };
    match decl {
        Decl::Const(decl) => needs.expr(&decl.value),
        Decl::Table(decl) => {
            for row in &decl.rows {
                row.values.iter().for_each(|value| needs.expr(value));
            }
        }
        Decl::Function(decl) => {
            needs.hidden.extend(decl.params.iter().map(|param| param.name.value.as_str()));
            needs.expr(&decl.body);
        }
    }
    needs.found
}

struct Needs<'a> {
    symbols: &'a Symbols,
    places: &'a BTreeMap<Span, usize>,
    /// Names that mean something nearer.
    hidden: Vec<&'a str>,
    found: Vec<usize>,
}

impl<'a> Needs<'a> {
    fn value(&mut self, name: &str, at: Span) {
        let declared = self.symbols.value(name, at).first().map(|declared| declared.span);
        self.found.extend(declared.and_then(|declared| self.places.get(&declared)));
    }

    fn expr(&mut self, expr: &'a Expr) {
        match &expr.kind {
            E::Name(name) if self.hidden.contains(&name.as_str()) => {}
            E::Name(name) => self.value(name, expr.span),
            E::Call { function, args } => {
                // A parameter cannot be called, so it hides no function.
                self.value(&function.value, function.span);
                args.iter().for_each(|arg| self.expr(&arg.value));
            }
            E::Quantified { variable, source, condition, .. } => {
                self.expr(source);
                self.hidden.push(&variable.value);
                self.expr(condition);
                self.hidden.pop();
            }
            E::Attr { base: inner, .. }
            | E::Present(inner)
            | E::Unary(_, inner)
            | E::Is { expr: inner, .. } => {
                self.expr(inner);
            }
            E::Index { base: a, key: b } | E::Range(a, b) | E::Binary(a, _, b) => {
                self.expr(a);
                self.expr(b);
            }
            E::If { condition, then, otherwise } => {
                self.expr(condition);
                self.expr(then);
                self.expr(otherwise);
            }
            E::Set(elements) => elements.iter().for_each(|element| self.expr(element)),
            E::Map(entries) => entries.iter().for_each(|(key, value)| {
                self.expr(key);
                self.expr(value);
            }),
            _ => {}
        }
    }
}
