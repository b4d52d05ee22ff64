//! One pass over the arena: order, types, and the size and cost of each expression.

use super::{Fault, Place, VerifyError, limits, typing};
use crate::program::{Expr, Node, Program};
use crate::types::{ExprId, Type};

/// What one expression comes to with all its operands, a shared one counted as often as it is evaluated.
#[derive(Clone, Debug, Default)]
pub(super) struct Measure {
    /// Expressions on the longest path to a leaf.
    pub(super) depth: u32,
    /// Expressions.
    pub(super) nodes: u64,
    /// Units of cost, see [`weight`].
    pub(super) cost: u64,
    /// The elements it speaks of that no quantifier within it binds: how far away, and of what type. Ascending.
    pub(super) free: Vec<(u8, Type)>,
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
    let mut measure = Measure { depth: 1, nodes: 1, cost: 0, free: Vec::new() };
    let mut leaves_free = false;
    for operand in node.expr.operands() {
        let Some(part) = before.get(operand.index()) else { return Err(Fault::Forward(operand)) };
        measure.depth = measure.depth.max(part.depth + 1);
        measure.nodes = measure.nodes.saturating_add(part.nodes);
        measure.cost = measure.cost.saturating_add(part.cost);
        leaves_free |= !part.free.is_empty();
    }
    typing::check(program, node)?;
    if measure.depth > limits::DEPTH_MAX {
        return Err(Fault::TooMany { what: "levels of expressions", max: u64::from(limits::DEPTH_MAX) });
    }
    if measure.nodes > limits::NODES_MAX {
        return Err(Fault::TooMany { what: "expressions in one", max: limits::NODES_MAX });
    }
    let of = |id: &ExprId| before.get(id.index()).map_or(0, |part| part.cost);
    measure.cost = cost(program, &node.expr, measure.cost, of);
    if leaves_free || matches!(node.expr, Expr::Element(_)) {
        measure.free = free(program, node, before)?;
    }
    Ok(measure)
}

/// What evaluating the expression costs at most: of branches the dearest, of a body once for each element. `operands`
/// is what all operands cost together, each once.
fn cost(program: &Program, expr: &Expr, operands: u64, of: impl Fn(&ExprId) -> u64) -> u64 {
    let own = weight(program, expr);
    match expr {
        Expr::If(c, a, b) => own.saturating_add(of(c)).saturating_add(of(a).max(of(b))),
        Expr::Select(key, branches) => {
            let dearest = branches.iter().map(&of).max().unwrap_or(0);
            own.saturating_add(of(key)).saturating_add(dearest)
        }
        Expr::Any { over, body } | Expr::All { over, body } | Expr::Count { over, body } => {
            let times = elements(program, *over, limits::QUANTIFIED_MAX);
            own.saturating_add(of(over)).saturating_add(of(body).saturating_add(1).saturating_mul(times))
        }
        _ => own.saturating_add(operands),
    }
}

/// The elements that are left to quantifiers further out.
fn free(program: &Program, node: &Node, before: &[Measure]) -> Result<Vec<(u8, Type)>, Fault> {
    let of = |id: ExprId| before.get(id.index()).map_or(&[][..], |part| &part.free);
    let mut free = Vec::new();
    match &node.expr {
        Expr::Element(depth) => free.push((*depth, node.ty.clone())),
        Expr::Any { over, body } | Expr::All { over, body } | Expr::Count { over, body } => {
            free.extend_from_slice(of(*over));
            let ty = program.exprs.get(over.index()).and_then(|node| typing::element(&node.ty));
            for (depth, says) in of(*body) {
                match depth.checked_sub(1) {
                    Some(depth) => free.push((depth, says.clone())),
                    None if Some(says) == ty => {}
                    None => return Err(Fault::Element { says: says.clone() }),
                }
            }
        }
        other => other.operands().for_each(|operand| free.extend_from_slice(of(operand))),
    }
    free.sort_unstable();
    free.dedup();
    let differs = free.iter().zip(free.iter().skip(1)).find(|((a, _), (b, _))| a == b);
    differs.map_or(Ok(()), |((_, says), _)| Err(Fault::Element { says: says.clone() }))?;
    Ok(free)
}

/// What evaluating the expression itself costs, in units of about one comparison of numbers.
fn weight(program: &Program, expr: &Expr) -> u64 {
    let ty = |id: &ExprId| program.exprs.get(id.index()).map(|node| &node.ty);
    match expr {
        Expr::Attr(..) | Expr::OptionalAttr(..) | Expr::Is(..) | Expr::Cast(..) => 2,
        Expr::Compare(_, a, _) => match ty(a) {
            Some(Type::Set(_) | Type::List(_) | Type::Record(_)) => 64,
            Some(ty) if !ty.is_scalar() => 4,
            Some(_) | None => 1,
        },
        Expr::In(_, b) => elements(program, *b, limits::ELEMENTS_GUESS),
        Expr::Within(..) | Expr::Lookup(..) => 8,
        Expr::WithinAny(_, b) => elements(program, *b, limits::ELEMENTS_GUESS).saturating_mul(8),
        Expr::Like(..) => 64,
        Expr::Call(intrinsic, _) => intrinsic.cost(),
        Expr::Map(keys, _) => u64::try_from(keys.len()).unwrap_or(u64::MAX).saturating_mul(4),
        _ => 1,
    }
}

/// How many elements are looked at: those written out, or so many for those that the facts or the caller bring.
fn elements(program: &Program, id: ExprId, otherwise: usize) -> u64 {
    let count = match program.exprs.get(id.index()).map(|node| &node.expr) {
        Some(Expr::Set(elements) | Expr::List(elements)) => elements.len(),
        _ => otherwise,
    };
    u64::try_from(count).unwrap_or(u64::MAX)
}
