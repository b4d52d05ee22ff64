//! Values in scenarios: fields of facts, arguments of attempts, parameters of scopes.

use permit_grammar::ast::{FieldValue, Ident};
use permit_grammar::span::Span;
use permit_ir::types::Type;

use super::super::Checker;
use super::Stage;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind};
use crate::resolve::{Member, duplicate};
use crate::scenario::{Entity, ValueId};
use crate::suggest;

/// What the values are for.
pub(super) struct Assigned<'a> {
    /// `field`, `argument` or `parameter`.
    pub(super) what: &'static str,
    /// Whose.
    pub(super) owner: &'a Ident,
    pub(super) members: &'a [Member],
    /// Where it is said that one is missing.
    pub(super) span: Span,
    /// The code of that.
    pub(super) missing: Code,
}

impl Checker<'_> {
    /// The values by place of the member. One whose type is optional, or for which `may_lack` says so, may be left out.
    pub(super) fn assigned(
        &mut self,
        assigned: &Assigned<'_>,
        written: &[FieldValue],
        stage: &Stage<'_>,
        values: &mut Vec<Expr>,
        may_lack: &dyn Fn(usize) -> bool,
    ) -> Option<Vec<Option<ValueId>>> {
        let mut slots: Vec<Option<(Span, Option<ValueId>)>> = vec![None; assigned.members.len()];
        let mut complete = true;
        for field in written {
            let place = assigned.members.iter().position(|member| member.name.value == field.name.value);
            let Some((slot, member)) = place.and_then(|at| slots.get_mut(at).zip(assigned.members.get(at)))
            else {
                self.unknown_member(assigned, &field.name);
                complete = false;
                continue;
            };
            if let Some((first, _)) = slot {
                self.report(duplicate(&field.name, *first, &format!("the {}", assigned.what)));
                continue;
            }
            let value = self.constant_of(field, member, assigned, stage, values);
            complete &= value.is_some();
            *slot = Some((field.name.span, value));
        }
        let is_lacking = |place: usize, member: &Member| {
            let is_there = slots.get(place).is_some_and(Option::is_some);
            let optional = member.ty.as_ref().is_none_or(|ty| matches!(ty, Type::Optional(_)));
            !is_there && !optional && !may_lack(place)
        };
        let members = assigned.members.iter().enumerate();
        let lacking: Vec<&str> = members
            .filter(|(place, member)| is_lacking(*place, member))
            .map(|(_, member)| member.name.value.as_str())
            .collect();
        if !lacking.is_empty() {
            self.lacks(assigned, &lacking);
            return None;
        }
        complete.then(|| slots.into_iter().map(|slot| slot?.1).collect())
    }

    fn constant_of(
        &mut self,
        field: &FieldValue,
        member: &Member,
        assigned: &Assigned<'_>,
        stage: &Stage<'_>,
        values: &mut Vec<Expr>,
    ) -> Option<ValueId> {
        let what = format!("the {}", assigned.what);
        let mut exprs = self.within(&self.value_env(stage));
        let value = exprs.value_of_type(&field.value, member.ty.as_ref(), member.name.span, &what)?;
        self.constant(value, stage, values)
    }

    /// A value that speaks of nothing that is not given.
    pub(super) fn constant(
        &mut self,
        value: Expr,
        stage: &Stage<'_>,
        values: &mut Vec<Expr>,
    ) -> Option<ValueId> {
        let mut open = vec![&value];
        let mut strangers: Vec<(Entity, Span)> = Vec::new();
        while let Some(expr) = open.pop() {
            if let ExprKind::Entity(ty, id) = &expr.kind {
                strangers.push((Entity { ty: *ty, id: id.clone() }, value.span));
            }
            open.extend(expr.operands());
        }
        let mut all_given = true;
        for (entity, span) in strangers {
            all_given &= self.is_given(&entity, span, stage);
        }
        let id = ValueId(u32::try_from(values.len()).ok()?);
        all_given.then(|| {
            values.push(value);
            id
        })
    }

    fn unknown_member(&mut self, assigned: &Assigned<'_>, name: &Ident) {
        let Assigned { what, owner, members, .. } = assigned;
        let code = if *what == "field" { Code::UnknownField } else { Code::Arguments };
        let names: Vec<&str> = members.iter().map(|member| member.name.value.as_str()).collect();
        let message = format!("`{}` has no {what} `{}`", owner.value, name.value);
        let diagnostic = Diagnostic::error(code, name.span, message, format!("no such {what}"))
            .also(owner.span, format!("`{}` is declared here", owner.value));
        self.report(diagnostic.help(suggest::help(&name.value, &names, "remove it")));
    }

    fn lacks(&mut self, assigned: &Assigned<'_>, lacking: &[&str]) {
        let Assigned { what, owner, span, missing, .. } = assigned;
        let plural = if lacking.len() == 1 { "" } else { "s" };
        let names = suggest::list(lacking);
        let message = format!("the {what}{plural} {names} of `{}` {} missing", owner.value, verb(lacking));
        let diagnostic = Diagnostic::error(*missing, *span, message, format!("missing {names}"))
            .also(owner.span, format!("`{}` is declared here", owner.value));
        let first = lacking.first().copied().unwrap_or_default();
        self.report(diagnostic.help(format!("add `{first}: …`; only optional ones may be omitted")));
    }
}

const fn verb(names: &[&str]) -> &'static str {
    if names.len() == 1 { "is" } else { "are" }
}
