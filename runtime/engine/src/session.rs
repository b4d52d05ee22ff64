//! Decides requests given as borrowed texts and single values, without allocating.
//!
//! A session belongs to one engine, as its lifetime states: it encodes values as numbers that have a meaning only in that
//! engine's snapshot. It cannot outlive the engine or be used with another one:
//!
//! ```compile_fail
//! fn outlives(engine: permit_engine::Engine) -> permit_engine::Session<'static> {
//!     engine.session()
//! }
//! ```

use std::cell::OnceCell;

use permit_ir::decision::{PolicyVerdict, Request};
use permit_ir::program::{Action, Named};
use permit_ir::types::{ActionId, ArgId, RuleId, Type};
use permit_ir::value::{EntityRef, Value};
use permit_jit::Subjects;
use permit_types::verdict::Trap;

use crate::encode::fits;
use crate::engine::Engine;
use crate::memory::{Memory, Pooled};
use crate::policy::{Asked, Values, Wanted, Work};

/// What an agent asks, borrowed. It claims nothing of agent and resource: attributes that only a caller can fill are not
/// there.
#[derive(Clone, Copy, Debug)]
pub struct AskRef<'a> {
    /// The SPIFFE ID of the agent.
    pub agent: &'a str,
    /// The action's name.
    pub action: &'a str,
    /// The type and id of the resource; none when the action takes none.
    pub resource: Option<(&'a str, &'a str)>,
    /// The arguments by name, best in the order in which the action declares them.
    pub args: &'a [(&'a str, ArgRef<'a>)],
    /// The time, in milliseconds since the Unix epoch.
    pub now_ms: i64,
}

/// A value, borrowed.
#[derive(Clone, Copy, Debug)]
pub enum ArgRef<'a> {
    /// A `bool`.
    Bool(bool),
    /// An `int`, minor units of `money`, millionths of a `decimal`, milliseconds of an `instant` or a `duration`, days of a
    /// `date`, milliseconds of a `time`.
    Number(i64),
    /// A `string`.
    Text(&'a str),
    /// The name of an enum's variant.
    Variant(&'a str),
    /// The type and id of an entity.
    Entity(&'a str, &'a str),
    /// A value of any type, made for this engine's program and facts.
    Value(&'a Value),
}

/// What does not fit the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskFault {
    /// The facts give this identity to no agent.
    #[error("the facts give this identity to no agent")]
    Agent,
    /// The policy declares no such action.
    #[error("the policy declares no such action")]
    Action,
    /// The resource is missing, is not wanted, is of another type, or is not among the facts.
    #[error("the resource is not one that the action takes")]
    Resource,
    /// An argument is missing or of another type: the place of the parameter.
    #[error("argument {0} is missing or is not of its declared type")]
    Argument(usize),
    /// An argument that the action does not take, or that stands twice: the place among those given.
    #[error("the action takes no such argument as the one at place {0}")]
    Extra(usize),
}

/// What the rules say about a request, borrowed from the session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionVerdict<'s> {
    /// The verdict and the rule behind it.
    pub verdict: PolicyVerdict,
    /// Every rule that could not be evaluated, ascending.
    pub errors: &'s [(RuleId, Trap)],
    /// How much was looked at.
    pub work: Work,
}

/// Decides for one thread, with memory that is used again.
#[derive(Debug)]
pub struct Session<'e> {
    engine: &'e Engine,
    memory: Pooled<'e>,
}

impl Engine {
    /// A session for one thread.
    #[must_use]
    pub fn session(&self) -> Session<'_> {
        Session { engine: self, memory: self.pool().take() }
    }
}

impl Session<'_> {
    /// The verdict of the rules on a request.
    ///
    /// # Errors
    /// [`AskFault`] when the request does not fit the program.
    pub fn decide(&mut self, ask: &AskRef<'_>) -> Result<SessionVerdict<'_>, AskFault> {
        let subjects = self.encode(ask)?;
        let engine = self.engine;
        let make = || request(engine, ask, subjects);
        let request = Values::Made(OnceCell::new(), &make);
        let Memory { input, scratch, found } = &mut *self.memory;
        let asked = Asked {
            program: engine.program(),
            snapshot: engine.snapshot(),
            native: engine.evaluator().native(),
            input,
            request: &request,
        };
        found.start(Wanted::Verdict);
        found.ask(&asked, engine.index(), scratch);
        let (verdict, errors, work) = found.verdict();
        Ok(SessionVerdict { verdict, errors, work })
    }

    fn encode(&mut self, ask: &AskRef<'_>) -> Result<Subjects, AskFault> {
        let engine = self.engine;
        let (program, names) = (engine.program(), engine.names());
        let agent = names.agent(ask.agent).ok_or(AskFault::Agent)?;
        let id = names.action(ask.action).ok_or(AskFault::Action)?;
        let action = program.actions.get(id.index()).ok_or(AskFault::Action)?;
        let resource = match ask.resource {
            None if action.resources.is_empty() => None,
            Some((ty, name)) => {
                let ty = names.entity_type(ty).filter(|ty| action.resources.contains(ty));
                let entity = ty.and_then(|ty| names.entity(ty, name));
                Some(entity.ok_or(AskFault::Resource)?)
            }
            None => return Err(AskFault::Resource),
        };
        let subjects = Subjects { action: id, agent, resource };
        self.memory.input.start(program.args.len(), subjects, ask.now_ms);
        let mut taken = 0;
        for (place, &param) in action.params.iter().enumerate() {
            let named = program.args.get(param.index()).ok_or(AskFault::Argument(place))?;
            let given = given(ask, place, &named.name);
            taken += usize::from(given.is_some());
            let fits = match given {
                Some(given) => self.set(param, named, given),
                None => self.set_default(id, (place, param), named),
            };
            fits.ok_or(AskFault::Argument(place))?;
        }
        if taken < ask.args.len() {
            return Err(AskFault::Extra(extra(engine, action, ask)));
        }
        Ok(subjects)
    }

    /// Sets an argument; `None` if it is not of the declared type.
    fn set(&mut self, param: ArgId, named: &Named, given: &ArgRef<'_>) -> Option<()> {
        let (engine, ty) = (self.engine, named.ty.required());
        match *given {
            ArgRef::Text(text) if *ty == Type::String => {
                self.memory.input.set_text(engine.snapshot(), param, text);
            }
            ArgRef::Value(value) => {
                fits(engine.program(), engine.facts(), value, &named.ty).then_some(())?;
                self.memory.input.set_arg(engine.snapshot(), param, value);
            }
            _ => self.memory.input.set_word(param, word(engine, ty, given)?),
        }
        Some(())
    }

    /// What a parameter that was left out is.
    fn set_default(&mut self, action: ActionId, (place, param): (usize, ArgId), named: &Named) -> Option<()> {
        match self.engine.default(action, place) {
            Some(value) => {
                self.memory.input.set_arg(self.engine.snapshot(), param, value);
                Some(())
            }
            None => matches!(named.ty, Type::Optional(_)).then_some(()),
        }
    }
}

/// The argument of this name, which most callers give in its place.
fn given<'a>(ask: &AskRef<'a>, place: usize, name: &str) -> Option<&'a ArgRef<'a>> {
    let here = ask.args.get(place).filter(|(given, _)| *given == name);
    here.or_else(|| ask.args.iter().find(|(given, _)| *given == name)).map(|(_, arg)| arg)
}

/// The first argument that the action does not take or that stands twice.
fn extra(engine: &Engine, action: &Action, ask: &AskRef<'_>) -> usize {
    let named = |param: &ArgId| engine.program().args.get(param.index()).map_or("", |named| &named.name);
    let is_extra = |(at, (name, _)): (usize, &(&str, ArgRef<'_>))| {
        let known = action.params.iter().any(|param| named(param) == *name);
        let before = ask.args.iter().take(at).any(|(other, _)| other == name);
        (!known || before).then_some(at)
    };
    ask.args.iter().enumerate().find_map(is_extra).unwrap_or(0)
}

/// The word of a single value that is no text.
fn word(engine: &Engine, ty: &Type, given: &ArgRef<'_>) -> Option<u64> {
    match (ty, *given) {
        (Type::Bool, ArgRef::Bool(truth)) => Some(u64::from(truth)),
        (
            Type::Int | Type::Decimal | Type::Money(_) | Type::Instant | Type::Duration,
            ArgRef::Number(number),
        ) => Some(number.cast_unsigned()),
        (Type::Date | Type::TimeOfDay, ArgRef::Number(number)) => {
            let value = Value::Number(number);
            let known = |_: EntityRef| None;
            permit_ir::facts::conforms(engine.program(), &value, ty, &known).then(|| number.cast_unsigned())
        }
        (Type::Enum(id), ArgRef::Variant(name)) => {
            let variants = &engine.program().enums.get(id.index())?.variants;
            variants.iter().position(|variant| variant == name).and_then(|at| u64::try_from(at).ok())
        }
        (Type::Entity(types), ArgRef::Entity(ty, id)) => {
            let ty = engine.names().entity_type(ty).filter(|ty| types.contains(ty))?;
            engine.names().entity(ty, id).map(|entity| u64::from(entity.0))
        }
        _ => None,
    }
}

/// The values of an ask that was encoded, and so fits.
fn request(engine: &Engine, ask: &AskRef<'_>, subjects: Subjects) -> Request {
    let Subjects { action: id, agent, resource } = subjects;
    let program = engine.program();
    let mut args = vec![Value::Absent; program.args.len()];
    if let Some(action) = program.actions.get(id.index()) {
        for (place, &param) in action.params.iter().enumerate() {
            let Some((named, slot)) = program.args.get(param.index()).zip(args.get_mut(param.index())) else {
                continue;
            };
            *slot = match given(ask, place, &named.name) {
                Some(given) => value(engine, named.ty.required(), given),
                None => engine.default(id, place).cloned().unwrap_or(Value::Absent),
            };
        }
    }
    let (claims, scopes) = (Vec::new(), Vec::new());
    Request { agent, action: id, resource, args, claims, scopes, now_ms: ask.now_ms }
}

fn value(engine: &Engine, ty: &Type, given: &ArgRef<'_>) -> Value {
    match *given {
        ArgRef::Text(text) => Value::String(text.into()),
        ArgRef::Value(value) => value.clone(),
        ArgRef::Bool(truth) => Value::Bool(truth),
        ArgRef::Number(number) => Value::Number(number),
        ArgRef::Variant(_) => {
            word(engine, ty, given).map_or(Value::Absent, |variant| Value::Number(variant.cast_signed()))
        }
        ArgRef::Entity(..) => {
            let entity = word(engine, ty, given).and_then(|entity| u32::try_from(entity).ok());
            entity.map_or(Value::Absent, |entity| Value::Entity(EntityRef(entity)))
        }
    }
}

#[cfg(test)]
mod tests;
