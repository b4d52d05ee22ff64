//! The names by which callers speak of what program and facts hold, in frozen tables.

use permit_ir::facts::Facts;
use permit_ir::program::Program;
use permit_ir::types::{ActionId, EntityTypeId};
use permit_ir::value::EntityRef;
use permit_jit::{Frozen, hash_text};

/// Names and what they stand for.
#[derive(Debug)]
pub(crate) struct Names {
    actions: Frozen,
    types: Frozen,
    entities: Frozen,
    /// SPIFFE IDs of agents; a value is a place in `agents`.
    identities: Frozen,
    agents: Box<[(Box<str>, EntityRef)]>,
}

impl Names {
    pub(crate) fn new(program: &Program, facts: &Facts) -> Self {
        let mut agents: Vec<(Box<str>, EntityRef)> =
            facts.agents().map(|(id, entity)| (Box::from(id), entity)).collect();
        agents.sort_unstable();
        let action = |place: u32| program.actions.get(place as usize).map_or("", |action| &action.name);
        let ty = |place: u32| program.entities.get(place as usize).map_or("", |ty| &ty.name);
        let entity = |place: u32| {
            facts.entity(EntityRef(place)).map_or((0, ""), |entity| (u32::from(entity.ty.0), &*entity.id))
        };
        let identity = |place: u32| agents.get(place as usize).map_or("", |(id, _)| id);
        Self {
            actions: Frozen::new(count(program.actions.len()), &|hasher, at| {
                hash_text(hasher, 0, action(at))
            }),
            types: Frozen::new(count(program.entities.len()), &|hasher, at| hash_text(hasher, 0, ty(at))),
            entities: Frozen::new(count(facts.len()), &|hasher, at| {
                let (ty, id) = entity(at);
                hash_text(hasher, ty, id)
            }),
            identities: Frozen::new(count(agents.len()), &|hasher, at| hash_text(hasher, 0, identity(at))),
            agents: agents.into(),
        }
    }

    pub(crate) fn action(&self, program: &Program, name: &str) -> Option<ActionId> {
        let is = |at: u32| program.actions.get(at as usize).is_some_and(|action| action.name == name);
        let place = self.actions.find(self.actions.hash_text(0, name), is)?;
        u16::try_from(place).ok().map(ActionId)
    }

    pub(crate) fn entity_type(&self, program: &Program, name: &str) -> Option<EntityTypeId> {
        let is = |at: u32| program.entities.get(at as usize).is_some_and(|ty| ty.name == name);
        let place = self.types.find(self.types.hash_text(0, name), is)?;
        u16::try_from(place).ok().map(EntityTypeId)
    }

    /// An entity that the facts know.
    pub(crate) fn entity(&self, facts: &Facts, ty: EntityTypeId, id: &str) -> Option<EntityRef> {
        let is =
            |at: u32| facts.entity(EntityRef(at)).is_some_and(|entity| entity.ty == ty && &*entity.id == id);
        let place = EntityRef(self.entities.find(self.entities.hash_text(u32::from(ty.0), id), is)?);
        facts.entity(place).filter(|entity| entity.known).map(|_| place)
    }

    pub(crate) fn agent(&self, spiffe_id: &str) -> Option<EntityRef> {
        let agent = |at: u32| self.agents.get(at as usize);
        let is = |at| agent(at).is_some_and(|(id, _)| &**id == spiffe_id);
        let place = self.identities.find(self.identities.hash_text(0, spiffe_id), is)?;
        agent(place).map(|&(_, entity)| entity)
    }
}

/// How many there are; more than a table holds are not found, which denies.
fn count(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}
