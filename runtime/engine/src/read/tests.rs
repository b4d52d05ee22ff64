use permit_ir::sample::{CUSTOMER, ORDER, ORG, REASON, USD, entity, optional, set};
use serde_json::json;

use super::*;
use crate::testing::program;
use permit_types::strict_json;

/// Reads the JSON text `json` as `ty`; entities are the known `o1` and `bob`.
fn read(json: &str, ty: &Type) -> Result<Value, String> {
    let program = program();
    let mut resolve = |ty, id: &str| match (ty, id) {
        (ORDER, "o1") => Some(EntityRef(1)),
        (CUSTOMER, "bob") => Some(EntityRef(2)),
        _ => None,
    };
    let json = strict_json::from_slice(json.as_bytes()).unwrap();
    let read = ValueReader { program: &program, resolve: &mut resolve }.read("f", Some(&json), ty);
    read.map_err(|error| error.to_string())
}

fn list(ty: Type) -> Type {
    Type::List(Box::new(ty))
}

#[test]
fn every_type_reads_its_json_exactly() {
    let number = |n| Value::Number(n);
    let text = |t: &str| Value::String(t.into());
    let (order, bob) = (Value::Entity(EntityRef(1)), Value::Entity(EntityRef(2)));
    let either = Type::Entity(vec![CUSTOMER, ORDER]);
    let cases = [
        ("true", Type::Bool, Value::Bool(true)),
        (r#""a\u0000é""#, Type::String, text("a\0é")),
        ("9223372036854775807", Type::Int, number(i64::MAX)),
        ("-9223372036854775808", Type::Int, number(i64::MIN)),
        ("98.7", Type::Decimal, number(98_700_000)),
        ("-1", Type::Decimal, number(-1_000_000)),
        (r#""0.000001""#, Type::Decimal, number(1)),
        (r#""600.00 USD""#, USD, number(60_000)),
        (r#""-0.01 USD""#, USD, number(-1)),
        (r#"{"amount":60000,"currency":"USD"}"#, USD, number(60_000)),
        (r#""2026-04-14T11:23:47.123+01:00""#, Type::Instant, number(1_776_162_227_123)),
        (r#""15min""#, Type::Duration, number(900_000)),
        (r#""late""#, Type::Enum(REASON), number(1)),
        (r#""o1""#, entity(ORDER), order.clone()),
        (r#"{"type":"Order","id":"o1"}"#, entity(ORDER), order.clone()),
        (r#"{"id":"bob","type":"Customer"}"#, either, bob),
        (r#"["b","a","b"]"#, set(Type::String), Value::set(vec![text("a"), text("b")])),
        (r#"["b","a","b"]"#, list(Type::String), Value::Elements([text("b"), text("a"), text("b")].into())),
        (r#"["o1",{"type":"Order","id":"o1"}]"#, set(entity(ORDER)), Value::set(vec![order])),
        ("[]", set(USD), Value::set(Vec::new())),
        ("null", optional(USD), Value::Absent),
        (r#""1 USD""#, optional(USD), number(100)),
    ];
    for (json, ty, value) in cases {
        assert_eq!(read(json, &ty), Ok(value), "{json} as {ty:?}");
    }
}

#[test]
fn what_does_not_fit_is_refused_and_says_what_would() {
    let usd = r#"field `f`: expected an amount such as "600.00 USD""#;
    let int = "field `f`: expected a 64-bit integer";
    let order = r#"field `f`: expected an entity {"type", "id"} of type Order"#;
    let either_ty = || Type::Entity(vec![CUSTOMER, ORDER]);
    let either = r#"field `f`: expected an entity {"type", "id"} of type Customer or Order"#;
    let cases = [
        ("1", Type::Bool, "field `f`: expected bool"),
        (r#""true""#, Type::Bool, "field `f`: expected bool"),
        ("null", Type::String, "field `f`: expected string"),
        ("1.0", Type::Int, int),
        ("1e2", Type::Int, int),
        ("9223372036854775808", Type::Int, int),
        (r#""1""#, Type::Int, "field `f`: expected int"),
        ("1e2", Type::Decimal, "field `f`: not a decimal number"),
        ("0.0000001", Type::Decimal, "field `f`: too many digits behind the decimal point"),
        ("9223372036854.775808", Type::Decimal, "field `f`: number out of range"),
        ("600", USD, usd),
        ("600.00", USD, usd),
        (r#""6e2 USD""#, USD, usd),
        (r#""600.00""#, USD, usd),
        (r#""600.001 USD""#, USD, usd),
        (r#""92233720368547758.08 USD""#, USD, usd),
        (r#""600  USD""#, USD, usd),
        (r#""600 ZZZ""#, USD, usd),
        (r#""600.00 EUR""#, USD, "field `f`: expected USD, found EUR"),
        (r#"{"amount":600.00,"currency":"USD"}"#, USD, usd),
        (r#"{"amount":6e4,"currency":"USD"}"#, USD, usd),
        (r#"{"amount":"60000","currency":"USD"}"#, USD, usd),
        (r#"{"amount":60000}"#, USD, usd),
        (r#"{"amount":60000,"currency":"USD","x":1}"#, USD, usd),
        (r#"{"amount":1,"currency":"JPY"}"#, USD, "field `f`: expected USD, found JPY"),
        ("1776162227123", Type::Instant, "field `f`: expected instant"),
        (
            r#""2026-04-14""#,
            Type::Instant,
            "field `f`: not a date and time with an offset, such as `2026-03-20T09:00Z`",
        ),
        (r#""2026-04-14T10:00:00.0001Z""#, Type::Instant, "field `f`: more precise than a millisecond"),
        ("900000", Type::Duration, "field `f`: expected duration"),
        (r#""99999999999999999d""#, Type::Duration, "field `f`: time out of range"),
        (r#""lost""#, Type::Enum(REASON), "field `f`: expected one of damaged, late, goodwill"),
        ("1", Type::Enum(REASON), "field `f`: expected Reason"),
        ("1", entity(ORDER), order),
        (r#""bob""#, entity(ORDER), r#"field `f`: Order::"bob" is not among the facts"#),
        (r#"{"type":"Customer","id":"bob"}"#, entity(ORDER), order),
        (r#"{"type":"Order"}"#, entity(ORDER), order),
        (r#"{"type":"Order","id":"o1","x":1}"#, entity(ORDER), order),
        (r#"{"type":"Order","id":1}"#, entity(ORDER), order),
        (r#""o1""#, either_ty(), either),
        (r#"{"type":"Org","id":"acme"}"#, either_ty(), either),
        (r#""a\"b""#, entity(ORG), r#"field `f`: Org::"a\"b" is not among the facts"#),
        (r#""a""#, set(Type::String), "field `f`: expected set[string]"),
        (r#"["a",1]"#, set(Type::String), "field `f[1]`: expected string"),
        ("[[]]", list(Type::String), "field `f[0]`: expected string"),
        ("[null]", list(Type::Int), "field `f[0]`: expected int"),
        (r#"["1 EUR"]"#, optional(set(USD)), "field `f[0]`: expected USD, found EUR"),
    ];
    for (json, ty, message) in cases {
        assert_eq!(read(json, &ty), Err(message.to_owned()), "{json} as {ty:?}");
    }
}

#[test]
fn only_an_optional_value_may_be_missing() {
    let program = program();
    let mut resolve = |_, _: &str| None;
    let mut reader = ValueReader { program: &program, resolve: &mut resolve };
    assert_eq!(reader.read("f", None, &optional(USD)), Ok(Value::Absent));
    let missing = FieldError { field: "f".to_owned(), expected: "is missing".to_owned() };
    assert_eq!(reader.read("f", None, &USD), Err(missing.clone()));
    assert_eq!(reader.read("f", None, &set(USD)), Err(missing));
}

#[test]
fn a_collection_is_bounded_before_its_elements_are_read() {
    let program = program();
    let mut resolve = |_, _: &str| None;
    let mut reader = ValueReader { program: &program, resolve: &mut resolve };
    let full = json!(vec![1; ELEMENTS_MAX]);
    assert!(
        matches!(reader.read("f", Some(&full), &list(Type::Int)), Ok(Value::Elements(e)) if e.len() == ELEMENTS_MAX)
    );
    let over = json!(vec!["not a number"; ELEMENTS_MAX + 1]);
    let refused = reader.read("f", Some(&over), &set(Type::Int)).map_err(|e| e.expected);
    assert_eq!(refused, Err("more than 10000 elements".to_owned()));
}
