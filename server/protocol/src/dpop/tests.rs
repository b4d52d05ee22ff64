use super::*;
use crate::testing::{BASE, NOW_MS, ProofKey};
use crate::uri::BaseUrl;
use http::HeaderValue;
use serde_json::json;

const NOW_S: i64 = NOW_MS / 1000;
const TOKEN: &str = "header.claims.signature";

fn target(path: &str) -> TargetUri {
    BaseUrl::parse(BASE).unwrap().target(path).unwrap()
}

fn guard() -> ReplayGuard {
    ReplayGuard::new(1000)
}

fn claims() -> Value {
    json!({"jti": "j-1", "htm": "POST", "htu": format!("{BASE}/v1/decide"), "iat": NOW_S,
        "ath": base64url(&token_sha256(TOKEN))})
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

fn without(name: &str) -> Value {
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

fn check_at(key: &ProofKey, text: &str, replay: &ReplayGuard, now_ms: i64) -> Result<DpopProof, ProofError> {
    let jkt = key.public().thumbprint();
    let hash = token_sha256(TOKEN);
    let context = ProofContext {
        method: &Method::POST,
        target: &target("/v1/decide"),
        proof_use: ProofUse::Resource { token_sha256: &hash, jkt: &jkt },
        now_ms,
        window_ms: WINDOW_MS_DEFAULT,
    };
    UnverifiedProof::parse(text)?.verify(&context, replay)
}

fn check(claims: &Value) -> Result<DpopProof, ProofError> {
    let key = ProofKey::p256();
    check_at(&key, &key.sign(&key.header().to_string(), &claims.to_string()), &guard(), NOW_MS)
}

fn code(result: Result<DpopProof, ProofError>) -> &'static str {
    result.map_or_else(|error| error.code().code(), |_| "accepted")
}

#[test]
fn a_good_proof_of_either_algorithm_is_accepted() {
    for key in [ProofKey::p256(), ProofKey::ed25519()] {
        let text = key.sign(&key.header().to_string(), &claims().to_string());
        let proof = check_at(&key, &text, &guard(), NOW_MS).unwrap();
        assert_eq!(*proof.jkt(), key.public().thumbprint());
        assert_eq!(proof.iat_ms(), NOW_MS);
        assert_eq!(proof.token_sha256(), Some(&token_sha256(TOKEN)));
    }
    assert_eq!(code(check(&with("nonce", json!("further claims are signed data")))), "accepted");
}

#[test]
fn the_examples_of_rfc_9449_verify() {
    const JWK: &str = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklD\
        UkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6\
        IlAtMjU2In19";
    let at_token = format!(
        "{JWK}.{}.{}",
        "eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIi\
        wiaWF0IjoxNTYyMjYyNjE2fQ",
        "2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg"
    );
    let at_resource = format!(
        "{JWK}.{}.{}",
        "eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZW\
        N0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFby\
        J9",
        "2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA"
    );
    let jkt = Thumbprint::parse("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I").unwrap();
    let hash = token_sha256("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
    let resource = ProofUse::Resource { token_sha256: &hash, jkt: &jkt };
    for (text, method, uri, proof_use) in [
        (at_token, Method::POST, "https://server.example.com/token", ProofUse::Token),
        (at_resource, Method::GET, "https://resource.example.org/protectedresource", resource),
    ] {
        let target = TargetUri::parse(uri).unwrap();
        let now_ms = 1_562_262_617_000;
        let context = ProofContext { method: &method, target: &target, proof_use, now_ms, window_ms: 60_000 };
        let proof = UnverifiedProof::parse(&text).unwrap().verify(&context, &ReplayGuard::new(1)).unwrap();
        assert_eq!(*proof.jkt(), jkt);
    }
}

/// A proof made by other code than ours: jsonwebtoken signs, serializes the key and computes its thumbprint.
#[test]
fn a_proof_made_by_jsonwebtoken_is_accepted() {
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
    use jsonwebtoken::jwk::{Jwk, ThumbprintHash};
    use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let key = EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref());
    let jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap();
    let jkt = Thumbprint::parse(&jwk.thumbprint(ThumbprintHash::SHA256).unwrap()).unwrap();
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some("dpop+jwt".to_owned());
    header.jwk = Some(jwk);
    let text = encode(&header, &without("ath"), &key).unwrap();
    let (target, now_ms) = (target("/v1/decide"), NOW_MS);
    let context = ProofContext {
        method: &Method::POST,
        target: &target,
        proof_use: ProofUse::Token,
        now_ms,
        window_ms: 60_000,
    };
    let proof = UnverifiedProof::parse(&text).unwrap().verify(&context, &guard()).unwrap();
    assert_eq!(*proof.jkt(), jkt);
}

#[test]
fn exactly_one_header_carries_the_proof() {
    let key = ProofKey::p256();
    let text = key.sign(&key.header().to_string(), &claims().to_string());
    let value = HeaderValue::from_str(&text).unwrap();
    let mut headers = HeaderMap::new();
    assert_eq!(UnverifiedProof::from_headers(&headers), Err(ProofError::Missing));
    headers.append("DPoP", value.clone());
    assert!(UnverifiedProof::from_headers(&headers).is_ok());
    headers.append("dpop", value);
    assert_eq!(UnverifiedProof::from_headers(&headers), Err(ProofError::Duplicated));
    for (value, error) in [("", ProofError::Missing), (&*format!("{text}, {text}"), ProofError::Duplicated)] {
        headers.insert("dpop", HeaderValue::from_str(value).unwrap());
        assert_eq!(UnverifiedProof::from_headers(&headers), Err(error));
    }
    headers.insert("dpop", HeaderValue::from_bytes(b"\xff").unwrap());
    assert_eq!(UnverifiedProof::from_headers(&headers).unwrap_err().code().code(), "proof_malformed");
}

#[test]
fn a_wrong_header_is_refused_with_its_reason() {
    let key = ProofKey::p256();
    let mut private = key.jwk();
    private["d"] = json!("AAAA");
    for (member, value, expected) in [
        ("typ", json!("JWT"), "proof_type"),
        ("typ", json!("at+jwt"), "proof_type"),
        ("typ", json!("DPoP+JWT"), "proof_type"),
        ("typ", Value::Null, "proof_type"),
        ("alg", json!("none"), "proof_algorithm"),
        ("alg", json!("HS256"), "proof_algorithm"),
        ("alg", json!("EdDSA"), "proof_algorithm"),
        ("alg", Value::Null, "proof_algorithm"),
        ("jwk", private, "proof_private_key"),
        ("jwk", json!({"kty": "oct", "k": "AAAA"}), "proof_private_key"),
        ("jwk", json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}), "proof_algorithm"),
        ("jwk", json!({"kty": "EC", "crv": "P-384", "x": "A", "y": "A"}), "proof_algorithm"),
        ("jwk", ProofKey::ed25519().jwk(), "proof_algorithm"),
        ("jwk", ProofKey::p256().jwk(), "proof_key"),
        ("jwk", Value::Null, "proof_malformed"),
        ("kid", json!("server-key"), "proof_malformed"),
        ("jku", json!("https://evil.example/jwks"), "proof_malformed"),
        ("x5c", json!(["AAAA"]), "proof_malformed"),
        ("crit", json!(["b64"]), "proof_malformed"),
    ] {
        let mut header = key.header();
        header[member] = value.clone();
        let text = key.sign(&header.to_string(), &claims().to_string());
        assert_eq!(code(check_at(&key, &text, &guard(), NOW_MS)), expected, "{member} {value}");
    }
    let long =
        key.sign(&key.header().to_string(), &with("x", json!("y".repeat(PROOF_BYTES_MAX))).to_string());
    assert_eq!(code(check_at(&key, &long, &guard(), NOW_MS)), "proof_malformed");
}

#[test]
fn another_keys_signature_is_refused() {
    let (key, other) = (ProofKey::p256(), ProofKey::p256());
    let forged = other.sign(&key.header().to_string(), &claims().to_string());
    assert_eq!(code(check_at(&key, &forged, &guard(), NOW_MS)), "proof_signature");
    let off_curve = json!({"kty": "EC", "crv": "P-256", "x": base64url(&[1; 32]), "y": base64url(&[2; 32])});
    let jkt = PublicKey::from_jwk(&off_curve).unwrap().thumbprint();
    let text = key.sign(
        &json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": off_curve}).to_string(),
        &without("ath").to_string(),
    );
    let context = ProofContext {
        method: &Method::POST,
        target: &target("/v1/decide"),
        proof_use: ProofUse::Token,
        now_ms: NOW_MS,
        window_ms: WINDOW_MS_DEFAULT,
    };
    let result = UnverifiedProof::parse(&text).unwrap().verify(&context, &guard());
    assert_eq!(code(result), "proof_signature", "{jkt}: a point off the curve verifies nothing");
}

#[test]
fn required_claims_are_there_and_of_their_type() {
    for name in ["jti", "htm", "htu", "iat"] {
        assert_eq!(code(check(&without(name))), "proof_malformed", "{name}");
        for value in [Value::Null, json!([]), json!({}), json!(true)] {
            assert_eq!(code(check(&with(name, value.clone()))), "proof_malformed", "{name} {value}");
        }
    }
    assert_eq!(code(check(&with("htu", json!([format!("{BASE}/v1/decide")])))), "proof_malformed");
    assert_eq!(code(check(&with("jti", json!("")))), "proof_malformed");
    assert_eq!(code(check(&with("jti", json!("j".repeat(JTI_BYTES_MAX))))), "accepted");
    assert_eq!(code(check(&with("jti", json!("j".repeat(JTI_BYTES_MAX + 1))))), "proof_malformed");
}

#[test]
fn htm_is_the_method_letter_by_letter() {
    for method in ["post", "Post", "GET", "PUT", "POST ", ""] {
        assert_eq!(code(check(&with("htm", json!(method)))), "proof_method", "{method}");
    }
}

#[test]
fn htu_is_the_configured_address_and_the_routed_path() {
    for htu in [
        "HTTPS://PERMIT.acme.example:443/v1/decide",
        "https://permit.acme.example/v1/./decide",
        "https://permit.acme.example/v1/%64ecide",
    ] {
        assert_eq!(code(check(&with("htu", json!(htu)))), "accepted", "{htu}");
    }
    for htu in [
        "",
        "/v1/decide",
        "http://permit.acme.example/v1/decide",
        "https://permit.acme.example:8443/v1/decide",
        "https://evil.example/v1/decide",
        "https://permit.acme.example.evil.example/v1/decide",
        "https://permit.acme.example@evil.example/v1/decide",
        "https://u@permit.acme.example/v1/decide",
        "https://permit.acme.example/v1/decide/",
        "https://permit.acme.example/v1/decide;x=1",
        "https://permit.acme.example/V1/decide",
        "https://permit.acme.example/v1%2Fdecide",
        "https://permit.acme.example//v1/decide",
        "https://permit.acme.example/v1/decide?x=1",
        "https://permit.acme.example/v1/decide#x",
        "https://permit.acme.example/decide",
        "https://permit.acme.example/v1/token",
    ] {
        assert_eq!(code(check(&with("htu", json!(htu)))), "proof_uri", "{htu}");
    }
}

#[test]
fn iat_lies_within_the_window_either_way() {
    for (iat, expected) in [
        (NOW_S - 60, "accepted"),
        (NOW_S - 61, "proof_time"),
        (NOW_S + 60, "accepted"),
        (NOW_S + 61, "proof_time"),
        (0, "proof_time"),
        (-1, "proof_time"),
        (NOW_MS, "proof_time"),
        (i64::MAX, "proof_time"),
        (i64::MIN, "proof_time"),
    ] {
        assert_eq!(code(check(&with("iat", json!(iat)))), expected, "{iat}");
    }
    let key = ProofKey::p256();
    for iat in [
        format!("{NOW_S}.0"),
        format!("{NOW_S}e0"),
        format!("\"{NOW_S}\""),
        "1e400".to_owned(),
        "9".repeat(40),
    ] {
        let payload = claims().to_string().replace(&NOW_S.to_string(), &iat);
        let text = key.sign(&key.header().to_string(), &payload);
        assert_eq!(code(check_at(&key, &text, &guard(), NOW_MS)), "proof_malformed", "{iat}");
    }
    let payload = claims().to_string().replace("\"iat\"", "\"iat\":1,\"iat\"");
    let text = key.sign(&key.header().to_string(), &payload);
    assert_eq!(code(check_at(&key, &text, &guard(), NOW_MS)), "proof_malformed", "duplicate member");
}

#[test]
fn ath_is_the_hash_of_this_token_and_absent_without_one() {
    for ath in [
        json!(base64url(&token_sha256("other"))),
        json!(""),
        json!(7),
        Value::Null,
        json!(format!("{TOKEN}=")),
    ] {
        assert_eq!(code(check(&with("ath", ath.clone()))), "proof_token_hash", "{ath}");
    }
    assert_eq!(code(check(&without("ath"))), "proof_token_hash");
    let key = ProofKey::p256();
    for (claims, expected) in [(claims(), "proof_token_hash"), (without("ath"), "accepted")] {
        let text = key.sign(&key.header().to_string(), &claims.to_string());
        let context = ProofContext {
            method: &Method::POST,
            target: &target("/v1/decide"),
            proof_use: ProofUse::Token,
            now_ms: NOW_MS,
            window_ms: WINDOW_MS_DEFAULT,
        };
        assert_eq!(code(UnverifiedProof::parse(&text).unwrap().verify(&context, &guard())), expected);
    }
}

#[test]
fn a_right_ath_with_another_key_is_refused() {
    let (thief, owner) = (ProofKey::p256(), ProofKey::p256());
    let text = thief.sign(&thief.header().to_string(), &claims().to_string());
    assert_eq!(code(check_at(&owner, &text, &guard(), NOW_MS)), "proof_key");
}

#[test]
fn a_proof_is_good_once_for_as_long_as_its_window() {
    let (key, replay) = (ProofKey::p256(), guard());
    let text = key.sign(&key.header().to_string(), &with("iat", json!(NOW_S + 60)).to_string());
    assert_eq!(code(check_at(&key, &text, &replay, NOW_MS)), "accepted");
    for now_ms in [NOW_MS, NOW_MS + 59_000, NOW_MS + 119_999, NOW_MS + 120_000] {
        assert_eq!(code(check_at(&key, &text, &replay, now_ms)), "proof_replayed", "{now_ms}");
    }
    assert_eq!(code(check_at(&key, &text, &replay, NOW_MS + 120_001)), "proof_time");
}

#[test]
fn two_agents_may_choose_the_same_jti() {
    let replay = guard();
    for key in [ProofKey::p256(), ProofKey::p256()] {
        let text = key.sign(&key.header().to_string(), &claims().to_string());
        assert_eq!(code(check_at(&key, &text, &replay, NOW_MS)), "accepted");
    }
}

#[test]
fn a_refused_proof_burns_no_jti() {
    let (key, replay) = (ProofKey::p256(), guard());
    let header = key.header().to_string();
    for bad in
        [with("htm", json!("GET")), with("htu", json!("https://a/")), with("iat", json!(1)), without("ath")]
    {
        assert!(check_at(&key, &key.sign(&header, &bad.to_string()), &replay, NOW_MS).is_err());
    }
    let forged = ProofKey::p256().sign(&header, &claims().to_string());
    assert_eq!(code(check_at(&key, &forged, &replay, NOW_MS)), "proof_signature");
    assert_eq!(replay.entries(), 0);
    let good = key.sign(&header, &claims().to_string());
    assert_eq!(code(check_at(&key, &good, &replay, NOW_MS)), "accepted");
}

#[test]
fn a_full_memory_refuses_with_its_own_code() {
    let key = ProofKey::p256();
    let text = key.sign(&key.header().to_string(), &claims().to_string());
    assert_eq!(code(check_at(&key, &text, &ReplayGuard::new(0), NOW_MS)), "replay_memory_full");
}
