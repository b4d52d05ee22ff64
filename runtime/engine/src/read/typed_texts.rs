use permit_ir::program::RecordType;
use permit_ir::sample;
use serde_json::{Value as Json, json};

use super::*;

/// The sample with a record `Place { url: url, at: time?, sizes: map[string, int] }`.
fn program() -> VerifiedProgram {
    let mut program = sample::program();
    let member = |name: &str, ty| Named { name: name.to_owned(), ty };
    let members = vec![
        member("url", Type::Url),
        member("at", sample::optional(Type::TimeOfDay)),
        member("sizes", Type::Map(Box::new(Type::Int))),
    ];
    program.records.push(RecordType { name: "Place".to_owned(), members });
    VerifiedProgram::verify(program).unwrap()
}

fn read(json: &Json, ty: &Type) -> Result<Value, FieldError> {
    let program = program();
    ValueReader { program: &program, resolve: &mut |_, _| None }.read("f", Some(json), ty)
}

#[test]
fn texts_of_their_own_form_are_read_into_their_types() {
    let cases = [
        (json!("2026-03-20"), Type::Date, Value::Number(20_532)),
        (json!("09:00"), Type::TimeOfDay, Value::Number(32_400_000)),
        (json!("/srv/./data//x"), Type::Path, Value::Path("/srv/data/x".parse().unwrap())),
        (json!("Ann@Acme.example"), Type::Email, Value::Email("ann@acme.example".parse().unwrap())),
        (json!("::ffff:10.0.0.1"), Type::Ip, Value::Ip("10.0.0.1".parse().unwrap())),
        (json!("10.0.0.0/8"), Type::Cidr, Value::Cidr("10.0.0.0/8".parse().unwrap())),
        (
            json!("HTTPS://Acme.example"),
            Type::Url,
            Value::Url(Arc::new("https://acme.example/".parse().unwrap())),
        ),
    ];
    for (json, ty, value) in cases {
        assert_eq!(read(&json, &ty), Ok(value), "{json}");
    }
}

#[test]
fn records_and_maps_are_read_member_by_member() {
    let record = Type::Record(RecordId(0));
    let place = json!({"url": "https://a.example/", "sizes": {"b": 2, "a": 1}});
    let sizes = [("a", 1), ("b", 2)].map(|(key, n)| (Arc::from(key), Value::Number(n)));
    let url = Value::Url(Arc::new("https://a.example/".parse().unwrap()));
    let expected = Value::Record([url, Value::Absent, Value::Map(sizes.to_vec().into())].into());
    assert_eq!(read(&place, &record), Ok(expected));
}

#[test]
fn an_error_names_the_field() {
    let record = Type::Record(RecordId(0));
    let cases = [
        (json!({"url": "https://a.example", "sizes": {}, "x": 1}), "f.x", "the record has no such member"),
        (json!({"sizes": {}}), "f.url", "is missing"),
        (
            json!({"url": "https://a@b.example", "sizes": {}}),
            "f.url",
            "the URL holds a user name or a password",
        ),
        (json!({"url": "https://a.example", "sizes": {"a": "1"}}), "f.sizes[\"a\"]", "expected int"),
        (
            json!({"url": "https://a.example", "at": "24:00", "sizes": {}}),
            "f.at",
            "not a time such as `09:00` or `09:00:00.250`",
        ),
        (json!([]), "f", "expected Place"),
    ];
    for (json, field, expected) in cases {
        assert_eq!(read(&json, &record), Err(FieldError::new(field, expected)), "{json}");
    }
    assert_eq!(read(&json!(1), &Type::Url), Err(FieldError::new("f", "expected url")));
    let leaves = read(&json!("/../etc/passwd"), &Type::Path);
    assert_eq!(leaves, Err(FieldError::new("f", "the path leaves the root by `..`")));
}
