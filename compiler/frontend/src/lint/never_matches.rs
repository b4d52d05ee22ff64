//! A rule whose conditions no request can satisfy.

use super::possible::{CHOICES_MAX, Possible, Terms};
use super::{Lint, Look};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, Module, Rule};
use crate::resolve::Symbols;
pub(super) const LINT: Lint =
    Lint { name: "never_matches", code: Code::NeverMatches, look: Look::Module(lint) };

fn lint(module: &Module, symbols: &Symbols, found: &mut Vec<Diagnostic>) {
    for rule in &module.rules {
        let terms = Terms::default();
        if let Err(place) = Possible::new(symbols, &terms).all(conditions(rule), CHOICES_MAX) {
            let message = format!("rule `{}` never matches: its conditions contradict each other", rule.name);
            let diagnostic =
                Diagnostic::warning(Code::NeverMatches, rule.name_span, message, "has no effect")
                    .also(place.span, "contradicts the conditions before it");
            found.push(
                diagnostic.help("change one of the conditions, or use `or` where one of them is enough"),
            );
        }
    }
}

/// The conditions of a rule and whether they must hold, the last first.
pub(super) fn conditions(rule: &Rule) -> Vec<(&Expr, bool)> {
    rule.conditions.iter().rev().map(|condition| (&condition.expr, !condition.negated)).collect()
}

#[cfg(test)]
mod tests {
    use crate::codes::Code;
    use crate::sources::Sources;

    fn never_matches(condition: &str) -> bool {
        let text = format!(
            "edition 2026; module a.b;
             enum Tier {{ basic, gold }}
             group Team within Team;
             agent Bot within Team identified by \"spiffe://a/bot/*\"; agent Other within Team;
             resource Box within Box {{ tier: Tier; cap: int; open: bool; label: string; }}
             resource Bag within Box {{ cap: int; }}
             action pay(amount: int, note: string?) on Box, Bag;
             permit p: pay when {condition} because \"t\";"
        );
        let compiled = crate::compile(&Sources::single("a.permit", &text).unwrap());
        assert!(compiled.program.is_some(), "{condition}: {:?}", compiled.diagnostics);
        compiled.diagnostics.iter().any(|found| found.code == Code::NeverMatches)
    }

    #[test]
    fn values_orders_types_and_hierarchies_contradict_each_other() {
        for never in [
            "amount in 1..4 and amount != 1 and amount != 2 and amount != 3",
            "amount > resource.cap and amount < resource.cap",
            "amount > resource.cap and resource.cap >= amount",
            "amount + 1 == resource.cap and amount + 1 != resource.cap",
            "agent within Team::\"a\" and not agent within Team::\"a\"",
            "agent within Team::\"a\" and not agent within [Team::\"b\", Team::\"a\"]",
            "resource == Box::\"x\" and resource is Bag",
            "resource == Box::\"x\" and not resource is Box",
            "(note else \"\") == \"a\" and (note else \"\") like \"b*\"",
            "(note else \"\") like \"b*\" and not (note else \"\") like \"b*\"",
        ] {
            assert!(never_matches(never), "{never}");
        }
    }

    #[test]
    fn conditions_that_can_hold_are_not_reported() {
        for may in [
            "amount >= resource.cap and amount <= resource.cap",
            "agent within Team::\"a\" and not agent within Team::\"b\"",
            "agent within [Team::\"a\", Team::\"b\"] and not agent within Team::\"a\"",
            "amount + 1 == resource.cap and amount + 2 != resource.cap",
            "resource is Box and amount > 5 or resource is Bag and amount > 3",
            "(note else \"\") == \"ab\" and (note else \"\") like \"a*\"",
            "any(x in [1, 2]: x == amount) and any(x in [1, 2]: x != amount)",
        ] {
            assert!(!never_matches(may), "{may}");
        }
    }
}
