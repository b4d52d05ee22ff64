use proptest::prelude::*;

use super::*;

/// What the exact quotient rounds to, by its definition: the candidate of least distance, or towards or away from zero.
fn naive(numerator: i128, denominator: i128, rounding: Rounding) -> Option<i128> {
    let floor = numerator.checked_div_euclid(denominator)?;
    let floor = if denominator < 0 && floor * denominator != numerator { floor - 1 } else { floor };
    let negative = (numerator < 0) != (denominator < 0);
    if floor * denominator == numerator {
        return Some(floor);
    }
    let distance = |candidate: i128| (numerator - candidate * denominator).abs();
    Some(match rounding {
        Rounding::Down if negative => floor + 1,
        Rounding::Down => floor,
        Rounding::Up if negative => floor,
        Rounding::Up => floor + 1,
        Rounding::HalfEven => match distance(floor).cmp(&distance(floor + 1)) {
            std::cmp::Ordering::Less => floor,
            std::cmp::Ordering::Greater => floor + 1,
            std::cmp::Ordering::Equal => floor + floor.rem_euclid(2),
        },
    })
}

fn expected(numerator: i128, denominator: i128, rounding: Rounding) -> Result<i64, Trap> {
    if denominator == 0 {
        return Err(Trap::DivisionByZero);
    }
    naive(numerator, denominator, rounding).unwrap().try_into().map_err(|_| Trap::Overflow)
}

fn roundings() -> impl Strategy<Value = Rounding> {
    prop_oneof![Just(Rounding::Down), Just(Rounding::Up), Just(Rounding::HalfEven)]
}

fn numbers() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        -20_i64..20,
        (-20_i64..20).prop_map(|n| n * ONE / 2),
        Just(i64::MIN),
        Just(i64::MAX)
    ]
}

#[test]
fn halves_go_to_the_even_one() {
    let half = ONE / 2;
    for (amount, down, up, even) in
        [(1, 0, 1, 0), (3, 1, 2, 2), (5, 2, 3, 2), (-1, 0, -1, 0), (-3, -1, -2, -2)]
    {
        let results = [Rounding::Down, Rounding::Up, Rounding::HalfEven].map(|r| multiply(amount, half, r));
        assert_eq!(results, [Ok(down), Ok(up), Ok(even)], "{amount}");
    }
    assert_eq!(divide_by_int(1, 0, Rounding::Up), Err(Trap::DivisionByZero));
    assert_eq!(divide_by_int(i64::MIN, -1, Rounding::Down), Err(Trap::Overflow));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn results_are_those_of_exact_arithmetic(a in numbers(), b in numbers(), rounding in roundings()) {
        let (wide_a, wide_b, one) = (i128::from(a), i128::from(b), i128::from(ONE));
        prop_assert_eq!(multiply(a, b, rounding), expected(wide_a * wide_b, one, rounding));
        prop_assert_eq!(divide(a, b, rounding), expected(wide_a * one, wide_b, rounding));
        prop_assert_eq!(divide_by_int(a, b, rounding), expected(wide_a, wide_b, rounding));
    }
}
