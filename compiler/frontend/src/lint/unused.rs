//! Zones, enums, records, groups, persons, resource types, constants, tables, functions and action sets that nothing
//! refers to.
//! Agent types are used by every rule without `by`.

use std::collections::BTreeSet;

use permit_grammar::ast::{EntityKind, File, Ident, Item};
use permit_ir::program::{AgentPattern, Expr, Program};
use permit_ir::types::{EntityTypeId, EnumId, RecordId, Type};

use super::mentioned::Mentioned;
use super::{Lint, Look};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::resolve::Symbols;
pub(super) const LINT: Lint =
    Lint { name: "unused", code: Code::UnusedDeclaration, look: Look::Program(lint) };

fn lint(program: &Program, symbols: &Symbols, files: &[File], found: &mut Vec<Diagnostic>) {
    let used = Used::of(program);
    let mentioned = Mentioned::of(symbols, files);
    for item in files.iter().flat_map(|file| &file.items) {
        let (what, name, is_used) = match item {
            Item::Zone(decl) => ("zone", &decl.name, mentioned.has(&decl.name)),
            Item::Enum(decl) => ("enum", &decl.name, used.has_enum(program, &decl.name)),
            Item::Entity(decl) => match decl.kind {
                EntityKind::Group => ("group", &decl.name, used.has_entity(program, &decl.name)),
                EntityKind::Resource => ("resource", &decl.name, used.has_entity(program, &decl.name)),
                EntityKind::Person => ("person", &decl.name, used.has_entity(program, &decl.name)),
                EntityKind::Agent => continue,
            },
            Item::Record(decl) => {
                ("record", &decl.name, mentioned.has(&decl.name) || used.has_record(program, &decl.name))
            }
            Item::Const(decl) => ("constant", &decl.name, mentioned.has(&decl.name)),
            Item::Table(decl) => ("table", &decl.name, mentioned.has(&decl.name)),
            Item::Function(decl) => ("function", &decl.name, mentioned.has(&decl.name)),
            Item::ActionSet(decl) => ("action set", &decl.name, mentioned.has(&decl.name)),
            _ => continue,
        };
        if is_used {
            continue;
        }
        let message = format!("unused {what} `{}`", name.value);
        let diagnostic =
            Diagnostic::warning(Code::UnusedDeclaration, name.span, message, "nothing refers to it");
        found.push(diagnostic.help("remove it, or use it"));
    }
}

/// The types that a program refers to.
#[derive(Debug, Default)]
struct Used {
    enums: BTreeSet<EnumId>,
    entities: BTreeSet<EntityTypeId>,
    records: BTreeSet<RecordId>,
}

impl Used {
    fn of(program: &Program) -> Self {
        let mut used = Self::default();
        let params = program.scopes.iter().flat_map(|scope| &scope.params);
        let members = program.records.iter().flat_map(|record| &record.members);
        for named in program.fields.iter().chain(&program.args).chain(params).chain(members) {
            used.mark(&named.ty);
        }
        for node in &program.exprs {
            // The resource's own type is that of the action.
            if !matches!(node.expr, Expr::Resource) {
                used.mark(&node.ty);
            }
        }
        used.entities.extend(program.entities.iter().flat_map(|entity| &entity.parents));
        let approvals = program.rules.iter().filter_map(|rule| rule.approval.as_ref());
        let persons = approvals.flat_map(|approval| &approval.persons).map(|person| match person {
            AgentPattern::Type(ty) | AgentPattern::Entity(ty, _) => *ty,
        });
        used.entities.extend(persons);
        used.entities.extend(program.actions.iter().flat_map(|action| &action.resources));
        used
    }

    fn mark(&mut self, ty: &Type) {
        match ty {
            Type::Enum(id) => {
                self.enums.insert(*id);
            }
            Type::Entity(ids) => self.entities.extend(ids),
            Type::Record(id) => {
                self.records.insert(*id);
            }
            Type::Set(inner) | Type::List(inner) | Type::Optional(inner) | Type::Map(inner) => {
                self.mark(inner)
            }
            _ => {}
        }
    }

    fn has_enum(&self, program: &Program, name: &Ident) -> bool {
        self.enums.iter().any(|id| program.enums.get(id.index()).is_some_and(|decl| decl.name == name.value))
    }

    fn has_record(&self, program: &Program, name: &Ident) -> bool {
        self.records
            .iter()
            .any(|id| program.records.get(id.index()).is_some_and(|decl| decl.name == name.value))
    }

    fn has_entity(&self, program: &Program, name: &Ident) -> bool {
        self.entities
            .iter()
            .any(|id| program.entities.get(id.index()).is_some_and(|decl| decl.name == name.value))
    }
}
