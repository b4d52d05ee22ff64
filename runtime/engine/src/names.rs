//! The names that callers use for parts of the program and the facts, in frozen tables.

use permit_ir::facts::Facts;
use permit_ir::program::Program;
use permit_ir::types::{ActionId, EntityTypeId};
use permit_ir::value::EntityRef;
use permit_jit::{Texts, TextsBuilder};

/// Names and what they stand for.
#[derive(Debug)]
pub(crate) struct Names {
    actions: Texts,
    types: Texts,
    /// Entities that the facts know; the kind is the type's number.
    entities: Texts,
    /// SPIFFE IDs of agents.
    identities: Texts,
}

impl Names {
    pub(crate) fn new(program: &Program, facts: &Facts) -> Self {
        let entities = (0..).zip(facts.entities()).filter(|(_, entity)| entity.known);
        Self {
            actions: texts((0..).zip(&program.actions).map(|(at, action)| (0, &*action.name, at))),
            types: texts((0..).zip(&program.entities).map(|(at, ty)| (0, &*ty.name, at))),
            entities: texts(entities.map(|(at, entity)| (u32::from(entity.ty.0), &*entity.id, at))),
            identities: texts(facts.agents().map(|(id, entity)| (0, id, entity.0))),
        }
    }

    #[inline]
    pub(crate) fn action(&self, name: &str) -> Option<ActionId> {
        u16::try_from(self.actions.find(0, name)?).ok().map(ActionId)
    }

    #[inline]
    pub(crate) fn entity_type(&self, name: &str) -> Option<EntityTypeId> {
        u16::try_from(self.types.find(0, name)?).ok().map(EntityTypeId)
    }

    /// An entity that the facts know.
    #[inline]
    pub(crate) fn entity(&self, ty: EntityTypeId, id: &str) -> Option<EntityRef> {
        self.entities.find(u32::from(ty.0), id).map(EntityRef)
    }

    #[inline]
    pub(crate) fn agent(&self, spiffe_id: &str) -> Option<EntityRef> {
        self.identities.find(0, spiffe_id).map(EntityRef)
    }
}

/// A table of texts by kind. More than it holds are not found, which denies.
fn texts<'t>(named: impl Iterator<Item = (u32, &'t str, u32)>) -> Texts {
    let mut texts = TextsBuilder::default();
    for (kind, text, number) in named {
        let _place = texts.add(kind, text, number);
    }
    texts.finish()
}
