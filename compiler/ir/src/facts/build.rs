//! Builds a checked snapshot from statements about single entities.

use std::sync::Arc;

use super::interned::Interned;
use super::{ANCESTORS_MAX, ENTITIES_MAX, Entity, Facts, FactsError, Identities, conforms};
use crate::program::{EntityKind, EntityType};
use crate::types::{EntityTypeId, Type};
use crate::value::{EntityRef, Value};
use crate::verify::VerifiedProgram;

/// Collects entities and makes a snapshot of them.
#[derive(Debug)]
pub struct FactsBuilder<'p> {
    program: &'p VerifiedProgram,
    names: Vec<Name>,
    by_name: Interned,
    definitions: Vec<Option<Definition>>,
}

/// The type of an entity, and its id.
type Name = (EntityTypeId, Arc<str>);

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
        let by_name = Interned::default();
        let mut builder = Self { program, names: Vec::new(), by_name, definitions: Vec::new() };
        for (ty, id) in program.named_entities() {
            builder.intern(ty, id)?;
        }
        Ok(builder)
    }

    /// Makes room for so many more entities.
    pub fn reserve(&mut self, more: usize) {
        let more = more.min(ENTITIES_MAX);
        self.names.reserve(more);
        self.definitions.reserve(more);
        self.by_name.reserve(more, |entity| named(&self.names, entity));
    }

    /// The reference of an entity, new or not.
    ///
    /// # Errors
    /// [`FactsError::TooManyEntities`].
    pub fn intern(&mut self, ty: EntityTypeId, id: &str) -> Result<EntityRef, FactsError> {
        if let Some(entity) = self.by_name.find(ty, id, |entity| named(&self.names, entity)) {
            return Ok(entity);
        }
        if self.names.len() >= ENTITIES_MAX {
            return Err(FactsError::TooManyEntities);
        }
        let entity = EntityRef(u32::try_from(self.names.len()).map_err(|_| FactsError::TooManyEntities)?);
        self.names.push((ty, Arc::from(id)));
        self.definitions.push(None);
        self.by_name.add(ty, id, entity, |entity| named(&self.names, entity));
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
        match self.definitions.get_mut(entity.index()) {
            Some(slot @ None) => {
                *slot = Some(Definition { attributes, parents, spiffe_id: spiffe_id.map(Arc::from) });
                Ok(())
            }
            Some(Some(_)) | None => Err(FactsError::Duplicate(self.name(entity))),
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
        let (mut agents, mut persons) = (Identities::default(), Identities::default());
        for (entity, definition) in self.definitions() {
            let Some(spiffe_id) = &definition.spiffe_id else { continue };
            let declared = self.type_of(entity).and_then(|ty| self.program.entities.get(ty.index()));
            let fits = |ty: &&EntityType| ty.identifies(spiffe_id);
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
        let (mut stack, mut found) = (Vec::new(), Vec::new());
        for root in (0..).map(EntityRef).take(self.names.len()) {
            stack.push(root);
            while let Some(&entity) = stack.last() {
                let is_done = |e: EntityRef| done.get(e.index()).is_some_and(Option::is_some);
                if is_done(entity) {
                    stack.pop();
                    continue;
                }
                let parents = self.parents(entity);
                let below = stack.len();
                stack.extend(parents.iter().copied().filter(|&parent| !is_done(parent)));
                let mut waiting = stack.iter().skip(below);
                if waiting.len() == 0 {
                    self.close(entity, parents, &done, &mut found)?;
                    set(&mut done, entity, Some(Box::from(&*found)));
                    set(&mut open, entity, false);
                    stack.pop();
                    continue;
                }
                set(&mut open, entity, true);
                if let Some(&cyclic) = waiting.find(|p| open.get(p.index()).copied().unwrap_or(true)) {
                    return Err(FactsError::Cycle(self.name(cyclic)));
                }
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

    /// Itself and everything it lies in, ascending, into `found`; its parents' ancestors are done.
    fn close(
        &self,
        entity: EntityRef,
        parents: &[EntityRef],
        done: &[Option<Box<[EntityRef]>>],
        found: &mut Vec<EntityRef>,
    ) -> Result<(), FactsError> {
        found.clear();
        found.push(entity);
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
        Ok(())
    }
}

fn named(names: &[Name], entity: EntityRef) -> Option<(EntityTypeId, &str)> {
    names.get(entity.index()).map(|(ty, id)| (*ty, &**id))
}

fn set<T>(slots: &mut [T], entity: EntityRef, value: T) {
    if let Some(slot) = slots.get_mut(entity.index()) {
        *slot = value;
    }
}
