//! A `use` that imports nothing that the file refers to. One that adds rules, budgets, rates or scopes to the policy has
//! an effect all the same.

use std::collections::BTreeSet;

use permit_grammar::ast::{Actions, File, Item};

use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::modules::ModuleId;
use crate::resolve::{Import, Symbols};

pub(super) fn report_all(symbols: &Symbols, files: &[File], found: &mut Vec<Diagnostic>) {
    let (mut with_clauses, mut with_star) = (BTreeSet::new(), BTreeSet::new());
    for item in files.iter().flat_map(|file| &file.items) {
        let Some(module) = symbols.modules.of(item.span().source) else { continue };
        match item {
            Item::Rule(rule) => {
                with_clauses.insert(module);
                if matches!(rule.actions, Actions::Any(_)) {
                    with_star.insert(module);
                }
            }
            Item::Budget(_) | Item::Rate(_) | Item::Scope(_) => drop(with_clauses.insert(module)),
            _ => {}
        }
    }
    for (source, imports) in symbols.imports() {
        let star = symbols.modules.of(source).is_some_and(|module| with_star.contains(&module));
        let brings_actions = |module: ModuleId, name: Option<&str>| star && symbols.has_actions(module, name);
        for import in &imports.whole {
            if !with_clauses.contains(&import.module) && !brings_actions(import.module, None) {
                report(symbols, import, None, found);
            }
        }
        for (name, import) in &imports.named {
            if !brings_actions(import.module, Some(name)) {
                report(symbols, import, Some(name), found);
            }
        }
    }
}

fn report(symbols: &Symbols, import: &Import, name: Option<&str>, found: &mut Vec<Diagnostic>) {
    if import.used.get() {
        return;
    }
    let module = symbols.modules.name(import.module);
    let message = match name {
        Some(name) => format!("unused import `{name}` of `{module}`"),
        None => format!("unused import of module `{module}`"),
    };
    let diagnostic =
        Diagnostic::warning(Code::UnusedDeclaration, import.span, message, "nothing here refers to it");
    found.push(diagnostic.help("remove it, or use it"));
}
