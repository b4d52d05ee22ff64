//! What the grammar takes and this version does not: one error each, where it is declared.

use permit_grammar::ast::{Effect, EntityKind, File, Item};
use permit_grammar::span::Span;

use crate::codes::Code;
use crate::diagnostic::Diagnostic;

pub(super) fn check(files: &[File], found: &mut Vec<Diagnostic>) {
    for item in files.iter().flat_map(|file| &file.items) {
        match item {
            Item::Requirement(decl) => refuse(found, decl.scope.span, "`requires scope`", REMOVE),
            Item::Scenario(decl) => refuse(found, decl.name.span, "a scenario", REMOVE),
            Item::Entity(decl) => {
                if decl.kind == EntityKind::Person {
                    refuse(found, decl.name.span, "`person`", "declare a `group`, or remove it");
                }
                for claimed in decl.fields.iter().filter_map(|field| field.claimed) {
                    refuse(found, claimed, "`claimed`", "remove the word; the facts say what the field is");
                }
            }
            Item::Rule(decl) => match (decl.effect, &decl.approval) {
                (Effect::Review, _) => {
                    refuse(
                        found,
                        decl.name.span,
                        "`review`",
                        "write a `forbid` whose `hint` says who decides",
                    );
                }
                (_, Some(approval)) => refuse(found, approval.span, "`approved by`", REMOVE),
                (_, None) => {}
            },
            Item::Budget(decl) => {
                if let Some(warn) = &decl.warn {
                    refuse(found, warn.span, "`warn at`", REMOVE);
                }
            }
            _ => {}
        }
    }
}

const REMOVE: &str = "remove it";

fn refuse(found: &mut Vec<Diagnostic>, span: Span, what: &str, help: &str) {
    let message = format!("{what} is not supported in this version");
    found.push(Diagnostic::error(Code::Unsupported, span, message, "not yet").help(help));
}
