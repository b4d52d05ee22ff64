//! Conditions: `and`, `or`, `not`, and the narrowing of optional values.
//!
//! `present(x)` narrows `x` to present wherever evaluation gets only if it was true: to the right of `and`,
//! to the right of `or` after a `not`, in the branches of an `if`, and in the conditions that follow. `x is T` narrows `x`
//! to `T` there, and to the remaining types where it is false.

use permit_grammar::ast::{self, BinaryOp, ExprKind as Written, UnaryOp};
use permit_grammar::span::{Span, Spanned};
use permit_ir::types::{EntityTypeId, Type};

use super::ExprChecker;
use super::constant::{Constant, fold};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind};
use crate::resolve::TypeName;

impl ExprChecker<'_, '_> {
    /// A condition: `bool`, and not known beforehand.
    pub(super) fn condition(&mut self, written: &ast::Expr) -> Option<Expr> {
        let expr = self.value(written, None)?;
        if expr.ty != Type::Bool {
            let text = self.quote(expr.span, "this");
            let ty = self.type_name(&expr.ty);
            let diagnostic = Diagnostic::error(
                Code::NotBool,
                expr.span,
                format!("a condition must be `bool`, but {text} is `{ty}`"),
                format!("this is `{ty}`"),
            );
            self.report(diagnostic.help("compare it with something"));
            return None;
        }
        // The operands of these were conditions themselves; what a function says of its parameters is its own affair.
        let connected = matches!(
            written.kind,
            Written::Unary(..) | Written::Binary(_, Spanned { value: BinaryOp::And | BinaryOp::Or, .. }, _)
        );
        if connected {
            return Some(expr);
        }
        let Some(Constant::Bool(value)) = fold(&expr) else { return Some(expr) };
        let text = self.quote(expr.span, "this condition");
        let diagnostic = Diagnostic::error(
            Code::ConstantCondition,
            expr.span,
            format!("{text} is always {value}"),
            "the same for every request",
        );
        self.report(diagnostic.help("remove it, or compare with something that depends on the request"));
        None
    }

    /// `a and b`, `a or b`
    pub(super) fn connective(
        &mut self,
        span: Span,
        left: &ast::Expr,
        op: BinaryOp,
        right: &ast::Expr,
    ) -> Option<Expr> {
        let checked_left = self.condition(left);
        let known = self.env.known.mark();
        let is_and = op == BinaryOp::And;
        self.assume(left, is_and);
        let checked_right = self.condition(right);
        self.env.known.forget(known);
        let (left, right) = (Box::new(checked_left?), Box::new(checked_right?));
        let kind = if is_and { ExprKind::And(left, right) } else { ExprKind::Or(left, right) };
        Some(Expr { kind, ty: Type::Bool, span })
    }

    /// `not a`
    pub(super) fn not(&mut self, span: Span, written: &ast::Expr) -> Option<Expr> {
        let inner = self.condition(written)?;
        Some(Expr { kind: ExprKind::Not(Box::new(inner)), ty: Type::Bool, span })
    }

    /// From here on, `condition` is known to have come out as `outcome`.
    pub(super) fn assume(&mut self, condition: &ast::Expr, outcome: bool) {
        match &condition.kind {
            Written::Present(inner) if outcome => {
                // `a?.b` is only present if `a` is.
                let mut at = inner.as_ref();
                loop {
                    self.env.known.present.extend(place(at));
                    let Written::Attr { base, .. } = &at.kind else { break };
                    at = base;
                }
            }
            Written::Is { expr, ty } => {
                if let (Some(place), Some(TypeName::Entity(id))) =
                    (place(expr), self.symbols.type_name(&ty.value, ty.span))
                {
                    self.env.known.types.push((place, id, outcome));
                }
            }
            Written::Unary(op, inner) if op.value == UnaryOp::Not => self.assume(inner, !outcome),
            Written::Binary(left, op, right) => match (op.value, outcome) {
                (BinaryOp::And, true) | (BinaryOp::Or, false) => {
                    self.assume(left, outcome);
                    self.assume(right, outcome);
                }
                _ => {}
            },
            _ => {}
        }
    }

    /// What is known of the value of an expression beyond its type: that it is present, and which entity it is.
    pub(super) fn narrowed(&self, written: &ast::Expr, expr: Expr) -> Expr {
        if !matches!(expr.ty, Type::Optional(_) | Type::Entity(_)) || self.env.known.is_empty() {
            return expr;
        }
        let Some(place) = place(written) else { return expr };
        let span = expr.span;
        let present = match &expr.ty {
            Type::Optional(inner) if self.env.known.present.contains(&place) => {
                let ty = inner.as_ref().clone();
                Expr { kind: ExprKind::Unwrap(Box::new(expr)), ty, span }
            }
            _ => expr,
        };
        let Type::Entity(types) = &present.ty else { return present };
        let fewer = self.env.known.narrow(&place, types);
        if fewer.is_empty() || fewer == *types {
            return present;
        }
        Expr { kind: ExprKind::Cast(Box::new(present)), ty: Type::Entity(fewer), span }
    }
}

/// What is known of values, by the places they are read from.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// They are present.
    present: Vec<String>,
    /// They are of the type, or are not.
    types: Vec<(String, EntityTypeId, bool)>,
}

/// How much was known at some point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark(usize, usize);

impl Known {
    pub(super) const fn new() -> Self {
        Self { present: Vec::new(), types: Vec::new() }
    }

    const fn is_empty(&self) -> bool {
        self.present.is_empty() && self.types.is_empty()
    }

    pub(super) const fn mark(&self) -> Mark {
        Mark(self.present.len(), self.types.len())
    }

    pub(super) fn forget(&mut self, mark: Mark) {
        self.present.truncate(mark.0);
        self.types.truncate(mark.1);
    }

    /// The types that an entity read from `place` may still have.
    fn narrow(&self, place: &str, types: &[EntityTypeId]) -> Vec<EntityTypeId> {
        let mut left = types.to_vec();
        for (_, id, is) in self.types.iter().filter(|(other, ..)| other == place) {
            left.retain(|one| (one == id) == *is);
        }
        left
    }
}

/// A name or a chain of attributes and lookups, by which two expressions are known to read the same value.
fn place(written: &ast::Expr) -> Option<String> {
    match &written.kind {
        Written::Name(name) => Some(name.clone()),
        Written::Attr { base, name, .. } => Some(format!("{}.{}", place(base)?, name.value)),
        Written::Index { base, key } => match &key.kind {
            Written::String(text) => Some(format!("{}[{text:?}]", place(base)?)),
            _ => None,
        },
        _ => None,
    }
}
