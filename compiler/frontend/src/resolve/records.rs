//! Record types, numbered so that each stands behind those it speaks of.

use std::collections::BTreeMap;

use permit_grammar::ast::{Record, Type, TypeKind};
use permit_ir::types::RecordId;

use super::collect::members;
use super::{RecordDecl, Symbols, TypeName, order};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;

/// Fills in the records. One that holds itself, directly or round about, is reported.
pub(super) fn resolve(symbols: &mut Symbols, records: &[&Record], found: &mut Vec<Diagnostic>) {
    let places: BTreeMap<&str, usize> =
        records.iter().enumerate().map(|(place, record)| (record.name.value.as_str(), place)).collect();
    let mut needs = Vec::with_capacity(records.len());
    for record in records {
        let mut names = Vec::new();
        record.fields.iter().for_each(|field| type_names(&field.ty, &mut names));
        needs.push(names.into_iter().filter_map(|name| places.get(name).copied()).collect());
    }
    let order = order(&needs);
    let circular = order.circles.iter().flatten().copied();
    let numbered: Vec<&Record> =
        order.sorted.iter().copied().chain(circular).filter_map(|at| records.get(at).copied()).collect();
    for (id, record) in (0..).zip(&numbered) {
        symbols.types.insert(record.name.value.clone(), TypeName::Record(RecordId(id)));
    }
    for circle in &order.circles {
        found.extend(circular_diagnostic(records, circle));
    }
    let resolved = numbered.into_iter().map(|record| RecordDecl {
        name: record.name.clone(),
        members: members(symbols, &record.fields, "field", found),
    });
    symbols.records = resolved.collect();
}

fn type_names<'a>(ty: &'a Type, names: &mut Vec<&'a str>) {
    match &ty.kind {
        TypeKind::Name(name) => names.push(&name.value),
        TypeKind::Applied { args, .. } => args.iter().for_each(|arg| type_names(arg, names)),
        TypeKind::Optional(inner) => type_names(inner, names),
        TypeKind::Error => {}
    }
}

fn circular_diagnostic(records: &[&Record], circle: &[usize]) -> Option<Diagnostic> {
    let mut circle = circle.iter().filter_map(|&place| records.get(place));
    let first = circle.next()?;
    let message = format!("record `{}` holds itself", first.name.value);
    let mut diagnostic = Diagnostic::error(Code::Circle, first.name.span, message, "has no end");
    for record in circle {
        diagnostic = diagnostic.also(record.name.span, "through this one");
    }
    Some(diagnostic.help("remove one of the fields; an entity may refer to one of its own type"))
}
