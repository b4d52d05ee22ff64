//! Invalid request bodies: each is rejected with its field, not charged, and recorded.

use permit_audit::Decision;
use permit_client::{Problem, Reply};
use permit_test_support::forge::Forger;
use permit_test_support::stage::{PURCHASE_BOT, Stage};
use permit_types::verdict::{Layer, Outcome, ReasonCode};
use serde_json::{Value, json};

const DECISIONS: &str = "/v1/decisions";
const BOT: &str = "spiffe://acme.example/agent/probe/1";

/// One action with an argument of every type.
const POLICY: &str = r#"
edition 2026;
module probe;
enum Reason { damaged, late }
agent Bot identified by "spiffe://acme.example/agent/probe/*" {}
resource Shop { open: bool; }
resource Till { open: bool; }
action probe(
    flag: bool, count: int, rate: decimal, word: string, price: money[USD], at: instant, span: duration,
    tags: set[string], steps: list[int], reason: Reason, shop: Shop, note: string?
) on Shop;
action ping();
permit all: probe by Bot when flag or count + 1 > 0 because "a probe may do all";
permit pinging: ping by Bot because "anyone may ping";
budget pot in USD { counts probe as price; for each agent; limit 100.00 USD per 24h; }
scope any() { allows probe, ping; expires after 4h; }
"#;

struct Probe {
    stage: Stage,
    // The server stops when it is dropped.
    _server: permitd::Server,
    agent: Forger,
    token: String,
}

fn good() -> Value {
    json!({ "action": "probe", "resource": { "type": "Shop", "id": "s" }, "arguments": {
        "flag": true, "count": 1, "rate": "1.5", "word": "w", "price": "1.00 USD", "at": "2026-03-20T09:00Z",
        "span": "1h", "tags": ["a"], "steps": [1, 2], "reason": "late", "shop": "s",
    } })
}

impl Probe {
    async fn set() -> Self {
        let entities = json!([
            { "type": "Bot", "id": "bot", "spiffe_id": BOT },
            { "type": "Shop", "id": "s", "attributes": { "open": true } },
        ]);
        let facts = json!({ "entities": entities }).to_string();
        let stage = Stage::of(&[("probe.permit", POLICY.to_owned())], &facts);
        let server = stage.start().await.unwrap();
        let agent = Forger::new(&stage, BOT, 1);
        let scope = json!([{ "type": "permit_scope", "scope": "any", "task": "t", "parameters": {} }]);
        let token = agent.token(&scope).await;
        Self { stage, _server: server, agent, token }
    }

    async fn post(&self, body: &[u8]) -> Reply {
        self.agent.post(DECISIONS, &self.token, body).await
    }

    /// The request is refused as invalid; a record says so, which is returned.
    async fn invalid(&self, what: &str, body: &[u8]) -> (Problem, Decision) {
        let reply = self.post(body).await;
        let problem = Problem::read(&reply).unwrap_or_else(|_| panic!("{what}: {reply:?}"));
        assert_eq!((problem.status, problem.code.as_str()), (400, "invalid_request"), "{what}: {problem}");
        let answer = problem.answer.as_ref().unwrap_or_else(|| panic!("{what}: no record: {problem}"));
        let decision = self.stage.prove(answer);
        let expected = (Outcome::Deny, Some(Layer::Policy), ReasonCode::InvalidRequest);
        assert_eq!((decision.outcome, decision.layers.denied(), decision.reason.code), expected, "{what}");
        assert!(decision.charges.is_empty(), "{what}");
        let texts = [&problem.detail, &decision.reason.message];
        assert!(texts.iter().all(|text| permit_types::display::is_printable(text)), "{what}: {texts:?}");
        (problem, decision)
    }

    /// A good request spends its dollar as the first one: nothing was charged before.
    async fn unharmed(&self) {
        let reply = self.post(good().to_string().as_bytes()).await;
        let answer = serde_json::from_slice(&reply.body).unwrap_or_else(|_| panic!("{reply:?}"));
        let decision = self.stage.prove(&answer);
        assert_eq!(decision.outcome, Outcome::Allow, "{decision:?}");
        assert_eq!(decision.charges[0].limits[0].spent, "1.00 USD");
    }
}

#[tokio::test]
async fn a_body_that_is_no_json_of_the_right_form_is_refused() {
    let probe = Probe::set().await;
    let deep = format!("{}{}", "[".repeat(40), "]".repeat(40));
    let deeper = "[".repeat(60_000);
    let long = "x".repeat(60_000);
    let long_member = format!("{{\"action\": \"ping\", \"{long}\": 1}}");
    let long_type = format!("{{\"action\": \"ping\", \"arguments\": \"{}\"}}", "\\u0001".repeat(9_000));
    let cases: [(&str, &[u8]); 18] = [
        ("an endless member", long_member.as_bytes()),
        ("an endless value of another type", long_type.as_bytes()),
        ("nothing", b""),
        ("cut", b"{\"action\": \"ping\""),
        ("more behind", b"{\"action\": \"ping\"} {}"),
        ("a list", b"[]"),
        ("null", b"null"),
        ("no action", b"{}"),
        ("an action that is no text", b"{\"action\": 1}"),
        ("another member", b"{\"action\": \"ping\", \"admin\": true}"),
        ("a member twice", b"{\"action\": \"ping\", \"action\": \"ping\"}"),
        ("a member twice, escaped", b"{\"action\": \"ping\", \"acti\\u006fn\": \"ping\"}"),
        ("arguments as a list", b"{\"action\": \"ping\", \"arguments\": []}"),
        ("not UTF-8", b"{\"action\": \"\xff\"}"),
        ("half a surrogate", b"{\"action\": \"\\ud800\"}"),
        ("a NaN", b"{\"action\": \"ping\", \"resource\": NaN}"),
        ("deep", deep.as_bytes()),
        ("deeper", deeper.as_bytes()),
    ];
    for (what, body) in cases {
        probe.invalid(what, body).await;
    }
    probe.unharmed().await;
}

/// A struct of one member could be read from an array of one value, too.
#[tokio::test]
async fn a_vote_or_a_settlement_that_is_no_object_is_refused() {
    let probe = Probe::set().await;
    for path in ["decisions/d/confirm", "decisions/d/release", "reviews/d/approve", "reviews/d/decline"] {
        for body in
            [&b"[]"[..], b"[null]", b"[\"why\"]", b"[{\"daily\": \"1.00 USD\"}]", b"null", b"\"why\"", b"1"]
        {
            let reply = probe.agent.post(&format!("/v1/{path}"), &probe.token, body).await;
            let problem = Problem::read(&reply).unwrap_or_else(|_| panic!("{path}: {reply:?}"));
            let refused = (problem.status, problem.code.as_str(), problem.detail.as_str());
            assert_eq!(refused, (400, "invalid_request", "not an object"), "{path} {body:?}");
        }
    }
    probe.unharmed().await;
}

#[tokio::test]
async fn a_value_of_another_type_is_refused_by_its_field() {
    let probe = Probe::set().await;
    let big = "9".repeat(30);
    let cases = [
        ("flag", json!("true")),
        ("flag", json!(1)),
        ("count", json!("1")),
        ("count", json!(1.0)),
        ("count", json!(1.5)),
        ("count", serde_json::from_str("9223372036854775808").unwrap()),
        ("count", serde_json::from_str("-9223372036854775809").unwrap()),
        ("count", serde_json::from_str("1e3").unwrap()),
        ("count", serde_json::from_str(&big).unwrap()),
        ("rate", json!("1.2345678")),
        ("rate", json!("1e2")),
        ("rate", json!(true)),
        ("word", json!(1)),
        ("word", json!(["w"])),
        ("price", json!(1)),
        ("price", json!(1.5)),
        ("price", json!("1.00")),
        ("price", json!("1.00 EUR")),
        ("price", json!("1.001 USD")),
        ("price", json!("1,000.00 USD")),
        ("price", json!("92233720368547758.08 USD")),
        ("price", json!({ "amount": 100.5, "currency": "USD" })),
        ("price", json!({ "amount": 100, "currency": "EUR" })),
        ("price", json!({ "amount": 100 })),
        ("at", json!(1_774_000_000)),
        ("at", json!("2026-03-20")),
        ("at", json!("2026-02-30T09:00Z")),
        ("span", json!(60)),
        ("span", json!("soon")),
        ("tags", json!("a")),
        ("tags", json!([1])),
        ("tags", json!({})),
        ("steps", json!([1, "2"])),
        ("steps", json!([[1]])),
        ("reason", json!("goodwill")),
        ("reason", json!(1)),
        ("shop", json!("nowhere")),
        ("shop", json!({ "type": "Till", "id": "t" })),
        ("shop", json!(7)),
        ("note", json!(7)),
    ];
    for (field, value) in cases {
        let mut ask = good();
        ask["arguments"][field] = value.clone();
        let what = format!("{field}: {value}");
        let (problem, decision) = probe.invalid(&what, ask.to_string().as_bytes()).await;
        let named = decision.reason.name.unwrap_or_default();
        assert!(named.starts_with(&format!("arguments.{field}")), "{what}: {named} ({problem})");
    }
    probe.unharmed().await;
}

#[tokio::test]
async fn a_request_that_the_policy_does_not_declare_is_refused() {
    let probe = Probe::set().await;
    let edit = |edit: &dyn Fn(&mut Value)| {
        let mut ask = good();
        edit(&mut ask);
        ask
    };
    let remove =
        |name: &'static str| edit(&|ask| drop(ask["arguments"].as_object_mut().unwrap().remove(name)));
    let cases = [
        ("unknown action", "action", edit(&|ask| ask["action"] = "burn".into())),
        ("an action in capitals", "action", edit(&|ask| ask["action"] = "PROBE".into())),
        ("NUL in the action", "action", edit(&|ask| ask["action"] = "probe\0".into())),
        ("control characters", "action", edit(&|ask| ask["action"] = "\u{1b}[2J\n\r\u{85}\u{202e}".into())),
        ("an endless action", "action", edit(&|ask| ask["action"] = "a".repeat(60_000).into())),
        ("missing argument", "arguments.flag", remove("flag")),
        ("missing money", "arguments.price", remove("price")),
        ("extra argument", "arguments.extra", edit(&|ask| ask["arguments"]["extra"] = 1.into())),
        ("NUL in an extra", "arguments.x", edit(&|ask| ask["arguments"]["x\0"] = 1.into())),
        ("endless extra", "arguments.zz", edit(&|ask| ask["arguments"]["z".repeat(60_000)] = 1.into())),
        ("no resource", "resource", edit(&|ask| drop(ask.as_object_mut().unwrap().remove("resource")))),
        ("unknown resource", "resource", edit(&|ask| ask["resource"] = "nowhere".into())),
        ("NUL in a resource", "resource", edit(&|ask| ask["resource"] = "s\0".into())),
        ("endless resource", "resource", edit(&|ask| ask["resource"] = "s".repeat(60_000).into())),
        ("another type", "resource", edit(&|ask| ask["resource"] = json!({ "type": "Till", "id": "s" }))),
        ("a resource too many", "resource", json!({ "action": "ping", "resource": "s" })),
        ("an empty key", "idempotency_key", edit(&|ask| ask["idempotency_key"] = "".into())),
        ("a key with NUL", "idempotency_key", edit(&|ask| ask["idempotency_key"] = "a\0b".into())),
        ("a long key", "idempotency_key", edit(&|ask| ask["idempotency_key"] = "k".repeat(129).into())),
        (
            "an endless key",
            "idempotency_key",
            edit(&|ask| ask["idempotency_key"] = "k".repeat(60_000).into()),
        ),
    ];
    for (what, field, ask) in cases {
        let (problem, decision) = probe.invalid(what, ask.to_string().as_bytes()).await;
        let named = decision.reason.name.unwrap_or_default();
        assert!(named.starts_with(field), "{what}: {named} ({problem})");
    }
    probe.unharmed().await;
}

/// Arithmetic out of range is no crash: the one rule that needs it does not match, and the record says why.
#[tokio::test]
async fn an_overflow_denies() {
    let probe = Probe::set().await;
    let mut ask = good();
    ask["arguments"]["flag"] = false.into();
    ask["arguments"]["count"] = i64::MAX.into();
    let reply = probe.post(ask.to_string().as_bytes()).await;
    let decision = probe.stage.prove(&serde_json::from_slice(&reply.body).unwrap());
    assert_eq!(decision.layers.denied(), Some(Layer::Policy), "{decision:?}");
    assert_eq!(decision.rule_errors.len(), 1, "{decision:?}");
    let mut ask = good();
    ask["arguments"]["price"] = "-1.00 USD".into();
    let reply = probe.post(ask.to_string().as_bytes()).await;
    let decision = probe.stage.prove(&serde_json::from_slice(&reply.body).unwrap());
    assert_eq!(decision.layers.denied(), Some(Layer::Budget), "{decision:?}");
    let mut ask = good();
    ask["arguments"]["price"] = "92233720368547758.07 USD".into();
    let reply = probe.post(ask.to_string().as_bytes()).await;
    let decision = probe.stage.prove(&serde_json::from_slice(&reply.body).unwrap());
    assert_eq!(decision.layers.denied(), Some(Layer::Budget), "{decision:?}");
    probe.unharmed().await;
}

#[tokio::test]
async fn a_body_that_is_too_large_or_of_another_kind_is_refused() {
    let probe = Probe::set().await;
    let post = async |kind: &'static str, body: Vec<u8>| {
        let proof = probe.agent.proof(DECISIONS, Some(&probe.token));
        let headers = [("authorization", format!("DPoP {}", probe.token)), ("dpop", proof)];
        probe.agent.client.transport().send("POST", DECISIONS, &headers, Some((kind, body))).await.unwrap()
    };
    let ask = good().to_string().into_bytes();
    let large = [ask.clone(), vec![b' '; 65_536]].concat();
    for (what, kind, body, status, code) in [
        ("oversize", "application/json", large, 413, "body_too_large"),
        ("form", "application/x-www-form-urlencoded", ask.clone(), 415, "content_type"),
        ("text", "text/plain", ask.clone(), 415, "content_type"),
        ("no kind", "", ask.clone(), 415, "content_type"),
    ] {
        let reply = post(kind, body).await;
        let problem = Problem::read(&reply).unwrap();
        assert_eq!((problem.status, problem.code.as_str()), (status, code), "{what}");
        let decision = probe.stage.prove(&problem.answer.expect("a record"));
        assert_eq!(decision.layers.denied(), Some(Layer::Policy), "{what}");
    }
    assert_eq!(post("application/json; charset=utf-8", ask).await.status.as_u16(), 200);
}

/// A key names one request: another under it is a conflict, the same is answered with the same record.
#[tokio::test]
async fn an_idempotency_key_names_one_request() {
    let stage = Stage::acme();
    let _server = stage.start().await.unwrap();
    let scope = permit_client::ScopeClaim::new("purchases", "t").with("most", "50.00 USD");
    let agent = stage.agent(PURCHASE_BOT, &[scope]).await;
    let ask = |amount: &str| {
        permit_client::Ask::new("spend").on("Vendor", "paperworks").with("amount", amount).idempotent("k")
    };
    let first = agent.client.decide(&agent.token, &ask("1.00 USD")).await.unwrap();
    let again = agent.client.decide(&agent.token, &ask("1.00 USD")).await.unwrap();
    assert_eq!(first.record.get(), again.record.get());
    let other = agent.client.decide(&agent.token, &ask("2.00 USD")).await.unwrap_err().to_string();
    assert!(other.starts_with("409 idempotency_conflict"), "{other}");
}
