//! Conditions: `and`, `or`, `not`, and what they let one know of values that may be absent.
//!
//! `present(x)` makes `x` known to be present where the condition can only be reached if it held: to the right of `and`,
//! to the right of `or` behind a `not`, and in the conditions that follow.

use permit_grammar::ast::{self, BinaryOp, ExprKind as Written, UnaryOp};
use permit_grammar::span::Span;
use permit_ir::types::Type;

use super::ExprChecker;
use super::constant::{Constant, fold};
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind};

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
                format!("a condition is `bool`, but {text} is `{ty}`"),
                format!("this is `{ty}`"),
            );
            self.report(diagnostic.help("compare it with something"));
            return None;
        }
        // The operands of these were conditions themselves.
        if matches!(expr.kind, ExprKind::And(..) | ExprKind::Or(..) | ExprKind::Not(..)) {
            return Some(expr);
        }
        let Some(Constant::Bool(value)) = fold(&expr) else { return Some(expr) };
        let text = self.quote(expr.span, "this condition");
        let diagnostic = Diagnostic::error(
            Code::ConstantCondition,
            expr.span,
            format!("{text} is always {value}"),
            "no request changes it",
        );
        self.report(diagnostic.help("remove it, or compare with something of the request"));
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
        let known = self.env.present.len();
        let is_and = op == BinaryOp::And;
        self.assume(left, is_and);
        let checked_right = self.condition(right);
        self.env.present.truncate(known);
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
                    self.env.present.extend(place(at));
                    let Written::Attr { base, .. } = &at.kind else { break };
                    at = base;
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

    /// The value under an optional one that is known to be present.
    pub(super) fn narrowed(&self, written: &ast::Expr, expr: Expr) -> Expr {
        let Type::Optional(inner) = &expr.ty else { return expr };
        let known = place(written).is_some_and(|place| self.env.present.contains(&place));
        if !known {
            return expr;
        }
        let (ty, span) = (inner.as_ref().clone(), expr.span);
        Expr { kind: ExprKind::Unwrap(Box::new(expr)), ty, span }
    }
}

/// A name or a chain of attributes, by which two expressions are known to read the same value.
fn place(written: &ast::Expr) -> Option<String> {
    match &written.kind {
        Written::Name(name) => Some(name.clone()),
        Written::Attr { base, name, .. } => Some(format!("{}.{}", place(base)?, name.value)),
        _ => None,
    }
}
