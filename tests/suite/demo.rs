//! The demo, and the audit of what it keeps.

use std::process::Command;

use permit_audit::{Body, Record};
use permit_test_support::daemon::run;
use permit_test_support::stage::copy_folder;

const DEMO: &str = env!("CARGO_BIN_EXE_suite-demo");
const PERMITC: &str = env!("CARGO_BIN_EXE_suite-permitc");

/// The demo with these arguments.
fn demo(arguments: &[&str]) -> Command {
    let mut command = Command::new(DEMO);
    command.args(arguments);
    command
}

fn permitc(arguments: &[&str]) -> Command {
    let mut command = Command::new(PERMITC);
    command.args(arguments);
    command
}

#[test]
fn the_demo_prints_every_step() {
    let ended = run(&mut demo(&[]));
    assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""), "{ended:?}");
    for expected in [
        "Would exceed daily budget ($5,100 > $5,000)",
        "REVIEW  identity:PASS dpop:PASS policy:REVIEW budget:N/A scope:N/A",
        "approved by Lead::\"lea\"",
        "a stolen token used with another key",
        "a replayed proof",
        "the TLS handshake fails",
        "counted: certificate_untrusted 1",
        "starts: 1, 0 of them after a crash; changes of the policy: 0, of the facts: 1",
        "verified: acme.example/decisions has",
        "FAILED: record",
    ] {
        assert!(ended.stdout.contains(expected), "{expected}\n{}", ended.stdout);
    }
}

#[test]
fn the_demo_as_json_is_records_and_nothing_else() {
    let ended = run(&mut demo(&["--json"]));
    assert_eq!((ended.code(), ended.stderr.as_str()), (0, ""), "{ended:?}");
    let records: Vec<_> =
        ended.stdout.lines().map(|line| Record::parse(line.as_bytes()).expect("a record")).collect();
    assert!(records.len() > 8, "{}", ended.stdout);
    assert!(records.is_sorted_by_key(|record| record.index));
    let counted = records.iter().find_map(|record| match &record.body {
        Body::Refusals(refusals) => refusals.counts.get("certificate_untrusted"),
        _ => None,
    });
    assert_eq!(counted, Some(&1));
}

/// What the demo keeps is a log that anyone can audit, and a changed byte of it is found.
#[test]
fn what_the_demo_keeps_can_be_audited() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    let kept_text = kept.to_str().unwrap();
    assert_eq!(run(&mut demo(&["--keep", kept_text])).code(), 0);
    let again = run(&mut demo(&["--keep", kept_text]));
    assert_eq!(again.code(), 2, "a folder that is there is not overwritten: {again:?}");
    let key = kept.join("log.pub");
    let verify = |log: &std::path::Path, more: &[&str]| {
        let mut command = permitc(&["audit", "verify"]);
        run(command.arg(log).arg("--key").arg(&key).args(more))
    };
    let sound = verify(&kept.join("log"), &[]);
    assert!(sound.code() == 0 && sound.stdout.starts_with("verified: "), "{sound:?}");
    let since = kept.join("log/checkpoint");
    assert_eq!(verify(&kept.join("log"), &["--since", since.to_str().unwrap()]).code(), 0);
    let report = verify(&kept.join("log"), &["--json"]);
    let report: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
    assert!(report["records"].as_u64().unwrap() > 8, "{report}");

    let copy = folder.path().join("copy");
    copy_folder(&kept.join("log"), &copy);
    let entries = std::fs::read_dir(copy.join("tile/entries")).unwrap().map(|entry| entry.unwrap().path());
    let mut path = entries.into_iter().next().unwrap();
    while path.is_dir() {
        path = std::fs::read_dir(&path).unwrap().next().unwrap().unwrap().path();
    }
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(11).position(|window| window == b"1500.00 USD").unwrap();
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let altered = verify(&copy, &[]);
    assert_eq!(altered.code(), 1, "{altered:?}");
    assert!(
        altered.stdout.starts_with("FAILED: record ") && altered.stdout.contains(" (dec_"),
        "{altered:?}"
    );
    let missing = verify(&folder.path().join("nowhere"), &[]);
    assert!([1, 2].contains(&missing.code()) && !missing.stdout.contains("verified: "), "{missing:?}");
}
