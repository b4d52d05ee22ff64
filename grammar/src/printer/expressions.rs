//! Expressions, types and literals. Parentheses are printed where the tree needs them, and where they help readers:
//! around an `and` in an `or`, and around an `else` in a comparison.

use super::Printer;
use super::doc::{Doc, align, group, joined, nest, text};
use super::layout::{ROUND, SQUARE};
use crate::ast::{
    Argument, BinaryOp, EntityLiteral, Expr, ExprKind, Field, Ident, Quantifier, Type, TypeKind, UnaryOp,
};

/// How tightly an expression binds: the rungs of the grammar's ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rung {
    If,
    Or,
    And,
    Not,
    Comparison,
    Else,
    Sum,
    Product,
    Sign,
    Postfix,
}

/// Where an expression stands.
#[derive(Clone, Copy)]
struct Place {
    /// The loosest rung that needs no brackets.
    least: Rung,
    /// Whether an `else` would be taken for that of an `if`.
    then: bool,
}

impl Place {
    const fn at(self, least: Rung) -> Self {
        Self { least, ..self }
    }
}

impl Printer<'_> {
    /// An expression that stands alone.
    pub(super) fn expr(&mut self, expr: &Expr) -> Doc {
        self.placed(expr, Place { least: Rung::If, then: false })
    }

    /// A keyword and its condition, whose `and`s and `or`s end below the end of the keyword.
    pub(super) fn condition(&mut self, keyword: &str, expr: &Expr) -> Doc {
        let indent = match &expr.kind {
            ExprKind::Binary(_, op, _) if op.value == BinaryOp::And => keyword.len().saturating_sub(3),
            ExprKind::Binary(_, op, _) if op.value == BinaryOp::Or => keyword.len().saturating_sub(2),
            _ => 0,
        };
        Doc::Concat(vec![text(format!("{keyword} ")), nest(indent, self.expr(expr))])
    }

    fn placed(&mut self, expr: &Expr, place: Place) -> Doc {
        let rung = rung(expr);
        let else_in_then = place.then && rung == Rung::Else;
        if rung < place.least || else_in_then {
            let inner = self.placed(expr, Place { least: Rung::If, then: false });
            return Doc::Concat(vec![text("("), align(inner), text(")")]);
        }
        match &expr.kind {
            ExprKind::Binary(a, op, b) => match op.value {
                BinaryOp::Or | BinaryOp::And => self.chain(expr, op.value, place),
                op => self.binary(a, op, b, place),
            },
            ExprKind::Unary(op, operand) => match op.value {
                UnaryOp::Not => Doc::Concat(vec![text("not "), self.placed(operand, place.at(Rung::Not))]),
                UnaryOp::Neg => Doc::Concat(vec![text("-"), self.placed(operand, place.at(Rung::Sign))]),
            },
            ExprKind::Range(a, b) => {
                let a = self.placed(a, place.at(Rung::Sum));
                Doc::Concat(vec![a, text(".."), self.placed(b, place.at(Rung::Sum))])
            }
            ExprKind::Is { expr, ty } => {
                let expr = self.placed(expr, place.at(Rung::Sum));
                Doc::Concat(vec![expr, text(format!(" is {}", ty.value))])
            }
            ExprKind::If { condition, then, otherwise } => self.conditional(condition, then, otherwise),
            _ => self.closed(expr),
        }
    }

    /// `a and b and c`: breaks before every operator or before none.
    fn chain(&mut self, expr: &Expr, op: BinaryOp, place: Place) -> Doc {
        let own = if op == BinaryOp::Or { "or " } else { "and " };
        let mut operands = Vec::new();
        let mut left = expr;
        while let ExprKind::Binary(a, found, b) = &left.kind
            && found.value == op
        {
            operands.push(b.as_ref());
            left = a;
        }
        operands.push(left);
        operands.reverse();
        let mut docs = Vec::new();
        let mut end = None;
        for expr in operands {
            if let Some(end) = end {
                docs.push(self.gap(expr.span.start, true));
                let broken = self.breaks(end, expr.span.start);
                docs.push(if broken { Doc::Hard } else { Doc::Line(" ") });
                docs.push(text(own));
            }
            docs.push(self.placed(expr, place.at(Rung::Not)));
            end = Some(expr.span.end);
        }
        group(Doc::Concat(docs))
    }

    fn binary(&mut self, a: &Expr, op: BinaryOp, b: &Expr, place: Place) -> Doc {
        let (left, right) = match op {
            BinaryOp::Else => (Rung::Sum, Rung::Else),
            BinaryOp::Add | BinaryOp::Sub => (Rung::Sum, Rung::Product),
            BinaryOp::Mul | BinaryOp::Div => (Rung::Product, Rung::Sign),
            _ => {
                (Rung::Sum, if matches!(b.kind, ExprKind::Range(..)) { Rung::Comparison } else { Rung::Sum })
            }
        };
        let a = self.placed(a, place.at(left));
        Doc::Concat(vec![a, text(format!(" {} ", operator(op))), self.placed(b, place.at(right))])
    }

    fn conditional(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr) -> Doc {
        let condition = self.placed(condition, Place { least: Rung::Or, then: false });
        let then = self.placed(then, Place { least: Rung::Or, then: true });
        let otherwise = self.expr(otherwise);
        let branches = vec![Doc::Line(" "), text("then "), then, Doc::Line(" "), text("else "), otherwise];
        group(Doc::Concat(vec![text("if "), condition, nest(4, Doc::Concat(branches))]))
    }

    /// What never needs brackets.
    fn closed(&mut self, expr: &Expr) -> Doc {
        let end = expr.span.end;
        match &expr.kind {
            ExprKind::Attr { base, name, optional } => {
                let base = self.placed(base, Place { least: Rung::Postfix, then: false });
                let mark = if *optional { "?." } else { "." };
                Doc::Concat(vec![base, text(format!("{mark}{}", name.value))])
            }
            ExprKind::Index { base, key } => {
                let base = self.placed(base, Place { least: Rung::Postfix, then: false });
                Doc::Concat(vec![base, text("["), align(self.expr(key)), text("]")])
            }
            ExprKind::Call { function, args } => {
                let args = self.list(ROUND, args, end, |arg| arg.span, Self::argument);
                Doc::Concat(vec![text(function.value.clone()), args])
            }
            ExprKind::Present(inner) => {
                Doc::Concat(vec![text("present("), align(self.expr(inner)), text(")")])
            }
            ExprKind::Quantified { quantifier, variable, source, condition } => {
                let word = match quantifier.value {
                    Quantifier::Any => "any",
                    Quantifier::All => "all",
                    Quantifier::Count => "count",
                };
                let head = text(format!("{word}({} in ", variable.value));
                let source = self.expr(source);
                Doc::Concat(vec![head, source, text(": "), align(self.expr(condition)), text(")")])
            }
            ExprKind::Set(items) => self.list(SQUARE, items, end, |item| item.span, Self::expr),
            ExprKind::Map(pairs) => self.list(
                SQUARE,
                pairs,
                end,
                |(key, _)| key.span,
                |printer, (key, value)| {
                    let key = printer.expr(key);
                    Doc::Concat(vec![key, text(" => "), printer.expr(value)])
                },
            ),
            kind => text(literal(kind)),
        }
    }

    fn argument(&mut self, arg: &Argument) -> Doc {
        let name = arg.name.as_ref().map_or_else(String::new, |name| format!("{}: ", name.value));
        Doc::Concat(vec![text(name), self.expr(&arg.value)])
    }

    /// A field or a parameter.
    pub(super) fn field(&mut self, field: &Field) -> Doc {
        let claimed = if field.claimed.is_some() { "claimed " } else { "" };
        let head = text(format!("{claimed}{}: ", field.name.value));
        let mut docs = vec![head, ty(&field.ty)];
        if let Some(default) = &field.default {
            docs.extend([text(" = "), self.expr(default)]);
        }
        Doc::Concat(docs)
    }
}

fn rung(expr: &Expr) -> Rung {
    match &expr.kind {
        ExprKind::If { .. } => Rung::If,
        ExprKind::Binary(_, op, _) => match op.value {
            BinaryOp::Or => Rung::Or,
            BinaryOp::And => Rung::And,
            BinaryOp::Else => Rung::Else,
            BinaryOp::Add | BinaryOp::Sub => Rung::Sum,
            BinaryOp::Mul | BinaryOp::Div => Rung::Product,
            _ => Rung::Comparison,
        },
        ExprKind::Range(..) | ExprKind::Is { .. } => Rung::Comparison,
        ExprKind::Unary(op, _) => match op.value {
            UnaryOp::Not => Rung::Not,
            UnaryOp::Neg => Rung::Sign,
        },
        _ => Rung::Postfix,
    }
}

/// How an operator is written.
const fn operator(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Or => "or",
        BinaryOp::And => "and",
        BinaryOp::Eq => "==",
        BinaryOp::Ne => "!=",
        BinaryOp::Lt => "<",
        BinaryOp::Le => "<=",
        BinaryOp::Gt => ">",
        BinaryOp::Ge => ">=",
        BinaryOp::In => "in",
        BinaryOp::Within => "within",
        BinaryOp::Like => "like",
        BinaryOp::Matches => "matches",
        BinaryOp::Else => "else",
        BinaryOp::Add => "+",
        BinaryOp::Sub => "-",
        BinaryOp::Mul => "*",
        BinaryOp::Div => "/",
    }
}

/// A leaf as it is written.
fn literal(kind: &ExprKind) -> String {
    match kind {
        ExprKind::Name(text)
        | ExprKind::Int(text)
        | ExprKind::Decimal(text)
        | ExprKind::Duration(text)
        | ExprKind::Instant(text)
        | ExprKind::Date(text)
        | ExprKind::Clock(text)
        | ExprKind::Ip(text)
        | ExprKind::Cidr(text)
        | ExprKind::Money(text) => text.clone(),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::String(text) => quoted(text),
        ExprKind::Regex(text) => format!("r\"{text}\""),
        ExprKind::Entity(entity) => entity_literal(entity),
        _ => String::new(),
    }
}

/// `Type::"id"`
pub(super) fn entity_literal(entity: &EntityLiteral) -> String {
    format!("{}::{}", entity.ty.value, quoted(&entity.id.value))
}

/// Names with commas.
pub(super) fn idents(idents: &[Ident]) -> impl Iterator<Item = Doc> {
    idents.iter().map(|ident| text(ident.value.clone()))
}

/// A type.
pub(super) fn ty(ty_: &Type) -> Doc {
    match &ty_.kind {
        TypeKind::Name(name) => text(name.value.clone()),
        TypeKind::Applied { name, args } => {
            let args = joined(args.iter().map(ty), ", ");
            Doc::Concat(vec![text(format!("{}[", name.value)), args, text("]")])
        }
        TypeKind::Optional(inner) => Doc::Concat(vec![ty(inner), text("?")]),
        TypeKind::Error => text(""),
    }
}

/// A string with its quotes; what a reader could not see is an escape.
pub(super) fn quoted(value: &str) -> String {
    let mut out = String::with_capacity(value.len().saturating_add(2));
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\'' => out.push(c),
            _ if c.escape_debug().nth(1).is_none() => out.push(c),
            _ => out.push_str(&c.escape_unicode().to_string()),
        }
    }
    out.push('"');
    out
}
