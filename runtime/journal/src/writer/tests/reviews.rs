//! Reviews: what waits for persons, what they say, and what a restart knows of it.

use permit_ledger::ReviewError;
use permit_types::verdict::Layers;

use super::*;
use crate::journal::Journal;

/// Asks for 60.00 USD, held for ten milliseconds, which `needed` persons must approve.
fn reviewed(now_ms: i64, needed: u16) -> Decide {
    with_review(spend(now_ms, 6_000, Some(10)), 7, needed)
}

fn ask(writer: &mut Writer<SqliteStore>, decide: Decide) -> permit_audit::Decision {
    decision(&one(writer, command(decide)).unwrap())
}

fn says(
    writer: &mut Writer<SqliteStore>,
    verdict: fn(CastVote) -> Command,
    vote: CastVote,
) -> Result<Body, SubmitError> {
    one(writer, verdict(vote)).map(|receipt| verified(&receipt).body)
}

fn spent(writer: &Writer<SqliteStore>) -> usize {
    writer.state.shared.ledger().balances(&pot(), NOW_MS).len()
}

#[test]
fn a_request_waits_for_persons_and_is_charged_when_they_approved() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), &options());
    let waits = ask(&mut writer, reviewed(NOW_MS, 2));
    assert_eq!((waits.outcome, waits.layers), (Outcome::Review, Layers::IN_REVIEW));
    assert_eq!((waits.reason.code, waits.charges.len()), (ReasonCode::ReviewRequired, 0));
    let review = waits.review.unwrap();
    assert_eq!((review.approved, review.needed, review.expires_ms), (0, 2, NOW_MS + REVIEW_MS));
    assert_eq!(spent(&writer), 0);
    let body = says(&mut writer, Command::Approve, vote(&review.id, "ann", NOW_MS + 1)).unwrap();
    let Body::Approval(approval) = body else { panic!("{body:?}") };
    assert_eq!((approval.person.as_str(), approval.digest), ("Lead::\"ann\"", review.digest));
    let waits = ask(&mut writer, reviewed(NOW_MS + 2, 2));
    assert_eq!(waits.review.as_ref().map(|review| (&review.id, review.approved)), Some((&review.id, 1)));
    says(&mut writer, Command::Approve, vote(&review.id, "bob", NOW_MS + 3)).unwrap();
    let allowed = ask(&mut writer, reviewed(NOW_MS + 4, 2));
    assert_eq!((allowed.outcome, allowed.layers), (Outcome::Allow, Layers::PASSED));
    assert_eq!(allowed.reason.code, ReasonCode::Approved);
    assert_eq!(allowed.approved_by, ["Lead::\"ann\"", "Lead::\"bob\""]);
    assert_eq!(allowed.hold_expires_at_ms, Some(NOW_MS + 14));
    let late = says(&mut writer, Command::Approve, vote(&review.id, "cleo", NOW_MS + 5));
    assert_eq!(late, Err(SubmitError::Review(ReviewError::Used)));
    let anew = ask(&mut writer, reviewed(NOW_MS + 5, 2)).review.unwrap();
    assert_eq!((anew.approved, anew.id == review.id), (0, false));
}

#[test]
fn one_decline_or_no_answer_in_time_denies() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), &options());
    let review = ask(&mut writer, reviewed(NOW_MS, 1)).review.unwrap();
    let reason = Some("not this vendor".to_owned());
    let no = CastVote { reason, ..vote(&review.id, "ann", NOW_MS + 1) };
    let body = says(&mut writer, Command::Decline, no).unwrap();
    assert!(matches!(&body, Body::Decline(vote) if vote.reason.as_deref() == Some("not this vendor")));
    let again = says(&mut writer, Command::Approve, vote(&review.id, "bob", NOW_MS + 2));
    assert_eq!(again, Err(SubmitError::Review(ReviewError::Declined)));
    let denied = ask(&mut writer, reviewed(NOW_MS + 3, 1));
    assert_eq!(
        (denied.layers, denied.reason.code),
        (Layers::denied_by(Layer::Policy), ReasonCode::ReviewDeclined)
    );
    assert_eq!(denied.reason.message, "Lead::\"ann\" declined this request");
    assert_eq!(denied.review.unwrap().id, review.id);
    let other = with_review(spend(NOW_MS + 3, 1, None), 8, 1);
    let review = ask(&mut writer, other.clone()).review.unwrap();
    let late = says(&mut writer, Command::Approve, vote(&review.id, "bob", NOW_MS + 3 + REVIEW_MS));
    assert_eq!(late, Err(SubmitError::Review(ReviewError::TimedOut)));
    let denied = ask(&mut writer, Decide { draft: draft(NOW_MS + 3 + REVIEW_MS), ..other });
    assert_eq!(denied.reason.code, ReasonCode::ReviewTimedOut);
    assert_eq!(spent(&writer), 0);
}

#[test]
fn votes_are_for_reviews() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), &options());
    let review = ask(&mut writer, reviewed(NOW_MS, 1)).review.unwrap();
    let repeated = one(&mut writer, command(reviewed(NOW_MS, 1))).unwrap().record.decision_id.unwrap();
    let permitted = one(&mut writer, command(spend(NOW_MS, 1, None))).unwrap().record.decision_id.unwrap();
    for id in [repeated.as_str(), &permitted, "dec_000000000000000000000000", ""] {
        for verdict in [Command::Approve, Command::Decline] {
            assert_eq!(says(&mut writer, verdict, vote(id, "ann", NOW_MS)), Err(SubmitError::NotFound));
        }
    }
    says(&mut writer, Command::Approve, vote(&review.id, "ann", NOW_MS)).unwrap();
}

/// The key is the agent's for one action: what waits is not its answer yet, and what was allowed is.
#[test]
fn a_request_with_a_key_is_allowed_once_it_is_approved() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), &options());
    let keyed = || with_key(reviewed(NOW_MS, 1), "k", b"r");
    let review = ask(&mut writer, keyed()).review.unwrap();
    says(&mut writer, Command::Approve, vote(&review.id, "ann", NOW_MS)).unwrap();
    let first = one(&mut writer, command(keyed())).unwrap();
    let second = one(&mut writer, command(keyed())).unwrap();
    assert_eq!((first.outcome(), first.is_repeated), (Some(Outcome::Allow), false));
    assert_eq!((second.bytes == first.bytes, second.is_repeated), (true, true));
}

/// In one batch, as concurrent retries come.
#[test]
fn one_approval_allows_one_of_two_retries() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = writer(folder.path(), &options());
    let review = ask(&mut writer, reviewed(NOW_MS, 1)).review.unwrap();
    says(&mut writer, Command::Approve, vote(&review.id, "ann", NOW_MS)).unwrap();
    let retries = (0..8).map(|_| command(reviewed(NOW_MS, 1))).collect();
    let outcomes = writer.apply(retries).into_iter().map(|answer| answer.unwrap().outcome().unwrap());
    let allowed: Vec<_> = outcomes.filter(|outcome| *outcome == Outcome::Allow).collect();
    assert_eq!(allowed.len(), 1);
}

#[test]
fn one_approval_allows_one_of_many_threads() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path(), signer(), in_force(), options()).unwrap();
    let ask = || journal.submit(command(reviewed(NOW_MS, 1))).wait().unwrap();
    let review = decision(&ask()).review.unwrap();
    journal.submit(Command::Approve(vote(&review.id, "ann", NOW_MS))).wait().unwrap();
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| (0..20).map(|_| ask().outcome()).collect())).collect();
        threads.into_iter().flat_map(|thread| -> Vec<_> { thread.join().unwrap() }).collect()
    });
    assert_eq!(outcomes.iter().filter(|outcome| **outcome == Some(Outcome::Allow)).count(), 1);
    let target = folder.path().join("export");
    journal.reader().export(&target).unwrap();
    let report = permit_audit::verify(&target, signer().public(), None).unwrap();
    assert_eq!((report.allowed, report.approvals, report.reviews), (1, 1, 160));
    journal.close();
}

/// What persons are shown is kept beside the log, up to the last bit, and only for the review's own record.
#[test]
fn a_killed_process_forgets_no_review() {
    let folder = tempfile::tempdir().unwrap();
    for snapshot_every in [1, 50_000] {
        let options = Options { snapshot_every, ..options() };
        let folder = folder.path().join(snapshot_every.to_string());
        let journal = Journal::open(&folder, signer(), in_force(), options.clone()).unwrap();
        let submit = |command| journal.submit(command).wait().unwrap();
        let pending = |digest| command(with_review(spend(NOW_MS, 100, None), digest, 2));
        let open = |digest| decision(&submit(pending(digest))).review.unwrap();
        let (waiting, approved, declined) = (open(1), open(2), open(3));
        submit(Command::Approve(vote(&waiting.id, "ann", NOW_MS)));
        for person in ["ann", "bob"] {
            submit(Command::Approve(vote(&approved.id, person, NOW_MS)));
        }
        submit(Command::Decline(vote(&declined.id, "ann", NOW_MS)));
        submit(pending(1));
        let copy = folder.with_extension("killed");
        copy_folder(&folder, &copy);
        let restarted = Journal::open(&copy, signer(), in_force(), options).unwrap();
        let reviews = restarted.reader().pending_reviews(NOW_MS);
        assert_eq!(reviews, journal.reader().pending_reviews(NOW_MS));
        let [state] = reviews.as_slice() else { panic!("{reviews:?}") };
        assert_eq!((state.digest, state.approved_by.len()), ([1; 32], 1));
        assert_eq!(restarted.reader().review_content(state.id.0).as_deref(), Ok("request 1"));
        assert_eq!(restarted.reader().review_content(0), Err(ReadError::NotFound));
        assert_eq!(
            restarted.reader().review_content(restarted.reader().size() - 1),
            Err(ReadError::NotFound)
        );
        assert_eq!(restarted.reader().review(2, approved.digest, NOW_MS).unwrap().approved_by.len(), 2);
        let again = |digest| decision(&restarted.submit(pending(digest)).wait().unwrap());
        assert_eq!(again(1).outcome, Outcome::Review);
        assert_eq!((again(2).outcome, again(2).outcome), (Outcome::Allow, Outcome::Review));
        assert_eq!(again(3).reason.code, ReasonCode::ReviewDeclined);
        restarted.submit(Command::Approve(vote(&waiting.id, "bob", NOW_MS))).wait().unwrap();
        assert_eq!(again(1).outcome, Outcome::Allow);
        restarted.close();
        journal.close();
    }
}
