//! The denial in short that answers carry beside the record, which nobody has signed: it says what the record says.

use permit_client::{Answer, Denial, Problem, Reply};
use permit_types::verdict::Layer;
use serde_json::{Value, json};

use super::{DECISIONS, Fixture, purchases, spend, with_token};

/// The `denial` of a reply, which must be the one that its verified record makes.
fn denial(fixture: &Fixture, reply: &Reply) -> Value {
    let members: Value = serde_json::from_slice(&reply.body).unwrap();
    let answer: Answer = match reply.status.is_success() {
        true => serde_json::from_slice(&reply.body).unwrap(),
        false => Problem::read(reply).unwrap().answer.unwrap(),
    };
    let decision = fixture.stage.prove(&answer);
    let made = Denial::of(&decision);
    assert_eq!(made, answer.denial());
    assert_eq!(members["denial"], serde_json::to_value(made.unwrap()).unwrap());
    members["denial"].clone()
}

#[tokio::test]
async fn each_answer_that_denies_says_so_in_short() {
    let fixture = Fixture::start().await;
    let ask = async |token: &str, body: &[u8]| fixture.buyer.post(DECISIONS, token, body).await;
    let allowed = ask(&fixture.token, &spend("1.00 USD")).await;
    let members: Value = serde_json::from_slice(&allowed.body).unwrap();
    assert!(members.get("denial").is_none(), "{members}");

    let vendor =
        json!({ "action": "spend", "resource": "shady-deals", "arguments": { "amount": "1.00 USD" } });
    let policy = denial(&fixture, &ask(&fixture.token, vendor.to_string().as_bytes()).await);
    let reason = "nobody buys from a vendor that procurement has not approved";
    let agent = "purchase-bot";
    let by = |layer: Layer| json!({ "layer": layer, "agent": agent, "decision": "DENY", "reason": reason });
    assert_eq!(policy, by(Layer::Policy));

    // 2.00 USD are held.
    let small = fixture.buyer.token(&purchases("small", "0.50 USD")).await;
    let scope = denial(&fixture, &ask(&small, &spend("1.25 USD")).await);
    let reason = scope["reason"].clone();
    let expected = json!({ "layer": "scope", "agent": agent, "taskLimit": 0.5, "spent": 0, "requested": 1.25,
        "decision": "DENY", "reason": reason });
    assert_eq!(scope.to_string(), expected.to_string());

    let wide = fixture.buyer.token(&purchases("wide", "9000.00 USD")).await;
    for _ in 0..2 {
        assert!(ask(&wide, &spend("1999.00 USD")).await.status.is_success());
    }
    let budget = denial(&fixture, &ask(&wide, &spend("1500.50 USD")).await);
    let expected = json!({ "layer": "budget", "agent": agent, "dailyLimit": 5000, "spent": 0, "held": 4000,
        "requested": 1500.5, "decision": "DENY", "reason": "Would exceed daily budget ($5,500.50 > $5,000)" });
    assert_eq!(budget.to_string(), expected.to_string());

    let invalid = denial(&fixture, &ask(&fixture.token, b"{}").await);
    assert_eq!(invalid["layer"], "policy");
    let wrong = with_token(&fixture.token, "no.proof.at-all".to_owned());
    let dpop = denial(&fixture, &fixture.buyer.send(DECISIONS, &wrong, &spend("1.00 USD")).await);
    assert_eq!((&dpop["layer"], &dpop["agent"]), (&json!("dpop"), &json!(agent)));
}
