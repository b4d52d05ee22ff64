//! What happens to accounts when another policy comes into force.

use std::collections::BTreeMap;

use permit_types::charge::{Account, Charge, Limit, Period, Unit, Window};
use proptest::prelude::*;

use super::{account, apply, charge, daily, granted, reserve};
use crate::{Command, Effect, HoldId, Ledger, Limits, Reserve, Term, TermError};

const DAY_MS: i64 = 86_400_000;

fn usd() -> Unit {
    Unit::Money("USD".parse().unwrap())
}

fn eur() -> Unit {
    Unit::Money("EUR".parse().unwrap())
}

fn sliding() -> Window {
    Window::Sliding { length_ms: DAY_MS }
}

fn term(name: &str, windows: &[Window]) -> Term {
    Term {
        name: name.to_owned(),
        part: None,
        unit: usd(),
        keys: vec!["agent".to_owned()],
        windows: windows.to_vec(),
    }
}

fn adopt(ledger: &mut Ledger, now_ms: i64, terms: &[Term]) -> Effect {
    let command = Command::Adopt { terms: terms.to_vec() };
    let before = ledger.clone();
    let asked = ledger.ask(now_ms, &command);
    let effect = ledger.apply(now_ms, &command);
    assert_eq!(asked, effect);
    if effect != Effect::Adopted {
        assert_eq!(ledger.state.terms, before.state.terms, "what is refused changes nothing");
    }
    effect
}

/// A ledger with `spent` in the day's pot.
fn with_pot(terms: &[Term], spent: i64) -> Ledger {
    let mut ledger = Ledger::new(Limits::default());
    assert_eq!(adopt(&mut ledger, 0, terms), Effect::Adopted);
    granted(apply(&mut ledger, 0, reserve(0, vec![charge("pot", spent, 100, None)])));
    ledger
}

fn refused(effect: Effect) -> TermError {
    match effect {
        Effect::TermsRejected(error) => error,
        other => panic!("adopted: {other:?}"),
    }
}

/// A charge of the pot over other windows.
fn over(windows: &[Window], amount: i64, max: i64) -> Charge {
    let limits = windows.iter().map(|window| Limit { max, window: window.clone() }).collect();
    Charge { limits, ..charge("pot", amount, max, None) }
}

#[test]
fn another_limit_over_the_same_window_counts_what_was_spent() {
    let mut ledger = with_pot(&[term("pot", &[daily()])], 60);
    assert_eq!(adopt(&mut ledger, 1, &[term("pot", &[daily()])]), Effect::Adopted);
    let denied = apply(&mut ledger, 2, reserve(1, vec![charge("pot", 1, 50, None)]));
    assert!(matches!(denied, Effect::Denied(_)), "a smaller limit: {denied:?}");
    let status = granted(apply(&mut ledger, 3, reserve(2, vec![charge("pot", 90, 150, None)]))).limits;
    assert_eq!((status[0].spent, status[0].limit), (150, 150));
}

#[test]
fn another_unit_waits_until_nothing_counts() {
    let euros = Term { unit: eur(), ..term("pot", &[daily()]) };
    let mut ledger = with_pot(&[term("pot", &[daily()])], 60);
    let error = refused(adopt(&mut ledger, 1, std::slice::from_ref(&euros)));
    let expected = TermError::Unit { name: "pot".to_owned(), kept: usd(), asked: eur(), until_ms: DAY_MS };
    assert_eq!((error.code(), &error), ("account_unit_changed", &expected));
    let text = "`pot` would count EUR, but amounts of it in USD count until 1970-01-02T00:00:00.000Z: \
                give it another name, or wait";
    assert_eq!(error.to_string(), text);
    assert_eq!(adopt(&mut ledger, DAY_MS, &[euros]), Effect::Adopted);
}

#[test]
fn a_hold_counts_like_what_is_spent_and_keeps_its_unit() {
    let euros = Term { unit: eur(), ..term("pot", &[daily()]) };
    let mut ledger = Ledger::new(Limits::default());
    adopt(&mut ledger, 0, &[term("pot", &[daily()])]);
    granted(apply(&mut ledger, DAY_MS - 10, reserve(4, vec![charge("pot", 60, 100, Some(20))])));
    assert_eq!(
        refused(adopt(&mut ledger, DAY_MS - 5, std::slice::from_ref(&euros))).code(),
        "account_unit_changed"
    );
    // The day of the hold is over, the hold is not.
    assert_eq!(adopt(&mut ledger, DAY_MS, &[euros]), Effect::Adopted);
    assert_eq!(ledger.held_unit(HoldId(4), "pot"), Some(&usd()));
    assert_eq!((ledger.held_unit(HoldId(4), "tin"), ledger.held_unit(HoldId(5), "pot")), (None, None));
    let confirm = Command::Confirm { id: HoldId(4), amounts: BTreeMap::new() };
    let Effect::Settled(settlement) = ledger.apply(DAY_MS, &confirm) else { panic!() };
    assert_eq!((settlement.settled[0].unit.clone(), settlement.settled[0].spent), (usd(), 60));
}

#[test]
fn other_keys_wait_until_nothing_counts() {
    let for_each_vendor = Term { keys: vec!["resource".to_owned()], ..term("pot", &[daily()]) };
    let mut ledger = with_pot(&[term("pot", &[daily()])], 60);
    assert_eq!(
        refused(adopt(&mut ledger, 1, std::slice::from_ref(&for_each_vendor))).code(),
        "account_keys_changed"
    );
    assert_eq!(adopt(&mut ledger, DAY_MS, &[for_each_vendor]), Effect::Adopted);
}

/// To change a window, a policy has both for as long as the old one counts.
#[test]
fn windows_may_come_and_go_but_not_all_at_once() {
    let mut ledger = with_pot(&[term("pot", &[daily()])], 60);
    let error = refused(adopt(&mut ledger, 1, &[term("pot", &[sliding()])]));
    let expected = TermError::Windows { name: "pot".to_owned(), kept: vec![daily()], until_ms: DAY_MS };
    assert_eq!((error.code(), error), ("account_windows_changed", expected));
    assert_eq!(adopt(&mut ledger, 1, &[term("pot", &[daily(), sliding()])]), Effect::Adopted);
    let both = over(&[daily(), sliding()], 40, 100);
    let limits = granted(apply(&mut ledger, 2, reserve(1, vec![both]))).limits;
    assert_eq!((limits[0].spent, limits[1].spent), (100, 40), "a new window counts from its beginning");
    // The new window lacks what was spent before it, so the old one must stay until that counts no longer.
    assert_eq!(
        refused(adopt(&mut ledger, 3, &[term("pot", &[sliding()])])).code(),
        "account_windows_changed"
    );
    assert_eq!(adopt(&mut ledger, DAY_MS + 1, &[term("pot", &[sliding()])]), Effect::Adopted);
    let denied = apply(&mut ledger, DAY_MS + 1, reserve(2, vec![over(&[sliding()], 61, 100)]));
    assert!(matches!(denied, Effect::Denied(_)), "{denied:?}");
}

/// One of two windows that have counted all along may go at any time.
#[test]
fn a_window_goes_when_another_has_counted_everything() {
    let month = Window::Calendar { period: Period::Month, zone: "UTC".to_owned() };
    for (stays, goes) in [(daily(), month.clone()), (month.clone(), daily())] {
        let mut ledger = Ledger::new(Limits::default());
        let both = [stays.clone(), goes];
        assert_eq!(adopt(&mut ledger, 0, &[term("pot", &both)]), Effect::Adopted);
        granted(apply(&mut ledger, 5, reserve(0, vec![over(&both, 60, 100)])));
        assert_eq!(adopt(&mut ledger, 6, &[term("pot", std::slice::from_ref(&stays))]), Effect::Adopted);
        let denied = apply(&mut ledger, 7, reserve(1, vec![over(&[stays], 41, 100)]));
        assert!(matches!(denied, Effect::Denied(_)), "{denied:?}");
    }
    // A day that began before the window did is not whole; the next one is.
    let mut ledger = Ledger::new(Limits::default());
    adopt(&mut ledger, 0, &[term("pot", std::slice::from_ref(&month))]);
    granted(apply(&mut ledger, 5, reserve(0, vec![over(std::slice::from_ref(&month), 60, 100)])));
    let both = [month, daily()];
    assert_eq!(adopt(&mut ledger, 6, &[term("pot", &both)]), Effect::Adopted);
    assert_eq!(refused(adopt(&mut ledger, 7, &[term("pot", &[daily()])])).code(), "account_windows_changed");
    assert_eq!(adopt(&mut ledger, DAY_MS, &[term("pot", &[daily()])]), Effect::Adopted);
}

/// A name that was gone for a while has missed what happened meanwhile.
#[test]
fn a_window_that_was_gone_is_not_whole() {
    let both = [daily(), sliding()];
    let mut ledger = with_pot(&[term("pot", &both)], 60);
    assert_eq!(adopt(&mut ledger, 1, &[]), Effect::Adopted);
    assert_eq!(adopt(&mut ledger, 2, &[term("pot", &both)]), Effect::Adopted);
    assert_eq!(
        refused(adopt(&mut ledger, 3, &[term("pot", &[sliding()])])).code(),
        "account_windows_changed"
    );
}

#[test]
fn a_name_that_goes_keeps_its_meaning_until_nothing_counts() {
    let euros = Term { unit: eur(), ..term("pot", &[daily()]) };
    let mut ledger = with_pot(&[term("pot", &[daily()])], 60);
    assert_eq!(adopt(&mut ledger, 1, &[]), Effect::Adopted);
    assert_eq!(adopt(&mut ledger, 2, &[term("tin", &[daily()])]), Effect::Adopted);
    assert_eq!(refused(adopt(&mut ledger, 3, std::slice::from_ref(&euros))).code(), "account_unit_changed");
    // It comes back with what was spent.
    assert_eq!(adopt(&mut ledger, 4, &[term("pot", &[daily()])]), Effect::Adopted);
    let denied = apply(&mut ledger, 5, reserve(1, vec![charge("pot", 41, 100, None)]));
    assert!(matches!(denied, Effect::Denied(_)), "{denied:?}");
    adopt(&mut ledger, 6, &[]);
    assert_eq!(adopt(&mut ledger, DAY_MS, &[]), Effect::Adopted);
    assert_eq!(ledger.state.terms, [], "a name of which nothing counts is forgotten");
}

#[test]
fn limits_of_a_scope_do_not_change_places() {
    let part = |part: &str, counts: &str| Term {
        part: Some(part.to_owned()),
        keys: vec![counts.to_owned()],
        ..term("job", &[Window::Task { ends_ms: 0 }])
    };
    let mut ledger = Ledger::new(Limits::default());
    adopt(&mut ledger, 0, &[part("0", "spend"), part("1", "refund")]);
    let of = |part: &str| Account { name: "job".to_owned(), key: vec!["t".to_owned(), part.to_owned()] };
    let limits = vec![Limit { max: 10, window: Window::Task { ends_ms: 50 } }];
    let spend = Charge { account: of("0"), limits, ..charge("job", 5, 10, None) };
    granted(apply(&mut ledger, 1, Reserve { scope: Some(vec![spend]), ..reserve(1, vec![]) }));
    let swapped = [part("0", "refund"), part("1", "spend")];
    assert_eq!(refused(adopt(&mut ledger, 2, &swapped)).code(), "account_keys_changed");
    assert_eq!(refused(adopt(&mut ledger, 2, &[term("job", &[daily()])])).code(), "account_keys_changed");
    // Only the first has an amount in it.
    assert_eq!(adopt(&mut ledger, 2, &[part("0", "spend"), part("1", "cancel")]), Effect::Adopted);
    assert_eq!(adopt(&mut ledger, 50, &swapped), Effect::Adopted);
}

#[test]
fn terms_are_part_of_what_is_stored() {
    let mut ledger = with_pot(&[term("pot", &[daily()])], 60);
    let state = postcard::from_bytes(&postcard::to_stdvec(ledger.state()).unwrap()).unwrap();
    let mut restored = Ledger::restore(Limits::default(), state);
    let euros = [Term { unit: eur(), ..term("pot", &[daily()]) }];
    assert_eq!(adopt(&mut restored, 1, &euros), adopt(&mut ledger, 1, &euros));
    assert_eq!(restored, ledger);
}

/// What a purse has seen: its windows now, and each amount that was booked, with its instant.
struct Purse {
    ledger: Ledger,
    windows: Vec<Window>,
    booked: Vec<(i64, i64)>,
}

impl Purse {
    /// Whether the window counts each amount that was booked in its present span, added up from scratch.
    fn is_whole(&self, window: &Window, now_ms: i64) -> bool {
        let begins_ms = match window {
            Window::Sliding { length_ms } => now_ms - length_ms + 1,
            Window::Calendar { period: Period::Day, .. } => now_ms - now_ms.rem_euclid(DAY_MS),
            // All of the test happens in one month.
            _ => 0,
        };
        let due: i64 = self.booked.iter().filter(|(at_ms, _)| *at_ms >= begins_ms).map(|(_, n)| n).sum();
        self.counted(window, now_ms) >= due
    }

    fn counted(&self, window: &Window, now_ms: i64) -> i64 {
        let balances = self.ledger.balances(&account("pot"), now_ms);
        balances.iter().find(|b| b.window == *window).map_or(0, |b| b.spent + b.held)
    }

    /// Adopts other windows; if that is not refused, nothing that counts in a window that goes is lost.
    fn adopt(&mut self, now_ms: i64, windows: Vec<Window>) -> Result<(), TestCaseError> {
        // What counts in no window any more is nothing that could be lost.
        if self.ledger.balances(&account("pot"), now_ms).is_empty() {
            self.booked.clear();
        }
        let terms = if windows.is_empty() { vec![] } else { vec![term("pot", &windows)] };
        let stay: Vec<_> = self.windows.iter().filter(|window| windows.contains(window)).cloned().collect();
        let lost: i64 =
            self.windows.iter().filter(|w| !windows.contains(w)).map(|w| self.counted(w, now_ms)).sum();
        let kept = stay.iter().any(|window| self.is_whole(window, now_ms));
        if adopt(&mut self.ledger, now_ms, &terms) == Effect::Adopted {
            // A budget that goes from the policy has no limit to keep.
            prop_assert!(windows.is_empty() || lost == 0 || kept, "{lost} lost of {:?}", self.windows);
            self.windows = windows;
        }
        Ok(())
    }
}

proptest! {
    #[test]
    fn no_window_goes_with_what_no_other_counts(
        steps in prop::collection::vec((0..DAY_MS / 3, prop::option::of(0_u8..8), 1_i64..9), 1..60),
    ) {
        let month = Window::Calendar { period: Period::Month, zone: "UTC".to_owned() };
        let all = [daily(), sliding(), month];
        let mut purse = Purse { ledger: Ledger::new(Limits::default()), windows: vec![], booked: vec![] };
        let mut now_ms = 0;
        for (id, (gap, windows, amount)) in (0_u64..).zip(steps) {
            now_ms += gap;
            match windows {
                Some(chosen) => {
                    let chosen = all.iter().enumerate().filter(|(at, _)| chosen & (1 << at) != 0);
                    purse.adopt(now_ms, chosen.map(|(_, w)| w.clone()).collect())?;
                }
                None if purse.windows.is_empty() => {}
                None => {
                    let charge = over(&purse.windows, amount, i64::MAX);
                    granted(apply(&mut purse.ledger, now_ms, reserve(id, vec![charge])));
                    purse.booked.push((now_ms, amount));
                }
            }
        }
    }
}
