//! Collects the declarations: first all names, then their contents.

use std::collections::BTreeSet;

use permit_grammar::ast::{self, ActionFlag, File, Ident, Item, Marks};
use permit_grammar::span::{Span, Spanned};
use permit_ir::program::{ActionFlags, EntityKind};
use permit_ir::types::{ActionId, EntityTypeId, EnumId, RecordId};
use permit_ir::verify::limits;

use super::members::{ROOTS, duplicate, first_of_each, members, parameters, reserved_root};
use super::{
    ActionDecl, ActionName, ClauseName, Declared, EntityDecl, EnumDecl, Namespace, Symbols, TypeName,
    ValueName, ZoneDecl, identity, imports, kind_name, records, seen_actions, sets,
};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::modules::Modules;
use crate::{suggest, types};

/// The declarations of all files, which stand in the order of their modules.
pub(crate) fn collect(modules: Modules, files: &[File], found: &mut Vec<Diagnostic>) -> Symbols {
    let mut collector =
        Collector { symbols: Symbols { modules, ..Symbols::default() }, ..Collector::default() };
    for item in files.iter().flat_map(|file| &file.items) {
        collector.declare(item, found);
    }
    let Collector { mut symbols, entities, actions, records, sets } = collector;
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
    sets::resolve(&mut symbols, &sets, found);
    seen_actions::resolve(&mut symbols);
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
}

/// A name in its declaration: what is declared, and with which marks.
#[derive(Clone, Copy)]
struct New<'a> {
    name: &'a Ident,
    marks: &'a Marks,
    /// As messages call it.
    what: &'static str,
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
            Item::Const(decl) => {
                self.declare_value(&decl.name, &decl.marks, ("constant", ValueName::Const), found);
            }
            Item::Table(decl) => {
                self.declare_value(&decl.name, &decl.marks, ("table", ValueName::Table), found);
            }
            Item::Function(decl) => {
                self.declare_value(&decl.name, &decl.marks, ("function", ValueName::Function), found);
            }
            Item::Rule(_) | Item::Budget(_) | Item::Rate(_) | Item::Scope(_) => {
                self.declare_clause(item, found);
            }
            Item::Scenario(_) | Item::Requirement(_) => {}
        }
    }

    /// A decision names rules, budgets, rates and scopes without saying which they are.
    fn declare_clause(&mut self, item: &'a Item, found: &mut Vec<Diagnostic>) {
        let Some(name) = item.name() else { return };
        let new = New { name, marks: item.marks(), what: "the name" };
        let Self { symbols, .. } = self;
        if let Some(declared) = unique(&symbols.modules, &symbols.clauses, new, found) {
            let is_scope = matches!(item, Item::Scope(_));
            let meaning = if is_scope { ClauseName::Scope } else { ClauseName::Other };
            symbols.clauses.declare(&name.value, declared(meaning));
        }
    }

    fn declare_record(&mut self, decl: &'a ast::Record, found: &mut Vec<Diagnostic>) {
        let place = self.records.len();
        let meaning = |id| TypeName::Record(RecordId(id));
        if self.new_type(&decl.name, &decl.marks, (place, meaning), found).is_some() {
            self.records.push(decl);
        }
    }

    fn declare_action_set(&mut self, decl: &'a ast::ActionSet, found: &mut Vec<Diagnostic>) {
        let new = New { name: &decl.name, marks: &decl.marks, what: "action set" };
        let Self { symbols, sets, .. } = self;
        if let Some(declared) = unique_in_module(&symbols.modules, &symbols.actions_named, new, found) {
            symbols.actions_named.declare(&decl.name.value, declared(ActionName::Set(sets.len())));
            sets.push(decl);
        }
    }

    fn declare_value(
        &mut self,
        name: &'a Ident,
        marks: &'a Marks,
        (what, meaning): (&'static str, ValueName),
        found: &mut Vec<Diagnostic>,
    ) {
        if ROOTS.contains(&name.value.as_str()) {
            found.push(reserved_root(name, what));
            return;
        }
        let Self { symbols, .. } = self;
        let new = New { name, marks, what };
        if let Some(declared) = unique_in_module(&symbols.modules, &symbols.values, new, found) {
            symbols.values.declare(&name.value, declared(meaning));
        }
    }

    fn declare_enum(&mut self, decl: &'a ast::Enum, found: &mut Vec<Diagnostic>) {
        let place = self.symbols.enums.len();
        let meaning = |id| TypeName::Enum(EnumId(id));
        if self.new_type(&decl.name, &decl.marks, (place, meaning), found).is_none() {
            return;
        }
        let variants = first_of_each(&decl.variants, |variant| variant, "variant", found);
        if variants.is_empty() {
            let message = format!("enum `{}` has no variants", decl.name.value);
            let diagnostic = Diagnostic::error(Code::ClauseMissing, decl.name.span, message, "no variants");
            found.push(diagnostic.help("add at least one variant"));
        }
        let variants = variants.into_iter().cloned().collect();
        self.symbols.enums.push(EnumDecl { name: decl.name.clone(), variants });
    }

    fn declare_entity(&mut self, decl: &'a ast::Entity, found: &mut Vec<Diagnostic>) {
        let place = self.symbols.entities.len();
        let meaning = |id| TypeName::Entity(EntityTypeId(id));
        if self.new_type(&decl.name, &decl.marks, (place, meaning), found).is_none() {
            return;
        }
        self.symbols.entities.push(EntityDecl {
            name: decl.name.clone(),
            kind: kind(decl.kind),
            parents: Vec::new(),
            identified_by: None,
            fields: Vec::new(),
            claimed: BTreeSet::new(),
        });
        self.entities.push(decl);
    }

    fn declare_action(&mut self, decl: &'a ast::Action, found: &mut Vec<Diagnostic>) {
        let new = New { name: &decl.name, marks: &decl.marks, what: "action" };
        let Self { symbols, actions, .. } = self;
        // A set of the same name is another module's own affair, but not one of this module.
        let Some(declared) = unique_in_module(&symbols.modules, &symbols.actions_named, new, found) else {
            return;
        };
        let is_action = |one: &&Declared<ActionName>| matches!(one.meaning, ActionName::Action(_));
        if let Some(first) = symbols.actions_named.all(&decl.name.value).find(is_action) {
            found.push(duplicate_in_policy(new, first.span));
            return;
        }
        let Some(id) = bounded(actions.len(), limits::ACTIONS_MAX, &decl.name, found) else { return };
        let declared = declared(ActionName::Action(ActionId(id)));
        symbols.actions_named.declare(&decl.name.value, declared);
        actions.push(decl);
    }

    fn declare_zone(&mut self, decl: &'a ast::Zone, found: &mut Vec<Diagnostic>) {
        let new = New { name: &decl.name, marks: &decl.marks, what: "zone" };
        let Self { symbols, .. } = self;
        let Some(declared) = unique_in_module(&symbols.modules, &symbols.values, new, found) else { return };
        check_time_zone(&decl.iana, found);
        symbols.values.declare(&decl.name.value, declared(ValueName::Zone(symbols.zones.len())));
        symbols.zones.push(ZoneDecl { iana: decl.iana.value.clone() });
    }

    /// Takes a new type, if the name is free and there is room.
    fn new_type(
        &mut self,
        name: &'a Ident,
        marks: &'a Marks,
        (count, meaning): (usize, impl FnOnce(u16) -> TypeName),
        found: &mut Vec<Diagnostic>,
    ) -> Option<()> {
        if types::is_builtin(&name.value) {
            let message = format!("`{}` is a built-in type", name.value);
            let diagnostic =
                Diagnostic::error(Code::ReservedName, name.span, message, "cannot be redeclared");
            found.push(diagnostic.help("choose another name"));
            return None;
        }
        let Self { symbols, .. } = self;
        let new = New { name, marks, what: "type" };
        let declared = unique(&symbols.modules, &symbols.types, new, found)?;
        let id = bounded(count, limits::TYPES_MAX, name, found)?;
        symbols.types.declare(&name.value, declared(meaning(id)));
        Some(())
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

/// What makes a declaration of a meaning, if its module has no such name yet; else that is reported.
fn unique_in_module<T>(
    modules: &Modules,
    names: &Namespace<T>,
    new: New<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<impl FnOnce(T) -> Declared<T> + use<T>> {
    let (span, private) = (new.name.span, new.marks.private.is_some());
    let module = modules.of(span.source)?;
    if let Some(first) = names.of(&new.name.value, module) {
        found.push(duplicate(new.name, first.span, new.what));
        return None;
    }
    Some(move |meaning| Declared { meaning, span, module, private })
}

/// The same for names that are unique in the whole policy, since requests and decisions name them.
fn unique<T>(
    modules: &Modules,
    names: &Namespace<T>,
    new: New<'_>,
    found: &mut Vec<Diagnostic>,
) -> Option<impl FnOnce(T) -> Declared<T> + use<T>> {
    let declared = unique_in_module(modules, names, new, found)?;
    if let Some(first) = names.all(&new.name.value).next() {
        found.push(duplicate_in_policy(new, first.span));
        return None;
    }
    Some(declared)
}

fn duplicate_in_policy(new: New<'_>, first: Span) -> Diagnostic {
    let message = format!("{} `{}` is declared in two modules", new.what, new.name.value);
    Diagnostic::error(Code::DuplicateName, new.name.span, message, "declared again here")
        .also(first, "first declared here")
        .help(
            "rename one of them; requests and decisions use its name without the module, even if it is private",
        )
}

fn bounded(count: usize, max: usize, name: &Ident, found: &mut Vec<Diagnostic>) -> Option<u16> {
    let id = u16::try_from(count).ok().filter(|_| count < max);
    // The first one too many is reported, those behind it are not.
    if id.is_none() && count == max {
        let message = format!("a policy can have at most {max} declarations of this kind");
        let diagnostic = Diagnostic::error(Code::TooLarge, name.span, message, "one too many");
        found.push(diagnostic.help("split the policy into several modules"));
    }
    id
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
        claimed: claimed(decl, own, found),
    }
}

/// The fields that a caller may fill. What groups and persons are like decides who may do and approve what, so no caller
/// has a say in it.
fn claimed(decl: &ast::Entity, kind: EntityKind, found: &mut Vec<Diagnostic>) -> BTreeSet<String> {
    let fields = decl.fields.iter().filter_map(|field| Some((field, field.claimed?)));
    if matches!(kind, EntityKind::Agent | EntityKind::Resource) {
        return fields.map(|(field, _)| field.name.value.clone()).collect();
    }
    for (field, word) in fields {
        let message = format!(
            "`{}` is {}, so callers cannot supply its `{}`",
            decl.name.value,
            kind_name(kind),
            field.name.value
        );
        let diagnostic = Diagnostic::error(Code::Claimed, word, message, "not on an agent or a resource");
        found.push(diagnostic.help("remove `claimed`; the field then comes from the facts"));
    }
    BTreeSet::new()
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
        "`{}` is {} and cannot be within `{}`, {}",
        decl.name.value,
        kind_name(kind(decl.kind)),
        parent.value,
        kind_name(is)
    );
    let help = "agents, persons and groups can be within groups, resources within resources";
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
            format!("action `{}` has a repeated flag", decl.name.value)
        } else {
            format!("action `{}` cannot be both `readonly` and `irreversible`", decl.name.value)
        };
        let diagnostic =
            Diagnostic::error(Code::ActionFlags, flag.span, message, "conflicts with the other flag")
                .also(other.span, "the other flag");
        found.push(diagnostic.help("remove one of them"));
    }
    flags
}

const fn kind(kind: ast::EntityKind) -> EntityKind {
    match kind {
        ast::EntityKind::Group => EntityKind::Group,
        ast::EntityKind::Agent => EntityKind::Agent,
        ast::EntityKind::Person => EntityKind::Person,
        ast::EntityKind::Resource => EntityKind::Resource,
    }
}
