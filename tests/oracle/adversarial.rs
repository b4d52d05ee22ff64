//! Policies and requests designed to be slow. Work is counted, not timed: places visited, rules evaluated, rules left
//! to the interpreter.

use permit_engine::{ArgRef, AskRef, Engine, Mode, Work, read_facts};
use permit_ir::bundle::Bundle;
use permit_ir::decision::{PolicyVerdict, Request};
use permit_ir::value::Value;
use permit_test_support::agents::key;
use permit_test_support::world::bundle;

use crate::naive;

const DECLARED: &str = r#"edition 2026;
module adversarial;
agent Bot identified by "spiffe://a.example/*";
action send(a: int, b: int, text: string, other: string);
"#;
const FACTS: &str = r#"{ "entities": [{ "type": "Bot", "id": "b", "spiffe_id": "spiffe://a.example/b" }] }"#;

fn engines(rules: &str) -> [Engine; 2] {
    let bytes = bundle(&[("adversarial.permit", format!("{DECLARED}{rules}"))], &key());
    [Mode::Interpreted, Mode::Native].map(|mode| {
        let bundle = Bundle::open(&bytes, &[key().verifying_key()]).unwrap();
        let facts = read_facts(&bundle.program, FACTS.as_bytes()).unwrap();
        Engine::new(bundle, facts, mode)
    })
}

/// Asks both engines, which must say what every rule in order says; gives the verdict and the native engine's work.
fn ask(engines: &[Engine; 2], numbers: (i64, i64), texts: (&str, &str)) -> (PolicyVerdict, Work) {
    let args = [
        ("a", ArgRef::Number(numbers.0)),
        ("b", ArgRef::Number(numbers.1)),
        ("text", ArgRef::Text(texts.0)),
        ("other", ArgRef::Text(texts.1)),
    ];
    let agent = "spiffe://a.example/b";
    let ask = AskRef { agent, action: "send", resource: None, args: &args, now_ms: 0 };
    let program = engines[0].program();
    let mut values = vec![Value::Absent; program.args.len()];
    let action = program.action_named("send").unwrap();
    let given = [
        Value::Number(numbers.0),
        Value::Number(numbers.1),
        Value::String(texts.0.into()),
        Value::String(texts.1.into()),
    ];
    for (&param, value) in program.actions[action.index()].params.iter().zip(given) {
        values[param.index()] = value;
    }
    let agent = engines[0].agent(agent).unwrap();
    let (claims, scopes) = (Vec::new(), Vec::new());
    let request = Request { agent, action, resource: None, args: values, claims, scopes, now_ms: 0 };
    let expected = naive::policy(program, engines[0].facts(), &request);
    let said = engines.each_ref().map(|engine| {
        assert_eq!(engine.evaluate(&request).policy, expected);
        let mut session = engine.session();
        let said = session.decide(&ask).unwrap();
        assert_eq!((said.verdict, said.errors), (expected.verdict, &expected.errors[..]));
        said.work
    });
    (expected.verdict, said[1])
}

fn rules(count: usize, rule: impl Fn(usize) -> String) -> String {
    let written = |at| format!("{} because \"made to be slow\";\n", rule(at));
    (0..count).map(written).collect()
}

#[test]
fn ten_thousand_rules_that_no_key_separates() {
    const COUNT: usize = 10_000;
    let engines = engines(&rules(COUNT, |at| format!("permit r{at}: send when a > {at}")));
    assert_eq!(engines[1].native().unwrap().shapes, 1);
    let (verdict, work) = ask(&engines, (0, 0), ("", ""));
    assert_eq!(verdict, PolicyVerdict::Default);
    assert_eq!(work, Work { buckets: 1, rules: COUNT as u64, interpreted: 0 });
    let (verdict, work) = ask(&engines, (1, 0), ("", ""));
    assert!(matches!(verdict, PolicyVerdict::Permit(id) if id.0 == 0));
    assert_eq!(work, Work { buckets: 1, rules: 1, interpreted: 0 });
}

#[test]
fn rules_that_may_fail_are_each_asked_once() {
    const COUNT: usize = 2_000;
    let engines = engines(&rules(COUNT, |at| format!("permit r{at}: send when a + {at} > b")));
    let (verdict, work) = ask(&engines, (i64::MAX, 0), ("", ""));
    assert!(matches!(verdict, PolicyVerdict::Permit(id) if id.0 == 0));
    assert_eq!(work, Work { buckets: 1, rules: COUNT as u64, interpreted: COUNT as u64 - 1 });
}

/// More shapes than are compiled: the rest is interpreted, and each rule is asked once.
#[test]
fn a_thousand_shapes() {
    const COUNT: usize = 1_000;
    let condition = |at: usize| {
        let part = |bit: usize| {
            let op = if at >> bit & 1 == 0 { "and" } else { "or" };
            format!(" {op} b != {bit})")
        };
        format!("{}a > {at}{}", "(".repeat(10), (0..10).map(part).collect::<String>())
    };
    let engines = engines(&rules(COUNT, |at| format!("permit r{at}: send when {}", condition(at))));
    let stats = engines[1].native().unwrap();
    assert_eq!((stats.shapes, stats.rows), (512, 512));
    for numbers in [(-1, 3), (-1, 0), (500, 9), (1_001, 10)] {
        let (_, work) = ask(&engines, numbers, ("", ""));
        assert!(work.rules <= COUNT as u64 && work.interpreted <= COUNT as u64 - 512, "{work:?}");
    }
}

#[test]
fn an_argument_of_a_mebibyte() {
    const GLOBS: usize = 200;
    let glob = |at: usize| format!("forbid g{at}: send when text like \"*needle-{at}-*-{at}*\"");
    let more = "permit same: send when text == other because \"equal\";\n";
    let engines = engines(&(rules(GLOBS, glob) + more));
    let hay = "hay-".repeat(1 << 18);
    let (verdict, work) = ask(&engines, (0, 0), (&hay, &hay));
    assert!(matches!(verdict, PolicyVerdict::Permit(_)));
    assert_eq!(work, Work { buckets: 1, rules: 1, interpreted: 0 }, "no glob's literal is in it");
    let (verdict, _) = ask(&engines, (0, 0), (&hay, &hay[1..]));
    assert_eq!(verdict, PolicyVerdict::Default, "of one length or not, their bytes differ");
    let needle = format!("{hay}needle-7-{hay}-7{hay}");
    let (verdict, work) = ask(&engines, (0, 0), (&needle, ""));
    assert!(matches!(verdict, PolicyVerdict::Deny(id, None) if id.0 == 7));
    assert!(work.buckets <= 2 && work.rules <= 2, "{work:?}");
}

/// Texts without a symbol are told apart by their bytes, one that has a symbol from one that has not.
#[test]
fn texts_that_nobody_knows() {
    let engines = engines(
        "permit same: send when text == other because \"equal\";\npermit known: send when text == \"known\" because \"known\";\n",
    );
    let allows = |texts| matches!(ask(&engines, (0, 0), texts).0, PolicyVerdict::Permit(_));
    assert!(allows(("unknown", "unknown")) && allows(("", "")) && allows(("known", "x")));
    assert!(!allows(("unknown", "unknowm")) && !allows(("unknown", "known")) && !allows(("", "\0")));
}
