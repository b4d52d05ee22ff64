use super::*;

/// RFC 8037, appendix A.2 and A.3.
const ED25519_X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
/// The key of RFC 9449, section 4.1.
const P256_X: &str = "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs";
const P256_Y: &str = "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA";

fn ed25519() -> Value {
    json!({"kty": "OKP", "crv": "Ed25519", "x": ED25519_X})
}

fn p256() -> Value {
    json!({"kty": "EC", "crv": "P-256", "x": P256_X, "y": P256_Y})
}

fn with(mut jwk: Value, member: &str, value: Value) -> Result<PublicKey, JwkError> {
    jwk[member] = value;
    PublicKey::from_jwk(&jwk)
}

#[test]
fn thumbprints_are_those_of_the_rfcs() {
    for (jwk, thumbprint) in [
        (ed25519(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
        (p256(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"),
    ] {
        let key = PublicKey::from_jwk(&jwk).unwrap();
        assert_eq!(key.thumbprint().to_string(), thumbprint);
        assert_eq!(key.to_jwk(), jwk);
        assert_eq!(Thumbprint::parse(thumbprint), Some(key.thumbprint()));
    }
    assert_eq!(Thumbprint::parse("kPrK"), None);
}

#[test]
fn members_beside_the_key_do_not_change_its_thumbprint() {
    let bare = PublicKey::from_jwk(&p256()).unwrap();
    for (member, value) in [
        ("alg", json!("ES256")),
        ("use", json!("sig")),
        ("key_ops", json!(["verify"])),
        ("kid", json!("k1")),
        ("ext", json!(true)),
    ] {
        assert_eq!(with(p256(), member, value), Ok(bare.clone()), "{member}");
    }
}

#[test]
fn private_and_symmetric_keys_are_refused() {
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        for jwk in [p256(), ed25519()] {
            let refused = Err(JwkError::PrivateMember { member: member.to_owned() });
            assert_eq!(with(jwk.clone(), member, json!("AAAA")), refused, "{member}");
            assert_eq!(with(jwk, member, Value::Null), refused, "{member} null");
        }
    }
    assert_eq!(PublicKey::from_jwk(&json!({"kty": "oct"})), Err(JwkError::Unsupported));
}

#[test]
fn keys_of_other_kinds_and_curves_are_refused() {
    for (member, value) in [
        ("kty", json!("RSA")),
        ("kty", json!("ec")),
        ("kty", json!("OKP")),
        ("kty", Value::Null),
        ("crv", json!("P-384")),
        ("crv", json!("secp256k1")),
        ("crv", json!("Ed25519")),
        ("crv", json!(["P-256"])),
    ] {
        assert_eq!(with(p256(), member, value.clone()), Err(JwkError::Unsupported), "{member} {value}");
    }
    assert_eq!(with(ed25519(), "crv", json!("X25519")), Err(JwkError::Unsupported));
    assert_eq!(with(ed25519(), "crv", json!("Ed448")), Err(JwkError::Unsupported));
    assert_eq!(PublicKey::from_jwk(&json!("x")), Err(JwkError::NotAnObject));
}

#[test]
fn members_that_fetch_or_repurpose_a_key_are_refused() {
    for member in ["x5u", "x5c", "x5t", "x5t#S256", "jku", "n", "e"] {
        let refused = Err(JwkError::UnexpectedMember { member: member.to_owned() });
        assert_eq!(with(p256(), member, json!("A")), refused, "{member}");
    }
    assert_eq!(
        with(ed25519(), "y", json!(P256_Y)),
        Err(JwkError::UnexpectedMember { member: "y".to_owned() })
    );
    for (member, value) in [
        ("alg", json!("EdDSA")),
        ("alg", json!("HS256")),
        ("alg", Value::Null),
        ("use", json!("enc")),
        ("key_ops", json!(["sign"])),
        ("key_ops", json!("verify")),
    ] {
        assert!(matches!(with(p256(), member, value), Err(JwkError::Purpose { .. })), "{member}");
    }
}

#[test]
fn coordinates_have_one_spelling() {
    for x in [
        json!(format!("{P256_X}=")),
        json!(P256_X.replace('-', "+")),
        json!(P256_X.replacen('s', "t", 2)),
        json!(format!("AA{P256_X}")),
        json!(&P256_X[..40]),
        json!(""),
        json!("A".repeat(10_000)),
        json!(7),
        Value::Null,
    ] {
        assert_eq!(with(p256(), "x", x.clone()), Err(JwkError::Coordinate { member: "x" }), "{x}");
    }
    let trailing_bits_set = format!("{}t", &P256_X[..42]);
    assert_eq!(with(p256(), "x", json!(trailing_bits_set)), Err(JwkError::Coordinate { member: "x" }));
    assert_eq!(with(p256(), "y", Value::Null), Err(JwkError::Coordinate { member: "y" }));
}

#[test]
fn ed25519_points_that_verify_anything_or_have_two_spellings_are_refused() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut y_is_p_plus_3 = [0xff; 32];
    y_is_p_plus_3[0] = 0xf0;
    y_is_p_plus_3[31] = 0x7f;
    let mut y_is_p = y_is_p_plus_3;
    y_is_p[0] = 0xed;
    for point in [identity, [0; 32], y_is_p, y_is_p_plus_3] {
        assert_eq!(PublicKey::ed25519(point), Err(JwkError::Coordinate { member: "x" }), "{point:02x?}");
    }
}
