//! What is known of agents and resources: an immutable snapshot of entities, interned and with ancestors worked out.
//!
//! A decision sees one snapshot. Every entity that a request, an attribute or the program names is interned, so that
//! evaluators compare entities as numbers; an entity that is only named is not *known* and has no attributes.

use std::collections::HashMap;
use std::sync::Arc;

use crate::civil::{DATES, DAY_MS};
use crate::program::{EntityKind, EntityType};
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
    /// By type, then by id: a look-up needs no copy of the id.
    by_name: Vec<HashMap<Arc<str>, EntityRef>>,
    agents: Identities,
    persons: Identities,
}

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
        self.by_name.get(ty.index())?.get(id).copied()
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

/// Collects entities and makes a snapshot of them.
#[derive(Debug)]
pub struct FactsBuilder<'p> {
    program: &'p VerifiedProgram,
    names: Vec<(EntityTypeId, Arc<str>)>,
    by_name: Vec<HashMap<Arc<str>, EntityRef>>,
    definitions: Vec<Option<Definition>>,
}

/// Entities by SPIFFE ID.
type Identities = HashMap<Arc<str>, EntityRef>;

#[derive(Debug)]
struct Definition {
    attributes: Vec<Value>,
    parents: Vec<EntityRef>,
    spiffe_id: Option<Arc<str>>,
}

impl<'p> FactsBuilder<'p> {
    /// A builder that has interned every entity the program itself names.
    ///
    /// # Errors
    /// When the program names more entities than a snapshot holds.
    pub fn new(program: &'p VerifiedProgram) -> Result<Self, FactsError> {
        let mut builder = Self { program, names: Vec::new(), by_name: Vec::new(), definitions: Vec::new() };
        for (ty, id) in program.named_entities() {
            builder.intern(ty, id)?;
        }
        Ok(builder)
    }

    /// The reference of an entity, new or not.
    ///
    /// # Errors
    /// [`FactsError::TooManyEntities`].
    pub fn intern(&mut self, ty: EntityTypeId, id: &str) -> Result<EntityRef, FactsError> {
        if self.by_name.len() <= ty.index() {
            self.by_name.resize_with(ty.index() + 1, HashMap::new);
        }
        let of_type = self.by_name.get_mut(ty.index()).ok_or(FactsError::TooManyEntities)?;
        if let Some(&entity) = of_type.get(id) {
            return Ok(entity);
        }
        if self.names.len() >= ENTITIES_MAX {
            return Err(FactsError::TooManyEntities);
        }
        let entity = EntityRef(u32::try_from(self.names.len()).map_err(|_| FactsError::TooManyEntities)?);
        let id = Arc::<str>::from(id);
        of_type.insert(Arc::clone(&id), entity);
        self.names.push((ty, id));
        self.definitions.push(None);
        Ok(entity)
    }

    /// States what is known of an entity. Attributes stand in the order of the entity type's fields.
    ///
    /// # Errors
    /// [`FactsError::Duplicate`] when it was stated before.
    pub fn define(
        &mut self,
        entity: EntityRef,
        attributes: Vec<Value>,
        parents: Vec<EntityRef>,
        spiffe_id: Option<&str>,
    ) -> Result<(), FactsError> {
        let name = self.name(entity);
        match self.definitions.get_mut(entity.index()) {
            Some(slot @ None) => {
                *slot = Some(Definition { attributes, parents, spiffe_id: spiffe_id.map(Arc::from) });
                Ok(())
            }
            Some(Some(_)) | None => Err(FactsError::Duplicate(name)),
        }
    }

    /// Checks everything against the program and works out ancestors.
    ///
    /// # Errors
    /// Any [`FactsError`]; nothing is repaired or dropped.
    pub fn finish(self) -> Result<Facts, FactsError> {
        for (entity, definition) in self.definitions() {
            self.check(entity, definition)?;
        }
        let ancestors = self.ancestors()?;
        let (agents, persons) = self.identities()?;
        let mut entities = Vec::with_capacity(self.names.len());
        for (((ty, id), definition), ancestors) in self.names.into_iter().zip(self.definitions).zip(ancestors)
        {
            let known = definition.is_some();
            let attributes = definition.map(|d| d.attributes).unwrap_or_default().into();
            entities.push(Entity { ty, id, known, attributes, ancestors });
        }
        Ok(Facts { entities, by_name: self.by_name, agents, persons })
    }

    fn definitions(&self) -> impl Iterator<Item = (EntityRef, &Definition)> {
        (0..).map(EntityRef).zip(&self.definitions).filter_map(|(entity, d)| Some((entity, d.as_ref()?)))
    }

    fn type_of(&self, entity: EntityRef) -> Option<EntityTypeId> {
        self.names.get(entity.index()).map(|&(ty, _)| ty)
    }

    fn name(&self, entity: EntityRef) -> String {
        let Some((ty, id)) = self.names.get(entity.index()) else { return String::from("an unknown entity") };
        self.program.entity_text(*ty, id)
    }

    fn check(&self, entity: EntityRef, definition: &Definition) -> Result<(), FactsError> {
        let Some(declared) = self.type_of(entity).and_then(|ty| self.program.entities.get(ty.index())) else {
            return Err(FactsError::Dangling { entity: self.name(entity), target: self.name(entity) });
        };
        let wrong =
            |field: &str| FactsError::AttributeType { entity: self.name(entity), field: field.to_owned() };
        if definition.attributes.len() != declared.fields.len() {
            return Err(wrong("(count)"));
        }
        for (value, id) in definition.attributes.iter().zip(&declared.fields) {
            let field = self.program.fields.get(id.index()).ok_or_else(|| wrong("(unknown)"))?;
            let left_out = *value == Value::Absent && declared.claimed.binary_search(id).is_ok();
            if !left_out && !self.conforms(value, &field.ty) {
                return Err(wrong(&field.name));
            }
            self.check_known(entity, value)?;
        }
        for &parent in &definition.parents {
            if !self.type_of(parent).is_some_and(|ty| declared.parents.contains(&ty)) {
                return Err(FactsError::ParentType { entity: self.name(entity), parent: self.name(parent) });
            }
            self.check_known(entity, &Value::Entity(parent))?;
        }
        Ok(())
    }

    fn check_known(&self, entity: EntityRef, value: &Value) -> Result<(), FactsError> {
        match value {
            Value::Entity(target) if !matches!(self.definitions.get(target.index()), Some(Some(_))) => {
                Err(FactsError::Dangling { entity: self.name(entity), target: self.name(*target) })
            }
            Value::Elements(values) | Value::Record(values) => {
                values.iter().try_for_each(|value| self.check_known(entity, value))
            }
            Value::Map(entries) => entries.iter().try_for_each(|(_, value)| self.check_known(entity, value)),
            Value::Entity(_)
            | Value::Absent
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Url(_)
            | Value::Path(_)
            | Value::Email(_)
            | Value::Ip(_)
            | Value::Cidr(_) => Ok(()),
        }
    }

    fn conforms(&self, value: &Value, ty: &Type) -> bool {
        conforms(self.program, value, ty, &|entity| self.type_of(entity))
    }

    /// The agents and the persons by SPIFFE ID; one ID identifies one of either.
    fn identities(&self) -> Result<(Identities, Identities), FactsError> {
        let (mut agents, mut persons) = (HashMap::new(), HashMap::new());
        for (entity, definition) in self.definitions() {
            let Some(spiffe_id) = &definition.spiffe_id else { continue };
            let declared = self.type_of(entity).and_then(|ty| self.program.entities.get(ty.index()));
            let fits = |ty: &&EntityType| {
                ty.identified_by.as_deref().is_some_and(|glob| crate::glob::matches(glob, spiffe_id))
            };
            let (of_kind, others) = match declared.filter(fits).map(|ty| ty.kind) {
                Some(EntityKind::Agent) => (&mut agents, &persons),
                Some(EntityKind::Person) => (&mut persons, &agents),
                Some(EntityKind::Group | EntityKind::Resource) | None => {
                    return Err(self.misidentified(entity, spiffe_id));
                }
            };
            if others.contains_key(spiffe_id) || of_kind.insert(Arc::clone(spiffe_id), entity).is_some() {
                return Err(self.misidentified(entity, spiffe_id));
            }
        }
        Ok((agents, persons))
    }

    fn misidentified(&self, entity: EntityRef, spiffe_id: &str) -> FactsError {
        FactsError::Identity { entity: self.name(entity), spiffe_id: spiffe_id.to_owned() }
    }

    /// Ancestors of every entity, parents before children, by an explicit stack.
    fn ancestors(&self) -> Result<Vec<Box<[EntityRef]>>, FactsError> {
        let mut done: Vec<Option<Box<[EntityRef]>>> = vec![None; self.names.len()];
        let mut open = vec![false; self.names.len()];
        for root in (0..).map(EntityRef).take(self.names.len()) {
            let mut stack = vec![root];
            while let Some(&entity) = stack.last() {
                let is_done = |e: EntityRef| done.get(e.index()).is_some_and(Option::is_some);
                if is_done(entity) {
                    stack.pop();
                    continue;
                }
                let parents = self.parents(entity);
                let waiting: Vec<_> = parents.iter().copied().filter(|&p| !is_done(p)).collect();
                if waiting.is_empty() {
                    let found = self.close(entity, parents, &done)?;
                    set(&mut done, entity, Some(found));
                    set(&mut open, entity, false);
                    stack.pop();
                    continue;
                }
                set(&mut open, entity, true);
                if let Some(&cyclic) = waiting.iter().find(|p| open.get(p.index()).copied().unwrap_or(true)) {
                    return Err(FactsError::Cycle(self.name(cyclic)));
                }
                stack.extend(waiting);
            }
        }
        Ok(done.into_iter().map(Option::unwrap_or_default).collect())
    }

    fn parents(&self, entity: EntityRef) -> &[EntityRef] {
        match self.definitions.get(entity.index()) {
            Some(Some(definition)) => &definition.parents,
            Some(None) | None => &[],
        }
    }

    fn close(
        &self,
        entity: EntityRef,
        parents: &[EntityRef],
        done: &[Option<Box<[EntityRef]>>],
    ) -> Result<Box<[EntityRef]>, FactsError> {
        let mut found = vec![entity];
        for parent in parents {
            if let Some(Some(ancestors)) = done.get(parent.index()) {
                found.extend_from_slice(ancestors);
            }
        }
        found.sort_unstable();
        found.dedup();
        if found.len() > ANCESTORS_MAX {
            return Err(FactsError::TooManyAncestors(self.name(entity)));
        }
        Ok(found.into())
    }
}

fn set<T>(slots: &mut [T], entity: EntityRef, value: T) {
    if let Some(slot) = slots.get_mut(entity.index()) {
        *slot = value;
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
