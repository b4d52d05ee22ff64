//! Rules that can match the same request but require different approvals, so that another rule may decide than the
//! author expected.
//!
//! Of two reviews the first declared decides, and the approvers of the other are never asked. A permit beside a review is
//! normal if the review is an exception to it; but if each also matches requests that the other does not, and both test the
//! same value, their bounds were probably meant to meet.

use std::collections::BTreeMap;

use permit_ir::program::{AgentPattern, Effect};
use permit_ir::types::ActionId;

use super::never_matches::conditions;
use super::possible::{CHOICES_MAX, Possible, Terms};
use super::{Lint, Look};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Module, Rule};
use crate::resolve::Symbols;

/// The most pairs of rules that are compared; beyond that, only those found so far are reported.
const PAIRS_MAX: usize = 200_000;
pub(super) const LINT: Lint =
    Lint { name: "overlapping_reviews", code: Code::OverlappingReviews, look: Look::Module(lint) };

fn lint(module: &Module, symbols: &Symbols, found: &mut Vec<Diagnostic>) {
    if module.rules.iter().all(|rule| rule.effect != Effect::Review) {
        return;
    }
    let terms = Terms::default();
    let rules: Vec<Seen<'_>> =
        module.rules.iter().filter_map(|rule| Seen::of(rule, symbols, &terms)).collect();
    let mut by_action: BTreeMap<ActionId, Vec<usize>> = BTreeMap::new();
    for (at, seen) in rules.iter().enumerate() {
        for &action in &seen.rule.actions {
            by_action.entry(action).or_default().push(at);
        }
    }
    let mut pairs_left = PAIRS_MAX;
    for (at, review) in rules.iter().enumerate().filter(|(_, seen)| seen.rule.effect == Effect::Review) {
        let beside = review.rule.actions.iter().filter_map(|action| by_action.get(action)).flatten();
        let others = beside.filter(|&&other| {
            let is_review = rules.get(other).is_some_and(|seen| seen.rule.effect == Effect::Review);
            // Two reviews are compared when the second is looked at.
            !is_review || other < at
        });
        let others = others.filter_map(|&other| rules.get(other)).take(pairs_left);
        let overlapping = others.inspect(|_| pairs_left -= 1).find(|other| overlap(review, other, symbols));
        found.extend(overlapping.map(|other| diagnostic(review.rule, other.rule)));
    }
}

/// A rule and what is known where it matches.
struct Seen<'a> {
    rule: &'a Rule,
    known: Possible<'a>,
}

impl<'a> Seen<'a> {
    /// `None` for what has nothing to do with approvals and for what never matches.
    fn of(rule: &'a Rule, symbols: &'a Symbols, terms: &'a Terms) -> Option<Self> {
        if rule.effect == Effect::Forbid {
            return None;
        }
        let mut known = Possible::new(symbols, terms);
        known.all(conditions(rule), 0).ok()?;
        Some(Self { rule, known })
    }

    /// Whether the other rule matches wherever this one does.
    fn implies(&self, other: &Rule) -> bool {
        let fails =
            |(expr, holds): (&_, bool)| self.known.clone().all(vec![(expr, !holds)], CHOICES_MAX).is_err();
        conditions(other).into_iter().all(fails)
    }
}

fn overlap(review: &Seen<'_>, other: &Seen<'_>, symbols: &Symbols) -> bool {
    if review.rule.approval == other.rule.approval || !share_agents(&review.rule.agents, &other.rule.agents) {
        return false;
    }
    if other.rule.effect == Effect::Permit
        && (!review.known.has_in_common(&other.known) || review.implies(other.rule))
    {
        return false;
    }
    let mut both = review.known.clone();
    if both.meet(&other.known).is_none() {
        return false;
    }
    let terms = Terms::default();
    let mut all = conditions(review.rule);
    all.extend(conditions(other.rule));
    Possible::new(symbols, &terms).all(all, CHOICES_MAX).is_ok()
}

/// Whether an agent may be among both.
fn share_agents(one: &[AgentPattern], other: &[AgentPattern]) -> bool {
    let meet = |one: &AgentPattern, other: &AgentPattern| match (one, other) {
        (AgentPattern::Entity(..), AgentPattern::Entity(..)) => one == other,
        (
            AgentPattern::Type(one) | AgentPattern::Entity(one, _),
            AgentPattern::Type(other) | AgentPattern::Entity(other, _),
        ) => one == other,
    };
    one.is_empty() || other.is_empty() || one.iter().any(|one| other.iter().any(|other| meet(one, other)))
}

fn diagnostic(review: &Rule, other: &Rule) -> Diagnostic {
    let (kind, decides) = match other.effect {
        Effect::Permit => ("permit", review),
        Effect::Review | Effect::Forbid => ("review", other),
    };
    let message = format!("review `{}` and {kind} `{}` can match the same request", review.name, other.name);
    let label = format!("`{}` decides in this case", decides.name);
    Diagnostic::warning(Code::OverlappingReviews, review.name_span, message, label)
        .also(other.name_span, "the other rule")
        .help("make their conditions mutually exclusive, or give them the same approval")
}

#[cfg(test)]
mod tests {
    use crate::codes::Code;
    use crate::sources::Sources;

    fn messages(rules: &str) -> Vec<String> {
        let text = format!(
            "edition 2026; module a.b;
             enum Tier {{ basic, gold, vip }}
             group Team;
             agent Bot within Team identified by \"spiffe://a/bot/*\"; agent Other identified by \"spiffe://a/other/*\";
             person Lead within Team; person Boss;
             resource Box within Box {{ tier: Tier; cap: money[USD]; open: bool; }}
             action pay(amount: money[USD], note: string?) on Box;
             action move() on Box;
             {rules}"
        );
        let compiled = crate::compile(&Sources::single("a.permit", &text).unwrap());
        assert!(compiled.program.is_some(), "{rules}: {:?}", compiled.diagnostics);
        let found = compiled.diagnostics.into_iter().filter(|found| found.code == Code::OverlappingReviews);
        found.map(|found| found.message).collect()
    }

    fn review(name: &str, condition: &str, by: &str) -> String {
        format!("review {name}: pay {condition} approved by {by} timeout 1h because \"t\";")
    }

    fn pair(one: &str, other: &str) -> Vec<String> {
        messages(&(review("a", one, "Lead") + &review("b", other, "Boss")))
    }

    #[test]
    fn two_overlapping_reviews_with_different_approvals_are_reported() {
        let expected = "review `b` and review `a` can match the same request";
        for (one, other) in [
            ("", ""),
            ("when amount > 5.00 USD", "when amount < 9.00 USD"),
            ("when amount <= 5.00 USD", "when amount >= 5.00 USD"),
            ("when resource.tier == gold", "when resource.tier != basic"),
            ("when amount > resource.cap", "when resource.open"),
            ("by Bot", "by Bot::\"b\""),
            ("when resource within Box::\"x\"", "when resource within Box::\"y\""),
        ] {
            assert_eq!(pair(one, other), [expected], "{one} and {other}");
        }
    }

    #[test]
    fn reviews_that_exclude_each_other_are_not() {
        for (one, other) in [
            ("when amount <= 5.00 USD", "when amount > 5.00 USD"),
            ("when amount > resource.cap", "when amount <= resource.cap"),
            ("when amount > resource.cap", "when resource.cap >= amount"),
            ("when resource.tier in [basic, gold]", "when resource.tier == vip"),
            ("when present(note)", "unless present(note)"),
            ("when resource.open", "when not resource.open and amount > 5.00 USD"),
            ("when resource within Box::\"x\"", "when not resource within Box::\"x\""),
            ("when amount < 1.00 USD or amount > 9.00 USD", "when amount in 2.00 USD..9.00 USD"),
            ("by Bot", "by Other"),
            ("by Bot::\"a\"", "by Bot::\"b\""),
            ("when (note else \"\") == \"a\"", "when (note else \"\") like \"b*\""),
        ] {
            assert_eq!(pair(one, other), [""; 0], "{one} and {other}");
        }
        let alike = review("a", "", "Lead") + &review("b", "when amount > 5.00 USD", "Lead");
        assert_eq!(messages(&alike), [""; 0], "one approval");
        let apart = review("a", "", "Lead") + &review("b", "", "Boss").replace("pay", "move");
        assert_eq!(messages(&apart), [""; 0], "two actions");
    }

    #[test]
    fn a_permit_whose_bound_is_not_the_reviews_is_reported() {
        let beside = |permit: &str, condition: &str| {
            messages(&(format!("permit p: pay {permit} because \"t\";") + &review("r", condition, "Lead")))
        };
        let expected = "review `r` and permit `p` can match the same request";
        assert_eq!(beside("when amount <= 5.00 USD", "when amount >= 5.00 USD"), [expected]);
        assert_eq!(beside("when amount <= 5.00 USD", "when amount > 5.00 USD"), [""; 0]);
        assert_eq!(beside("", "when amount > 5.00 USD"), [""; 0], "an exception");
        assert_eq!(
            beside("when amount < 9.00 USD", "when amount in 5.00 USD..9.00 USD"),
            [""; 0],
            "an exception"
        );
        assert_eq!(beside("when resource.open", "when amount > 5.00 USD"), [""; 0], "of different things");
    }

    #[test]
    fn thousands_of_rules_take_no_time() {
        let rule = |at: usize| review(&format!("r{at}"), &format!("when amount == {at}.00 USD"), "Lead");
        let rules: String = (0..1_500).map(rule).collect();
        let permits: String = (0..1_500)
            .map(|at| format!("permit p{at}: pay when amount == 9{at}.50 USD because \"t\";"))
            .collect();
        assert_eq!(messages(&(rules + &permits)), [""; 0]);
    }
}
