//! Lints: warnings about programs without errors. Each has a name, by which `@allow` suppresses it for one declaration.

mod allowed;
mod claims_only;
mod duplicate_rule;
mod irreversible_unbounded;
mod mentioned;
mod never_matches;
mod never_permitted;
mod overlapping_reviews;
mod possible;
mod shadowed;
mod suspicious_pattern;
mod unbounded_key;
mod unused;
mod unused_use;

use std::collections::BTreeMap;

use permit_grammar::ast::{File, Item, Rule};
use permit_ir::program::Program;

use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, Module};
use crate::resolve::Symbols;

/// Every lint: its name and its code.
const LINTS: [(&str, Code); 10] = [
    ("unused", Code::UnusedDeclaration),
    ("never_permitted", Code::NeverPermitted),
    ("never_matches", Code::NeverMatches),
    ("shadowed", Code::Shadowed),
    ("duplicate_rule", Code::DuplicateRule),
    ("irreversible_unbounded", Code::IrreversibleUnbounded),
    ("unbounded_key", Code::UnboundedKey),
    ("suspicious_pattern", Code::SuspiciousPattern),
    ("claims_only", Code::ClaimsOnly),
    ("overlapping_reviews", Code::OverlappingReviews),
];

/// The lints that look at the typed tree.
pub(crate) fn of_module(module: &Module, symbols: &Symbols) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    never_matches::lint(module, symbols, &mut found);
    suspicious_pattern::lint(module, &mut found);
    unbounded_key::lint(module, &mut found);
    claims_only::lint(module, symbols, &mut found);
    overlapping_reviews::lint(module, symbols, &mut found);
    found
}

/// All lints; `found` is what [`of_module`] found.
pub(crate) fn lint(
    program: &Program,
    symbols: &Symbols,
    files: &[File],
    mut found: Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    never_permitted::lint(program, files, &mut found);
    // What looks for mentions of names looks them up, which uses them.
    unused_use::lint(symbols, files, &mut found);
    unused::lint(program, symbols, files, &mut found);
    shadowed::lint(program, files, &mut found);
    duplicate_rule::lint(program, files, &mut found);
    irreversible_unbounded::lint(program, files, &mut found);
    allowed::apply(files, &mut found);
    found
}

/// The rules as they were written, by name.
fn rules(files: &[File]) -> BTreeMap<&str, &Rule> {
    let items = files.iter().flat_map(|file| &file.items);
    items
        .filter_map(|item| match item {
            Item::Rule(rule) => Some((rule.name.value.as_str(), rule)),
            _ => None,
        })
        .collect()
}

/// Calls `visit` with every expression of a module, those below others included.
fn every_expr<'a>(module: &'a Module, visit: &mut dyn FnMut(&'a Expr)) {
    let mut open: Vec<&Expr> = Vec::new();
    for rule in &module.rules {
        open.extend(rule.conditions.iter().map(|condition| &condition.expr));
    }
    let counts = |counts: &'a [crate::hir::Count]| {
        counts.iter().flat_map(|count| count.when.iter().chain(&count.amount))
    };
    for budget in &module.budgets {
        open.extend(counts(&budget.counts).chain(&budget.keys));
        open.extend(budget.limits.iter().map(|limit| &limit.max));
    }
    for rate in &module.rates {
        open.extend(counts(&rate.counts).chain(&rate.keys));
    }
    for scope in &module.scopes {
        open.extend(scope.allows.iter().filter_map(|clause| clause.when.as_ref()).chain(&scope.requires));
        open.extend(scope.limits.iter().flat_map(|limit| [&limit.amount, &limit.max]));
    }
    while let Some(expr) = open.pop() {
        visit(expr);
        open.extend(expr.operands());
    }
}
