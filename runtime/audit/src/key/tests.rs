use super::*;

fn signer() -> Signer {
    Signer::from_seed("permit.example/log1", &[7; 32]).unwrap()
}

#[test]
fn a_verifier_key_reads_back() {
    let text = signer().public().to_string();
    assert_eq!(LogKey::parse(&text), Ok(signer().public().clone()));
    assert_eq!(LogKey::parse(&format!("{text}\n")), Ok(signer().public().clone()));
}

#[test]
fn the_key_of_the_specification_example_is_read() {
    let text = "permit.example/log1+dc8b95aa+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";
    assert_eq!(LogKey::parse(text).unwrap().to_string(), text);
}

#[test]
fn debug_does_not_show_the_private_key() {
    let shown = format!("{:?}", signer());
    assert!(shown.contains("permit.example/log1+"));
    assert!(!shown.contains("7, 7") && !shown.contains("0707"));
}

#[test]
fn a_private_key_survives_its_pem() {
    let pem = signer().to_pem().unwrap();
    assert!(pem.starts_with("-----BEGIN PRIVATE KEY-----\n"));
    let again = Signer::from_pem("permit.example/log1", &pem).unwrap();
    assert_eq!(again.public(), signer().public());
    assert_eq!(Signer::from_pem("x", "-----BEGIN").unwrap_err(), KeyError::PrivateKey);
}

#[test]
fn unusable_origins_are_refused() {
    for origin in ["", "a b", "a+b", "a\nb", "é", "a\u{2003}b", &"x".repeat(ORIGIN_BYTES_MAX + 1)] {
        assert_eq!(Signer::from_seed(origin, &[7; 32]).unwrap_err(), KeyError::Origin, "{origin}");
    }
}

#[test]
fn unsound_keys_are_refused() {
    let good = signer().public().to_string();
    let key_of = |point: [u8; 32]| {
        let id = Hash::of(&[b"o\n", &[ED25519], &point]).to_string();
        format!("o+{}+{}", &id[..8], STANDARD.encode([&[ED25519], point.as_slice()].concat()))
    };
    let mut identity = [0; 32];
    identity[0] = 1;
    let cases = [
        ("".to_owned(), KeyError::Malformed),
        ("permit.example/log1".to_owned(), KeyError::Malformed),
        (good.replace("log1", "log2"), KeyError::KeyId),
        (good.replace("+A", "+B"), KeyError::Malformed),
        (format!("{good}\r\n"), KeyError::Malformed),
        (format!("{good}A"), KeyError::Malformed),
        (key_of(identity), KeyError::Weak),
        (key_of([0; 32]), KeyError::Weak),
        (key_of([2; 32]), KeyError::Weak),
    ];
    for (text, error) in cases {
        assert_eq!(LogKey::parse(&text), Err(error), "{text}");
    }
}
