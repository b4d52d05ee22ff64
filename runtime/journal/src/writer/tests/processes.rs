//! What the log tells of the process that writes it, and of what it counts.

use permit_audit::{Refusals, Start};

use super::*;
use crate::policy::PolicyTerms;
use crate::store::MemoryStore;

fn as_process() -> Options {
    let process = Start { config: Some(Digest::of(b"configuration")), version: "permitd 1.2.3".to_owned() };
    Options { process: Some(process), ..options() }
}

fn open(store: &MemoryStore) -> Writer<MemoryStore> {
    Writer::open(store.clone(), signer(), in_force(), as_process()).unwrap()
}

fn kinds(writer: &Writer<MemoryStore>) -> Vec<&'static str> {
    let size = writer.state.shared.head().size;
    (0..size).map(|index| writer.read(index).unwrap().1.body.kind()).collect()
}

/// The log of the writer, as an auditor sees it.
fn audit(writer: &Writer<MemoryStore>) -> permit_audit::Report {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("log");
    writer.reader().unwrap().export(&target).unwrap();
    permit_audit::verify(&target, signer().public(), None).unwrap()
}

fn counted(now_ms: i64, counts: &[(&str, u64)]) -> Command {
    let counts = counts.iter().map(|&(cause, count)| (cause.to_owned(), count)).collect();
    Command::Refusals { now_ms, counts }
}

fn refusals(receipt: Result<Receipt, SubmitError>) -> Refusals {
    match verified(&receipt.unwrap()).body {
        Body::Refusals(refusals) => refusals,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_start_comes_first_and_a_shutdown_last() {
    let store = MemoryStore::new();
    let mut writer = open(&store);
    writer.apply(vec![command(spend(NOW_MS, 10, Some(1_000)))]).remove(0).unwrap();
    assert_eq!(kinds(&writer), ["genesis", "start", "decision"]);
    let (_, record) = writer.read(1).unwrap();
    assert_eq!(record.body, Body::Start(as_process().process.unwrap()));
    writer.close();
    // The hold is due, which is told after the start.
    let clock: crate::options::Clock = Arc::new(|| NOW_MS + 1_000);
    let later = Options { clock, ..as_process() };
    let mut writer = Writer::open(store.clone(), signer(), in_force(), later).unwrap();
    writer.tick();
    let whole = ["genesis", "start", "decision", "shutdown", "start", "expiry"];
    assert_eq!(kinds(&writer), whole);
    assert_eq!(audit(&writer).records, 6);
    // A process that dies records nothing.
    drop(writer);
    assert_eq!(kinds(&open(&store)), [&whole[..], &["start"]].concat());
}

#[test]
fn a_writer_that_is_no_process_tells_of_none() {
    let store = MemoryStore::new();
    let open = || Writer::open(store.clone(), signer(), in_force(), options()).unwrap();
    open().close();
    assert_eq!(kinds(&open()), ["genesis"]);
}

#[test]
fn a_start_that_cannot_be_recorded_is_none() {
    let store = MemoryStore::new();
    open(&store).close();
    store.set_records_max(Some(3));
    let error = Writer::open(store.clone(), signer(), in_force(), as_process()).unwrap_err();
    assert!(matches!(error, OpenError::Store(StoreError::Full { .. })), "{error:?}");
    store.set_records_max(None);
    assert_eq!(kinds(&open(&store)), ["genesis", "start", "shutdown", "start"]);
}

#[test]
fn periods_follow_each_other_from_the_start_on() {
    let store = MemoryStore::new();
    let mut writer = open(&store);
    let mut count =
        |now_ms, counts: &[(&str, u64)]| refusals(writer.apply(vec![counted(now_ms, counts)]).remove(0));
    let first = count(NOW_MS + 10, &[("token_missing", 2), ("tokens_issued", 1)]);
    assert_eq!((first.from_ms, first.to_ms), (NOW_MS, NOW_MS + 10));
    assert_eq!(first.counts["token_missing"], 2);
    // A clock that went back makes no period that was counted before.
    let second = count(NOW_MS, &[("token_missing", 1)]);
    assert_eq!((second.from_ms, second.to_ms), (NOW_MS + 10, NOW_MS + 10));
    let last = count(NOW_MS + 20, &[]);
    assert_eq!((last.from_ms, last.to_ms, last.counts.len()), (NOW_MS + 10, NOW_MS + 20, 0));
    writer.close();
    let mut writer = open(&store);
    let next = refusals(writer.apply(vec![counted(NOW_MS + 30, &[("busy", 1)])]).remove(0));
    assert_eq!((next.from_ms, next.to_ms), (NOW_MS + 20, NOW_MS + 30), "it begins with the start");
    assert_eq!(audit(&writer).records, 8);
}

#[test]
fn a_period_that_could_not_be_recorded_is_part_of_the_next_one() {
    let store = MemoryStore::new();
    let mut writer = open(&store);
    store.set_records_max(Some(2));
    let refused = writer.apply(vec![counted(NOW_MS + 10, &[("busy", 1)])]).remove(0);
    assert!(matches!(refused, Err(SubmitError::Unavailable { .. })), "{refused:?}");
    store.set_records_max(None);
    let next = refusals(writer.apply(vec![counted(NOW_MS + 20, &[("busy", 3)])]).remove(0));
    assert_eq!((next.from_ms, next.to_ms), (NOW_MS, NOW_MS + 20));
}

#[test]
fn all_that_a_process_records_is_a_log_that_an_auditor_accepts() {
    let store = MemoryStore::new();
    for generation in [b"one".as_slice(), b"two"] {
        let mut writer = open(&store);
        let policy = PolicyTerms { digest: Digest::of(generation), ..in_force() };
        let facts = Digest::of(&[generation, b" facts"].concat());
        let mut decide = spend(NOW_MS, 10, None);
        (decide.draft.policy, decide.draft.facts) = (policy.digest, facts);
        let commands = vec![
            Command::Policy { now_ms: NOW_MS, policy, facts },
            command(decide),
            counted(NOW_MS, &[("tokens_issued", 1)]),
        ];
        writer.apply(commands).into_iter().for_each(|answer| drop(answer.unwrap()));
        let expected = ["policy", "facts", "decision", "refusals"];
        assert_eq!(kinds(&writer)[kinds(&writer).len() - 4..], expected);
        audit(&writer);
        writer.close();
    }
    let report = audit(&Writer::open(store, signer(), in_force(), as_process()).unwrap());
    assert_eq!((report.kinds["start"], report.kinds["shutdown"], report.kinds["facts"]), (3, 2, 2));
}
