//! The values that a term may still have.

use std::collections::BTreeSet;

use permit_ir::glob;
use permit_ir::program::CompareOp;

use crate::check::constant::Constant;

/// The values that a term may still have.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    /// The least and the greatest number.
    from: Option<i64>,
    to: Option<i64>,
    /// If there are only so many.
    only: Option<BTreeSet<Constant>>,
    not: BTreeSet<Constant>,
    /// The patterns that a text matches, or does not.
    like: BTreeSet<(String, bool)>,
}

impl Values {
    /// Takes in a comparison with a constant; `None` when no value is left. `choices` is how many values the type has.
    pub(super) fn compare(&mut self, op: CompareOp, value: Constant, choices: Option<usize>) -> Option<()> {
        match (op, &value) {
            (CompareOp::Eq, _) => self.keep(&BTreeSet::from([value])),
            (CompareOp::Ne, _) => drop(self.not.insert(value)),
            (CompareOp::Lt, Constant::Number(number)) => self.at_most(number.checked_sub(1)?),
            (CompareOp::Le, Constant::Number(number)) => self.at_most(*number),
            (CompareOp::Gt, Constant::Number(number)) => self.at_least(number.checked_add(1)?),
            (CompareOp::Ge, Constant::Number(number)) => self.at_least(*number),
            _ => {}
        }
        self.some_left(choices)
    }

    /// Takes in that the value is one of these, or none of them.
    pub(super) fn among(
        &mut self,
        values: BTreeSet<Constant>,
        holds: bool,
        choices: Option<usize>,
    ) -> Option<()> {
        if holds {
            self.keep(&values);
        } else {
            self.not.extend(values);
        }
        self.some_left(choices)
    }

    /// Takes in that a text matches a pattern, or does not.
    pub(super) fn like(&mut self, pattern: &str, holds: bool) -> Option<()> {
        self.like.insert((pattern.to_owned(), holds));
        self.some_left(None)
    }

    /// What is known of both; `None` when no value is left.
    pub(super) fn meet(&mut self, other: &Self, choices: Option<usize>) -> Option<()> {
        other.from.into_iter().for_each(|from| self.at_least(from));
        other.to.into_iter().for_each(|to| self.at_most(to));
        other.only.iter().for_each(|only| self.keep(only));
        self.not.extend(other.not.iter().cloned());
        self.like.extend(other.like.iter().cloned());
        self.some_left(choices)
    }

    fn keep(&mut self, values: &BTreeSet<Constant>) {
        self.only = Some(match &self.only {
            Some(only) => only.intersection(values).cloned().collect(),
            None => values.clone(),
        });
    }

    fn at_most(&mut self, number: i64) {
        self.to = Some(self.to.map_or(number, |to| to.min(number)));
    }

    fn at_least(&mut self, number: i64) {
        self.from = Some(self.from.map_or(number, |from| from.max(number)));
    }

    fn some_left(&self, choices: Option<usize>) -> Option<()> {
        let (mut from, to) = (self.from.unwrap_or(i64::MIN), self.to.unwrap_or(i64::MAX));
        // Each step is past a value that is excluded, so there are no more of them than of those.
        while from <= to && self.not.contains(&Constant::Number(from)) {
            from = from.checked_add(1)?;
        }
        let fits = |value: &Constant| match value {
            Constant::Number(number) => (from..=to).contains(number),
            Constant::Text(text) => {
                self.like.iter().all(|(pattern, holds)| glob::matches(pattern, text) == *holds)
            }
            _ => true,
        };
        let excluded = self.not.iter().filter(|v| matches!(v, Constant::Variant(_) | Constant::Bool(_)));
        let some = from <= to
            && choices.is_none_or(|choices| excluded.count() < choices)
            && self
                .only
                .as_ref()
                .is_none_or(|only| only.iter().any(|value| fits(value) && !self.not.contains(value)));
        some.then_some(())
    }
}
