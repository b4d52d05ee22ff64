//! The laws of a store, run over every implementation.
//!
//! A new engine implements [`Fixture`] and joins the list at the end.

use tempfile::TempDir;

use super::sqlite::{SqliteStore, write};
use super::*;
use crate::command::Command;
use crate::options::Options;
use crate::receipt::SubmitError;
use crate::recovery::snapshot as state;
use crate::testing::*;
use crate::writer::Writer;

const LOG: &str = "log.example+1";

/// A place for one log, and what can befall it.
trait Fixture: Sized {
    type Store: Store;

    fn new() -> Self;

    /// A handle on the log, as another process would have it.
    fn open(&self) -> Self::Store;

    /// Leaves no space for the appends of `store`, or gives it back.
    fn set_full(store: &Self::Store, is_full: bool);

    /// What is left when the process dies in an append after everything is written and before it is committed.
    fn crash_before_commit(self, store: Self::Store, at: Position, batch: &Batch<'_>) -> Self;
}

struct Memory(MemoryStore);

impl Fixture for Memory {
    type Store = MemoryStore;

    fn new() -> Self {
        Self(MemoryStore::new())
    }

    fn open(&self) -> MemoryStore {
        self.0.clone()
    }

    fn set_full(store: &MemoryStore, is_full: bool) {
        store.set_records_max(is_full.then_some(0));
    }

    fn crash_before_commit(self, mut store: MemoryStore, at: Position, batch: &Batch<'_>) -> Self {
        store.crash_in_next_append(Crash::BeforeCommit);
        assert!(matches!(store.append(at, batch), Err(StoreError::Failed { .. })));
        Self(self.0.fork())
    }
}

struct Sqlite(TempDir);

impl Fixture for Sqlite {
    type Store = SqliteStore;

    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Without the folder's lock, which would keep a second process away.
    fn open(&self) -> SqliteStore {
        SqliteStore::connect(self.0.path(), None).unwrap()
    }

    fn set_full(store: &SqliteStore, is_full: bool) {
        let max = if is_full { 1 } else { 1_000_000 };
        store.connection().pragma_update_and_check(None, "max_page_count", max, |_| Ok(())).unwrap();
    }

    fn crash_before_commit(self, store: SqliteStore, at: Position, batch: &Batch<'_>) -> Self {
        let wal = self.0.path().join("journal.sqlite-wal");
        let length = || std::fs::metadata(&wal).unwrap().len();
        let committed = length();
        // So small a cache is spilled into the file before the commit.
        store.connection().pragma_update(None, "cache_size", 1).unwrap();
        let transaction = store.connection().unchecked_transaction().unwrap();
        write(&transaction, at, batch).unwrap();
        assert!(length() > committed, "nothing of the batch was in the file");
        let left = Self::new();
        copy_folder(self.0.path(), left.0.path());
        left
    }
}

/// Row `at` of a log, large enough that a few do not fit beside what is stored already.
fn row(at: u64) -> Row {
    let bytes = |name: &str| format!("{name} {at}{}", "x".repeat(500)).into_bytes();
    Row {
        decision_id: (at % 2 == 1).then(|| format!("dec_{at}")),
        leaf: bytes("leaf"),
        record: bytes("record"),
        step: bytes("step"),
        step_sum: bytes("sum"),
    }
}

fn rows(from: u64, to: u64) -> Vec<Row> {
    (from..to).map(row).collect()
}

fn snapshot(size: u64) -> Snapshot {
    Snapshot { size, state: format!("state {size}").into_bytes(), state_sum: b"sum".to_vec() }
}

/// Appends the rows up to `to`, with a checkpoint and a snapshot that tell their end, and returns where the log stands.
fn append(store: &mut impl Store, at: Position, to: u64) -> Result<Position, StoreError> {
    let (rows, snapshot, checkpoint) = (rows(at.size, to), snapshot(to), format!("checkpoint {to}"));
    let batch = Batch { rows: &rows, checkpoint: &checkpoint, snapshot: Some(&snapshot) };
    store.append(at, &batch).map(|()| Position { size: to, ..at })
}

/// The log holds the rows up to `size`, and the checkpoint and the snapshot of `appended`, which was the last append.
fn assert_holds(reader: &dyn StoreReader, size: u64, appended: Option<u64>) {
    let found = reader.rows(0, usize::MAX).unwrap();
    assert_eq!(found, (0..size).map(|at| (at, row(at))).collect::<Vec<_>>());
    assert_eq!(reader.checkpoint().unwrap(), appended.map(|size| format!("checkpoint {size}")));
    assert_eq!(reader.snapshot().unwrap(), appended.map(snapshot));
    let last = size.saturating_sub(1);
    assert_eq!(reader.record(last).unwrap(), (size > 0).then(|| row(last).record));
    assert_eq!(reader.record(size).unwrap(), None);
    for at in 0..size.saturating_add(8) {
        let expected = (at < size && at % 2 == 1).then_some(at);
        assert_eq!(reader.index_of(&format!("dec_{at}")).unwrap(), expected, "dec_{at}");
    }
}

fn what_is_appended_is_read_in_order_and_by_its_names<F: Fixture>() {
    let fixture = F::new();
    let mut store = fixture.open();
    let reader = store.reader().unwrap();
    assert_holds(&*reader, 0, None);
    let mut at = store.claim(LOG).unwrap();
    assert_eq!(at, Position { epoch: 1, size: 0 });
    for to in [1, 4, 9] {
        at = append(&mut store, at, to).unwrap();
        assert_holds(&*reader, to, Some(to));
    }
    assert_eq!(reader.rows(2, 3).unwrap(), (2..5).map(|at| (at, row(at))).collect::<Vec<_>>());
    assert_eq!(reader.rows(9, 3).unwrap(), []);
    store.keep_checkpoint(at, "a later checkpoint").unwrap();
    assert_eq!(reader.checkpoint().unwrap().as_deref(), Some("a later checkpoint"));
    store.close().unwrap();
    drop((store, reader));
    let store = fixture.open();
    assert_eq!(store.reader().unwrap().rows(0, 99).unwrap().len(), 9);
}

fn a_store_keeps_one_log<F: Fixture>() {
    let fixture = F::new();
    let at = fixture.open().claim(LOG).unwrap();
    let other = fixture.open().claim("another");
    assert_eq!(other, Err(StoreError::OtherLog { found: LOG.to_owned() }));
    append(&mut fixture.open(), at, 1).unwrap();
}

fn an_older_writer_changes_nothing<F: Fixture>() {
    let fixture = F::new();
    let mut older = fixture.open();
    let at = older.claim(LOG).unwrap();
    assert!(append(&mut fixture.open(), at, 1).is_ok(), "the epoch is what counts, not the handle");
    let at = Position { size: 1, ..at };
    let mut newer = fixture.open();
    let claimed = newer.claim(LOG).unwrap();
    assert_eq!(claimed, Position { epoch: 2, size: 1 });
    let fenced = StoreError::Fenced { epoch: 2 };
    assert_eq!(append(&mut older, at, 3), Err(fenced.clone()));
    assert_eq!(older.keep_checkpoint(at, "an older head"), Err(fenced.clone()));
    assert_holds(&*newer.reader().unwrap(), 1, Some(1));
    let claimed = append(&mut newer, claimed, 2).unwrap();
    assert_eq!(append(&mut older, Position { size: 2, ..at }, 3), Err(fenced));
    append(&mut newer, claimed, 3).unwrap();
    // A handle that claims again is the newest.
    let again = older.claim(LOG).unwrap();
    assert_eq!(again, Position { epoch: 3, size: 3 });
    append(&mut older, again, 4).unwrap();
    assert_holds(&*newer.reader().unwrap(), 4, Some(4));
}

fn a_writer_appends_only_behind_what_it_knows<F: Fixture>() {
    let fixture = F::new();
    let mut store = fixture.open();
    let empty = store.claim(LOG).unwrap();
    let at = append(&mut store, empty, 3).unwrap();
    let reader = store.reader().unwrap();
    for size in [0, 2, 4, u64::MAX] {
        let wrong = Position { size, ..at };
        let batch = Batch { rows: &rows(3, 5), checkpoint: "wrong", snapshot: None };
        assert_eq!(store.append(wrong, &batch), Err(StoreError::Conflict { size: 3 }), "{size}");
        assert_eq!(store.keep_checkpoint(wrong, "wrong"), Err(StoreError::Conflict { size: 3 }), "{size}");
        assert_holds(&*reader, 3, Some(3));
    }
    append(&mut store, at, 5).unwrap();
    assert_holds(&*reader, 5, Some(5));
}

fn a_batch_with_one_bad_row_is_appended_not_at_all<F: Fixture>() {
    let fixture = F::new();
    let mut store = fixture.open();
    let empty = store.claim(LOG).unwrap();
    let at = append(&mut store, empty, 2).unwrap();
    let reader = store.reader().unwrap();
    let mut bad = rows(2, 6);
    bad[3].decision_id = Some("dec_1".to_owned());
    let batch = Batch { rows: &bad, checkpoint: "bad", snapshot: Some(&snapshot(6)) };
    let refused = store.append(at, &batch);
    assert!(matches!(refused, Err(StoreError::Failed { .. })), "{refused:?}");
    assert_holds(&*reader, 2, Some(2));
    append(&mut store, at, 4).unwrap();
    assert_holds(&*reader, 4, Some(4));
}

fn a_full_store_changes_nothing_and_takes_the_same_later<F: Fixture>() {
    let fixture = F::new();
    let mut store = fixture.open();
    let empty = store.claim(LOG).unwrap();
    let at = append(&mut store, empty, 3).unwrap();
    let reader = store.reader().unwrap();
    F::set_full(&store, true);
    for _ in 0..2 {
        let refused = append(&mut store, at, 64);
        assert!(matches!(refused, Err(StoreError::Full { .. })), "{refused:?}");
        assert_holds(&*reader, 3, Some(3));
    }
    F::set_full(&store, false);
    append(&mut store, at, 64).unwrap();
    assert_holds(&*reader, 64, Some(64));
}

fn a_crash_before_the_commit_leaves_what_was_there<F: Fixture>() {
    let fixture = F::new();
    let mut store = fixture.open();
    let empty = store.claim(LOG).unwrap();
    let at = append(&mut store, empty, 3).unwrap();
    let (lost, snapshot) = (rows(3, 64), snapshot(64));
    let batch = Batch { rows: &lost, checkpoint: "lost", snapshot: Some(&snapshot) };
    let left = fixture.crash_before_commit(store, at, &batch);
    let mut store = left.open();
    assert_holds(&*store.reader().unwrap(), 3, Some(3));
    let claimed = store.claim(LOG).unwrap();
    assert_eq!(claimed, Position { epoch: 2, size: 3 });
    append(&mut store, claimed, 5).unwrap();
    assert_holds(&*store.reader().unwrap(), 5, Some(5));
}

fn readers_see_whole_batches_while_a_writer_writes<F: Fixture>() {
    const BATCH: u64 = 8;
    let fixture = F::new();
    let mut store = fixture.open();
    let mut at = store.claim(LOG).unwrap();
    let reader = store.reader().unwrap();
    std::thread::scope(|scope| {
        let reading = scope.spawn(move || {
            let mut seen = 0;
            while seen < 40 * BATCH {
                let size = u64::try_from(reader.rows(0, usize::MAX).unwrap().len()).unwrap();
                assert!(size.is_multiple_of(BATCH) && size >= seen, "{size} records after {seen}");
                seen = size;
            }
        });
        for batch in 1..=40 {
            at = append(&mut store, at, batch * BATCH).unwrap();
        }
        reading.join().unwrap();
    });
}

/// Decisions with holds, confirmations by time, a review and another policy, in batches of three.
fn history() -> Vec<Vec<Command>> {
    let decide = |at: i64| match at % 5 {
        0 => with_review(spend(NOW_MS + at, 10, Some(50)), 1, 2),
        1 => with_key(spend(NOW_MS + at, 10, None), &at.to_string(), b"request"),
        _ => spend(NOW_MS + at, 10, Some(7)),
    };
    let commands: Vec<_> = (0..30).map(|at| command(decide(at))).collect();
    commands.chunks(3).map(<[_]>::to_vec).collect()
}

fn a_snapshot_and_its_tail_are_the_whole_history<F: Fixture>() {
    let states = [1, 7, 50_000].map(|snapshot_every| {
        let fixture = F::new();
        let options = Options { snapshot_every, ..options() };
        let open = || Writer::open(fixture.open(), signer(), in_force(), options.clone()).unwrap();
        let mut writer = open();
        for commands in history() {
            writer.apply(commands).into_iter().for_each(|answer| drop(answer.unwrap()));
        }
        let before = (writer.reader().unwrap().checkpoint(), state(writer.state()).unwrap());
        drop(writer);
        let kept = fixture.open().reader().unwrap().snapshot().unwrap();
        assert_eq!(kept.is_some(), snapshot_every < 50_000);
        let restarted = open();
        let after = (restarted.reader().unwrap().checkpoint(), state(restarted.state()).unwrap());
        assert_eq!(before, after, "a snapshot every {snapshot_every} records");
        after
    });
    assert_eq!(states[0], states[1]);
    assert_eq!(states[1], states[2]);
}

fn a_replaced_writer_answers_nothing<F: Fixture>() {
    let fixture = F::new();
    let open = || Writer::open(fixture.open(), signer(), in_force(), options()).unwrap();
    let mut older = open();
    let asked =
        |writer: &mut Writer<F::Store>| writer.apply(vec![command(spend(NOW_MS, 10, None))]).remove(0);
    asked(&mut older).unwrap();
    let mut newer = open();
    let head = newer.reader().unwrap().checkpoint();
    for _ in 0..2 {
        let refused = asked(&mut older);
        assert!(
            matches!(&refused, Err(SubmitError::Unavailable { reason }) if reason.contains("epoch 2")),
            "{refused:?}"
        );
        older.tick();
    }
    assert_eq!(fixture.open().reader().unwrap().rows(0, 9).unwrap().len(), 2);
    assert_eq!(older.reader().unwrap().checkpoint(), head, "nothing is signed that is not durable");
    assert_eq!(asked(&mut newer).unwrap().record.index, 2);
}

fn an_idle_writer_that_was_replaced_says_so<F: Fixture>() {
    let fixture = F::new();
    let open = || Writer::open(fixture.open(), signer(), in_force(), options()).unwrap();
    let mut older = open();
    older.apply(vec![command(spend(NOW_MS, 10, None))]).remove(0).unwrap();
    let mut newer = open();
    newer.tick();
    let stored = fixture.open().reader().unwrap().checkpoint();
    newer.apply(vec![command(spend(NOW_MS, 10, None))]).remove(0).unwrap();
    older.tick();
    assert!(older.state().shared.failure().is_some_and(|reason| reason.contains("epoch 2")));
    assert_eq!(newer.state().shared.failure(), None);
    assert_eq!(fixture.open().reader().unwrap().checkpoint(), stored, "its checkpoint is not stored");
}

macro_rules! laws {
    ($($law:ident,)*) => {
        mod memory {
            $(#[test] fn $law() { super::$law::<super::Memory>(); })*
        }
        mod sqlite {
            $(#[test] fn $law() { super::$law::<super::Sqlite>(); })*
        }
    };
}

laws! {
    what_is_appended_is_read_in_order_and_by_its_names,
    a_store_keeps_one_log,
    an_older_writer_changes_nothing,
    a_writer_appends_only_behind_what_it_knows,
    a_batch_with_one_bad_row_is_appended_not_at_all,
    a_full_store_changes_nothing_and_takes_the_same_later,
    a_crash_before_the_commit_leaves_what_was_there,
    readers_see_whole_batches_while_a_writer_writes,
    a_snapshot_and_its_tail_are_the_whole_history,
    a_replaced_writer_answers_nothing,
    an_idle_writer_that_was_replaced_says_so,
}
