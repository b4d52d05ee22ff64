//! Attempts to leave a task's scope.

use permit_test_support::forge::{Forger, base64url, certificate_thumbprint, jwt, token_key};
use permit_test_support::stage::{PURCHASE_BOT, SUPPORT_BOT, Stage, acme_facts, acme_sources, now_ms};
use permit_types::verdict::{Layer, Outcome, ReasonCode};
use serde_json::{Value, json};

use super::{DECISIONS, Fixture, purchases, spend};

fn scope(name: &str, parameters: Value) -> Value {
    json!([{ "type": "permit_scope", "scope": name, "task": "t", "parameters": parameters }])
}

fn refund(order: &str, amount: &str) -> Vec<u8> {
    let arguments = json!({ "amount": amount, "reason": "late" });
    json!({ "action": "refund", "resource": order, "arguments": arguments }).to_string().into_bytes()
}

#[tokio::test]
async fn a_token_is_asked_for_with_scopes_that_the_policy_has() {
    let fixture = Fixture::start().await;
    let before = fixture.size().await;
    let good = json!({ "most": "1.00 USD" });
    let mut other_type = purchases("t", "1.00 USD");
    other_type[0]["type"] = "payment_initiation".into();
    let mut no_task = purchases("t", "1.00 USD");
    no_task[0].as_object_mut().unwrap().remove("task");
    let mut more_fields = purchases("t", "1.00 USD");
    more_fields[0]["actions"] = json!(["spend"]);
    let many: Vec<Value> = (0..9).map(|_| purchases("t", "1.00 USD")[0].clone()).collect();
    let details = "authorization_details";
    let cases = [
        ("none", None, "scope_required"),
        ("an empty list", Some(json!([])), details),
        ("no list", Some(json!({})), details),
        ("unknown scope", Some(scope("everything", json!({}))), details),
        ("wrong type", Some(scope("purchases", json!({ "most": 5 }))), details),
        ("another currency", Some(scope("purchases", json!({ "most": "5.00 EUR" }))), details),
        ("missing", Some(scope("purchases", json!({}))), details),
        ("extra", Some(scope("purchases", json!({ "most": "1.00 USD", "least": "1.00 USD" }))), details),
        (
            "unknown customer",
            Some(scope("one_customer", json!({ "customer": "eve", "most": "1.00 USD" }))),
            details,
        ),
        ("another type", Some(other_type), details),
        ("no task", Some(no_task), details),
        ("another field", Some(more_fields), details),
        (
            "a good one and a bad one",
            Some(json!([scope("purchases", good)[0], scope("x", json!({}))[0]])),
            details,
        ),
        ("too many", Some(Value::Array(many)), details),
        ("too long", Some(purchases(&"t".repeat(9_000), "1.00 USD")), details),
    ];
    for (what, details, code) in cases {
        let reply = fixture.buyer.ask_token(details.as_ref()).await;
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(reply.status.as_u16(), 400, "{what}: {body}");
        assert_eq!(body["error"], "invalid_authorization_details", "{what}: {body}");
        assert_eq!(body["code"], code, "{what}: {body}");
        assert!(body.get("access_token").is_none(), "{what}");
    }
    assert_eq!(fixture.size().await, before);
    fixture.unharmed().await;
}

/// Policy would allow each of these; the task does not.
#[tokio::test]
async fn an_action_beyond_the_task_is_denied() {
    let fixture = Fixture::start().await;
    let (helper, token) = fixture.helper().await;
    let other_scope =
        fixture.buyer.token(&scope("one_customer", json!({ "customer": "ann", "most": "5.00 USD" }))).await;
    let narrow = json!([
        { "type": "permit_scope", "scope": "purchases", "task": "a", "parameters": { "most": "50.00 USD" } },
        { "type": "permit_scope", "scope": "one_customer", "task": "a",
          "parameters": { "customer": "ann", "most": "5.00 USD" } },
    ]);
    let both = fixture.buyer.token(&narrow).await;
    let cases = [
        ("another customer", &helper, &token, refund("o2", "10.00 USD"), ReasonCode::OutOfScope),
        (
            "another customer's order",
            &helper,
            &token,
            br#"{"action":"read_order","resource":"o2"}"#.to_vec(),
            ReasonCode::OutOfScope,
        ),
        ("another scope", &fixture.buyer, &other_scope, spend("9.00 USD"), ReasonCode::OutOfScope),
        ("one of two scopes", &fixture.buyer, &both, spend("9.00 USD"), ReasonCode::OutOfScope),
    ];
    for (what, agent, token, ask, code) in cases {
        let reply = agent.post(DECISIONS, token, &ask).await;
        let decision = fixture.denied(&reply, Layer::Scope);
        assert_eq!(decision.reason.code, code, "{what}: {decision:?}");
    }
    // What the policy denies, a scope does not allow.
    let unapproved = br#"{"action":"spend","resource":"shady-deals","arguments":{"amount":"9.00 USD"}}"#;
    fixture.denied(&fixture.buyer.post(DECISIONS, &fixture.token, unapproved).await, Layer::Policy);
    fixture.denied(&helper.post(DECISIONS, &token, &spend("9.00 USD")).await, Layer::Policy);
    fixture.unharmed().await;
}

/// A fresh token does not make a fresh task: the limit counts both, also when the second names a higher one.
#[tokio::test]
async fn a_tasks_limit_holds_across_its_tokens() {
    let fixture = Fixture::start().await;
    let helper = Forger::new(&fixture.stage, SUPPORT_BOT, 2);
    let task = json!({ "customer": "ann", "most": "60.00 USD" });
    let [one, two] = [
        helper.token(&scope("one_customer", task.clone())).await,
        helper.token(&scope("one_customer", task)).await,
    ];
    assert_ne!(one, two);
    assert_eq!(
        fixture.decided(&helper.post(DECISIONS, &one, &refund("o1", "40.00 USD")).await).outcome,
        Outcome::Allow
    );
    let decision =
        fixture.denied(&helper.post(DECISIONS, &two, &refund("o1", "30.00 USD")).await, Layer::Scope);
    assert_eq!(decision.reason.code, ReasonCode::ScopeLimitExceeded);
    assert_eq!(
        fixture.decided(&helper.post(DECISIONS, &two, &refund("o1", "20.00 USD")).await).outcome,
        Outcome::Allow
    );
    assert_eq!(fixture.held().await, "2.00 USD");
}

/// The scope's time runs from the token's issue. The token is signed by the server's own key and is otherwise good.
#[tokio::test]
async fn an_expired_scope_allows_nothing() {
    let shorter = |(name, text): (&'static str, String)| {
        (name, text.replace("expires after 8h;", "expires after 1min;"))
    };
    let sources = acme_sources().map(shorter);
    assert!(sources[1].1.contains("1min;\n}"));
    let fixture = Fixture::with(Stage::of(&sources, &acme_facts(now_ms()))).await;
    let (url, now_s) = (&fixture.stage.url, now_ms() / 1_000);
    let thumbprint = certificate_thumbprint(&fixture.stage.certificate(PURCHASE_BOT));
    let token = |age_s: i64| {
        let claims = json!({
            "iss": url, "aud": url, "sub": PURCHASE_BOT, "client_id": PURCHASE_BOT, "jti": base64url(&[7; 16]),
            "iat": now_s - age_s, "exp": now_s - age_s + 300,
            "cnf": { "jkt": fixture.buyer.thumbprint(), "x5t#S256": thumbprint },
            "authorization_details": purchases("old", "50.00 USD"),
        });
        jwt(&json!({ "alg": "EdDSA", "typ": "at+jwt" }), &claims, &token_key(&fixture.stage))
    };
    let old = fixture.buyer.post(DECISIONS, &token(120), &spend("9.00 USD")).await;
    assert_eq!(fixture.denied(&old, Layer::Scope).reason.code, ReasonCode::ScopeExpired);
    let fresh = fixture.buyer.post(DECISIONS, &token(0), &spend("9.00 USD")).await;
    assert_eq!(fixture.decided(&fresh).outcome, Outcome::Allow);
    assert_eq!(fixture.held().await, "11.00 USD");
}
