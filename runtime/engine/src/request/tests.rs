use permit_ir::sample::{AMOUNT, NOTE, NOTES, ORDER, PATIENCE, REASON_ARG, REFUND, WEIGHT};
use serde_json::json;

use super::*;
use crate::engine::Engine;
use crate::testing::{
    AUDIT_ID, NOW_MS, SUPPORT_ID, ask, claim, engine, engine_of, find, one_customer, refund,
};

fn read(engine: &Engine, json: Json) -> Result<Request, String> {
    let agent = engine.agent(SUPPORT_ID).unwrap();
    engine.read_ask(agent, &ask(json), NOW_MS).map_err(|error| error.to_string())
}

#[test]
fn a_request_carries_its_arguments_by_number() {
    let engine = engine();
    let agent = engine.agent(SUPPORT_ID).unwrap();
    let request = engine.read_ask(agent, &refund("40.00 USD"), NOW_MS).unwrap();
    assert_eq!((request.action, request.agent, request.now_ms), (REFUND, agent, NOW_MS));
    assert_eq!(request.resource, Some(find(engine.facts(), ORDER, "o1")));
    assert_eq!(request.args.len(), engine.program().args.len());
    let argument = |id: permit_ir::types::ArgId| request.args[id.index()].clone();
    assert_eq!(
        [AMOUNT, REASON_ARG, NOTE].map(argument),
        [Value::Number(4_000), Value::Number(1), Value::Absent]
    );
    assert_ne!(engine.agent(AUDIT_ID), Some(agent));
}

#[test]
fn a_request_that_does_not_fit_names_the_field() {
    let engine = engine();
    let refund = |resource: Json, arguments: Json| json!({ "action": "refund", "resource": resource, "arguments": arguments });
    let fine = || json!({ "amount": "1.00 USD", "reason": "late" });
    let mail = |about: Json| json!({ "action": "send_email", "arguments": { "to": "a@b", "copies": 1, "about": about } });
    let cases = [
        (json!({ "action": "fly" }), "field `action`: the policy declares no action `fly`"),
        (json!({ "action": "Refund\n" }), "field `action`: the policy declares no action `Refund\\u{a}`"),
        (json!({ "action": "refund", "arguments": fine() }), "field `resource`: is missing"),
        (
            json!({ "action": "send_email", "resource": "o1", "arguments": { "to": "a@b", "copies": 1 } }),
            "field `resource`: the action takes none",
        ),
        (refund(Json::Null, fine()), "field `resource`: is missing"),
        (refund(json!("o9"), fine()), r#"field `resource`: Order::"o9" is not among the facts"#),
        (
            refund(json!({ "type": "Customer", "id": "bob" }), fine()),
            r#"field `resource`: expected an entity {"type", "id"} of type Order"#,
        ),
        (refund(json!("o1"), json!({ "reason": "late" })), "field `arguments.amount`: is missing"),
        (
            refund(json!("o1"), json!({ "amount": "1.00 USD", "reason": "late", "to": "a@b" })),
            "field `arguments.to`: the action takes no such argument",
        ),
        (
            refund(json!("o1"), json!({ "amount": 1, "reason": "late" })),
            r#"field `arguments.amount`: expected an amount such as "600.00 USD""#,
        ),
        // The program names this customer in a rule, but the facts do not know it.
        (mail(json!("ann")), r#"field `arguments.about`: Customer::"ann" is not among the facts"#),
        (mail(json!("nobody")), r#"field `arguments.about`: Customer::"nobody" is not among the facts"#),
    ];
    for (json, message) in cases {
        assert_eq!(read(&engine, json.clone()), Err(message.to_owned()), "{json}");
    }
    let ann = engine.facts().find(permit_ir::sample::CUSTOMER, "ann");
    assert!(ann.is_some(), "the literal is interned all the same");
    assert!(read(&engine, mail(json!("bob"))).is_ok());
    assert!(read(&engine, mail(Json::Null)).is_ok());
}

#[test]
fn a_scope_that_does_not_fit_names_the_field() {
    let engine = engine();
    let with = |task: &str, parameters: Json| {
        claim(json!({ "scope": "one_customer", "task": task, "parameters": parameters }))
    };
    let fine = || json!({ "customer": "bob", "most": "9.00 USD" });
    let long = "t".repeat(TASK_BYTES_MAX + 1);
    let task = "field `task`: expected 1 to 256 bytes of printable text";
    let cases = [
        (claim(json!({ "scope": "all", "task": "t" })), "field `scope`: the policy declares no scope `all`"),
        (with("", fine()), task),
        (with(&long, fine()), task),
        (with("a\nb", fine()), task),
        (with("a\u{85}b", fine()), task),
        (with("t", json!({ "customer": "bob" })), "field `parameters.most`: is missing"),
        (
            with("t", json!({ "customer": "bob", "most": "9.00 USD", "least": 1 })),
            "field `parameters.least`: the scope takes no such parameter",
        ),
        (
            with("t", json!({ "customer": "ann", "most": "9.00 USD" })),
            r#"field `parameters.customer`: Customer::"ann" is not among the facts"#,
        ),
        (
            with("t", json!({ "customer": "bob", "most": "9.00 EUR" })),
            "field `parameters.most`: expected USD, found EUR",
        ),
        (
            with("t", json!({ "customer": "bob", "most": "9.00 USD", "until": "soon" })),
            "field `parameters.until`: not a date and time with an offset, such as `2026-03-20T09:00Z`",
        ),
    ];
    for (claim, message) in cases {
        let refused = engine.read_scope(&claim, NOW_MS, true).map_err(|error| error.to_string());
        assert_eq!(refused, Err(message.to_owned()), "{claim:?}");
    }
    let longest = with(&"t".repeat(TASK_BYTES_MAX), fine());
    assert_eq!(
        engine.read_scope(&longest, 7, true).map(|grant| (grant.issued_ms, grant.params[2].clone())),
        Ok((7, Value::Absent))
    );
    assert_eq!(
        engine.read_scope(&one_customer("bob", "9.00 USD"), 7, true).map(|grant| &*grant.task == "t1"),
        Ok(true)
    );
}

#[test]
fn a_record_names_the_resource_whether_or_not_it_exists() {
    let engine = engine();
    let text =
        |resource: Json| engine.resource_text(&ask(json!({ "action": "refund", "resource": resource })));
    let cases = [
        (json!("o\"9"), Some(r#"Order::"o\"9""#)),
        (json!({ "type": "Ghost", "id": "g" }), Some(r#"Ghost::"g""#)),
        (json!({ "type": 1 }), Some(r#"?::"?""#)),
        (json!(7), None),
    ];
    for (resource, expected) in cases {
        assert_eq!(text(resource).as_deref(), expected);
    }
    assert_eq!(text(json!("x".repeat(9_000))), Some(format!("Order::\"{}\"", "x".repeat(9_000))));
    assert_eq!(engine.resource_text(&ask(json!({ "action": "refund" }))), None);
}

#[test]
fn callers_fill_what_the_policy_lets_them_and_nothing_else() {
    let engine = engine_of(|program| {
        *program = permit_ir::sample::whole();
        program.entities[ORDER.index()].claimed.push(WEIGHT);
    });
    let claims = |claims: Json| {
        let request = read(&engine, json!({ "action": "read_order", "resource": "o1", "claims": claims }))?;
        let agent = engine.agent(SUPPORT_ID).unwrap();
        Ok(request.claims.into_iter().map(|c| (c.entity == agent, c.field, c.value)).collect::<Vec<_>>())
    };
    let second = Value::Number(1_000);
    assert_eq!(claims(json!({})), Ok(Vec::new()), "the facts say all of it");
    assert_eq!(
        claims(json!({ "agent": { "patience": "1s" }, "resource": { "weight": "2.5", "notes": [] } })),
        Ok(vec![
            (true, PATIENCE, second),
            (false, NOTES, Value::Elements(Vec::new().into())),
            (false, WEIGHT, Value::Number(2_500_000)),
        ])
    );
    let cases = [
        (
            json!({ "agent": { "level": 9 } }),
            "field `claims.agent.level`: the facts say what it is, not the caller",
        ),
        (
            json!({ "agent": { "notes": [] } }),
            "field `claims.agent.notes`: the policy declares no such attribute",
        ),
        (
            json!({ "resource": { "patience": "1s" } }),
            "field `claims.resource.patience`: the policy declares no such attribute",
        ),
        (json!({ "agent": { "patience": 1 } }), "field `claims.agent.patience`: expected duration"),
        (json!({ "agent": { "patience": null } }), "field `claims.agent.patience`: expected duration"),
    ];
    for (said, expected) in cases {
        assert_eq!(claims(said), Err(expected.to_owned()));
    }
    let mail = json!({ "to": "a@b", "copies": 1 });
    let mail =
        json!({ "action": "send_email", "arguments": mail, "claims": { "resource": { "notes": [] } } });
    assert_eq!(
        read(&engine, mail).map(|_| ()),
        Err("field `claims.resource`: the action takes no resource".to_owned())
    );
}

#[test]
fn what_neither_facts_nor_caller_say_is_missing() {
    let program = VerifiedProgram::verify(permit_ir::sample::whole()).unwrap();
    let mut facts = crate::testing::facts_json();
    for entity in facts["entities"].as_array_mut().unwrap() {
        if entity["type"] == "SupportBot" {
            entity["attributes"].as_object_mut().unwrap().remove("patience");
        }
    }
    let facts = crate::facts::read_facts(&program, facts.to_string().as_bytes()).unwrap().facts;
    let agent = facts.agent(SUPPORT_ID).unwrap();
    let read = |claims: Json| {
        let ask = ask(json!({ "action": "read_order", "resource": "o1", "claims": claims }));
        let request = read_ask(&program, &facts, agent, &ask, NOW_MS).map_err(|error| error.to_string());
        request.map(|request| request.claims.len())
    };
    assert_eq!(read(json!({ "agent": { "patience": "1s" } })), Ok(1));
    assert_eq!(read(json!({})), Err("field `claims.agent.patience`: is missing".to_owned()));
}

#[test]
fn the_text_of_a_request_has_claims_arguments_and_defaults_and_is_canonical() {
    let engine = crate::testing::engine_of(|program| *program = permit_ir::sample::whole());
    let agent = engine.agent(SUPPORT_ID).unwrap();
    let text = |json: Json| {
        let request = engine.read_ask(agent, &ask(json), NOW_MS).unwrap();
        let text = engine.request_text(&request);
        let canonical = text.canonical_json().unwrap();
        assert_eq!(canonical, serde_json_canonicalizer::to_vec(&text).unwrap());
        String::from_utf8(canonical).unwrap()
    };
    let refund = json!({
        "action": "refund", "resource": "o1", "claims": { "agent": { "patience": "60s" } },
        "arguments": { "reason": "late", "note": "\u{0} \"é\\ \u{1f600}", "amount": "5.00 USD" },
    });
    let one = text(refund.clone());
    assert_eq!(
        one,
        r#"{"action":"refund","arguments":{"amount":"5.00 USD","note":"\"\\u0000 \\\"é\\\\ 😀\"","reason":"late"},"claims":{"agent.patience":"1min"},"resource":"Order::\"o1\""}"#
    );
    let mut other = refund.clone();
    other["claims"]["agent"]["patience"] = json!("1min");
    assert_eq!(text(other.clone()), one, "the same value, written differently");
    other["claims"]["agent"]["patience"] = json!("61s");
    assert_ne!(text(other), one);
    let mut without = refund;
    without["arguments"].as_object_mut().unwrap().remove("note");
    assert_ne!(text(without), one);
}
