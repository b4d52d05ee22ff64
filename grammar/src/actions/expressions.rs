//! Expressions.

use super::{Compared, Cx, Deep};
use crate::ast::{Argument, BinaryOp, EntityLiteral, Expr, ExprKind, Ident, Quantifier, UnaryOp};
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

    /// What stands between the quotes of `r"…"`.
    pub(crate) fn regex(&self, l: usize, r: usize) -> Deep<Expr> {
        let raw = self.slice(l, r);
        let inner = raw.strip_prefix("r\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(raw);
        self.leaf(l, ExprKind::Regex(inner.to_owned()), r)
    }

    /// A date and a time without a zone, which is a moment only in a scenario.
    pub(crate) fn zoneless(&mut self, l: usize, r: usize) -> Deep<Expr> {
        let found = self.slice(l, r).to_owned();
        let span = self.span(l, r);
        self.report(E::InstantWithoutZone { found }, span);
        self.literal(l, ExprKind::Instant, r)
    }

    pub(crate) fn map(&mut self, l: usize, pairs: Vec<(Deep<Expr>, Deep<Expr>)>, r: usize) -> Deep<Expr> {
        let below = pairs.iter().map(|(key, value)| key.depth.max(value.depth)).max().unwrap_or(0);
        let pairs = pairs.into_iter().map(|(key, value)| (key.value, value.value)).collect();
        let span = self.span(l, r);
        self.grow_expr(below, span, ExprKind::Map(pairs))
    }

    pub(crate) fn argument(
        &self,
        l: usize,
        name: Option<Ident>,
        value: Deep<Expr>,
        r: usize,
    ) -> Deep<Argument> {
        Deep { value: Argument { name, value: value.value, span: self.span(l, r) }, depth: value.depth }
    }

    pub(crate) fn call(
        &mut self,
        l: usize,
        function: Ident,
        args: Vec<Deep<Argument>>,
        r: usize,
    ) -> Deep<Expr> {
        let below = args.iter().map(|arg| arg.depth).max().unwrap_or(0);
        let args = args.into_iter().map(|arg| arg.value).collect();
        let span = self.span(l, r);
        self.grow_expr(below, span, ExprKind::Call { function, args })
    }

    pub(crate) fn index(&mut self, l: usize, base: Deep<Expr>, key: Deep<Expr>, r: usize) -> Deep<Expr> {
        let below = base.depth.max(key.depth);
        let kind = ExprKind::Index { base: Box::new(base.value), key: Box::new(key.value) };
        let span = self.span(l, r);
        self.grow_expr(below, span, kind)
    }

    pub(crate) fn quantified(
        &mut self,
        l: usize,
        (quantifier, variable): (Spanned<Quantifier>, Ident),
        source: Deep<Expr>,
        condition: Deep<Expr>,
        r: usize,
    ) -> Deep<Expr> {
        let below = source.depth.max(condition.depth);
        let (source, condition) = (Box::new(source.value), Box::new(condition.value));
        let span = self.span(l, r);
        self.grow_expr(below, span, ExprKind::Quantified { quantifier, variable, source, condition })
    }

    pub(crate) fn conditional(
        &mut self,
        l: usize,
        condition: Deep<Expr>,
        then: Deep<Expr>,
        otherwise: Deep<Expr>,
        r: usize,
    ) -> Deep<Expr> {
        let below = condition.depth.max(then.depth).max(otherwise.depth);
        let (condition, then) = (Box::new(condition.value), Box::new(then.value));
        let kind = ExprKind::If { condition, then, otherwise: Box::new(otherwise.value) };
        let span = self.span(l, r);
        self.grow_expr(below, span, kind)
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
        self.check_chain(&a, op.span);
        if op.value != BinaryOp::In && matches!(b.value.kind, ExprKind::Range(..)) {
            self.report(E::RangeOutsideIn, b.value.span);
        }
        let (first, chained) = (a.op.unwrap_or(op.span), a.op.is_some());
        Compared { expr: self.binary(a.expr, op, b), op: Some(first), chained }
    }

    /// A test of a type; reports a chain.
    pub(crate) fn is(&mut self, a: Compared, op: Spanned<()>, ty: Ident) -> Compared {
        self.check_chain(&a, op.span);
        let (first, chained) = (a.op.unwrap_or(op.span), a.op.is_some());
        let span = a.expr.value.span.to(ty.span);
        let expr = self.grow_expr(a.expr.depth, span, ExprKind::Is { expr: Box::new(a.expr.value), ty });
        Compared { expr, op: Some(first), chained }
    }

    fn check_chain(&mut self, a: &Compared, op: Span) {
        if let Some(first) = a.op.filter(|_| !a.chained) {
            self.report(E::ChainedComparison { first }, op);
        }
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
