use std::sync::Arc;

use permit_ir::sample::{CUSTOMER, ORDER, REASON, USD, entity, optional, set};
use proptest::prelude::*;

use super::*;
use crate::testing::{facts_file, find, program};

#[test]
fn every_type_has_its_text() {
    let program = program();
    let facts = facts_file(&program).facts;
    let number = Value::Number;
    let texts = Value::set(vec![Value::String("b\"".into()), Value::String("a, é".into())]);
    let cases = [
        (Value::Absent, optional(Type::Enum(REASON)), "-"),
        (Value::Bool(true), Type::Bool, "true"),
        (Value::String("a\"\\\n".into()), Type::String, r#""a\"\\\n""#),
        (Value::Entity(find(&facts, ORDER, "o1")), entity(ORDER), "Order::\"o1\""),
        (Value::Entity(EntityRef(u32::MAX)), entity(ORDER), "?"),
        (number(5_000), USD, "50.00 USD"),
        (number(2_500_000), Type::Decimal, "2.5"),
        (number(0), Type::Instant, "1970-01-01T00:00:00.000Z"),
        (number(-1), Type::Instant, "-1ms"),
        (number(86_400_000), optional(Type::Duration), "24h"),
        (number(1), Type::Enum(REASON), "late"),
        (number(9), Type::Enum(REASON), "?"),
        (number(-7), Type::Int, "-7"),
        (texts, set(Type::String), r#"["a, é", "b\""]"#),
    ];
    for (value, ty, text) in cases {
        assert_eq!(value_text(&program, &facts, &value, &ty), text);
    }
}

/// Few values of each type, so that equal ones come up.
fn typed(ty: &Type) -> BoxedStrategy<Value> {
    match ty {
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::Enum(_) => (0_i64..3).prop_map(Value::Number).boxed(),
        Type::Entity(_) => (0_u32..9).prop_map(|e| Value::Entity(EntityRef(e))).boxed(),
        Type::Optional(inner) => prop_oneof![Just(Value::Absent), typed(inner)].boxed(),
        Type::Set(inner) => prop::collection::vec(typed(inner), 0..4).prop_map(Value::set).boxed(),
        Type::List(inner) => {
            prop::collection::vec(typed(inner), 0..4).prop_map(|v| Value::Elements(v.into())).boxed()
        }
        Type::String => {
            let text = prop_oneof![any::<String>(), "[\"\\\\, \\[\\]a\n-]{0,4}"];
            text.prop_map(|text| Value::String(Arc::from(text))).boxed()
        }
        _ => prop_oneof![any::<i64>(), -2_i64..3, Just(86_400_000)].prop_map(Value::Number).boxed(),
    }
}

fn types() -> impl Strategy<Value = Type> {
    let scalars =
        vec![Type::Bool, Type::Int, Type::Decimal, USD, Type::Instant, Type::Duration, Type::String];
    let named = vec![Type::Enum(REASON), Type::Entity(vec![CUSTOMER, ORDER])];
    let inner = prop::sample::select([scalars, named].concat());
    (inner, 0..5).prop_map(|(inner, form)| match form {
        0 => optional(inner),
        1 => set(inner),
        2 => Type::List(Box::new(inner)),
        3 => optional(set(inner)),
        _ => inner,
    })
}

proptest! {
    #[test]
    fn values_of_a_type_are_equal_when_their_texts_are(
        (ty, one, other) in types().prop_flat_map(|ty| (Just(ty.clone()), typed(&ty), typed(&ty))),
    ) {
        let program = program();
        let facts = facts_file(&program).facts;
        let text = |value| value_text(&program, &facts, value, &ty);
        prop_assert_eq!(one == other, text(&one) == text(&other), "{} {}", text(&one), text(&other));
        prop_assert_eq!(text(&one), text(&one.clone()));
    }
}
