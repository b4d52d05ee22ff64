//! Books a decision's charges, all or none.

use std::collections::{BTreeMap, BTreeSet};

use permit_types::charge::{Account, Charge, Unit, Window};
use permit_types::verdict::Layer;

use super::Ledger;
use crate::book::Book;
use crate::command::{HoldId, Reserve};
use crate::effect::{Denial, Effect, Grant, Refusal};
use crate::hold::{Hold, Line};
use crate::limits::Limits;
use crate::plan::{Plan, plan};
use crate::review::{Admission, ReviewId, ReviewState};

impl Ledger {
    pub(super) fn reserve(&mut self, reserve: &Reserve) -> Effect {
        let judgement = self.judge(self.state.now_ms, reserve);
        match (&judgement, &reserve.review) {
            (Ok(Judgement::Wait(Admission::New(state))), Some(review)) => {
                self.state.reviews.open(self.state.now_ms, review, state);
            }
            (Ok(Judgement::Book(plan, _)), _) => self.book(reserve, plan),
            _ => {}
        }
        Judgement::effect(judgement)
    }

    /// What a decision's charges come to, changing nothing.
    ///
    /// A review that has ended denies before any budget. While one waits, nothing of it is held, and nobody can tell what will be
    /// left when persons have approved: only what would not fit empty books either is denied beforehand.
    pub(super) fn judge<'a>(&self, now_ms: i64, reserve: &'a Reserve) -> Result<Judgement<'a>, Denial> {
        let id = ReviewId(reserve.id.0);
        let admission = reserve.review.as_ref().map(|review| self.admit(now_ms, id, review)).transpose();
        if let Err(ended @ Denial::Review { .. }) = admission {
            return Err(ended);
        }
        let waits = matches!(admission, Ok(Some(Admission::New(_) | Admission::Pending(_))));
        let plan = if waits {
            plan(&Self::new(self.limits), now_ms, reserve)?
        } else {
            plan(self, now_ms, reserve)?
        };
        if reserve.scope.is_none() {
            return Ok(Judgement::Discard);
        }
        let admission = admission?;
        // Nobody is asked to approve what could not be booked.
        self.has_space(reserve.id, &plan)?;
        Ok(match admission {
            None => Judgement::Book(plan, None),
            Some(Admission::Approved(state)) => Judgement::Book(plan, Some(state)),
            Some(waits) => Judgement::Wait(waits),
        })
    }

    /// Whether what `plan` opens still fits; what is open already always does. Checked last, so that a full ledger never hides a real denial.
    fn has_space(&self, id: HoldId, plan: &Plan<'_>) -> Result<(), Denial> {
        let refused = |account: Option<&Account>, refusal| {
            let name = account.map_or_else(String::new, |account| account.name.clone());
            Err(Denial::Refused { layer: Layer::Budget, name, refusal })
        };
        let first = plan.adds.first().map(|add| &add.charge.account);
        let Limits { accounts_max, windows_per_account_max, paces_max, holds_max, .. } = self.limits;
        let mut new_accounts = BTreeSet::new();
        let mut new_windows: BTreeMap<&Account, BTreeSet<(&Unit, &Window)>> = BTreeMap::new();
        for add in &plan.adds {
            let account = &add.charge.account;
            match self.state.books.get(account) {
                None => {
                    new_accounts.insert(account);
                }
                Some(book) if book.has(&add.charge.unit, add.window) => continue,
                Some(_) => {}
            }
            new_windows.entry(account).or_default().insert((&add.charge.unit, add.window));
        }
        let fits = |open: usize, new: usize, max: usize| new == 0 || open.saturating_add(new) <= max;
        if !fits(self.state.books.len(), new_accounts.len(), accounts_max) {
            return refused(first, Refusal::Full { what: "accounts", max: accounts_max });
        }
        for (account, windows) in &new_windows {
            let open = self.state.books.get(account).map_or(0, Book::len);
            if !fits(open, windows.len(), windows_per_account_max) {
                return refused(
                    Some(account),
                    Refusal::Full { what: "windows", max: windows_per_account_max },
                );
            }
        }
        let is_new = |account: &&Account| !self.state.arrivals.contains_key(*account);
        let new_paces: BTreeSet<_> =
            plan.arrivals.iter().map(|&(account, _)| account).filter(is_new).collect();
        if !fits(self.state.arrivals.len(), new_paces.len(), paces_max) {
            return refused(new_paces.first().copied(), Refusal::Full { what: "rates", max: paces_max });
        }
        match plan.hold_until_ms {
            Some(_) if self.state.holds.knows(id) => refused(first, Refusal::DuplicateHold),
            Some(_) if self.state.holds.len() >= holds_max => {
                refused(first, Refusal::Full { what: "holds", max: holds_max })
            }
            Some(_) | None => Ok(()),
        }
    }

    fn book(&mut self, reserve: &Reserve, plan: &Plan<'_>) {
        let Plan { adds, arrivals, hold_until_ms, .. } = plan;
        if let Some(review) = &reserve.review {
            self.state.reviews.take(review.digest);
        }
        for add in adds {
            let (spent, held) =
                if add.charge.hold_ms.is_some() { (0, add.charge.amount) } else { (add.charge.amount, 0) };
            let book = self.state.books.entry(add.charge.account.clone()).or_default();
            book.forget(self.state.now_ms);
            book.add(&add.charge.unit, add.window, add.span, spent, held);
        }
        for &(account, next_ns) in arrivals {
            self.state.arrivals.insert(account.clone(), next_ns);
        }
        if let Some(until_ms) = *hold_until_ms {
            let charges = reserve.charges.iter().chain(reserve.scope.iter().flatten());
            let held = charges.filter(|charge| charge.hold_ms.is_some());
            let line = |charge: &Charge| {
                let own = adds.iter().filter(|add| std::ptr::eq(add.charge, charge));
                let buckets = own.map(|add| (add.window.clone(), add.span)).collect();
                let (account, unit) = (charge.account.clone(), charge.unit.clone());
                Line { account, unit, amount: charge.amount, buckets }
            };
            self.state.holds.open(reserve.id, Hold { until_ms, lines: held.map(line).collect() });
        }
    }
}

/// What a reserve comes to, if nothing denies it.
pub(super) enum Judgement<'a> {
    /// Everything is to be booked; the approved review, if one was needed.
    Book(Plan<'a>, Option<ReviewState>),
    /// Persons must approve first.
    Wait(Admission),
    /// A scope has denied already.
    Discard,
}

impl Judgement<'_> {
    pub(super) fn effect(judgement: Result<Self, Denial>) -> Effect {
        match judgement {
            Ok(Self::Book(Plan { hold_until_ms, standings, warnings, .. }, review)) => {
                Effect::Granted(Grant { hold_until_ms, standings, warnings, review })
            }
            Ok(Self::Wait(
                Admission::New(state) | Admission::Pending(state) | Admission::Approved(state),
            )) => Effect::Pending(state),
            Ok(Self::Discard) => Effect::Discarded,
            Err(denial) => Effect::Denied(denial),
        }
    }
}
