use std::fs;

use std::io;
use std::path::PathBuf;

use permit_types::verdict::ReasonCode;
use tempfile::TempDir;

use super::*;
use crate::export::{ExportError, export};
use crate::history::HistoryFault;
use crate::key::KeyError;
use crate::record::RecordError;
use crate::record::message;
use crate::reviews::ReviewFault;
use crate::rules::RuleError;
use crate::sample::{
    Log, START_MS, allowed, body, denied, facts, next_key, next_signer, policy, refusals, reviewed, shutdown,
    start, vote,
};
use crate::{SealError, Signer, seal};
use permit_types::digest::Digest;

/// An exported log in a folder of its own.
struct Exported {
    folder: TempDir,
    key: LogKey,
}

impl Exported {
    fn of(log: &Log) -> Self {
        let folder = TempDir::new().unwrap();
        log.export(&folder.path().join("log"));
        Self { folder, key: log.signer.public().clone() }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join("log").join(file)
    }

    fn verify(&self) -> Result<Report, VerifyError> {
        verify(&self.path(""), &self.key, None)
    }

    fn verify_since(&self, older: &str) -> Result<Report, VerifyError> {
        verify(&self.path(""), &self.key, Some(older.as_bytes()))
    }
}

fn record_fault(index: u64, fault: RecordFault) -> VerifyError {
    let decision = matches!(index % 6, 1..=4);
    let named = if matches!(index % 6, 3 | 4) { 1 } else { index };
    let decision_id = decision.then(|| crate::decision_id(crate::sample::ORIGIN, named));
    VerifyError::Record { index, decision_id, fault }
}

#[test]
fn a_sound_log_is_counted() {
    let log = Log::of(20);
    let report = Exported::of(&log).verify().unwrap();
    let expected = Report {
        allowed: 4,
        approvals: 0,
        confirmed: 3,
        counted: [].into(),
        crashes: 0,
        decisions: 7,
        declines: 0,
        denied: 3,
        expired: 3,
        kinds: [
            ("confirm", 3),
            ("decision", 7),
            ("expiry", 3),
            ("genesis", 1),
            ("policy", 3),
            ("release", 3),
        ]
        .into(),
        origin: crate::sample::ORIGIN.to_owned(),
        policies: 3,
        records: 20,
        released: 3,
        reviews: 0,
        root: log.tree.root(),
        first_ms: Some(START_MS),
        last_ms: Some(START_MS + 19 * 250),
    };
    assert_eq!(report, expected);
}

#[test]
fn logs_of_all_shapes_are_sound() {
    for records in [0, 1, 255, 256, 257, 513] {
        let exported = Exported::of(&Log::of(records));
        assert_eq!(exported.verify().unwrap().records, records as u64);
        assert_eq!(exported.path("tile/1/000.p/1").exists(), matches!(records, 256 | 257));
    }
}

#[test]
fn every_changed_byte_is_found() {
    let exported = Exported::of(&Log::of(7));
    for file in ["checkpoint", "tile/entries/000.p/7", "tile/0/000.p/7"] {
        let sound = fs::read(exported.path(file)).unwrap();
        for place in 0..sound.len() {
            let mut bytes = sound.clone();
            bytes[place] ^= 1 << (place % 8);
            fs::write(exported.path(file), &bytes).unwrap();
            let error = exported.verify().expect_err(&format!("byte {place} of {file}"));
            let right = match file {
                "checkpoint" => matches!(error, VerifyError::Checkpoint(_)),
                "tile/0/000.p/7" => {
                    let at = (place / 32) as u64;
                    matches!(error, VerifyError::Tile { first, last, .. } if first == at && last == at)
                }
                _ => matches!(error, VerifyError::Record { .. }),
            };
            assert!(right, "byte {place} of {file}: {error}");
        }
        fs::write(exported.path(file), &sound).unwrap();
    }
    assert_eq!(exported.verify().unwrap().records, 7);
}

#[test]
fn every_changed_record_is_named() {
    let log = Log::of(20);
    let exported = Exported::of(&log);
    for (index, record) in log.records.iter().enumerate() {
        let text = String::from_utf8(record.clone()).unwrap();
        let mut records = log.records.clone();
        records[index] = text.replacen("\"v\":2", "\"v\":3", 1).into_bytes();
        rewrite_entries(&exported, &records);
        let fault = RecordFault::Record(RecordError::Version { found: "3".to_owned() });
        assert_eq!(exported.verify(), Err(record_fault(index as u64, fault)));
    }
}

/// Puts other records into the bundle and leaves the tiles as they are.
fn rewrite_entries(exported: &Exported, records: &[Vec<u8>]) {
    let framed =
        |record: &Vec<u8>| [&u16::try_from(record.len()).unwrap().to_be_bytes(), record.as_slice()].concat();
    let bundle: Vec<u8> = records.iter().flat_map(framed).collect();
    fs::write(exported.path("tile/entries/000.p/20"), bundle).unwrap();
}

/// Edits the records and lets a forger with the real key sign the checkpoint and rebuild the tiles.
fn forged(edit: impl FnOnce(&mut Vec<Vec<u8>>)) -> Result<Report, VerifyError> {
    let mut records = Log::of(20).records;
    edit(&mut records);
    let mut log = Log::of(0);
    records.into_iter().for_each(|record| log.push_bytes(record));
    Exported::of(&log).verify()
}

#[test]
fn deleted_reordered_inserted_and_repeated_records_are_named() {
    assert_eq!(forged(|_| ()).unwrap().records, 20);
    assert_eq!(
        forged(|r| drop(r.remove(7))),
        Err(VerifyError::Record {
            index: 7,
            decision_id: Some(crate::decision_id(crate::sample::ORIGIN, 8)),
            fault: RecordFault::Index { found: 8 },
        })
    );
    assert_eq!(forged(|r| r.swap(6, 12)), Err(record_fault(6, RecordFault::Index { found: 12 })));
    assert_eq!(forged(|r| r.insert(6, r[0].clone())), Err(record_fault(6, RecordFault::Index { found: 0 })));
    assert_eq!(forged(|r| r.insert(5, r[5].clone())), Err(record_fault(6, RecordFault::Index { found: 5 })));
    assert_eq!(
        forged(|r| drop(r.remove(0))),
        Err(VerifyError::Record {
            index: 0,
            decision_id: Some(crate::decision_id(crate::sample::ORIGIN, 1)),
            fault: RecordFault::Index { found: 1 },
        })
    );
}

#[test]
fn a_replaced_record_is_found_by_its_successor() {
    // The forger has the real key and signs another record 6 over the same history.
    let mut log = Log::of(6);
    log.push(body(1));
    log.records.extend(Log::of(20).records.into_iter().skip(7));
    assert_eq!(forged(|records| *records = log.records), Err(record_fault(7, RecordFault::MerkleRoot)));
}

#[test]
fn records_that_break_a_rule_are_named() {
    let resealed = |index: u64, at_ms: i64, key: u8, edit: fn(&str) -> String| {
        let mut log = Log::of(usize::try_from(index).unwrap());
        let signer = Signer::from_seed(crate::sample::ORIGIN, &[key; 32]).unwrap();
        let body = if index.is_multiple_of(2) { denied() } else { allowed() };
        let sealed = seal(Body::Decision(Box::new(body)), index, at_ms, log.tree.root(), &signer).unwrap();
        let mut record = Record::parse(edit(str::from_utf8(&sealed.bytes).unwrap()).as_bytes()).unwrap();
        record.signature = signer.sign(&message(crate::sample::ORIGIN, record.unsigned().unwrap().bytes()));
        log.push_bytes(record.encode().unwrap());
        match Exported::of(&log).verify() {
            Err(VerifyError::Record { index: at, fault, .. }) if at == index => fault,
            other => panic!("{other:?}"),
        }
    };
    let later = START_MS + 60_000;
    assert_eq!(resealed(5, START_MS, 7, str::to_owned), RecordFault::Timestamp);
    assert_eq!(resealed(5, later, 8, str::to_owned), RecordFault::Signature);
    let allow = |text: &str| text.replace("\"outcome\":\"DENY\"", "\"outcome\":\"ALLOW\"");
    assert_eq!(resealed(4, later, 7, allow), RecordFault::Rule(RuleError::Outcome));
    let over = |text: &str| {
        text.replace("\"spent\":\"4000.00 USD\",\"window\"", "\"spent\":\"4400.01 USD\",\"window\"")
    };
    let fault = resealed(5, later, 7, over);
    assert!(matches!(fault, RecordFault::Rule(RuleError::OverLimit { .. })), "{fault}");
    let renamed = |text: &str| text.replace("\"dec_", "\"dec_0");
    assert!(matches!(resealed(5, later, 7, renamed), RecordFault::Rule(RuleError::DecisionId { .. })));
    let rootless = |text: &str| {
        let at = text.find("0x").unwrap() + 2;
        format!("{}{}{}", &text[..at], "0".repeat(64), &text[at + 64..])
    };
    assert_eq!(resealed(5, later, 7, rootless), RecordFault::MerkleRoot);
}

#[test]
fn a_checkpoint_over_other_records_is_found() {
    let (log, exported) = (Log::of(20), Exported::of(&Log::of(20)));
    let signed = Hash::of_leaf(b"another history");
    fs::write(exported.path("checkpoint"), Checkpoint::sign(&log.signer, 20, signed)).unwrap();
    assert_eq!(exported.verify(), Err(VerifyError::Root { size: 20, signed, found: log.tree.root() }));
    let longer = Checkpoint::sign(&log.signer, 21, signed);
    fs::write(exported.path("checkpoint"), longer).unwrap();
    assert_eq!(exported.verify(), Err(VerifyError::Missing { path: "tile/entries/000.p/21".to_owned() }));
}

#[test]
fn a_log_signed_anew_with_another_key_is_refused() {
    let mut exported = Exported::of(&Log::of(20));
    exported.key = Signer::from_seed(crate::sample::ORIGIN, &[8; 32]).unwrap().public().clone();
    assert_eq!(exported.verify(), Err(VerifyError::Checkpoint(CheckpointError::Unsigned)));
}

#[test]
fn an_older_checkpoint_finds_rollback_and_fork() {
    for older in 0..=12 {
        let saved = Log::of(older).checkpoint();
        assert_eq!(Exported::of(&Log::of(12)).verify_since(&saved).unwrap().records, 12);
    }
    let saved = Log::of(12).checkpoint();
    let rollback = VerifyError::Rollback { older: 12, size: 9 };
    assert_eq!(Exported::of(&Log::of(9)).verify_since(&saved), Err(rollback));
    for fork_at in 1..12 {
        let mut log = Log::of(fork_at);
        (fork_at..14).for_each(|index| drop(log.push(body(index + 1))));
        let exported = Exported::of(&log);
        assert_eq!(exported.verify().unwrap().records, 14);
        assert_eq!(exported.verify_since(&saved), Err(VerifyError::Fork { older: 12 }), "{fork_at}");
    }
    let malformed = VerifyError::Older(CheckpointError::Shape);
    assert_eq!(Exported::of(&Log::of(9)).verify_since("x"), Err(malformed));
}

#[test]
fn missing_cut_and_padded_files_are_found() {
    let log = Log::of(300);
    let files = [
        "checkpoint",
        "tile/entries/000",
        "tile/entries/001.p/44",
        "tile/0/000",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
    ];
    for file in files {
        let exported = Exported::of(&log);
        let sound = fs::read(exported.path(file)).unwrap();
        fs::remove_file(exported.path(file)).unwrap();
        assert_eq!(exported.verify(), Err(VerifyError::Missing { path: file.to_owned() }));
        for bytes in [&sound[..sound.len() - 1], &[], &[sound.as_slice(), b"\n"].concat()] {
            fs::write(exported.path(file), bytes).unwrap();
            assert!(exported.verify().is_err(), "{file}");
        }
        fs::write(exported.path(file), vec![0; 9_000_000]).unwrap();
        let size = VerifyError::FileSize { path: file.to_owned(), bytes: 9_000_000 };
        assert_eq!(exported.verify(), Err(size));
    }
}

#[test]
fn files_that_no_such_log_has_are_found() {
    let log = Log::of(20);
    let files = [
        "tile/notes",
        "tile/0/000",
        "tile/0/001.p/3",
        "tile/entries/000.p/19",
        "tile/1/000.p/1",
        "tile/2/x000/000",
    ];
    for file in files {
        let exported = Exported::of(&log);
        fs::create_dir_all(exported.path(file).parent().unwrap()).unwrap();
        fs::write(exported.path(file), b"x").unwrap();
        assert_eq!(exported.verify(), Err(VerifyError::Unexpected { path: file.to_owned() }));
    }
    let exported = Exported::of(&log);
    fs::create_dir(exported.path("tile/empty")).unwrap();
    assert_eq!(exported.verify(), Err(VerifyError::Unexpected { path: "tile/empty".to_owned() }));
}

#[cfg(unix)]
#[test]
fn links_are_not_followed() {
    let exported = Exported::of(&Log::of(20));
    let tile = exported.path("tile/0/000.p/20");
    fs::rename(&tile, exported.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink(exported.path("elsewhere"), &tile).unwrap();
    assert_eq!(exported.verify(), Err(VerifyError::Unexpected { path: "tile/0/000.p/20".to_owned() }));
    let exported = Exported::of(&Log::of(20));
    fs::rename(exported.path("tile"), exported.path("elsewhere")).unwrap();
    std::os::unix::fs::symlink(exported.path("elsewhere"), exported.path("tile")).unwrap();
    assert_eq!(exported.verify(), Err(VerifyError::Unexpected { path: "tile".to_owned() }));
}

#[test]
fn a_key_inside_the_log_is_refused() {
    let exported = Exported::of(&Log::of(3));
    let (inside, outside) = (exported.path("log.vkey"), exported.folder.path().join("log.vkey"));
    for path in [&inside, &outside] {
        fs::write(path, format!("{}\n", exported.key)).unwrap();
    }
    assert_eq!(read_key(&outside, &exported.path("")), Ok(exported.key.clone()));
    assert_eq!(read_key(&inside, &exported.path("")), Err(VerifyError::KeyInside { path: inside.clone() }));
    let around = exported.folder.path().join("log/tile/../log.vkey");
    assert_eq!(read_key(&around, &exported.path("")), Err(VerifyError::KeyInside { path: around.clone() }));
}

#[test]
fn an_export_is_complete_or_not_there() {
    let log = Log::of(20);
    let folder = TempDir::new().unwrap();
    let target = folder.path().join("log");
    let attempt = |records: Vec<io::Result<Vec<u8>>>| {
        export(&target, log.checkpoint().as_bytes(), log.signer.public(), records)
    };
    let records = || log.records.iter().cloned().map(Ok).collect::<Vec<_>>();
    let with = |edit: fn(&mut Vec<io::Result<Vec<u8>>>)| {
        let mut records = records();
        edit(&mut records);
        records
    };
    let kind = io::ErrorKind::InvalidData;
    assert_eq!(attempt(with(|r| drop(r.pop()))), Err(ExportError::Count { expected: 20 }));
    assert_eq!(attempt(with(|r| r.push(Ok(vec![])))), Err(ExportError::Count { expected: 20 }));
    assert_eq!(attempt(with(|r| r.swap(3, 4))), Err(ExportError::Root));
    assert_eq!(attempt(with(|r| r[3] = Ok(vec![0; 32_769]))), Err(ExportError::TooLarge { index: 3 }));
    assert_eq!(attempt(with(|r| r[3] = Ok(vec![0; 65_536]))), Err(ExportError::TooLarge { index: 3 }));
    let torn = attempt(with(|r| r[3] = Err(io::ErrorKind::InvalidData.into())));
    assert_eq!(torn, Err(ExportError::Source { index: 3, kind }));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    assert_eq!(attempt(records()), Ok(()));
    assert_eq!(attempt(records()), Err(ExportError::Exists { path: target.clone() }));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Somebody who has the log's key lets an action happen that nobody approved: every record is sound by itself.
#[test]
fn an_approval_that_nobody_gave_is_found() {
    let log = |votes: &[&str]| {
        let mut log = Log::of(1);
        log.push(Body::Decision(Box::new(reviewed(ReasonCode::ReviewRequired, 1, &[], 0))));
        votes.iter().for_each(|person| drop(log.push(Body::Approval(vote(1, person)))));
        log.push(Body::Decision(Box::new(reviewed(ReasonCode::Approved, 1, &["ann", "bob"], 2))));
        log
    };
    let report = Exported::of(&log(&["ann", "bob"])).verify().unwrap();
    assert_eq!((report.reviews, report.approvals, report.allowed), (1, 2, 1));
    let id = crate::decision_id(crate::sample::ORIGIN, 1);
    let fault =
        RecordFault::History(HistoryFault::Review(ReviewFault::Approvals { id, found: 1, needed: 2 }));
    let decision_id = Some(crate::decision_id(crate::sample::ORIGIN, 3));
    let expected = VerifyError::Record { index: 3, decision_id, fault };
    assert_eq!(Exported::of(&log(&["ann"])).verify(), Err(expected));
}

#[test]
fn what_the_verifier_refuses_is_not_sealed() {
    let mut over = allowed();
    over.charges[0].limits[0].limit = "1.00 USD".to_owned();
    let log = Log::of(1);
    let refused = seal(Body::Decision(Box::new(over)), 1, START_MS, log.tree.root(), &log.signer);
    assert!(matches!(refused, Err(SealError::Rule(RuleError::OverLimit { .. }))));
}

#[test]
fn a_decision_is_by_the_policy_in_force() {
    let next = Digest::of(b"next bundle");
    let by = |policy| Body::Decision(Box::new(crate::Decision { policy, ..allowed() }));
    let change = || policy(b"next bundle");
    let log = |bodies: [Body; 3]| {
        let mut log = Log::of(1);
        bodies.into_iter().for_each(|body| drop(log.push(body)));
        Exported::of(&log).verify()
    };
    let before = allowed().policy;
    assert_eq!(log([by(before), change(), by(next)]).map(|report| report.policies), Ok(1));
    let late = RecordFault::History(HistoryFault::Policy { decided_by: before, in_force: next });
    assert_eq!(log([change(), by(next), by(before)]), Err(fault_of(3, late)));
    let early = RecordFault::History(HistoryFault::Policy { decided_by: next, in_force: before });
    assert_eq!(log([by(next), change(), by(next)]), Err(fault_of(1, early)));
}

fn fault_of(index: u64, fault: RecordFault) -> VerifyError {
    let decision_id = Some(crate::decision_id(crate::sample::ORIGIN, index));
    VerifyError::Record { index, decision_id, fault }
}

/// A log whose key changes with record `at`, of `records` records.
fn rotated(at: usize, records: usize) -> Log {
    let mut log = Log::of(at);
    log.push(next_key(at as u64));
    log.signer = next_signer();
    (at + 1..records).for_each(|index| drop(log.push(body(index))));
    log
}

/// An export of a log that another key began than the one that signs its checkpoint.
fn begun_by(log: &Log, key: &LogKey) -> Exported {
    Exported { key: key.clone(), ..Exported::of(log) }
}

#[test]
fn a_rotated_key_is_followed() {
    let (old, new) = (crate::sample::signer().public().clone(), next_signer().public().clone());
    for (at, records) in [(1, 2), (3, 4), (3, 12), (11, 12), (255, 256), (256, 258)] {
        let exported = begun_by(&rotated(at, records), &old);
        let report = exported.verify().unwrap();
        assert_eq!((report.records, report.kinds["key"]), (records as u64, 1));
    }
    // Whoever knows only the new key does not know who signed the beginning.
    let unsigned = Err(VerifyError::Record { index: 0, decision_id: None, fault: RecordFault::Signature });
    assert_eq!(begun_by(&rotated(3, 12), &new).verify(), unsigned);
}

#[test]
fn a_replaced_key_signs_nothing_more() {
    let old = crate::sample::signer();
    let mut log = rotated(3, 6);
    // A checkpoint by the old key alone, though another one is in force.
    let exported = begun_by(&log, old.public());
    let by_old = Checkpoint::sign(&old, log.tree.size(), log.tree.root());
    fs::write(exported.path("checkpoint"), &by_old).unwrap();
    assert_eq!(exported.verify(), Err(VerifyError::Checkpoint(CheckpointError::Unsigned)));
    // By both, as after a rotation, so that clients go on verifying.
    let line = by_old.lines().last().unwrap();
    fs::write(exported.path("checkpoint"), format!("{}{line}\n", log.checkpoint())).unwrap();
    assert_eq!(exported.verify().map(|report| report.records), Ok(6));
    // A record by the old key.
    log.signer = old;
    log.push(body(6));
    log.signer = next_signer();
    let fault = VerifyError::Record { index: 6, decision_id: None, fault: RecordFault::Signature };
    assert_eq!(begun_by(&log, crate::sample::signer().public()).verify(), Err(fault));
    // A key that no record names.
    let mut stolen = Log::of(6);
    stolen.signer = next_signer();
    let exported = begun_by(&stolen, crate::sample::signer().public());
    assert_eq!(exported.verify(), Err(VerifyError::Checkpoint(CheckpointError::Unsigned)));
}

#[test]
fn an_older_checkpoint_is_by_the_key_of_its_time() {
    let old = crate::sample::signer().public().clone();
    let exported = begun_by(&rotated(3, 9), &old);
    for size in [0, 2, 3] {
        assert_eq!(exported.verify_since(&Log::of(size).checkpoint()).unwrap().records, 9);
    }
    for size in [4, 7, 9] {
        assert_eq!(exported.verify_since(&rotated(3, size).checkpoint()).unwrap().records, 9);
    }
    // A log of the same size as rotated, before: the old key signs no more from record 4 on.
    let by_old = Checkpoint::sign(&crate::sample::signer(), 4, rotated(3, 4).tree.root());
    assert_eq!(exported.verify_since(&by_old), Err(VerifyError::Older(CheckpointError::Unsigned)));
    let later = rotated(3, 12).checkpoint();
    assert_eq!(exported.verify_since(&later), Err(VerifyError::Rollback { older: 12, size: 9 }));
    let before = begun_by(&Log::of(3), &old);
    assert_eq!(before.verify_since(&later), Err(VerifyError::Older(CheckpointError::Unsigned)));
    let by_nobody = Log { signer: Signer::from_seed(crate::sample::ORIGIN, &[8; 32]).unwrap(), ..Log::of(5) };
    let unsigned = Err(VerifyError::Older(CheckpointError::Unsigned));
    assert_eq!(exported.verify_since(&by_nobody.checkpoint()), unsigned);
}

#[test]
fn facts_are_followed_in_a_directory() {
    let mut log = Log::of(1);
    log.push(facts(b"other facts", None));
    log.push(Body::Decision(Box::new(denied())));
    let fault = HistoryFault::Facts { in_force: Some(Digest::of(b"other facts")) };
    assert_eq!(Exported::of(&log).verify(), Err(fault_of(2, RecordFault::History(fault))));
}

#[test]
fn a_key_file_is_read_up_to_its_bound() {
    let exported = Exported::of(&Log::of(1));
    let path = exported.folder.path().join("log.vkey");
    let read = |text: &str| {
        fs::write(&path, text).unwrap();
        read_key(&path, &exported.path(""))
    };
    assert_eq!(read("?"), Err(VerifyError::Key(KeyError::Malformed)));
    assert_eq!(
        read(&format!("{}{}", exported.key, "\n".repeat(2000))),
        Err(VerifyError::Key(KeyError::Malformed))
    );
    fs::write(&path, b"\xff").unwrap();
    assert_eq!(read_key(&path, &exported.path("")), Err(VerifyError::Key(KeyError::Malformed)));
    let gone = exported.folder.path().join("gone");
    let kind = io::ErrorKind::NotFound;
    assert_eq!(read_key(&gone, &exported.path("")), Err(VerifyError::Io { path: gone, kind }));
}

#[test]
fn a_decision_is_named_where_its_name_can_be_read() {
    let named = |name: &str| {
        let mut log = Log::of(1);
        log.push_bytes(serde_json::json!({ "decision_id": name }).to_string().into_bytes());
        match Exported::of(&log).verify() {
            Err(VerifyError::Record { index: 1, decision_id, fault: RecordFault::Record(_) }) => decision_id,
            other => panic!("{other:?}"),
        }
    };
    let longest = "d".repeat(64);
    assert_eq!(named(&longest), Some(longest.clone()));
    assert_eq!((named(&format!("{longest}d")), named("d d"), named("é")), (None, None, None));
    let fault = RecordFault::Signature;
    let error = |decision_id| VerifyError::Record { index: 7, decision_id, fault: fault.clone() }.to_string();
    assert_eq!(error(None), "record 7: its signature is wrong");
    assert_eq!(error(Some("dec_1".to_owned())), "record 7 (dec_1): its signature is wrong");
}

#[test]
fn faults_have_codes() {
    let large = RecordError::TooLarge { bytes: 40_000 };
    let of_place = [
        RecordFault::Truncated,
        RecordFault::Record(large),
        RecordFault::Rule(RuleError::Outcome),
        RecordFault::History(HistoryFault::Shutdown),
        RecordFault::Index { found: 1 },
        RecordFault::Timestamp,
        RecordFault::Signature,
        RecordFault::MerkleRoot,
    ];
    let codes =
        ["truncated", "too_large", "outcome", "shutdown", "place", "timestamp", "signature", "merkle_root"];
    assert_eq!(of_place.map(|fault| fault.code()), codes);
}

#[test]
fn a_report_is_one_line() {
    let mut log = Log::of(3);
    let report = Exported::of(&log).verify().unwrap();
    let root = log.tree.root();
    let line = format!(
        "verified: permit.example/log1 has 3 records, 2 decisions (1 allowed, 1 denied), 0 confirmed, 0 released, \
         2026-04-14T10:23:47.123Z to 2026-04-14T10:23:47.623Z; root {root}"
    );
    assert_eq!(report.to_string(), line);
    log.push(Body::Decision(Box::new(reviewed(ReasonCode::ReviewRequired, 3, &[], 0))));
    log.push(Body::Approval(vote(3, "ann")));
    log.push(Body::Decline(vote(3, "bob")));
    let line = Exported::of(&log).verify().unwrap().to_string();
    assert!(line.contains("(1 allowed, 1 denied, 1 for review), 0 confirmed"), "{line}");
    assert!(line.contains("released, 1 approvals, 1 declines, 2026"), "{line}");
    let empty = Exported::of(&Log::of(0)).verify().unwrap().to_string();
    assert!(empty.ends_with(&format!("0 released; root {}", Hash::of_empty_tree())), "{empty}");
}

#[test]
fn processes_and_counts_are_told_beside_it() {
    let mut log = Log::of(1);
    for body in [
        start(),
        facts(b"facts", None),
        Body::Refusals(refusals(3)),
        // After a crash.
        start(),
        Body::Refusals(refusals(5)),
        shutdown(),
        start(),
    ] {
        log.push(body);
    }
    let report = Exported::of(&log).verify().unwrap();
    assert_eq!((report.crashes, report.counted["handshake_failed"]), (1, 24));
    let text = report.to_string();
    let lines: Vec<_> = text.lines().skip(1).collect();
    let expected = [
        "starts: 3, 1 of them after a crash; changes of the policy: 0, of the facts: 1",
        "counted without a record: handshake_failed 24, token_missing 2, tokens_issued 80",
    ];
    assert_eq!(lines, expected);
}
