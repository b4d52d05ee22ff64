use std::collections::BTreeSet;
use std::fs::File;
use std::sync::{Arc, mpsc};

use permit_audit::{Body, LogKey, verify, verify_receipt};
use permit_types::verdict::{Outcome, ReasonCode};
use rusqlite::Connection;

use super::*;
use crate::checksum::checksum;
use crate::open_error::Fault;
use crate::receipt::{ReadError, Receipt};
use crate::step::Step;
use crate::testing::*;

fn open(folder: &Path) -> Result<Journal, OpenError> {
    Journal::open(folder, signer(), in_force(), options())
}

fn public() -> LogKey {
    signer().public().clone()
}

/// A closed journal with the genesis and `count` decisions, each with a hold.
fn filled(folder: &Path, count: i64) {
    let journal = open(folder).unwrap();
    for at in 0..count {
        journal.submit(command(spend(NOW_MS + at, 10, Some(1_000)))).wait().unwrap();
    }
    journal.close();
}

#[test]
fn a_folder_has_one_journal() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).unwrap();
    assert_eq!(open(folder.path()).unwrap_err(), OpenError::Locked { path: folder.path().to_owned() });
    journal.close();
    open(folder.path()).unwrap().close();
}

#[test]
fn another_log_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 1);
    for other in [
        Signer::from_seed("permit.test/log", &[8; 32]).unwrap(),
        Signer::from_seed("permit.test/other", &[7; 32]).unwrap(),
    ] {
        let expected =
            OpenError::OtherLog { found: public().to_string(), expected: other.public().to_string() };
        assert_eq!(Journal::open(folder.path(), other, in_force(), options()).unwrap_err(), expected);
    }
}

#[test]
fn a_full_queue_is_busy() {
    let folder = tempfile::tempdir().unwrap();
    let options = Options { queue_max: 1, ..options() };
    let journal = Journal::open(folder.path(), signer(), in_force(), options).unwrap();
    let (at_work, is_at_work) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    let block = move || {
        at_work.send(()).unwrap();
        may_go_on.recv().unwrap();
    };
    let first = journal.submit_in_turn(command(spend(NOW_MS, 1, None)), block);
    is_at_work.recv().unwrap();
    // The writer is in its caller's hands: one command fits into the queue, the next one does not.
    let waits = journal.submit(command(spend(NOW_MS, 1, None)));
    assert_eq!(journal.submit(command(spend(NOW_MS, 1, None))).wait(), Err(SubmitError::Busy));
    go_on.send(()).unwrap();
    journal.close();
    // Closing answered what waited.
    assert_eq!([first, waits].map(|answer| answer.wait().unwrap().record.index), [1, 2]);
    assert_eq!(journal.submit(command(spend(NOW_MS, 1, None))).wait(), Err(SubmitError::Closed));
    assert_eq!(journal.reader().size(), 3);
}

#[test]
fn many_threads_share_one_budget_to_the_cent() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).unwrap();
    let spend_some = || {
        let spent = (0..200).map(|_| journal.submit(command(spend(NOW_MS, 100, None))).wait().unwrap());
        spent.collect::<Vec<_>>()
    };
    let receipts: Vec<Receipt> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(spend_some)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let allowed = receipts.iter().filter(|receipt| receipt.outcome() == Some(Outcome::Allow)).count();
    assert_eq!((allowed, receipts.len()), (1_000, 1_600));
    assert_eq!(journal.reader().balances(&pot(), NOW_MS)[0].spent, 100_000);
    let places: BTreeSet<u64> = receipts.iter().map(|receipt| receipt.record.index).collect();
    assert_eq!((places.len(), places.first(), places.last()), (1_600, Some(&1), Some(&1_600)));
    for receipt in &receipts {
        let checkpoint = receipt.checkpoint.as_bytes();
        let record = verify_receipt(&receipt.bytes, &receipt.proof, checkpoint, &[public()]).unwrap();
        assert_eq!(record.body.as_ref(), Some(&receipt.record.body));
        assert_eq!(journal.reader().index_of(record.decision_id.as_deref().unwrap()), Ok(record.index));
        assert_eq!(journal.reader().record(record.index).as_ref(), Ok(&receipt.bytes));
        let (proof, checkpoint) = journal.reader().inclusion(record.index).unwrap();
        verify_receipt(&receipt.bytes, &proof, checkpoint.as_bytes(), &[public()]).unwrap();
    }
    assert_eq!(journal.reader().record(1_601), Err(ReadError::NotFound));
    assert_eq!(journal.reader().index_of("dec_0"), Err(ReadError::NotFound));
    let target = folder.path().join("export");
    journal.reader().export(&target).unwrap();
    let report = verify(&target, &public(), None).unwrap();
    assert_eq!((report.records, report.allowed, report.denied), (1_601, 1_000, 600));
    journal.close();
}

#[test]
fn a_killed_process_loses_nothing_that_it_answered() {
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).unwrap();
    let mut answered = vec![journal.reader().checkpoint()];
    for at in 0..12 {
        answered
            .push(journal.submit(command(spend(NOW_MS + at, 10, Some(1_000)))).wait().unwrap().checkpoint);
    }
    let killed = tempfile::tempdir().unwrap();
    copy_folder(folder.path(), killed.path());
    let restarted = open(killed.path()).unwrap();
    assert_eq!(restarted.reader().checkpoint(), journal.reader().checkpoint());
    restarted.close();
    // A write that the kill cut short: the log ends at one of the answers, whole.
    let write_ahead = "journal.sqlite-wal";
    let length = std::fs::metadata(folder.path().join(write_ahead)).unwrap().len();
    let mut ends = BTreeSet::new();
    for cut in (0..=20).map(|part| length * part / 20) {
        let torn = tempfile::tempdir().unwrap();
        copy_folder(folder.path(), torn.path());
        File::options().write(true).open(torn.path().join(write_ahead)).unwrap().set_len(cut).unwrap();
        let restarted = open(torn.path()).unwrap();
        let end = answered.iter().position(|checkpoint| *checkpoint == restarted.reader().checkpoint());
        ends.insert(end.unwrap());
        restarted.submit(command(spend(NOW_MS + 20, 10, None))).wait().unwrap();
        restarted.close();
    }
    assert!(ends.len() > 3, "{ends:?}");
    journal.close();
}

#[test]
fn damage_is_refused_by_its_place() {
    let flip = |column: &str| {
        let flipped = format!("substr({column}, 1, 20) || X'FF' || substr({column}, 22)");
        format!("UPDATE entry SET {column} = CAST({flipped} AS BLOB) WHERE ix = 3")
    };
    let corrupt = |index, fault| OpenError::Corrupt { index, fault };
    let cases = [
        (flip("record"), corrupt(3, Fault::LeafHash)),
        (flip("leaf"), corrupt(3, Fault::LeafHash)),
        (flip("step"), corrupt(3, Fault::Step)),
        (flip("step_sum"), corrupt(3, Fault::Step)),
        ("DELETE FROM entry WHERE ix = 2".to_owned(), corrupt(2, Fault::Missing)),
        ("DELETE FROM entry WHERE ix = 4".to_owned(), OpenError::Truncated { signed: 5, found: 4 }),
        // No checkpoint covers the missing record, or the ones that were not appended by the writer.
        (
            "DELETE FROM checkpoint; DELETE FROM entry WHERE ix = 4".to_owned(),
            OpenError::Size { appended: 5, found: 4 },
        ),
        ("UPDATE log SET size = 3".to_owned(), OpenError::Size { appended: 3, found: 5 }),
        ("PRAGMA user_version = 9".to_owned(), OpenError::Format { found: 9, expected: 5 }),
    ];
    for (damage, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        filled(folder.path(), 4);
        open(folder.path()).unwrap().close();
        Connection::open(folder.path().join("journal.sqlite")).unwrap().execute_batch(&damage).unwrap();
        assert_eq!(open(folder.path()).unwrap_err(), expected, "{damage}");
    }
}

#[test]
fn a_damaged_snapshot_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let journal =
        Journal::open(folder.path(), signer(), in_force(), Options { snapshot_every: 3, ..options() })
            .unwrap();
    for at in 0..4 {
        journal.submit(command(spend(NOW_MS + at, 10, Some(1_000)))).wait().unwrap();
    }
    journal.close();
    let database = Connection::open(folder.path().join("journal.sqlite")).unwrap();
    // What the snapshot covers is not replayed, so damage to the steps before it harms nothing.
    database.execute("UPDATE entry SET step = X'00' WHERE ix = 1", []).unwrap();
    open(folder.path()).unwrap().close();
    database.execute("UPDATE snapshot SET state = X'00'", []).unwrap();
    assert_eq!(open(folder.path()).unwrap_err(), OpenError::Snapshot { index: 3 });
}

#[test]
fn lower_bounds_bind_the_new_and_not_the_replay() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 2);
    let limits = permit_ledger::Limits { accounts_max: 0, holds_max: 2, ..permit_ledger::Limits::default() };
    let journal =
        Journal::open(folder.path(), signer(), in_force(), Options { limits, ..options() }).unwrap();
    let code = |decide| match journal.submit(command(decide)).wait().unwrap().record.body {
        Body::Decision(decision) => decision.reason.code,
        other => panic!("{other:?}"),
    };
    assert_eq!(code(spend(NOW_MS + 2, 10, None)), ReasonCode::Permitted);
    assert_eq!(code(spend(NOW_MS + 2, 10, Some(5))), ReasonCode::LedgerFull);
    let mut other = spend(NOW_MS + 2, 10, None);
    assessment(&mut other).budget.as_mut().unwrap().charges[0].account.key = vec!["another".to_owned()];
    assert_eq!(code(other), ReasonCode::LedgerFull);
    journal.close();
}

/// Somebody who can write the database, but has no key, changes a record and all sums that stand on it.
#[test]
fn forged_records_are_refused_by_their_place() {
    let forge = |folder: &Path, index: i64| {
        let database = Connection::open(folder.join("journal.sqlite")).unwrap();
        let read = |row: &rusqlite::Row<'_>| row.get::<_, Vec<u8>>(0);
        let record = database.query_row("SELECT record FROM entry WHERE ix = ?1", [index], read).unwrap();
        let forged =
            String::from_utf8(record).unwrap().replace("\"action\":\"spend\"", "\"action\":\"spent\"");
        let leaf = permit_audit::Hash::of_leaf(forged.as_bytes()).0;
        let update = "UPDATE entry SET record = ?1, leaf = ?2 WHERE ix = ?3";
        database.execute(update, rusqlite::params![forged.as_bytes(), leaf.as_slice(), index]).unwrap();
        database
    };
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 4);
    forge(folder.path(), 2);
    // The next record stands on what record 2 was.
    let expected = OpenError::Corrupt { index: 3, fault: Fault::MerkleRoot };
    assert_eq!(open(folder.path()).unwrap_err(), expected);
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 4);
    forge(folder.path(), 4);
    let expected = OpenError::Corrupt { index: 4, fault: Fault::Checkpoint };
    assert_eq!(open(folder.path()).unwrap_err(), expected);
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 4);
    forge(folder.path(), 4).execute_batch("DELETE FROM checkpoint").unwrap();
    // Without a checkpoint, each record must carry the log's signature.
    assert_eq!(open(folder.path()).unwrap_err(), OpenError::Corrupt { index: 4, fault: Fault::Signature });
}

#[test]
fn forged_charges_are_refused_by_their_place() {
    let folder = tempfile::tempdir().unwrap();
    filled(folder.path(), 4);
    let database = Connection::open(folder.path().join("journal.sqlite")).unwrap();
    let read = |row: &rusqlite::Row<'_>| row.get::<_, Vec<u8>>(0);
    let bytes = database.query_row("SELECT step FROM entry WHERE ix = 3", [], read).unwrap();
    let mut step: Step = postcard::from_bytes(&bytes).unwrap();
    let Some(permit_ledger::Command::Reserve(reserve)) = &mut step.command else { panic!() };
    reserve.charges[0].amount = 1;
    let bytes = postcard::to_stdvec(&step).unwrap();
    let sum = checksum(&bytes);
    database
        .execute("UPDATE entry SET step = ?1, step_sum = ?2 WHERE ix = 3", rusqlite::params![bytes, sum])
        .unwrap();
    let expected = OpenError::Corrupt { index: 3, fault: Fault::Replay };
    assert_eq!(open(folder.path()).unwrap_err(), expected);
}

/// Every read that asks the store panics on a thread that drives asynchronous tasks, and none does where blocking is allowed.
#[test]
fn a_runtime_worker_never_asks_the_store() {
    type Read = Box<dyn Fn(&JournalReader) + Send + Sync>;
    let folder = tempfile::tempdir().unwrap();
    let journal = open(folder.path()).unwrap();
    let receipt = journal.submit(command(with_review(spend(NOW_MS, 1, None), 1, 1))).wait().unwrap();
    let id = receipt.record.decision_id.unwrap();
    let reader = journal.reader().clone();
    let targets = ["log", "again"].map(|name| folder.path().join(name));
    let reads: [(&str, Read); 5] = [
        ("record", Box::new(|reader| drop(reader.record(1).unwrap()))),
        ("index_of", Box::new(move |reader| assert_eq!(reader.index_of(&id), Ok(1)))),
        ("review_content", Box::new(|reader| drop(reader.review_content(1).unwrap()))),
        ("held_unit", Box::new(|reader| drop(reader.held_unit("dec_0", "pot").unwrap_err()))),
        (
            "export",
            Box::new(move |reader| {
                let target = targets.iter().find(|target| !target.exists()).unwrap();
                reader.export(target).unwrap();
            }),
        ),
    ];
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    for (name, read) in reads {
        let (read, reader) = (Arc::new(read), reader.clone());
        let (again, reader_again) = (Arc::clone(&read), reader.clone());
        runtime.block_on(runtime.spawn_blocking(move || again(&reader_again))).unwrap();
        let on_worker = runtime.block_on(runtime.spawn(async move { read(&reader) }));
        let panic = on_worker.unwrap_err().into_panic();
        let message = panic.downcast::<String>().map_or_else(|_| String::new(), |message| *message);
        assert!(message.contains("Cannot block the current thread"), "{name}: {message}");
    }
    // An answer is awaited on a worker all the same.
    let pending = journal.submit(command(spend(NOW_MS, 1, None)));
    assert_eq!(runtime.block_on(pending).unwrap().record.index, 2);
    journal.close();
}
