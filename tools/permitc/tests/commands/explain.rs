//! `permitc explain`, on the example in the documentation.

use crate::bench::{Bench, Said};

const SUPPORT: &str = "spiffe://acme.example/agent/support/7";
const PURCHASE: &str = "spiffe://acme.example/agent/purchase/1";

const ACME: [(&str, &str); 4] = [
    ("acme/organisation.permit", include_str!("../../../../examples/acme/organisation.permit")),
    ("acme/purchasing.permit", include_str!("../../../../examples/acme/purchasing.permit")),
    ("acme/support.permit", include_str!("../../../../examples/acme/support.permit")),
    ("acme/facts.json", include_str!("../../../../examples/acme/facts.json")),
];

fn explain(agent: &str, request: &str, scopes: Option<&str>, arguments: &[&str]) -> Said {
    let mut bench = ACME.into_iter().fold(Bench::new(), |bench, (name, text)| bench.with(name, text));
    bench = bench.with("request.json", request).with("scopes.json", scopes.unwrap_or("[]"));
    let fixed =
        ["explain", "acme", "--facts", "acme/facts.json", "--request", "request.json", "--agent", agent];
    let rest = ["--scopes", "scopes.json", "--now", "2026-11-01T09:00Z"];
    bench.run(&[&fixed[..], &rest, arguments].concat())
}

fn refund(amount: &str) -> String {
    format!(
        r#"{{ "action": "refund", "resource": "o1", "arguments": {{ "amount": "{amount}", "reason": "late" }} }}"#
    )
}

#[test]
fn a_request_that_no_permit_matches_names_the_nearest_and_what_it_lacks() {
    insta::assert_snapshot!(explain(SUPPORT, &refund("60.00 USD"), None, &[]).all());
}

#[test]
fn a_permitted_request_names_its_rule_and_what_did_not_forbid() {
    insta::assert_snapshot!(explain(SUPPORT, &refund("40.00 USD"), None, &[]).all());
}

#[test]
fn a_forbidden_request_names_the_forbid() {
    let spend =
        r#"{ "action": "spend", "resource": "shady-deals", "arguments": { "amount": "600.00 USD" } }"#;
    insta::assert_snapshot!(explain(PURCHASE, spend, None, &[]).all());
}

#[test]
fn an_agent_of_another_type_sees_which_types_have_rules() {
    let spend = r#"{ "action": "spend", "resource": "paperworks", "arguments": { "amount": "5.00 USD" } }"#;
    insta::assert_snapshot!(explain(SUPPORT, spend, None, &[]).all());
}

#[test]
fn a_scope_that_denies_shows_its_requirement() {
    let scopes = r#"[{ "scope": "one_customer", "task": "t", "parameters": { "customer": "bob", "most": "60.00 USD" } }]"#;
    insta::assert_snapshot!(explain(SUPPORT, &refund("40.00 USD"), Some(scopes), &[]).all());
}

#[test]
fn as_json_it_is_the_same() {
    let said = explain(SUPPORT, &refund("60.00 USD"), None, &["--json"]);
    insta::assert_snapshot!(said.all());
    let interpreted = explain(SUPPORT, &refund("60.00 USD"), None, &["--json", "--interpreted"]);
    assert_eq!(said.out, interpreted.out);
}
