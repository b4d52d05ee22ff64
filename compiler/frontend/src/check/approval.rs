//! `approved by`: who approves a review, how many of them, and the timeout.

use permit_grammar::ast;
use permit_grammar::span::Spanned;
use permit_ir::program::{AgentPattern, Approval, Effect, EntityKind};

use super::Checker;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;

impl Checker<'_> {
    /// The approval of a review, and that no other rule has one.
    #[expect(clippy::option_option, reason = "absent and failed are different")]
    pub(super) fn approval(&mut self, rule: &ast::Rule, effect: Effect) -> Option<Option<Approval>> {
        let diagnostic = match (effect, &rule.approval) {
            (Effect::Review, Some(written)) => return self.of_review(written).map(Some),
            (Effect::Permit | Effect::Forbid, None) => return Some(None),
            (Effect::Review, None) => {
                let person = self.symbols.entities_of(EntityKind::Person).first().copied();
                let person = person.map_or("PERSONS", |person| self.symbols.entity_name(person));
                let message = format!("review `{}` does not say who approves it", rule.name.value);
                Diagnostic::error(Code::ApprovalMissing, rule.name.span, message, "no `approved by`")
                    .help(format!("add `approved by {person} timeout 30min`"))
            }
            (Effect::Permit | Effect::Forbid, Some(written)) => {
                let message = format!("a `{}` cannot have `approved by`", effect.name());
                Diagnostic::error(
                    Code::ApprovalElsewhere,
                    written.span,
                    message,
                    "only allowed on a `review`",
                )
                .help("declare a `review`, or remove the clause")
            }
        };
        self.report(diagnostic);
        None
    }

    fn of_review(&mut self, written: &ast::Approval) -> Option<Approval> {
        let persons = self.patterns(&written.persons, EntityKind::Person);
        let timeout_ms = match &written.timeout {
            Some(timeout) => self.span_of_time(timeout, "a review"),
            None => {
                let message = "the review has no timeout";
                let diagnostic =
                    Diagnostic::error(Code::ApprovalTimeout, written.span, message, "no `timeout`");
                self.report(diagnostic.help("add `timeout 30min`; after that time, the action is denied"));
                None
            }
        };
        let needed = match &written.count {
            Some(count) => self.needed(count, persons.as_deref()),
            None => Some(1),
        };
        Some(Approval { persons: persons?, needed: needed?, timeout_ms: timeout_ms? })
    }

    /// How many of the persons must approve.
    fn needed(&mut self, count: &Spanned<String>, persons: Option<&[AgentPattern]>) -> Option<u16> {
        let written = &count.value;
        let single = |pattern: &AgentPattern| matches!(pattern, AgentPattern::Entity(..));
        let known = persons.filter(|persons| persons.iter().all(single)).map(<[_]>::len);
        let needed: Option<u16> = written.replace('_', "").parse().ok().filter(|&needed| needed > 0);
        let (message, help) = match (needed, known) {
            (Some(needed), Some(known)) if usize::from(needed) > known => (
                format!("{written} of them must approve, but there are only {known}"),
                "list more persons, or a person type".to_owned(),
            ),
            (Some(needed), _) => return Some(needed),
            (None, _) => (
                format!("`{written}` is not a valid number of approvals"),
                format!("write a whole number between 1 and {}", u16::MAX),
            ),
        };
        let diagnostic = Diagnostic::error(Code::ApprovalCount, count.span, message, "cannot be met");
        self.report(diagnostic.help(help));
        None
    }
}
