//! What is just within a bound, and what is just beyond it.

use permit_types::review::Review;

use super::*;
use crate::{ReviewId, ReviewVote};

fn refusal(effect: Effect) -> Refusal {
    match denial(effect) {
        Denial::Refused { refusal, .. } => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// One action an hour.
fn hourly() -> RateCharge {
    RateCharge { account: account("rate"), allow: 1, per_ms: 3_600_000, burst: 1 }
}

#[test]
fn a_decision_has_as_many_charges_and_an_account_as_many_bytes_as_it_may() {
    let account_bytes_max = "pot".len() + "bot".len();
    let limits = Limits { charges_per_reserve_max: 2, account_bytes_max, ..Limits::default() };
    let mut ledger = Ledger::new(limits);
    let pots = |count| vec![charge("pot", 1, 100, None); count];
    granted(apply(&mut ledger, 0, reserve(0, pots(2))));
    assert_eq!(refusal(apply(&mut ledger, 0, reserve(1, pots(3)))), Refusal::TooLarge);
    let longer = vec![charge("pots", 1, 100, None)];
    assert_eq!(refusal(apply(&mut ledger, 0, reserve(2, longer))), Refusal::TooLarge);
}

#[test]
fn an_account_has_as_many_windows_as_it_may_and_those_again() {
    let mut ledger = Ledger::new(Limits { windows_per_account_max: 1, ..Limits::default() });
    let daily = || vec![charge("pot", 1, 100, None)];
    let mut sliding = charge("pot", 1, 100, None);
    sliding.limits[0].window = Window::Sliding { length_ms: 60_000 };
    granted(apply(&mut ledger, 0, reserve(0, daily())));
    granted(apply(&mut ledger, 0, reserve(1, daily())));
    let full = Refusal::Full { what: "windows", max: 1 };
    assert_eq!(refusal(apply(&mut ledger, 0, reserve(2, vec![sliding]))), full);
}

#[test]
fn a_task_counts_until_the_latest_end_of_its_tokens() {
    let mut ledger = Ledger::new(Limits::default());
    let task = |amount, ends_ms| {
        let mut charge = charge("task", amount, 100, None);
        charge.limits[0].window = Window::Task { ends_ms };
        vec![charge]
    };
    granted(apply(&mut ledger, 0, reserve(0, task(60, 2_000))));
    granted(apply(&mut ledger, 1_000, reserve(1, task(1, 3_000))));
    assert_eq!(denial(apply(&mut ledger, 2_500, reserve(2, task(60, 3_000)))).shortfalls().count(), 1);
}

#[test]
fn a_rate_that_counts_one_decision_twice_needs_room_for_both() {
    let mut ledger = Ledger::new(Limits::default());
    let twice = Reserve { rates: vec![hourly(), hourly()], ..reserve(0, vec![]) };
    assert_eq!(denial(apply(&mut ledger, 0, twice)).code(), ReasonCode::RateExceeded);
}

#[test]
fn a_rate_in_use_outlives_every_sweep() {
    let mut ledger = Ledger::new(Limits::default());
    let ask = |id| Reserve { rates: vec![hourly()], ..reserve(id, vec![]) };
    granted(apply(&mut ledger, 0, ask(0)));
    for id in 1..=2 * SWEEP_EVERY {
        granted(apply(&mut ledger, 1, reserve(id, vec![])));
    }
    assert_eq!(denial(apply(&mut ledger, 2, ask(1_000))).code(), ReasonCode::RateExceeded);
}

#[test]
fn a_review_waits_for_a_millisecond_and_a_person_has_as_long_a_name_as_an_account() {
    let mut ledger = Ledger::new(Limits::default());
    let review = Review { digest: [7; 32], rule: "large".to_owned(), needed: 2, timeout_ms: 1 };
    let ask = Reserve { review: Some(review), ..reserve(0, vec![]) };
    assert!(matches!(apply(&mut ledger, 0, ask), Effect::Pending(_)));
    let person = "p".repeat(ledger.limits().account_bytes_max);
    let vote = ReviewVote { review: ReviewId(0), digest: [7; 32], person };
    assert!(matches!(ledger.apply(0, &Command::Approve(vote.clone())), Effect::Approved(_)));
    assert!(matches!(ledger.apply(0, &Command::Decline(vote)), Effect::Declined(_)));
}
