//! The type checker: from syntax to [`crate::hir`].
//!
//! A check that fails reports once and yields `None`; whoever depends on it passes the `None` on in silence. So one
//! mistake gives one diagnostic.

mod actions;
mod amount;
mod arithmetic;
mod budget;
mod collection;
mod compare;
mod constant;
mod expr;
mod literal;
mod logic;
mod name;
mod rate;
mod rule;
mod scope;
mod span_of_time;

use std::collections::BTreeMap;

use permit_grammar::ast::{File, Ident, Item};
use permit_grammar::span::Span;
use permit_ir::types::{ActionId, EntityTypeId};

use crate::diagnostic::Diagnostic;
use crate::hir::Module;
use crate::resolve::{Member, Symbols, duplicate};
use crate::sources::Sources;

/// Checks all rules, budgets, rates and scopes. What was not reported in `found` is complete.
pub(crate) fn check(
    sources: &Sources,
    symbols: &Symbols,
    files: &[File],
    found: &mut Vec<Diagnostic>,
) -> Module {
    let mut checker = Checker { sources, symbols, found };
    let mut module = Module::default();
    let mut names = BTreeMap::new();
    for item in files.iter().flat_map(|file| &file.items) {
        match item {
            Item::Rule(rule) => {
                checker.unique(&mut names, &rule.name);
                module.rules.extend(checker.rule(rule));
            }
            Item::Budget(budget) => {
                checker.unique(&mut names, &budget.name);
                module.budgets.extend(checker.budget(budget));
            }
            Item::Rate(rate) => {
                checker.unique(&mut names, &rate.name);
                module.rates.extend(checker.rate(rate));
            }
            Item::Scope(scope) => {
                checker.unique(&mut names, &scope.name);
                module.scopes.extend(checker.scope(scope));
            }
            Item::Zone(_) | Item::Enum(_) | Item::Entity(_) | Item::Action(_) => {}
        }
    }
    module
}

/// What all checks share.
struct Checker<'a> {
    sources: &'a Sources,
    symbols: &'a Symbols,
    found: &'a mut Vec<Diagnostic>,
}

/// What an expression may speak of.
#[derive(Clone, Debug)]
struct Env<'a> {
    /// The actions for which the expression must make sense.
    actions: Vec<ActionId>,
    /// Whether those are all; if one was unknown, what is missing may be its.
    complete: bool,
    /// The types the agent may have.
    agents: Vec<EntityTypeId>,
    /// The parameters of the scope around it.
    params: &'a [Member],
    /// The places that are known to be present here, see [`logic`].
    present: Vec<String>,
}

/// The checks of one expression.
struct ExprChecker<'c, 'a> {
    sources: &'a Sources,
    symbols: &'a Symbols,
    found: &'c mut Vec<Diagnostic>,
    env: Env<'c>,
}

impl<'a> Checker<'a> {
    /// Checks expressions in `env`.
    fn within<'c>(&'c mut self, env: &Env<'c>) -> ExprChecker<'c, 'a> {
        ExprChecker { sources: self.sources, symbols: self.symbols, found: self.found, env: env.clone() }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Rules, budgets, rates and scopes share one namespace: a verdict names them without saying which they are.
    fn unique<'n>(&mut self, names: &mut BTreeMap<&'n str, Span>, name: &'n Ident) {
        match names.get(name.value.as_str()) {
            Some(&first) => self.report(duplicate(name, first, "the name")),
            None => {
                names.insert(&name.value, name.span);
            }
        }
    }
}

impl ExprChecker<'_, '_> {
    fn report(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// What stands at `span`, in backticks, if it is short enough for a message; else `otherwise`.
    fn quote(&self, span: Span, otherwise: &str) -> String {
        let text = self.sources.snippet(span);
        if text.is_empty() || text.len() > QUOTED_BYTES_MAX || text.contains(['\n', '`']) {
            otherwise.to_owned()
        } else {
            format!("`{text}`")
        }
    }

    fn type_name(&self, ty: &permit_ir::types::Type) -> String {
        crate::types::name(self.symbols, ty)
    }
}

/// The longest text that a message repeats.
const QUOTED_BYTES_MAX: usize = 48;
