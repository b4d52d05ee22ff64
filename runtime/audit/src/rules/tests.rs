use permit_types::verdict::{Layer, Layers};

use super::*;
use crate::record::{Genesis, LimitState};
use crate::sample::{ORIGIN, START_MS, allowed, body, denied, genesis, reviewed, signer};
use crate::seal::{SealError, seal};

fn refusal(body: Body, index: u64) -> RuleError {
    let root = if index == 0 { Hash::of_empty_tree() } else { Hash([1; 32]) };
    match seal(body, index, START_MS, root, &signer()) {
        Err(SealError::Rule(error)) => error,
        other => panic!("{other:?}"),
    }
}

fn decision(change: impl FnOnce(&mut Decision)) -> Body {
    let mut decision = allowed();
    change(&mut decision);
    Body::Decision(Box::new(decision))
}

fn limit(change: impl FnOnce(&mut LimitState)) -> Body {
    decision(|decision| change(&mut decision.charges[0].limits[0]))
}

#[test]
fn the_genesis_is_the_first_record_of_its_own_log() {
    assert_eq!(refusal(genesis(), 1), RuleError::GenesisPlace);
    assert_eq!(refusal(body(1), 0), RuleError::GenesisPlace);
    let other = Genesis { origin: "other".to_owned(), policy: crate::Digest::of(b"") };
    assert_eq!(refusal(Body::Genesis(other), 0), RuleError::Origin { found: "other".to_owned() });
    let off = seal(genesis(), 0, START_MS, Hash([1; 32]), &signer());
    assert_eq!(off, Err(SealError::Rule(RuleError::FirstRoot)));
}

#[test]
fn the_outcome_follows_from_the_layers() {
    assert_eq!(refusal(decision(|d| d.layers = Layers::denied_by(Layer::Scope)), 1), RuleError::Outcome);
    assert_eq!(refusal(decision(|d| d.outcome = Outcome::Deny), 1), RuleError::Outcome);
    let charging = Decision { charges: allowed().charges, ..denied() };
    let error = RuleError::ChargedDenial { budget: "spending".to_owned() };
    assert_eq!(refusal(Body::Decision(Box::new(charging)), 1), error);
}

#[test]
fn what_is_said_of_a_review_fits_the_decision() {
    let reviewed = |code, persons: &[&str], approved, change: fn(&mut Decision)| {
        let mut decision = reviewed(code, 1, persons, approved);
        change(&mut decision);
        Body::Decision(Box::new(decision))
    };
    let same: fn(&mut Decision) = |_| {};
    use ReasonCode::{Approved, Permitted, ReviewDeclined, ReviewRequired};
    for sound in [
        reviewed(ReviewRequired, &[], 1, same),
        reviewed(Approved, &["ann", "bob"], 2, same),
        reviewed(ReviewDeclined, &[], 2, same),
    ] {
        assert!(seal(sound, 1, START_MS, Hash([1; 32]), &signer()).is_ok());
    }
    for unsound in [
        reviewed(Approved, &["ann"], 1, same),
        reviewed(Approved, &["ann"], 2, same),
        reviewed(Approved, &["ann", "ann"], 2, same),
        reviewed(Approved, &["ann", "bob", "cleo"], 2, same),
        reviewed(Approved, &["ann", "bob"], 2, |d| d.review = None),
        reviewed(Approved, &["ann", "bob"], 2, |d| d.reason.code = Permitted),
        reviewed(Approved, &["ann", "bob"], 2, |d| d.reason.name = Some("small_orders".to_owned())),
        reviewed(Approved, &[], 0, |d| d.review.as_mut().unwrap().needed = 0),
        reviewed(ReviewRequired, &[], 2, same),
        reviewed(ReviewRequired, &["ann"], 1, same),
        reviewed(ReviewRequired, &[], 1, |d| d.review = None),
        reviewed(ReviewRequired, &[], 1, |d| d.reason.code = Approved),
        reviewed(ReviewDeclined, &["ann"], 1, same),
        reviewed(ReviewDeclined, &[], 0, |d| d.review = None),
        decision(|d| d.approved_by = vec!["ann".to_owned()]),
    ] {
        assert_eq!(refusal(unsound, 1), RuleError::Review);
    }
    let elsewhere = reviewed(ReviewRequired, &[], 0, |d| d.layers = Layers::denied_by(Layer::Policy));
    assert_eq!(refusal(elsewhere, 1), RuleError::Outcome);
    let charging = reviewed(ReviewRequired, &[], 0, |d| d.charges = allowed().charges);
    assert_eq!(refusal(charging, 1), RuleError::ChargedDenial { budget: "spending".to_owned() });
}

#[test]
fn only_what_is_charged_warns() {
    let error = RuleError::Warning { budget: "spending".to_owned() };
    assert_eq!(refusal(decision(|d| d.warnings[0].percent = 101), 1), error);
    let warning = Decision { warnings: allowed().warnings, ..denied() };
    assert_eq!(refusal(Body::Decision(Box::new(warning)), 1), error);
}

#[test]
fn a_decision_has_the_name_of_its_place() {
    let mut record = seal(body(1), 7, START_MS, Hash([1; 32]), &signer()).unwrap().record;
    assert_eq!(check(&record, ORIGIN), Ok(()));
    let error = RuleError::DecisionId { expected: decision_id(ORIGIN, 7) };
    record.decision_id = Some(decision_id(ORIGIN, 8));
    assert_eq!(check(&record, ORIGIN), Err(error.clone()));
    record.decision_id = None;
    assert_eq!(check(&record, ORIGIN), Err(error));
}

#[test]
fn no_budget_is_over_its_limit() {
    let over = RuleError::OverLimit {
        budget: "spending".to_owned(),
        limit: "5000.00 USD".to_owned(),
        window: "day in Europe/Dublin".to_owned(),
    };
    assert_eq!(refusal(limit(|l| l.spent = "4400.01 USD".to_owned()), 1), over);
    assert_eq!(refusal(limit(|l| l.held = "1000.001 USD".to_owned()), 1), over);
    let full = limit(|l| l.spent = "4400 USD".to_owned());
    assert!(seal(full, 1, START_MS, Hash([1; 32]), &signer()).is_ok());
}

#[test]
fn amounts_are_numbers_of_the_unit() {
    for text in [
        "1.00",
        "1.00 EUR",
        "1.00USD",
        " 1.00 USD",
        "1,000.00 USD",
        "1e3 USD",
        ".5 USD",
        "1. USD",
        "1.0.0 USD",
        "+1 USD",
        "--1 USD",
        " USD",
        "- USD",
        "1.0000000000 USD",
        "999999999999999999999 USD",
        "٣ USD",
    ] {
        let error = RuleError::Amount { text: text.to_owned(), unit: "USD".to_owned() };
        assert_eq!(refusal(limit(|l| l.spent = text.to_owned()), 1), error);
    }
    assert_eq!(Amount::read("-0.05 USD", "USD"), Ok(Amount { units: -5, scale: 2 }));
    assert_eq!(Amount::read("12 tokens", "tokens"), Ok(Amount { units: 12, scale: 0 }));
}
