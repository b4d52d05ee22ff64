//! `identified by`: which SPIFFE IDs belong to which agent or person type. No ID may belong to two types.

use permit_grammar::ast::{self, File, Item};
use permit_grammar::span::Spanned;
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
    let Some((message, label)) = fault(&written.value) else { return Some(written.value.clone()) };
    let diagnostic = Diagnostic::error(Code::IdentityPattern, written.span, message, label);
    found.push(
        diagnostic.help("write a SPIFFE ID, optionally ending with `*`: `spiffe://acme.example/bot/*`"),
    );
    None
}

/// What is wrong with a pattern: the message and its label.
fn fault(pattern: &str) -> Option<(&'static str, &'static str)> {
    let Some(rest) = pattern.strip_prefix("spiffe://") else {
        return Some(("an identity pattern must start with `spiffe://`", "not a SPIFFE ID"));
    };
    let (domain, path) = rest.split_once('/').unwrap_or((rest, ""));
    if domain.is_empty() || domain.contains('*') {
        return Some((
            "an identity pattern must contain a trust domain",
            "missing trust domain, or `*` in it",
        ));
    }
    match path.find('*') {
        Some(at) if at + 1 != path.len() => {
            Some(("an identity pattern can contain `*` only at its end", "a `*` before the end"))
        }
        Some(_) | None => None,
    }
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

/// Whether some text matches both patterns, each of which has at most one `*`, at its end.
fn overlap(a: &str, b: &str) -> bool {
    match (a.strip_suffix('*'), b.strip_suffix('*')) {
        (None, None) => a == b,
        (Some(a), None) => b.starts_with(a),
        (None, Some(b)) => a.starts_with(b),
        (Some(a), Some(b)) => a.starts_with(b) || b.starts_with(a),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_overlap_when_one_id_matches_both() {
        let cases = [
            ("spiffe://a/x", "spiffe://a/x", true),
            ("spiffe://a/x", "spiffe://a/y", false),
            ("spiffe://a/*", "spiffe://a/x", true),
            ("spiffe://a/x", "spiffe://a/*", true),
            ("spiffe://a/x/*", "spiffe://a/*", true),
            ("spiffe://a/x/*", "spiffe://a/y/*", false),
            ("spiffe://a/x", "spiffe://a/x/*", false),
        ];
        for (a, b, expected) in cases {
            assert_eq!(overlap(a, b), expected, "{a} and {b}");
        }
    }

    #[test]
    fn a_pattern_names_its_domain_and_ends_in_its_star() {
        for good in
            ["spiffe://acme.example/agent/*", "spiffe://acme.example/agent", "spiffe://acme.example/*"]
        {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in
            ["https://a/b", "spiffe://", "spiffe://*", "spiffe://*/a", "spiffe://a/*/b", "spiffe://a/**", "*"]
        {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }
}
