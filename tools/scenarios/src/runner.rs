//! Runs scenarios step by step.

use std::collections::BTreeMap;
use std::sync::Arc;

use permit_engine::{Engine, Mode};
use permit_frontend::scenario::Span;
use permit_frontend::scenario::{
    Amount, Attempt, Entity, ReviewAnswer, Scenario, ScenarioSuite, Step, StepKind, Task, ValueId,
};
use permit_ir::decision::{ActiveScope, Request};
use permit_ir::facts::FactsError;
use permit_ir::types::Type;
use permit_ir::value::{EntityRef, Value};
use permit_ledger::LimitStatus;
use permit_types::verdict::{Layer, Outcome, Reason, ReasonCode, Trap};

use crate::coverage::Coverage;
use crate::mismatch::{Failure, Fault, Mismatch, difference};
use crate::run::{Answer, Divided, Run};
use crate::setup::{self, SetupError, constant, find};

/// Native code and interpreter decided differently: a fault of Permit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("native code and interpreter decide differently")]
pub struct Disagreement {
    /// The attempt.
    pub span: Span,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actual {
    /// The outcome.
    pub outcome: Outcome,
    /// The rule, budget, rate or scope that decided; none where no rule matches.
    pub by: Option<String>,
    /// Why.
    pub reason: Reason,
    /// The layer that denies, if one does.
    pub denied: Option<Layer>,
    /// Where the limits of the budgets that count the attempt stand behind it.
    pub limits: Vec<LimitStatus>,
}

/// What came of a scenario.
#[derive(Clone, Debug, Default)]
pub struct ScenarioResult {
    /// How many attempts were made.
    pub attempts: usize,
    /// What came out otherwise than the scenario says, in order.
    pub failures: Vec<Failure>,
}

/// Plays the scenarios of one suite. Engines are made once, and share their code between scenarios.
#[derive(Debug)]
pub struct ScenarioRunner<'r> {
    suite: &'r ScenarioSuite,
    native: Engine,
    interpreted: Engine,
}

/// One scenario while it is played.
struct Execution<'p, 'r> {
    runner: &'p ScenarioRunner<'r>,
    run: Run,
    now_ms: i64,
    task: Option<Acting>,
    /// How many tasks there were, by which they are named.
    tasks: usize,
    results: ScenarioResult,
}

/// Who attempts what follows.
struct Acting {
    agent: EntityRef,
    scopes: Vec<ActiveScope>,
}

/// Why a step cannot be done.
type Problem = String;

impl Actual {
    fn of(Answer { admission, limits, .. }: Answer) -> Self {
        let (outcome, denied) = (admission.outcome(), admission.layers().denied());
        let reason = admission.reason;
        Self { outcome, by: reason.name.clone(), reason, denied, limits }
    }

    /// A request that does not fit the policy's types.
    const fn refused(reason: Reason) -> Self {
        let (outcome, denied) = (Outcome::Deny, Some(Layer::Policy));
        Self { outcome, by: None, reason, denied, limits: Vec::new() }
    }
}

impl<'r> ScenarioRunner<'r> {
    /// Ready to play.
    ///
    /// # Errors
    /// [`FactsError`] when the program names more entities than a snapshot of facts holds.
    pub fn new(suite: &'r ScenarioSuite) -> Result<Self, FactsError> {
        let program = &suite.program;
        let engine = |mode| Ok(Engine::unbundled(program.clone(), setup::names(program, &[])?, mode));
        Ok(Self { suite, native: engine(Mode::Native)?, interpreted: engine(Mode::Interpreted)? })
    }

    /// Plays a scenario on empty books, and notes what it covers.
    ///
    /// # Errors
    /// [`Disagreement`].
    pub fn run(&self, scenario: &Scenario, coverage: &mut Coverage) -> Result<ScenarioResult, Disagreement> {
        let staged = self.staged(scenario);
        let (native, interpreted) = match staged {
            Ok(engines) => engines,
            Err((span, problem)) => {
                let failures = vec![Failure { span, fault: Fault::Step(problem) }];
                return Ok(ScenarioResult { attempts: 0, failures });
            }
        };
        let mut execution = Execution {
            runner: self,
            run: Run::new(native, interpreted),
            now_ms: 0,
            task: None,
            tasks: 0,
            results: ScenarioResult::default(),
        };
        for step in &scenario.steps {
            execution.step(step, coverage)?;
        }
        Ok(execution.results)
    }

    /// Both engines over the scenario's facts.
    fn staged(&self, scenario: &Scenario) -> Result<(Engine, Engine), (Span, Problem)> {
        let whole = |error: FactsError| (scenario.name.span, error.to_string());
        let names = setup::names(&self.suite.program, &scenario.givens).map_err(whole)?;
        let named = self.native.over(names);
        let facts = setup::facts(self.suite, scenario, &named).map_err(|error| {
            let at = match &error {
                SetupError::Value { given, .. } => scenario.givens.get(*given).map(|given| given.span),
                SetupError::Facts(_) => None,
            };
            (at.unwrap_or(scenario.name.span), error.to_string())
        })?;
        Ok((self.native.over(facts.clone()), self.interpreted.over(facts)))
    }
}

impl Execution<'_, '_> {
    fn step(&mut self, step: &Step, coverage: &mut Coverage) -> Result<(), Disagreement> {
        let done = match &step.kind {
            StepKind::Clock(now_ms) => {
                self.now_ms = *now_ms;
                Ok(())
            }
            StepKind::Task(task) => self.begin(task),
            StepKind::Attempt(attempt) => match self.request(attempt) {
                Ok(request) => return self.attempt(attempt, &request, coverage),
                Err(problem) => Err(problem),
            },
            StepKind::Answer { answer, person } => self.answer(*answer, person),
            StepKind::Confirm(amounts) => self.confirm(amounts),
            StepKind::Release => self.run.release(self.now_ms).map(drop).map_err(|error| error.to_string()),
        };
        if let Err(problem) = done {
            self.results.failures.push(Failure { span: step.span, fault: Fault::Step(problem) });
        }
        Ok(())
    }

    fn engine(&self) -> &Engine {
        self.run.engine()
    }

    fn value(&self, value: ValueId) -> Result<Value, Problem> {
        constant(self.runner.suite, self.engine(), value).map_err(|trap| unvalued(&trap))
    }

    /// A new task with a new token.
    fn begin(&mut self, task: &Task) -> Result<(), Problem> {
        self.task = None;
        self.tasks += 1;
        let name: Arc<str> = format!("task {}", self.tasks).into();
        let mut scopes = Vec::with_capacity(task.scopes.len());
        for granted in &task.scopes {
            let value = |param: &Option<ValueId>| param.map_or(Ok(Value::Absent), |id| self.value(id));
            let params = granted.params.iter().map(value).collect::<Result<_, _>>()?;
            let (scope, task, issued_ms) = (granted.scope, Arc::clone(&name), self.now_ms);
            scopes.push(ActiveScope { scope, params, task, issued_ms, from_issuer: true });
        }
        let agent = find(self.engine(), &task.agent).ok_or("the agent is not given")?;
        self.task = Some(Acting { agent, scopes });
        Ok(())
    }

    fn request(&self, attempt: &Attempt) -> Result<Request, Problem> {
        let acting = self.task.as_ref().ok_or("no agent is acting, because the task could not start")?;
        let program = self.engine().program();
        let action = program.actions.get(attempt.action.index()).ok_or("unknown action")?;
        let mut args = vec![Value::Absent; program.args.len()];
        for (place, param) in action.params.iter().enumerate() {
            let written = attempt.args.get(place).copied().flatten();
            let default = action.defaults.get(place).copied().flatten();
            let value = match (written, default) {
                (Some(value), _) => self.value(value)?,
                (None, Some(default)) => self.engine().constant(default).map_err(|trap| unvalued(&trap))?,
                (None, None) => Value::Absent,
            };
            if let Some(slot) = args.get_mut(param.index()) {
                *slot = value;
            }
        }
        let resource = match &attempt.resource {
            Some(entity) => Some(find(self.engine(), entity).ok_or("the resource is not given")?),
            None => None,
        };
        Ok(Request {
            agent: acting.agent,
            action: attempt.action,
            resource,
            args,
            claims: Vec::new(),
            scopes: acting.scopes.clone(),
            now_ms: self.now_ms,
        })
    }

    fn attempt(
        &mut self,
        attempt: &Attempt,
        request: &Request,
        coverage: &mut Coverage,
    ) -> Result<(), Disagreement> {
        self.results.attempts += 1;
        let actual = match self.unfilled(request) {
            Some(reason) => Actual::refused(reason),
            None => {
                let divided = |Divided| Disagreement { span: attempt.expect.span };
                let answer = self.run.attempt(request).map_err(divided)?;
                coverage.note(self.engine(), request, &answer.evaluation);
                Actual::of(answer)
            }
        };
        let amounts = attempt.expect.leaving.iter().map(|leaving| self.number(leaving));
        let amounts = match amounts.collect::<Result<Vec<i64>, Problem>>() {
            Ok(amounts) => amounts,
            Err(problem) => {
                let span = attempt.expect.span;
                self.results.failures.push(Failure { span, fault: Fault::Step(problem) });
                return Ok(());
            }
        };
        if let Some(different) = difference(&attempt.expect, &amounts, &actual) {
            let mismatch = Mismatch {
                expected: attempt.expect.clone(),
                actual,
                outcome: different.outcome,
                by: different.by,
                left: different.left,
                explanation: self.engine().explain_request(request),
            };
            let fault = Fault::Attempt(Box::new(mismatch));
            self.results.failures.push(Failure { span: attempt.expect.span, fault });
        }
        Ok(())
    }

    /// Why the request would be refused: an attribute that callers fill is neither filled nor optional.
    fn unfilled(&self, request: &Request) -> Option<Reason> {
        let (program, facts) = (self.engine().program(), self.engine().facts());
        let entities = [Some(request.agent), request.resource];
        entities.into_iter().flatten().find_map(|entity| {
            let ty = program.entities.get(facts.entity(entity)?.ty.index())?;
            let field = ty.claimed.iter().find_map(|&field| {
                let named = program.fields.get(field.index())?;
                let is_absent = facts.attribute(program, entity, field) == Some(&Value::Absent);
                (is_absent && !matches!(named.ty, Type::Optional(_))).then_some(named)
            })?;
            let message = format!("no value is given for `{}` of `{}`", field.name, ty.name);
            let name = Some(field.name.clone());
            Some(Reason { code: ReasonCode::InvalidRequest, hint: None, message, name })
        })
    }

    /// A person answers the last review.
    fn answer(&mut self, answer: ReviewAnswer, person: &Entity) -> Result<(), Problem> {
        let review = self.run.review().ok_or("no attempt required a review")?;
        let program = self.engine().program();
        let rule = program.rules.iter().find(|rule| rule.name == review.rule);
        let persons = rule.and_then(|rule| rule.approval.as_ref()).map_or(&[][..], |a| &a.persons);
        let name = program.entity_text(person.ty, &person.id);
        if !persons.iter().any(|pattern| pattern.means(person.ty, &person.id)) {
            return Err(format!("`{name}` is not an approver of `{}`", review.rule));
        }
        self.run.answer(self.now_ms, answer, name).map(drop).map_err(|error| error.to_string())
    }

    /// An amount that a scenario writes out, in the unit's smallest part.
    fn number(&self, amount: &Amount) -> Result<i64, Problem> {
        match self.value(amount.amount)? {
            Value::Number(number) => Ok(number),
            _ => Err("the amount is not a number".to_owned()),
        }
    }

    fn confirm(&mut self, amounts: &[Amount]) -> Result<(), Problem> {
        let named = amounts.iter().map(|amount| Ok((amount.budget.clone(), self.number(amount)?)));
        let named = named.collect::<Result<BTreeMap<_, _>, Problem>>()?;
        self.run.confirm(self.now_ms, named).map(drop).map_err(|error| error.to_string())
    }
}

fn unvalued(trap: &Trap) -> Problem {
    format!("a value cannot be computed: {trap}")
}
