//! The state and its steps.

mod booking;
mod settling;

use std::collections::BTreeMap;
use std::ops::Bound;

use permit_ir::charge::{Account, Unit, Window};
use serde::{Deserialize, Serialize};

use crate::book::{Book, Counted};
use crate::command::{Command, Reserve};
use crate::effect::{Balance, Effect, Grant};
use crate::hold::{Holds, StoredHolds};
use crate::limits::Limits;
use crate::pace::is_idle;
use crate::plan::Plan;

/// How many commands pass between two sweeps for what no longer matters, and how much one sweep looks at.
const SWEEP_EVERY: u64 = 64;
const SWEEP_ACCOUNTS: usize = 256;

/// Budgets, rates and holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    limits: Limits,
    now_ms: i64,
    commands: u64,
    books: BTreeMap<Account, Book>,
    arrivals: BTreeMap<Account, i128>,
    holds: Holds,
    swept: Swept,
}

/// Up to where the last sweep went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Swept {
    books: Option<Account>,
    arrivals: Option<Account>,
}

/// The whole of a ledger, to be stored. Equal ledgers have equal encodings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    now_ms: i64,
    commands: u64,
    books: BTreeMap<Account, Book>,
    arrivals: BTreeMap<Account, i128>,
    holds: StoredHolds,
    swept: Swept,
}

impl Ledger {
    /// An empty ledger.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            now_ms: i64::MIN,
            commands: 0,
            books: BTreeMap::new(),
            arrivals: BTreeMap::new(),
            holds: Holds::default(),
            swept: Swept::default(),
        }
    }

    /// The ledger whose [`Ledger::state`] was stored.
    #[must_use]
    pub fn restore(limits: Limits, state: State) -> Self {
        let State { now_ms, commands, books, arrivals, holds, swept } = state;
        Self { limits, now_ms, commands, books, arrivals, holds: holds.into(), swept }
    }

    /// All that [`Ledger::restore`] needs.
    #[must_use]
    pub fn state(&self) -> State {
        State {
            now_ms: self.now_ms,
            commands: self.commands,
            books: self.books.clone(),
            arrivals: self.arrivals.clone(),
            holds: self.holds.stored(),
            swept: self.swept.clone(),
        }
    }

    /// Does one step. The ledger's time never goes back: the step happens at the later of `now_ms` and
    /// [`Ledger::now_ms`].
    pub fn apply(&mut self, now_ms: i64, command: &Command) -> Effect {
        self.now_ms = self.now_ms.max(now_ms);
        let effect = match command {
            Command::Reserve(reserve) => self.reserve(reserve),
            Command::Confirm { id, amounts } => {
                self.confirm(*id, amounts).map_or_else(Effect::Missed, Effect::Settled)
            }
            Command::Release { id } => self.release(*id).map_or_else(Effect::Missed, Effect::Settled),
            Command::Expire { holds_max } => Effect::Expired(self.expire(*holds_max)),
        };
        self.commands = self.commands.saturating_add(1);
        if self.commands.is_multiple_of(SWEEP_EVERY) {
            self.sweep();
        }
        effect
    }

    /// What [`Command::Reserve`] would come to at `now_ms`, changing nothing.
    #[must_use]
    pub fn ask(&self, now_ms: i64, reserve: &Reserve) -> Effect {
        match self.judge(self.now_ms.max(now_ms), reserve) {
            Ok(Some(Plan { hold_until_ms, standings, .. })) => {
                Effect::Granted(Grant { hold_until_ms, standings })
            }
            Ok(None) => Effect::Discarded,
            Err(denial) => Effect::Denied(denial),
        }
    }

    /// What the windows of `account` hold at `now_ms`. Limits come with each charge and are not known here.
    #[must_use]
    pub fn balances(&self, account: &Account, now_ms: i64) -> Vec<Balance> {
        let now_ms = self.now_ms.max(now_ms);
        self.books.get(account).map_or_else(Vec::new, |book| book.balances(now_ms))
    }

    /// The time of the last step in milliseconds since the Unix epoch; [`i64::MIN`] before the first.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// When the next hold is due to expire.
    #[must_use]
    pub fn next_due_ms(&self) -> Option<i64> {
        self.holds.next_due_ms()
    }

    /// How many holds are open.
    #[must_use]
    pub fn holds(&self) -> usize {
        self.holds.len()
    }

    /// The bounds that the ledger was opened with.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn counted(&self, account: &Account, unit: &Unit, window: &Window, now_ms: i64) -> Counted {
        self.books.get(account).map_or(Counted::default(), |book| book.counted(unit, window, now_ms))
    }

    pub(crate) fn arrival(&self, account: &Account) -> Option<i128> {
        self.arrivals.get(account).copied()
    }

    /// Forgets windows that are over and rates that are idle, some accounts at a time.
    fn sweep(&mut self) {
        let now_ms = self.now_ms;
        let mut dead = Vec::new();
        let mut last = None;
        for (account, book) in
            self.books.range_mut((after(self.swept.books.take()), Bound::Unbounded)).take(SWEEP_ACCOUNTS)
        {
            book.forget(now_ms);
            if book.is_empty() {
                dead.push(account.clone());
            }
            last = Some(account);
        }
        self.swept.books = last.cloned();
        for account in dead.drain(..) {
            self.books.remove(&account);
        }
        let mut last = None;
        for (account, &arrival_ns) in
            self.arrivals.range((after(self.swept.arrivals.take()), Bound::Unbounded)).take(SWEEP_ACCOUNTS)
        {
            if is_idle(arrival_ns, now_ms) {
                dead.push(account.clone());
            }
            last = Some(account);
        }
        self.swept.arrivals = last.cloned();
        for account in dead {
            self.arrivals.remove(&account);
        }
    }
}

fn after(account: Option<Account>) -> Bound<Account> {
    account.map_or(Bound::Unbounded, Bound::Excluded)
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
