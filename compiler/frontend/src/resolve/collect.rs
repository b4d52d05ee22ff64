//! Gathers the declarations: first all names, then what stands behind them.

use std::collections::BTreeMap;

use permit_grammar::ast::{self, ActionFlag, Field, File, Ident, Item};
use permit_grammar::span::{Span, Spanned};
use permit_ir::program::{ActionFlags, EntityKind};
use permit_ir::types::{ActionId, EntityTypeId, EnumId, RecordId};
use permit_ir::verify::limits;

use super::{
    ActionDecl, EntityDecl, EnumDecl, Member, Symbols, TypeName, ValueKind, ZoneDecl, identity, imports,
    kind_name, records, sets,
};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::{suggest, types};

/// Names that expressions have by themselves.
pub(crate) const ROOTS: [&str; 3] = ["agent", "resource", "now"];

/// The declarations of all files, in order.
pub(crate) fn collect(files: &[File], found: &mut Vec<Diagnostic>) -> Symbols {
    let mut collector = Collector::default();
    for item in files.iter().flat_map(|file| &file.items) {
        collector.declare(item, found);
    }
    let Collector { mut symbols, entities, actions, records, sets, .. } = collector;
    imports::resolve(&mut symbols, files, found);
    records::resolve(&mut symbols, &records, found);
    let mut resolved = Vec::with_capacity(entities.len());
    for entity in entities {
        resolved.push(resolve_entity(&symbols, entity, found));
    }
    symbols.entities = resolved;
    let mut resolved = Vec::with_capacity(actions.len());
    for action in actions {
        resolved.push(resolve_action(&symbols, action, found));
    }
    symbols.actions = resolved;
    symbols.action_sets = sets::resolve(&symbols, &sets, found);
    identity::check_overlaps(&symbols, files, found);
    symbols
}

/// The names so far, and the declarations behind them that are yet to be resolved.
#[derive(Default)]
struct Collector<'a> {
    symbols: Symbols,
    entities: Vec<&'a ast::Entity>,
    actions: Vec<&'a ast::Action>,
    records: Vec<&'a ast::Record>,
    sets: Vec<&'a ast::ActionSet>,
    /// Where each type, action and value was declared.
    places: [BTreeMap<&'a str, Span>; 3],
}

impl<'a> Collector<'a> {
    fn declare(&mut self, item: &'a Item, found: &mut Vec<Diagnostic>) {
        match item {
            Item::Enum(decl) => self.declare_enum(decl, found),
            Item::Entity(decl) => self.declare_entity(decl, found),
            Item::Action(decl) => self.declare_action(decl, found),
            Item::Zone(decl) => self.declare_zone(decl, found),
            Item::Record(decl) => self.declare_record(decl, found),
            Item::ActionSet(decl) => self.declare_action_set(decl, found),
            Item::Const(decl) => self.declare_value(&decl.name, ValueKind::Const, found),
            Item::Table(decl) => self.declare_value(&decl.name, ValueKind::Table, found),
            Item::Function(decl) => self.declare_value(&decl.name, ValueKind::Function, found),
            Item::Rule(_)
            | Item::Budget(_)
            | Item::Rate(_)
            | Item::Scope(_)
            | Item::Scenario(_)
            | Item::Requirement(_) => {}
        }
    }

    fn declare_record(&mut self, decl: &'a ast::Record, found: &mut Vec<Diagnostic>) {
        let Some(id) = self.new_type(&decl.name, self.records.len(), found) else { return };
        self.symbols.types.insert(decl.name.value.clone(), TypeName::Record(RecordId(id)));
        self.records.push(decl);
    }

    fn declare_action_set(&mut self, decl: &'a ast::ActionSet, found: &mut Vec<Diagnostic>) {
        let [_, actions, _] = &mut self.places;
        if new_name(&decl.name, "action set", actions, found).is_some() {
            let empty = super::ActionSet { actions: None };
            self.symbols.action_sets.insert(decl.name.value.clone(), empty);
            self.sets.push(decl);
        }
    }

    fn declare_value(&mut self, name: &'a Ident, kind: ValueKind, found: &mut Vec<Diagnostic>) {
        let what = match kind {
            ValueKind::Const => "constant",
            ValueKind::Table => "table",
            ValueKind::Function => "function",
        };
        if ROOTS.contains(&name.value.as_str()) {
            found.push(reserved_root(name, what));
            return;
        }
        let [_, _, values] = &mut self.places;
        if new_name(name, what, values, found).is_some() {
            self.symbols.value_kinds.insert(name.value.clone(), kind);
        }
    }

    fn declare_enum(&mut self, decl: &'a ast::Enum, found: &mut Vec<Diagnostic>) {
        let Some(id) = self.new_type(&decl.name, self.symbols.enums.len(), found) else { return };
        let variants = first_of_each(&decl.variants, |variant| variant, "variant", found);
        if variants.is_empty() {
            let message = format!("enum `{}` has no variants", decl.name.value);
            let diagnostic = Diagnostic::error(Code::ClauseMissing, decl.name.span, message, "no variants");
            found.push(diagnostic.help("name at least one variant"));
        }
        self.symbols.types.insert(decl.name.value.clone(), TypeName::Enum(EnumId(id)));
        let variants = variants.into_iter().cloned().collect();
        self.symbols.enums.push(EnumDecl { name: decl.name.clone(), variants });
    }

    fn declare_entity(&mut self, decl: &'a ast::Entity, found: &mut Vec<Diagnostic>) {
        let Some(id) = self.new_type(&decl.name, self.symbols.entities.len(), found) else { return };
        self.symbols.types.insert(decl.name.value.clone(), TypeName::Entity(EntityTypeId(id)));
        self.symbols.entities.push(EntityDecl {
            name: decl.name.clone(),
            kind: kind(decl.kind),
            parents: Vec::new(),
            identified_by: None,
            fields: Vec::new(),
        });
        self.entities.push(decl);
    }

    fn declare_action(&mut self, decl: &'a ast::Action, found: &mut Vec<Diagnostic>) {
        let [_, actions, _] = &mut self.places;
        if new_name(&decl.name, "action", actions, found).is_none() {
            return;
        }
        let Some(id) = bounded(self.actions.len(), limits::ACTIONS_MAX, &decl.name, found) else { return };
        self.symbols.action_ids.insert(decl.name.value.clone(), ActionId(id));
        self.actions.push(decl);
    }

    fn declare_zone(&mut self, decl: &'a ast::Zone, found: &mut Vec<Diagnostic>) {
        let [_, _, values] = &mut self.places;
        if new_name(&decl.name, "zone", values, found).is_none() {
            return;
        }
        check_time_zone(&decl.iana, found);
        self.symbols.zone_places.insert(decl.name.value.clone(), self.symbols.zones.len());
        self.symbols.zones.push(ZoneDecl { name: decl.name.clone(), iana: decl.iana.value.clone() });
    }

    /// The number of a new type, if the name is free and there is room.
    fn new_type(&mut self, name: &'a Ident, count: usize, found: &mut Vec<Diagnostic>) -> Option<u16> {
        if types::is_builtin(&name.value) {
            let message = format!("`{}` is a type of the language", name.value);
            let diagnostic =
                Diagnostic::error(Code::ReservedName, name.span, message, "cannot be declared again");
            found.push(diagnostic.help("choose another name"));
            return None;
        }
        let [types, ..] = &mut self.places;
        new_name(name, "type", types, found)?;
        bounded(count, limits::TYPES_MAX, name, found)
    }
}

/// The name must be spelt as the IANA data spells it, since records repeat it.
fn check_time_zone(iana: &Spanned<String>, found: &mut Vec<Diagnostic>) {
    let database = jiff::tz::TimeZoneDatabase::bundled();
    let known = database.get(&iana.value).ok();
    let spelt = known.as_ref().and_then(|zone| zone.iana_name());
    if spelt == Some(iana.value.as_str()) {
        return;
    }
    let names: Vec<String> = database.available().map(|name| name.as_str().to_owned()).collect();
    let close = spelt.or_else(|| suggest::closest(&iana.value, names.iter().map(String::as_str)));
    let help = close.map_or_else(
        || "write an IANA name such as `\"Europe/Dublin\"` or `\"UTC\"`".to_owned(),
        |name| format!("did you mean `\"{name}\"`?"),
    );
    let message = format!("there is no time zone `{}`", iana.value);
    let diagnostic = Diagnostic::error(Code::UnknownTimeZone, iana.span, message, "not in the IANA data");
    found.push(diagnostic.help(help));
}

/// How many names there were before this one, unless it is one of them.
fn new_name<'a>(
    name: &'a Ident,
    what: &str,
    places: &mut BTreeMap<&'a str, Span>,
    found: &mut Vec<Diagnostic>,
) -> Option<usize> {
    if let Some(&first) = places.get(name.value.as_str()) {
        found.push(duplicate(name, first, what));
        return None;
    }
    let count = places.len();
    places.insert(&name.value, name.span);
    Some(count)
}

fn bounded(count: usize, max: usize, name: &Ident, found: &mut Vec<Diagnostic>) -> Option<u16> {
    let id = u16::try_from(count).ok().filter(|_| count < max);
    // The first one too many is reported, those behind it are not.
    if id.is_none() && count == max {
        let message = format!("a policy has at most {max} declarations of this kind");
        let diagnostic = Diagnostic::error(Code::TooLarge, name.span, message, "one too many");
        found.push(diagnostic.help("split the policy into several modules"));
    }
    id
}

/// A name that was declared before.
pub(crate) fn duplicate(name: &Ident, first: Span, what: &str) -> Diagnostic {
    let message = format!("{what} `{}` is declared twice", name.value);
    Diagnostic::error(Code::DuplicateName, name.span, message, "declared again here")
        .also(first, "first declared here")
        .help("rename one of the two, or remove it")
}

/// The items without those whose name stood before, which are reported.
fn first_of_each<'a, T>(
    items: &'a [T],
    name: impl Fn(&'a T) -> &'a Ident,
    what: &str,
    found: &mut Vec<Diagnostic>,
) -> Vec<&'a T> {
    let mut seen = BTreeMap::<&str, Span>::new();
    let mut kept = Vec::with_capacity(items.len());
    for item in items {
        let ident = name(item);
        match seen.get(ident.value.as_str()) {
            Some(&first) => found.push(duplicate(ident, first, what)),
            None => {
                seen.insert(&ident.value, ident.span);
                kept.push(item);
            }
        }
    }
    kept
}

fn resolve_entity(symbols: &Symbols, decl: &ast::Entity, found: &mut Vec<Diagnostic>) -> EntityDecl {
    let own = kind(decl.kind);
    let mut parents = Vec::new();
    for parent in &decl.parents {
        let Some(id) = symbols.find_entity(found, parent, &EntityKind::ALL) else { continue };
        let wanted = parent_kind(own);
        match symbols.entity(id) {
            Some(target) if target.kind != wanted => {
                found.push(parent_mismatch(decl, parent, target.kind, wanted));
            }
            Some(_) | None => parents.push(id),
        }
    }
    parents.sort_unstable();
    parents.dedup();
    let identified_by =
        decl.identified_by.as_ref().and_then(|pattern| identity::pattern(decl, own, pattern, found));
    EntityDecl {
        name: decl.name.clone(),
        kind: own,
        parents,
        identified_by,
        fields: members(symbols, &decl.fields, "field", found),
    }
}

/// Agents, persons and groups lie in groups, resources in resources.
const fn parent_kind(kind: EntityKind) -> EntityKind {
    match kind {
        EntityKind::Group | EntityKind::Agent | EntityKind::Person => EntityKind::Group,
        EntityKind::Resource => EntityKind::Resource,
    }
}

fn parent_mismatch(decl: &ast::Entity, parent: &Ident, is: EntityKind, wanted: EntityKind) -> Diagnostic {
    let message = format!(
        "`{}` is {} and cannot lie within `{}`, {}",
        decl.name.value,
        kind_name(kind(decl.kind)),
        parent.value,
        kind_name(is)
    );
    let help = "agents, persons and groups lie within groups, resources within resources";
    Diagnostic::error(Code::ParentKind, parent.span, message, format!("{} is needed here", kind_name(wanted)))
        .help(help)
}

fn resolve_action(symbols: &Symbols, decl: &ast::Action, found: &mut Vec<Diagnostic>) -> ActionDecl {
    let mut resources = Some(Vec::new());
    for name in &decl.resources {
        match (symbols.find_entity(found, name, &[EntityKind::Resource]), &mut resources) {
            (Some(id), Some(ids)) => ids.push(id),
            (Some(_), None) => {}
            (None, _) => resources = None,
        }
    }
    if let Some(ids) = &mut resources {
        ids.sort_unstable();
        ids.dedup();
    }
    ActionDecl {
        name: decl.name.clone(),
        params: parameters(symbols, &decl.params, found),
        flags: flags(decl, found),
        resources,
    }
}

/// What an action `is`.
fn flags(decl: &ast::Action, found: &mut Vec<Diagnostic>) -> ActionFlags {
    let mut flags = ActionFlags::default();
    for (at, flag) in decl.flags.iter().enumerate() {
        match flag.value {
            ActionFlag::Readonly => flags.readonly = true,
            ActionFlag::Irreversible => flags.irreversible = true,
            ActionFlag::External => flags.external = true,
        }
        let before = decl.flags.get(..at).unwrap_or_default();
        let clash = before.iter().find(|other| {
            other.value == flag.value
                || matches!(
                    (other.value, flag.value),
                    (ActionFlag::Readonly, ActionFlag::Irreversible)
                        | (ActionFlag::Irreversible, ActionFlag::Readonly)
                )
        });
        let Some(other) = clash else { continue };
        let message = if other.value == flag.value {
            format!("action `{}` says the same thing twice", decl.name.value)
        } else {
            format!("action `{}` cannot be both `readonly` and `irreversible`", decl.name.value)
        };
        let diagnostic =
            Diagnostic::error(Code::ActionFlags, flag.span, message, "does not go with the other")
                .also(other.span, "the other one");
        found.push(diagnostic.help("remove one of the two"));
    }
    flags
}

/// The parameters of an action or a scope.
pub(crate) fn parameters(symbols: &Symbols, params: &[Field], found: &mut Vec<Diagnostic>) -> Vec<Member> {
    for param in params {
        if ROOTS.contains(&param.name.value.as_str()) {
            found.push(reserved_root(&param.name, "parameter"));
        }
    }
    members(symbols, params, "parameter", found)
}

/// A name that every expression has a meaning for.
pub(crate) fn reserved_root(name: &Ident, what: &str) -> Diagnostic {
    let message = format!("`{}` already has a meaning in every expression", name.value);
    let label = format!("not usable as the name of a {what}");
    Diagnostic::error(Code::ReservedName, name.span, message, label)
        .help(format!("choose another name for the {what}"))
}

pub(super) fn members(
    symbols: &Symbols,
    fields: &[Field],
    what: &str,
    found: &mut Vec<Diagnostic>,
) -> Vec<Member> {
    first_of_each(fields, |field| &field.name, what, found)
        .into_iter()
        .map(|field| Member { name: field.name.clone(), ty: types::resolve(symbols, found, &field.ty) })
        .collect()
}

const fn kind(kind: ast::EntityKind) -> EntityKind {
    match kind {
        ast::EntityKind::Group => EntityKind::Group,
        ast::EntityKind::Agent => EntityKind::Agent,
        ast::EntityKind::Person => EntityKind::Person,
        ast::EntityKind::Resource => EntityKind::Resource,
    }
}
