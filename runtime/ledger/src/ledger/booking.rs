//! Books a decision's charges, all or none.

use std::collections::{BTreeMap, BTreeSet};

use permit_types::charge::{Account, Charge, Unit, Window};
use permit_types::verdict::Layer;

use super::Ledger;
use crate::admission::{Clearance, Discarded, Next, Stop, claims, clear, effect};
use crate::book::Book;
use crate::command::{HoldId, Reserve};
use crate::effect::{Denial, Effect, Refusal};
use crate::hold::{Hold, Line};
use crate::limits::Limits;
use crate::plan::Plan;

impl Ledger {
    pub(super) fn reserve(&mut self, reserve: &Reserve) -> Effect {
        let cleared = self.cleared(self.state.now_ms, reserve);
        match (cleared.as_ref().map(|clearance| &clearance.next), &reserve.review) {
            (Ok(Next::Wait { state, is_new: true }), Some(review)) => {
                self.state.reviews.open(self.state.now_ms, review, state);
            }
            (Ok(Next::Book(plan, _)), _) => self.book(reserve, plan),
            _ => {}
        }
        effect(cleared)
    }

    /// The result of a decision's charges, without changing anything.
    pub(super) fn cleared<'a>(
        &self,
        now_ms: i64,
        reserve: &'a Reserve,
    ) -> Result<Clearance<'a>, Stop<Discarded>> {
        clear(self, now_ms, reserve.id, claims(reserve))
    }

    /// Whether what `plan` opens still fits; what is open already always does. Checked last, so that a full ledger never hides a real denial.
    pub(crate) fn has_space(&self, id: HoldId, plan: &Plan<'_>) -> Result<(), Denial> {
        let refused = |account: Option<&Account>, refusal| {
            let name = account.map_or_else(String::new, |account| account.name.clone());
            Err(Denial::Refused { layer: Layer::Budget, name, refusal })
        };
        let first = plan.adds.first().map(|add| &add.charge.account);
        let Limits { accounts_max, windows_per_account_max, rates_max, holds_max, .. } = self.limits;
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
        let new_rates: BTreeSet<_> =
            plan.arrivals.iter().map(|&(account, _)| account).filter(is_new).collect();
        if !fits(self.state.arrivals.len(), new_rates.len(), rates_max) {
            return refused(new_rates.first().copied(), Refusal::Full { what: "rates", max: rates_max });
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
