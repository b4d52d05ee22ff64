//! Files with which a server does not start: exit code 2, and a stable code on standard error.

use std::fs;
use std::path::Path;

use ed25519_dalek::SigningKey;
use permit_test_support::daemon::{Daemon, Ended, run, serve};
use permit_test_support::stage::{Stage, acme_sources, free_port};
use permit_test_support::world::bundle;

const PERMITD: &str = env!("CARGO_BIN_EXE_suite-permitd");

/// Starting ends with exit code 2 and this code.
fn refused(what: &str, stage: &Stage, code: &str) -> Ended {
    let ended = run(&mut serve(PERMITD, stage));
    assert_eq!(ended.code(), 2, "{what}: {ended:?}");
    let last = ended.stderr.lines().last().unwrap_or_default();
    assert!(ended.stderr.contains(&format!("({code})")), "{what}: {}", ended.stderr);
    assert!(!last.contains("panicked") && ended.stdout.is_empty(), "{what}: {ended:?}");
    ended
}

/// Changes a file, hands it to `check`, and puts it back.
fn with(path: &Path, change: impl FnOnce(&mut Vec<u8>), check: impl FnOnce()) {
    let before = fs::read(path).unwrap();
    let mut after = before.clone();
    change(&mut after);
    assert_ne!(before, after);
    fs::write(path, after).unwrap();
    check();
    fs::write(path, before).unwrap();
}

#[test]
fn a_bundle_that_is_not_whole_and_trusted_does_not_load() {
    const HEADER_BYTES: usize = 8;
    const KEY_AND_SIGNATURE_BYTES: usize = 96;
    let stage = Stage::acme();
    let path = &stage.config.paths.bundle;
    let refuse = |what: &'static str, code: &'static str| {
        let stage = &stage;
        move || drop(refused(what, stage, code))
    };
    with(path, |bytes| *bytes.last_mut().unwrap() ^= 1, refuse("altered", "bundle_signature"));
    let middle = |bytes: &mut Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
    };
    with(path, middle, refuse("altered in the middle", "bundle_signature"));
    with(path, |bytes| bytes.truncate(20), refuse("cut", "bundle_truncated"));
    with(path, |bytes| bytes.truncate(bytes.len() - 1), refuse("cut at the end", "bundle_truncated"));
    with(path, |bytes| bytes.push(0), refuse("longer", "bundle_encoding"));
    with(path, Vec::clear, refuse("empty", "bundle_truncated"));
    with(path, |bytes| bytes[0] ^= 1, refuse("another file", "bundle_magic"));
    let unsigned = |bytes: &mut Vec<u8>| {
        bytes.drain(HEADER_BYTES..HEADER_BYTES + KEY_AND_SIGNATURE_BYTES);
    };
    let before = fs::read(path).unwrap();
    let mut after = before.clone();
    unsigned(&mut after);
    fs::write(path, after).unwrap();
    let ended = run(&mut serve(PERMITD, &stage));
    assert!(ended.code() == 2 && ended.stderr.contains("(bundle_"), "unsigned: {ended:?}");
    let other = bundle(&acme_sources(), &SigningKey::from_bytes(&[9; 32]));
    fs::write(path, other).unwrap();
    refused("another key", &stage, "bundle_untrusted_key");
    fs::write(path, "permit x: spend by PurchaseBot because \"no source\";").unwrap();
    let ended = run(&mut serve(PERMITD, &stage));
    assert!(ended.code() == 2 && ended.stderr.contains("(bundle_"), "source: {ended:?}");
    fs::write(path, before).unwrap();
    drop(Daemon::spawn(serve(PERMITD, &stage)));
}

#[test]
fn facts_that_do_not_fit_do_not_load() {
    let stage = Stage::acme();
    for (what, facts) in [
        ("no JSON", "{"),
        ("twice", r#"{"entities": [], "entities": []}"#),
        ("another form", r#"{"agents": []}"#),
        ("an unknown type", r#"{"entities": [{"type": "Robot", "id": "r"}]}"#),
        (
            "an unknown attribute",
            r#"{"entities": [{"type": "Vendor", "id": "v", "attributes": {"approved": true, "x": 1}}]}"#,
        ),
        ("a missing attribute", r#"{"entities": [{"type": "Vendor", "id": "v"}]}"#),
        (
            "a wrong type",
            r#"{"entities": [{"type": "Vendor", "id": "v", "attributes": {"approved": "yes"}}]}"#,
        ),
        ("an entity twice", r#"{"entities": [{"type": "Team", "id": "t"}, {"type": "Team", "id": "t"}]}"#),
        (
            "a parent that is not there",
            r#"{"entities": [{"type": "PurchaseBot", "id": "p", "parents": ["t"]}]}"#,
        ),
        (
            "a name outside the agent's pattern",
            r#"{"entities": [{"type": "PurchaseBot", "id": "p", "spiffe_id": "spiffe://acme.example/agent/support/1"}]}"#,
        ),
    ] {
        fs::write(&stage.config.paths.facts, facts).unwrap();
        refused(what, &stage, "facts_invalid");
    }
}

#[test]
fn a_file_that_is_missing_or_of_another_form_is_named() {
    let stage = Stage::acme();
    let paths = &stage.config.paths;
    let (cut, garbage) = (b"-----BEGIN PRIVATE KEY-----\n".as_slice(), b"\xff\xfe\x00".as_slice());
    let public = fs::read(&paths.bundle_keys[0]).unwrap();
    for (path, other_form) in [
        (&paths.bundle, None),
        (&paths.facts, None),
        (&paths.token_key, Some("key_invalid")),
        (&paths.log_key, Some("key_invalid")),
        (&paths.bundle_keys[0], Some("key_invalid")),
        (&paths.server_key, Some("tls_invalid")),
        (&paths.server_certificate, Some("tls_invalid")),
        (&paths.authority_certificate, Some("tls_invalid")),
    ] {
        let before = fs::read(path).unwrap();
        fs::remove_file(path).unwrap();
        let ended = refused("missing", &stage, "file_unreadable");
        assert!(ended.stderr.contains(path.to_str().unwrap()), "{ended:?}");
        if let Some(code) = other_form {
            let another_kind = if *path == paths.bundle_keys[0] { cut } else { &public };
            for bytes in [b"".as_slice(), b"text", cut, another_kind] {
                fs::write(path, bytes).unwrap();
                refused(&format!("{}: {}", path.display(), bytes.len()), &stage, code);
            }
            fs::write(path, garbage).unwrap();
            assert_eq!(run(&mut serve(PERMITD, &stage)).code(), 2);
        }
        fs::write(path, before).unwrap();
    }
}

#[test]
fn a_configuration_with_a_mistake_is_refused() {
    let stage = Stage::acme();
    let path = stage.config_path();
    let text = fs::read_to_string(&path).unwrap();
    for (what, wrong) in [
        ("a typo", text.replace("trust_domain", "trust_domian")),
        ("a typo in a table", text.replace("facts =", "fact =")),
        ("an unknown limit", format!("{text}\n[limits]\nbody_max = 1\n")),
        ("a limit out of range", format!("{text}\n[limits]\nbody_bytes_max = 1\n")),
        ("a limit as text", format!("{text}\n[limits]\nbody_bytes_max = \"1\"\n")),
        ("no TOML", "listen".to_owned()),
        ("nothing", String::new()),
        ("another scheme", text.replace("https://", "http://")),
        ("a slash too many", text.replace("\"\ntrust_domain", "/\"\ntrust_domain")),
    ] {
        assert_ne!(text, wrong, "{what}");
        fs::write(&path, wrong).unwrap();
        refused(what, &stage, "config_invalid");
    }
    fs::remove_file(&path).unwrap();
    refused("missing", &stage, "config_invalid");
}

#[test]
fn a_folder_has_one_server() {
    let stage = Stage::acme();
    let first = Daemon::spawn(serve(PERMITD, &stage));
    refused("the same address", &stage, "listen_failed");
    let text = fs::read_to_string(stage.config_path()).unwrap();
    let elsewhere = text.replace(&stage.config.listen.to_string(), &format!("127.0.0.1:{}", free_port()));
    assert_ne!(text, elsewhere);
    fs::write(stage.config_path(), elsewhere).unwrap();
    refused("another address", &stage, "journal_locked");
    assert!(first.terminate().success());
    assert!(Daemon::spawn(serve(PERMITD, &stage)).terminate().success());
}

/// The log's key is the log's: another one does not continue it.
#[test]
fn a_log_is_not_continued_with_another_key() {
    let (stage, other) = (Stage::acme(), Stage::acme());
    drop(Daemon::spawn(serve(PERMITD, &stage)));
    fs::copy(&other.config.paths.log_key, &stage.config.paths.log_key).unwrap();
    refused("another key", &stage, "journal_invalid");
}
