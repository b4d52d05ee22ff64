//! The ledger's state and its transitions.

mod adopting;
mod booking;
mod reviewing;
mod settling;

use std::collections::BTreeMap;
use std::ops::Bound;

use permit_types::charge::{Account, Unit, Window};
use serde::{Deserialize, Serialize};

use self::adopting::Kept;
use crate::admission::effect;
use crate::book::{Book, Counted};
use crate::command::{Command, HoldId};
use crate::effect::{Balance, Effect};
use crate::hold::Holds;
use crate::limits::Limits;
use crate::rate::is_idle;
use crate::review::{ReviewError, ReviewId, ReviewState, Reviews};

/// The most holds that one step releases, so that its record stays far below the largest one.
pub const HOLDS_PER_EXPIRY: u32 = 256;

/// How many commands pass between two sweeps for what no longer matters, and how much one sweep looks at.
const SWEEP_EVERY: u64 = 64;
const SWEEP_ACCOUNTS: usize = 256;

/// Budgets, rates and holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    limits: Limits,
    state: State,
}

/// All that a ledger knows, to be stored. Equal ledgers have equal encodings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    now_ms: i64,
    commands: u64,
    books: BTreeMap<Account, Book>,
    arrivals: BTreeMap<Account, i128>,
    holds: Holds,
    reviews: Reviews,
    /// What names mean whose accounts may hold something.
    terms: Vec<Kept>,
    swept: Swept,
}

/// Up to where the last sweep went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Swept {
    books: Option<Account>,
    arrivals: Option<Account>,
}

impl Ledger {
    /// An empty ledger.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let state = State {
            now_ms: i64::MIN,
            commands: 0,
            books: BTreeMap::new(),
            arrivals: BTreeMap::new(),
            holds: Holds::default(),
            reviews: Reviews::default(),
            terms: Vec::new(),
            swept: Swept::default(),
        };
        Self { limits, state }
    }

    /// The ledger whose [`Ledger::state`] was stored.
    #[must_use]
    pub fn restore(limits: Limits, mut state: State) -> Self {
        state.holds.reindex();
        state.reviews.reindex();
        Self { limits, state }
    }

    /// All that [`Ledger::restore`] needs.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Does one step. The ledger's time never goes back: the step happens at the later of `now_ms` and
    /// [`Ledger::now_ms`].
    pub fn apply(&mut self, now_ms: i64, command: &Command) -> Effect {
        self.state.now_ms = self.state.now_ms.max(now_ms);
        let effect = match command {
            Command::Reserve(reserve) => self.reserve(reserve),
            Command::Confirm { .. } | Command::Release { .. } | Command::Expire { .. } => {
                let effect = self.ask(self.state.now_ms, command);
                self.resolve(&effect);
                effect
            }
            Command::Approve(vote) => self.approve(vote),
            Command::Decline(vote) => self.decline(vote),
            Command::Adopt { terms } => self.adopt(terms),
        };
        self.state.commands = self.state.commands.saturating_add(1);
        if self.state.commands.is_multiple_of(SWEEP_EVERY) {
            self.sweep();
        }
        effect
    }

    /// The effect that [`Ledger::apply`] would have, without changing anything.
    #[must_use]
    pub fn ask(&self, now_ms: i64, command: &Command) -> Effect {
        let now_ms = self.state.now_ms.max(now_ms);
        match command {
            Command::Reserve(reserve) => effect(self.cleared(now_ms, reserve)),
            Command::Confirm { id, amounts } => {
                self.confirmed(now_ms, *id, amounts).map_or_else(Effect::HoldRejected, Effect::Settled)
            }
            Command::Release { id } => {
                self.released(now_ms, *id).map_or_else(Effect::HoldRejected, Effect::Settled)
            }
            Command::Expire { holds_max } => {
                let holds_max = usize::try_from(*holds_max).unwrap_or(usize::MAX);
                Effect::Expired(self.state.holds.due(now_ms).take(holds_max).collect())
            }
            Command::Approve(vote) => self.approved(now_ms, vote),
            Command::Decline(vote) => self.declined(now_ms, vote),
            Command::Adopt { terms } => self.adopted(now_ms, terms),
        }
    }

    /// What the windows of `account` hold at `now_ms`. Limits come with each charge and are not known here.
    #[must_use]
    pub fn balances(&self, account: &Account, now_ms: i64) -> Vec<Balance> {
        let now_ms = self.state.now_ms.max(now_ms);
        self.state.books.get(account).map_or_else(Vec::new, |book| book.balances(now_ms))
    }

    /// The time of the last step in milliseconds since the Unix epoch; [`i64::MIN`] before the first.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.state.now_ms
    }

    /// What must be applied before anything else happens at `now_ms`, again until it is `None`: holds whose time is over
    /// are released, oldest first and at most [`HOLDS_PER_EXPIRY`] in one step.
    #[must_use]
    pub fn expiry_due(&self, now_ms: i64) -> Option<Command> {
        let now_ms = self.state.now_ms.max(now_ms);
        let is_due = self.state.holds.next_due_ms().is_some_and(|due_ms| due_ms <= now_ms);
        is_due.then_some(Command::Expire { holds_max: HOLDS_PER_EXPIRY })
    }

    /// How many holds are open.
    #[must_use]
    pub fn holds(&self) -> usize {
        self.state.holds.len()
    }

    /// What the open hold `id` counts under `name`: its amounts are of the policy that allowed it, whatever is in force now.
    #[must_use]
    pub fn held_unit(&self, id: HoldId, name: &str) -> Option<&Unit> {
        self.state.holds.unit(id, name)
    }

    /// The reviews that wait for approvals at `now_ms`, oldest first.
    #[must_use]
    pub fn pending_reviews(&self, now_ms: i64) -> Vec<ReviewState> {
        self.state.reviews.pending(self.state.now_ms.max(now_ms))
    }

    /// Where a review stands that can still be approved, declined or used.
    ///
    /// # Errors
    /// [`ReviewError`] says how it ended.
    pub fn review(&self, id: ReviewId, digest: [u8; 32], now_ms: i64) -> Result<ReviewState, ReviewError> {
        self.state.reviews.state(self.state.now_ms.max(now_ms), id, digest)
    }

    /// Bounds what is booked from now on.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// The bounds in force.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(crate) fn counted(&self, account: &Account, unit: &Unit, window: &Window, now_ms: i64) -> Counted {
        self.state.books.get(account).map_or(Counted::default(), |book| book.counted(unit, window, now_ms))
    }

    pub(crate) fn arrival(&self, account: &Account) -> Option<i128> {
        self.state.arrivals.get(account).copied()
    }

    /// Forgets reviews and windows that are over and rates that are idle, some accounts at a time.
    fn sweep(&mut self) {
        let State { now_ms, books, arrivals, reviews, swept, .. } = &mut self.state;
        reviews.forget(*now_ms);
        sweep(books, &mut swept.books, |book| {
            book.forget(*now_ms);
            book.is_empty()
        });
        sweep(arrivals, &mut swept.arrivals, |arrival_ns| is_idle(*arrival_ns, *now_ms));
    }
}

/// Goes on behind the account at which the last sweep stopped, and begins anew at the end.
fn sweep<V>(
    map: &mut BTreeMap<Account, V>,
    stopped_at: &mut Option<Account>,
    is_over: impl Fn(&mut V) -> bool,
) {
    let begin = stopped_at.take().map_or(Bound::Unbounded, Bound::Excluded);
    let mut over = Vec::new();
    let mut last = None;
    for (account, value) in map.range_mut((begin, Bound::Unbounded)).take(SWEEP_ACCOUNTS) {
        if is_over(value) {
            over.push(account.clone());
        }
        last = Some(account);
    }
    *stopped_at = last.cloned();
    for account in over {
        map.remove(&account);
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
