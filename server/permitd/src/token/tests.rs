use super::*;
use crate::test_pki::{AGENT, BASE, NOW_MS, Pki, VALIDITY, access_tokens, der, domain};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue, Method};
use permit_protocol::authorization_details::{Granted, from_token};
use permit_protocol::dpop::{ProofContext, UnverifiedProof};
use permit_protocol::jose::{Algorithm, PublicKey, SigningError, SigningKey};
use permit_protocol::replay::ReplayGuard;
use permit_types::spiffe::SpiffeId;

/// Makes and verifies a proof of `key`, with a fresh `jti` every time.
fn proof(key: &SigningKey, token: Option<&CertificateBoundToken>) -> DpopProof {
    let base = BaseUrl::parse(BASE).unwrap();
    let target = base.target("/x").unwrap();
    let mut claims = json!({"jti": "1", "htm": "POST", "htu": target.as_str(), "iat": NOW_MS / 1000});
    if let Some(token) = token {
        claims["ath"] = base64url(&token.sha256).into();
    }
    let text = key.sign_with_jwk("dpop+jwt", claims.as_object().unwrap()).unwrap();
    let jkt = key.public().thumbprint();
    let proof_use =
        token.map_or(ProofUse::Token, |token| ProofUse::Resource { token_sha256: &token.sha256, jkt: &jkt });
    let context =
        ProofContext { method: &Method::POST, target: &target, proof_use, now_ms: NOW_MS, window_ms: 60_000 };
    UnverifiedProof::parse(&text).unwrap().verify(&context, &ReplayGuard::new(1)).unwrap()
}

fn proof_key() -> SigningKey {
    SigningKey::generate(Algorithm::Es256).unwrap()
}

struct Fixture {
    pki: Pki,
    tokens: AccessTokens,
    key: SigningKey,
    issued: IssuedToken,
}

fn fixture() -> Fixture {
    let (pki, tokens, key) = (Pki::new(), access_tokens(), proof_key());
    let details = r#"[{"type":"permit_scope","scope":"refund_case","task":"t","parameters":{"n":12345678901234567890}}]"#;
    let scopes = from_token(&serde_json::from_str(details).unwrap()).unwrap();
    let issued = tokens.issue(&pki.identity(), &proof(&key, None), &scopes, i64::MAX, NOW_MS).unwrap();
    Fixture { pki, tokens, key, issued }
}

impl Fixture {
    fn claims(&self) -> Map<String, Value> {
        CompactJws::parse(&self.issued.text, TOKEN_BYTES_MAX, &["alg", "typ"]).unwrap().claims().clone()
    }

    /// Verifies a token that the server's own key signed over changed claims.
    fn changed(
        &self,
        change: impl FnOnce(&mut Map<String, Value>),
    ) -> Result<CertificateBoundToken, TokenError> {
        let mut claims = self.claims();
        change(&mut claims);
        let text = self.tokens.key.signing().sign(TOKEN_TYPE, &claims).unwrap();
        self.tokens.verify(&text, &self.pki.identity(), NOW_MS)
    }
}

#[test]
fn a_token_with_both_keys_shown_is_verified() {
    let fixture = fixture();
    let bound = fixture.tokens.verify(&fixture.issued.text, &fixture.pki.identity(), NOW_MS).unwrap();
    let proof = proof(&fixture.key, Some(&bound));
    let verified = bound.bind(proof).unwrap();
    assert_eq!(verified.jti, fixture.issued.jti);
    assert_eq!(verified.expires_ms, NOW_MS + 300_000);
    assert_eq!(verified.scopes()[0].parameters["n"].to_string(), "12345678901234567890");
}

#[test]
fn jsonwebtoken_reads_our_tokens() {
    let fixture = fixture();
    let PublicKey::Ed25519 { x } = fixture.tokens.key.public_key() else { panic!("an Ed25519 key") };
    let key = jsonwebtoken::DecodingKey::from_ed_components(&base64url(x)).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    validation.set_audience(&[BASE]);
    validation.set_issuer(&[BASE]);
    validation.validate_exp = false;
    let read = jsonwebtoken::decode::<Value>(&fixture.issued.text, &key, &validation).unwrap();
    assert_eq!(read.header.typ.as_deref(), Some("at+jwt"));
    assert_eq!(read.claims["sub"], AGENT);
    assert_eq!(read.claims["cnf"]["jkt"], fixture.key.public().thumbprint().to_string());
    assert_eq!(read.claims["cnf"]["x5t#S256"], fixture.pki.identity().x5t_s256.to_string());
}

#[test]
fn a_token_is_bound_to_its_certificate() {
    let fixture = fixture();
    let renewed = fixture.pki.authority.issue_agent(&SpiffeId::parse(AGENT).unwrap(), VALIDITY).unwrap();
    let renewed = PeerIdentity::from_leaf(&der(&renewed.certificate_pem), &domain()).unwrap();
    assert_eq!(fixture.tokens.verify(&fixture.issued.text, &renewed, NOW_MS), Err(TokenError::Certificate));
}

#[test]
fn a_token_is_bound_to_its_agent() {
    let fixture = fixture();
    let mut other = fixture.pki.identity();
    other.spiffe_id = SpiffeId::parse("spiffe://acme.example/agent/admin").unwrap();
    assert_eq!(fixture.tokens.verify(&fixture.issued.text, &other, NOW_MS), Err(TokenError::Subject));
    for claim in ["sub", "client_id"] {
        let result = fixture.changed(|claims| claims[claim] = "spiffe://acme.example/agent/admin".into());
        assert_eq!(result, Err(TokenError::Subject), "{claim}");
    }
}

#[test]
fn a_token_is_bound_to_its_key() {
    let fixture = fixture();
    let verify = || fixture.tokens.verify(&fixture.issued.text, &fixture.pki.identity(), NOW_MS).unwrap();
    let thief = proof_key();
    assert_eq!(verify().bind(proof(&thief, Some(&verify()))), Err(TokenError::ProofKey));
    assert_eq!(
        verify().bind(proof(&fixture.key, None)),
        Err(TokenError::ProofKey),
        "a proof made for no token"
    );
    let mut other = verify();
    other.sha256 = [0; 32];
    assert_eq!(
        verify().bind(proof(&fixture.key, Some(&other))),
        Err(TokenError::ProofKey),
        "made for another token"
    );
}

#[test]
fn both_bindings_are_required_and_no_other_is_known() {
    let fixture = fixture();
    let malformed = Err(TokenError::Claim { claim: "cnf" });
    for member in ["jkt", "x5t#S256"] {
        let result = fixture.changed(|claims| {
            claims["cnf"].as_object_mut().unwrap().remove(member);
        });
        assert_eq!(result, malformed, "{member}");
    }
    assert_eq!(fixture.changed(|claims| claims["cnf"]["jwk"] = json!({})), malformed);
    assert_eq!(fixture.changed(|claims| claims["cnf"]["jkt"] = "short".into()), malformed);
    assert_eq!(fixture.changed(|claims| claims["cnf"] = json!([])), malformed);
    let unbound = fixture.changed(|claims| {
        claims.remove("cnf");
    });
    assert_eq!(unbound, malformed);
}

#[test]
fn tokens_of_other_servers_and_kinds_are_refused() {
    let fixture = fixture();
    let identity = fixture.pki.identity();
    let foreign = access_tokens();
    let refused =
        foreign.verify(&fixture.issued.text, &identity, NOW_MS).map_err(|error| error.code().code());
    assert_eq!(refused, Err("token_signature"));
    for claim in ["iss", "aud"] {
        let result = fixture.changed(|claims| claims[claim] = "https://other.example".into());
        assert_eq!(result, Err(TokenError::Elsewhere { claim }));
    }
    let several = fixture.changed(|claims| claims["aud"] = json!([BASE, "https://other.example"]));
    assert_eq!(several, Err(TokenError::Claim { claim: "aud" }));
    for typ in ["JWT", "dpop+jwt", "at+JWT"] {
        let text = fixture.tokens.key.signing().sign(typ, &fixture.claims()).unwrap();
        assert_eq!(fixture.tokens.verify(&text, &identity, NOW_MS), Err(TokenError::Type), "{typ}");
    }
    let act = fixture.changed(|claims| {
        claims.insert("act".to_owned(), json!({"sub": "admin"}));
    });
    assert_eq!(act, Err(TokenError::UnknownClaim { claim: "act".to_owned() }));
}

#[test]
fn forged_tokens_are_refused() {
    let fixture = fixture();
    let identity = fixture.pki.identity();
    let payload = Value::Object(fixture.claims()).to_string();
    for (header, code) in [
        (json!({"alg": "none", "typ": TOKEN_TYPE}), "token_malformed"),
        (json!({"alg": "HS256", "typ": TOKEN_TYPE}), "token_malformed"),
        (json!({"alg": "ES256", "typ": TOKEN_TYPE}), "token_signature"),
        (json!({"alg": "ES256", "typ": TOKEN_TYPE, "jwk": fixture.key.public().to_jwk()}), "token_malformed"),
        (json!({"alg": "ES256", "typ": TOKEN_TYPE, "kid": "1"}), "token_malformed"),
    ] {
        let text = fixture.key.sign_texts(&header.to_string(), &payload).unwrap();
        let refused = fixture.tokens.verify(&text, &identity, NOW_MS).map_err(|error| error.code().code());
        assert_eq!(refused, Err(code), "{header}");
    }
    let (input, _) = fixture.issued.text.rsplit_once('.').unwrap();
    let unsigned =
        fixture.tokens.verify(&format!("{input}."), &identity, NOW_MS).map_err(|error| error.code().code());
    assert_eq!(unsigned, Err("token_malformed"));
}

#[test]
fn times_are_whole_numbers_and_a_token_dies_in_time() {
    let fixture = fixture();
    let identity = fixture.pki.identity();
    let at = |now_ms| fixture.tokens.verify(&fixture.issued.text, &identity, now_ms).map(|_| ());
    assert_eq!(at(NOW_MS + 299_999), Ok(()));
    assert_eq!(at(NOW_MS + 300_000), Err(TokenError::Expired));
    for claim in ["exp", "iat"] {
        for value in [json!("1795000300"), json!(1_795_000_300.5), Value::Null, json!(-1), json!(i64::MAX)] {
            let result = fixture.changed(|claims| claims[claim] = value.clone());
            assert_eq!(result, Err(TokenError::Claim { claim }), "{claim} {value}");
        }
    }
    let long = fixture.changed(|claims| claims["exp"] = (NOW_MS / 1000 + 3600).into());
    assert_eq!(long, Err(TokenError::Lifetime));
    let future = fixture.changed(|claims| claims["iat"] = (NOW_MS / 1000 + 60).into());
    assert_eq!(future, Err(TokenError::Lifetime));
}

#[test]
fn a_token_lives_no_longer_than_the_grants_behind_it() {
    let fixture = fixture();
    let issue = |ends_ms| {
        let proof = proof(&fixture.key, None);
        fixture
            .tokens
            .issue(&fixture.pki.identity(), &proof, &[], ends_ms, NOW_MS)
            .map(|issued| issued.expires_ms)
    };
    assert_eq!(issue(NOW_MS + 30_999), Ok(NOW_MS + 30_000));
    assert_eq!(issue(NOW_MS), Err(IssueError::CertificateEnds));
}

#[test]
fn a_token_keeps_who_granted_its_scopes() {
    let fixture = fixture();
    let granted = Some(Granted {
        issuer: "https://o.example".to_owned(),
        at_s: NOW_MS / 1000 - 3_600,
        jti: "g-1".to_owned(),
    });
    let (scope, task, parameters) = ("refund_case".to_owned(), Some("t".to_owned()), Map::new());
    let scopes = vec![GrantedScope { scope, task, parameters, granted }];
    let proof = proof(&fixture.key, None);
    let issued = fixture.tokens.issue(&fixture.pki.identity(), &proof, &scopes, i64::MAX, NOW_MS).unwrap();
    let token = fixture.tokens.verify(&issued.text, &fixture.pki.identity(), NOW_MS).unwrap();
    assert_eq!(token.scopes, scopes);
}

#[test]
fn a_token_lives_no_longer_than_its_certificate() {
    let fixture = fixture();
    let mut identity = fixture.pki.identity();
    identity.not_after_ms = NOW_MS + 30_999;
    let issued = fixture.tokens.issue(&identity, &proof(&fixture.key, None), &[], i64::MAX, NOW_MS).unwrap();
    assert_eq!(issued.expires_ms, NOW_MS + 30_000);
    assert_eq!(fixture.tokens.verify(&fixture.issued.text, &identity, NOW_MS), Err(TokenError::Lifetime));
    identity.not_after_ms = NOW_MS + 999;
    assert_eq!(
        fixture.tokens.issue(&identity, &proof(&fixture.key, None), &[], i64::MAX, NOW_MS),
        Err(IssueError::CertificateEnds)
    );
    identity.not_after_ms = NOW_MS - 1;
    assert_eq!(fixture.tokens.verify(&fixture.issued.text, &identity, NOW_MS), Err(TokenError::Expired));
}

#[test]
fn a_token_is_sent_in_one_way() {
    let of = |values: &[&str], query: Option<&str>| {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        }
        presented_token(&headers, query).map(str::to_owned)
    };
    assert_eq!(of(&["DPoP a.b.c"], Some("page=1")), Ok("a.b.c".to_owned()));
    assert_eq!(of(&["dpop a.b.c"], None), Ok("a.b.c".to_owned()));
    for (values, query, error) in [
        (&[][..], None, TokenError::Missing),
        (&["Bearer a.b.c"], None, TokenError::Scheme),
        (&["Basic YQ=="], None, TokenError::Scheme),
        (&["DPoP a.b.c", "DPoP a.b.c"], None, TokenError::Duplicated),
        (&["DPoP a.b.c", "Bearer a.b.c"], None, TokenError::Duplicated),
        (&["DPoP a.b.c"], Some("access_token=a.b.c"), TokenError::Duplicated),
        (&["DPoP a.b.c, Bearer d"], None, TokenError::Malformed),
        (&["DPoP"], None, TokenError::Malformed),
        (&["DPoP "], None, TokenError::Malformed),
        (&["DPoP  a.b.c"], None, TokenError::Malformed),
    ] {
        assert_eq!(of(values, query), Err(error), "{values:?}");
    }
}

#[test]
fn keys_of_other_kinds_are_not_token_keys() {
    assert_eq!(TokenKey::from_pem("x").unwrap_err(), SigningError::Pem);
    let pki = Pki::new();
    assert_eq!(TokenKey::from_pem(&pki.server.key_pem).unwrap_err(), SigningError::Kind);
    let debug = format!("{:?}", fixture().tokens.key);
    assert!(debug.starts_with("TokenKey(SigningKey { public:"), "{debug}");
}
