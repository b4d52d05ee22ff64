use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use permit_audit::verify_receipt;
use permit_ledger::HoldError;
use permit_types::verdict::{Layer, LayerDenial, Layers, Outcome, ReasonCode};
use proptest::prelude::*;

use super::*;
use crate::command::{CastVote, Decide};
use crate::receipt::ReadError;
use crate::recovery::snapshot;
use crate::store::SqliteStore;
use crate::stored_log::StoredLog;
use crate::testing::*;

mod policies;
mod processes;
mod reviews;

/// A writer over the log in a folder.
fn writer(folder: &Path, options: &Options) -> Writer<SqliteStore> {
    Writer::open(SqliteStore::open(folder).unwrap(), signer(), in_force(), options.clone()).unwrap()
}

fn one(writer: &mut Writer<SqliteStore>, command: Command) -> Result<Receipt, SubmitError> {
    writer.apply(vec![command]).remove(0)
}

fn verified(receipt: &Receipt) -> Record {
    let checkpoint = receipt.checkpoint.as_bytes();
    let keys = [signer().public().clone()];
    let verified = verify_receipt(&receipt.bytes, &receipt.proof, checkpoint, &keys).unwrap();
    assert_eq!(verified.body.as_ref(), Some(&receipt.record.body));
    receipt.record.clone()
}

fn decision(receipt: &Receipt) -> permit_audit::Decision {
    match verified(receipt).body {
        Body::Decision(decision) => *decision,
        other => panic!("not a decision: {other:?}"),
    }
}

fn confirm(receipt: &Receipt, now_ms: i64) -> Command {
    let decision_id = receipt.record.decision_id.clone().unwrap();
    let requester = requester(&draft(0).agent);
    Command::Confirm(Confirm { now_ms, decision_id, requester, amounts: BTreeMap::new(), reason: None })
}

#[test]
fn a_decision_is_charged_recorded_and_proved() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), &options());
    let allowed = decision(&one(&mut writer, command(spend(NOW_MS, 60_000, Some(5)))).unwrap());
    assert_eq!((allowed.outcome, allowed.layers), (Outcome::Allow, Layers::PASSED));
    assert_eq!(allowed.hold_expires_at_ms, Some(NOW_MS + 5));
    let limit = &allowed.charges[0].limits[0];
    assert_eq!((limit.held.as_str(), limit.remaining.as_str()), ("600.00 USD", "400.00 USD"));
    assert_eq!(limit.window, "day in Europe/Dublin");
    let denied = decision(&one(&mut writer, command(spend(NOW_MS, 60_000, None))).unwrap());
    assert_eq!(denied.layers, Layers::denied_by(Layer::Budget));
    assert_eq!(denied.reason.message, "Would exceed daily budget ($1,200 > $1,000)");
    assert_eq!(denied.denials[0].requested, "600.00 USD");
    assert!(denied.charges.is_empty());
}

#[test]
fn an_earlier_layer_or_a_scope_denies_without_a_charge() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), &options());
    let denied = LayerDenial { layer: Layer::Policy, reason: reason(ReasonCode::Forbidden) };
    let forbidden = Decide { assessed: Err(denied), ..spend(NOW_MS, 1, None) };
    let scope = |amount| {
        let mut decide = spend(NOW_MS, amount, None);
        assessment(&mut decide).scope = Err(reason(ReasonCode::OutOfScope));
        decide
    };
    let answers = writer.apply(vec![command(forbidden), command(scope(1)), command(scope(100_001))]);
    let denials = answers.iter().map(|answer| decision(answer.as_ref().unwrap()));
    let denials: Vec<_> =
        denials.map(|decision| (decision.layers.denied().unwrap(), decision.reason.code)).collect();
    let expected = [
        (Layer::Policy, ReasonCode::Forbidden),
        (Layer::Scope, ReasonCode::OutOfScope),
        (Layer::Budget, ReasonCode::BudgetExceeded),
    ];
    assert_eq!(denials, expected);
    assert_eq!(writer.state.shared.ledger().balances(&pot(), NOW_MS), []);
}

#[test]
fn holds_are_settled_by_their_agent_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), &options());
    let receipt = one(&mut writer, command(spend(NOW_MS, 60_000, Some(10)))).unwrap();
    let Command::Confirm(mut stranger) = confirm(&receipt, NOW_MS) else { panic!() };
    stranger.requester.agent = "Bot::\"b2\"".to_owned();
    assert_eq!(one(&mut writer, Command::Confirm(stranger.clone())), Err(SubmitError::NotFound));
    stranger.decision_id = "dec_000000000000000000000000".to_owned();
    assert_eq!(one(&mut writer, Command::Confirm(stranger)), Err(SubmitError::NotFound));
    let settled = one(&mut writer, confirm(&receipt, NOW_MS + 1)).unwrap();
    let Body::Confirm(settlement) = verified(&settled).body else { panic!() };
    assert_eq!(settlement.settled[0].charged, "600.00 USD");
    let again = one(&mut writer, confirm(&receipt, NOW_MS + 2));
    assert_eq!(again, Err(SubmitError::Hold(HoldError::AlreadyConfirmed)));
}

#[test]
fn holds_expire_before_a_command_and_without_one() {
    let folder = tempfile::tempdir().unwrap();
    // The log begins before anything is due.
    drop(writer(folder.path(), &options()));
    let late = Options { clock: Arc::new(|| NOW_MS + 20), ..options() };
    let mut writer = writer(folder.path(), &late);
    let first = one(&mut writer, command(spend(NOW_MS, 100_000, Some(10)))).unwrap();
    let second = one(&mut writer, command(spend(NOW_MS + 10, 100_000, Some(10)))).unwrap();
    // The hold was released by a record of its own, so the second decision found room.
    assert_eq!((second.record.index, second.outcome()), (3, Some(Outcome::Allow)));
    assert_eq!(one(&mut writer, confirm(&first, NOW_MS + 11)), Err(SubmitError::Hold(HoldError::Expired)));
    writer.tick();
    let Body::Expiry(expiry) = writer.read(4).unwrap().1.body else { panic!() };
    assert_eq!(expiry.decisions, [second.record.decision_id.unwrap()]);
    assert_eq!(writer.state.shared.head().size, 5);
    writer.tick();
    assert_eq!(writer.state.shared.head().size, 5);
}

#[test]
fn a_repeated_request_finds_its_first_answer() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), &options());
    let ask = |key, request| command(with_key(spend(NOW_MS, 60_000, None), key, request));
    let answers = writer.apply(vec![ask("k", b"r"), ask("k", b"r"), ask("k", b"other")]);
    let [Ok(first), Ok(repeated), conflict] = answers.as_slice() else { panic!("{answers:?}") };
    assert_eq!((first.is_repeated, repeated.is_repeated), (false, true));
    assert_eq!(first.bytes, repeated.bytes);
    assert_eq!(*conflict, Err(SubmitError::IdempotencyConflict));
    one(&mut writer, command(spend(NOW_MS, 1, None))).unwrap();
    let later = one(&mut writer, ask("k", b"r")).unwrap();
    assert_eq!((&later.bytes, later.proof.size), (&first.bytes, 3));
    verified(&later);
    assert_eq!(writer.state.shared.ledger().balances(&pot(), NOW_MS)[0].spent, 60_001);
}

#[test]
fn what_cannot_be_recorded_is_not_charged() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), &options());
    let mut large = spend(NOW_MS, 60_000, None);
    large.draft.resource = Some("x".repeat(20_000));
    let answers = writer.apply(vec![command(large), command(spend(NOW_MS, 60_000, None))]);
    assert!(matches!(answers[0], Err(SubmitError::Unrecordable(_))), "{answers:?}");
    assert_eq!(answers[1].as_ref().unwrap().outcome(), Some(Outcome::Allow));
}

#[test]
fn a_full_disk_records_nothing_and_ends_with_the_space() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), &options());
    one(&mut writer, command(spend(NOW_MS, 10, Some(1_000)))).unwrap();
    let pages = |writer: &Writer<SqliteStore>, max: i64| {
        writer.store.connection().pragma_update_and_check(None, "max_page_count", max, |_| Ok(())).unwrap();
    };
    let before = (writer.state.shared.head(), snapshot(&writer.state).unwrap());
    pages(&writer, 1);
    let many = || (0..64).map(|_| command(spend(NOW_MS + 1, 10, Some(1_000)))).collect();
    for _ in 0..2 {
        for answer in writer.apply(many()) {
            assert!(matches!(answer, Err(SubmitError::Unavailable { .. })), "{answer:?}");
        }
        assert_eq!((writer.state.shared.head(), snapshot(&writer.state).unwrap()), before);
        assert!(
            writer.state.shared.failure().is_some(),
            "who asks after the journal's health must hear of it"
        );
    }
    pages(&writer, 1_000_000);
    writer.tick();
    assert_eq!(writer.state.shared.failure(), None, "an idle moment finds the space");
    for answer in writer.apply(many()) {
        verified(&answer.unwrap());
    }
    assert_eq!(writer.state.shared.ledger().balances(&pot(), NOW_MS)[0].held, 650);
}

#[test]
fn an_idle_moment_stores_the_head_for_those_who_read_beside_the_writer() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), &options());
    one(&mut writer, command(spend(NOW_MS, 10, None))).unwrap();
    let log = StoredLog::open(folder.path(), signer().public().clone()).unwrap();
    let target = folder.path().join("behind");
    assert_eq!(log.export(&target), Ok(1), "the last batch's head is stored with the next batch");
    writer.tick();
    let target = folder.path().join("log");
    assert_eq!(log.export(&target), Ok(2));
    let report = permit_audit::verify(&target, signer().public(), None).unwrap();
    assert_eq!((report.records, report.allowed), (2, 1));
}

#[test]
fn after_any_other_error_nothing_is_answered_until_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), &options());
    let receipt = one(&mut writer, command(with_key(spend(NOW_MS, 10, None), "k", b"r"))).unwrap();
    writer.store.connection().execute_batch("DROP TABLE checkpoint").unwrap();
    for _ in 0..2 {
        let answer = one(&mut writer, command(spend(NOW_MS, 10, None)));
        assert!(matches!(answer, Err(SubmitError::Unavailable { .. })), "{answer:?}");
    }
    // Not even what would have been found: memory may be ahead of the database.
    let repeated = one(&mut writer, command(with_key(spend(NOW_MS, 10, None), "k", b"r")));
    assert!(matches!(repeated, Err(SubmitError::Unavailable { .. })), "{repeated:?}");
    assert_eq!(writer.state.shared.head().text, receipt.checkpoint);
}

fn any_command() -> impl Strategy<Value = (i64, u8, i64, Option<i64>, u8)> {
    (-5_i64..40, 0_u8..12, 0_i64..30_000, prop::option::of(0_i64..50), 0_u8..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever was done, and wherever the snapshot fell, a restart knows what the killed process knew.
    #[test]
    fn a_restart_is_the_same_state(
        steps in prop::collection::vec(any_command(), 1..60), snapshot_every in 1_u64..40, batch in 1_usize..6,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let options = Options { snapshot_every, ..options() };
        let mut running = writer(folder.path(), &options);
        let mut now_ms = NOW_MS;
        let mut receipts: Vec<Receipt> = vec![];
        let (mut opened, mut reviews) = (Vec::<Decide>::new(), Vec::<String>::new());
        let mut in_force = in_force();
        let facts = draft(0).facts;
        for steps in steps.chunks(batch) {
            let mut commands = vec![];
            for &(gap, kind, amount, hold_ms, pick) in steps {
                now_ms += gap;
                let earlier = receipts.iter().rev().nth(pick.into());
                let mut next = match (kind, earlier) {
                    (0 | 1, Some(receipt)) => confirm(receipt, now_ms),
                    (4..8, _) => {
                        let decide = with_review(spend(now_ms, amount, hold_ms), kind, u16::from(pick % 2) + 1);
                        opened.push(decide.clone());
                        command(decide)
                    }
                    (8..10, _) if !reviews.is_empty() => {
                        let review: &String = &reviews[usize::from(pick) % reviews.len()];
                        let vote = vote(review, if pick < 2 { "ann" } else { "bob" }, now_ms);
                        if kind == 8 || pick > 0 { Command::Approve(vote) } else { Command::Decline(vote) }
                    }
                    // A request that waits may be asked again.
                    (10, _) if !opened.is_empty() => {
                        let mut again = opened[usize::from(pick) % opened.len()].clone();
                        again.draft.now_ms = now_ms;
                        command(again)
                    }
                    (2, _) => {
                        in_force.digest = Digest::of(&[pick]);
                        Command::Policy { now_ms, policy: in_force.clone(), facts }
                    }
                    (3, _) => command(with_key(spend(now_ms, amount, hold_ms), &pick.to_string(), &[pick])),
                    _ => command(spend(now_ms, amount, hold_ms)),
                };
                if let Command::Decide(decide) = &mut next {
                    decide.draft.policy = in_force.digest;
                }
                commands.push(next);
            }
            for receipt in running.apply(commands).into_iter().flatten() {
                let body = verified(&receipt).body;
                if let Body::Decision(decision) = body {
                    reviews.extend(decision.review.map(|review| review.id));
                }
                receipts.extend(receipt.outcome().map(|_| receipt));
            }
        }
        let copy = tempfile::tempdir().unwrap();
        copy_folder(folder.path(), copy.path());
        let restarted = writer(copy.path(), &options);
        prop_assert_eq!(snapshot(&restarted.state).unwrap(), snapshot(&running.state).unwrap());
        prop_assert_eq!(&restarted.state.idempotency, &running.state.idempotency);
        prop_assert_eq!(&*restarted.state.shared.ledger(), &*running.state.shared.ledger());
        prop_assert_eq!(restarted.state.shared.head(), running.state.shared.head());
        prop_assert_eq!(restarted.snapshot_at, running.snapshot_at);
        prop_assert_eq!(restarted.state.in_force.policy, running.state.in_force.policy);
    }
}
