//! Record types, numbered so that each comes after those it refers to.

use permit_grammar::ast::{Ident, Record, Type, TypeKind};
use permit_ir::types::RecordId;

use super::members::members;
use super::{RecordDecl, Symbols, TypeName, order};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;

/// Fills in the records. One that holds itself, directly or round about, is reported.
pub(super) fn resolve(symbols: &mut Symbols, records: &[&Record], found: &mut Vec<Diagnostic>) {
    let mut needs = Vec::with_capacity(records.len());
    for record in records {
        let mut names = Vec::new();
        record.fields.iter().for_each(|field| type_names(&field.ty, &mut names));
        // Until now a record's number is its place.
        let record = |name: &Ident| match symbols.type_name(&name.value, name.span) {
            Some(TypeName::Record(id)) => Some(id.index()),
            _ => None,
        };
        needs.push(names.into_iter().filter_map(record).collect());
    }
    let order = order(&needs);
    let circular = order.circles.iter().flatten().copied();
    let numbered: Vec<&Record> =
        order.sorted.iter().copied().chain(circular).filter_map(|at| records.get(at).copied()).collect();
    for (id, record) in (0..).zip(&numbered) {
        let module = symbols.modules.of(record.name.span.source);
        let declared = module.and_then(|module| symbols.types.of_mut(&record.name.value, module));
        if let Some(declared) = declared {
            declared.meaning = TypeName::Record(RecordId(id));
        }
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

fn type_names<'a>(ty: &'a Type, names: &mut Vec<&'a Ident>) {
    match &ty.kind {
        TypeKind::Name(name) => names.push(name),
        TypeKind::Applied { args, .. } => args.iter().for_each(|arg| type_names(arg, names)),
        TypeKind::Optional(inner) => type_names(inner, names),
        TypeKind::Error => {}
    }
}

fn circular_diagnostic(records: &[&Record], circle: &[usize]) -> Option<Diagnostic> {
    let mut circle = circle.iter().filter_map(|&place| records.get(place));
    let first = circle.next()?;
    let message = format!("record `{}` contains itself", first.name.value);
    let mut diagnostic = Diagnostic::error(Code::Circle, first.name.span, message, "infinite size");
    for record in circle {
        diagnostic = diagnostic.also(record.name.span, "through this one");
    }
    Some(diagnostic.help("remove one of the fields; an entity can refer to another of its type"))
}
