//! `+`, `-` and `*`: overflow-checked, exact, and never across types or currencies.

use permit_grammar::ast::{self, BinaryOp, ExprKind as Written};
use permit_grammar::span::Span;
use permit_ir::program::ArithmeticOp;
use permit_ir::types::Type;

use super::ExprChecker;
use super::constant::fold;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind};

impl ExprChecker<'_, '_> {
    pub(super) fn arithmetic(
        &mut self,
        span: Span,
        left: &ast::Expr,
        (op, op_span): (BinaryOp, Span),
        right: &ast::Expr,
    ) -> Option<Expr> {
        let (left, right) = (self.value(left, None), self.value(right, None));
        let (left, right) = (left?, right?);
        let (op, sign) = match op {
            BinaryOp::Add => (ArithmeticOp::Add, "+"),
            BinaryOp::Sub => (ArithmeticOp::Sub, "-"),
            BinaryOp::Mul => (ArithmeticOp::Mul, "*"),
            _ => return None,
        };
        let Some(ty) = result(op, &left.ty, &right.ty) else {
            self.no_result(op, sign, op_span, &left, &right);
            return None;
        };
        self.in_range_of_type(Expr {
            kind: ExprKind::Arithmetic(op, Box::new(left), Box::new(right)),
            ty,
            span,
        })
    }

    /// Arithmetic on constants that has no result would err in every decision.
    fn in_range_of_type(&mut self, expr: Expr) -> Option<Expr> {
        let constant = expr.operands().into_iter().all(|operand| fold(operand).is_some());
        if !constant || fold(&expr).is_some() {
            return Some(expr);
        }
        let ty = self.type_name(&expr.ty);
        let message = format!("the result does not fit in `{ty}`");
        let diagnostic = Diagnostic::error(Code::OutOfRange, expr.span, message, "out of range");
        self.report(diagnostic.help("use smaller numbers"));
        None
    }

    /// `x / y`, which does not say how it rounds.
    pub(super) fn division(&mut self, op_span: Span, left: &ast::Expr, right: &ast::Expr) -> Option<Expr> {
        let (left, right) = (self.value(left, None), self.value(right, None));
        let _both = (left?, right?);
        let message = "there is no `/` operator, because it would not say how to round";
        let diagnostic = Diagnostic::error(Code::Arithmetic, op_span, message, "rounded up or down?");
        self.report(
            diagnostic
                .help("call `div_int_round_down`, `div_round_half_even` or a similar function of `std.math`"),
        );
        None
    }

    fn no_result(&mut self, op: ArithmeticOp, sign: &str, op_span: Span, left: &Expr, right: &Expr) {
        if let (Type::Money(a), Type::Money(b), true) = (&left.ty, &right.ty, op != ArithmeticOp::Mul)
            && a != b
        {
            self.types_differ((left.span, &left.ty), (right.span, &right.ty), &format!("`{sign}`"));
            return;
        }
        let (left_ty, right_ty) = (self.type_name(&left.ty), self.type_name(&right.ty));
        let message = format!("`{sign}` cannot be applied to `{left_ty}` and `{right_ty}`");
        let help = match op {
            ArithmeticOp::Mul => {
                "one side of `*` must be an `int`; to multiply by a `decimal`, use a function such as `mul_round_half_even` of `std.math`"
            }
            ArithmeticOp::Add | ArithmeticOp::Sub => {
                "both sides must be of the same type (`int`, `decimal`, `money` or `duration`), or an `instant` and a `duration`"
            }
        };
        let diagnostic = Diagnostic::error(Code::Arithmetic, op_span, message, "unsupported operands")
            .also(left.span, format!("this is `{left_ty}`"))
            .also(right.span, format!("this is `{right_ty}`"));
        self.report(diagnostic.help(help));
    }

    /// `-x`
    pub(super) fn negative(&mut self, span: Span, written: &ast::Expr) -> Option<Expr> {
        // The least number has no positive counterpart, so the sign is read with the digits.
        match &written.kind {
            Written::Int(text) | Written::Decimal(text) | Written::Money(text) => {
                let text = format!("-{text}");
                let kind = match &written.kind {
                    Written::Int(_) => Written::Int(text),
                    Written::Decimal(_) => Written::Decimal(text),
                    _ => Written::Money(text),
                };
                return self.literal(&ast::Expr { kind, span });
            }
            _ => {}
        }
        let inner = self.value(written, None)?;
        if !matches!(inner.ty, Type::Int | Type::Decimal | Type::Money(_) | Type::Duration) {
            let ty = self.type_name(&inner.ty);
            let message = format!("`-` cannot be applied to `{ty}`");
            let diagnostic = Diagnostic::error(Code::Arithmetic, span, message, "unsupported operands")
                .also(inner.span, format!("this is `{ty}`"));
            self.report(diagnostic.help("only `int`, `decimal`, `money` and `duration` can be negated"));
            return None;
        }
        let ty = inner.ty.clone();
        self.in_range_of_type(Expr { kind: ExprKind::Neg(Box::new(inner)), ty, span })
    }
}

/// The type of the result, see [`ArithmeticOp`].
fn result(op: ArithmeticOp, left: &Type, right: &Type) -> Option<Type> {
    let adds = |ty: &Type| matches!(ty, Type::Int | Type::Decimal | Type::Money(_) | Type::Duration);
    match (op, left, right) {
        (ArithmeticOp::Add | ArithmeticOp::Sub, left, right) if left == right && adds(left) => {
            Some(left.clone())
        }
        (ArithmeticOp::Add, Type::Instant, Type::Duration)
        | (ArithmeticOp::Add, Type::Duration, Type::Instant)
        | (ArithmeticOp::Sub, Type::Instant, Type::Duration) => Some(Type::Instant),
        (ArithmeticOp::Sub, Type::Instant, Type::Instant) => Some(Type::Duration),
        (ArithmeticOp::Mul, Type::Int, other) | (ArithmeticOp::Mul, other, Type::Int) if adds(other) => {
            Some(other.clone())
        }
        _ => None,
    }
}
