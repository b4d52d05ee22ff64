//! Facts about agents and resources: an immutable snapshot of entities, interned, with their ancestors computed.
//!
//! A decision sees one snapshot. Every entity that a request, an attribute or the program names is interned, so that
//! evaluators compare entities as numbers; an entity that is only named is not *known* and has no attributes.

mod build;
mod interned;

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

pub use self::build::FactsBuilder;
use self::interned::Interned;
use crate::civil::{DATES, DAY_MS};
use crate::types::{EntityTypeId, FieldId, Type};
use crate::value::{EntityRef, Value};
use crate::verify::VerifiedProgram;

/// The most entities one snapshot holds.
pub const ENTITIES_MAX: usize = 4_000_000;

/// The most ancestors one entity has, itself included.
pub const ANCESTORS_MAX: usize = 4_096;

/// A snapshot of entities.
#[derive(Debug)]
pub struct Facts {
    entities: Vec<Entity>,
    by_name: Interned,
    agents: Identities,
    persons: Identities,
}

/// Entities by SPIFFE ID.
type Identities = HashMap<Arc<str>, EntityRef, RandomState>;

/// One entity of a snapshot.
#[derive(Debug, PartialEq, Eq)]
pub struct Entity {
    /// Its type.
    pub ty: EntityTypeId,
    /// Its id, unique in its type.
    pub id: Arc<str>,
    /// Whether the facts speak of it; if not it is only a name.
    pub known: bool,
    /// Its attributes in the order of [`EntityType::fields`](crate::program::EntityType::fields); empty unless known. One
    /// that callers may fill may be absent whatever its type is.
    pub attributes: Box<[Value]>,
    /// Itself and everything it lies in, ascending.
    pub ancestors: Box<[EntityRef]>,
}

/// Facts that do not fit the program or each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FactsError {
    /// The snapshot is full.
    #[error("more than {ENTITIES_MAX} entities")]
    TooManyEntities,
    /// One entity was defined twice.
    #[error("`{0}` is defined twice")]
    Duplicate(String),
    /// An attribute's value is not of the declared type, or there are too few or too many.
    #[error("attribute `{field}` of `{entity}` is not of its declared type")]
    AttributeType {
        /// The entity.
        entity: String,
        /// The attribute.
        field: String,
    },
    /// A parent's type is not among those the entity type lies `within`.
    #[error("`{entity}` cannot lie within `{parent}`")]
    ParentType {
        /// The entity.
        entity: String,
        /// The parent.
        parent: String,
    },
    /// An attribute or a parent is not among the facts.
    #[error("`{entity}` refers to `{target}`, which is not among the facts")]
    Dangling {
        /// The entity that refers.
        entity: String,
        /// What it refers to.
        target: String,
    },
    /// The entity lies within itself.
    #[error("`{0}` lies within itself")]
    Cycle(String),
    /// The entity has more than [`ANCESTORS_MAX`] ancestors.
    #[error("`{0}` has more than {ANCESTORS_MAX} ancestors")]
    TooManyAncestors(String),
    /// A SPIFFE ID on an entity that is neither an agent nor a person, or one that its type's pattern does not match, or given twice.
    #[error("`{spiffe_id}` does not identify `{entity}`")]
    Identity {
        /// The entity.
        entity: String,
        /// The SPIFFE ID.
        spiffe_id: String,
    },
}

impl Facts {
    /// The entity behind a reference of this snapshot.
    #[must_use]
    pub fn entity(&self, entity: EntityRef) -> Option<&Entity> {
        self.entities.get(entity.index())
    }

    /// The entity of this type and id, if it was interned.
    #[must_use]
    pub fn find(&self, ty: EntityTypeId, id: &str) -> Option<EntityRef> {
        self.by_name.find(ty, id, |entity| self.entity(entity).map(|entity| (entity.ty, &*entity.id)))
    }

    /// The agent that this SPIFFE ID identifies.
    #[must_use]
    pub fn agent(&self, spiffe_id: &str) -> Option<EntityRef> {
        self.agents.get(spiffe_id).copied()
    }

    /// The agents with their SPIFFE IDs, in no order.
    pub fn agents(&self) -> impl Iterator<Item = (&str, EntityRef)> {
        self.agents.iter().map(|(id, &entity)| (&**id, entity))
    }

    /// The person that this SPIFFE ID identifies.
    #[must_use]
    pub fn person(&self, spiffe_id: &str) -> Option<EntityRef> {
        self.persons.get(spiffe_id).copied()
    }

    /// How many entities were interned.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Whether no entity was interned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }

    /// All entities; an entity's reference is its place.
    #[must_use]
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// An attribute of an entity; `None` when the entity is not known or its type does not have the attribute.
    #[must_use]
    pub fn attribute(&self, program: &VerifiedProgram, entity: EntityRef, field: FieldId) -> Option<&Value> {
        let entity = self.entity(entity)?;
        let fields = &program.entities.get(entity.ty.index())?.fields;
        entity.attributes.get(fields.binary_search(&field).ok()?)
    }

    /// Whether `entity` is `ancestor` or lies in it.
    #[must_use]
    pub fn within(&self, entity: EntityRef, ancestor: EntityRef) -> bool {
        entity == ancestor
            || self.entity(entity).is_some_and(|e| e.ancestors.binary_search(&ancestor).is_ok())
    }
}

/// Whether a value fits a type, with `type_of` telling the type of an entity.
#[must_use]
pub fn conforms(
    program: &VerifiedProgram,
    value: &Value,
    ty: &Type,
    type_of: &dyn Fn(EntityRef) -> Option<EntityTypeId>,
) -> bool {
    match (value, ty) {
        (Value::Absent, Type::Optional(_))
        | (Value::Bool(_), Type::Bool)
        | (Value::String(_), Type::String)
        | (Value::Url(_), Type::Url)
        | (Value::Path(_), Type::Path)
        | (Value::Email(_), Type::Email)
        | (Value::Ip(_), Type::Ip)
        | (Value::Cidr(_), Type::Cidr) => true,
        (value, Type::Optional(inner)) => conforms(program, value, inner, type_of),
        (Value::Number(_), Type::Int | Type::Decimal | Type::Money(_) | Type::Instant | Type::Duration) => {
            true
        }
        (Value::Number(days), Type::Date) => i32::try_from(*days).is_ok_and(|d| DATES.contains(&d)),
        (Value::Number(ms), Type::TimeOfDay) => u32::try_from(*ms).is_ok_and(|ms| ms < DAY_MS),
        (Value::Record(values), Type::Record(id)) => program.records.get(id.index()).is_some_and(|record| {
            values.len() == record.members.len()
                && values.iter().zip(&record.members).all(|(v, m)| conforms(program, v, &m.ty, type_of))
        }),
        (Value::Map(entries), Type::Map(inner)) => {
            entries.iter().all(|(_, v)| conforms(program, v, inner, type_of))
                && entries.is_sorted_by(|(a, _), (b, _)| a < b)
        }
        (Value::Number(variant), Type::Enum(id)) => {
            let variants = program.enums.get(id.index()).map_or(0, |e| e.variants.len());
            usize::try_from(*variant).is_ok_and(|v| v < variants)
        }
        (Value::Entity(entity), Type::Entity(types)) => {
            type_of(*entity).is_some_and(|ty| types.contains(&ty))
        }
        (Value::Elements(values), Type::List(inner)) => {
            values.iter().all(|v| conforms(program, v, inner, type_of))
        }
        (Value::Elements(values), Type::Set(inner)) => {
            values.iter().all(|v| conforms(program, v, inner, type_of)) && values.is_sorted_by(|a, b| a < b)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
