//! From the typed tree to the IR: numbers for names, one arena for all expressions.

mod arena;
mod clauses;

use permit_ir::program::{Action, EntityType, EnumType, Program, RecordType};
use permit_ir::types::{ArgId, FieldId};

use crate::hir::Module;
use crate::resolve::{Member, Symbols};
use arena::{Arena, Tables};

/// The program. `None` only when something was left without a type, which was reported, or when there are more
/// expressions, attributes or arguments than can be numbered.
pub(crate) fn lower(name: String, symbols: &Symbols, module: Module) -> Option<Program> {
    let mut arena = Arena::default();
    let mut entities = Vec::with_capacity(symbols.entities.len());
    for decl in &symbols.entities {
        let mut fields: Vec<FieldId> = Vec::with_capacity(decl.fields.len());
        for field in &decl.fields {
            fields.push(arena.field(&named(field)?)?);
        }
        fields.sort_unstable();
        entities.push(EntityType {
            name: decl.name.value.clone(),
            kind: decl.kind,
            parents: decl.parents.clone(),
            identified_by: decl.identified_by.clone(),
            fields,
            claimed: Vec::new(),
            requires: Vec::new(),
        });
    }
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

fn named(member: &Member) -> Option<permit_ir::program::Named> {
    Some(permit_ir::program::Named { name: member.name.value.clone(), ty: member.ty.clone()? })
}
