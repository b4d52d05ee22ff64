//! Coverage of a run: for each rule, whether it matched and decided; for each part of its conditions, both truth values.
//!
//! It counts rules and parts of conditions, not lines, so the layout of the source does not matter.

use permit_engine::Engine;
use permit_frontend::scenario::{ScenarioSuite, Span};
use permit_ir::decision::{Evaluation, PolicyVerdict, Request};
use permit_ir::types::{ExprId, RuleId};

/// What is covered of a policy.
#[derive(Clone, Debug)]
pub struct Coverage {
    rules: Vec<RuleCoverage>,
}

/// What is covered of a rule.
#[derive(Clone, Debug)]
pub struct RuleCoverage {
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub span: Span,
    /// How many attempts it was asked about: those of its actions by its agents.
    pub asked: u64,
    /// How many of those it matched.
    pub matched: u64,
    /// How many it decided.
    pub decided: u64,
    /// Its `when`s and `unless`es in order.
    pub conditions: Vec<ConditionCoverage>,
}

/// What is covered of a `when` or an `unless`.
#[derive(Clone, Debug)]
pub struct ConditionCoverage {
    /// Whether it is an `unless`.
    pub negated: bool,
    /// What `and` joins in it, in order.
    pub parts: Vec<PartCoverage>,
}

/// What is covered of a part of a condition.
#[derive(Clone, Debug)]
pub struct PartCoverage {
    /// Where it stands.
    pub span: Span,
    /// How often it held.
    pub held: u64,
    /// How often it did not hold.
    pub failed: u64,
    /// How often that could not be said.
    pub trapped: u64,
    expr: ExprId,
}

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many are covered.
    pub covered: u64,
    /// How many there are.
    pub all: u64,
}

impl Coverage {
    /// Nothing covered yet.
    #[must_use]
    pub fn new(suite: &ScenarioSuite) -> Self {
        let rules = suite.program.rules.iter().zip(&suite.rules).map(|(rule, source)| {
            let conditions = source.conditions.iter().map(|condition| {
                let part = |part: &permit_frontend::scenario::PartSource| PartCoverage {
                    span: part.span,
                    held: 0,
                    failed: 0,
                    trapped: 0,
                    expr: part.expr,
                };
                let parts = condition.parts.iter().map(part).collect();
                ConditionCoverage { negated: condition.negated, parts }
            });
            let (name, conditions) = (rule.name.clone(), conditions.collect());
            RuleCoverage { name, span: source.name, asked: 0, matched: 0, decided: 0, conditions }
        });
        Self { rules: rules.collect() }
    }

    /// The rules in their order.
    #[must_use]
    pub fn rules(&self) -> &[RuleCoverage] {
        &self.rules
    }

    /// How many points are covered. A rule has two, that it matches and that it decides; a part of a condition has two, that it holds
    /// and that it does not.
    #[must_use]
    pub fn points(&self) -> Tally {
        let mut tally = self.matched().and(self.decided());
        for rule in &self.rules {
            tally = tally.and(rule.branches());
        }
        tally
    }

    /// How many rules matched.
    #[must_use]
    pub fn matched(&self) -> Tally {
        Tally::of(self.rules.iter().map(|rule| rule.matched > 0))
    }

    /// How many rules decided.
    #[must_use]
    pub fn decided(&self) -> Tally {
        Tally::of(self.rules.iter().map(|rule| rule.decided > 0))
    }

    /// How many truth values of parts of conditions were seen.
    #[must_use]
    pub fn branches(&self) -> Tally {
        self.rules.iter().fold(Tally::default(), |tally, rule| tally.and(rule.branches()))
    }

    /// Takes note of a decided request.
    pub(crate) fn note(&mut self, engine: &Engine, request: &Request, evaluation: &Evaluation) {
        let decided = match evaluation.policy.verdict {
            PolicyVerdict::Permit(id) | PolicyVerdict::Review(id) | PolicyVerdict::Deny(id, _) => Some(id),
            PolicyVerdict::Default => None,
        };
        let rules = (0..).map(RuleId).zip(&engine.program().rules).zip(&mut self.rules);
        for ((id, rule), covered) in rules {
            if !engine.concerns(rule, request) {
                continue;
            }
            covered.asked += 1;
            covered.matched += u64::from(evaluation.policy.matched.contains(&id));
            covered.decided += u64::from(decided == Some(id));
            covered.note(engine, request);
        }
    }
}

impl RuleCoverage {
    /// How many truth values of the parts of its conditions were seen.
    #[must_use]
    pub fn branches(&self) -> Tally {
        let parts = self.conditions.iter().flat_map(|condition| &condition.parts);
        Tally::of(parts.flat_map(|part| [part.held > 0, part.failed > 0]))
    }

    /// Goes through the parts as an evaluation does: what is not reached is not seen.
    fn note(&mut self, engine: &Engine, request: &Request) {
        for condition in &mut self.conditions {
            let mut holds = true;
            for part in &mut condition.parts {
                match engine.holds(request, part.expr) {
                    Ok(true) => part.held += 1,
                    Ok(false) => {
                        part.failed += 1;
                        holds = false;
                        break;
                    }
                    Err(_) => {
                        part.trapped += 1;
                        return;
                    }
                }
            }
            if holds == condition.negated {
                return;
            }
        }
    }
}

impl Tally {
    fn of(points: impl IntoIterator<Item = bool>) -> Self {
        points.into_iter().fold(Self::default(), |tally, covered| Self {
            covered: tally.covered + u64::from(covered),
            all: tally.all + 1,
        })
    }

    const fn and(self, other: Self) -> Self {
        Self { covered: self.covered + other.covered, all: self.all + other.all }
    }

    /// In hundredths of a percent, rounded down; nothing of nothing is all of it.
    #[must_use]
    pub fn basis_points(self) -> u64 {
        match self.all {
            0 => 10_000,
            all => self.covered.saturating_mul(10_000) / all,
        }
    }
}
