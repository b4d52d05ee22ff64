use super::*;
use crate::jose::base64url;
use crate::testing::ProofKey;

const MEMBERS: [&str; 3] = ["alg", "jwk", "typ"];
const BYTES_MAX: usize = 4096;

fn parse(text: &str) -> Result<CompactJws<'_>, JwsError> {
    CompactJws::parse(text, BYTES_MAX, &MEMBERS)
}

fn header(key: &ProofKey) -> String {
    key.header().to_string()
}

#[test]
fn a_signed_text_verifies_with_its_own_key_only() {
    for (key, other) in [(ProofKey::p256(), ProofKey::p256()), (ProofKey::ed25519(), ProofKey::ed25519())] {
        let text = key.sign(&header(&key), r#"{"a":1}"#);
        let jws = parse(&text).unwrap();
        assert_eq!(jws.verify(&key.public()), Ok(()));
        assert_eq!(jws.verify(&other.public()), Err(JwsError::Signature));
        assert_eq!(jws.claims()["a"], 1);
    }
}

#[test]
fn the_ed25519_example_of_rfc_8037_verifies() {
    let key = serde_json::json!(
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    );
    let key = PublicKey::from_jwk(&key).unwrap();
    let signature = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
    let signing_input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc";
    let jws = CompactJws {
        header: Map::new(),
        payload: Map::new(),
        algorithm: Algorithm::EdDsa,
        signing_input,
        signature: from_base64url(signature).unwrap().try_into().unwrap(),
    };
    assert_eq!(jws.verify(&key), Ok(()));
}

#[test]
fn only_one_form_is_a_jws() {
    let key = ProofKey::p256();
    let good = key.sign(&header(&key), "{}");
    let (input, signature) = good.rsplit_once('.').unwrap();
    let (head, body) = input.split_once('.').unwrap();
    for (text, error) in [
        (String::new(), JwsError::Parts),
        (input.replace('.', ""), JwsError::Parts),
        (input.to_owned(), JwsError::SignatureLength),
        (format!("{good}.{signature}"), JwsError::Parts),
        (format!("{good}."), JwsError::Parts),
        (format!("{head}..{signature}"), JwsError::Parts),
        (format!(".{body}.{signature}"), JwsError::Parts),
        (format!("{input}."), JwsError::Parts),
        (format!("{good}=="), JwsError::SignatureLength),
        (format!("{head}=.{body}.{signature}"), JwsError::Base64),
        (format!(" {good}"), JwsError::Base64),
        (format!("{input}.{}", "!".repeat(86)), JwsError::Base64),
        ("a".repeat(BYTES_MAX + 1), JwsError::TooLong { bytes_max: BYTES_MAX }),
    ] {
        let result = parse(&text).map(|_| ());
        if text == input {
            assert_eq!(result, Err(JwsError::Parts));
        } else {
            assert_eq!(result, Err(error), "{text}");
        }
    }
}

#[test]
fn algorithms_that_are_not_ours_are_refused() {
    let key = ProofKey::p256();
    for alg in [
        r#""none""#,
        r#""None""#,
        r#""""#,
        r#""HS256""#,
        r#""RS256""#,
        r#""PS256""#,
        r#""ES384""#,
        r#""ES256K""#,
        r#""es256""#,
        r#""Ed25519""#,
        "null",
        "256",
        r#"["ES256"]"#,
    ] {
        let text = key.sign(&format!(r#"{{"alg":{alg}}}"#), "{}");
        assert_eq!(parse(&text), Err(JwsError::Algorithm), "{alg}");
    }
    assert_eq!(parse(&key.sign("{}", "{}")), Err(JwsError::Algorithm));
}

#[test]
fn a_key_of_another_kind_than_alg_is_refused() {
    let (p256, ed25519) = (ProofKey::p256(), ProofKey::ed25519());
    let text = p256.sign(r#"{"alg":"EdDSA"}"#, "{}");
    assert_eq!(parse(&text).unwrap().verify(&p256.public()), Err(JwsError::KeyMismatch));
    let text = ed25519.sign(r#"{"alg":"ES256"}"#, "{}");
    assert_eq!(parse(&text).unwrap().verify(&ed25519.public()), Err(JwsError::KeyMismatch));
}

#[test]
fn headers_that_choose_keys_or_change_processing_are_refused() {
    let key = ProofKey::p256();
    for member in ["crit", "b64", "kid", "jku", "x5u", "x5c", "x5t", "zip", "enc", "cty"] {
        let text = key.sign(&format!(r#"{{"alg":"ES256","{member}":"x"}}"#), "{}");
        assert_eq!(parse(&text), Err(JwsError::HeaderMember { member: member.to_owned() }));
    }
}

#[test]
fn duplicate_members_and_trailing_data_are_refused() {
    let key = ProofKey::p256();
    for (header, payload) in [
        (r#"{"alg":"none","alg":"ES256"}"#, "{}"),
        (r#"{"alg":"ES256","jwk":{"x":1,"x":2}}"#, "{}"),
        (r#"{"alg":"ES256"}"#, r#"{"exp":1,"exp":9}"#),
        (r#"{"alg":"ES256"}"#, "{}{}"),
        (r#"{"alg":"ES256"}"#, "[]"),
        (r#"{"alg":"ES256"}"#, "\"x\""),
    ] {
        assert!(matches!(parse(&key.sign(header, payload)), Err(JwsError::Json(_))), "{header} {payload}");
    }
}

#[test]
fn forged_signatures_are_refused() {
    let key = ProofKey::p256();
    let good = key.sign(&header(&key), "{}");
    let (input, signature) = good.rsplit_once('.').unwrap();
    let fixed = from_base64url(signature).unwrap();
    let der = [[0x30, 68, 2, 32].as_slice(), &fixed[..32], &[2, 32], &fixed[32..]].concat();
    assert_eq!(parse(&format!("{input}.{}", base64url(&der))), Err(JwsError::SignatureLength));
    for forged in [[0; 64], [0xff; 64]] {
        let text = format!("{input}.{}", base64url(&forged));
        assert_eq!(parse(&text).unwrap().verify(&key.public()), Err(JwsError::Signature));
    }
    let other = key.sign(&header(&key), r#"{"a":2}"#);
    let swapped = format!("{}.{signature}", other.rsplit_once('.').unwrap().0);
    assert_eq!(parse(&swapped).unwrap().verify(&key.public()), Err(JwsError::Signature));
}
