//! Tokens that are stolen, misplaced, altered, expired or another agent's.

use permit_test_support::forge::{Forger, base64url, certificate_thumbprint, jwt, parts, token_key};
use permit_test_support::stage::{PURCHASE_BOT, Stage, now_ms};
use serde_json::{Value, json};

use super::{ALGORITHMS, DECISIONS, Fixture, challenge, spend, with_token};

#[tokio::test]
async fn a_stolen_token_is_worth_nothing() {
    let fixture = Fixture::start().await;
    let (helper, _) = fixture.helper().await;
    let other_key = Forger::new(&fixture.stage, PURCHASE_BOT, 9);
    let mut other_certificate = helper;
    let both = other_certificate.post(DECISIONS, &fixture.token, &spend("9.00 USD")).await;
    other_certificate.key = fixture.buyer.key.clone();
    let certificate = other_certificate.post(DECISIONS, &fixture.token, &spend("9.00 USD")).await;
    let key = other_key.post(DECISIONS, &fixture.token, &spend("9.00 USD")).await;
    fixture.refused("both", &both, 401, "token_certificate", challenge("invalid_token"));
    fixture.refused("certificate", &certificate, 401, "token_certificate", challenge("invalid_token"));
    fixture.refused("key", &key, 401, "proof_key", challenge("invalid_dpop_proof"));
    fixture.unharmed().await;
}

#[tokio::test]
async fn a_token_has_one_place() {
    let fixture = Fixture::start().await;
    let (buyer, token) = (&fixture.buyer, fixture.token.as_str());
    let proof = || buyer.proof(DECISIONS, Some(token));
    let dpop = format!("DPoP {token}");
    let in_query = format!("{DECISIONS}?access_token={token}");
    type Headers = Vec<(&'static str, String)>;
    let cases: Vec<(&str, &str, Headers, u16, &str, &str)> = vec![
        (
            "bearer",
            DECISIONS,
            vec![("authorization", format!("Bearer {token}")), ("dpop", proof())],
            401,
            "token_scheme",
            "invalid_token",
        ),
        ("query", &in_query, vec![("dpop", proof())], 400, "token_duplicated", "invalid_request"),
        (
            "query and header",
            &in_query,
            with_token(token, proof()),
            400,
            "token_duplicated",
            "invalid_request",
        ),
        (
            "two headers",
            DECISIONS,
            vec![("authorization", dpop.clone()), ("authorization", dpop.clone()), ("dpop", proof())],
            400,
            "token_duplicated",
            "invalid_request",
        ),
        (
            "two tokens",
            DECISIONS,
            vec![("authorization", format!("{dpop}, {dpop}")), ("dpop", proof())],
            400,
            "token_header",
            "invalid_request",
        ),
        (
            "no scheme",
            DECISIONS,
            vec![("authorization", token.to_owned()), ("dpop", proof())],
            400,
            "token_header",
            "invalid_request",
        ),
    ];
    for (what, path, headers, status, code, error) in cases {
        let reply = buyer.send(path, &headers, &spend("9.00 USD")).await;
        fixture.refused(what, &reply, status, code, challenge(error));
    }
    fixture.unharmed().await;
}

/// A request without credentials gets the scheme and leaves no record.
#[tokio::test]
async fn a_request_without_a_token_gets_the_scheme() {
    let fixture = Fixture::start().await;
    let before = fixture.size().await;
    let proof = ("dpop", fixture.buyer.proof(DECISIONS, None));
    for headers in [vec![], vec![proof]] {
        let reply = fixture.buyer.send(DECISIONS, &headers, &spend("9.00 USD")).await;
        assert_eq!(reply.status.as_u16(), 401);
        assert_eq!(reply.headers["www-authenticate"], format!("DPoP {ALGORITHMS}").as_str());
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        assert_eq!((body["code"].as_str(), body.get("record")), (Some("token_missing"), None));
    }
    assert_eq!(fixture.size().await, before);
    fixture.unharmed().await;
}

/// Claims of a token for the buyer, as the server itself would write them.
fn claims(fixture: &Fixture, age_s: i64, lifetime_s: i64) -> Value {
    let (now_s, url) = (now_ms() / 1_000, &fixture.stage.url);
    let thumbprint = certificate_thumbprint(&fixture.stage.certificate(PURCHASE_BOT));
    json!({
        "iss": url, "aud": url, "sub": PURCHASE_BOT, "client_id": PURCHASE_BOT, "jti": base64url(&[7; 16]),
        "iat": now_s - age_s, "exp": now_s - age_s + lifetime_s,
        "cnf": { "jkt": fixture.buyer.thumbprint(), "x5t#S256": thumbprint },
        "authorization_details": super::purchases("stationery", "4000.00 USD"),
    })
}

#[tokio::test]
async fn a_forged_or_altered_token_is_refused() {
    let fixture = Fixture::start().await;
    let key = token_key(&fixture.stage);
    let header = json!({ "alg": "EdDSA", "typ": "at+jwt" });
    let good = claims(&fixture, 0, 300);
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        jwt(&header, &claims, &key)
    };
    let headed = |header: Value| jwt(&header, &good, &key);
    let unsigned = |header: Value| {
        let text = headed(header);
        format!("{}.", text.rsplit_once('.').unwrap().0)
    };
    let elsewhere = Stage::acme();
    let mut tampered = fixture.token.clone();
    let at = tampered.rfind('.').unwrap() + 10;
    let other = if &tampered[at..=at] == "A" { "B" } else { "A" };
    tampered.replace_range(at..=at, other);
    let (_, mut more) = parts(&fixture.token);
    more["authorization_details"][0]["parameters"]["most"] = json!("999999.00 USD");
    let signature = fixture.token.rsplit_once('.').unwrap().1;
    let richer = jwt(&header, &more, &key);
    let richer = format!("{}.{signature}", richer.rsplit_once('.').unwrap().0);
    let cases = [
        ("another server's key", jwt(&header, &good, &token_key(&elsewhere)), "token_signature"),
        ("another issuer", with("iss", elsewhere.url.clone().into()), "token_audience"),
        ("another audience", with("aud", elsewhere.url.into()), "token_audience"),
        ("expired", jwt(&header, &claims(&fixture, 301, 300), &key), "token_expired"),
        ("from the future", jwt(&header, &claims(&fixture, -60, 300), &key), "token_lifetime"),
        ("lives too long", jwt(&header, &claims(&fixture, 0, 86_400), &key), "token_lifetime"),
        ("another agent", with("sub", "spiffe://acme.example/agent/purchase/2".into()), "token_subject"),
        ("no binding", with("cnf", json!({})), "token_claims"),
        ("half a binding", with("cnf", json!({ "jkt": fixture.buyer.thumbprint() })), "token_claims"),
        ("unknown claim", with("admin", true.into()), "token_claims"),
        ("richer", richer, "token_signature"),
        ("tampered", tampered, "token_signature"),
        ("alg none", unsigned(json!({ "alg": "none", "typ": "at+jwt" })), "token_malformed"),
        ("alg none, signed", headed(json!({ "alg": "none", "typ": "at+jwt" })), "token_malformed"),
        ("alg HS256", headed(json!({ "alg": "HS256", "typ": "at+jwt" })), "token_malformed"),
        ("alg ES256", headed(json!({ "alg": "ES256", "typ": "at+jwt" })), "token_signature"),
        ("a proof as a token", headed(json!({ "alg": "EdDSA", "typ": "dpop+jwt" })), "token_type"),
        ("a key named", headed(json!({ "alg": "EdDSA", "typ": "at+jwt", "kid": "1" })), "token_malformed"),
        ("oversize", with("jti", "x".repeat(16_000).into()), "token_malformed"),
        ("no token at all", "x".to_owned(), "token_malformed"),
    ];
    for (what, token, code) in cases {
        let reply = fixture.buyer.post(DECISIONS, &token, &spend("9.00 USD")).await;
        fixture.refused(what, &reply, 401, code, challenge("invalid_token"));
    }
    fixture.unharmed().await;
}

/// The claims above are what the server takes: what was refused was refused for its one fault.
#[tokio::test]
async fn the_forgers_good_token_is_good() {
    let fixture = Fixture::start().await;
    let header = json!({ "alg": "EdDSA", "typ": "at+jwt" });
    let token = jwt(&header, &claims(&fixture, 0, 300), &token_key(&fixture.stage));
    let reply = fixture.buyer.post(DECISIONS, &token, &spend("9.00 USD")).await;
    assert_eq!(fixture.decided(&reply).charges[0].amount, "9.00 USD");
}
