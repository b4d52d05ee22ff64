//! Attacks over real sockets: none of them is allowed or charged.

use permit_audit::Decision;
use permit_client::{Problem, Reply};
use permit_test_support::forge::Forger;
use permit_test_support::stage::{PURCHASE_BOT, SUPPORT_BOT, Stage, decision};
use permit_types::verdict::{Layer, Outcome};
use permitd::Server;
use serde_json::{Value, json};

mod certificates;
mod counts;
mod denials;
mod grants;
mod holds;
mod proofs;
mod scopes;
mod tokens;

const DECISIONS: &str = "/v1/decisions";
const ALGORITHMS: &str = "algs=\"ES256 EdDSA\"";

/// A server, an honest buyer and its token.
struct Fixture {
    stage: Stage,
    server: Server,
    buyer: Forger,
    token: String,
}

fn purchases(task: &str, most: &str) -> Value {
    json!([{ "type": "permit_scope", "scope": "purchases", "task": task, "parameters": { "most": most } }])
}

fn spend(amount: &str) -> Vec<u8> {
    let arguments = json!({ "amount": amount });
    json!({ "action": "spend", "resource": "paperworks", "arguments": arguments }).to_string().into_bytes()
}

fn with_token(token: &str, proof: String) -> Vec<(&'static str, String)> {
    vec![("authorization", format!("DPoP {token}")), ("dpop", proof)]
}

fn challenge(error: &str) -> Option<String> {
    Some(format!("DPoP error=\"{error}\", {ALGORITHMS}"))
}

impl Fixture {
    async fn start() -> Self {
        Self::with(Stage::acme()).await
    }

    async fn with(stage: Stage) -> Self {
        let server = stage.start().await.unwrap();
        let buyer = Forger::new(&stage, PURCHASE_BOT, 1);
        let token = buyer.token(&purchases("stationery", "4000.00 USD")).await;
        let fixture = Self { stage, server, buyer, token };
        assert_eq!(fixture.held().await, "1.00 USD");
        fixture
    }

    /// The support agent with a token for its own scope.
    async fn helper(&self) -> (Forger, String) {
        let helper = Forger::new(&self.stage, SUPPORT_BOT, 2);
        let parameters = json!({ "customer": "ann", "most": "60.00 USD" });
        let scope =
            json!({ "type": "permit_scope", "scope": "one_customer", "task": "t", "parameters": parameters });
        let token = helper.token(&json!([scope])).await;
        (helper, token)
    }

    /// How many records the log has.
    async fn size(&self) -> u64 {
        let reply = self.buyer.client.get("/readyz").await.unwrap();
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        body["records"].as_u64().unwrap()
    }

    /// Spends one more dollar and returns what is then held of the daily budget.
    async fn held(&self) -> String {
        let reply = self.buyer.post(DECISIONS, &self.token, &spend("1.00 USD")).await;
        let decision = self.decided(&reply);
        assert_eq!(decision.outcome, Outcome::Allow, "{decision:?}");
        decision.charges[0].limits[0].held.clone()
    }

    /// The decision that an answer proves.
    fn decided(&self, reply: &Reply) -> Decision {
        assert!(reply.status.is_success(), "{reply:?}");
        let answer: permit_client::Answer = serde_json::from_slice(&reply.body).unwrap();
        self.stage.prove(&answer)
    }

    /// The reply is a denial of `layer`, not an error.
    fn denied(&self, reply: &Reply, layer: Layer) -> Decision {
        let decision = self.decided(reply);
        assert_eq!(
            (decision.outcome, decision.layers.denied()),
            (Outcome::Deny, Some(layer)),
            "{decision:?}"
        );
        decision
    }

    /// The reply is a refusal of layer 2 with its code and challenge, and a record proves it.
    fn refused(&self, what: &str, reply: &Reply, status: u16, code: &str, wanted: Option<String>) {
        let found = reply.headers.get("www-authenticate").map(|value| value.to_str().unwrap().to_owned());
        let problem = Problem::read(reply).unwrap();
        assert_eq!((problem.status, problem.code.as_str()), (status, code), "{what}: {problem}");
        assert_eq!(found, wanted, "{what}");
        assert_eq!(reply.headers["content-type"], "application/problem+json", "{what}");
        assert_eq!(reply.headers["cache-control"], "no-store", "{what}");
        let answer = problem.answer.unwrap_or_else(|| panic!("{what}: no record"));
        let decision = decision(answer.verify(&self.stage.log_key).unwrap().body.unwrap());
        assert_eq!(
            (decision.outcome, decision.layers.denied()),
            (Outcome::Deny, Some(Layer::Dpop)),
            "{what}"
        );
        assert!(decision.charges.is_empty() && decision.identity.is_some(), "{what}");
        assert_eq!(decision.reason.name.as_deref(), Some(code), "{what}");
    }

    /// Nothing was charged since the fixture was started; the log is sound to its end.
    async fn unharmed(self) {
        assert_eq!(self.held().await, "2.00 USD");
        self.server.stop().await.unwrap();
        let report = self.stage.audit();
        assert_eq!(report.allowed, 2);
    }
}
