//! Comparisons: both sides have the same type; there are no implicit conversions.

use permit_grammar::ast::{self, BinaryOp};
use permit_grammar::span::{Span, Spanned};
use permit_ir::program::CompareOp;
use permit_ir::types::Type;

use super::ExprChecker;
use crate::codes::Code;
use crate::diagnostic::Diagnostic;
use crate::hir::{Expr, ExprKind};

impl ExprChecker<'_, '_> {
    pub(super) fn compare(
        &mut self,
        span: Span,
        left: &ast::Expr,
        (op, op_span): (BinaryOp, Span),
        right: &ast::Expr,
    ) -> Option<Expr> {
        let (left, right) = self.pair(left, right)?;
        let (op, text) = match op {
            BinaryOp::Eq => (CompareOp::Eq, "=="),
            BinaryOp::Ne => (CompareOp::Ne, "!="),
            BinaryOp::Lt => (CompareOp::Lt, "<"),
            BinaryOp::Le => (CompareOp::Le, "<="),
            BinaryOp::Gt => (CompareOp::Gt, ">"),
            BinaryOp::Ge => (CompareOp::Ge, ">="),
            _ => return None,
        };
        if !comparable(&left.ty, &right.ty) {
            self.types_differ((left.span, &left.ty), (right.span, &right.ty), &format!("`{text}`"));
            return None;
        }
        let equality = matches!(op, CompareOp::Eq | CompareOp::Ne);
        if !left.ty.is_element() && !matches!(left.ty, Type::Set(_) | Type::List(_)) {
            self.not_comparable(&left, op_span, "compared", "compare one of its fields or elements instead");
            return None;
        }
        if !equality && !left.ty.is_ordered() {
            self.not_comparable(&left, op_span, "ordered", "use `==`, `!=` or `in`");
            return None;
        }
        let op = Spanned { value: op, span: op_span };
        Some(Expr { kind: ExprKind::Compare(op, Box::new(left), Box::new(right)), ty: Type::Bool, span })
    }

    /// Two values, each of which may be a bare variant of the other's enum.
    fn pair(&mut self, left: &ast::Expr, right: &ast::Expr) -> Option<(Expr, Expr)> {
        if self.is_bare_variant(left) && !self.is_bare_variant(right) {
            let right = self.value(right, None);
            let ty = right.as_ref().map(|right| right.ty.clone());
            let left = self.value_beside(left, ty.as_ref());
            return Some((left?, right?));
        }
        let left = self.value(left, None);
        let ty = left.as_ref().map(|left| left.ty.clone());
        let right = self.value_beside(right, ty.as_ref());
        Some((left?, right?))
    }

    /// A value beside one of type `beside`. If that one failed, a bare variant cannot be judged.
    pub(super) fn value_beside(&mut self, written: &ast::Expr, beside: Option<&Type>) -> Option<Expr> {
        if beside.is_none() && self.is_bare_variant(written) {
            return None;
        }
        self.value(written, beside)
    }

    fn not_comparable(&mut self, expr: &Expr, op_span: Span, how: &str, help: &str) {
        let ty = self.type_name(&expr.ty);
        let message = format!("values of `{ty}` are not {how}");
        let diagnostic = Diagnostic::error(Code::NotOrdered, op_span, message, "invalid operand")
            .also(expr.span, format!("this is `{ty}`"));
        self.report(diagnostic.help(help));
    }

    /// Reports two types where one is needed.
    pub(super) fn types_differ(&mut self, left: (Span, &Type), right: (Span, &Type), operator: &str) {
        let (left_name, right_name) = (self.type_name(left.1), self.type_name(right.1));
        let (code, message, help) = match (left.1, right.1) {
            (Type::Money(a), Type::Money(b)) if a != b => (
                Code::CurrenciesMixed,
                format!("{operator} mixes {a} and {b}"),
                "amounts in different currencies cannot be compared or added; use a separate budget or rule for each",
            ),
            (a, b) => (
                Code::TypesDiffer,
                format!("{operator} needs the same type on both sides, not `{left_name}` and `{right_name}`"),
                difference_help(a, b),
            ),
        };
        let diagnostic = Diagnostic::error(code, right.0, message, format!("this is `{right_name}`"))
            .also(left.0, format!("this is `{left_name}`"));
        self.report(diagnostic.help(help));
    }
}

/// Whether values of two types can be equal at all.
pub(super) fn comparable(left: &Type, right: &Type) -> bool {
    match (left, right) {
        (Type::Entity(left), Type::Entity(right)) => left.iter().any(|id| right.contains(id)),
        (left, right) => left == right,
    }
}

fn difference_help(left: &Type, right: &Type) -> &'static str {
    let either = |is: fn(&Type) -> bool| is(left) || is(right);
    if either(|ty| matches!(ty, Type::Money(_))) {
        "write an amount with its currency, as in `50.00 USD`"
    } else if either(|ty| matches!(ty, Type::Instant)) && either(|ty| matches!(ty, Type::Duration)) {
        "subtract two instants to get a duration, as in `now - resource.created_at`"
    } else if either(|ty| matches!(ty, Type::Duration)) {
        "write a duration with its unit, as in `15min`"
    } else if either(|ty| matches!(ty, Type::Decimal)) {
        "write a decimal with a decimal point, as in `1.0`"
    } else if either(|ty| matches!(ty, Type::Entity(_))) && either(|ty| matches!(ty, Type::String)) {
        "write an entity with its type, as in `Order::\"o1\"`"
    } else if either(|ty| matches!(ty, Type::Set(_) | Type::List(_))) {
        "test whether a value is `in` the collection"
    } else {
        "there are no implicit conversions; use values of the same type"
    }
}
