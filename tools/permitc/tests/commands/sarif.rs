//! SARIF output conforms to its schema, whatever was checked.

use serde_json::Value;

use crate::bench::Bench;
use crate::check::{CLEAN, MISTAKES, NOT_UTF8, UNPARSED};

const SCHEMA: &str = include_str!("../data/sarif-schema-2.1.0.json");

/// The schema, whose pattern for languages holds a bracket too many, with which it is no regular expression of ECMA 262.
fn schema() -> Value {
    let mut schema: Value = serde_json::from_str(SCHEMA).unwrap();
    for holder in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][holder]["properties"]["language"]["pattern"];
        assert_eq!(*language, "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$");
        *language = "^[a-zA-Z]{2}(-[a-zA-Z]{2})?$".into();
    }
    schema
}

fn errors(schema: &Value, log: &Value) -> Vec<String> {
    let validator = jsonschema::options().should_validate_formats(true).build(schema).unwrap();
    validator.iter_errors(log).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

fn log(bytes: &[u8]) -> Value {
    let bench = Bench::new().with("é #1.permit", bytes);
    serde_json::from_str(&bench.run(&["check", ".", "--format", "sarif"]).out).unwrap()
}

#[test]
fn every_log_is_valid() {
    let schema = schema();
    let many = format!("{UNPARSED}{}", "permit permit;\n".repeat(200));
    let texts: [&[u8]; 7] = [
        MISTAKES.as_bytes(),
        UNPARSED.as_bytes(),
        CLEAN.as_bytes(),
        NOT_UTF8,
        b"",
        b"\0\x1b[31m\xe2\x80\xae \"",
        many.as_bytes(),
    ];
    for text in texts {
        assert_eq!(errors(&schema, &log(text)), [""; 0]);
    }
    let missing = Bench::new().run(&["check", "gone.permit", "--format", "sarif"]).out;
    assert_eq!(errors(&schema, &serde_json::from_str(&missing).unwrap()), [""; 0]);
    let broken = Bench::new().with("permit.toml", "name = 1").run(&["check", "--format", "sarif"]).out;
    assert_eq!(errors(&schema, &serde_json::from_str(&broken).unwrap()), [""; 0]);
}

#[test]
fn the_schema_refuses_what_is_wrong() {
    let schema = schema();
    let mut wrong = log(MISTAKES.as_bytes());
    wrong["runs"][0]["results"][0]["level"] = "fatal".into();
    wrong["runs"][0]["results"][1]["message"] = Value::Null;
    assert_eq!(errors(&schema, &wrong).len(), 2);
}

#[test]
fn rules_and_artifacts_are_where_results_say() {
    let log = log(MISTAKES.as_bytes());
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 3);
    for result in results {
        let rule =
            &run["tool"]["driver"]["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(rule["help"]["markdown"].as_str().unwrap().contains("## Fix"));
        assert_eq!(result["locations"][0]["physicalLocation"]["artifactLocation"]["index"], 0);
    }
    assert_eq!(run["artifacts"][0]["location"]["uri"], "./%C3%A9%20%231.permit");
    let columns = &results[2]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(
        (columns["startLine"].as_u64(), run["columnKind"].as_str()),
        (Some(12), Some("unicodeCodePoints"))
    );
}
