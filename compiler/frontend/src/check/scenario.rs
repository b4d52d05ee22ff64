//! Scenarios: type-checked like everything else, and checked against what the policy's rules, budgets, rates and scopes can decide.
//!
//! A scenario with errors is not in the result, but all of it is checked.

mod attempt;
mod clock;
mod expect;
mod given;
mod values;

use std::collections::{BTreeMap, BTreeSet};

use permit_grammar::ast::{self, ExpectedOutcome, File, Ident, Item, ReviewAnswer, Step as Written};
use permit_grammar::span::Span;
use permit_ir::types::{EntityTypeId, ScopeId};

use super::name::Variable;
use super::{Checker, Env, Site};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, Module, Scenarios};
use crate::refused::clause_name;
use crate::resolve::duplicate;
use crate::scenario::{Amount, Entity, Scenario, Step, StepKind};
use given::Fact;

/// One scenario while it is checked.
struct Stage<'s> {
    module: &'s Module,
    files: &'s [File],
    facts: Vec<Fact<'s>>,
    /// What the names of the facts stand for in values.
    variables: Vec<Variable>,
    /// The time; `None` before the first `at`, and behind one that failed.
    now_ms: Option<i64>,
    /// Whether the time was set, well or not.
    has_time: bool,
    task: Option<ActingAs>,
    /// Whether an attempt before this expects a review, and whether one expects a permit.
    expected: Expected,
}

/// Who attempts what follows.
struct ActingAs {
    /// `None` when it is not known, which was reported.
    agent: Option<EntityTypeId>,
    scopes: Vec<ScopeId>,
}

#[derive(Clone, Copy, Default)]
struct Expected {
    review: bool,
    permit: bool,
}

impl Checker<'_> {
    /// The module's scenarios. What the module itself could not be given is not missed here a second time.
    pub(super) fn scenarios(&mut self, files: &[File], module: &Module) -> Scenarios {
        let mut checked = Scenarios::default();
        let before = self.found.len();
        let mut names: BTreeMap<&str, Span> = BTreeMap::new();
        for item in files.iter().flat_map(|file| &file.items) {
            let Item::Scenario(scenario) = item else { continue };
            match names.get(scenario.name.value.as_str()) {
                Some(&first) => self.report(duplicate(&scenario.name, first, "scenario")),
                None => drop(names.insert(&scenario.name.value, scenario.name.span)),
            }
            let mut stage = Stage {
                module,
                files,
                facts: Vec::new(),
                variables: Vec::new(),
                now_ms: None,
                has_time: false,
                task: None,
                expected: Expected::default(),
            };
            let scenario = self.scenario(scenario, &mut stage, &mut checked.values);
            checked.scenarios.extend(scenario);
            if self.found.len() > before {
                break;
            }
        }
        checked.found = self.found.split_off(before);
        let mut said = BTreeSet::new();
        checked.found.retain(|found| said.insert((found.code, found.message.clone())));
        checked
    }

    fn scenario<'s>(
        &mut self,
        written: &'s ast::Scenario,
        stage: &mut Stage<'s>,
        values: &mut Vec<Expr>,
    ) -> Option<Scenario> {
        let givens: Vec<&ast::Given> = written
            .steps
            .iter()
            .filter_map(|step| if let Written::Given(given) = step { Some(given) } else { None })
            .collect();
        self.facts(&givens, stage);
        let given = self.givens(&givens, stage, values);
        let mut steps = Some(Vec::new());
        for step in written.steps.iter().filter(|step| !matches!(step, Written::Given(_))) {
            let kind = match step {
                Written::Given(_) => continue,
                Written::At(at) => self.at(at, stage),
                Written::After(after) => self.after(after, stage),
                Written::As(acting) => self.task(acting, stage, values),
                Written::Attempt(attempt) => self.attempt(attempt, stage, values),
                Written::Answer(answer) => self.answer(answer, stage),
                Written::Confirm(confirm) => {
                    let amounts = self.confirmed(confirm, stage, values);
                    self.follows_hold(confirm.span, "confirm", stage).and(amounts.map(StepKind::Confirm))
                }
                Written::Release(span) => {
                    self.follows_hold(*span, "release", stage).map(|()| StepKind::Release)
                }
            };
            match (kind, &mut steps) {
                (Some(kind), Some(steps)) => steps.push(Step { kind, span: step.span() }),
                (_, steps) => *steps = None,
            }
        }
        Some(Scenario { name: written.name.clone(), givens: given?, steps: steps? })
    }

    /// `approve by PERSON;` and `decline by PERSON;`
    fn answer(&mut self, written: &ast::Answer, stage: &Stage<'_>) -> Option<StepKind> {
        let verb = match written.answer.value {
            ReviewAnswer::Approve => "approve",
            ReviewAnswer::Decline => "decline",
        };
        let person = self.entity_of_kind(&written.person, stage, permit_ir::program::EntityKind::Person);
        if !stage.expected.review {
            let message = format!("`{verb}` needs a preceding attempt that expects a review");
            let diagnostic =
                Diagnostic::error(Code::StepOrder, written.answer.span, message, "no review to answer");
            self.report(diagnostic.help("move it after an `attempt … expect review;`"));
            return None;
        }
        Some(StepKind::Answer { answer: written.answer.value, person: person? })
    }

    fn confirmed(
        &mut self,
        written: &ast::Confirm,
        stage: &Stage<'_>,
        values: &mut Vec<Expr>,
    ) -> Option<Vec<Amount>> {
        self.amounts(&written.amounts, stage, values, None)
    }

    /// Whether something can be held when `confirm` or `release` comes.
    fn follows_hold(&mut self, span: Span, verb: &str, stage: &Stage<'_>) -> Option<()> {
        let module = stage.module;
        let help = if module.budgets.iter().all(|budget| budget.hold_ms.is_none()) {
            "only a budget with `hold` holds its charges: `hold 15min;`"
        } else if stage.expected.permit {
            return Some(());
        } else {
            "move it after an `attempt … expect permit;`"
        };
        let message = format!("`{verb}` needs a preceding attempt that holds a charge");
        let diagnostic = Diagnostic::error(Code::StepOrder, span, message, "no charge is held here");
        self.report(diagnostic.help(help));
        None
    }

    /// What values may speak of: the scenario's facts, and what the module declares.
    fn value_env(&self, stage: &Stage<'_>) -> Env<'static> {
        Env::apart(Site::Scenario, stage.variables.clone())
    }
}

impl Stage<'_> {
    /// Takes note of what an attempt expects.
    fn expects(&mut self, outcome: ExpectedOutcome) {
        self.expected.review |= outcome == ExpectedOutcome::Review;
        self.expected.permit |= outcome == ExpectedOutcome::Permit;
    }

    fn fact(&self, name: &str) -> Option<&Fact<'_>> {
        self.facts.iter().find(|fact| fact.name.value == name)
    }

    fn is_given(&self, ty: EntityTypeId, id: &str) -> bool {
        self.facts.iter().any(|fact| fact.entity.as_ref().is_some_and(|e| e.ty == ty && e.id == id))
    }

    /// Whether an entity that failed may be the one that is missed.
    fn lost_facts(&self) -> bool {
        self.facts.iter().any(|fact| fact.entity.is_none())
    }
}

/// How an entity is called in messages.
fn entity_name(checker: &Checker<'_>, entity: &Entity) -> String {
    permit_ir::quoted::entity_text(checker.symbols.entity_name(entity.ty), &entity.id)
}

/// The declared name of a clause, failed or not.
fn clause<'f>(files: &'f [File], name: &str) -> Option<&'f Ident> {
    let items = files.iter().flat_map(|file| &file.items);
    items.filter_map(clause_name).find(|ident| ident.value == name)
}
