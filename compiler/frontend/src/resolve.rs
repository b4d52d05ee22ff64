//! Declared names and their meanings: types, actions and action sets, and the names of values.
//!
//! Enums, records and entity types share one namespace, actions and action sets another, zones, constants, tables and
//! functions a third, and rules, budgets, rates and scopes a fourth. Names that a request or a decision contains are unique in the
//! whole policy; those of constants, tables, functions, zones and action sets in their module. A name that is declared
//! twice keeps its first meaning; the second declaration is reported and ignored.

mod collect;
mod identity;
mod imports;
mod lookup;
mod members;
mod names;
mod order;
mod records;
mod seen_actions;
mod sets;

use std::collections::{BTreeMap, BTreeSet};

use permit_grammar::ast::Ident;
use permit_grammar::span::SourceId;
use permit_ir::program::{ActionFlags, EntityKind};
use permit_ir::types::{ActionId, EntityTypeId, EnumId, RecordId, Type};

use crate::modules::{ModuleId, Modules};

pub(crate) use collect::collect;
pub(crate) use members::{ROOTS, duplicate, function_parameters, parameters};
pub(crate) use names::{Declared, Import, Imports, Lookup, Namespace};
pub(crate) use order::order;

/// Everything that can be referred to by name.
#[derive(Debug, Default)]
pub(crate) struct Symbols {
    pub(crate) modules: Modules,
    pub(crate) enums: Vec<EnumDecl>,
    pub(crate) entities: Vec<EntityDecl>,
    pub(crate) actions: Vec<ActionDecl>,
    pub(crate) zones: Vec<ZoneDecl>,
    pub(crate) records: Vec<RecordDecl>,
    action_sets: Vec<ActionSet>,
    types: Namespace<TypeName>,
    actions_named: Namespace<ActionName>,
    values: Namespace<ValueName>,
    /// Rules, budgets, rates and scopes.
    clauses: Namespace<ClauseName>,
    imports: BTreeMap<SourceId, Imports>,
    /// The actions that `*` stands for, by module.
    seen_actions: BTreeMap<ModuleId, Vec<ActionId>>,
}

/// What a name of the types' namespace stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TypeName {
    Enum(EnumId),
    Entity(EntityTypeId),
    Record(RecordId),
}

/// What a name of the clauses' namespace stands for; scopes alone are referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClauseName {
    Scope,
    Other,
}

/// What a name of the actions' namespace stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ActionName {
    Action(ActionId),
    /// The place of the set.
    Set(usize),
}

/// What a name of the values' namespace stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueName {
    /// The place of the zone.
    Zone(usize),
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
    /// The names of the fields that a caller may fill.
    pub(crate) claimed: BTreeSet<String>,
}

/// A field or a parameter. Its type is `None` when it was no type, which is reported.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: Ident,
    pub(crate) ty: Option<Type>,
}

impl EntityDecl {
    /// Whether callers may fill the field at this place.
    pub(crate) fn is_claimed(&self, place: usize) -> bool {
        self.fields.get(place).is_some_and(|field| self.claimed.contains(&field.name.value))
    }
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
    pub(crate) iana: String,
}

impl Symbols {
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

    pub(crate) fn action(&self, id: ActionId) -> Option<&ActionDecl> {
        self.actions.get(id.index())
    }

    /// The action that a declaration declares, if it is the first of its name.
    pub(crate) fn action_of(&self, name: &Ident) -> Option<(ActionId, &ActionDecl)> {
        let module = self.modules.of(name.span.source)?;
        let declared = self.actions_named.of(&name.value, module).filter(|one| one.span == name.span)?;
        let ActionName::Action(id) = declared.meaning else { return None };
        Some((id, self.action(id)?))
    }

    /// Whether a declaration of a constant, table or function is the first of its name.
    pub(crate) fn declares_value(&self, name: &Ident) -> bool {
        let module = self.modules.of(name.span.source);
        let declared = module.and_then(|module| self.values.of(&name.value, module));
        declared.is_some_and(|declared| declared.span == name.span)
    }

    /// What the `use`s of each text bring in.
    pub(crate) fn imports(&self) -> impl Iterator<Item = (SourceId, &Imports)> {
        self.imports.iter().map(|(source, imports)| (*source, imports))
    }

    /// Whether a module has a public action, of this name if one is given.
    pub(crate) fn has_actions(&self, module: ModuleId, name: Option<&str>) -> bool {
        let is_action = |one: &Declared<ActionName>| {
            one.module == module && !one.private && matches!(one.meaning, ActionName::Action(_))
        };
        match name {
            Some(name) => self.actions_named.of(name, module).is_some_and(is_action),
            None => self.actions_named.iter().any(|(_, one)| is_action(one)),
        }
    }

    /// The actions that `*` stands for in a text: those that its module sees, ascending.
    pub(crate) fn seen_actions(&self, at: SourceId) -> &[ActionId] {
        let module = self.modules.of(at);
        module.and_then(|module| self.seen_actions.get(&module)).map_or(&[], Vec::as_slice)
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
