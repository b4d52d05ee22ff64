//! Scenarios.

use super::Printer;
use super::doc::{Doc, group, nest, text};
use super::expressions::{entity_literal, quoted};
use super::layout::ROUND;
use crate::ast::{
    As, Attempt, EntityRef, Expect, ExpectedOutcome, FieldValue, Given, Leaving, Moment, ReviewAnswer,
    Scenario, ScopeGrant, Step,
};

impl Printer<'_> {
    pub(super) fn scenario(&mut self, scenario: &Scenario) -> Doc {
        let head = text(format!("scenario {} ", quoted(&scenario.name.value)));
        let steps: Vec<_> = scenario.steps.iter().map(|step| (step.span().start, step)).collect();
        let block = self.block(scenario.span.end, &steps, |printer, step| {
            let step = printer.step(step);
            Doc::Concat(vec![step, text(";")])
        });
        Doc::Concat(vec![head, block])
    }

    fn step(&mut self, step: &Step) -> Doc {
        match step {
            Step::Given(given) => self.given(given),
            Step::At(at) => match &at.moment {
                Moment::Instant(moment) => text(format!("at {}", moment.value)),
                Moment::Local { time, zone } => {
                    let zone = zone.as_ref().map_or_else(String::new, |zone| format!(" {}", zone.value));
                    text(format!("at {}{zone}", time.value))
                }
            },
            Step::After(after) => text(format!("after {}", after.duration.value)),
            Step::As(acting) => self.acting(acting),
            Step::Attempt(attempt) => self.attempt(attempt),
            Step::Answer(answer) => {
                let verb = match answer.answer.value {
                    ReviewAnswer::Approve => "approve",
                    ReviewAnswer::Decline => "decline",
                };
                text(format!("{verb} by {}", entity_ref(&answer.person)))
            }
            Step::Confirm(confirm) if confirm.amounts.is_empty() => text("confirm"),
            Step::Confirm(confirm) => Doc::Concat(vec![text("confirm "), self.amounts(&confirm.amounts)]),
            Step::Release(_) => text("release"),
        }
    }

    /// Budgets and amounts of them.
    fn amounts(&mut self, amounts: &[Leaving]) -> Doc {
        let mut budgets = Vec::new();
        for leaving in amounts {
            let amount = self.expr(&leaving.amount);
            budgets.push(Doc::Concat(vec![text(format!("{} ", leaving.budget.value)), amount]));
        }
        Self::names(budgets)
    }

    fn given(&mut self, given: &Given) -> Doc {
        let entity = entity_literal(&given.entity);
        let mut docs = vec![text(format!("given {} = {entity}", given.name.value))];
        if !given.parents.is_empty() {
            let parents = given.parents.iter().map(|parent| text(entity_ref(parent)));
            docs.extend([text(" within "), Self::names(parents)]);
        }
        if !given.fields.is_empty() {
            let lines: Vec<_> = given.fields.iter().map(|field| (field.span.start, field)).collect();
            let end = given.fields.last().map_or(0, |last| self.close(last.span.end, '}'));
            let block =
                self.block(end, &lines, |printer, field| Doc::Concat(vec![printer.value(field), text(";")]));
            docs.extend([text(" "), block]);
        }
        Doc::Concat(docs)
    }

    fn value(&mut self, field: &FieldValue) -> Doc {
        Doc::Concat(vec![text(format!("{}: ", field.name.value)), self.expr(&field.value)])
    }

    fn values(&mut self, fields: &[FieldValue]) -> Doc {
        let end = fields.last().map_or(0, |last| self.close(last.span.end, ')'));
        self.list(ROUND, fields, end, |field| field.span, Self::value)
    }

    fn acting(&mut self, acting: &As) -> Doc {
        let mut docs = vec![text(format!("as {}", entity_ref(&acting.agent)))];
        if !acting.scopes.is_empty() {
            let scopes: Vec<_> = acting.scopes.iter().map(|scope| self.grant(scope)).collect();
            docs.extend([text(" under "), Self::names(scopes)]);
        }
        Doc::Concat(docs)
    }

    fn grant(&mut self, grant: &ScopeGrant) -> Doc {
        Doc::Concat(vec![text(grant.scope.value.clone()), self.values(&grant.args)])
    }

    fn attempt(&mut self, attempt: &Attempt) -> Doc {
        let mut docs = vec![text(format!("attempt {}", attempt.action.value)), self.values(&attempt.args)];
        if let Some(on) = &attempt.on {
            docs.push(text(format!(" on {}", entity_ref(on))));
        }
        docs.push(nest(4, Doc::Concat(vec![Doc::Line(" "), self.expect(&attempt.expect)])));
        group(Doc::Concat(docs))
    }

    fn expect(&mut self, expect: &Expect) -> Doc {
        let outcome = match expect.outcome.value {
            ExpectedOutcome::Permit => "permit",
            ExpectedOutcome::Review => "review",
            ExpectedOutcome::Deny => "deny",
        };
        let by = expect.by.as_ref().map_or_else(String::new, |by| format!(" by {}", by.value));
        let mut docs = vec![text(format!("expect {outcome}{by}"))];
        if !expect.leaving.is_empty() {
            docs.extend([text(" leaving "), self.amounts(&expect.leaving)]);
        }
        Doc::Concat(docs)
    }
}

fn entity_ref(reference: &EntityRef) -> String {
    match reference {
        EntityRef::Name(name) => name.value.clone(),
        EntityRef::Entity(entity) => entity_literal(entity),
    }
}
