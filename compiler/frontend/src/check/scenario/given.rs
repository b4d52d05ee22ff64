//! The facts of a scenario, and references to them.

use permit_grammar::ast::{self, Ident};
use permit_grammar::span::Span;
use permit_ir::program::EntityKind;
use permit_ir::types::Type;

use super::super::Checker;
use super::super::name::Variable;
use super::values::Assigned;
use super::{Stage, entity_name};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind};
use crate::resolve::{duplicate, kind_name, order};
use crate::scenario::{Entity, Given};
use crate::suggest;

/// An entity that the scenario gives.
pub(super) struct Fact<'s> {
    pub(super) name: &'s Ident,
    /// `None` when its type is not known, which was reported.
    pub(super) entity: Option<Entity>,
    pub(super) span: Span,
}

impl Checker<'_> {
    /// Gathers the names, so that any of the facts may speak of any other.
    pub(super) fn facts<'s>(&mut self, written: &[&'s ast::Given], stage: &mut Stage<'s>) {
        for given in written {
            let ty = self.symbols.find_entity(self.found, &given.entity.ty, &EntityKind::ALL);
            let entity = ty.map(|ty| Entity { ty, id: given.entity.id.value.clone() });
            if let Some(first) = stage.fact(&given.name.value).map(|fact| fact.name.span) {
                self.report(duplicate(&given.name, first, "the name"));
                continue;
            }
            if let Some(entity) = &entity {
                let before = stage.facts.iter().find(|fact| fact.entity.as_ref() == Some(entity));
                if let Some(first) = before.map(|fact| fact.span) {
                    let message = format!("`{}` is given twice", entity_name(self, entity));
                    let diagnostic =
                        Diagnostic::error(Code::GivenTwice, given.entity.span, message, "duplicate")
                            .also(first, "first given here");
                    self.report(diagnostic.help("remove one of the two; an entity has one set of facts"));
                }
            }
            let kind = entity.as_ref().map(|entity| ExprKind::Entity(entity.ty, entity.id.clone()));
            let ty = entity.as_ref().map(|entity| Type::Entity(vec![entity.ty]));
            // One without a type fails in silence wherever it is used.
            let kind = kind.unwrap_or(ExprKind::Absent);
            stage.variables.push(Variable { name: given.name.clone(), kind, ty });
            stage.facts.push(Fact { name: &given.name, entity, span: given.entity.span });
        }
    }

    /// The facts with their fields and parents.
    pub(super) fn givens(
        &mut self,
        written: &[&ast::Given],
        stage: &Stage<'_>,
        values: &mut Vec<Expr>,
    ) -> Option<Vec<Given>> {
        let mut givens = Some(Vec::with_capacity(written.len()));
        for given in written {
            match (self.given(given, stage, values), &mut givens) {
                (Some(given), Some(all)) => all.push(given),
                (_, givens) => *givens = None,
            }
        }
        let givens = givens?;
        self.no_circle(&givens).then_some(givens)
    }

    fn given(&mut self, written: &ast::Given, stage: &Stage<'_>, values: &mut Vec<Expr>) -> Option<Given> {
        let fact = stage.facts.iter().find(|fact| fact.span == written.entity.span)?;
        let parents: Vec<Option<Entity>> =
            written.parents.iter().map(|parent| self.parent(fact, parent, stage)).collect();
        let entity = fact.entity.clone()?;
        let symbols = self.symbols;
        let decl = symbols.entity(entity.ty)?;
        let assigned = Assigned {
            what: "field",
            owner: &decl.name,
            members: &decl.fields,
            span: written.entity.span,
            missing: Code::GivenFields,
        };
        let may_lack = |place: usize| decl.is_claimed(place);
        let fields = self.assigned(&assigned, &written.fields, stage, values, &may_lack)?;
        let names = decl.fields.iter().map(|field| field.name.value.clone());
        Some(Given {
            entity,
            parents: parents.into_iter().collect::<Option<_>>()?,
            fields: names.zip(fields).filter_map(|(name, value)| Some((name, value?))).collect(),
            span: written.entity.span,
        })
    }

    fn parent(&mut self, fact: &Fact<'_>, written: &ast::EntityRef, stage: &Stage<'_>) -> Option<Entity> {
        let (parent, span) = self.entity_ref(written, stage)?;
        let entity = fact.entity.as_ref()?;
        let decl = self.symbols.entity(entity.ty)?;
        if decl.parents.contains(&parent.ty) {
            return Some(parent);
        }
        let (inner, outer) = (&decl.name.value, self.symbols.entity_name(parent.ty));
        let message = format!("`{inner}` cannot be within `{outer}`");
        let label = format!("this is `{outer}`");
        let names: Vec<&str> = decl.parents.iter().map(|&id| self.symbols.entity_name(id)).collect();
        let help = match names.as_slice() {
            [] => format!("declare it: `… {inner} within {outer}`, or remove `within`"),
            some => format!("`{inner}` can be within {}", suggest::list(some)),
        };
        let diagnostic = Diagnostic::error(Code::ParentKind, span, message, label)
            .also(decl.name.span, format!("`{inner}` is declared here"));
        self.report(diagnostic.help(help));
        None
    }

    /// Whether nothing lies within itself.
    fn no_circle(&mut self, givens: &[Given]) -> bool {
        let place = |entity: &Entity| givens.iter().position(|given| given.entity == *entity);
        let needs: Vec<Vec<usize>> =
            givens.iter().map(|given| given.parents.iter().filter_map(place).collect()).collect();
        let circles = order(&needs).circles;
        for circle in &circles {
            let members: Vec<&Given> = circle.iter().filter_map(|&at| givens.get(at)).collect();
            let Some((first, rest)) = members.split_first() else { continue };
            let message = format!("`{}` is within itself", entity_name(self, &first.entity));
            let mut diagnostic = Diagnostic::error(Code::ParentKind, first.span, message, "cyclic");
            for given in rest {
                diagnostic = diagnostic.also(given.span, "through this one");
            }
            self.report(diagnostic.help("remove one `within` from the cycle"));
        }
        circles.is_empty()
    }

    /// The entity that a name or a literal stands for, which must be given, and where it stands.
    pub(super) fn entity_ref(
        &mut self,
        written: &ast::EntityRef,
        stage: &Stage<'_>,
    ) -> Option<(Entity, Span)> {
        match written {
            ast::EntityRef::Name(name) => {
                let Some(fact) = stage.fact(&name.value) else {
                    let names: Vec<&str> = stage.facts.iter().map(|fact| fact.name.value.as_str()).collect();
                    let message = format!("there is no given named `{}`", name.value);
                    let diagnostic = Diagnostic::error(Code::NotGiven, name.span, message, "not given");
                    let otherwise = format!("give it: `given {} = TYPE::\"…\" {{ … }};`", name.value);
                    self.report(diagnostic.help(suggest::help(&name.value, &names, &otherwise)));
                    return None;
                };
                Some((fact.entity.clone()?, name.span))
            }
            ast::EntityRef::Entity(literal) => {
                let ty = self.symbols.find_entity(self.found, &literal.ty, &EntityKind::ALL)?;
                let entity = Entity { ty, id: literal.id.value.clone() };
                self.is_given(&entity, literal.span, stage).then_some((entity, literal.span))
            }
        }
    }

    /// Whether the facts have the entity; reports one that they do not have.
    pub(super) fn is_given(&mut self, entity: &Entity, span: Span, stage: &Stage<'_>) -> bool {
        if stage.is_given(entity.ty, &entity.id) {
            return true;
        }
        if !stage.lost_facts() {
            let name = entity_name(self, entity);
            let message = format!("the scenario does not give `{name}`");
            let diagnostic = Diagnostic::error(Code::NotGiven, span, message, "not given");
            self.report(diagnostic.help(format!("give it: `given NAME = {name} {{ … }};`")));
        }
        false
    }

    /// An entity that must be of a kind.
    pub(super) fn entity_of_kind(
        &mut self,
        written: &ast::EntityRef,
        stage: &Stage<'_>,
        kind: EntityKind,
    ) -> Option<Entity> {
        let (entity, span) = self.entity_ref(written, stage)?;
        let decl = self.symbols.entity(entity.ty)?;
        if decl.kind == kind {
            return Some(entity);
        }
        let name = entity_name(self, &entity);
        let wanted = kind_name(kind);
        let message = format!("`{name}` is not {}", wanted.trim_end_matches(" type"));
        let label = format!("`{}` is {}", decl.name.value, kind_name(decl.kind));
        let diagnostic = Diagnostic::error(Code::WrongKind, span, message, label)
            .also(decl.name.span, format!("`{}` is declared here", decl.name.value));
        self.report(diagnostic.help(format!("name one whose type is {wanted}")));
        None
    }
}
