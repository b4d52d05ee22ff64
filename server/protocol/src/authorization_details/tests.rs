use super::*;

const GOOD: &str = r#"[{"type":"permit_scope","scope":"refund_case","task":"case-7","parameters":{"max":"50.00 USD","n":1}}]"#;

fn parse(text: &str) -> Result<Vec<GrantedScope>, DetailsError> {
    let scope = |requested| match requested {
        Requested::Scope(scope) => scope,
        Requested::Grant(grant) => panic!("{grant}"),
    };
    Ok(parse_details(text)?.into_iter().map(scope).collect())
}

#[test]
fn details_round_trip() {
    let scopes = parse(GOOD).unwrap();
    assert_eq!(scopes[0].task.as_deref(), Some("case-7"));
    assert_eq!(from_token(&to_value(&scopes)), Ok(scopes.clone()));
    let granted =
        Some(Granted { issuer: "https://o.example".to_owned(), at_s: 1_776_162_227, jti: "g-1".to_owned() });
    let scopes: Vec<_> =
        scopes.into_iter().map(|scope| GrantedScope { granted: granted.clone(), ..scope }).collect();
    assert_eq!(from_token(&to_value(&scopes)), Ok(scopes));
}

/// Only our own tokens say who granted a scope.
#[test]
fn no_request_names_an_issuer() {
    let whole = r#""issuer":"https://o.example","granted_at":1,"grant_id":"g-1","task":"#;
    let claimed = GOOD.replacen(r#""task":"#, whole, 1);
    let unknown = |field: &str| DetailsError::UnknownField { index: 0, field: field.to_owned() };
    assert_eq!(parse(&claimed), Err(unknown("grant_id")));
    let value: Value = serde_json::from_str(&claimed).unwrap();
    assert_eq!(from_grant(&value), Err(unknown("grant_id")));
    let granted = Granted { issuer: "https://o.example".to_owned(), at_s: 1, jti: "g-1".to_owned() };
    assert_eq!(from_token(&value).unwrap()[0].granted, Some(granted));
    for half in [
        r#""issuer":"https://o.example","#,
        r#""granted_at":1,"#,
        r#""grant_id":"g-1","#,
        r#""issuer":"i","granted_at":1,"#,
        r#""issuer":"i","granted_at":"1","grant_id":"g-1","#,
        r#""issuer":"i","granted_at":1,"grant_id":7,"#,
    ] {
        let text = GOOD.replacen(r#""task":"#, &format!(r#"{half}"task":"#), 1);
        let value = serde_json::from_str(&text).unwrap();
        assert_eq!(from_token(&value), Err(DetailsError::Field { index: 0, field: "issuer" }), "{half}");
    }
}

#[test]
fn a_grant_stands_alone_in_its_element() {
    let parse = |text: &str| parse_details(text);
    let grant = r#"{"type":"permit_scope","grant":"a.b.c"}"#;
    assert_eq!(parse(&format!("[{grant}]")), Ok(vec![Requested::Grant("a.b.c".to_owned())]));
    let with = |more: &str| parse(&format!("[{}]", grant.replacen('{', &format!("{{{more},"), 1)));
    for more in ["scope", "task", "parameters", "issuer", "granted_at", "grant_id"] {
        let unknown = DetailsError::UnknownField { index: 0, field: more.to_owned() };
        assert_eq!(with(&format!(r#""{more}":{{}}"#)), Err(unknown));
    }
    let typeless = parse(r#"[{"grant":"a.b.c"}]"#);
    assert_eq!(typeless, Err(DetailsError::Type { index: 0 }));
    let number = parse(r#"[{"type":"permit_scope","grant":7}]"#);
    assert_eq!(number, Err(DetailsError::Field { index: 0, field: "grant" }));
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
    let scopes = parse(GOOD).unwrap();
    let refused = check_scopes(&scopes, |_| Err(ScopeRefusal { reason: "no such scope".to_owned() }));
    assert_eq!(refused, Err(DetailsError::Refused { index: 0, reason: "no such scope".to_owned() }));
    assert_eq!(check_scopes(&scopes, |_| Ok(())), Ok(()));
    let many = vec![scopes[0].clone(); DETAILS_MAX + 1];
    assert_eq!(check_scopes(&many, |_| Ok(())), Err(DetailsError::Count), "a grant brings several");
    assert_eq!(check_scopes(&[], |_| Ok(())), Err(DetailsError::Count));
}
