use super::*;

#[test]
fn ambiguous_texts_are_refused() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"o":{"a":1,"a":2}}"#,
        r#"[{"a":1,"\u0061":2}]"#,
        r#"{"a":1} {"#,
        r#"{"a":1}x"#,
        r#"{"a":1,}"#,
        "{\"a\":\"\u{1}\"}",
        r#"{"$serde_json::private::Number":"1"}"#,
        r#"{"\u0024serde_json::private::Number":"1"}"#,
        "",
        "NaN",
        "01",
        "\u{feff}{}",
    ] {
        assert!(matches!(parse(text.as_bytes()), Err(JsonError::Invalid { .. })), "{text}");
    }
    assert!(parse(b"{\"a\":\"\xff\"}").is_err(), "UTF-8 only");
    assert_eq!(parse_object(b"[]"), Err(JsonError::NotAnObject));
}

#[test]
fn depth_is_bounded() {
    let nest = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(parse(nest(DEPTH_MAX).as_bytes()).is_ok());
    assert!(parse(nest(DEPTH_MAX + 1).as_bytes()).is_err());
    assert!(parse(nest(100_000).as_bytes()).is_err());
}

#[test]
fn values_are_what_serde_json_reads() {
    for text in
        [r#"{"a":[1,-2.50,1e3,null,true,"\u00e9\n"],"b":{}}"#, "12345678901234567890123", "\"x\"", "0"]
    {
        let expected: Value = serde_json::from_str(text).unwrap();
        assert_eq!(parse(text.as_bytes()).unwrap(), expected);
    }
}
