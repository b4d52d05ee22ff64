//! Another policy in force: who decides from then on, and what the accounts of the one before count.

use permit_ledger::{Term, TermError};
use permit_types::charge::Unit;
use permit_types::digest::Digest;

use super::*;
use crate::policy::PolicyTerms;
use crate::store::MemoryStore;

fn facts() -> Digest {
    draft(0).facts
}

fn named(name: &[u8]) -> PolicyTerms {
    PolicyTerms { digest: Digest::of(name), ..in_force() }
}

fn adopt(policy: PolicyTerms, facts: Digest) -> Command {
    Command::Policy { now_ms: NOW_MS, policy, facts }
}

/// A purchase that was decided by this policy over these facts.
fn decided(policy: &[u8], facts: Digest) -> Command {
    let mut decide = spend(NOW_MS, 10, Some(1_000));
    (decide.draft.policy, decide.draft.facts) = (Digest::of(policy), facts);
    command(decide)
}

fn policies(writer: &Writer<SqliteStore>) -> Vec<Digest> {
    let size = writer.state.shared.head().size;
    let policy = |index| match writer.read(index).unwrap().1.body {
        Body::Genesis(genesis) => Some(genesis.policy),
        Body::Policy(change) => Some(change.policy),
        Body::Decision(decision) => Some(decision.policy),
        _ => None,
    };
    (0..size).filter_map(policy).collect()
}

#[test]
fn what_another_policy_decided_is_not_recorded_behind_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), &options());
    let answers = writer.apply(vec![
        adopt(in_force(), facts()),
        decided(b"bundle", facts()),
        decided(b"next", facts()),
        adopt(named(b"next"), facts()),
        decided(b"bundle", facts()),
        decided(b"next", facts()),
    ]);
    let superseded = Err(SubmitError::Superseded);
    assert!(!answers[0].as_ref().unwrap().is_repeated, "the log has not named the facts yet");
    assert!(answers[1].is_ok() && answers[3].is_ok() && answers[5].is_ok(), "{answers:?}");
    assert_eq!((&answers[2], &answers[4]), (&superseded, &superseded));
    assert_eq!(one(&mut writer, decided(b"bundle", facts())), superseded);
    let [old, new] = [b"bundle".as_slice(), b"next"].map(Digest::of);
    assert_eq!(policies(&writer), [old, old, new, new]);
    assert_eq!(writer.state.shared.ledger().balances(&pot(), NOW_MS)[0].held, 20);
    // A record is made for the policy's own settlement, whatever is in force.
    let hold = answers[1].as_ref().unwrap();
    assert!(one(&mut writer, confirm(hold, NOW_MS)).is_ok());
}

fn facts_changes(writer: &Writer<SqliteStore>) -> Vec<(u64, Option<Digest>, Digest)> {
    let size = writer.state.shared.head().size;
    let change = |index| match writer.read(index).unwrap().1.body {
        Body::Facts(change) => Some((index, change.previous, change.facts)),
        _ => None,
    };
    (0..size).filter_map(change).collect()
}

#[test]
fn other_facts_are_recorded_and_the_same_ones_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let other = Digest::of(b"other facts");
    let recorded = [(1, None, facts()), (2, Some(facts()), other)];
    // A restart knows them from the records behind the last snapshot, or from the snapshot.
    for snapshot_every in [50_000, 1] {
        let options = Options { snapshot_every, ..options() };
        let folder = folder.path().join(snapshot_every.to_string());
        {
            let mut writer = writer(&folder, &options);
            one(&mut writer, adopt(in_force(), facts())).unwrap();
            assert!(one(&mut writer, adopt(in_force(), facts())).unwrap().is_repeated);
            let changed = one(&mut writer, adopt(in_force(), other)).unwrap();
            assert_eq!((changed.record.index, changed.is_repeated), (2, false));
            assert_eq!(one(&mut writer, decided(b"bundle", facts())), Err(SubmitError::Superseded));
            assert!(one(&mut writer, decided(b"bundle", other)).is_ok());
            assert_eq!(facts_changes(&writer), recorded);
        }
        let mut writer = writer(&folder, &options);
        assert_eq!(one(&mut writer, decided(b"bundle", facts())), Err(SubmitError::Superseded));
        assert!(one(&mut writer, adopt(in_force(), other)).unwrap().is_repeated);
        assert!(one(&mut writer, decided(b"bundle", other)).is_ok());
        assert_eq!(facts_changes(&writer), recorded);
    }
}

#[test]
fn a_policy_that_does_not_fit_the_accounts_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut euros = named(b"next");
    euros.terms = vec![Term { unit: Unit::Money("EUR".parse().unwrap()), ..euros.terms[0].clone() }];
    {
        let mut writer = writer(folder.path(), &options());
        one(&mut writer, adopt(in_force(), facts())).unwrap();
        one(&mut writer, decided(b"bundle", facts())).unwrap();
        let refused = one(&mut writer, adopt(euros.clone(), facts()));
        assert!(matches!(refused, Err(SubmitError::Terms(TermError::Unit { .. }))), "{refused:?}");
        assert!(one(&mut writer, decided(b"bundle", facts())).is_ok());
        assert_eq!(policies(&writer), [Digest::of(b"bundle"); 3]);
    }
    // After a restart it does not fit either.
    let mut writer = writer(folder.path(), &options());
    let refused = one(&mut writer, adopt(euros, facts()));
    assert!(matches!(refused, Err(SubmitError::Terms(TermError::Unit { .. }))), "{refused:?}");
    let gone = PolicyTerms { terms: Vec::new(), ..named(b"next") };
    assert!(one(&mut writer, adopt(gone, facts())).is_ok());
}

#[test]
fn a_policy_that_cannot_be_recorded_does_not_come_into_force() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), &options());
    one(&mut writer, adopt(in_force(), facts())).unwrap();
    let pages = |writer: &Writer<SqliteStore>, max: i64| {
        writer.store.connection().pragma_update_and_check(None, "max_page_count", max, |_| Ok(())).unwrap();
    };
    pages(&writer, 1);
    let mut commands = vec![adopt(named(b"next"), facts())];
    commands.extend((0..64).map(|_| decided(b"next", facts())));
    for answer in writer.apply(commands) {
        assert!(matches!(answer, Err(SubmitError::Unavailable { .. })), "{answer:?}");
    }
    pages(&writer, 1_000_000);
    assert_eq!(one(&mut writer, decided(b"next", facts())), Err(SubmitError::Superseded));
    assert!(one(&mut writer, decided(b"bundle", facts())).is_ok());
    assert!(one(&mut writer, adopt(named(b"next"), facts())).is_ok());
}

#[test]
fn a_policy_that_is_refused_leaves_the_one_before_it_in_the_batch_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), &options());
    one(&mut writer, adopt(in_force(), facts())).unwrap();
    one(&mut writer, decided(b"bundle", facts())).unwrap();
    let mut euros = named(b"euros");
    euros.terms = vec![Term { unit: Unit::Money("EUR".parse().unwrap()), ..euros.terms[0].clone() }];
    let answers = writer.apply(vec![adopt(named(b"next"), facts()), adopt(euros, facts())]);
    assert!(matches!(&answers[..], [Ok(_), Err(SubmitError::Terms(_))]), "{answers:?}");
    assert_eq!(one(&mut writer, decided(b"bundle", facts())), Err(SubmitError::Superseded));
    assert!(one(&mut writer, decided(b"next", facts())).is_ok());
    let [bundle, next] = [b"bundle".as_slice(), b"next"].map(Digest::of);
    assert_eq!(policies(&writer), [bundle, bundle, next, next]);
}

#[test]
fn a_policy_whose_record_cannot_be_read_stays_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), &options());
    one(&mut writer, adopt(in_force(), facts())).unwrap();
    writer.store.connection().execute("DELETE FROM entry WHERE ix = 0", []).unwrap();
    assert_eq!(one(&mut writer, adopt(in_force(), facts())), Err(SubmitError::NotFound));
    assert!(one(&mut writer, decided(b"bundle", facts())).is_ok());
}

/// Nothing of a batch is recorded when the disk is full: neither are its facts in force then.
#[test]
fn facts_that_cannot_be_recorded_do_not_come_into_force() {
    let store = MemoryStore::new();
    let mut writer = Writer::open(store.clone(), signer(), in_force(), options()).unwrap();
    let mut one = |command: Command| writer.apply(vec![command]).remove(0);
    one(adopt(in_force(), facts())).unwrap();
    store.set_records_max(Some(2));
    let refused = one(adopt(in_force(), Digest::of(b"other facts")));
    assert!(matches!(refused, Err(SubmitError::Unavailable { .. })), "{refused:?}");
    store.set_records_max(None);
    assert!(one(decided(b"bundle", facts())).is_ok());
}
