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

/// A lint, declared in the file that looks for what it warns of.
struct Lint {
    /// By which `@allow` silences it.
    name: &'static str,
    /// The code of its warnings.
    code: Code,
    look: Look,
}

/// What looks for something to warn of.
enum Look {
    /// It looks at the typed tree.
    Module(fn(&Module, &Symbols, &mut Vec<Diagnostic>)),
    /// It looks at the program and the files that it was written in.
    Program(fn(&Program, &Symbols, &[File], &mut Vec<Diagnostic>)),
}

/// Every lint.
const LINTS: &[Lint] = &[
    unused::LINT,
    never_permitted::LINT,
    never_matches::LINT,
    shadowed::LINT,
    duplicate_rule::LINT,
    irreversible_unbounded::LINT,
    unbounded_key::LINT,
    suspicious_pattern::LINT,
    claims_only::LINT,
    overlapping_reviews::LINT,
];

/// The lints that look at the typed tree.
pub(crate) fn of_module(module: &Module, symbols: &Symbols) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for lint in LINTS {
        if let Look::Module(look) = lint.look {
            look(module, symbols, &mut found);
        }
    }
    found
}

/// All lints; `found` is what [`of_module`] found.
pub(crate) fn lint(
    program: &Program,
    symbols: &Symbols,
    files: &[File],
    mut found: Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    // It stands before the lints, for one that looks for mentions of names looks them up, which uses them. No `@allow` stands at
    // a `use`.
    unused_use::report_all(symbols, files, &mut found);
    for lint in LINTS {
        if let Look::Program(look) = lint.look {
            look(program, symbols, files, &mut found);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::LINTS;

    #[test]
    fn every_lint_is_in_the_table_of_the_language() {
        let page = include_str!("../../../docs/language.md");
        for lint in LINTS {
            assert!(page.contains(&format!("\n| `{}` | ", lint.name)), "{}", lint.name);
        }
    }
}
