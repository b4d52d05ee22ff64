//! Products and quotients that are not exact: computed in 128 bits, then rounded once in the named direction.

use permit_types::verdict::Trap;

/// One, in a decimal's units.
pub(crate) const ONE: i64 = 1_000_000;

/// What becomes of what does not come out even.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rounding {
    /// Towards zero.
    Down,
    /// Away from zero.
    Up,
    /// To the nearest; halves to the even one.
    HalfEven,
}

/// `amount * millionths / 1,000,000`
pub(crate) fn multiply(amount: i64, millionths: i64, rounding: Rounding) -> Result<i64, Trap> {
    divide_exact(i128::from(amount) * i128::from(millionths), i128::from(ONE), rounding)
}

/// `amount / (millionths / 1,000,000)`
pub(crate) fn divide(amount: i64, millionths: i64, rounding: Rounding) -> Result<i64, Trap> {
    divide_exact(i128::from(amount) * i128::from(ONE), i128::from(millionths), rounding)
}

/// `amount / by`
pub(crate) fn divide_by_int(amount: i64, by: i64, rounding: Rounding) -> Result<i64, Trap> {
    divide_exact(i128::from(amount), i128::from(by), rounding)
}

/// Both are products of two 64-bit numbers, so that neither doubling the rest nor stepping by one leaves 128 bits.
fn divide_exact(numerator: i128, denominator: i128, rounding: Rounding) -> Result<i64, Trap> {
    if denominator == 0 {
        return Err(Trap::DivisionByZero);
    }
    let (quotient, rest) = (numerator / denominator, numerator % denominator);
    let away = match rounding {
        Rounding::Down => false,
        Rounding::Up => rest != 0,
        Rounding::HalfEven => {
            let (twice, whole) = (rest.unsigned_abs() * 2, denominator.unsigned_abs());
            twice > whole || (twice == whole && quotient % 2 != 0)
        }
    };
    let step = if (numerator < 0) == (denominator < 0) { 1 } else { -1 };
    let rounded = if away { quotient + step } else { quotient };
    i64::try_from(rounded).map_err(|_| Trap::Overflow)
}

#[cfg(test)]
mod tests;
