//! The test vectors in `tests/data/records`, for other implementations of the format. They are generated here from
//! fixed keys and salts, and must equal the files in the folder; `PERMIT_VECTORS=write` writes them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::record::{Body, Record, read};
use crate::rules;
use crate::sample::{self, Log, signer};
use crate::verify::{VerifyError, verify};
use crate::{Disclosure, Hash, InclusionProof, LogKey, verify_receipt};

mod histories;
mod invalid;
mod python;
mod valid;

/// A key of the vectors. Whoever has read this has it, so it signs nothing else.
#[derive(Serialize)]
struct Key {
    name: &'static str,
    origin: String,
    seed: String,
    vkey: String,
}

/// A record that is sound by itself.
#[derive(Serialize)]
struct Valid {
    name: &'static str,
    record: String,
    unsigned_sha256: String,
    leaf_hash: String,
}

/// A record that is not sound, and the rule that it breaks.
#[derive(Serialize)]
struct Invalid {
    name: &'static str,
    rule: &'static str,
    record: String,
}

/// Records each sound by itself, of which the last one does not follow from those before.
#[derive(Serialize)]
struct Broken {
    name: &'static str,
    rule: &'static str,
    records: Vec<String>,
}

#[derive(Serialize)]
struct Opening {
    salt: String,
    name: String,
    value: Value,
    disclosure: String,
    commitment: String,
}

#[derive(Serialize)]
struct Whole {
    vkey: String,
    records: Vec<String>,
    checkpoint: String,
    inclusion: Vec<InclusionProof>,
    consistency: Vec<Grown>,
}

#[derive(Serialize)]
struct Grown {
    checkpoint: String,
    proof: crate::ConsistencyProof,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn folder() -> PathBuf {
    root().join("tests/data/records")
}

/// Compares a vector file with what it should be, or writes it.
fn hold(file: &str, content: &impl Serialize) {
    let path = folder().join(file);
    let text = format!("{}\n", serde_json::to_string_pretty(content).unwrap());
    if env::var_os("PERMIT_VECTORS").is_some_and(|value| value == "write") {
        fs::write(&path, &text).unwrap();
    }
    let stored = fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == text, "{file} is not what is made here; PERMIT_VECTORS=write writes it");
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// The code of what is wrong with a record by itself.
fn code(record: &str, key: &LogKey) -> Option<&'static str> {
    let record = match Record::parse(record.as_bytes()) {
        Ok(record) => record,
        Err(error) => return Some(error.code()),
    };
    let name = record.decision_id.as_deref();
    if let Err(error) = rules::check(&record.place(), name, Some(&record.body), key.origin()) {
        return Some(error.code());
    }
    (!record.is_signed_by(key)).then_some("signature")
}

#[test]
fn keys() {
    let key = |name, seed: u8, signer: &crate::Signer| Key {
        name,
        origin: signer.origin().to_owned(),
        seed: Hash([seed; 32]).to_string(),
        vkey: signer.public().to_string(),
    };
    hold("keys.json", &[key("log", 7, &signer()), key("next", 9, &sample::next_signer())]);
}

#[test]
fn valid_records() {
    let valid = valid::records();
    let kinds: BTreeSet<String> = valid
        .iter()
        .map(|valid| {
            serde_json::from_str::<Value>(&valid.record).unwrap()["type"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!(kinds, Body::KINDS.iter().map(ToString::to_string).collect());
    assert_eq!(kinds, documented("### Kinds", "### Commitments", &["decision"]));
    for Valid { name, record, .. } in &valid {
        assert_eq!(code(record, signer().public()), None, "{name}");
    }
    hold("valid.json", &valid);
}

#[test]
fn invalid_records() {
    let invalid = invalid::records();
    for Invalid { name, rule, record } in &invalid {
        assert_eq!(code(record, signer().public()), Some(*rule), "{name}");
    }
    let rules: BTreeSet<String> = invalid.iter().map(|invalid| invalid.rule.to_owned()).collect();
    let mut expected = documented("### Rules for one record", "### Rules for the records", &["signature"]);
    // A record that is too large would fill the file.
    assert!(expected.remove("too_large"));
    assert_eq!(rules, expected);
    hold("invalid.json", &invalid);
}

#[test]
fn invalid_histories() {
    let histories = histories::logs();
    for (log, Broken { name, rule, records }) in &histories {
        for record in records {
            let key = [signer(), sample::next_signer()].map(|signer| signer.public().clone());
            assert!(key.iter().any(|key| code(record, key).is_none()), "{name}: {record}");
        }
        let folder = tempfile::TempDir::new().unwrap();
        log.export(&folder.path().join("log"));
        let last = records.len() as u64 - 1;
        match verify(&folder.path().join("log"), signer().public(), None) {
            Err(VerifyError::Record { index, fault, .. }) => {
                assert_eq!((index, fault.code()), (last, *rule), "{name}")
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    let histories: Vec<Broken> = histories.into_iter().map(|(_, broken)| broken).collect();
    let rules: BTreeSet<String> = histories.iter().map(|broken| broken.rule.to_owned()).collect();
    let reviews =
        ["review_unknown", "review_open", "review_ended", "review_approvals", "review_differs", "unreviewed"];
    assert_eq!(rules, documented("### Rules for the records", "### Unknown members", &reviews));
    hold("histories.json", &histories);
}

/// The first column of the tables between two headings, and what else is there.
fn documented(from: &str, to: &str, more: &[&str]) -> BTreeSet<String> {
    let document = fs::read_to_string(root().join("docs/formats/audit.md")).unwrap();
    let (_, rest) = document.split_once(from).unwrap();
    let (section, _) = rest.split_once(to).unwrap();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let codes = cells.flat_map(|cell| cell.split(", ")).map(|code| code.trim_matches('`').to_owned());
    codes.chain(more.iter().map(|&code| code.to_owned())).collect()
}

#[test]
fn commitments() {
    let opening = |salt: [u8; 16], opening: Disclosure| Opening {
        salt: salt.iter().map(|byte| format!("{byte:02x}")).collect(),
        name: opening.name().to_owned(),
        value: opening.value().clone(),
        disclosure: opening.as_str().to_owned(),
        commitment: opening.commitment().to_string(),
    };
    let sample = (1_u8..).zip(sample::disclosures()).map(|(salt, made)| opening([salt; 16], made));
    let values = ["", "-", "\"\\\u{1}\n\u{7f}\u{2028}😀", "[1,2]"];
    let others = (100_u8..).zip(values).map(|(salt, value)| {
        opening([salt; 16], Disclosure::new(&[salt; 16], "note", value.into()).unwrap())
    });
    hold("commitments.json", &sample.chain(others).collect::<Vec<_>>());
}

#[test]
fn a_whole_log() {
    let log = valid::log();
    let (size, key) = (log.tree.size(), signer().public().clone());
    let inclusion: Vec<InclusionProof> =
        (0..size).map(|index| log.tree.inclusion(index, size).unwrap()).collect();
    let consistency = (0..=size).map(|old_size| {
        let root = log.tree.root_at(old_size).unwrap();
        Grown {
            checkpoint: crate::Checkpoint::sign(&log.signer, old_size, root),
            proof: log.tree.consistency(old_size, size).unwrap(),
        }
    });
    let checkpoint = log.checkpoint();
    for (record, proof) in log.records.iter().zip(&inclusion) {
        assert!(verify_receipt(record, proof, checkpoint.as_bytes(), std::slice::from_ref(&key)).is_ok());
    }
    let folder = tempfile::TempDir::new().unwrap();
    log.export(&folder.path().join("log"));
    assert_eq!(verify(&folder.path().join("log"), &key, None).map(|report| report.records), Ok(size));
    let whole = Whole {
        vkey: key.to_string(),
        records: log.records.iter().cloned().map(text).collect(),
        checkpoint,
        inclusion,
        consistency: consistency.collect(),
    };
    hold("log.json", &whole);
}

/// The members of a record.
fn members(bytes: &[u8]) -> Map<String, Value> {
    serde_json::from_slice(bytes).unwrap()
}

/// The vector of a sound record.
fn sound(name: &'static str, bytes: Vec<u8>) -> Valid {
    let unsigned = Hash::of(&[&read(&bytes).unwrap().unsigned]).to_string();
    Valid {
        name,
        unsigned_sha256: unsigned,
        leaf_hash: Hash::of_leaf(&bytes).to_string(),
        record: text(bytes),
    }
}

/// The vector of a log whose last record does not follow.
fn broken(name: &'static str, rule: &'static str, log: Log) -> (Log, Broken) {
    let records = log.records.iter().cloned().map(text).collect();
    (log, Broken { name, rule, records })
}
