//! A permit whose conditions depend only on what the caller says.
//!
//! Arguments say what is done, and limiting them is what a permit is for; for an action without a resource there may be
//! nothing else to check. For one with a resource there are facts, and a permit that checks none of them trusts the
//! caller.

use permit_ir::program::Effect;
use permit_ir::types::Type;

use super::{Lint, Look};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind, Module};
use crate::resolve::{ActionDecl, Symbols};
pub(super) const LINT: Lint = Lint { name: "claims_only", code: Code::ClaimsOnly, look: Look::Module(lint) };

fn lint(module: &Module, symbols: &Symbols, found: &mut Vec<Diagnostic>) {
    for rule in module.rules.iter().filter(|rule| rule.effect == Effect::Permit) {
        let mut rests = Rests::default();
        rule.conditions.iter().for_each(|condition| rests.see(&condition.expr, symbols));
        if rests.on_facts {
            continue;
        }
        let is_affected = |action: &ActionDecl| {
            let has_resource = action.resources.as_ref().is_some_and(|types| !types.is_empty());
            !action.flags.readonly && (rests.on_claimed || rests.on_arguments && has_resource)
        };
        if rule.actions.iter().filter_map(|&id| symbols.action(id)).any(is_affected) {
            let message = format!("permit `{}` depends only on what the caller says", rule.name);
            let diagnostic =
                Diagnostic::warning(Code::ClaimsOnly, rule.name_span, message, "does not depend on any fact");
            found.push(
                diagnostic
                    .help("compare with facts about `agent` or `resource`, or mark the action `readonly`"),
            );
        }
    }
}

/// What conditions rest on.
#[derive(Default)]
struct Rests {
    /// Fields that the caller fills.
    on_claimed: bool,
    on_arguments: bool,
    /// The certificate, the facts and the clock.
    on_facts: bool,
}

impl Rests {
    fn see(&mut self, expr: &Expr, symbols: &Symbols) {
        match &expr.kind {
            ExprKind::Arg(_) => self.on_arguments = true,
            ExprKind::Attr { base, field, .. } if is_claimed(base, &field.name, symbols) => {
                self.on_claimed = true;
                return;
            }
            ExprKind::Agent
            | ExprKind::Resource
            | ExprKind::Now
            | ExprKind::Attr { .. }
            | ExprKind::Within(..)
            | ExprKind::WithinAny(..) => self.on_facts = true,
            _ => {}
        }
        expr.operands().into_iter().for_each(|operand| self.see(operand, symbols));
    }
}

/// Whether the caller may fill a field of the agent or the resource, whatever their type is.
fn is_claimed(base: &Expr, field: &str, symbols: &Symbols) -> bool {
    let mut root = base;
    while let ExprKind::Cast(inner) = &root.kind {
        root = inner;
    }
    let Type::Entity(types) = &base.ty else { return false };
    matches!(root.kind, ExprKind::Agent | ExprKind::Resource)
        && types.iter().all(|&ty| symbols.entity(ty).is_some_and(|decl| decl.claimed.contains(field)))
}

#[cfg(test)]
mod tests {
    use crate::codes::Code;
    use crate::sources::Sources;

    /// Whether a permit of an action on a document, under these conditions, is reported.
    fn warns(flags: &str, conditions: &str) -> bool {
        warns_with(&format!("on Doc {flags}"), conditions)
    }

    fn warns_with(head: &str, conditions: &str) -> bool {
        let text = format!(
            "edition 2026; module a.b;
             enum Tier {{ basic, gold }}
             agent Bot identified by \"spiffe://a/*\" {{ level: int; claimed mood: int; }}
             resource Doc {{ owner: Doc?; pages: int; claimed urgent: bool; }}
             action edit(pages: int, tier: Tier, of: Doc) {head};
             budget all in calls {{ counts edit; limit 5 per 1d; }}
             permit p: edit {conditions} because \"t\";"
        );
        let compiled = crate::compile(&Sources::single("a.permit", &text).unwrap());
        assert!(compiled.program.is_some(), "{conditions}: {:?}", compiled.diagnostics);
        compiled.diagnostics.iter().any(|found| found.code == Code::ClaimsOnly)
    }

    #[test]
    fn what_only_the_caller_says_warns() {
        for conditions in [
            "when pages < 3",
            "when pages < 3 unless tier == gold",
            "when resource.urgent",
            "when agent.mood > 3 and pages > agent.mood",
            "when of == Doc::\"d\"",
        ] {
            assert!(warns("", conditions), "{conditions}");
            assert!(warns("is external", conditions), "{conditions}");
            assert!(!warns("is readonly", conditions), "{conditions}");
        }
    }

    #[test]
    fn arguments_are_enough_where_there_is_no_resource_and_claimed_fields_are_not() {
        assert!(!warns_with("", "when pages < 3 and tier == gold"));
        assert!(warns_with("", "when pages < 3 and agent.mood > 2"));
        assert!(warns_with("", "when agent.mood > 2"));
    }

    #[test]
    fn a_fact_or_the_clock_is_enough() {
        for conditions in [
            "",
            "when pages < resource.pages",
            "when pages < 3 and agent.level > 2",
            "when pages < 3 when now < 2027-01-01T00:00Z",
            "when of.pages > 3",
            "when resource == of",
            "when of within Doc::\"d\"",
            "when resource.urgent and present(resource.owner)",
            "by Bot when pages < 3 and agent == Bot::\"b\"",
        ] {
            assert!(!warns("", conditions), "{conditions}");
        }
    }
}
