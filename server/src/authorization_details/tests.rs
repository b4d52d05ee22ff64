use super::*;

const GOOD: &str = r#"[{"type":"permit_scope","scope":"refund_case","task":"case-7","parameters":{"max":"50.00 USD","n":1}}]"#;

fn parse(text: &str) -> Result<Vec<GrantedScope>, DetailsError> {
    parse_details(text, |_| Ok(()))
}

#[test]
fn details_round_trip() {
    let scopes = parse(GOOD).unwrap();
    assert_eq!(scopes[0].task.as_deref(), Some("case-7"));
    assert_eq!(from_value(&to_value(&scopes)), Ok(scopes));
}

#[test]
fn unknown_types_and_fields_are_refused() {
    let with = |from: &str, to: &str| parse(&GOOD.replacen(from, to, 1));
    assert_eq!(with("permit_scope", "payment_initiation"), Err(DetailsError::Type { index: 0 }));
    assert_eq!(with(r#""type":"permit_scope","#, ""), Err(DetailsError::Type { index: 0 }));
    let unknown = DetailsError::UnknownField { index: 0, field: "locations".to_owned() };
    assert_eq!(with(r#""task":"case-7""#, r#""locations":[]"#), Err(unknown));
    for (from, to, field) in [
        (r#""scope":"refund_case","#, "", "scope"),
        (r#""refund_case""#, "7", "scope"),
        (r#""refund_case""#, r#""a b""#, "scope"),
        (r#""refund_case""#, r#""""#, "scope"),
        (r#""case-7""#, "null", "task"),
        (r#"{"max":"50.00 USD","n":1}"#, "[]", "parameters"),
    ] {
        assert_eq!(with(from, to), Err(DetailsError::Field { index: 0, field }), "{to}");
    }
    assert!(matches!(with(r#""n":1"#, r#""max":1"#), Err(DetailsError::Json(_))), "duplicate member");
}

#[test]
fn details_are_bounded() {
    let element = GOOD.trim_matches(['[', ']']);
    let many = |count: usize| format!("[{}]", vec![element; count].join(","));
    assert_eq!(parse(&many(DETAILS_MAX)).map(|scopes| scopes.len()), Ok(DETAILS_MAX));
    assert_eq!(parse(&many(DETAILS_MAX + 1)), Err(DetailsError::Count));
    assert_eq!(parse("[]"), Err(DetailsError::Count));
    assert_eq!(parse("{}"), Err(DetailsError::Count));
    assert_eq!(parse("[1]"), Err(DetailsError::Count));
    assert_eq!(parse(&format!("{GOOD}{}", " ".repeat(DETAILS_BYTES_MAX))), Err(DetailsError::TooLong));
}

#[test]
fn the_policy_has_the_last_word() {
    let refused = parse_details(GOOD, |_| Err(ScopeRefusal { reason: "no such scope".to_owned() }));
    assert_eq!(refused, Err(DetailsError::Refused { index: 0, reason: "no such scope".to_owned() }));
}
