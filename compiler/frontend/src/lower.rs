//! From the typed tree to the IR: indices for names, one arena for all expressions.

mod arena;
mod clauses;
mod suite;

use permit_ir::program::{Action, EntityType, EnumType, Program, RecordType};
use permit_ir::types::{ArgId, EntityTypeId, FieldId, ScopeId};

use crate::hir::Module;
use crate::resolve::{Member, Symbols};
use arena::{Arena, Tables};
pub(crate) use suite::{Script, suite};

/// The program. `None` only when something was left without a type, which was reported, or when there are more
/// expressions, attributes or arguments than can be numbered.
pub(crate) fn lower(name: String, symbols: &Symbols, module: Module) -> Option<Program> {
    let mut arena = Arena::default();
    let entities = entities(&mut arena, symbols, &module)?;
    let mut actions = Vec::with_capacity(symbols.actions.len());
    for decl in &symbols.actions {
        let mut params: Vec<ArgId> = Vec::with_capacity(decl.params.len());
        for param in &decl.params {
            params.push(arena.arg(&named(param)?)?);
        }
        let defaults = vec![None; params.len()];
        let resources = decl.resources.clone()?;
        actions.push(Action {
            name: decl.name.value.clone(),
            params,
            defaults,
            flags: decl.flags,
            resources,
        });
    }
    for default in module.defaults {
        let value = arena.expr(default.value)?;
        let action: &mut Action = actions.get_mut(default.action.index())?;
        *action.defaults.get_mut(default.place)? = Some(value);
    }
    let mut records = Vec::with_capacity(symbols.records.len());
    for decl in &symbols.records {
        let members = decl.members.iter().map(named).collect::<Option<_>>()?;
        records.push(RecordType { name: decl.name.value.clone(), members });
    }
    let enums = symbols.enums.iter().map(|decl| EnumType {
        name: decl.name.value.clone(),
        variants: decl.variants.iter().map(|variant| variant.value.clone()).collect(),
    });
    let enums = enums.collect();
    let rules = module.rules.into_iter().map(|rule| arena.rule(rule)).collect::<Option<_>>()?;
    let budgets = module.budgets.into_iter().map(|budget| arena.budget(budget)).collect::<Option<_>>()?;
    let rates = module.rates.into_iter().map(|rate| arena.rate(rate)).collect::<Option<_>>()?;
    let scopes = module.scopes.into_iter().map(|scope| arena.scope(scope)).collect::<Option<_>>()?;
    let Tables { exprs, fields, args, zones, regexes } = arena.into_tables();
    Some(Program {
        module: name,
        enums,
        records,
        zones,
        regexes,
        fields,
        entities,
        args,
        actions,
        exprs,
        rules,
        budgets,
        rates,
        scopes,
    })
}

/// The entity types, with their attributes among the arena's.
fn entities(arena: &mut Arena, symbols: &Symbols, module: &Module) -> Option<Vec<EntityType>> {
    let mut entities = Vec::with_capacity(symbols.entities.len());
    for decl in &symbols.entities {
        let mut fields: Vec<FieldId> = Vec::with_capacity(decl.fields.len());
        let mut claimed = Vec::with_capacity(decl.claimed.len());
        for field in &decl.fields {
            let id = arena.field(&named(field)?)?;
            fields.push(id);
            if decl.claimed.contains(&field.name.value) {
                claimed.push(id);
            }
        }
        fields.sort_unstable();
        claimed.sort_unstable();
        entities.push(EntityType {
            name: decl.name.value.clone(),
            kind: decl.kind,
            parents: decl.parents.clone(),
            identified_by: decl.identified_by.clone(),
            fields,
            claimed,
            requires: required_scopes(EntityTypeId(u16::try_from(entities.len()).ok()?), module)?,
        });
    }
    Some(entities)
}

/// The scopes that agents of a type must have, ascending.
fn required_scopes(agent: EntityTypeId, module: &Module) -> Option<Vec<ScopeId>> {
    let mut scopes = Vec::new();
    for requirement in module.requirements.iter().filter(|requirement| requirement.agent == agent) {
        let place = module.scopes.iter().position(|scope| scope.name == requirement.scope)?;
        scopes.push(ScopeId(u16::try_from(place).ok()?));
    }
    scopes.sort_unstable();
    Some(scopes)
}

fn named(member: &Member) -> Option<permit_ir::program::Named> {
    Some(permit_ir::program::Named { name: member.name.value.clone(), ty: member.ty.clone()? })
}
