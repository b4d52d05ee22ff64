//! One pass over the arena: order, types, and what each expression measures.

use super::{Fault, Place, VerifyError, limits, typing};
use crate::program::{Expr, Node, Program};
use crate::types::{ExprId, Type};

/// What one expression comes to with all its operands, a shared one counted as often as it is evaluated.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Measure {
    /// Expressions on the longest path to a leaf.
    pub(super) depth: u32,
    /// Expressions.
    pub(super) nodes: u64,
    /// Units of cost, see [`weight`].
    pub(super) cost: u64,
}

/// Checks every expression, operands first, and measures it.
pub(super) fn check(program: &Program) -> Result<Vec<Measure>, VerifyError> {
    let mut measures = Vec::with_capacity(program.exprs.len());
    for (id, node) in (0..).map(ExprId).zip(&program.exprs) {
        let measure = check_node(program, node, &measures);
        measures.push(measure.map_err(|fault| VerifyError { at: Place::Expr(id), fault })?);
    }
    Ok(measures)
}

fn check_node(program: &Program, node: &Node, before: &[Measure]) -> Result<Measure, Fault> {
    let mut measure = Measure { depth: 1, nodes: 1, cost: weight(program, &node.expr) };
    for operand in node.expr.operands() {
        let part = before.get(operand.index()).ok_or(Fault::Forward(operand))?;
        measure.depth = measure.depth.max(part.depth + 1);
        measure.nodes = measure.nodes.saturating_add(part.nodes);
        measure.cost = measure.cost.saturating_add(part.cost);
    }
    typing::check(program, node)?;
    if measure.depth > limits::DEPTH_MAX {
        return Err(Fault::TooMany { what: "levels of expressions", max: u64::from(limits::DEPTH_MAX) });
    }
    if measure.nodes > limits::NODES_MAX {
        return Err(Fault::TooMany { what: "expressions in one", max: limits::NODES_MAX });
    }
    Ok(measure)
}

/// What evaluating the expression itself costs, in units of about one comparison of numbers.
fn weight(program: &Program, expr: &Expr) -> u64 {
    let ty = |id: &ExprId| program.exprs.get(id.index()).map(|node| &node.ty);
    match expr {
        Expr::Attr(..) | Expr::OptionalAttr(..) => 2,
        Expr::Compare(_, a, _) if ty(a) == Some(&Type::String) => 4,
        Expr::Compare(_, a, _) if matches!(ty(a), Some(Type::Set(_) | Type::List(_))) => 64,
        Expr::In(_, b) => elements(program, *b),
        Expr::Within(..) => 8,
        Expr::WithinAny(_, b) => elements(program, *b).saturating_mul(8),
        Expr::Like(..) => 64,
        _ => 1,
    }
}

/// How many elements are looked at: those written out, or a guess for those that the facts or the caller bring.
fn elements(program: &Program, id: ExprId) -> u64 {
    match program.exprs.get(id.index()).map(|node| &node.expr) {
        Some(Expr::Set(elements)) => u64::try_from(elements.len()).unwrap_or(u64::MAX),
        _ => 64,
    }
}
