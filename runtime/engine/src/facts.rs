//! The facts file: known data about agents, people, groups and resources, as JSON.
//!
//! ```json
//! { "entities": [
//!   { "type": "SupportBot", "id": "support/7", "spiffe_id": "spiffe://acme.example/agent/support/7",
//!     "attributes": { "tier": "basic" } },
//!   { "type": "Order", "id": "o1", "parents": [{ "type": "Customer", "id": "ann" }],
//!     "attributes": { "total": "400.00 USD" } } ] }
//! ```
//!
//! Agents and persons may have a `spiffe_id`. A claimed attribute may be omitted.
//!
//! Every entity must fit the policy's types, and everything it refers to must exist.

mod form;

use std::sync::Arc;

use permit_ir::facts::{Facts, FactsBuilder, FactsError};
use permit_ir::types::EntityTypeId;
use permit_ir::value::{EntityRef, Value};
use permit_ir::verify::VerifiedProgram;

use self::form::Stated;
use crate::read::{FieldError, ValueReader};
use permit_types::digest::Digest;
use permit_types::strict_json::{StrictJsonError, member};

/// The most bytes of a facts file.
pub const FACTS_BYTES_MAX: usize = 1 << 30;

/// A snapshot of facts and the digest of the bytes it came from.
#[derive(Clone, Debug)]
pub struct FactsFile {
    /// The snapshot.
    pub facts: Arc<Facts>,
    /// The digest of the file.
    pub digest: Digest,
}

/// A facts file that does not load.
#[derive(Debug, thiserror::Error)]
pub enum FactsFileError {
    /// More bytes than [`FACTS_BYTES_MAX`].
    #[error("the facts are larger than {FACTS_BYTES_MAX} bytes")]
    TooLarge,
    /// Not JSON, or a member stands twice.
    #[error("the facts are not JSON: {0}")]
    Json(#[from] StrictJsonError),
    /// JSON of another form.
    #[error("the facts have another form than expected: {0}")]
    Form(String),
    /// An entity that does not fit the policy.
    #[error("{entity}: {error}")]
    Entity {
        /// The entity.
        entity: String,
        /// What is wrong.
        error: FieldError,
    },
    /// Entities that do not fit each other.
    #[error("{0}")]
    Facts(#[from] FactsError),
}

/// Reads a facts file against a program.
///
/// # Errors
/// [`FactsFileError`]; a file is taken whole or not at all.
pub fn read_facts(program: &VerifiedProgram, bytes: &[u8]) -> Result<FactsFile, FactsFileError> {
    if bytes.len() > FACTS_BYTES_MAX {
        return Err(FactsFileError::TooLarge);
    }
    let stated = form::entities(bytes)?;
    let mut builder = FactsBuilder::new(program)?;
    builder.reserve(stated.len());
    let mut interned = Vec::with_capacity(stated.len());
    for entity in &stated {
        let unknown = || FactsFileError::Entity {
            entity: entity.to_string(),
            error: FieldError::new("type", "the policy declares no such entity type"),
        };
        let ty = program.entity_type_named(&entity.ty).ok_or_else(unknown)?;
        interned.push((builder.intern(ty, &entity.id)?, ty));
    }
    for (entity, &(reference, ty)) in stated.iter().zip(&interned) {
        define(program, &mut builder, entity, reference, ty)?;
    }
    Ok(FactsFile { facts: Arc::new(builder.finish()?), digest: Digest::of(bytes) })
}

fn define(
    program: &VerifiedProgram,
    builder: &mut FactsBuilder<'_>,
    entity: &Stated<'_>,
    reference: EntityRef,
    ty: EntityTypeId,
) -> Result<(), FactsFileError> {
    let wrong = |error| FactsFileError::Entity { entity: entity.to_string(), error };
    let Some(declared) = program.entities.get(ty.index()) else {
        return Err(wrong(FieldError::new("type", "the policy declares no such entity type")));
    };
    let fields = || declared.fields.iter().filter_map(|&id| Some((id, program.fields.get(id.index())?)));
    if let Some((name, _)) =
        entity.attributes.iter().find(|(name, _)| !fields().any(|(_, f)| f.name == *name))
    {
        return Err(wrong(FieldError::new(
            &format!("attributes.{name}"),
            "the policy declares no such attribute",
        )));
    }
    // Every name that is read is interned; `finish` refuses those that nothing defines.
    let mut resolve = |ty: EntityTypeId, id: &str| builder.intern(ty, id).ok();
    let mut reader = ValueReader { program, resolve: &mut resolve };
    let mut attributes = Vec::with_capacity(declared.fields.len());
    for (id, field) in fields() {
        attributes.push(match member(&entity.attributes, &field.name) {
            None if declared.claimed.binary_search(&id).is_ok() => Value::Absent,
            json => {
                let name = format_args!("attributes.{}", field.name);
                reader.read_json(&name, json, &field.ty).map_err(wrong)?
            }
        });
    }
    let mut parents = Vec::with_capacity(entity.parents.len());
    for (i, parent) in entity.parents.iter().enumerate() {
        let name = format_args!("parents[{i}]");
        parents.push(reader.entity(&name, parent, &declared.parents).map_err(wrong)?);
    }
    builder.define(reference, attributes, parents, entity.spiffe_id.as_deref())?;
    Ok(())
}

#[cfg(test)]
mod tests;
