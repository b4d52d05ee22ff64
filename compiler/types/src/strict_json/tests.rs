use super::*;

fn message(text: &str) -> Option<String> {
    match from_slice(text.as_bytes()) {
        Ok(_) => None,
        Err(StrictJsonError::Malformed { message, .. }) => Some(message),
        Err(StrictJsonError::NotAnObject) => Some("?".to_owned()),
    }
}

#[test]
fn ambiguous_texts_are_refused_and_say_why() {
    let cases = [
        (r#"{"a":1,"a":1}"#, "member `a` stands twice"),
        (r#"{"o":{"a":1,"a":2}}"#, "member `a` stands twice"),
        (r#"[{"b":{"a":1,"a":2}}]"#, "member `a` stands twice"),
        (r#"[{"a":1,"\u0061":2}]"#, "member `a` stands twice"),
        (r#"{"a at line 7":1,"a at line 7":2}"#, "member `a at line 7` stands twice"),
        (r#"{"a\nb":1,"a\nb":2}"#, "member `a\\u{a}b` stands twice"),
        (r#"{"a":1} {"#, "trailing characters"),
        ("{} {}", "trailing characters"),
        (r#"{"a":1}x"#, "trailing characters"),
        (r#"{"a":1,}"#, "trailing comma"),
        ("{\"a\":\"\u{1}\"}", "control character (\\u0000-\\u001F) found while parsing a string"),
        ("", "EOF while parsing a value"),
        ("NaN", "expected value"),
        ("+1", "expected value"),
        ("1.", "EOF while parsing a value"),
        ("01", "invalid number"),
        ("\u{feff}{}", "expected value"),
    ];
    for (text, expected) in cases {
        assert_eq!(message(text).as_deref(), Some(expected), "{text}");
    }
    assert_eq!(
        from_slice(b"{\"a\":\"\xff\"}").map_err(|e| e.to_string()).unwrap_err().split(" at ").next(),
        Some("invalid unicode code point")
    );
}

#[test]
fn an_object_cannot_pose_as_a_number_or_as_a_raw_value() {
    for text in [
        r#"{"$serde_json::private::Number":"1"}"#,
        r#"{"\u0024serde_json::private::Number":"1"}"#,
        r#"{"$serde_json::private::Number":"\u0031"}"#,
        r#"{"$serde_json::private::Number":"x"}"#,
        r#"{"a":0,"$serde_json::private::Number":"1"}"#,
        r#"{"$serde_json::private::RawValue":"{\"a\":1,\"a\":2}"}"#,
        r#"{"$serde_json\u003a:private::RawValue":"1"}"#,
    ] {
        assert_eq!(message(text).as_deref(), Some("reserved member name"), "{text}");
    }
    for text in [r#"{"$serde_json::private::Number":1}"#, r#"{"$serde_json::private::Number":{}}"#] {
        assert!(
            message(text).is_some_and(|m| m.ends_with("expected no member of a reserved name")),
            "{text}"
        );
    }
    assert_eq!(message(r#"["$serde_json::private::Number"]"#), None, "as a text it is a text");
}

#[test]
fn depth_is_bounded() {
    let nest = |open: &str, close: &str, levels| format!("{}{}", open.repeat(levels), close.repeat(levels));
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let inner = |levels| nest(open, close, levels).replace(":}", ":{}}");
        let levels = if open == "[" { DEPTH_MAX } else { DEPTH_MAX - 1 };
        assert_eq!(message(&inner(levels)), None);
        assert_eq!(message(&inner(levels + 1)).as_deref(), Some("nested too deeply"));
        assert_eq!(message(&inner(100_000)).as_deref(), Some("nested too deeply"));
    }
}

#[test]
fn errors_have_a_position() {
    let error = from_slice(b"{\n  \"a\": 1,\n  \"a\": 2\n}").unwrap_err();
    let expected =
        StrictJsonError::Malformed { message: "member `a` stands twice".to_owned(), line: 3, column: 5 };
    assert_eq!(
        (error.to_string(), error),
        ("member `a` stands twice at line 3 column 5".to_owned(), expected)
    );
    assert_eq!(parse_object(b"[]"), Err(StrictJsonError::NotAnObject));
    assert_eq!(parse_object(b"{}"), Ok(Map::new()));
}

#[test]
fn values_are_what_serde_json_reads_and_numbers_keep_their_text() {
    for text in
        [r#"{"a":[1,-2.50,1e3,null,true,"\u00e9\n"],"b":{}}"#, "12345678901234567890123", "\"x\"", "0", "-0"]
    {
        let expected: Value = serde_json::from_str(text).unwrap();
        assert_eq!(from_slice(text.as_bytes()), Ok(expected));
    }
    let value = from_slice(b"[98.70, 1e3, 12345678901234567890123]").unwrap();
    assert_eq!(value.to_string(), "[98.70,1e+3,12345678901234567890123]");
}

#[test]
fn borrowed_values_are_the_same_and_read_as_strictly() {
    let borrowed =
        |text: &'static str| read::<Strict<Json<'static>>>(text.as_bytes(), Strict::new(DEPTH_MAX));
    let text = r#"{"a":[1,-2.50,1e3,null,true,"\u00e9\n"],"b":{},"c":"plain"}"#;
    let Ok(Json::Object(members)) = borrowed(text) else { panic!("an object") };
    let value = from_slice(text.as_bytes()).unwrap();
    assert_eq!(format!("{members:?}"), format!("{:?}", object(&Json::from(&value))));
    assert!(matches!(member(&members, "c"), Some(Json::String(Cow::Borrowed("plain")))));
    assert!(member(&members, "d").is_none());
    for text in
        [r#"{"a":1,"a":1}"#, r#"[{"a":1,"\u0061":2}]"#, r#"{"$serde_json::private::Number":"1"}"#, "[1]]"]
    {
        let refused = borrowed(text).map_err(StrictJsonError::from).map(|_| ());
        assert_eq!(refused, from_slice(text.as_bytes()).map(|_| ()), "{text}");
    }
}

fn object<'j, 'd>(json: &'j Json<'d>) -> &'j [Member<'d>] {
    match json {
        Json::Object(members) => members,
        other => panic!("{other:?}"),
    }
}

/// However many members there are, and so however they are looked through.
#[test]
fn the_last_member_may_not_be_any_before_it() {
    for count in [1, 2, 15, 16, 17, 18, 100] {
        let members = |last: usize| {
            let names: Vec<_> = (0..count).chain([last]).map(|at| format!(r#""m{at}":{at}"#)).collect();
            format!("{{{}}}", names.join(","))
        };
        for last in 0..=count {
            let text = members(last);
            let read =
                read(text.as_bytes(), Strict::<Json<'_>>::new(DEPTH_MAX)).map_err(StrictJsonError::from);
            match read {
                Ok(json) => assert_eq!((object(&json).len(), last), (count + 1, count)),
                Err(StrictJsonError::Malformed { message, .. }) => {
                    assert!(last < count && message == format!("member `m{last}` stands twice"), "{message}");
                }
                Err(StrictJsonError::NotAnObject) => panic!("{text}"),
            }
        }
    }
}
