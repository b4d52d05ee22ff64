//! Checked arithmetic and comparison. Every numeric type is one 64-bit integer, so one operation serves them all.

use permit_ir::program::{ArithmeticOp, CompareOp};
use permit_ir::value::Value;
use permit_types::verdict::Trap;

use crate::verified::VERIFIED_AWAY;

/// Whether the comparison holds. Any two values are equal or not; only numbers are ordered.
pub(crate) fn compare(op: CompareOp, left: &Value, right: &Value) -> Result<bool, Trap> {
    match op {
        CompareOp::Eq => return Ok(left == right),
        CompareOp::Ne => return Ok(left != right),
        CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge => {}
    }
    let (left, right) = (number(left)?, number(right)?);
    Ok(match op {
        CompareOp::Eq => left == right,
        CompareOp::Ne => left != right,
        CompareOp::Lt => left < right,
        CompareOp::Le => left <= right,
        CompareOp::Gt => left > right,
        CompareOp::Ge => left >= right,
    })
}

/// The sum, difference or product.
pub(crate) fn arithmetic(op: ArithmeticOp, left: &Value, right: &Value) -> Result<Value, Trap> {
    let (left, right) = (number(left)?, number(right)?);
    let result = match op {
        ArithmeticOp::Add => left.checked_add(right),
        ArithmeticOp::Sub => left.checked_sub(right),
        ArithmeticOp::Mul => left.checked_mul(right),
    };
    result.map(Value::Number).ok_or(Trap::Overflow)
}

/// The number with its sign turned.
pub(crate) fn negate(value: &Value) -> Result<Value, Trap> {
    number(value)?.checked_neg().map(Value::Number).ok_or(Trap::Overflow)
}

fn number(value: &Value) -> Result<i64, Trap> {
    match value {
        Value::Number(number) => Ok(*number),
        _ => Err(VERIFIED_AWAY),
    }
}

#[cfg(test)]
mod tests;
