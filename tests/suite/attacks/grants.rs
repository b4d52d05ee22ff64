//! Task grants: only a task issuer can grant a scope that an agent's type requires.

use permit_audit::Decision;
use permit_client::ScopeClaim;
use permit_protocol::grant::TaskGrant;
use permit_protocol::jose::SigningKey;
use permit_test_support::daemon::run;
use permit_test_support::forge::{Forger, base64url, certificate_thumbprint, jwt, parts, token_key};
use permit_test_support::stage::{PURCHASE_BOT, Stage, acme_facts, acme_sources, now_ms};
use permit_types::keys;
use permit_types::verdict::{Layer, Outcome, ReasonCode};
use permitd::Server;
use serde_json::{Value, json};

use super::{DECISIONS, purchases, spend};

const ISSUER: &str = "https://orchestrator.acme.example";
const OTHER_BOT: &str = "spiffe://acme.example/agent/purchase/2";
const PERMITC: &str = env!("CARGO_BIN_EXE_suite-permitc");

/// The purchasing agents of acme, who must have a task's scope from its issuer.
struct Fixture {
    stage: Stage,
    server: Server,
    buyer: Forger,
}

fn key(seed: u8) -> ed25519_dalek::SigningKey {
    ed25519_dalek::SigningKey::from_bytes(&[seed; 32])
}

fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from_pem(&key_pem(seed)).unwrap()
}

fn key_pem(seed: u8) -> String {
    keys::signing_key_pem(&key(seed)).unwrap().to_string()
}

fn grant(stage: &Stage, age_s: i64, ttl_s: i64) -> TaskGrant {
    let from_s = now_ms() / 1_000 - age_s;
    TaskGrant {
        issuer: ISSUER.to_owned(),
        agent: PURCHASE_BOT.to_owned(),
        server: stage.url.clone(),
        scopes: vec![ScopeClaim::new("purchases", "restock").with("most", "100.00 USD").into()],
        from_s,
        until_s: from_s + ttl_s,
    }
}

fn details(grant: &str) -> Value {
    json!([{ "type": "permit_scope", "grant": grant }])
}

impl Fixture {
    async fn start() -> Self {
        let mut sources = acme_sources().map(|(name, text)| (name, text));
        for (name, text) in &mut sources {
            if *name == "purchasing.permit" {
                text.push_str("\nagent PurchaseBot requires scope purchases;\n");
            }
        }
        let mut facts: Value = serde_json::from_str(&acme_facts(now_ms())).unwrap();
        let other = json!({ "type": "PurchaseBot", "id": "other-bot", "spiffe_id": OTHER_BOT });
        facts["entities"].as_array_mut().unwrap().push(other);
        let mut stage = Stage::of(&sources, &facts.to_string());
        let public = keys::verifying_key_pem(&key(41).verifying_key()).unwrap();
        std::fs::write(stage.path("orchestrator.pub"), public).unwrap();
        stage.configure(&format!("[[issuers]]\nname = \"{ISSUER}\"\nkeys = [\"orchestrator.pub\"]\n"));
        let server = stage.start().await.unwrap();
        let buyer = Forger::new(&stage, PURCHASE_BOT, 1);
        Self { stage, server, buyer }
    }

    fn grant(&self, age_s: i64, ttl_s: i64) -> TaskGrant {
        grant(&self.stage, age_s, ttl_s)
    }

    async fn decide(&self, token: &str, amount: &str) -> Decision {
        let reply = self.buyer.post(DECISIONS, token, &spend(amount)).await;
        let answer: permit_client::Answer = serde_json::from_slice(&reply.body).unwrap();
        self.stage.prove(&answer)
    }

    /// The code with which a token is refused for these details.
    async fn refused(&self, who: &Forger, details: &Value) -> String {
        let reply = who.ask_token(Some(details)).await;
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(
            (reply.status.as_u16(), &body["error"]),
            (400, &"invalid_authorization_details".into()),
            "{body}"
        );
        body["code"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn what_an_issuer_grants_is_required_and_enough() {
    let fixture = Fixture::start().await;
    let own = fixture.buyer.token(&purchases("restock", "100.00 USD")).await;
    let denied = fixture.decide(&own, "10.00 USD").await;
    assert_eq!((denied.layers.denied(), denied.reason.code), (Some(Layer::Scope), ReasonCode::ScopeRequired));
    let granted = fixture.grant(0, 600).sign(&signing_key(41)).unwrap();
    let token = fixture.buyer.token(&details(&granted)).await;
    let allowed = fixture.decide(&token, "60.00 USD").await;
    assert_eq!((allowed.outcome, allowed.task.as_deref()), (Outcome::Allow, Some("restock")), "{allowed:?}");
    let (_, signed) = parts(&granted);
    assert_eq!(allowed.scopes[0].grant.as_deref(), signed["jti"].as_str(), "the record names the grant");
    assert_eq!(denied.scopes[0].grant, None);
    // The grant may be presented again; the task's limit goes on.
    let again = fixture.buyer.token(&details(&granted)).await;
    assert_eq!(fixture.decide(&again, "60.00 USD").await.reason.code, ReasonCode::ScopeLimitExceeded);
    // What the agent asks for beside it narrows, and does not widen.
    let both = json!([details(&granted)[0], purchases("mine", "5.00 USD")[0]]);
    let both = fixture.buyer.token(&both).await;
    assert_eq!(fixture.decide(&both, "6.00 USD").await.layers.denied(), Some(Layer::Scope));
    // A token ends with the grant behind it.
    let short = fixture.grant(0, 60).sign(&signing_key(41)).unwrap();
    let (_, claims) = parts(&fixture.buyer.token(&details(&short)).await);
    assert!(claims["exp"].as_i64().unwrap() <= now_ms() / 1_000 + 60, "{claims}");
    assert_eq!(claims["authorization_details"][0]["issuer"], ISSUER);
    fixture.server.stop().await.unwrap();
    assert_eq!(fixture.stage.audit().allowed, 1);
}

/// `expires after` runs from the grant: a fresh token does not make a fresh task.
#[tokio::test]
async fn a_tasks_time_runs_from_its_grant() {
    let fixture = Fixture::start().await;
    let hours = |hours: i64| fixture.grant(hours * 3_600, 24 * 3_600).sign(&signing_key(41)).unwrap();
    let token = fixture.buyer.token(&details(&hours(7))).await;
    assert_eq!(fixture.decide(&token, "1.00 USD").await.outcome, Outcome::Allow);
    let token = fixture.buyer.token(&details(&hours(9))).await;
    let denied = fixture.decide(&token, "1.00 USD").await;
    assert_eq!(denied.reason.code, ReasonCode::ScopeExpired);
}

#[tokio::test]
async fn forged_and_misused_grants_are_refused() {
    let fixture = Fixture::start().await;
    let sign = |grant: TaskGrant| grant.sign(&signing_key(41)).unwrap();
    let good = sign(fixture.grant(0, 600));
    let (header, claims) = parts(&good);
    let forged = |header: Value, claims: &Value| jwt(&header, claims, &key(41));
    let mut wider = claims.clone();
    wider["authorization_details"][0]["parameters"]["most"] = "9999.00 USD".into();
    let pieces: Vec<&str> = good.split('.').collect();
    let altered = format!("{}.{}.{}", pieces[0], base64url(wider.to_string().as_bytes()), pieces[2]);
    let mac = base64url(&[7; 32]);
    let hs256 = base64url(json!({ "alg": "HS256", "typ": "permit-grant+jwt" }).to_string().as_bytes());
    let none = base64url(json!({ "alg": "none", "typ": "permit-grant+jwt" }).to_string().as_bytes());
    let access = fixture.buyer.token(&details(&good)).await;
    let cases = [
        ("another key", fixture.grant(0, 600).sign(&signing_key(42)).unwrap(), "grant_signature"),
        ("the server's own token key", jwt(&header, &claims, &token_key(&fixture.stage)), "grant_signature"),
        (
            "another issuer",
            sign(TaskGrant { issuer: "https://x.example".into(), ..fixture.grant(0, 600) }),
            "grant_issuer",
        ),
        (
            "another agent",
            sign(TaskGrant { agent: OTHER_BOT.into(), ..fixture.grant(0, 600) }),
            "grant_subject",
        ),
        (
            "another server",
            sign(TaskGrant { server: "https://x.example".into(), ..fixture.grant(0, 600) }),
            "grant_audience",
        ),
        ("expired", sign(fixture.grant(700, 600)), "grant_expired"),
        ("from the future", sign(fixture.grant(-60, 600)), "grant_times"),
        ("no algorithm", format!("{none}.{}.{}", pieces[1], pieces[2]), "grant_malformed"),
        ("a public key as a secret", format!("{hs256}.{}.{mac}", pieces[1]), "grant_malformed"),
        ("altered parameters", altered, "grant_signature"),
        ("an access token", access.clone(), "grant_jwt_type"),
        (
            "an access token in the issuer's hand",
            forged(json!({ "alg": "EdDSA", "typ": "at+jwt" }), &claims),
            "grant_jwt_type",
        ),
        (
            "a scope that the policy does not have",
            sign(TaskGrant { scopes: vec![ScopeClaim::new("all", "t").into()], ..fixture.grant(0, 600) }),
            "authorization_details",
        ),
        ("nothing", String::new(), "grant_malformed"),
    ];
    for (what, grant, code) in cases {
        assert_eq!(fixture.refused(&fixture.buyer, &details(&grant)).await, code, "{what}");
    }
    // Another agent cannot use what it saw, and nobody says of himself that an issuer granted it.
    let other = Forger::new(&fixture.stage, OTHER_BOT, 2);
    assert_eq!(fixture.refused(&other, &details(&good)).await, "grant_subject");
    let mut claimed = purchases("restock", "100.00 USD");
    claimed[0]["issuer"] = ISSUER.into();
    claimed[0]["granted_at"] = (now_ms() / 1_000).into();
    assert_eq!(fixture.refused(&fixture.buyer, &claimed).await, "authorization_details");
    let mut beside = details(&good);
    beside[0]["parameters"] = json!({ "most": "9999.00 USD" });
    assert_eq!(fixture.refused(&fixture.buyer, &beside).await, "authorization_details");
    fixture.server.stop().await.unwrap();
    let report = fixture.stage.audit();
    assert_eq!((report.decisions, report.counted["tokens_issued"]), (0, 1));
    // Three requests are wrong in themselves; all others are about the grant.
    assert_eq!((report.counted["grant_refused"], report.counted["token_refused"]), (14, 3));
}

#[tokio::test]
async fn a_grant_is_no_token() {
    let fixture = Fixture::start().await;
    let good = fixture.grant(0, 600).sign(&signing_key(41)).unwrap();
    let access = fixture.buyer.token(&details(&good)).await;
    // A grant is no access token.
    let reply = fixture.buyer.post(DECISIONS, &good, &spend("1.00 USD")).await;
    assert_eq!(permit_client::Problem::read(&reply).unwrap().code, "token_type");
    // Nor is a token that somebody signs like ours, with a scope that no issuer granted.
    let thumbprint = certificate_thumbprint(&fixture.stage.certificate(PURCHASE_BOT));
    let (_, mut ours) = parts(&access);
    ours["cnf"] = json!({ "jkt": fixture.buyer.thumbprint(), "x5t#S256": thumbprint });
    let forged = jwt(&json!({ "alg": "EdDSA", "typ": "at+jwt" }), &ours, &key(41));
    let reply = fixture.buyer.post(DECISIONS, &forged, &spend("1.00 USD")).await;
    assert_eq!(permit_client::Problem::read(&reply).unwrap().code, "token_signature");
    assert_eq!(fixture.decide(&access, "1.00 USD").await.outcome, Outcome::Allow);
    fixture.server.stop().await.unwrap();
    assert_eq!(fixture.stage.audit().allowed, 1);
}

/// From a key to an allowed call, on the command line.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn grants_are_made_and_used_on_the_command_line() {
    let fixture = Fixture::start().await;
    let (url, key, file) =
        (&fixture.stage.url, fixture.stage.path("orchestrator.key"), fixture.stage.path("task.grant"));
    std::fs::write(&key, key_pem(41)).unwrap();
    let permitc = |arguments: &[&str]| {
        let mut command = std::process::Command::new(PERMITC);
        command.args(arguments).arg("--server").arg(url);
        command
    };
    let signing =
        ["grant", "--issuer", ISSUER, "--agent", PURCHASE_BOT, "--task", "restock", "--scope", "purchases"];
    let signed = run(permitc(&signing)
        .args(["--param", "most=100.00 USD", "--ttl", "1h"])
        .arg("--key")
        .arg(&key)
        .arg("--out")
        .arg(&file));
    assert_eq!((signed.code(), signed.stderr.as_str()), (0, ""), "{signed:?}");
    let identity = fixture.stage.certificate(PURCHASE_BOT);
    let call = |amount: &str| {
        let mut call = permitc(&["call", "--action", "spend", "--resource", "Vendor::paperworks"]);
        call.arg("--identity").arg(&identity).arg("--arg").arg(format!("amount={amount} USD"));
        run(call.arg("--grant").arg(&file))
    };
    let allowed = call("60.00");
    assert!(allowed.code() == 0 && allowed.stdout.contains("\"ALLOW\""), "{allowed:?}");
    let denied = call("60.00");
    assert!(denied.code() == 1 && denied.stdout.contains("scope_limit_exceeded"), "{denied:?}");
    let short = run(permitc(&signing).args(["--ttl", "soon"]).arg("--key").arg(&key));
    assert_eq!(short.code(), 2, "{short:?}");
}
