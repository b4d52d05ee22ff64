//! Holds of another agent, settled twice, or settled for more than they hold.

use permit_client::Reply;
use permit_test_support::forge::Forger;
use permit_test_support::stage::Stage;
use serde_json::{Value, json};

use super::{DECISIONS, Fixture, spend};

impl Fixture {
    /// Holds an amount and returns the decision's id.
    async fn hold(&self, amount: &str) -> String {
        let reply = self.buyer.post(DECISIONS, &self.token, &spend(amount)).await;
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(body["record"]["outcome"], "ALLOW", "{body}");
        body["record"]["decision_id"].as_str().unwrap().to_owned()
    }
}

async fn settle(agent: &Forger, token: &str, id: &str, what: &str, body: &Value) -> Reply {
    agent.post(&format!("/v1/decisions/{id}/{what}"), token, body.to_string().as_bytes()).await
}

fn is_problem(reply: &Reply, status: u16, code: &str) {
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!((reply.status.as_u16(), body["code"].as_str()), (status, Some(code)), "{body}");
}

#[tokio::test]
async fn another_agents_hold_does_not_exist() {
    let fixture = Fixture::start().await;
    let (helper, token) = fixture.helper().await;
    let id = fixture.hold("9.00 USD").await;
    let before = fixture.size().await;
    for what in ["confirm", "release"] {
        is_problem(&settle(&helper, &token, &id, what, &json!({})).await, 404, "decision_not_found");
        let none = "dec_000000000000000000000000";
        is_problem(
            &settle(&fixture.buyer, &fixture.token, none, what, &json!({})).await,
            404,
            "decision_not_found",
        );
    }
    assert_eq!(fixture.size().await, before);
    assert_eq!(fixture.held().await, "11.00 USD");
}

#[tokio::test]
async fn a_hold_is_settled_once() {
    let fixture = Fixture::start().await;
    let (buyer, token) = (&fixture.buyer, fixture.token.as_str());
    let (kept, returned) = (fixture.hold("9.00 USD").await, fixture.hold("8.00 USD").await);
    let amounts = json!({ "amounts": { "daily_spend": "4.00 USD" } });
    assert_eq!(settle(buyer, token, &kept, "confirm", &amounts).await.status.as_u16(), 200);
    assert_eq!(settle(buyer, token, &returned, "release", &json!({})).await.status.as_u16(), 200);
    for (id, what) in [(&kept, "confirm"), (&kept, "release"), (&returned, "confirm"), (&returned, "release")]
    {
        is_problem(&settle(buyer, token, id, what, &json!({})).await, 409, "hold_not_open");
    }
    let reply = buyer.post(DECISIONS, token, &spend("1.00 USD")).await;
    let limit = &fixture.decided(&reply).charges[0].limits[0];
    assert_eq!((limit.spent.as_str(), limit.held.as_str()), ("4.00 USD", "2.00 USD"));
}

/// A settlement that does not fit changes nothing: the hold can still be settled as it should be.
#[tokio::test]
async fn nothing_is_confirmed_beyond_what_is_held() {
    let fixture = Fixture::start().await;
    let (buyer, token) = (&fixture.buyer, fixture.token.as_str());
    let id = fixture.hold("9.00 USD").await;
    let amounts = |budget: &str, amount: &str| json!({ "amounts": { budget: amount } });
    let cases = [
        (amounts("daily_spend", "9.01 USD"), 409, "hold_not_open"),
        (amounts("purchases", "9.01 USD"), 409, "hold_not_open"),
        (amounts("daily_spend", "92233720368547758.07 USD"), 409, "hold_not_open"),
        (amounts("daily_spend", "-1.00 USD"), 409, "hold_not_open"),
        (amounts("refund_pot", "1.00 USD"), 409, "hold_not_open"),
        (amounts("daily_spend", "1.00 EUR"), 400, "invalid_request"),
        (amounts("no_such_budget", "1.00 USD"), 400, "invalid_request"),
        (json!({ "amounts": { "daily_spend": 1 } }), 400, "invalid_request"),
        (json!({ "amount": "1.00 USD" }), 400, "invalid_request"),
    ];
    for (body, status, code) in cases {
        is_problem(&settle(buyer, token, &id, "confirm", &body).await, status, code);
    }
    assert_eq!(fixture.held().await, "11.00 USD");
    let reply = settle(buyer, token, &id, "confirm", &amounts("daily_spend", "9.00 USD")).await;
    assert_eq!(reply.status.as_u16(), 200, "{reply:?}");
}

/// What a hold's owner may do needs a token and a proof as any decision does.
#[tokio::test]
async fn a_settlement_needs_a_proof_of_its_own_address() {
    let fixture = Fixture::start().await;
    let id = fixture.hold("9.00 USD").await;
    let path = format!("/v1/decisions/{id}/release");
    let wrong = fixture.buyer.proof(DECISIONS, Some(&fixture.token));
    let reply = fixture.buyer.send(&path, &super::with_token(&fixture.token, wrong), b"{}").await;
    fixture.refused("address", &reply, 401, "proof_uri", super::challenge("invalid_dpop_proof"));
    let reply = fixture.buyer.send(&path, &[], b"{}").await;
    assert_eq!(reply.status.as_u16(), 401);
    assert_eq!(fixture.held().await, "11.00 USD");
}

/// A restart neither opens a settled hold again nor forgets an open one.
#[tokio::test]
async fn holds_outlive_a_restart() {
    let fixture = Fixture::start().await;
    let (settled, open) = (fixture.hold("9.00 USD").await, fixture.hold("8.00 USD").await);
    let path = |id: &str| format!("/v1/decisions/{id}/confirm");
    let reply = fixture.buyer.post(&path(&settled), &fixture.token, b"").await;
    assert_eq!(reply.status.as_u16(), 200, "{reply:?}");
    let Fixture { stage, server, token, .. } = fixture;
    server.stop().await.unwrap();
    let fixture = again(stage, token).await;
    is_problem(&fixture.buyer.post(&path(&settled), &fixture.token, b"").await, 409, "hold_not_open");
    assert_eq!(fixture.buyer.post(&path(&open), &fixture.token, b"").await.status.as_u16(), 200);
    let reply = fixture.buyer.post(DECISIONS, &fixture.token, &spend("1.00 USD")).await;
    let limit = &fixture.decided(&reply).charges[0].limits[0];
    assert_eq!((limit.spent.as_str(), limit.held.as_str()), ("17.00 USD", "2.00 USD"));
}

async fn again(stage: Stage, token: String) -> Fixture {
    let server = stage.start().await.unwrap();
    let buyer = Forger::new(&stage, permit_test_support::stage::PURCHASE_BOT, 1);
    Fixture { stage, server, buyer, token }
}
