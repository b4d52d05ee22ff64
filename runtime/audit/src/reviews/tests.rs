use permit_types::verdict::ReasonCode::{Approved, ReviewDeclined, ReviewRequired, ReviewTimedOut};
use permit_types::verdict::{Layers, ReasonCode};

use super::*;
use crate::record::decision_id;
use crate::sample::{ORIGIN, REVIEW_MS, allowed, at_ms, denied, reviewed, vote};
use crate::{Hash, seal};

/// A record at a place whose instant is the place's.
struct At(u64, Body);

fn decided(code: ReasonCode, opened: u64, persons: &[&str], approved: u16) -> Body {
    Body::Decision(Box::new(reviewed(code, opened, persons, approved)))
}

fn changed(code: ReasonCode, persons: &[&str], change: impl FnOnce(&mut Decision)) -> Body {
    let mut decision = reviewed(code, 1, persons, u16::try_from(persons.len()).unwrap());
    change(&mut decision);
    Body::Decision(Box::new(decision))
}

fn yes(opened: u64, person: &str) -> Body {
    Body::Approval(vote(opened, person))
}

fn no(opened: u64, person: &str) -> Body {
    Body::Decline(vote(opened, person))
}

/// Follows records, all sealed as an honest writer would, and gives what is found at the last one.
fn follow(records: impl IntoIterator<Item = At>) -> Result<(), ReviewFault> {
    let mut reviews = Reviews::default();
    let mut found = Ok(());
    for At(index, body) in records {
        assert_eq!(found, Ok(()), "before record {index}");
        let signer = crate::sample::signer();
        let sealed = seal(body, index, at_ms(index), Hash([1; 32]), &signer).unwrap();
        found = reviews.follow(&sealed.record);
    }
    found
}

/// Record 1 opens a review, `then` follows from record 2 on.
fn after(then: impl IntoIterator<Item = Body>) -> Result<(), ReviewFault> {
    let open = std::iter::once(decided(ReviewRequired, 1, &[], 0));
    follow((1..).zip(open.chain(then)).map(|(index, body)| At(index, body)))
}

fn id(index: u64) -> String {
    decision_id(ORIGIN, index)
}

/// The first record after the sample's review has timed out, and the first after that is forgotten.
const LATE: u64 = 1 + (REVIEW_MS / 250) as u64;
const FORGOTTEN: u64 = 1 + 2 * (REVIEW_MS / 250) as u64;

#[test]
fn approved_in_time_by_enough_and_used_once() {
    let used = || decided(Approved, 1, &["ann", "bob"], 2);
    let all = [
        decided(ReviewRequired, 1, &[], 0),
        yes(1, "ann"),
        yes(1, "ann"),
        decided(ReviewRequired, 1, &[], 1),
    ];
    assert_eq!(after(all.into_iter().chain([yes(1, "bob"), yes(1, "cleo"), used()])), Ok(()));
    let twice = after([yes(1, "ann"), yes(1, "bob"), used(), used()]);
    assert_eq!(twice, Err(ReviewFault::Ended { id: id(1), end: ReviewEnd::Used }));
    // The same request may ask anew; the new review begins without approvals.
    assert_eq!(after([yes(1, "ann"), yes(1, "bob"), used(), decided(ReviewRequired, 5, &[], 0)]), Ok(()));
    let old_vote =
        after([yes(1, "ann"), yes(1, "bob"), used(), decided(ReviewRequired, 5, &[], 0), yes(1, "ann")]);
    assert_eq!(old_vote, Err(ReviewFault::Unknown { id: id(1) }));
}

#[test]
fn missing_approvals_are_counted() {
    let used = || decided(Approved, 1, &["ann", "bob"], 2);
    let missing = |found| Err(ReviewFault::Approvals { id: id(1), found, needed: 2 });
    assert_eq!(after([used()]), missing(0));
    assert_eq!(after([yes(1, "ann"), used()]), missing(1));
    assert_eq!(after([yes(1, "ann"), yes(1, "ann"), used()]), missing(1));
    assert_eq!(after([yes(1, "bob"), yes(1, "ann"), used()]), Err(ReviewFault::Differs { id: id(1) }));
    assert_eq!(after([yes(1, "bob"), yes(1, "cleo"), used()]), Err(ReviewFault::Differs { id: id(1) }));
    assert_eq!(follow([At(2, used())]), Err(ReviewFault::Unknown { id: id(1) }));
    assert_eq!(follow([At(2, yes(1, "ann"))]), Err(ReviewFault::Unknown { id: id(1) }));
    let other = Vote { digest: Digest::of(b"another request"), ..vote(1, "ann") };
    assert_eq!(after([Body::Approval(other)]), Err(ReviewFault::Unknown { id: id(1) }));
}

#[test]
fn every_word_of_a_review_stays() {
    let differs = Err(ReviewFault::Differs { id: id(1) });
    let persons = &["ann", "bob"];
    let edits: [fn(&mut Decision); 6] = [
        |d| d.agent = "another-bot".to_owned(),
        |d| d.agent_type = Some("AnotherBot".to_owned()),
        |d| d.action = "refund".to_owned(),
        |d| d.policy = Digest::of(b"another bundle"),
        |d| d.review.as_mut().unwrap().expires_ms += 1,
        |d| {
            d.review.as_mut().unwrap().rule = "any".to_owned();
            d.reason.name = Some("any".to_owned());
        },
    ];
    for edit in edits {
        assert_eq!(after([yes(1, "ann"), yes(1, "bob"), changed(Approved, persons, edit)]), differs);
    }
    let one_is_enough = changed(Approved, &["ann"], |d| d.review.as_mut().unwrap().needed = 1);
    assert_eq!(after([yes(1, "ann"), one_is_enough]), differs);
    assert_eq!(after([decided(ReviewRequired, 1, &[], 1)]), differs);
    let ends_at = |expires_ms| {
        let body = changed(ReviewRequired, &[], |decision| {
            decision.review.as_mut().unwrap().expires_ms = expires_ms;
        });
        follow([At(1, body)])
    };
    assert_eq!((ends_at(at_ms(1) + 1), ends_at(at_ms(1))), (Ok(()), differs.clone()));
    let open_with = |approved| follow([At(1, decided(ReviewRequired, 1, &[], approved))]);
    assert_eq!((open_with(0), open_with(1)), (Ok(()), differs.clone()));
    assert_eq!(follow([At(1, decided(Approved, 1, persons, 2))]), differs);
}

#[test]
fn a_decline_ends_it_for_a_day() {
    let declined = Err(ReviewFault::Ended { id: id(1), end: ReviewEnd::Declined });
    let denial = || decided(ReviewDeclined, 1, &[], 2);
    let ended = || [yes(1, "ann"), yes(1, "bob"), no(1, "cleo")];
    assert_eq!(after(ended().into_iter().chain([denial()])), Ok(()));
    for late in [yes(1, "ann"), no(1, "bob"), decided(Approved, 1, &["ann", "bob"], 2)] {
        assert_eq!(after(ended().into_iter().chain([late])), declined);
    }
    assert_eq!(after([denial()]), Err(ReviewFault::Differs { id: id(1) }));
    assert_eq!(after([yes(1, "ann"), yes(1, "bob"), denial()]), Err(ReviewFault::Differs { id: id(1) }));
    let anew = |index: u64| {
        let first = [At(1, decided(ReviewRequired, 1, &[], 0)), At(2, no(1, "ann"))];
        follow(first.into_iter().chain([At(index, decided(ReviewRequired, index, &[], 0))]))
    };
    let day = 24 * 60 * 60 * 4;
    assert_eq!(anew(1 + day), Err(ReviewFault::Open { id: id(1) }));
    assert_eq!(anew(2 + day), Ok(()));
}

#[test]
fn nothing_counts_after_the_time_out() {
    let ended = |end| Err(ReviewFault::Ended { id: id(1), end });
    let open = || [At(1, decided(ReviewRequired, 1, &[], 0)), At(2, yes(1, "ann")), At(3, yes(1, "bob"))];
    let at = |index, body| follow(open().into_iter().chain([At(index, body)]));
    let used = || decided(Approved, 1, &["ann", "bob"], 2);
    assert_eq!(at(LATE - 1, used()), Ok(()));
    for late in [used(), yes(1, "cleo"), no(1, "cleo")] {
        assert_eq!(at(LATE, late), ended(ReviewEnd::TimedOut));
    }
    assert_eq!(at(LATE - 1, decided(ReviewTimedOut, 1, &[], 2)), Err(ReviewFault::Differs { id: id(1) }));
    assert_eq!(at(LATE, decided(ReviewTimedOut, 1, &[], 2)), Ok(()));
    assert_eq!(
        at(FORGOTTEN - 1, decided(ReviewRequired, FORGOTTEN - 1, &[], 0)),
        Err(ReviewFault::Open { id: id(1) })
    );
    assert_eq!(at(FORGOTTEN, decided(ReviewRequired, FORGOTTEN, &[], 0)), Ok(()));
    assert_eq!(at(FORGOTTEN, used()), Err(ReviewFault::Unknown { id: id(1) }));
}

#[test]
fn a_rule_that_asks_for_reviews_never_allows_without() {
    let permitted = |rule: &str| {
        let mut decision = allowed();
        decision.reason.name = Some(rule.to_owned());
        Body::Decision(Box::new(decision))
    };
    assert_eq!(after([permitted("small_orders")]), Ok(()));
    let rule = "large_orders".to_owned();
    assert_eq!(after([permitted(&rule)]), Err(ReviewFault::Unreviewed { rule: rule.clone() }));
    // Another bundle may say something else under the same name, and a denial allows nothing.
    let mut other = allowed();
    (other.policy, other.reason.name) = (Digest::of(b"another bundle"), Some(rule.clone()));
    let mut forbidden = denied();
    (forbidden.reason.name, forbidden.layers) =
        (Some(rule), Layers::denied_by(permit_types::verdict::Layer::Policy));
    assert_eq!(after([other, forbidden].map(|decision| Body::Decision(Box::new(decision)))), Ok(()));
}

#[test]
fn a_fault_says_how_the_review_ended() {
    let fault = |end| ReviewFault::Ended { id: "dec_1".to_owned(), end }.to_string();
    let ends = [ReviewEnd::TimedOut, ReviewEnd::Declined, ReviewEnd::Used].map(fault);
    assert_eq!(
        ends,
        ["timed out", "declined", "used"].map(|end| format!("the review dec_1 had ended: {end}"))
    );
}
