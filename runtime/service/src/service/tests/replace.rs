//! Another engine in force while requests are decided.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use permit_ir::program::Effect;
use permit_journal::SubmitError;
use permit_ledger::TermError;

use super::*;
use crate::Replaced;

/// The sample without its rate, in which generation `at` permits small refunds, if it is even, or forbids them.
fn generation(at: usize) -> Engine {
    engine_of(|program| {
        program.rates.clear();
        program.rules[1].effect = if at.is_multiple_of(2) { Effect::Permit } else { Effect::Forbid };
    })
}

fn replace(service: &Service, next: impl FnOnce() -> Engine) -> Result<Replaced, SubmitError> {
    service.replace(|_| Ok(next()), NOW_MS)
}

/// Decides as the server does: what was superseded is decided again.
fn decided(service: &Service, call: &Call) -> Receipt {
    loop {
        match decide(service, call) {
            Err(SubmitError::Superseded) => {}
            answer => return answer.unwrap(),
        }
    }
}

#[test]
fn the_next_engine_decides_and_the_pot_stays_as_full_as_it_was() {
    let (_folder, service) = fresh();
    service.announce_policy(NOW_MS).unwrap();
    let before = service.engine().policy_digest();
    assert_eq!(decided(&service, &call("40.00 USD")).outcome(), Some(Outcome::Allow));
    let replaced = replace(&service, || generation(1)).unwrap();
    assert_eq!(replaced.before.policy_digest(), before);
    assert_eq!(service.engine().policy_digest(), replaced.now.policy_digest());
    let denied = decided(&service, &call("40.00 USD"));
    assert_eq!(denial(&denied), (Some(Layer::Policy), ReasonCode::Forbidden, Some("small_refund")));
    assert_eq!(decision(&denied).policy, replaced.now.policy_digest());
    replace(&service, || generation(2)).unwrap();
    assert_eq!(pot(&service), (0, 4_000));
    let over = [call("50.00 USD"), call("20.00 USD")].map(|call| decided(&service, &call).outcome());
    assert_eq!(over, [Some(Outcome::Allow), Some(Outcome::Deny)]);
}

#[test]
fn what_cannot_be_built_or_does_not_fit_leaves_all_as_it_was() {
    let (_folder, service) = fresh();
    service.announce_policy(NOW_MS).unwrap();
    decided(&service, &call("40.00 USD"));
    let (before, size) = (service.engine(), service.journal().reader().size());
    let unbuilt = service.replace(|_| Err::<Engine, _>(SubmitError::NotFound), NOW_MS);
    assert_eq!(unbuilt.err(), Some(SubmitError::NotFound));
    let for_all = || engine_of(|program| program.budgets[0].keys.clear());
    let error = replace(&service, for_all).err();
    assert!(matches!(&error, Some(SubmitError::Terms(TermError::Keys { name, .. })) if name == "refund_pot"));
    assert!(Arc::ptr_eq(&before, &service.engine()) && service.journal().reader().size() == size);
    assert_eq!(decided(&service, &call("10.00 USD")).outcome(), Some(Outcome::Allow));
    service.journal().close();
    assert_eq!(replace(&service, || generation(1)).err(), Some(SubmitError::Closed));
}

#[test]
fn a_hold_is_confirmed_in_its_unit_when_its_budget_is_gone() {
    let (_folder, service) = fresh();
    service.announce_policy(NOW_MS).unwrap();
    let hold = id(&decided(&service, &call("40.00 USD")));
    replace(&service, || engine_of(|program| program.budgets.clear())).unwrap();
    let amounts = BTreeMap::from([("refund_pot".to_owned(), "30.00 USD".to_owned())]);
    let confirmed = service.confirm(&caller(SUPPORT_ID), &hold, &amounts, NOW_MS).unwrap();
    let Body::Confirm(settlement) = confirmed.wait().unwrap().record.body else { panic!() };
    assert_eq!(settlement.settled[0].charged, "30.00 USD");
    assert_eq!(pot(&service), (3_000, 0));
    // Back again, it counts what was spent.
    replace(&service, engine).unwrap();
    let over = [call("50.00 USD"), call("30.00 USD")].map(|call| decided(&service, &call).outcome());
    assert_eq!(over, [Some(Outcome::Allow), Some(Outcome::Deny)]);
}

#[test]
fn no_decision_mixes_two_engines_and_none_stands_behind_the_next_policy() {
    const REPLACEMENTS: usize = 40;
    let folder = tempdir().unwrap();
    let service = open(folder.path(), generation(0));
    service.announce_policy(NOW_MS).unwrap();
    let allows = service.engine().policy_digest();
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    let receipt = decided(&service, &call("0.00 USD"));
                    let expected =
                        if decision(&receipt).policy == allows { Outcome::Allow } else { Outcome::Deny };
                    assert_eq!(receipt.outcome(), Some(expected));
                }
            });
        }
        for at in 1..=REPLACEMENTS {
            replace(&service, || generation(at)).unwrap();
        }
        ended.store(true, Ordering::Relaxed);
    });
    let (mut in_force, mut changes, mut decisions) = (allows, 0, 0);
    for index in 1..service.journal().reader().size() {
        match Record::parse(&service.journal().reader().record(index).unwrap()).unwrap().body {
            Body::Policy(change) => (in_force, changes) = (change.policy, changes + 1),
            Body::Facts(change) => assert_eq!((index, change.previous), (1, None)),
            Body::Decision(decision) => {
                assert_eq!(decision.policy, in_force, "record {index}");
                decisions += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(changes, REPLACEMENTS);
    assert!(decisions >= REPLACEMENTS, "{decisions} decisions are too few to say anything");
}
