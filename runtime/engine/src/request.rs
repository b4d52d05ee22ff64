//! From a request as received to a [`Request`] that fits the program, or an error that names the field.

mod claims;
mod text;

use std::sync::Arc;

use permit_ir::decision::{ActiveScope, EvalContext, Request};
use permit_ir::facts::Facts;
use permit_ir::program::Action;
use permit_ir::types::{ActionId, EntityTypeId, ExprId};
use permit_ir::value::{EntityRef, Value};
use permit_ir::verify::VerifiedProgram;
use permit_types::ask::Ask;
use permit_types::display;
use permit_types::strict_json::{NAME_CHARS_MAX, member};
use permit_types::verdict::Trap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use crate::read::{FieldError, ValueReader, at};

pub use text::RequestText;

/// The most bytes of a task's name.
pub const TASK_BYTES_MAX: usize = 256;

/// A scope as a token names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScopeClaim {
    /// The scope's name.
    pub scope: String,
    /// The parameters by name.
    #[serde(default)]
    pub parameters: Map<String, Json>,
    /// The task; scope limits add up per task.
    pub task: String,
}

/// Reads an ask of `agent`. The scopes stand apart: see [`read_scope`].
///
/// # Errors
/// [`FieldError`] naming the first field that does not fit.
pub(crate) fn read_ask(
    program: &VerifiedProgram,
    facts: &Facts,
    agent: EntityRef,
    ask: &Ask<'_>,
    now_ms: i64,
) -> Result<Request, FieldError> {
    let unknown =
        || FieldError::new("action", &format!("the policy declares no action `{}`", shorten(&ask.action)));
    let id = program.action_named(&ask.action).ok_or_else(unknown)?;
    let action = program.actions.get(id.index()).ok_or_else(unknown)?;
    let mut resolve = |ty: EntityTypeId, id: &str| known(facts, ty, id);
    let mut reader = ValueReader { program, resolve: &mut resolve };
    let resource = match (&ask.resource, action.resources.as_slice()) {
        (None, []) => None,
        (Some(_), []) => return Err(FieldError::new("resource", "the action takes none")),
        (None, _) => return Err(FieldError::new("resource", "is missing")),
        (Some(json), types) => Some(reader.entity(&"resource", json, types)?),
    };
    let mut args = vec![Value::Absent; program.args.len()];
    let mut taken = 0;
    for (i, &param) in action.params.iter().enumerate() {
        let (Some(named), Some(slot)) = (program.args.get(param.index()), args.get_mut(param.index())) else {
            return Err(FieldError::new("arguments", "the program has no such argument"));
        };
        let json = member(&ask.arguments, &named.name);
        taken += usize::from(json.is_some());
        let field = format_args!("arguments.{}", named.name);
        *slot = match (json, action.defaults.get(i)) {
            (None, Some(&Some(expr))) => constant(program, facts, expr)
                .map_err(|trap| at(&field, &format!("is missing, and its default has no value: {trap}")))?,
            (json, _) => reader.read_json(&field, json, &named.ty)?,
        };
    }
    if taken < ask.arguments.len() {
        let is_param = |name: &str| {
            action.params.iter().any(|p| program.args.get(p.index()).is_some_and(|a| a.name == name))
        };
        let extra = ask.arguments.iter().map(|(name, _)| &**name).find(|name| !is_param(name)).unwrap_or("");
        return Err(FieldError::new(
            &format!("arguments.{}", shorten(extra)),
            "the action takes no such argument",
        ));
    }
    let claims = claims::read(program, facts, &ask.claims, agent, resource)?;
    Ok(Request { agent, action: id, resource, args, claims, scopes: Vec::new(), now_ms })
}

/// What the parameters of each action are that are left out; none for one without a default, or whose default has no
/// value.
pub(crate) fn defaults(program: &VerifiedProgram, facts: &Facts) -> Box<[Box<[Option<Value>]>]> {
    let of_action = |action: &Action| {
        let value = |expr: &Option<ExprId>| constant(program, facts, (*expr)?).ok();
        action.defaults.iter().map(value).collect()
    };
    program.actions.iter().map(of_action).collect()
}

/// The value of an expression that speaks of nothing in the request, such as a default.
pub(crate) fn constant(program: &VerifiedProgram, facts: &Facts, expr: ExprId) -> Result<Value, Trap> {
    let (agent, action) = (EntityRef(0), ActionId(0));
    let (args, claims, scopes) = (Vec::new(), Vec::new(), Vec::new());
    let request = Request { agent, action, resource: None, args, claims, scopes, now_ms: 0 };
    permit_interp::evaluate(&EvalContext { program, facts, request: &request, params: &[] }, expr)
}

/// Reads a scope of a token that was issued for the task at `issued_ms`; `from_issuer` says whether a task's issuer
/// granted it, rather than that the agent asked for it itself.
///
/// # Errors
/// [`FieldError`] naming the first field that does not fit.
pub(crate) fn read_scope(
    program: &VerifiedProgram,
    facts: &Facts,
    claim: &ScopeClaim,
    issued_ms: i64,
    from_issuer: bool,
) -> Result<ActiveScope, FieldError> {
    let unknown =
        || FieldError::new("scope", &format!("the policy declares no scope `{}`", shorten(&claim.scope)));
    let id = program.scope_named(&claim.scope).ok_or_else(unknown)?;
    let scope = program.scopes.get(id.index()).ok_or_else(unknown)?;
    if claim.task.is_empty() || claim.task.len() > TASK_BYTES_MAX || !display::is_printable(&claim.task) {
        return Err(FieldError::new(
            "task",
            &format!("expected 1 to {TASK_BYTES_MAX} bytes of printable text"),
        ));
    }
    if let Some(extra) = claim.parameters.keys().find(|name| !scope.params.iter().any(|p| p.name == **name)) {
        return Err(FieldError::new(
            &format!("parameters.{}", shorten(extra)),
            "the scope takes no such parameter",
        ));
    }
    let mut resolve = |ty: EntityTypeId, id: &str| known(facts, ty, id);
    let mut reader = ValueReader { program, resolve: &mut resolve };
    let mut params = Vec::with_capacity(scope.params.len());
    for param in &scope.params {
        let name = format!("parameters.{}", param.name);
        params.push(reader.read(&name, claim.parameters.get(&param.name), &param.ty)?);
    }
    Ok(ActiveScope { scope: id, params, task: Arc::from(claim.task.as_str()), issued_ms, from_issuer })
}

fn known(facts: &Facts, ty: EntityTypeId, id: &str) -> Option<EntityRef> {
    facts.find(ty, id).filter(|&entity| facts.entity(entity).is_some_and(|e| e.known))
}

/// The name of what the caller asked for, as an error repeats it.
fn shorten(name: &str) -> String {
    display::start(name, NAME_CHARS_MAX)
}

#[cfg(test)]
mod tests;
