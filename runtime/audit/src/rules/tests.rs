use permit_types::verdict::{Layer, Layers, Outcome};

use super::*;
use crate::record::{Decision, Genesis, LimitState, Shortfall};
use crate::sample::{
    ORIGIN, START_MS, alarm, allowed, asserted, at_ms, body, denied, disclosures, genesis, next_key,
    next_signer, operation, refusals, reviewed, settlement, signer, unknown_agent,
};
use crate::seal::{SealError, seal};
use crate::{Commitment, Instruction, KeyChange, Signer};
use permit_types::digest::Digest;

fn sealed(body: Body, index: u64) -> Result<(), RuleError> {
    let root = if index == 0 { Hash::of_empty_tree() } else { Hash([1; 32]) };
    match seal(body, index, START_MS, root, &signer()) {
        Ok(_) => Ok(()),
        Err(SealError::Rule(error)) => Err(error),
        Err(other) => panic!("{other:?}"),
    }
}

fn refusal(body: Body, index: u64) -> RuleError {
    sealed(body, index).unwrap_err()
}

fn changed(mut decision: Decision, change: impl FnOnce(&mut Decision)) -> Body {
    change(&mut decision);
    Body::Decision(Box::new(decision))
}

fn decision(change: impl FnOnce(&mut Decision)) -> Body {
    changed(allowed(), change)
}

fn denial(change: impl FnOnce(&mut Decision)) -> Body {
    changed(denied(), change)
}

fn limit(change: impl FnOnce(&mut LimitState)) -> Body {
    decision(|decision| change(&mut decision.charges[0].limits[0]))
}

fn shortfall(change: impl FnOnce(&mut Shortfall)) -> Body {
    denial(|decision| change(&mut decision.denials[0]))
}

fn spending() -> String {
    "spending".to_owned()
}

#[test]
fn the_genesis_is_the_first_record_of_its_own_log() {
    assert_eq!(refusal(genesis(), 1), RuleError::GenesisPlace);
    assert_eq!(refusal(body(1), 0), RuleError::GenesisPlace);
    let other = Genesis { facts: None, origin: "other".to_owned(), policy: Digest::of(b"") };
    assert_eq!(refusal(Body::Genesis(other), 0), RuleError::Origin { found: "other".to_owned() });
    let off = seal(genesis(), 0, START_MS, Hash([1; 32]), &signer());
    assert_eq!(off, Err(SealError::Rule(RuleError::FirstRoot)));
}

#[test]
fn the_outcome_follows_from_the_layers() {
    assert_eq!(refusal(decision(|d| d.layers = Layers::denied_by(Layer::Scope)), 1), RuleError::Outcome);
    assert_eq!(refusal(decision(|d| d.outcome = Outcome::Deny), 1), RuleError::Outcome);
    assert_eq!(refusal(denial(|d| d.charges = allowed().charges), 1), RuleError::Charge);
    assert_eq!(refusal(denial(|d| d.hold_expires_at_ms = Some(START_MS)), 1), RuleError::Charge);
}

#[test]
fn only_who_is_asked_for_is_asserted() {
    for sound in [asserted(), unknown_agent()] {
        assert_eq!(sealed(changed(sound, |_| ()), 1), Ok(()));
    }
    let proved = changed(asserted(), |d| {
        (d.layers, d.dpop) = (Layers::PASSED.asserted(true), allowed().dpop);
    });
    assert_eq!(sealed(proved, 1), Ok(()));
    // Who was refused at once asked for nobody yet, or for somebody; both may be.
    assert_eq!(sealed(changed(unknown_agent(), |d| d.asked_by = asserted().asked_by), 1), Ok(()));
    for unsound in [
        changed(asserted(), |d| d.asked_by = None),
        changed(asserted(), |d| (d.layers, d.dpop) = (Layers::PASSED, allowed().dpop)),
        decision(|d| d.asked_by = asserted().asked_by),
        denial(|d| d.asked_by = asserted().asked_by),
        denial(|d| d.layers = d.layers.asserted(true)),
    ] {
        assert_eq!(refusal(unsound, 1), RuleError::Asserted);
    }
}

#[test]
fn what_may_happen_is_said_in_full() {
    let missing = |member| RuleError::Incomplete { member };
    assert_eq!(refusal(decision(|d| d.action.clear()), 1), missing("action"));
    assert_eq!(refusal(decision(|d| d.agent_type = None), 1), missing("agent_type"));
    assert_eq!(refusal(decision(|d| d.dpop = None), 1), missing("dpop"));
    assert_eq!(refusal(decision(|d| d.identity = None), 1), missing("identity"));
    assert_eq!(refusal(decision(|d| d.request_digest = None), 1), missing("request_digest"));
    let in_review = reviewed(permit_types::verdict::ReasonCode::ReviewRequired, 1, &[], 0);
    assert_eq!(refusal(changed(in_review, |d| d.dpop = None), 1), missing("dpop"));
    let proved = changed(asserted(), |d| d.layers = Layers::PASSED.asserted(true));
    assert_eq!(refusal(proved, 1), missing("dpop"));
    let refused = denial(|d| (d.agent_type, d.identity, d.dpop, d.request_digest) = (None, None, None, None));
    assert_eq!(sealed(refused, 1), Ok(()));
    assert_eq!(sealed(decision(|d| (d.body_digest, d.trace_id) = (None, None)), 1), Ok(()));
}

#[test]
fn a_policy_is_evaluated_before_the_record_is_sealed() {
    assert_eq!(sealed(decision(|d| d.now_ms = START_MS), 1), Ok(()));
    assert_eq!(refusal(decision(|d| d.now_ms = START_MS + 1), 1), RuleError::Now);
}

#[test]
fn a_resource_is_recorded_once_and_briefly() {
    let long = "r".repeat(crate::RESOURCE_BYTES_MAX);
    assert_eq!(sealed(decision(|d| d.resource = Some(long.clone())), 1), Ok(()));
    assert_eq!(refusal(decision(|d| d.resource = Some(format!("{long}r"))), 1), RuleError::Resource);
    let digest = Some(Digest::of(b"r"));
    assert_eq!(sealed(decision(|d| (d.resource, d.resource_digest) = (None, digest)), 1), Ok(()));
    assert_eq!(refusal(decision(|d| d.resource_digest = digest), 1), RuleError::Resource);
    assert_eq!(sealed(decision(|d| d.resource = None), 1), Ok(()));
}

#[test]
fn no_commitment_occurs_twice_or_under_a_name_of_the_other_kind() {
    let error = |name: &str| RuleError::Commitment { name: name.to_owned() };
    let [amount, ..] = disclosures();
    let put = |name: &str, of_claims: bool, commitment: Commitment| {
        decision(|d| {
            let members = if of_claims { &mut d.claims } else { &mut d.arguments };
            members.insert(name.to_owned(), commitment);
        })
    };
    let new = Commitment([1; 32]);
    assert_eq!(sealed(put("agents", false, new), 1), Ok(()));
    assert_eq!(sealed(put("resource.tier", true, new), 1), Ok(()));
    assert_eq!(refusal(put("z", false, amount.commitment()), 1), error("z"));
    assert_eq!(refusal(put("agent.z", true, amount.commitment()), 1), error("agent.z"));
    assert_eq!(refusal(put("agent.z", false, new), 1), error("agent.z"));
    assert_eq!(refusal(put("resource.z", false, new), 1), error("resource.z"));
    assert_eq!(refusal(put("level", true, new), 1), error("level"));
}

#[test]
fn a_chain_of_agents_has_a_bound() {
    let chain = |length| changed(asserted(), |d| d.delegation = vec![d.delegation[0].clone(); length]);
    assert_eq!(sealed(chain(crate::DELEGATION_MAX), 1), Ok(()));
    assert_eq!(refusal(chain(9), 1), RuleError::Delegation { found: 9 });
}

#[test]
fn what_is_said_of_a_review_fits_the_decision() {
    let reviewed = |code, persons: &[&str], approved, change: fn(&mut Decision)| {
        changed(reviewed(code, 1, persons, approved), change)
    };
    let same: fn(&mut Decision) = |_| {};
    use permit_types::verdict::ReasonCode::{Approved, Permitted, ReviewDeclined, ReviewRequired};
    for sound in [
        reviewed(ReviewRequired, &[], 1, same),
        reviewed(Approved, &["ann", "bob"], 2, same),
        reviewed(ReviewDeclined, &[], 2, same),
    ] {
        assert_eq!(sealed(sound, 1), Ok(()));
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
    assert_eq!(refusal(charging, 1), RuleError::Charge);
}

#[test]
fn only_what_is_charged_warns() {
    let error = RuleError::Warning { budget: spending() };
    assert_eq!(sealed(decision(|d| d.warnings[0].percent = 100), 1), Ok(()));
    assert_eq!(refusal(decision(|d| d.warnings[0].percent = 101), 1), error);
    assert_eq!(refusal(denial(|d| d.warnings = allowed().warnings), 1), error);
}

#[test]
fn a_decision_has_the_name_of_its_place() {
    let record = seal(body(1), 7, START_MS, Hash([1; 32]), &signer()).unwrap().record;
    let check = |name: Option<&str>| check(&record.place(), name, Some(&record.body), ORIGIN);
    assert_eq!(check(record.decision_id.as_deref()), Ok(()));
    let error = Err(RuleError::DecisionId { expected: decision_id(ORIGIN, 7) });
    assert_eq!(check(Some(&decision_id(ORIGIN, 8))), error);
    assert_eq!(check(None), error);
}

#[test]
fn of_a_record_of_unknown_kind_the_place_is_checked() {
    let place = |index| Place { index, timestamp_ms: START_MS, merkle_root: Hash([1; 32]) };
    assert_eq!(check(&place(7), None, None, ORIGIN), Ok(()));
    assert_eq!(check(&place(0), None, None, ORIGIN), Err(RuleError::GenesisPlace));
    let error = RuleError::DecisionId { expected: decision_id(ORIGIN, 7) };
    assert_eq!(check(&place(7), Some("dec_0"), None, ORIGIN), Err(error));
}

#[test]
fn no_budget_is_over_its_limit() {
    let over = RuleError::OverLimit {
        budget: spending(),
        limit: "5000.00 USD".to_owned(),
        window: "day in Europe/Dublin".to_owned(),
    };
    assert_eq!(refusal(limit(|l| l.spent = "4400.01 USD".to_owned()), 1), over);
    assert_eq!(refusal(limit(|l| l.held = "1000.001 USD".to_owned()), 1), over);
    let full = limit(|l| {
        (l.spent, l.remaining) = ("4400 USD".to_owned(), "0 USD".to_owned());
        l.before.spent = "4400.0 USD".to_owned();
    });
    assert_eq!(sealed(full, 1), Ok(()));
}

#[test]
fn what_remains_is_what_the_limit_leaves() {
    let error = RuleError::Remaining { budget: spending() };
    assert_eq!(refusal(limit(|l| l.remaining = "400.01 USD".to_owned()), 1), error);
    assert_eq!(refusal(limit(|l| l.remaining = "0.00 USD".to_owned()), 1), error);
    assert_eq!(refusal(shortfall(|s| s.remaining = "0.00 USD".to_owned()), 1), error);
    // A limit below its use leaves nothing, and not less.
    let lowered = |remaining: &str| {
        let remaining = remaining.to_owned();
        shortfall(|s| (s.limit, s.remaining) = ("-1.00 USD".to_owned(), remaining))
    };
    assert_eq!(sealed(lowered("0.00 USD"), 1), Ok(()));
    assert_eq!(refusal(lowered("1.00 USD"), 1), error);
}

#[test]
fn a_charge_moves_its_amount_and_nothing_else() {
    let error = RuleError::Movement { budget: spending() };
    let before = |spent: &str, held: &str| {
        let (spent, held) = (spent.to_owned(), held.to_owned());
        limit(|l| (l.before.spent, l.before.held) = (spent, held))
    };
    assert_eq!(sealed(before("4000.00 USD", "0.00 USD"), 1), Ok(()));
    assert_eq!(sealed(before("3400.00 USD", "600.00 USD"), 1), Ok(()));
    for (spent, held) in [
        ("4000.00 USD", "600.00 USD"),
        ("3400.00 USD", "0.00 USD"),
        ("3700.00 USD", "300.00 USD"),
        ("4000.00 USD", "0.01 USD"),
        ("3999.99 USD", "0.00 USD"),
    ] {
        assert_eq!(refusal(before(spent, held), 1), error, "{spent} {held}");
    }
}

#[test]
fn a_denial_has_no_room() {
    let error = RuleError::Shortfall { budget: spending() };
    let requested = |text: &str| {
        let text = text.to_owned();
        shortfall(|s| s.requested = text)
    };
    assert_eq!(sealed(requested("500.01 USD"), 1), Ok(()));
    assert_eq!(refusal(requested("500.00 USD"), 1), error);
    assert_eq!(refusal(decision(|d| d.denials = denied().denials), 1), error);
    let held = shortfall(|s| (s.spent, s.held) = ("0.00 USD".to_owned(), "4500.00 USD".to_owned()));
    assert_eq!(sealed(held, 1), Ok(()));
}

#[test]
fn every_amount_is_read() {
    let bad = || "6,00 USD".to_owned();
    let error = RuleError::Amount { text: bad(), unit: "USD".to_owned() };
    let settled = |change: fn(&mut crate::Settled)| {
        let mut settlement = settlement(None);
        change(&mut settlement.settled[0]);
        settlement
    };
    for unsound in [
        decision(|d| d.charges[0].amount = bad()),
        limit(|l| l.spent = bad()),
        limit(|l| l.held = bad()),
        limit(|l| l.limit = bad()),
        limit(|l| l.remaining = bad()),
        limit(|l| l.before.spent = bad()),
        limit(|l| l.before.held = bad()),
        shortfall(|s| s.spent = bad()),
        shortfall(|s| s.held = bad()),
        shortfall(|s| s.limit = bad()),
        shortfall(|s| s.remaining = bad()),
        shortfall(|s| s.requested = bad()),
        Body::Confirm(settled(|s| s.charged = "6,00 USD".to_owned())),
        Body::Release(settled(|s| s.returned = "6,00 USD".to_owned())),
    ] {
        assert_eq!(refusal(unsound, 1), error);
    }
    let negative = RuleError::Amount { text: "-1.00 USD".to_owned(), unit: "USD".to_owned() };
    assert_eq!(refusal(decision(|d| d.charges[0].amount = "-1.00 USD".to_owned()), 1), negative);
    assert_eq!(refusal(limit(|l| l.before.held = "-1.00 USD".to_owned()), 1), negative);
}

#[test]
fn a_key_signs_for_itself_in_its_place() {
    assert_eq!(sealed(next_key(1), 1), Ok(()));
    let change = |change: &dyn Fn(&mut KeyChange)| {
        let mut next = KeyChange::to(&next_signer(), 1, Instruction::default());
        change(&mut next);
        sealed(Body::Key(next), 1)
    };
    assert_eq!(change(&|_| ()), Ok(()));
    let other_log = Signer::from_seed("permit.example/log2", &[9; 32]).unwrap();
    let other_key = Signer::from_seed(ORIGIN, &[8; 32]).unwrap();
    let edits: [&dyn Fn(&mut KeyChange); 5] = [
        &|next| next.key.push('\n'),
        &|next| next.key = "?".to_owned(),
        &|next| next.key_signature[0] ^= 1,
        &|next| next.key = other_key.public().to_string(),
        &|next| *next = KeyChange::to(&other_log, 1, Instruction::default()),
    ];
    for edit in edits {
        assert_eq!(change(edit), Err(RuleError::NextKey));
    }
    assert_eq!(refusal(next_key(1), 2), RuleError::NextKey);
}

#[test]
fn words_are_of_small_letters() {
    let with = |text: &str| {
        let (mut alarm, mut operation, mut refusals) = (alarm(), operation(), refusals(0));
        (alarm.code, operation.act) = (text.to_owned(), text.to_owned());
        refusals.counts.insert(text.to_owned(), 1);
        [Body::Alarm(alarm), Body::Operator(operation), Body::Refusals(refusals)]
    };
    for word in ["a", "a1_", &"z".repeat(64)] {
        assert_eq!(with(word).map(|body| sealed(body, 1)), [const { Ok(()) }; 3], "{word}");
    }
    for text in ["A", "1a", "_a", "a-b", "a.b", &"z".repeat(65)] {
        let error = RuleError::Word { text: text.to_owned() };
        assert_eq!(with(text).map(|body| refusal(body, 1)), [(); 3].map(|()| error.clone()));
    }
    let empty = crate::Alarm { code: String::new(), ..alarm() };
    assert_eq!(refusal(Body::Alarm(empty), 1), RuleError::Word { text: String::new() });
}

#[test]
fn a_period_is_over_and_counts_what_happened() {
    let with = |from_ms, to_ms, count: u64| {
        let counts = [("token_missing".to_owned(), count)].into();
        sealed(Body::Refusals(Refusals { counts, from_ms, to_ms }), 1)
    };
    let start = at_ms(0);
    assert_eq!(with(start - 1, start, 1), Ok(()));
    assert_eq!(with(start, start, 1), Ok(()));
    assert_eq!(with(start + 1, start, 1), Err(RuleError::Period));
    assert_eq!(with(start, start + 1, 1), Err(RuleError::Period));
    assert_eq!(with(start - 1, start, 0), Err(RuleError::Period));
    let quiet = Refusals { counts: [].into(), from_ms: start, to_ms: start };
    assert_eq!(sealed(Body::Refusals(quiet), 1), Ok(()));
}
