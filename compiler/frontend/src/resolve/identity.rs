//! `identified by`: which SPIFFE IDs belong to which agent or person type. No ID may belong to two types.

use permit_grammar::ast::{self, File, Item};
use permit_grammar::span::Spanned;
use permit_ir::identity::{IdentityFault, IdentityPattern};
use permit_ir::program::EntityKind;

use super::{Symbols, kind_name};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;

/// The pattern, if it is one and stands at an agent or a person.
pub(crate) fn pattern(
    decl: &ast::Entity,
    kind: EntityKind,
    written: &Spanned<String>,
    found: &mut Vec<Diagnostic>,
) -> Option<String> {
    if !matches!(kind, EntityKind::Agent | EntityKind::Person) {
        let (name, is) = (&decl.name.value, kind_name(kind));
        let message = format!("`{name}` is {is}, but only agents and persons can have `identified by`");
        let diagnostic =
            Diagnostic::error(Code::IdentityOnNonAgent, written.span, message, "not on an agent or a person");
        found.push(diagnostic.help("remove `identified by`, or declare an `agent` or a `person`"));
        return None;
    }
    let Err(fault) = IdentityPattern::parse(&written.value) else { return Some(written.value.clone()) };
    let label = match fault {
        IdentityFault::Scheme => "not a SPIFFE ID",
        IdentityFault::TrustDomain => "missing trust domain, or `*` in it",
        IdentityFault::Star => "a `*` before the end",
        IdentityFault::TooLong => "too long",
    };
    let diagnostic = Diagnostic::error(Code::IdentityPattern, written.span, fault.to_string(), label);
    found.push(
        diagnostic.help("write a SPIFFE ID, optionally ending with `*`: `spiffe://acme.example/bot/*`"),
    );
    None
}

/// Reports types of agents and persons that one SPIFFE ID could belong to both of.
pub(crate) fn check_overlaps(symbols: &Symbols, files: &[File], found: &mut Vec<Diagnostic>) {
    let items = files.iter().flat_map(|file| &file.items);
    let places: Vec<(&str, &Spanned<String>)> = items
        .filter_map(|item| match item {
            Item::Entity(decl) => Some((decl.name.value.as_str(), decl.identified_by.as_ref()?)),
            _ => None,
        })
        .filter(|(name, pattern)| {
            let known = |decl: &super::EntityDecl| {
                decl.name.value == *name && decl.identified_by.as_ref() == Some(&pattern.value)
            };
            symbols.entities.iter().any(known)
        })
        .collect();
    for (at, (name, pattern)) in places.iter().enumerate() {
        let before = places.get(..at).unwrap_or_default();
        if let Some((other, first)) = before.iter().find(|(_, first)| overlap(&first.value, &pattern.value)) {
            let message = format!("a SPIFFE ID could match both `{other}` and `{name}`");
            let diagnostic =
                Diagnostic::error(Code::IdentityOverlap, pattern.span, message, "overlaps the other pattern")
                    .also(first.span, format!("the pattern of `{other}`"));
            found.push(diagnostic.help("make the patterns differ before their `*`"));
        }
    }
}

/// Whether some text matches both patterns.
fn overlap(one: &str, other: &str) -> bool {
    let patterns = (IdentityPattern::parse(one), IdentityPattern::parse(other));
    matches!(patterns, (Ok(one), Ok(other)) if one.overlaps(other))
}
