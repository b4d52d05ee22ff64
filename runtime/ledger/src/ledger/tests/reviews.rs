//! Reviews, one rule at a time.

use permit_types::review::Review;

use super::*;
use permit_types::review::DECLINED_MS;

use crate::{ReviewDenial, ReviewVote};

const TIMEOUT_MS: i64 = 1_000;

fn review(digest: u8, needed: u16) -> Option<Review> {
    Some(Review { digest: [digest; 32], rule: "large".to_owned(), needed, timeout_ms: TIMEOUT_MS })
}

/// Spends 60 of 100, if two persons approve.
fn spend(id: u64) -> Reserve {
    Reserve { review: review(7, 2), ..reserve(id, vec![charge("pot", 60, 100, Some(50))]) }
}

fn vote(review: u64, person: &str) -> ReviewVote {
    ReviewVote { review: ReviewId(review), digest: [7; 32], person: person.to_owned() }
}

fn pending(effect: Effect) -> ReviewState {
    match effect {
        Effect::Pending(state) => state,
        other => panic!("not pending: {other:?}"),
    }
}

fn approve(ledger: &mut Ledger, now_ms: i64, review: u64, person: &str) -> Effect {
    ledger.apply(now_ms, &Command::Approve(vote(review, person)))
}

fn spent(ledger: &Ledger, now_ms: i64) -> i64 {
    ledger.balances(&account("pot"), now_ms).iter().map(|balance| balance.spent + balance.held).sum()
}

#[test]
fn nothing_is_booked_before_enough_different_persons_approve() {
    let mut ledger = Ledger::new(Limits::default());
    let opened = pending(apply(&mut ledger, 0, spend(4)));
    let expected = ReviewState {
        id: ReviewId(4),
        digest: [7; 32],
        rule: "large".to_owned(),
        needed: 2,
        approved_by: vec![],
        expires_ms: TIMEOUT_MS,
    };
    assert_eq!(opened, expected);
    assert_eq!(pending(apply(&mut ledger, 1, spend(5))), expected, "the same review again, and no later end");
    for _ in 0..2 {
        let Effect::Approved(state) = approve(&mut ledger, 2, 4, "ann") else { panic!() };
        assert_eq!(state.approved_by, ["ann"], "a second approval of one person counts once");
    }
    assert_eq!(pending(apply(&mut ledger, 3, spend(6))).approved_by, ["ann"]);
    assert_eq!((spent(&ledger, 3), ledger.pending_reviews(3).len()), (0, 1));
    let Effect::Approved(state) = approve(&mut ledger, 4, 4, "bob") else { panic!() };
    assert_eq!(state.approved_by, ["ann", "bob"]);
    assert_eq!(ledger.pending_reviews(4), []);
    let grant = granted(apply(&mut ledger, 5, spend(7)));
    assert_eq!(grant.review, Some(state));
    assert_eq!((spent(&ledger, 5), grant.hold_until_ms), (60, Some(55)));
}

#[test]
fn an_approval_is_used_once_and_only_for_its_own_request() {
    let mut ledger = Ledger::new(Limits::default());
    let mut other = spend(0);
    (other.review, other.charges[0].amount) = (review(8, 1), 1);
    pending(apply(&mut ledger, 0, spend(0)));
    approve(&mut ledger, 1, 0, "ann");
    approve(&mut ledger, 1, 0, "bob");
    pending(apply(&mut ledger, 2, other));
    granted(apply(&mut ledger, 3, Reserve { charges: vec![], ..spend(2) }));
    assert_eq!(approve(&mut ledger, 4, 0, "cleo"), Effect::VoteRejected(ReviewError::Used));
    let again = pending(apply(&mut ledger, 4, Reserve { charges: vec![], ..spend(3) }));
    assert_eq!((again.id, again.approved_by.len()), (ReviewId(3), 0));
    // A vote for the first review does not meet the second.
    assert_eq!(approve(&mut ledger, 5, 0, "ann"), Effect::VoteRejected(ReviewError::Unknown));
}

#[test]
fn a_decline_ends_a_review_and_is_remembered_for_a_day() {
    let mut ledger = Ledger::new(Limits::default());
    pending(apply(&mut ledger, 0, spend(0)));
    approve(&mut ledger, 1, 0, "ann");
    approve(&mut ledger, 1, 0, "bob");
    assert!(matches!(ledger.apply(2, &Command::Decline(vote(0, "cleo"))), Effect::Declined(_)));
    assert_eq!(approve(&mut ledger, 3, 0, "ann"), Effect::VoteRejected(ReviewError::Declined));
    let denied = denial(apply(&mut ledger, 2 + DECLINED_MS - 1, spend(1)));
    let Denial::Review { review, denial: ended } = &denied else { panic!("{denied:?}") };
    assert_eq!((review.id, ended), (ReviewId(0), &ReviewDenial::Declined { person: "cleo".to_owned() }));
    assert_eq!((denied.layer(), denied.code()), (Layer::Policy, ReasonCode::ReviewDeclined));
    assert_eq!((denied.message().as_str(), denied.name()), ("cleo declined this request", "large"));
    assert_eq!(pending(apply(&mut ledger, 2 + DECLINED_MS, spend(2))).id, ReviewId(2));
}

#[test]
fn a_review_times_out_approved_or_not_and_rests_as_long_as_it_waited() {
    for persons in [&[][..], &["ann", "bob"]] {
        let mut ledger = Ledger::new(Limits::default());
        pending(apply(&mut ledger, 0, spend(0)));
        for person in persons {
            approve(&mut ledger, TIMEOUT_MS - 1, 0, person);
        }
        assert_eq!(approve(&mut ledger, TIMEOUT_MS, 0, "cleo"), Effect::VoteRejected(ReviewError::TimedOut));
        for now_ms in [TIMEOUT_MS, 2 * TIMEOUT_MS - 1] {
            assert_eq!(denial(apply(&mut ledger, now_ms, spend(1))).code(), ReasonCode::ReviewTimedOut);
        }
        assert_eq!(ledger.pending_reviews(TIMEOUT_MS), []);
        assert_eq!(pending(apply(&mut ledger, 2 * TIMEOUT_MS, spend(2))).id, ReviewId(2));
        assert_eq!(spent(&ledger, 2 * TIMEOUT_MS), 0);
    }
}

#[test]
fn nobody_is_asked_about_what_would_be_denied_anyway() {
    let mut ledger = Ledger::new(Limits { holds_max: 1, ..Limits::default() });
    granted(apply(&mut ledger, 0, reserve(0, vec![charge("pot", 50, 100, Some(50))])));
    let too_much = Reserve { charges: vec![charge("pot", 101, 100, Some(50))], ..spend(1) };
    assert_eq!(denial(apply(&mut ledger, 1, too_much)).code(), ReasonCode::BudgetExceeded);
    assert_eq!(
        apply(&mut ledger, 1, Reserve { scope: None, charges: vec![], ..spend(1) }),
        Effect::Discarded
    );
    let no_hold_left = Reserve { charges: vec![charge("pot", 1, 100, Some(50))], ..spend(1) };
    assert_eq!(denial(apply(&mut ledger, 1, no_hold_left)).code(), ReasonCode::LedgerFull);
    assert_eq!(ledger.pending_reviews(1), []);
    // A budget that has run out meanwhile denies what persons approved; the approval stays for later.
    ledger.apply(60, &Command::Expire { holds_max: 9 });
    pending(apply(&mut ledger, 60, spend(2)));
    approve(&mut ledger, 61, 2, "ann");
    approve(&mut ledger, 61, 2, "bob");
    granted(apply(&mut ledger, 62, reserve(3, vec![charge("pot", 50, 100, Some(50))])));
    assert_eq!(denial(apply(&mut ledger, 63, spend(4))).code(), ReasonCode::BudgetExceeded);
    assert!(matches!(ledger.apply(64, &Command::Release { id: HoldId(3) }), Effect::Settled(_)));
    granted(apply(&mut ledger, 65, spend(5)));
}

#[test]
fn a_budget_that_is_full_today_does_not_keep_persons_from_being_asked() {
    let mut ledger = Ledger::new(Limits::default());
    granted(apply(&mut ledger, 0, reserve(0, vec![charge("pot", 50, 100, Some(50))])));
    pending(apply(&mut ledger, 1, spend(1)));
    approve(&mut ledger, 2, 1, "ann");
    pending(apply(&mut ledger, 3, spend(2)));
    approve(&mut ledger, 4, 1, "bob");
    assert_eq!(denial(apply(&mut ledger, 5, spend(3))).code(), ReasonCode::BudgetExceeded);
    assert!(matches!(ledger.apply(6, &Command::Release { id: HoldId(0) }), Effect::Settled(_)));
    granted(apply(&mut ledger, 7, spend(4)));
}

#[test]
fn a_full_ledger_opens_no_review_and_forgets_none_that_matters() {
    let mut ledger = Ledger::new(Limits { reviews_max: 1, ..Limits::default() });
    let other = |id| Reserve { review: review(8, 1), ..reserve(id, vec![]) };
    pending(apply(&mut ledger, 0, spend(0)));
    for now_ms in [1, 2 * TIMEOUT_MS - 1] {
        let full = denial(apply(&mut ledger, now_ms, other(1)));
        assert_eq!((full.layer(), full.code()), (Layer::Policy, ReasonCode::LedgerFull));
        assert_eq!(full.message(), "the ledger is full: it holds 1 reviews");
    }
    assert_eq!(pending(apply(&mut ledger, 2 * TIMEOUT_MS, other(2))).id, ReviewId(2));
    assert_eq!(approve(&mut ledger, 2 * TIMEOUT_MS, 0, "ann"), Effect::VoteRejected(ReviewError::Unknown));
}

#[test]
fn a_review_needs_time_and_persons() {
    let mut ledger = Ledger::new(Limits::default());
    let mut no_time = review(7, 1).unwrap();
    no_time.timeout_ms = 0;
    for bad in [review(7, 0).unwrap(), no_time] {
        let refused = denial(apply(&mut ledger, 0, Reserve { review: Some(bad), ..spend(0) }));
        let expected =
            Denial::Refused { layer: Layer::Policy, name: "large".to_owned(), refusal: Refusal::EmptyReview };
        assert_eq!(refused, expected);
    }
    let long = ReviewVote { person: "x".repeat(5_000), ..vote(0, "") };
    for command in [Command::Approve(long.clone()), Command::Decline(long)] {
        assert_eq!(ledger.apply(0, &command), Effect::VoteRejected(ReviewError::TooLarge));
    }
}

#[test]
fn a_charge_warns_from_its_level_on() {
    let mut ledger = Ledger::new(Limits::default());
    let warned = |ledger: &mut Ledger, amount| {
        let charge = Charge { warn_percent: Some(80), ..charge("pot", amount, 1_000, None) };
        let grant = granted(apply(ledger, 0, reserve(0, vec![charge])));
        grant.warnings.into_iter().map(|warning| (warning.account.name, warning.percent)).collect::<Vec<_>>()
    };
    assert_eq!(warned(&mut ledger, 799), []);
    assert_eq!(warned(&mut ledger, 1), [("pot".to_owned(), 80)]);
    assert_eq!(warned(&mut ledger, 199), [("pot".to_owned(), 99)]);
    assert_eq!(warned(&mut ledger, 1), [("pot".to_owned(), 100)]);
}
