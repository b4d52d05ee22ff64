use proptest::prelude::*;

use super::*;

/// Small, huge and boundary numbers, so that results fall on both sides of the range.
fn numbers() -> impl Strategy<Value = i64> {
    prop_oneof![
        any::<i64>(),
        -4_i64..5,
        (0_i64..3).prop_map(|n| i64::MAX - n),
        (0_i64..3).prop_map(|n| i64::MIN + n),
        (any::<i32>()).prop_map(i64::from),
    ]
}

fn exact(result: i128) -> Result<Value, Trap> {
    i64::try_from(result).map(Value::Number).map_err(|_| Trap::Overflow)
}

proptest! {
    #[test]
    fn arithmetic_is_exact_or_traps(a in numbers(), b in numbers()) {
        let (left, right) = (Value::Number(a), Value::Number(b));
        let (a, b) = (i128::from(a), i128::from(b));
        prop_assert_eq!(arithmetic(ArithmeticOp::Add, &left, &right), exact(a + b));
        prop_assert_eq!(arithmetic(ArithmeticOp::Sub, &left, &right), exact(a - b));
        prop_assert_eq!(arithmetic(ArithmeticOp::Mul, &left, &right), exact(a * b));
        prop_assert_eq!(negate(&left), exact(-a));
    }

    #[test]
    fn numbers_have_one_order(a in numbers(), b in numbers()) {
        let holds = |op| compare(op, &Value::Number(a), &Value::Number(b));
        prop_assert_eq!(holds(CompareOp::Eq), Ok(a == b));
        prop_assert_eq!(holds(CompareOp::Ne), Ok(a != b));
        prop_assert_eq!(holds(CompareOp::Lt), Ok(a < b));
        prop_assert_eq!(holds(CompareOp::Le), Ok(a <= b));
        prop_assert_eq!(holds(CompareOp::Gt), Ok(a > b));
        prop_assert_eq!(holds(CompareOp::Ge), Ok(a >= b));
    }
}

#[test]
fn what_is_no_number_traps() {
    let two = Value::Number(2);
    for wrong in [Value::Absent, Value::Bool(true), Value::String("2".into()), Value::set(vec![])] {
        assert_eq!(arithmetic(ArithmeticOp::Add, &wrong, &two), Err(VERIFIED_AWAY), "{wrong:?}");
        assert_eq!(compare(CompareOp::Lt, &two, &wrong), Err(VERIFIED_AWAY), "{wrong:?}");
        assert_eq!(negate(&wrong), Err(VERIFIED_AWAY), "{wrong:?}");
        assert_eq!(compare(CompareOp::Eq, &two, &wrong), Ok(false), "{wrong:?}");
    }
}
