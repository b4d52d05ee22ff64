//! Lists of names and types: the fields of a declaration, the parameters of an action, a scope or a function.

use std::collections::BTreeMap;

use permit_grammar::ast::{Field, Ident};
use permit_grammar::span::Span;

use super::{Member, Symbols};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::types;

/// Names that expressions have by themselves.
pub(crate) const ROOTS: [&str; 3] = ["agent", "resource", "now"];

/// The parameters of an action or a scope.
pub(crate) fn parameters(symbols: &Symbols, params: &[Field], found: &mut Vec<Diagnostic>) -> Vec<Member> {
    refuse_roots(params, found);
    members(symbols, params, "parameter", found)
}

/// The parameters of a function.
pub(crate) fn function_parameters(
    symbols: &Symbols,
    params: &[Field],
    found: &mut Vec<Diagnostic>,
) -> Vec<Member> {
    refuse_roots(params, found);
    first_of_each(params, |field| &field.name, "parameter", found)
        .into_iter()
        .map(|field| Member {
            name: field.name.clone(),
            ty: types::resolve_parameter(symbols, found, &field.ty),
        })
        .collect()
}

fn refuse_roots(params: &[Field], found: &mut Vec<Diagnostic>) {
    for param in params.iter().filter(|param| ROOTS.contains(&param.name.value.as_str())) {
        found.push(reserved_root(&param.name, "parameter"));
    }
}

/// A name that every expression has a meaning for.
pub(crate) fn reserved_root(name: &Ident, what: &str) -> Diagnostic {
    let message = format!("`{}` is reserved in expressions", name.value);
    let label = format!("cannot be the name of a {what}");
    Diagnostic::error(Code::ReservedName, name.span, message, label)
        .help(format!("choose another name for the {what}"))
}

/// The members of a record, the fields of an entity type.
pub(super) fn members(
    symbols: &Symbols,
    fields: &[Field],
    what: &str,
    found: &mut Vec<Diagnostic>,
) -> Vec<Member> {
    first_of_each(fields, |field| &field.name, what, found)
        .into_iter()
        .map(|field| Member { name: field.name.clone(), ty: types::resolve(symbols, found, &field.ty) })
        .collect()
}

/// A name that was declared before.
pub(crate) fn duplicate(name: &Ident, first: Span, what: &str) -> Diagnostic {
    let message = format!("{what} `{}` is declared twice", name.value);
    Diagnostic::error(Code::DuplicateName, name.span, message, "declared again here")
        .also(first, "first declared here")
        .help("rename or remove one of them")
}

/// The items without those whose name stood before, which are reported.
pub(super) fn first_of_each<'a, T>(
    items: &'a [T],
    name: impl Fn(&'a T) -> &'a Ident,
    what: &str,
    found: &mut Vec<Diagnostic>,
) -> Vec<&'a T> {
    let mut seen = BTreeMap::<&str, Span>::new();
    let mut kept = Vec::with_capacity(items.len());
    for item in items {
        let ident = name(item);
        match seen.get(ident.value.as_str()) {
            Some(&first) => found.push(duplicate(ident, first, what)),
            None => {
                seen.insert(&ident.value, ident.span);
                kept.push(item);
            }
        }
    }
    kept
}
