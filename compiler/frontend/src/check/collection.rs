//! Sets, and the operators `in`, `within` and `like`.

use permit_grammar::ast::{self, ExprKind as Written};
use permit_grammar::span::Span;
use permit_ir::types::{EntityTypeId, Type};

use super::compare::comparable;
use super::constant::range_is_empty;
use super::{ExprChecker, Site};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind};

impl ExprChecker<'_, '_> {
    /// `[a, b]`
    pub(super) fn set(&mut self, span: Span, written: &[ast::Expr], expected: Option<&Type>) -> Option<Expr> {
        let mut element = match expected {
            Some(Type::Set(element) | Type::List(element)) => Some(element.as_ref().clone()),
            _ => None,
        };
        if let (Site::Scenario, Some(ty @ (Type::Set(of) | Type::List(of)))) = (self.env.site, expected) {
            return self.written_out(span, written, ty, of);
        }
        if written.is_empty() {
            let diagnostic = Diagnostic::error(Code::SetElements, span, "the set is empty", "no elements");
            self.report(diagnostic.help("list the elements, or remove the condition"));
            return None;
        }
        let mut elements = Vec::with_capacity(written.len());
        let mut complete = true;
        for (at, one) in written.iter().enumerate() {
            let checked = self.value_beside_element(one, element.as_ref(), at);
            match checked {
                Some(expr) if at == 0 || elements.is_empty() => {
                    element = Some(expr.ty.clone());
                    elements.push(expr);
                }
                Some(expr) => elements.push(expr),
                None => complete = false,
            }
        }
        let element = element?;
        if !element.is_element() {
            let message = format!("a set cannot contain `{}`", self.type_name(&element));
            let diagnostic = Diagnostic::error(Code::SetElements, span, message, "invalid element type");
            self.report(diagnostic.help("a set can contain plain values, records and entities"));
            return None;
        }
        let element = joined_entities(&elements).unwrap_or(element);
        let fits = |one: &Expr| {
            one.ty == element || matches!((&one.ty, &element), (Type::Entity(_), Type::Entity(_)))
        };
        if let (Some(first), Some(other)) = (elements.first(), elements.iter().find(|one| !fits(one))) {
            let (first_ty, other_ty) = (self.type_name(&first.ty), self.type_name(&other.ty));
            let message =
                format!("the elements of a set must have one type, not `{first_ty}` and `{other_ty}`");
            let diagnostic =
                Diagnostic::error(Code::SetElements, other.span, message, format!("this is `{other_ty}`"))
                    .also(first.span, format!("this is `{first_ty}`"));
            self.report(diagnostic.help("use elements of the same type"));
            return None;
        }
        complete.then(|| Expr { kind: ExprKind::Set(elements), ty: Type::Set(Box::new(element)), span })
    }

    /// A set or a list of a type that is known beforehand. It may be empty.
    fn written_out(&mut self, span: Span, written: &[ast::Expr], ty: &Type, of: &Type) -> Option<Expr> {
        let elements: Vec<Option<Expr>> =
            written.iter().map(|one| self.value_of_type(one, Some(of), span, "the collection")).collect();
        let elements: Vec<Expr> = elements.into_iter().collect::<Option<_>>()?;
        let kind =
            if matches!(ty, Type::Set(_)) { ExprKind::Set(elements) } else { ExprKind::List(elements) };
        Some(Expr { kind, ty: ty.clone(), span })
    }

    /// An element of a set; without any type to go by, only the first bare name is reported.
    fn value_beside_element(&mut self, written: &ast::Expr, ty: Option<&Type>, at: usize) -> Option<Expr> {
        if at == 0 { self.value(written, ty) } else { self.value_beside(written, ty) }
    }

    /// `x in set`, `x in a..b`
    pub(super) fn membership(&mut self, span: Span, left: &ast::Expr, right: &ast::Expr) -> Option<Expr> {
        if let Written::Range(from, to) = &right.kind {
            return self.in_range(span, left, from, to);
        }
        let (left, right) = if self.is_bare_variant(left) && !self.is_bare_variant(right) {
            let right = self.value(right, None);
            let element = right.as_ref().map(|right| element_of(&right.ty).cloned());
            let left = match element {
                Some(element) => self.value(left, element.as_ref()),
                None => self.value_beside(left, None),
            };
            (left, right)
        } else {
            let left = self.value(left, None);
            let wanted = left.as_ref().map(|left| Type::Set(Box::new(left.ty.clone())));
            let right = self.value_beside(right, wanted.as_ref());
            (left, right)
        };
        let (left, right) = (left?, right?);
        if let Some(checked) = self.ip_in(span, &left, &right) {
            return checked;
        }
        let Some(element) = element_of(&right.ty) else {
            self.not_a_collection(&right);
            return None;
        };
        if !comparable(&left.ty, element) {
            let element = element.clone();
            self.types_differ((left.span, &left.ty), (right.span, &element), "`in`");
            return None;
        }
        Some(Expr { kind: ExprKind::In(Box::new(left), Box::new(right)), ty: Type::Bool, span })
    }

    fn not_a_collection(&mut self, right: &Expr) {
        let ty = self.type_name(&right.ty);
        let message = format!("expected a set, a list or a range to the right of `in`, found `{ty}`");
        let help = match &right.ty {
            Type::Entity(_) => "use `within` to test whether one entity is a descendant of another",
            Type::String => "use `like` to match a string against a pattern",
            _ => "write a set such as `[a, b]`, or a range such as `1..10`",
        };
        let diagnostic = Diagnostic::error(Code::InOperand, right.span, message, format!("this is `{ty}`"));
        self.report(diagnostic.help(help));
    }

    fn in_range(&mut self, span: Span, left: &ast::Expr, from: &ast::Expr, to: &ast::Expr) -> Option<Expr> {
        let left = self.value(left, None);
        let ty = left.as_ref().map(|left| left.ty.clone());
        let (from, to) = (self.value_beside(from, ty.as_ref()), self.value_beside(to, ty.as_ref()));
        let (left, from, to) = (left?, from?, to?);
        for bound in [&from, &to] {
            if !comparable(&left.ty, &bound.ty) {
                self.types_differ((left.span, &left.ty), (bound.span, &bound.ty), "`in`");
                return None;
            }
        }
        if !left.ty.is_ordered() {
            let ty = self.type_name(&left.ty);
            let diagnostic = Diagnostic::error(
                Code::NotOrdered,
                from.span.to(to.span),
                format!("values of `{ty}` are not ordered"),
                "ranges need an ordered type",
            );
            self.report(diagnostic.help("list the values in a set: `[a, b]`"));
            return None;
        }
        if range_is_empty(&from, &to) {
            let range = from.span.to(to.span);
            let diagnostic = Diagnostic::error(
                Code::ConstantCondition,
                range,
                format!("{} is an empty range", self.quote(range, "this")),
                "contains no value",
            );
            self.report(diagnostic.help("write the lower end first; the upper end is excluded"));
            return None;
        }
        let kind = ExprKind::InRange(Box::new(left), Box::new(from), Box::new(to));
        Some(Expr { kind, ty: Type::Bool, span })
    }

    /// `x within y`
    pub(super) fn lies_within(&mut self, span: Span, left: &ast::Expr, right: &ast::Expr) -> Option<Expr> {
        let left = self.value(left, None);
        if let Some(left) = &left
            && let Some(checked) = self.text_within(span, left, right)
        {
            return checked;
        }
        let right = self.value(right, None);
        let (left, right) = (left?, right?);
        let (Some(inner), Some((outer, any))) = (entity_types(&left.ty), outer_types(&right.ty)) else {
            let wrong = if entity_types(&left.ty).is_none() { &left } else { &right };
            let ty = self.type_name(&wrong.ty);
            let message = format!("`within` cannot be applied to `{ty}`");
            let diagnostic =
                Diagnostic::error(Code::WithinOperand, wrong.span, message, format!("this is `{ty}`"));
            self.report(diagnostic.help(
                "`within` is for entities, paths and hosts; use `in` for sets and ranges, `like` for strings",
            ));
            return None;
        };
        let possible =
            inner.iter().any(|&inner| outer.iter().any(|&outer| self.symbols.can_lie_within(inner, outer)));
        if !possible {
            let (inner, outer) = (self.type_name(&left.ty), self.type_name(&Type::Entity(outer.to_vec())));
            let message = format!("`{inner}` can never be within `{outer}`");
            let diagnostic =
                Diagnostic::error(Code::NeverWithin, right.span, message, format!("this is `{outer}`"))
                    .also(left.span, format!("this is `{inner}`"));
            self.report(
                diagnostic.help(format!("declare `{inner}` as `within {outer}`, or test for another type")),
            );
            return None;
        }
        let (left, right) = (Box::new(left), Box::new(right));
        let kind = if any { ExprKind::WithinAny(left, right) } else { ExprKind::Within(left, right) };
        Some(Expr { kind, ty: Type::Bool, span })
    }

    /// `x like "a*"`
    pub(super) fn like(&mut self, span: Span, left: &ast::Expr, right: &ast::Expr) -> Option<Expr> {
        let left = self.value(left, None);
        let Written::String(pattern) = &right.kind else {
            if right.kind != Written::Error {
                let diagnostic = Diagnostic::error(
                    Code::LikeOperand,
                    right.span,
                    "`like` needs a literal pattern on its right",
                    "not a string literal",
                );
                self.report(
                    diagnostic
                        .help("write a literal pattern, where `*` matches any text: `\"*@acme.example\"`"),
                );
            }
            return None;
        };
        let left = left?;
        if left.ty != Type::String {
            let ty = self.type_name(&left.ty);
            let message = format!("`like` matches a `string`, not `{ty}`");
            let diagnostic =
                Diagnostic::error(Code::LikeOperand, left.span, message, format!("this is `{ty}`"));
            self.report(diagnostic.help("use `==`, `in` or `within` for values that are not strings"));
            return None;
        }
        Some(Expr { kind: ExprKind::Like(Box::new(left), pattern.clone()), ty: Type::Bool, span })
    }
}

/// The type of what holds these entities, which may be of several types; `None` where one is no entity.
pub(super) fn joined_entities(elements: &[Expr]) -> Option<Type> {
    let types: Option<Vec<&[EntityTypeId]>> = elements.iter().map(|one| entity_types(&one.ty)).collect();
    let mut types = types?.concat();
    types.sort_unstable();
    types.dedup();
    Some(Type::Entity(types))
}

pub(super) const fn element_of(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Set(element) | Type::List(element) => Some(element),
        _ => None,
    }
}

fn entity_types(ty: &Type) -> Option<&[EntityTypeId]> {
    match ty {
        Type::Entity(types) => Some(types),
        _ => None,
    }
}

/// The types to lie in, and whether any element of a collection will do.
fn outer_types(ty: &Type) -> Option<(&[EntityTypeId], bool)> {
    entity_types(ty).map(|types| (types, false)).or_else(|| Some((entity_types(element_of(ty)?)?, true)))
}
