//! A rule that is always overridden, since a stronger one covers the same actions and agents without a
//! condition or under the same one.

use std::collections::HashMap;

use permit_grammar::ast::File;
use permit_ir::program::{AgentPattern, Effect, EntityKind, Program, Rule};
use permit_ir::types::{ActionId, EntityTypeId, ExprId};

use super::{Lint, Look};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;

/// What a rule is about: an action, agents (`None` is any), a condition.
type About = (ActionId, Option<AgentPattern>, Option<ExprId>);
pub(super) const LINT: Lint = Lint {
    name: "shadowed",
    code: Code::Shadowed,
    look: Look::Program(|program, _, files, found| lint(program, files, found)),
};

fn lint(program: &Program, files: &[File], found: &mut Vec<Diagnostic>) {
    let (forbids, reviews) = (Stronger::of(program, Effect::Forbid), Stronger::of(program, Effect::Review));
    let written = super::rules(files);
    for rule in &program.rules {
        let over = match rule.effect {
            Effect::Permit => forbids.over(rule).or_else(|| reviews.over(rule)),
            Effect::Review => forbids.over(rule),
            Effect::Forbid => None,
        };
        let Some(stronger) = over else { continue };
        let (Some(one), Some(other)) = (written.get(rule.name.as_str()), written.get(stronger.name.as_str()))
        else {
            continue;
        };
        let (effect, by) = (rule.effect.name(), stronger.effect.name());
        let message = format!("{effect} `{}` is always overridden", rule.name);
        let diagnostic = Diagnostic::warning(Code::Shadowed, one.name.span, message, "never decides")
            .also(other.name.span, format!("this {by} always takes precedence"));
        found.push(diagnostic.help(format!("give the {by} a condition, or remove the {effect}")));
    }
}

/// The rules of one effect, by what they are about.
struct Stronger<'p> {
    rules: HashMap<About, &'p Rule>,
    agents: Vec<EntityTypeId>,
}

impl<'p> Stronger<'p> {
    fn of(program: &'p Program, effect: Effect) -> Self {
        let mut rules = HashMap::new();
        for rule in program.rules.iter().filter(|rule| rule.effect == effect) {
            for &action in &rule.actions {
                let any = rule.agents.is_empty().then_some(None);
                for agent in rule.agents.iter().cloned().map(Some).chain(any) {
                    rules.entry((action, agent, rule.condition)).or_insert(rule);
                }
            }
        }
        let types = (0..).map(EntityTypeId).zip(&program.entities);
        let agents = types.filter(|(_, ty)| ty.kind == EntityKind::Agent).map(|(id, _)| id).collect();
        Self { rules, agents }
    }

    /// A rule that overrules part of another, if all of it is overruled.
    fn over(&self, rule: &Rule) -> Option<&'p Rule> {
        let every: Vec<AgentPattern> = self.agents.iter().map(|&ty| AgentPattern::Type(ty)).collect();
        let agents = if rule.agents.is_empty() { &every } else { &rule.agents };
        let mut first = None;
        for &action in &rule.actions {
            if let Some(found) = self.about(action, None, rule.condition) {
                first.get_or_insert(found);
                continue;
            }
            first = first.or(self.about(action, agents.first(), rule.condition));
            let overruled = |agent| self.about(action, Some(agent), rule.condition).is_some();
            if agents.is_empty() || !agents.iter().all(overruled) {
                return None;
            }
        }
        first
    }

    /// A rule about all of this.
    fn about(
        &self,
        action: ActionId,
        agent: Option<&AgentPattern>,
        condition: Option<ExprId>,
    ) -> Option<&'p Rule> {
        let of_type = agent.map(|agent| {
            let (AgentPattern::Type(ty) | AgentPattern::Entity(ty, _)) = agent;
            AgentPattern::Type(*ty)
        });
        let wider = [None, of_type, agent.cloned()];
        let mut abouts = wider
            .into_iter()
            .flat_map(|agent| [None, condition].map(|condition| (action, agent.clone(), condition)));
        abouts.find_map(|about| self.rules.get(&about).copied())
    }
}

#[cfg(test)]
mod tests {
    use crate::codes::Code;
    use crate::sources::Sources;

    /// The messages about two rules for `read`.
    fn messages(rules: &str) -> Vec<String> {
        let text = format!(
            "edition 2026; module a.b;
             agent Bot identified by \"spiffe://a/bot/*\"; agent Other identified by \"spiffe://a/other/*\";
             person Lead;
             resource Doc {{ pages: int; }}
             action read() on Doc is readonly; action write() on Doc;
             permit usual: write because \"t\"; review r: write when resource.pages > 3 approved by Lead timeout 1h because \"t\";
             {rules}"
        );
        let compiled = crate::compile(&Sources::single("a.permit", &text).unwrap());
        assert!(compiled.program.is_some(), "{rules}: {:?}", compiled.diagnostics);
        let found = compiled.diagnostics.into_iter().filter(|found| found.code == Code::Shadowed);
        found.map(|found| found.message).collect()
    }

    fn permit_and(stronger: &str, permit: &str) -> Vec<String> {
        messages(&format!("permit p: read {permit} because \"t\"; {stronger} because \"t\";"))
    }

    #[test]
    fn what_a_stronger_rule_covers_never_decides() {
        for (stronger, permit) in [
            ("forbid f: read", "by Bot when resource.pages > 3"),
            ("forbid f: *", ""),
            ("forbid f: read by Bot", "by Bot::\"b\""),
            ("forbid f: read by Bot, Other", ""),
            ("forbid f: read when resource.pages > 3", "when resource.pages > 3"),
            ("review f: read approved by Lead timeout 1h", "by Bot"),
        ] {
            let found = permit_and(stronger, permit);
            assert!(found.contains(&"permit `p` is always overridden".to_owned()), "{stronger}: {found:?}");
        }
        let review =
            "review q: read approved by Lead timeout 1h because \"t\"; forbid f: read because \"t\";";
        assert_eq!(messages(review), ["review `q` is always overridden"]);
    }

    #[test]
    fn a_rule_that_decides_some_request_is_not_reported() {
        for (stronger, permit) in [
            ("forbid f: read by Bot", ""),
            ("forbid f: read by Bot::\"b\"", "by Bot"),
            ("forbid f: read when resource.pages > 3", "when resource.pages > 2"),
            ("forbid f: write", ""),
        ] {
            let found = permit_and(stronger, permit);
            assert!(!found.iter().any(|one| one.contains("`p`")), "{stronger}: {found:?}");
        }
    }
}
