//! Splits conditions into the operands of `and`, and finds the values in each.

use permit_interp::{evaluate, holds};
use permit_ir::decision::EvalContext;
use permit_ir::program::{Expr, Named as Declared};
use permit_ir::text::expr_text;
use permit_ir::types::{ExprId, Type};

use super::{Holds, Named, Part};
use crate::render::value_text;

/// The most values that are shown of one part.
const VALUES_MAX: usize = 16;

/// Evaluates parts of conditions.
pub(super) struct Examiner<'a> {
    pub(super) context: EvalContext<'a>,
    /// The parameters of the scope whose conditions these are.
    pub(super) param_names: &'a [Declared],
}

impl Examiner<'_> {
    /// What `and` joins, in order; nothing for a condition that always holds.
    pub(super) fn parts(&self, condition: Option<ExprId>) -> Vec<Part> {
        let mut open: Vec<ExprId> = condition.into_iter().collect();
        let mut parts = Vec::new();
        // The verifier bounds the arena, and each expression is met once on a way down from one root.
        while let Some(id) = open.pop() {
            match self.expr(id) {
                Some(Expr::And(left, right)) => open.extend([*right, *left]),
                _ => parts.push(self.part(id)),
            }
        }
        parts
    }

    fn part(&self, id: ExprId) -> Part {
        let holds = match holds(&self.context, id) {
            Ok(true) => Holds::Yes,
            Ok(false) => Holds::No,
            Err(trap) => Holds::Trapped(trap.to_string()),
        };
        let mut values = Vec::new();
        self.collect(id, &mut values);
        Part { text: self.text(id), holds, values }
    }

    /// Adds the values that an expression speaks of: what is read from request and facts, and what is reckoned from that.
    fn collect(&self, id: ExprId, values: &mut Vec<Named>) {
        let Some(expr) = self.expr(id) else { return };
        let of_condition = self.context.program.node(id).is_some_and(|node| node.ty == Type::Bool);
        let has_operands = expr.operands().next().is_some();
        let is_read = is_read(expr);
        // A literal says its value itself, and the value of an inner condition follows from those beneath it.
        if is_read || (has_operands && !of_condition && !is_wrapper(expr)) {
            self.add(id, values);
        }
        if !is_read {
            expr.operands().for_each(|operand| self.collect(operand, values));
        }
    }

    /// Adds a value, if the expression has one by itself and was not met before.
    fn add(&self, id: ExprId, values: &mut Vec<Named>) {
        let text = self.text(id);
        let (Some(node), Ok(value)) = (self.context.program.node(id), evaluate(&self.context, id)) else {
            return;
        };
        if values.len() < VALUES_MAX && values.iter().all(|named| named.text != text) {
            let value = value_text(self.context.program, self.context.facts, &value, &node.ty);
            values.push(Named { text, value });
        }
    }

    fn expr(&self, id: ExprId) -> Option<&Expr> {
        self.context.program.node(id).map(|node| &node.expr)
    }

    fn text(&self, id: ExprId) -> String {
        expr_text(self.context.program, id, self.param_names)
    }
}

/// What is read from the request or the facts; the way to it is part of its text.
const fn is_read(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Agent
            | Expr::Resource
            | Expr::Now
            | Expr::Arg(_)
            | Expr::Param(_)
            | Expr::Attr(..)
            | Expr::OptionalAttr(..)
    )
}

/// What has the value of its operands, or is a mere list of them.
const fn is_wrapper(expr: &Expr) -> bool {
    matches!(expr, Expr::Unwrap(_) | Expr::Set(_))
}
