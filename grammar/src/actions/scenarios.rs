//! Scenarios and their steps.

use super::{Cx, Deep};
use crate::ast::{
    After, Answer, As, At, Attempt, Confirm, EntityLiteral, EntityRef, Expect, ExpectedOutcome, Expr,
    FieldValue, Given, Ident, Item, Leaving, Marks, Moment, ReviewAnswer, Scenario, ScopeGrant, Step,
};
use crate::span::Spanned;
use crate::syntax_error::SyntaxErrorKind as E;

impl Cx<'_> {
    pub(crate) fn scenario(
        &self,
        l: usize,
        name: Spanned<String>,
        steps: Vec<Option<Step>>,
        r: usize,
    ) -> Item {
        let steps = steps.into_iter().flatten().collect();
        Item::Scenario(Scenario { name, steps, marks: Marks::default(), span: self.span(l, r) })
    }

    pub(crate) fn given(
        &self,
        l: usize,
        (name, entity): (Ident, EntityLiteral),
        parents: Option<Vec<EntityRef>>,
        fields: Option<Vec<FieldValue>>,
        r: usize,
    ) -> Step {
        let (parents, fields) = (parents.unwrap_or_default(), fields.unwrap_or_default());
        Step::Given(Given { name, entity, parents, fields, span: self.span(l, r) })
    }

    pub(crate) fn field_value(&self, l: usize, name: Ident, value: Deep<Expr>, r: usize) -> FieldValue {
        FieldValue { name, value: value.value, span: self.span(l, r) }
    }

    pub(crate) fn at(&self, l: usize, moment: Moment, r: usize) -> Step {
        Step::At(At { moment, span: self.span(l, r) })
    }

    /// A local date and time; reports a missing zone.
    pub(crate) fn local_moment(&mut self, time: Spanned<String>, zone: Option<Ident>) -> Moment {
        if zone.is_none() {
            self.report(E::InstantWithoutZone { found: time.value.clone() }, time.span);
        }
        Moment::Local { time, zone }
    }

    pub(crate) fn after(&self, l: usize, duration: Spanned<String>, r: usize) -> Step {
        Step::After(After { duration, span: self.span(l, r) })
    }

    pub(crate) fn acting(
        &self,
        l: usize,
        agent: EntityRef,
        scopes: Option<Vec<ScopeGrant>>,
        r: usize,
    ) -> Step {
        Step::As(As { agent, scopes: scopes.unwrap_or_default(), span: self.span(l, r) })
    }

    pub(crate) fn scope_grant(&self, l: usize, scope: Ident, args: Vec<FieldValue>, r: usize) -> ScopeGrant {
        ScopeGrant { scope, args, span: self.span(l, r) }
    }

    pub(crate) fn attempt(
        &self,
        l: usize,
        (action, args): (Ident, Vec<FieldValue>),
        on: Option<EntityRef>,
        expect: Expect,
        r: usize,
    ) -> Step {
        Step::Attempt(Attempt { action, args, on, expect, span: self.span(l, r) })
    }

    pub(crate) fn answer(
        &self,
        l: usize,
        answer: Spanned<ReviewAnswer>,
        person: EntityRef,
        r: usize,
    ) -> Step {
        Step::Answer(Answer { answer, person, span: self.span(l, r) })
    }

    pub(crate) fn confirm(&self, l: usize, amounts: Option<Vec<Leaving>>, r: usize) -> Step {
        Step::Confirm(Confirm { amounts: amounts.unwrap_or_default(), span: self.span(l, r) })
    }

    pub(crate) fn release(&self, l: usize, r: usize) -> Step {
        Step::Release(self.span(l, r))
    }

    pub(crate) fn expect(
        &self,
        l: usize,
        outcome: Spanned<ExpectedOutcome>,
        by: Option<Ident>,
        leaving: Option<Vec<Leaving>>,
        r: usize,
    ) -> Expect {
        Expect { outcome, by, leaving: leaving.unwrap_or_default(), span: self.span(l, r) }
    }

    pub(crate) fn leaving(&self, l: usize, budget: Ident, amount: Deep<Expr>, r: usize) -> Leaving {
        Leaving { budget, amount: amount.value, span: self.span(l, r) }
    }
}
