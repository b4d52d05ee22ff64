//! `if c then a else b`, and `x is T`.

use permit_grammar::ast::{self, Ident};
use permit_grammar::span::Span;
use permit_ir::program::EntityKind;
use permit_ir::types::Type;

use super::ExprChecker;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind};

impl ExprChecker<'_, '_> {
    /// `if c then a else b`
    pub(super) fn choice(
        &mut self,
        span: Span,
        condition: &ast::Expr,
        (then, otherwise): (&ast::Expr, &ast::Expr),
        expected: Option<&Type>,
    ) -> Option<Expr> {
        let checked = self.condition(condition);
        // A bare variant is told by the other branch.
        let other_first =
            expected.is_none() && self.is_bare_variant(then) && !self.is_bare_variant(otherwise);
        let (then, otherwise) = if other_first {
            let otherwise = self.branch(condition, false, otherwise, None);
            let ty = otherwise.as_ref().map(|expr| expr.ty.clone());
            (ty.and_then(|ty| self.branch(condition, true, then, Some(&ty))), otherwise)
        } else {
            let then = self.branch(condition, true, then, expected);
            let ty = then.as_ref().map(|expr| expr.ty.clone());
            let known = ty.is_some() || !self.is_bare_variant(otherwise);
            let otherwise =
                if known { self.branch(condition, false, otherwise, ty.as_ref().or(expected)) } else { None };
            (then, otherwise)
        };
        let (condition, then, otherwise) = (checked?, then?, otherwise?);
        let ty = match (&then.ty, &otherwise.ty) {
            (Type::Entity(a), Type::Entity(b)) => {
                let mut types = [a.as_slice(), b.as_slice()].concat();
                types.sort_unstable();
                types.dedup();
                Type::Entity(types)
            }
            (a, b) if a == b => a.clone(),
            (a, b) => {
                let (a, b) = (a.clone(), b.clone());
                self.types_differ((then.span, &a), (otherwise.span, &b), "`if`");
                return None;
            }
        };
        let kind = ExprKind::If(Box::new(condition), Box::new(then), Box::new(otherwise));
        Some(Expr { kind, ty, span })
    }

    fn branch(
        &mut self,
        condition: &ast::Expr,
        outcome: bool,
        written: &ast::Expr,
        expected: Option<&Type>,
    ) -> Option<Expr> {
        let mark = self.env.known.mark();
        self.assume(condition, outcome);
        let expr = self.value(written, expected);
        self.env.known.forget(mark);
        expr
    }

    /// `x is T`
    pub(super) fn is(&mut self, span: Span, written: &ast::Expr, ty: &Ident) -> Option<Expr> {
        let id = self.symbols.find_entity(self.found, ty, &EntityKind::ALL);
        let expr = self.value(written, None);
        let (id, expr) = (id?, expr?);
        let Type::Entity(types) = &expr.ty else {
            let is = self.type_name(&expr.ty);
            let message = format!("`is` tests the type of an entity, but this is `{is}`");
            let diagnostic =
                Diagnostic::error(Code::IsOperand, expr.span, message, format!("this is `{is}`"));
            self.report(
                diagnostic.help("only `agent`, `resource` and other entities may be of several types"),
            );
            return None;
        };
        let value = match types.as_slice() {
            [only] if *only == id => Some(true),
            types if !types.contains(&id) => Some(false),
            _ => None,
        };
        if let Some(value) = value {
            let text = self.quote(span, "this");
            let message = format!("{text} is always {value}");
            let diagnostic =
                Diagnostic::error(Code::ConstantCondition, span, message, "the same for every request")
                    .also(expr.span, format!("this is `{}`", self.type_name(&expr.ty)));
            self.report(diagnostic.help("remove it, or test for a type that it may have"));
            return None;
        }
        Some(Expr { kind: ExprKind::Is(Box::new(expr), id), ty: Type::Bool, span })
    }
}
