//! Proofs that do not match their request, and proofs that were already used.

use permit_test_support::forge::{base64url, jwt};
use permit_test_support::stage::{PURCHASE_BOT, now_ms};
use permit_types::verdict::{Outcome, ReasonCode};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::{DECISIONS, Fixture, challenge, purchases, spend, with_token};

#[tokio::test]
async fn a_proof_is_for_one_request() {
    let fixture = Fixture::start().await;
    let (buyer, token) = (&fixture.buyer, fixture.token.as_str());
    let claims = || buyer.claims(DECISIONS, Some(token));
    let with = |name: &str, value: Value| {
        let mut claims = claims();
        claims[name] = value;
        jwt(&buyer.header(), &claims, &buyer.key)
    };
    let without = |name: &str| {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        jwt(&buyer.header(), &claims, &buyer.key)
    };
    let headed = |name: &str, value: Value| {
        let mut header = buyer.header();
        header[name] = value;
        jwt(&header, &claims(), &buyer.key)
    };
    let other_token = buyer.token(&purchases("other", "1.00 USD")).await;
    let now_s = now_ms() / 1_000;
    let uri = |path: &str| Value::from(buyer.client.transport().uri(path));
    let mut private = buyer.jwk();
    private["d"] = base64url(&[1; 32]).into();
    let cases = [
        ("another method", with("htm", "GET".into()), "proof_method"),
        ("the method in small letters", with("htm", "post".into()), "proof_method"),
        ("another path", with("htu", uri("/v1/token")), "proof_uri"),
        ("another path below", with("htu", uri("/v1/decisions/x/confirm")), "proof_uri"),
        ("another host", with("htu", "https://evil.example/v1/decisions".into()), "proof_uri"),
        ("a query", with("htu", uri("/v1/decisions?x=1")), "proof_uri"),
        ("another token", buyer.proof(DECISIONS, Some(&other_token)), "proof_token_hash"),
        ("no token", buyer.proof(DECISIONS, None), "proof_token_hash"),
        ("stale", with("iat", (now_s - 120).into()), "proof_time"),
        ("from the future", with("iat", (now_s + 120).into()), "proof_time"),
        ("time as text", with("iat", now_s.to_string().into()), "proof_malformed"),
        ("the end of time", with("iat", i64::MAX.into()), "proof_time"),
        ("no jti", without("jti"), "proof_malformed"),
        ("an empty jti", with("jti", "".into()), "proof_malformed"),
        ("a long jti", with("jti", "j".repeat(129).into()), "proof_malformed"),
        ("no iat", without("iat"), "proof_malformed"),
        ("a token as proof", headed("typ", "at+jwt".into()), "proof_type"),
        ("alg none", headed("alg", "none".into()), "proof_algorithm"),
        ("alg HS256", headed("alg", "HS256".into()), "proof_algorithm"),
        ("a private key", headed("jwk", private), "proof_private_key"),
        ("a critical header", headed("crit", json!(["exp"])), "proof_malformed"),
        ("oversize", with("x", "y".repeat(4_096).into()), "proof_malformed"),
        ("no JWT", "proof".to_owned(), "proof_malformed"),
        ("nothing", String::new(), "proof_missing"),
    ];
    for (what, proof, code) in cases {
        let reply = buyer.send(DECISIONS, &with_token(token, proof), &spend("9.00 USD")).await;
        fixture.refused(what, &reply, 401, code, challenge("invalid_dpop_proof"));
    }
    let mut broken = buyer.proof(DECISIONS, Some(token));
    broken.replace_range(broken.rfind('.').unwrap() + 1.., &base64url(&[0; 64]));
    let reply = buyer.send(DECISIONS, &with_token(token, broken), &spend("9.00 USD")).await;
    fixture.refused("signature", &reply, 401, "proof_signature", challenge("invalid_dpop_proof"));
    fixture.unharmed().await;
}

#[tokio::test]
async fn a_request_has_one_proof() {
    let fixture = Fixture::start().await;
    let (buyer, token) = (&fixture.buyer, fixture.token.as_str());
    let proof = || buyer.proof(DECISIONS, Some(token));
    let mut two = with_token(token, proof());
    two.push(("dpop", proof()));
    let listed = with_token(token, format!("{},{}", proof(), proof()));
    let none = vec![("authorization", format!("DPoP {token}"))];
    for (what, headers, code) in [
        ("two", two, "proof_duplicated"),
        ("a list", listed, "proof_duplicated"),
        ("none", none, "proof_missing"),
    ] {
        let reply = buyer.send(DECISIONS, &headers, &spend("9.00 USD")).await;
        fixture.refused(what, &reply, 401, code, challenge("invalid_dpop_proof"));
    }
    fixture.unharmed().await;
}

/// A proof that was refused for its body is used up too: it was seen.
#[tokio::test]
async fn a_proof_is_used_once() {
    let fixture = Fixture::start().await;
    let (buyer, token) = (&fixture.buyer, fixture.token.as_str());
    let proof = buyer.proof(DECISIONS, Some(token));
    let first = buyer.send(DECISIONS, &with_token(token, proof.clone()), b"{").await;
    assert_eq!(first.status.as_u16(), 400, "{first:?}");
    for _ in 0..2 {
        let reply = buyer.send(DECISIONS, &with_token(token, proof.clone()), &spend("9.00 USD")).await;
        fixture.refused("replay", &reply, 401, "proof_replayed", challenge("invalid_dpop_proof"));
        let problem = permit_client::Problem::read(&reply).unwrap();
        assert_eq!(fixture.stage.prove(&problem.answer.unwrap()).reason.code, ReasonCode::ReplayedProof);
    }
    fixture.unharmed().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_replay_at_once_one_wins() {
    const MANY: usize = 24;
    let fixture = Fixture::start().await;
    let proof = fixture.buyer.proof(DECISIONS, Some(&fixture.token));
    let mut racers = JoinSet::new();
    for _ in 0..MANY {
        let client = fixture.stage.client(PURCHASE_BOT);
        let headers = with_token(&fixture.token, proof.clone());
        racers.spawn(async move {
            let body = Some(("application/json", spend("9.00 USD")));
            client.transport().send("POST", DECISIONS, &headers, body).await.unwrap()
        });
    }
    let replies = racers.join_all().await;
    let (won, lost): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status.is_success());
    assert_eq!((won.len(), lost.len()), (1, MANY - 1));
    assert_eq!(fixture.decided(won[0]).outcome, Outcome::Allow);
    for reply in lost {
        fixture.refused("lost", reply, 401, "proof_replayed", challenge("invalid_dpop_proof"));
    }
    assert_eq!(fixture.held().await, "11.00 USD", "one of nine dollars, and two probes");
}
