//! The claimed attributes of a request.

use permit_ir::decision::Claim;
use permit_ir::facts::Facts;
use permit_ir::types::EntityTypeId;
use permit_ir::value::{EntityRef, Value};
use permit_ir::verify::VerifiedProgram;
use permit_types::ask::Claims;
use permit_types::strict_json::{Member, member};

use super::{known, shorten};
use crate::read::{FieldError, ValueReader};

/// Reads what is said of agent and resource.
///
/// # Errors
/// [`FieldError`] naming the first attribute that callers may not fill, whose value does not fit, or that neither the
/// facts nor the caller give although it is not optional.
pub(super) fn read(
    program: &VerifiedProgram,
    facts: &Facts,
    claims: &Claims<'_>,
    agent: EntityRef,
    resource: Option<EntityRef>,
) -> Result<Vec<Claim>, FieldError> {
    let mut found = Vec::new();
    read_of(program, facts, "agent", &claims.agent, agent, &mut found)?;
    match resource {
        Some(resource) => read_of(program, facts, "resource", &claims.resource, resource, &mut found)?,
        None if claims.resource.is_empty() => {}
        None => return Err(FieldError::new("claims.resource", "the action takes no resource")),
    }
    Ok(found)
}

fn read_of(
    program: &VerifiedProgram,
    facts: &Facts,
    whose: &str,
    said: &[Member<'_>],
    entity: EntityRef,
    found: &mut Vec<Claim>,
) -> Result<(), FieldError> {
    let unknown = || FieldError::new(whose, "there is no such entity");
    let ty = facts.entity(entity).ok_or_else(unknown)?.ty;
    let declared = program.entities.get(ty.index()).ok_or_else(unknown)?;
    let name = |name: &str| format!("claims.{whose}.{}", shorten(name));
    for (attribute, _) in said {
        match program.field_named(ty, attribute) {
            Some(field) if program.is_claimed(ty, field) => {}
            Some(_) => {
                return Err(FieldError::new(&name(attribute), "the facts say what it is, not the caller"));
            }
            None => return Err(FieldError::new(&name(attribute), "the policy declares no such attribute")),
        }
    }
    let mut resolve = |ty: EntityTypeId, id: &str| known(facts, ty, id);
    let mut reader = ValueReader { program, resolve: &mut resolve };
    for &field in &declared.claimed {
        let Some(named) = program.fields.get(field.index()) else { continue };
        let json = member(said, &named.name);
        let in_facts = facts.attribute(program, entity, field).is_some_and(|value| *value != Value::Absent);
        if json.is_some() || !in_facts {
            let value = reader.read_json(&name(&named.name), json, &named.ty)?;
            found.push(Claim { entity, field, value });
        }
    }
    Ok(())
}
