//! Encodes a request for the index and native code.
//!
//! Both assume that values have the outer form of their types and that the facts contain every entity. A request that
//! violates this is not encoded, and every rule is evaluated in order. The contents of records and maps are not
//! checked; conditions that read them are treated as fallible.

use permit_ir::decision::{ActiveScope, Claim, Request};
use permit_ir::facts::{Entity, Facts};
use permit_ir::program::{EntityKind, Program, Scope};
use permit_ir::types::{ArgId, Type};
use permit_ir::value::{EntityRef, Value};
use permit_jit::{Input, Snapshot, Subjects};

/// Encodes the request into `input`; `None` if it is not one that [`Engine::read_ask`](crate::Engine::read_ask) may have read.
pub(crate) fn encode<'i>(
    program: &Program,
    snapshot: &Snapshot,
    request: &Request,
    input: &'i mut Input,
) -> Option<&'i mut Input> {
    let action = program.actions.get(request.action.index())?;
    if !is_sound(program, snapshot.facts(), request) {
        return None;
    }
    let subjects = Subjects { action: request.action, agent: request.agent, resource: request.resource };
    input.start(program.args.len(), subjects, request.now_ms);
    for &param in &action.params {
        input.set_arg(snapshot, param, request.args.get(param.index())?);
    }
    Some(input)
}

/// Adds the parameters of a scope, so that its conditions may be asked; `None` if they are not of its types.
pub(crate) fn with_params<'i>(
    input: &'i mut Input,
    program: &Program,
    snapshot: &Snapshot,
    (scope, active): (&Scope, &ActiveScope),
) -> Option<&'i Input> {
    let facts = snapshot.facts();
    let fit = scope.params.len() == active.params.len()
        && scope
            .params
            .iter()
            .zip(&active.params)
            .all(|(named, value)| fits(program, facts, value, &named.ty));
    fit.then(|| {
        input.set_params(snapshot, &active.params);
        &*input
    })
}

/// Whether a request is one that [`Engine::read_ask`](crate::Engine::read_ask) may have read: what the index takes for
/// granted of it. Any other is decided without the index.
fn is_sound(program: &Program, facts: &Facts, request: &Request) -> bool {
    let known = |entity: EntityRef| facts.entity(entity).filter(|entity| entity.known);
    let kind = |entity: &Entity| program.entities.get(entity.ty.index()).map(|ty| ty.kind);
    let Some(action) = program.actions.get(request.action.index()) else { return false };
    let of_agent = known(request.agent).is_some_and(|agent| kind(agent) == Some(EntityKind::Agent));
    let of_resource = match request.resource.map(known) {
        None => action.resources.is_empty(),
        Some(resource) => resource.is_some_and(|resource| action.resources.contains(&resource.ty)),
    };
    let fits = |param: &ArgId| {
        let declared = program.args.get(param.index()).map(|arg| &arg.ty);
        let value = request.args.get(param.index());
        declared.zip(value).is_some_and(|(ty, value)| fits(program, facts, value, ty))
    };
    // What is claimed of any other attribute the interpreter would believe; index and native code do not look for it.
    let claimable = |claim: &Claim| {
        facts.entity(claim.entity).is_some_and(|entity| program.is_claimed(entity.ty, claim.field))
    };
    of_agent && of_resource && action.params.iter().all(fits) && request.claims.iter().all(claimable)
}

/// Whether the value's outer form is that of the type.
pub(crate) fn fits(program: &Program, facts: &Facts, value: &Value, ty: &Type) -> bool {
    match (value, ty) {
        (Value::Absent, Type::Optional(_))
        | (Value::Bool(_), Type::Bool)
        | (Value::String(_), Type::String)
        | (Value::Url(_), Type::Url)
        | (Value::Path(_), Type::Path)
        | (Value::Email(_), Type::Email)
        | (Value::Ip(_), Type::Ip)
        | (Value::Cidr(_), Type::Cidr)
        | (Value::Record(_), Type::Record(_))
        | (Value::Map(_), Type::Map(_))
        | (
            Value::Number(_),
            Type::Int
            | Type::Decimal
            | Type::Money(_)
            | Type::Instant
            | Type::Duration
            | Type::Date
            | Type::TimeOfDay,
        ) => true,
        (Value::Number(variant), Type::Enum(id)) => {
            let variants = program.enums.get(id.index()).map_or(0, |of| of.variants.len());
            usize::try_from(*variant).is_ok_and(|variant| variant < variants)
        }
        (Value::Entity(entity), Type::Entity(types)) => {
            facts.entity(*entity).is_some_and(|entity| entity.known && types.contains(&entity.ty))
        }
        (Value::Elements(values), Type::Set(inner) | Type::List(inner)) => {
            values.iter().all(|value| fits(program, facts, value, inner))
        }
        (value, Type::Optional(inner)) => fits(program, facts, value, inner),
        _ => false,
    }
}
