use std::collections::BTreeMap;

use permit_types::charge::{Account, Charge, Limit, Period, RateCharge, Unit, Window};
use permit_types::verdict::{Layer, ReasonCode};

use super::*;
use crate::command::{HoldId, Reserve};
use crate::effect::{Denial, HoldError, Refusal, ReviewGrant, Shortfall};

mod bounds;
mod reviews;
mod terms;

fn account(name: &str) -> Account {
    Account { name: name.to_owned(), key: vec!["bot".to_owned()] }
}

fn daily() -> Window {
    Window::Calendar { period: Period::Day, zone: "UTC".to_owned() }
}

fn charge(name: &str, amount: i64, max: i64, hold_ms: Option<i64>) -> Charge {
    let unit = Unit::Money("USD".parse().unwrap());
    Charge {
        account: account(name),
        unit,
        amount,
        limits: vec![Limit { max, window: daily() }],
        hold_ms,
        warn_percent: None,
    }
}

fn reserve(id: u64, charges: Vec<Charge>) -> Reserve {
    Reserve { id: HoldId(id), charges, rates: vec![], scope: Some(vec![]), review: None }
}

fn apply(ledger: &mut Ledger, now_ms: i64, reserve: Reserve) -> Effect {
    ledger.apply(now_ms, &Command::Reserve(reserve))
}

fn denial(effect: Effect) -> Denial {
    match effect {
        Effect::Denied(denial) => denial,
        other => panic!("not denied: {other:?}"),
    }
}

fn granted(effect: Effect) -> ReviewGrant {
    match effect {
        Effect::Granted(grant) => grant,
        other => panic!("not granted: {other:?}"),
    }
}

#[test]
fn a_full_budget_says_why() {
    let mut ledger = Ledger::new(Limits::default());
    let grant = granted(apply(&mut ledger, 0, reserve(0, vec![charge("pot", 450_000, 500_000, None)])));
    assert_eq!(grant.limits[0].remaining(), 50_000);
    assert_eq!(grant.limits[0].resets_at_ms, 86_400_000);
    let denial = denial(apply(&mut ledger, 1, reserve(1, vec![charge("pot", 60_000, 500_000, None)])));
    assert_eq!(denial.message(), "Would exceed daily budget ($5,100 > $5,000)");
    assert_eq!((denial.layer(), denial.code()), (Layer::Budget, ReasonCode::BudgetExceeded));
    granted(apply(&mut ledger, 86_400_000, reserve(2, vec![charge("pot", 60_000, 500_000, None)])));
}

#[test]
fn all_charges_or_none_and_every_shortfall_is_named() {
    let mut ledger = Ledger::new(Limits::default());
    let mut ask = reserve(0, vec![charge("a", 5, 9, None), charge("b", 5, 4, None), charge("c", 5, 3, None)]);
    ask.scope = Some(vec![charge("s", 5, 1, None)]);
    let names = |denial: &Denial| denial.shortfalls().map(|s| s.account().name.clone()).collect::<Vec<_>>();
    let first = denial(apply(&mut ledger, 0, ask.clone()));
    assert_eq!((first.name(), names(&first)), ("b", vec!["b".to_owned(), "c".to_owned()]));
    assert_eq!(ledger.balances(&account("a"), 0), []);
    ask.charges.truncate(1);
    let second = denial(apply(&mut ledger, 0, ask.clone()));
    assert_eq!((second.layer(), second.code()), (Layer::Scope, ReasonCode::ScopeLimitExceeded));
    assert_eq!(ledger.balances(&account("a"), 0), []);
    ask.scope = None;
    assert_eq!(apply(&mut ledger, 0, ask.clone()), Effect::Discarded);
    assert_eq!(ledger.balances(&account("a"), 0), []);
    ask.charges[0].amount = 10;
    assert_eq!(denial(apply(&mut ledger, 0, ask)).layer(), Layer::Budget);
}

#[test]
fn one_account_twice_in_a_decision_is_counted_twice() {
    let mut ledger = Ledger::new(Limits::default());
    let twice = vec![charge("pot", 60, 100, None), charge("pot", 60, 100, Some(5))];
    assert_eq!(
        denial(apply(&mut ledger, 0, reserve(0, twice))).message(),
        "Would exceed daily budget ($1.20 > $1)"
    );
    // Two limits over the same window count the amount once, and the lower one decides.
    let mut two_limits = charge("pot", 60, 100, None);
    two_limits.limits.push(Limit { max: 60, window: daily() });
    granted(apply(&mut ledger, 0, reserve(1, vec![two_limits.clone()])));
    assert_eq!(ledger.balances(&account("pot"), 0)[0].spent, 60);
    assert_eq!(denial(apply(&mut ledger, 0, reserve(2, vec![two_limits]))).shortfalls().count(), 2);
}

#[test]
fn a_hold_is_resolved_once() {
    let mut ledger = Ledger::new(Limits::default());
    let confirm = |amounts: &[(&str, i64)]| {
        let amounts =
            amounts.iter().map(|&(name, amount)| (name.to_owned(), amount)).collect::<BTreeMap<_, _>>();
        Command::Confirm { id: HoldId(0), amounts }
    };
    granted(apply(&mut ledger, 0, reserve(0, vec![charge("pot", 100, 100, Some(10))])));
    let unknown = HoldError::UnknownBudget { name: "tin".to_owned() };
    assert_eq!(ledger.apply(1, &confirm(&[("tin", 1)])), Effect::HoldRejected(unknown));
    for amount in [-1, 101] {
        let error = HoldError::Amount { name: "pot".to_owned(), held: 100, amount };
        assert_eq!(ledger.apply(1, &confirm(&[("pot", amount)])), Effect::HoldRejected(error));
    }
    let Effect::Settled(settlement) = ledger.apply(1, &confirm(&[("pot", 30)])) else { panic!() };
    assert_eq!((settlement.settled[0].spent, settlement.settled[0].returned), (30, 70));
    let balance = &ledger.balances(&account("pot"), 1)[0];
    assert_eq!((balance.spent, balance.held), (30, 0));
    assert_eq!(ledger.apply(2, &confirm(&[])), Effect::HoldRejected(HoldError::AlreadyConfirmed));
    assert_eq!(
        ledger.apply(2, &Command::Release { id: HoldId(0) }),
        Effect::HoldRejected(HoldError::AlreadyConfirmed)
    );
    let again = apply(&mut ledger, 2, reserve(0, vec![charge("pot", 1, 100, Some(10))]));
    assert_eq!(
        denial(again),
        Denial::Refused { layer: Layer::Budget, name: "pot".to_owned(), refusal: Refusal::DuplicateHold }
    );
    granted(apply(&mut ledger, 3, reserve(1, vec![charge("pot", 1, 100, Some(10))])));
    assert_eq!(
        ledger.apply(13, &Command::Release { id: HoldId(1) }),
        Effect::HoldRejected(HoldError::Expired)
    );
    assert_eq!(ledger.apply(13, &Command::Expire { holds_max: 9 }), Effect::Expired(vec![HoldId(1)]));
    assert_eq!(
        ledger.apply(13, &Command::Release { id: HoldId(1) }),
        Effect::HoldRejected(HoldError::Expired)
    );
    assert_eq!(
        ledger.apply(13, &Command::Release { id: HoldId(7) }),
        Effect::HoldRejected(HoldError::Unknown)
    );
}

#[test]
fn a_hold_stays_in_the_day_it_was_made_in() {
    let mut ledger = Ledger::new(Limits::default());
    let midnight = 86_400_000;
    granted(apply(&mut ledger, midnight - 1, reserve(0, vec![charge("pot", 100, 100, Some(10))])));
    granted(apply(&mut ledger, midnight, reserve(1, vec![charge("pot", 100, 100, None)])));
    let confirm = Command::Confirm { id: HoldId(0), amounts: BTreeMap::new() };
    assert!(matches!(ledger.apply(midnight + 1, &confirm), Effect::Settled(_)));
    assert_eq!(ledger.balances(&account("pot"), midnight + 1)[0].spent, 100);
}

#[test]
fn lowering_a_limit_denies_the_new_and_keeps_the_old() {
    let mut ledger = Ledger::new(Limits::default());
    granted(apply(&mut ledger, 0, reserve(0, vec![charge("pot", 100, 100, Some(10))])));
    let denial = denial(apply(&mut ledger, 1, reserve(1, vec![charge("pot", 1, 50, None)])));
    let Some(Shortfall::Limit(status)) = denial.shortfalls().next() else { panic!() };
    assert_eq!((status.held, status.remaining()), (100, 0));
    let confirm = Command::Confirm { id: HoldId(0), amounts: BTreeMap::new() };
    assert!(matches!(ledger.apply(2, &confirm), Effect::Settled(_)));
}

#[test]
fn a_task_counts_until_its_end_and_cannot_begin_anew() {
    let mut ledger = Ledger::new(Limits::default());
    let ask = |amount, ends_ms| {
        let mut charge = charge("task", amount, 100, Some(50));
        charge.limits[0].window = Window::Task { ends_ms };
        charge
    };
    granted(apply(&mut ledger, 0, reserve(0, vec![ask(100, 10)])));
    // A second token that names a later end does not open a second account.
    let short = denial(apply(&mut ledger, 1, reserve(1, vec![ask(1, 20)])));
    assert_eq!(short.message(), "Would exceed task limit ($1.01 > $1)");
    let over = denial(apply(&mut ledger, 10, reserve(2, vec![ask(1, 10)])));
    assert_eq!(over.code(), ReasonCode::ScopeExpired);
    // A later task under the same name is another one: the old hold does not touch it.
    granted(apply(&mut ledger, 11, reserve(3, vec![ask(60, 99)])));
    assert!(matches!(ledger.apply(12, &Command::Release { id: HoldId(0) }), Effect::Settled(_)));
    assert_eq!(ledger.balances(&account("task"), 12)[0].held, 60);
}

#[test]
fn the_clock_never_goes_back() {
    let mut ledger = Ledger::new(Limits::default());
    granted(apply(&mut ledger, 86_400_000, reserve(0, vec![charge("pot", 100, 100, None)])));
    let denied = denial(apply(&mut ledger, 0, reserve(1, vec![charge("pot", 1, 100, None)])));
    assert_eq!(denied.code(), ReasonCode::BudgetExceeded);
    assert_eq!(ledger.now_ms(), 86_400_000);
}

#[test]
fn a_full_ledger_refuses_and_keeps_what_lives() {
    let limits = Limits { accounts_max: 1, rates_max: 1, holds_max: 1, resolved_max: 1, ..Limits::default() };
    let mut ledger = Ledger::new(limits);
    let rate = |name| RateCharge { account: account(name), allow: 1, per_ms: 1_000, burst: 1 };
    granted(apply(&mut ledger, 0, reserve(0, vec![charge("a", 1, 9, Some(5))])));
    let full = |effect, what| {
        let denial = denial(effect);
        assert_eq!(denial.code(), ReasonCode::LedgerFull);
        assert_eq!(denial.message(), format!("the ledger is full: it holds 1 {what}"));
    };
    full(apply(&mut ledger, 0, reserve(1, vec![charge("b", 1, 9, None)])), "accounts");
    full(apply(&mut ledger, 0, reserve(1, vec![charge("a", 1, 9, Some(5))])), "holds");
    let paced = |name| Reserve { rates: vec![rate(name)], ..reserve(1, vec![]) };
    granted(apply(&mut ledger, 0, paced("x")));
    full(apply(&mut ledger, 0, paced("y")), "rates");
    let too_fast = denial(apply(&mut ledger, 0, paced("x")));
    assert_eq!(too_fast.message(), "Would exceed rate 1 per 1s burst 1; retry in 1s");
    // What is over makes room again.
    for _ in 0..SWEEP_EVERY {
        ledger.apply(90_000_000, &Command::Expire { holds_max: 9 });
    }
    granted(apply(&mut ledger, 90_000_000, reserve(1, vec![charge("b", 1, 9, Some(5))])));
    granted(apply(&mut ledger, 90_000_000, paced("y")));
}

#[test]
fn bad_charges_are_refused() {
    let mut ledger = Ledger::new(Limits::default());
    let mut zone = charge("pot", 1, 9, None);
    zone.limits[0].window = Window::Calendar { period: Period::Day, zone: "Nowhere/Land".to_owned() };
    let mut long = charge("pot", 1, 9, None);
    long.account.key = vec!["x".repeat(5_000)];
    let cases = [
        (vec![charge("pot", -1, 9, None)], Refusal::Negative),
        (vec![charge("pot", 1, 9, Some(-1))], Refusal::Negative),
        (vec![zone], Refusal::UnknownZone),
        (vec![long], Refusal::TooLarge),
        (vec![charge("pot", 0, 9, None); 65], Refusal::TooLarge),
    ];
    for (charges, refusal) in cases {
        let expected = Denial::Refused { layer: Layer::Budget, name: "pot".to_owned(), refusal };
        assert_eq!(denial(apply(&mut ledger, 0, reserve(0, charges))), expected);
    }
}
