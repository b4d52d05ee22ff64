use aws_lc_rs::hmac;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::json;

use super::*;
use crate::jose::base64url;

const NOW_MS: i64 = 1_776_162_227_123;
const ISSUER: &str = "https://orchestrator.acme.example";
const AGENT: &str = "spiffe://acme.example/agent/support/7";
const SERVER: &str = "https://permit.acme.example";

fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

fn public(pair: &Ed25519KeyPair) -> PublicKey {
    PublicKey::ed25519(pair.public_key().as_ref().try_into().unwrap()).unwrap()
}

fn signed_by(seed: u8, typ: &str, claims: &Map<String, Value>) -> String {
    let header = json!({ "alg": "EdDSA", "typ": typ }).to_string();
    let payload = Value::Object(claims.clone()).to_string();
    let input = format!("{}.{}", base64url(header.as_bytes()), base64url(payload.as_bytes()));
    format!("{input}.{}", base64url(pair(seed).sign(input.as_bytes()).as_ref()))
}

/// An orchestrator with an old and a new key, and another issuer.
fn issuers() -> Issuers {
    let of =
        |name: &str, seeds: &[u8]| (name.to_owned(), seeds.iter().map(|&seed| public(&pair(seed))).collect());
    Issuers::new([of(ISSUER, &[1, 2]), of("https://other.acme.example", &[3])].into())
}

fn claims() -> Map<String, Value> {
    let claims = json!({
        "iss": ISSUER, "sub": AGENT, "aud": SERVER, "jti": "g-1",
        "iat": NOW_MS / 1_000 - 60, "exp": NOW_MS / 1_000 + 3_600,
        "authorization_details": [{
            "type": "permit_scope", "scope": "one_customer", "task": "ticket-1", "parameters": { "customer": "ann" },
        }],
    });
    claims.as_object().unwrap().clone()
}

fn with(claim: &str, value: Value) -> Map<String, Value> {
    let mut claims = claims();
    claims.insert(claim.to_owned(), value);
    claims
}

fn verify(text: &str) -> Result<VerifiedGrant, GrantError> {
    issuers().verify(text, AGENT, SERVER, NOW_MS)
}

fn signed(claims: &Map<String, Value>) -> String {
    signed_by(1, GRANT_TYPE, claims)
}

#[test]
fn a_grant_is_its_issuers_word() {
    for seed in [1, 2] {
        let grant = verify(&signed_by(seed, GRANT_TYPE, &claims())).unwrap();
        assert_eq!(grant.ends_ms, NOW_MS / 1_000 * 1_000 + 3_600_000);
        let [scope] = grant.scopes.as_slice() else { panic!("{grant:?}") };
        assert_eq!((scope.scope.as_str(), scope.task.as_deref()), ("one_customer", Some("ticket-1")));
        let granted = Granted { issuer: ISSUER.to_owned(), at_s: NOW_MS / 1_000 - 60, jti: "g-1".to_owned() };
        assert_eq!(scope.granted, Some(granted));
    }
}

#[test]
fn only_an_issuers_own_key_signs_for_it() {
    let forged = |seed| verify(&signed_by(seed, GRANT_TYPE, &claims()));
    for seed in [3, 9] {
        assert_eq!(forged(seed), Err(GrantError::Jws(JwsError::Signature)), "{seed}");
    }
    let unknown = with("iss", "https://nobody.example".into());
    assert_eq!(verify(&signed(&unknown)), Err(GrantError::Issuer));
    assert_eq!(Issuers::default().verify(&signed(&claims()), AGENT, SERVER, NOW_MS), Err(GrantError::Issuer));
}

#[test]
fn a_grant_is_for_one_agent_one_server_and_its_time() {
    let cases = [
        (with("sub", "spiffe://acme.example/agent/support/8".into()), GrantError::Subject),
        (with("aud", "https://permit.other.example".into()), GrantError::Audience),
        (with("aud", json!([SERVER])), GrantError::Claim { claim: "aud" }),
        (with("exp", (NOW_MS / 1_000).into()), GrantError::Expired),
        (with("iat", (NOW_MS / 1_000 + 6).into()), GrantError::Times),
        (with("iat", (NOW_MS / 1_000 + 4_000).into()), GrantError::Times),
        (with("iat", json!(-1)), GrantError::Claim { claim: "iat" }),
        (with("exp", json!(1.5e12)), GrantError::Claim { claim: "exp" }),
        (with("exp", i64::MAX.into()), GrantError::Claim { claim: "exp" }),
        (with("jti", "".into()), GrantError::Claim { claim: "jti" }),
        (with("jti", "x".repeat(129).into()), GrantError::Claim { claim: "jti" }),
        (with("nbf", 0.into()), GrantError::UnknownClaim { claim: "nbf".to_owned() }),
        (with("cnf", json!({})), GrantError::UnknownClaim { claim: "cnf".to_owned() }),
    ];
    for (claims, error) in cases {
        assert_eq!(verify(&signed(&claims)), Err(error), "{claims:?}");
    }
    for claim in CLAIMS {
        let mut without = claims();
        without.remove(claim);
        assert_eq!(verify(&signed(&without)), Err(GrantError::Claim { claim }));
    }
}

#[test]
fn a_grant_says_nothing_of_its_issuer_in_its_scopes() {
    let mut details = claims().remove("authorization_details").unwrap();
    details[0]["issuer"] = "https://other.acme.example".into();
    details[0]["granted_at"] = 0.into();
    let refused = verify(&signed(&with("authorization_details", details)));
    assert!(matches!(refused, Err(GrantError::Details(DetailsError::UnknownField { .. }))), "{refused:?}");
    let nested = json!([{ "type": "permit_scope", "grant": signed(&claims()) }]);
    let refused = verify(&signed(&with("authorization_details", nested)));
    assert!(matches!(refused, Err(GrantError::Details(_))), "{refused:?}");
    let none = verify(&signed(&with("authorization_details", json!([]))));
    assert_eq!(none, Err(GrantError::Details(DetailsError::Count)));
}

/// The key is public: whoever takes it for a secret of another algorithm must not get in.
#[test]
fn algorithms_are_not_confused() {
    let part = |value: Value| base64url(value.to_string().as_bytes());
    let forge = |header: Value, sign: &dyn Fn(&[u8]) -> Vec<u8>| {
        let signed = format!("{}.{}", part(header), part(Value::Object(claims())));
        let signature = base64url(&sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    };
    let public = pair(1);
    let key = hmac::Key::new(hmac::HMAC_SHA512, public.public_key().as_ref());
    let mac = |bytes: &[u8]| hmac::sign(&key, bytes).as_ref().to_vec();
    let header = |alg: &str| json!({ "alg": alg, "typ": GRANT_TYPE });
    for alg in ["none", "None", "HS256", "HS512", "RS256", "EdDSA ", "Ed25519"] {
        assert_eq!(verify(&forge(header(alg), &mac)), Err(GrantError::Jws(JwsError::Algorithm)), "{alg}");
    }
    assert_eq!(verify(&forge(header("none"), &|_| vec![])), Err(GrantError::Jws(JwsError::Parts)));
    for alg in ["EdDSA", "ES256"] {
        assert_eq!(verify(&forge(header(alg), &mac)), Err(GrantError::Jws(JwsError::Signature)), "{alg}");
    }
    let own_key = json!({ "alg": "EdDSA", "typ": GRANT_TYPE, "jwk": {} });
    let member = JwsError::HeaderMember { member: "jwk".to_owned() };
    assert_eq!(verify(&forge(own_key, &mac)), Err(GrantError::Jws(member)));
}

#[test]
fn other_tokens_are_no_grants() {
    for typ in ["at+jwt", "dpop+jwt", "JWT", ""] {
        assert_eq!(verify(&signed_by(1, typ, &claims())), Err(GrantError::Type), "{typ}");
    }
}

#[test]
fn every_changed_part_breaks_the_signature() {
    let grant = signed(&claims());
    let parts: Vec<&str> = grant.split('.').collect();
    let mut wider = claims();
    wider["authorization_details"][0]["parameters"]["customer"] = "bob".into();
    let altered = base64url(Value::Object(wider).to_string().as_bytes());
    let forged = format!("{}.{altered}.{}", parts[0], parts[2]);
    assert_eq!(verify(&forged), Err(GrantError::Jws(JwsError::Signature)));
    let long = "x".repeat(GRANT_BYTES_MAX + 1);
    assert_eq!(verify(&long), Err(GrantError::Jws(JwsError::TooLong { bytes_max: GRANT_BYTES_MAX })));
}

/// What [`TaskGrant::sign`] makes, [`Issuers::verify`] takes.
#[test]
fn a_signed_grant_verifies() {
    let key = SigningKey::generate(crate::jose::Algorithm::EdDsa).unwrap();
    let scope = GrantedScope {
        scope: "one_customer".to_owned(),
        task: Some("ticket-1".to_owned()),
        parameters: Map::new(),
        granted: None,
    };
    let grant = TaskGrant {
        issuer: ISSUER.to_owned(),
        agent: AGENT.to_owned(),
        server: SERVER.to_owned(),
        scopes: vec![scope],
        from_s: NOW_MS / 1_000,
        until_s: NOW_MS / 1_000 + 60,
    };
    let issuers = Issuers::new([(ISSUER.to_owned(), vec![key.public().clone()])].into());
    let verified = issuers.verify(&grant.sign(&key).unwrap(), AGENT, SERVER, NOW_MS).unwrap();
    assert_eq!(verified.ends_ms, grant.until_s * 1_000);
    assert_eq!(verified.scopes[0].granted.as_ref().map(|granted| granted.at_s), Some(grant.from_s));
}
