//! Interned entity names.

use std::hash::BuildHasher as _;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::types::EntityTypeId;
use crate::value::EntityRef;

/// Which entity has a name. The names themselves are where the entities are: whoever asks says how to see them there.
///
/// Each table has a seed of its own, so that no list of names that meet can be drawn up beforehand.
#[derive(Debug, Default)]
pub(super) struct Interned {
    entities: HashTable<EntityRef>,
    seed: RandomState,
}

impl Interned {
    /// The entity of this type and id, with `named` telling the type and id of each.
    pub(super) fn find<'n>(
        &self,
        ty: EntityTypeId,
        id: &str,
        named: impl Fn(EntityRef) -> Option<(EntityTypeId, &'n str)>,
    ) -> Option<EntityRef> {
        let is = |&entity: &EntityRef| named(entity) == Some((ty, id));
        self.entities.find(self.seed.hash_one((ty, id)), is).copied()
    }

    /// Makes room for so many more.
    pub(super) fn reserve<'n>(
        &mut self,
        more: usize,
        named: impl Fn(EntityRef) -> Option<(EntityTypeId, &'n str)>,
    ) {
        self.entities.reserve(more, |&other| named(other).map_or(0, |name| self.seed.hash_one(name)));
    }

    /// Adds an entity that was not found; `named` must know it too.
    pub(super) fn add<'n>(
        &mut self,
        ty: EntityTypeId,
        id: &str,
        entity: EntityRef,
        named: impl Fn(EntityRef) -> Option<(EntityTypeId, &'n str)>,
    ) {
        let hash = self.seed.hash_one((ty, id));
        let of = |&other: &EntityRef| named(other).map_or(0, |name| self.seed.hash_one(name));
        self.entities.insert_unique(hash, entity, of);
    }
}
