//! The ledger against a naive model: a list of all charges ever booked, added up from scratch for each question.

mod reviews;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZoneDatabase;
use permit_types::charge::{Account, Charge, Limit, Period, RateCharge, Unit, Window};
use proptest::prelude::*;

use self::reviews::{Admitted, Reviews};
use crate::{Command, Effect, HoldError, HoldId, Ledger, LimitStatus, Limits, Reserve, Shortfall};

const HOUR_MS: i64 = 3_600_000;
const SLIDING_MS: i64 = 24 * HOUR_MS;
const SLOT_MS: i64 = SLIDING_MS / 60;
const RATE_INTERVAL_MS: i64 = 1_000;
const RATE_BURST: i64 = 2;
const WARN_PERCENT: u8 = 60;

/// Instants around which clocks change, midnight is missing, or a day is missing.
const STARTS: [(&str, &str); 5] = [
    ("Europe/Dublin", "2026-03-28T22:00:00Z"),
    ("America/New_York", "2026-10-31T20:00:00Z"),
    ("America/Sao_Paulo", "2015-10-17T20:00:00Z"),
    ("Pacific/Apia", "2011-12-29T20:00:00Z"),
    ("UTC", "1970-01-01T00:00:00Z"),
];

#[derive(Clone, Debug)]
enum Op {
    Reserve { agent: u8, amount: i64, max: i64, hold_ms: Option<i64>, scope: Option<i64>, review: Option<u8> },
    Confirm { back: usize, amount: Option<i64> },
    Release { back: usize },
    Expire { holds_max: u32 },
    Vote { approves: bool, back: usize, kind: u8, person: u8 },
}

fn amount() -> impl Strategy<Value = i64> {
    prop_oneof![8 => 0_i64..60, 1 => Just(-1), 1 => Just(i64::MAX), 1 => Just(i64::MIN)]
}

fn op() -> impl Strategy<Value = Op> {
    let max = prop_oneof![9 => 40_i64..300, 1 => Just(i64::MAX), 1 => Just(i64::MIN)];
    let hold = prop_oneof![1 => Just(None), 2 => (0..2 * HOUR_MS).prop_map(Some)];
    let scope = prop_oneof![5 => amount().prop_map(Some), 1 => Just(None)];
    let review = prop_oneof![1 => Just(None), 2 => (0..reviews::KINDS).prop_map(Some)];
    prop_oneof![
        6 => (0_u8..2, amount(), max, hold, scope, review)
            .prop_map(|(agent, amount, max, hold_ms, scope, review)| Op::Reserve { agent, amount, max, hold_ms, scope, review }),
        2 => (0_usize..6, prop::option::of(amount())).prop_map(|(back, amount)| Op::Confirm { back, amount }),
        1 => (0_usize..6).prop_map(|back| Op::Release { back }),
        2 => (0_u32..4).prop_map(|holds_max| Op::Expire { holds_max }),
        6 => (prop::bool::weighted(0.9), 0_usize..3, 0..reviews::KINDS, 0_u8..3)
            .prop_map(|(approves, back, kind, person)| Op::Vote { approves, back, kind, person }),
    ]
}

/// Mostly forward, sometimes back, sometimes past midnight.
fn gap() -> impl Strategy<Value = i64> {
    prop_oneof![4 => 0_i64..2_500, 3 => 0..HOUR_MS, 1 => 0..30 * HOUR_MS, 1 => -5 * HOUR_MS..0]
}

#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Open,
    Spent(i64),
    Gone(HoldErrorKind),
}

#[derive(Clone, Copy, PartialEq)]
enum HoldErrorKind {
    Confirmed,
    Released,
    Expired,
}

struct Booked {
    id: u64,
    account: Account,
    at_ms: i64,
    amount: i64,
    held: bool,
    fate: Fate,
}

struct Model {
    zone: String,
    task_ends_ms: i64,
    now_ms: i64,
    booked: Vec<Booked>,
    holds: BTreeMap<u64, (i64, Fate)>,
    tokens: BTreeMap<Account, (i64, i64)>,
    reviews: Reviews,
}

fn account(name: &str, key: &str) -> Account {
    Account { name: name.to_owned(), key: vec![key.to_owned()] }
}

impl Model {
    fn command(&self, id: u64, op: &Op) -> Command {
        match op {
            Op::Reserve { agent, amount, max, hold_ms, scope, review } => {
                let charge = |account, windows: &[Window], hold_ms| {
                    let limits =
                        windows.iter().map(|window| Limit { max: *max, window: window.clone() }).collect();
                    Charge {
                        account,
                        unit: Unit::Named("calls".to_owned()),
                        amount: *amount,
                        limits,
                        hold_ms,
                        warn_percent: Some(WARN_PERCENT),
                    }
                };
                let daily = Window::Calendar { period: Period::Day, zone: self.zone.clone() };
                let sliding = Window::Sliding { length_ms: SLIDING_MS };
                let agent = agent.to_string();
                let task = |amount| Charge {
                    amount,
                    ..charge(
                        account("task", &agent),
                        &[Window::Task { ends_ms: self.task_ends_ms }],
                        *hold_ms,
                    )
                };
                Command::Reserve(Reserve {
                    id: HoldId(id),
                    charges: vec![
                        charge(account("agent", &agent), std::slice::from_ref(&daily), *hold_ms),
                        charge(
                            account("all", ""),
                            &[daily, sliding],
                            hold_ms.map(|hold_ms| hold_ms + HOUR_MS),
                        ),
                    ],
                    rates: vec![RateCharge {
                        account: account("pace", &agent),
                        allow: 3,
                        per_ms: 3_000,
                        burst: 2,
                    }],
                    scope: scope.map(|amount| vec![task(amount)]),
                    review: review.map(reviews::review),
                })
            }
            Op::Confirm { back, amount } => {
                let amounts = amount.iter().map(|&amount| ("agent".to_owned(), amount)).collect();
                Command::Confirm { id: HoldId(id.saturating_sub(1 + *back as u64)), amounts }
            }
            Op::Release { back } => Command::Release { id: HoldId(id.saturating_sub(1 + *back as u64)) },
            Op::Expire { holds_max } => Command::Expire { holds_max: *holds_max },
            Op::Vote { approves: true, back, kind, person } => {
                Command::Approve(self.reviews.vote(*kind, *back, *person))
            }
            Op::Vote { approves: false, back, kind, person } => {
                Command::Decline(self.reviews.vote(*kind, *back, *person))
            }
        }
    }

    fn local_date(&self, at_ms: i64) -> jiff::civil::Date {
        let zone = TimeZoneDatabase::bundled().get(&self.zone).unwrap();
        zone.to_datetime(Timestamp::from_millisecond(at_ms).unwrap()).date()
    }

    fn counts(&self, window: &Window, at_ms: i64) -> bool {
        match window {
            Window::Calendar { .. } => self.local_date(at_ms) == self.local_date(self.now_ms),
            Window::Sliding { .. } => {
                at_ms.div_euclid(SLOT_MS) * SLOT_MS + SLOT_MS + SLIDING_MS > self.now_ms
            }
            Window::Task { .. } => true,
        }
    }

    /// What is spent and held in the window now.
    fn used(&self, account: &Account, window: &Window) -> (i128, i128) {
        let mut used = (0, 0);
        for booked in self.booked.iter().filter(|b| &b.account == account && self.counts(window, b.at_ms)) {
            match booked.fate {
                Fate::Open if booked.held => used.1 += i128::from(booked.amount),
                Fate::Open => used.0 += i128::from(booked.amount),
                Fate::Spent(spent) => used.0 += i128::from(spent),
                Fate::Gone(_) => {}
            }
        }
        used
    }

    /// What a true sliding window would hold.
    fn exact_use(&self, account: &Account) -> i128 {
        let recent = |b: &&Booked| &b.account == account && b.at_ms > self.now_ms - SLIDING_MS;
        let amount = |b: &Booked| match b.fate {
            Fate::Open => b.amount,
            Fate::Spent(spent) => spent,
            Fate::Gone(_) => 0,
        };
        self.booked.iter().filter(recent).map(|b| i128::from(amount(b))).sum()
    }

    /// The names that have no room, or would have none in empty books, in order; `None` when a charge is malformed.
    fn short(&self, charges: &[Charge], empty: bool) -> Option<Vec<String>> {
        let mut names = vec![];
        for charge in charges {
            if charge.amount < 0 {
                return None;
            }
            for limit in &charge.limits {
                let (spent, held) = if empty { (0, 0) } else { self.used(&charge.account, &limit.window) };
                if spent + held + i128::from(charge.amount) > i128::from(limit.max) {
                    names.push(charge.account.name.clone());
                }
            }
        }
        Some(names)
    }

    /// The tokens of a rate now, in milliseconds of refill.
    fn tokens(&self, account: &Account) -> i64 {
        let full = RATE_BURST * RATE_INTERVAL_MS;
        let refill = |&(tokens, at_ms): &(i64, i64)| full.min(tokens + (self.now_ms - at_ms).min(full));
        self.tokens.get(account).map_or(full, refill)
    }

    /// Books if everything fits and no review stands before it; returns the names that have no room, or `None` when the
    /// request is malformed, and what its review says.
    fn reserve(&mut self, id: u64, reserve: &Reserve) -> (Option<Vec<String>>, Option<Admitted>) {
        // Nobody knows what will be left when persons have approved, so only what empty books would deny is denied.
        let waits = reserve.review.as_ref().is_some_and(|review| self.reviews.waits(self.now_ms, review));
        let ended = reserve.review.as_ref().is_some_and(|review| self.reviews.ended(self.now_ms, review));
        let names = if ended { Some(vec![]) } else { self.room(reserve, waits) };
        let fits = ended || names.as_ref().is_some_and(Vec::is_empty) && reserve.scope.is_some();
        let review = reserve.review.as_ref().filter(|_| fits);
        let admitted = review.map(|review| self.reviews.admit(self.now_ms, id, review));
        if fits && matches!(admitted, None | Some(Admitted::Approved(_))) {
            self.book(id, reserve);
        }
        (names, admitted)
    }

    fn room(&self, reserve: &Reserve, empty: bool) -> Option<Vec<String>> {
        let mut names = self.short(&reserve.charges, empty)?;
        let rate = &reserve.rates[0].account;
        if !empty && self.tokens(rate) < RATE_INTERVAL_MS {
            names.push("pace".to_owned());
        }
        let scope = reserve.scope.as_deref().unwrap_or_default();
        if names.is_empty() {
            if !scope.is_empty() && self.task_ends_ms <= self.now_ms {
                return None;
            }
            names = self.short(scope, empty)?;
        }
        Some(names)
    }

    fn book(&mut self, id: u64, reserve: &Reserve) {
        let rate = &reserve.rates[0].account;
        let scope = reserve.scope.as_deref().unwrap_or_default();
        self.tokens.insert(rate.clone(), (self.tokens(rate) - RATE_INTERVAL_MS, self.now_ms));
        for charge in reserve.charges.iter().chain(scope) {
            let (account, amount, held) = (charge.account.clone(), charge.amount, charge.hold_ms.is_some());
            self.booked.push(Booked { id, account, at_ms: self.now_ms, amount, held, fate: Fate::Open });
            if let Some(hold_ms) = charge.hold_ms {
                let until_ms = self.now_ms + hold_ms;
                let hold = self.holds.entry(id).or_insert((until_ms, Fate::Open));
                hold.0 = hold.0.min(until_ms);
            }
        }
    }

    fn live(&self, id: u64) -> Result<(), HoldError> {
        match self.holds.get(&id) {
            None => Err(HoldError::Unknown),
            Some((until_ms, Fate::Open)) if *until_ms > self.now_ms => Ok(()),
            Some((_, Fate::Open | Fate::Gone(HoldErrorKind::Expired))) => Err(HoldError::Expired),
            Some((_, Fate::Gone(HoldErrorKind::Released))) => Err(HoldError::AlreadyReleased),
            Some((_, Fate::Spent(_) | Fate::Gone(HoldErrorKind::Confirmed))) => {
                Err(HoldError::AlreadyConfirmed)
            }
        }
    }

    fn resolve(&mut self, id: u64, kind: HoldErrorKind, amount: Option<i64>) {
        self.holds.get_mut(&id).unwrap().1 = Fate::Gone(kind);
        for booked in self.booked.iter_mut().filter(|booked| booked.id == id && booked.held) {
            booked.fate = match kind {
                HoldErrorKind::Confirmed if booked.account.name == "agent" => {
                    Fate::Spent(amount.unwrap_or(booked.amount))
                }
                HoldErrorKind::Confirmed => Fate::Spent(booked.amount),
                HoldErrorKind::Released | HoldErrorKind::Expired => Fate::Gone(kind),
            };
        }
    }

    fn expire(&mut self, holds_max: u32) -> Vec<HoldId> {
        let due =
            |(_, (until_ms, fate)): &(&u64, &(i64, Fate))| *fate == Fate::Open && *until_ms <= self.now_ms;
        let mut due: Vec<_> =
            self.holds.iter().filter(due).map(|(&id, &(until_ms, _))| (until_ms, id)).collect();
        due.sort_unstable();
        due.truncate(holds_max as usize);
        for &(_, id) in &due {
            self.resolve(id, HoldErrorKind::Expired, None);
        }
        due.into_iter().map(|(_, id)| HoldId(id)).collect()
    }
}

/// Compares one effect with the model, which it moves along.
fn compare(model: &mut Model, id: u64, command: &Command, effect: &Effect) -> Result<(), TestCaseError> {
    match (command, effect) {
        (Command::Reserve(reserve), effect) => match (model.reserve(id, reserve), effect) {
            ((Some(_), Some(admitted)), effect) if !matches!(admitted, Admitted::Approved(_)) => {
                admitted.compare(effect)?;
            }
            ((None, None), Effect::Denied(denial)) => prop_assert_eq!(denial.shortfalls().count(), 0),
            ((Some(names), admitted), Effect::Granted(grant)) => {
                prop_assert!(names.is_empty() && reserve.scope.is_some());
                prop_assert_eq!(reserve.review.is_some(), grant.review.is_some());
                if let Some(admitted) = admitted {
                    admitted.compare(effect)?;
                }
                let is_high = |status: &&LimitStatus| {
                    let used = i128::from(status.spent) + i128::from(status.held);
                    used * 100 >= i128::from(status.limit) * i128::from(WARN_PERCENT)
                };
                let high = grant.limits.iter().filter(is_high).map(|s| (&s.account, &s.window));
                prop_assert!(high.eq(grant.warnings.iter().map(|w| (&w.account, &w.window))));
                for status in &grant.limits {
                    prop_assert!(
                        i128::from(status.spent) + i128::from(status.held) <= i128::from(status.limit)
                    );
                    let used = model.used(&status.account, &status.window);
                    prop_assert_eq!((status.spent.into(), status.held.into()), used);
                    if matches!(status.window, Window::Sliding { .. }) {
                        prop_assert!(model.exact_use(&status.account) <= used.0 + used.1);
                    }
                }
            }
            ((Some(names), None), Effect::Discarded) => {
                prop_assert!(names.is_empty() && reserve.scope.is_none())
            }
            ((Some(names), None), Effect::Denied(denial)) => {
                let short: Vec<_> = denial.shortfalls().map(|short| short.account().name.clone()).collect();
                prop_assert!(!names.is_empty());
                prop_assert_eq!(short, names);
                for short in denial.shortfalls() {
                    if let Shortfall::Rate { retry_in_ms, rate, .. } = short {
                        prop_assert_eq!(*retry_in_ms, RATE_INTERVAL_MS - model.tokens(&rate.account));
                    }
                }
            }
            (_, other) => prop_assert!(false, "{other:?}"),
        },
        (Command::Confirm { id, amounts }, effect) => {
            let amount = amounts.get("agent").copied();
            let held = model.booked.iter().find(|b| b.id == id.0 && b.held).map_or(0, |b| b.amount);
            let expected = model.live(id.0).and_then(|()| match amount {
                Some(amount) if amount < 0 || amount > held => {
                    Err(HoldError::Amount { name: "agent".to_owned(), held, amount })
                }
                Some(_) | None => Ok(()),
            });
            settle(model, *id, effect, expected, HoldErrorKind::Confirmed, amount)?;
        }
        (Command::Release { id }, effect) => {
            let expected = model.live(id.0);
            settle(model, *id, effect, expected, HoldErrorKind::Released, None)?;
        }
        (Command::Expire { holds_max }, effect) => {
            prop_assert_eq!(effect, &Effect::Expired(model.expire(*holds_max)));
        }
        (Command::Approve(vote), effect) => model.reviews.approve(model.now_ms, vote, effect)?,
        (Command::Decline(vote), effect) => model.reviews.decline(model.now_ms, vote, effect)?,
        (Command::Adopt { .. }, effect) => prop_assert!(false, "the model keeps its policy: {effect:?}"),
    }
    Ok(())
}

fn settle(
    model: &mut Model,
    id: HoldId,
    effect: &Effect,
    expected: Result<(), HoldError>,
    kind: HoldErrorKind,
    amount: Option<i64>,
) -> Result<(), TestCaseError> {
    match (expected, effect) {
        (Ok(()), Effect::Settled(settlement)) => {
            for settled in &settlement.settled {
                prop_assert_eq!(settled.held, settled.spent + settled.returned);
            }
            model.resolve(id.0, kind, amount);
        }
        (Err(error), Effect::HoldRejected(missed)) => prop_assert_eq!(missed, &error),
        (expected, effect) => prop_assert!(false, "{expected:?} {effect:?}"),
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_ledger_is_the_naive_model(
        start in 0..STARTS.len(),
        steps in prop::collection::vec((gap(), op()), 1..120),
        restart in 0_usize..120,
    ) {
        let (zone, at) = STARTS[start];
        let mut wall_ms = at.parse::<Timestamp>().unwrap().as_millisecond();
        let task_ends_ms = wall_ms + 20 * HOUR_MS;
        let mut model = Model {
            zone: zone.to_owned(), task_ends_ms, now_ms: i64::MIN,
            booked: vec![], holds: BTreeMap::new(), tokens: BTreeMap::new(), reviews: Reviews::default(),
        };
        let mut ledger = Ledger::new(Limits::default());
        let mut log = vec![];
        for (id, (gap, op)) in (0_u64..).zip(&steps) {
            wall_ms += gap;
            model.now_ms = model.now_ms.max(wall_ms);
            let command = model.command(id, op);
            let asked = ledger.ask(wall_ms, &command);
            let effect = ledger.apply(wall_ms, &command);
            prop_assert_eq!(&asked, &effect);
            prop_assert_eq!(ledger.now_ms(), model.now_ms);
            compare(&mut model, id, &command, &effect)?;
            log.push((wall_ms, command));
        }
        let bytes = |ledger: &Ledger| postcard::to_stdvec(ledger.state()).unwrap();
        let mut replayed = Ledger::new(Limits::default());
        for (step, (wall_ms, command)) in log.iter().enumerate() {
            if step == restart {
                let state = postcard::from_bytes(&bytes(&replayed)).unwrap();
                replayed = Ledger::restore(Limits::default(), state);
            }
            replayed.apply(*wall_ms, command);
        }
        prop_assert_eq!(bytes(&replayed), bytes(&ledger));
        prop_assert_eq!(replayed, ledger);
    }

    /// Whatever the numbers, the ledger answers, and a denial leaves the balances alone.
    #[test]
    fn no_number_makes_it_panic(
        steps in prop::collection::vec((any::<i64>(), any::<i64>(), any::<i64>(), any::<Option<i64>>(), any::<i64>(), 0..3), 1..40),
    ) {
        let mut ledger = Ledger::new(Limits::default());
        let pot = account("pot", "");
        for (id, (now_ms, amount, max, hold_ms, span_ms, kind)) in (0_u64..).zip(steps) {
            let window = match kind {
                0 => Window::Calendar { period: Period::Day, zone: "Europe/Dublin".to_owned() },
                1 => Window::Sliding { length_ms: span_ms },
                _ => Window::Task { ends_ms: span_ms },
            };
            let limits = vec![Limit { max, window }];
            let charge = Charge { account: pot.clone(), unit: Unit::Named("u".to_owned()), amount, limits, hold_ms, warn_percent: Some(1) };
            let reserve = Reserve { id: HoldId(id), charges: vec![charge], rates: vec![], scope: Some(vec![]), review: None };
            let before = ledger.balances(&pot, now_ms);
            match ledger.apply(now_ms, &Command::Reserve(reserve)) {
                Effect::Granted(grant) => {
                    prop_assert!(grant.limits.iter().all(|s| s.spent.checked_add(s.held).is_some_and(|n| n <= s.limit)));
                }
                _ => prop_assert_eq!(ledger.balances(&pot, now_ms), before),
            }
            ledger.apply(now_ms, &Command::Confirm { id: HoldId(id / 2), amounts: BTreeMap::from([("pot".to_owned(), amount)]) });
            ledger.apply(now_ms, &Command::Expire { holds_max: 1 });
        }
    }
}
