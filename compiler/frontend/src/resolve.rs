//! Declared names and what they stand for: types, actions and sets of them, and the names of values.
//!
//! Enums, records and entity types share one namespace, actions and their sets another, and zones, constants, tables and
//! functions a third. A name that is declared twice keeps its first meaning, and the second
//! declaration is reported and left out.

mod collect;
mod identity;
mod imports;
mod lookup;
mod order;
mod records;
mod sets;

use std::collections::{BTreeMap, BTreeSet};

use permit_grammar::ast::Ident;
use permit_grammar::span::SourceId;
use permit_ir::intrinsics::Intrinsic;
use permit_ir::program::{ActionFlags, EntityKind};
use permit_ir::types::{ActionId, EntityTypeId, EnumId, RecordId, Type};

pub(crate) use collect::{ROOTS, collect, duplicate, parameters};
pub(crate) use order::order;

/// Everything that can be referred to by name from anywhere.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    pub(crate) enums: Vec<EnumDecl>,
    pub(crate) entities: Vec<EntityDecl>,
    pub(crate) actions: Vec<ActionDecl>,
    pub(crate) zones: Vec<ZoneDecl>,
    pub(crate) records: Vec<RecordDecl>,
    action_sets: BTreeMap<String, ActionSet>,
    /// Where each constant, table and function was declared first, and what it is.
    value_kinds: BTreeMap<String, ValueKind>,
    /// What names of the standard library mean in each file.
    imports: BTreeMap<(SourceId, String), Intrinsic>,
    /// The files with a `use` that was reported.
    lost_imports: BTreeSet<SourceId>,
    weekday: Option<EnumId>,
    types: BTreeMap<String, TypeName>,
    action_ids: BTreeMap<String, ActionId>,
    zone_places: BTreeMap<String, usize>,
}

/// What a name of the types' namespace stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TypeName {
    Enum(EnumId),
    Entity(EntityTypeId),
    Record(RecordId),
}

/// What a name of the values' namespace stands for, zones apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind {
    Const,
    Table,
    Function,
}

/// A record type.
#[derive(Debug)]
pub(crate) struct RecordDecl {
    pub(crate) name: Ident,
    pub(crate) members: Vec<Member>,
}

/// `actions NAME = …`: the actions, ascending; `None` when one of them is not known, which is reported.
#[derive(Debug)]
pub(crate) struct ActionSet {
    pub(crate) actions: Option<Vec<ActionId>>,
}

#[derive(Debug)]
pub(crate) struct EnumDecl {
    pub(crate) name: Ident,
    pub(crate) variants: Vec<Ident>,
}

#[derive(Debug)]
pub(crate) struct EntityDecl {
    pub(crate) name: Ident,
    pub(crate) kind: EntityKind,
    pub(crate) parents: Vec<EntityTypeId>,
    pub(crate) identified_by: Option<String>,
    pub(crate) fields: Vec<Member>,
}

/// A field or a parameter. Its type is `None` when it was no type, which is reported.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: Ident,
    pub(crate) ty: Option<Type>,
}

#[derive(Debug)]
pub(crate) struct ActionDecl {
    pub(crate) name: Ident,
    pub(crate) params: Vec<Member>,
    pub(crate) flags: ActionFlags,
    /// `None` when one of them is not known, which is reported.
    pub(crate) resources: Option<Vec<EntityTypeId>>,
}

#[derive(Debug)]
pub(crate) struct ZoneDecl {
    pub(crate) name: Ident,
    pub(crate) iana: String,
}

impl Symbols {
    pub(crate) fn type_name(&self, name: &str) -> Option<TypeName> {
        self.types.get(name).copied()
    }

    pub(crate) fn type_names(&self) -> impl Iterator<Item = &str> {
        self.types.keys().map(String::as_str)
    }

    pub(crate) fn enum_decl(&self, id: EnumId) -> Option<&EnumDecl> {
        self.enums.get(id.index())
    }

    pub(crate) fn entity(&self, id: EntityTypeId) -> Option<&EntityDecl> {
        self.entities.get(id.index())
    }

    pub(crate) fn entity_name(&self, id: EntityTypeId) -> &str {
        self.entity(id).map_or("", |decl| &decl.name.value)
    }

    pub(crate) fn record(&self, id: RecordId) -> Option<&RecordDecl> {
        self.records.get(id.index())
    }

    pub(crate) fn action_set(&self, name: &str) -> Option<&ActionSet> {
        self.action_sets.get(name)
    }

    /// What a constant, table or function of this name is.
    pub(crate) fn value_kind(&self, name: &str) -> Option<ValueKind> {
        self.value_kinds.get(name).copied()
    }

    /// The names of constants, tables and functions.
    pub(crate) fn value_names(&self) -> impl Iterator<Item = &str> {
        self.value_kinds.keys().map(String::as_str)
    }

    pub(crate) fn action(&self, id: ActionId) -> Option<&ActionDecl> {
        self.actions.get(id.index())
    }

    /// The action that a declaration declares, if it is the first of its name.
    pub(crate) fn action_of(&self, name: &Ident) -> Option<(ActionId, &ActionDecl)> {
        let id = self.action_ids.get(&name.value).copied()?;
        let decl = self.action(id).filter(|decl| decl.name.span == name.span)?;
        Some((id, decl))
    }

    /// All actions, ascending.
    pub(crate) fn all_actions(&self) -> Vec<ActionId> {
        (0..).map(ActionId).take(self.actions.len()).collect()
    }

    /// All entity types of a kind, ascending.
    pub(crate) fn entities_of(&self, kind: EntityKind) -> Vec<EntityTypeId> {
        let all = (0..).map(EntityTypeId).zip(&self.entities);
        all.filter(|(_, decl)| decl.kind == kind).map(|(id, _)| id).collect()
    }

    /// Whether an entity of type `inner` can be one of type `outer` or lie in it at some depth.
    pub(crate) fn can_lie_within(&self, inner: EntityTypeId, outer: EntityTypeId) -> bool {
        let mut seen = vec![inner];
        let mut next = 0;
        while let Some(&at) = seen.get(next) {
            if at == outer {
                return true;
            }
            for &parent in self.entity(at).map_or(&[][..], |decl| &decl.parents) {
                if !seen.contains(&parent) {
                    seen.push(parent);
                }
            }
            next += 1;
        }
        false
    }
}

/// An entity kind as messages call it.
pub(crate) const fn kind_name(kind: EntityKind) -> &'static str {
    match kind {
        EntityKind::Group => "a group",
        EntityKind::Agent => "an agent type",
        EntityKind::Person => "a person type",
        EntityKind::Resource => "a resource type",
    }
}
