//! Expressions by what they read and compute: equal terms have the same value within one request.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Write as _;

use crate::hir::{Expr, ExprKind as K};

/// An expression's number; equal expressions have one.
pub(in crate::lint) type Term = u32;

/// The terms so far.
#[derive(Debug, Default)]
pub(in crate::lint) struct Terms(RefCell<HashMap<String, Term>>);

impl Terms {
    /// The term of an expression. A value and the same value as an optional one that is there are one term.
    pub(super) fn of(&self, expr: &Expr) -> Term {
        let mut text = String::new();
        write(expr, &mut text);
        self.number(text)
    }

    /// The term of whether a value is there.
    pub(super) fn presence(&self, of: &Expr) -> Term {
        let mut text = String::from("present ");
        write(of, &mut text);
        self.number(text)
    }

    fn number(&self, text: String) -> Term {
        let mut terms = self.0.borrow_mut();
        let next = Term::try_from(terms.len()).unwrap_or(Term::MAX);
        *terms.entry(text).or_insert(next)
    }
}

/// The recursion is as deep as the expression, which the grammar and the bound on functions keep small.
fn write(expr: &Expr, text: &mut String) {
    if let K::Unwrap(inner) | K::Cast(inner) | K::Lift(inner) = &expr.kind {
        return write(inner, text);
    }
    let operands = expr.operands();
    head(&expr.kind, operands.is_empty(), text);
    if !operands.is_empty() {
        text.push('(');
        for operand in operands {
            write(operand, text);
            text.push(',');
        }
        text.push(')');
    }
}

/// What an expression is apart from its operands.
fn head(kind: &K, is_leaf: bool, text: &mut String) {
    // Writing to a `String` does not fail.
    _ = match kind {
        K::Attr { field, .. } => write!(text, ".{}", field.name),
        K::Member { place, .. } => write!(text, ".{place}"),
        K::Compare(op, ..) => write!(text, "{:?}", op.value),
        K::Arithmetic(op, ..) => write!(text, "{op:?}"),
        K::Like(_, pattern) => write!(text, "like {pattern:?}"),
        K::Is(_, ty) => write!(text, "is {}", ty.0),
        K::Record(id, _) => write!(text, "record {}", id.0),
        K::Call(intrinsic, _) => write!(text, "{intrinsic:?}"),
        K::Quantified { quantifier, variable, .. } => write!(text, "{quantifier:?} {}", variable.0),
        K::Neg(_) => text.write_str("neg"),
        K::Not(_) => text.write_str("not"),
        K::And(..) => text.write_str("and"),
        K::Or(..) => text.write_str("or"),
        K::In(..) => text.write_str("in"),
        K::InRange(..) => text.write_str("range"),
        K::Within(..) => text.write_str("within"),
        K::WithinAny(..) => text.write_str("within any"),
        K::Present(_) => text.write_str("present"),
        K::Else(..) => text.write_str("else"),
        K::If(..) => text.write_str("if"),
        K::Select(..) => text.write_str("select"),
        K::Lookup(..) => text.write_str("lookup"),
        K::Set(_) => text.write_str("set"),
        // What has no operands has no place within itself either, so that its debug text is its meaning.
        leaf if is_leaf => write!(text, "{leaf:?}"),
        other => write!(text, "{:?}", std::mem::discriminant(other)),
    };
}
