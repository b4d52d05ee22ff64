//! Certificates that are forged, expired, missing, or of an unknown agent.

use permit_client::{ClientError, Identity, Problem};
use permit_test_support::forge::Forger;
use permit_test_support::stage::{PURCHASE_BOT, Stage, now_ms};
use permit_test_support::wire::{connect, exchange};
use permit_types::spiffe::{SpiffeId, TrustDomain};
use permitd::pki::{Authority, KeyedCertificate, Validity};
use serde_json::Value;

use super::{DECISIONS, Fixture, challenge, purchases, spend};

const HOUR_MS: i64 = 60 * 60 * 1_000;

fn hours(from: i64, to: i64) -> Validity {
    let now_ms = now_ms();
    Validity { not_before_ms: now_ms + from * HOUR_MS, not_after_ms: now_ms + to * HOUR_MS }
}

fn domain() -> TrustDomain {
    TrustDomain::parse("acme.example").unwrap()
}

/// The stage's own authority.
fn authority(stage: &Stage) -> Authority {
    let read = |path| std::fs::read_to_string(path).unwrap();
    let key = stage.config.paths.authority_key.as_ref().unwrap();
    Authority::load(domain(), &read(&stage.config.paths.authority_certificate), &read(key)).unwrap()
}

fn identity(stage: &Stage, issued: &KeyedCertificate) -> Identity {
    let authority = std::fs::read(&stage.config.paths.authority_certificate).unwrap();
    Identity::from_pem(issued.certificate_pem.as_bytes(), issued.key_pem.as_bytes(), &authority).unwrap()
}

/// The handshake ends; nothing of the request is looked at, and no record is made.
#[tokio::test]
async fn a_bad_certificate_ends_the_handshake() {
    let fixture = Fixture::start().await;
    let before = fixture.size().await;
    let (forger, _) = Authority::create(domain(), hours(-1, 1)).unwrap();
    let own = authority(&fixture.stage);
    let buyer = SpiffeId::parse(PURCHASE_BOT).unwrap();
    let cases = [
        ("another authority", forger.issue_agent(&buyer, hours(-1, 1)).unwrap(), "DecryptError"),
        ("expired", own.issue_agent(&buyer, hours(-2, -1)).unwrap(), "CertificateExpired"),
        ("not valid yet", own.issue_agent(&buyer, hours(1, 2)).unwrap(), "CertificateExpired"),
        ("a server's", own.issue_server(&[], hours(-1, 1)).unwrap(), ""),
    ];
    for (what, certificate, alert) in cases {
        let mut thief = Forger::with(&fixture.stage, &identity(&fixture.stage, &certificate), 1);
        thief.key = fixture.buyer.key.clone();
        let proof = ("dpop", thief.proof(DECISIONS, Some(&fixture.token)));
        let headers = [("authorization", format!("DPoP {}", fixture.token)), proof];
        let body = Some(("application/json", spend("9.00 USD")));
        match thief.client.transport().send("POST", DECISIONS, &headers, body).await {
            Err(ClientError::Connection(why)) => assert!(why.contains(alert), "{what}: {why}"),
            other => panic!("{what}: {other:?}"),
        }
    }
    assert_eq!(fixture.size().await, before);
    fixture.unharmed().await;
}

#[tokio::test]
async fn nobody_is_heard_without_a_certificate() {
    let fixture = Fixture::start().await;
    let mut stream = connect(&fixture.stage, None).await.unwrap();
    // In TLS 1.3 the client is done before the server has looked for its certificate: the alert comes with the answer.
    let refused = exchange(&mut stream, b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    let error = refused.expect_err("no answer without a certificate").to_string();
    assert!(error.contains("CertificateRequired"), "{error}");
    fixture.unharmed().await;
}

#[tokio::test]
async fn an_agent_that_the_facts_do_not_know_gets_no_token() {
    let fixture = Fixture::start().await;
    for stranger in ["spiffe://acme.example/agent/purchase/99", "spiffe://acme.example/other"] {
        let mut stranger = Forger::new(&fixture.stage, stranger, 5);
        let reply = stranger.ask_token(Some(&purchases("stationery", "1.00 USD"))).await;
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!(reply.status.as_u16(), 400, "{body}");
        assert_eq!((&body["error"], &body["code"]), (&"unauthorized_client".into(), &"unknown_agent".into()));
        stranger.key = fixture.buyer.key.clone();
        let reply = stranger.post(DECISIONS, &fixture.token, &spend("9.00 USD")).await;
        fixture.refused("a stranger", &reply, 401, "token_certificate", challenge("invalid_token"));
        let record = fixture.stage.prove(&Problem::read(&reply).unwrap().answer.unwrap());
        assert!(record.agent.starts_with("spiffe://"), "a stranger is recorded by its identity: {record:?}");
    }
    fixture.unharmed().await;
}
