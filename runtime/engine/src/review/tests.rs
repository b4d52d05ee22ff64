//! Two requests have different digests exactly if they must be approved separately.

use permit_ir::program::{AgentPattern, Approval, Effect, Expr, Node, Program, Rule};
use permit_ir::sample::{self, LEAD, NOTE, ORDER, PATIENCE, READ_ORDER, REFUND, SUPPORT_BOT};
use permit_ir::types::{ExprId, Type};
use permit_types::ask::Ask;
use permit_types::verdict::ReasonCode;
use serde_json::{Value as Json, json};

use super::*;
use crate::testing::{NOW_MS, SUPPORT_ID, ask, engine_of};

/// Every action but `fetch` waits for two leads; a note that is left out is `"none"`.
fn reviewed(program: &mut Program) {
    *program = sample::whole();
    program.exprs.push(Node { expr: Expr::String("none".to_owned()), ty: Type::String });
    let default = ExprId(u32::try_from(program.exprs.len() - 1).unwrap());
    let refund = &mut program.actions[REFUND.index()];
    let place = refund.params.iter().position(|&param| param == NOTE).unwrap();
    refund.defaults[place] = Some(default);
    let persons = vec![AgentPattern::Type(LEAD), AgentPattern::Entity(LEAD, "zoe".to_owned())];
    let approval = Some(Approval { persons, needed: 2, timeout_ms: 30 * 60_000 });
    let rule = Rule { condition: None, agents: Vec::new(), approval, ..program.rules[0].clone() };
    let rule = Rule { effect: Effect::Review, actions: vec![READ_ORDER, REFUND], ..rule };
    program.rules = vec![Rule { name: "checked".to_owned(), ..rule }];
}

fn refund(order: &str, arguments: Json, claims: Json) -> Ask<'static> {
    ask(json!({ "action": "refund", "resource": order, "arguments": arguments, "claims": claims }))
}

fn usual() -> Ask<'static> {
    refund("o1", json!({ "amount": "1.00 USD", "reason": "late" }), json!({}))
}

fn review_of(engine: &Engine, agent: &str, ask: &Ask<'_>, now_ms: i64) -> Review {
    let request = engine.read_ask(engine.agent(agent).unwrap(), ask, now_ms).unwrap();
    engine.review(&request, &engine.evaluate(&request)).unwrap()
}

#[test]
fn every_component_changes_the_digest() {
    let engine = engine_of(reviewed);
    let of = |ask: &Ask<'_>| review_of(&engine, SUPPORT_ID, ask, NOW_MS).digest;
    let arguments = |amount: &str, reason: &str| json!({ "amount": amount, "reason": reason });
    let renamed = engine_of(|program| {
        reviewed(program);
        program.rules[0].name = "other".to_owned();
    });
    // Another bundle that decides alike.
    let other_bundle = engine_of(|program| {
        reviewed(program);
        program.rules[0].because = "another reason".to_owned();
    });
    let mut digests = vec![
        of(&usual()),
        of(&refund("o2", arguments("1.00 USD", "late"), json!({}))),
        of(&refund("o1", arguments("1.01 USD", "late"), json!({}))),
        of(&refund("o1", arguments("1.00 USD", "damaged"), json!({}))),
        of(&refund("o1", json!({ "amount": "1.00 USD", "reason": "late", "note": "" }), json!({}))),
        of(&refund("o1", arguments("1.00 USD", "late"), json!({ "agent": { "patience": "1s" } }))),
        of(&refund("o1", arguments("1.00 USD", "late"), json!({ "agent": { "patience": "2s" } }))),
        of(&refund("o1", arguments("1.00 USD", "late"), json!({ "resource": { "notes": [] } }))),
        of(&refund("o1", arguments("1.00 USD", "late"), json!({ "resource": { "notes": ["a", "b"] } }))),
        of(&refund("o1", arguments("1.00 USD", "late"), json!({ "resource": { "notes": ["a, b"] } }))),
        of(&ask(json!({ "action": "read_order", "resource": "o1" }))),
        review_of(&engine, "spiffe://acme.example/agent/support/8", &usual(), NOW_MS).digest,
        review_of(&renamed, SUPPORT_ID, &usual(), NOW_MS).digest,
        review_of(&other_bundle, SUPPORT_ID, &usual(), NOW_MS).digest,
    ];
    let count = digests.len();
    digests.sort_unstable();
    digests.dedup();
    assert_eq!(digests.len(), count);
}

#[test]
fn the_same_thing_written_differently_is_the_same_review() {
    let engine = engine_of(reviewed);
    let of =
        |arguments: Json| review_of(&engine, SUPPORT_ID, &refund("o1", arguments, json!({})), NOW_MS).digest;
    let usual = review_of(&engine, SUPPORT_ID, &usual(), NOW_MS).digest;
    assert_eq!(of(json!({ "amount": "1.00 USD", "reason": "late", "note": "none" })), usual, "the default");
    let parts = json!({ "amount": { "amount": 100, "currency": "USD" }, "reason": "late" });
    assert_eq!(of(parts), usual);
    let whole = ask(json!({
        "action": "refund", "resource": { "type": "Order", "id": "o1" },
        "arguments": { "reason": "late", "amount": "1.00 USD" }
    }));
    assert_eq!(review_of(&engine, SUPPORT_ID, &whole, NOW_MS).digest, usual);
    assert_eq!(review_of(&engine, SUPPORT_ID, &whole, NOW_MS + 1).digest, usual, "whenever it is asked");
}

#[test]
fn a_review_says_who_approves_and_how_long_it_waits() {
    let engine = engine_of(reviewed);
    let Review { rule, needed, timeout_ms, .. } = review_of(&engine, SUPPORT_ID, &usual(), NOW_MS);
    assert_eq!((rule.as_str(), needed, timeout_ms), ("checked", 2, 1_800_000));
    let request = engine.read_request(SUPPORT_ID, &usual(), &[], NOW_MS).unwrap();
    let evaluation = engine.evaluate(&request);
    let summary = engine.summary(&request, &evaluation);
    assert_eq!(
        (summary.policy.code, summary.policy.name.as_deref()),
        (ReasonCode::ReviewRequired, Some("checked"))
    );
    assert_eq!(summary.approval.as_deref(), Some(r#"2 of Lead, Lead::"zoe" within 30min"#));
    let assessment = engine.assess(&request, evaluation).unwrap();
    assert_eq!(
        (assessment.permitted, assessment.review.map(|asked| asked.review.needed)),
        (summary.policy, Some(2))
    );
    let explanation = engine.explain(SUPPORT_ID, &usual(), &[], NOW_MS).unwrap();
    assert_eq!(
        explanation.decided_by.map(|rule| (rule.effect, rule.rule)),
        Some(("review", "checked".to_owned()))
    );
}

#[test]
fn what_no_review_decides_is_no_review() {
    let engine = engine_of(|program| {
        reviewed(program);
        program.rules[0].effect = Effect::Permit;
        program.rules[0].approval = None;
    });
    let request = engine.read_ask(engine.agent(SUPPORT_ID).unwrap(), &usual(), NOW_MS).unwrap();
    assert_eq!(engine.review(&request, &engine.evaluate(&request)), None);
    let program = engine.program();
    assert!(program.is_claimed(SUPPORT_BOT, PATIENCE) && !program.is_claimed(ORDER, PATIENCE));
}
