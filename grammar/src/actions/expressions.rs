//! Expressions.

use super::{Compared, Cx, Deep};
use crate::ast::{BinaryOp, EntityLiteral, Expr, ExprKind, Ident, UnaryOp};
use crate::span::{Span, Spanned};
use crate::syntax_error::SyntaxErrorKind as E;

impl Cx<'_> {
    pub(crate) fn leaf(&self, l: usize, kind: ExprKind, r: usize) -> Deep<Expr> {
        Deep { value: Expr { kind, span: self.span(l, r) }, depth: 1 }
    }

    /// A leaf that keeps its text.
    pub(crate) fn literal(&self, l: usize, kind: fn(String) -> ExprKind, r: usize) -> Deep<Expr> {
        self.leaf(l, kind(self.slice(l, r).to_owned()), r)
    }

    pub(crate) fn entity_expr(&self, l: usize, ty: Ident, id: Spanned<String>, r: usize) -> Deep<Expr> {
        self.leaf(l, ExprKind::Entity(EntityLiteral { ty, id, span: self.span(l, r) }), r)
    }

    pub(crate) fn set(&mut self, l: usize, items: Vec<Deep<Expr>>, r: usize) -> Deep<Expr> {
        let below = items.iter().map(|item| item.depth).max().unwrap_or(0);
        let span = self.span(l, r);
        self.grow_expr(below, span, ExprKind::Set(items.into_iter().map(|item| item.value).collect()))
    }

    /// Brackets leave no node; the expression's span grows over them.
    pub(crate) fn paren(&self, l: usize, mut expr: Deep<Expr>, r: usize) -> Deep<Expr> {
        expr.value.span = self.span(l, r);
        expr
    }

    pub(crate) fn present(&mut self, l: usize, expr: Deep<Expr>, r: usize) -> Deep<Expr> {
        let span = self.span(l, r);
        self.grow_expr(expr.depth, span, ExprKind::Present(Box::new(expr.value)))
    }

    pub(crate) fn attr(
        &mut self,
        l: usize,
        base: Deep<Expr>,
        optional: bool,
        name: Ident,
        r: usize,
    ) -> Deep<Expr> {
        let span = self.span(l, r);
        self.grow_expr(base.depth, span, ExprKind::Attr { base: Box::new(base.value), name, optional })
    }

    pub(crate) fn range(&mut self, l: usize, a: Deep<Expr>, b: Deep<Expr>, r: usize) -> Deep<Expr> {
        let span = self.span(l, r);
        self.grow_expr(a.depth.max(b.depth), span, ExprKind::Range(Box::new(a.value), Box::new(b.value)))
    }

    pub(crate) fn unary(&mut self, op: Spanned<UnaryOp>, expr: Deep<Expr>) -> Deep<Expr> {
        let span = op.span.to(expr.value.span);
        self.grow_expr(expr.depth, span, ExprKind::Unary(op, Box::new(expr.value)))
    }

    pub(crate) fn binary(&mut self, a: Deep<Expr>, op: Spanned<BinaryOp>, b: Deep<Expr>) -> Deep<Expr> {
        let span = a.value.span.to(b.value.span);
        let below = a.depth.max(b.depth);
        self.grow_expr(below, span, ExprKind::Binary(Box::new(a.value), op, Box::new(b.value)))
    }

    /// What may become the left side of a comparison.
    pub(crate) const fn operand(expr: Deep<Expr>) -> Compared {
        Compared { expr, op: None, chained: false }
    }

    /// A comparison; reports a chain, and a range that is not behind `in`.
    pub(crate) fn compare(&mut self, a: Compared, op: Spanned<BinaryOp>, b: Deep<Expr>) -> Compared {
        if let Some(first) = a.op.filter(|_| !a.chained) {
            self.report(E::ChainedComparison { first }, op.span);
        }
        if op.value != BinaryOp::In && matches!(b.value.kind, ExprKind::Range(..)) {
            self.report(E::RangeOutsideIn, b.value.span);
        }
        let (first, chained) = (a.op.unwrap_or(op.span), a.op.is_some());
        Compared { expr: self.binary(a.expr, op, b), op: Some(first), chained }
    }

    /// `a else b else c` is `a else (b else c)`: each alternative is asked only when those before it are absent.
    pub(crate) fn fallback(
        &mut self,
        first: Deep<Expr>,
        rest: Vec<(Spanned<BinaryOp>, Deep<Expr>)>,
    ) -> Deep<Expr> {
        let mut left = first;
        let mut waiting = Vec::with_capacity(rest.len());
        for (op, right) in rest {
            waiting.push((std::mem::replace(&mut left, right), op));
        }
        let mut folded = left;
        while let Some((a, op)) = waiting.pop() {
            folded = self.binary(a, op, folded);
        }
        folded
    }

    fn grow_expr(&mut self, below: u16, span: Span, kind: ExprKind) -> Deep<Expr> {
        self.grow(below, span, Expr { kind, span }, Expr { kind: ExprKind::Error, span })
    }
}
