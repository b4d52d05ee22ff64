//! What a decision costs, as data: the evaluators compute charges, the ledger applies them.
//!
//! All amounts are in the smallest unit of [`Unit`]: minor units of a currency (ISO 4217), or whole named units.

use serde::{Deserialize, Serialize};

use crate::money::Currency;

/// What an amount counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Unit {
    /// Minor units of a currency.
    Money(Currency),
    /// A unit that the policy names, such as `tokens` or `calls`.
    Named(String),
}

/// A span of calendar time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Period {
    /// Local midnight to local midnight.
    Day,
}

/// The time over which a limit adds up.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Window {
    /// A calendar period in an IANA time zone, such as `Europe/Dublin`.
    Calendar {
        /// The calendar period.
        period: Period,
        /// The IANA name of the time zone.
        zone: String,
    },
    /// The last `length_ms` milliseconds.
    Sliding {
        /// The length of the window in milliseconds.
        length_ms: i64,
    },
    /// The life of a task; used by scope limits. It ends at `ends_ms`, milliseconds since the Unix epoch.
    Task {
        /// When the task's account may be forgotten.
        ends_ms: i64,
    },
}

/// One limit of a budget, with the value in force for this decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// The most that the window may hold.
    pub max: i64,
    /// The window.
    pub window: Window,
}

/// Which account a charge goes to: a declaration's name and the values of its `for each`, or a task.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Account {
    /// The name of the budget, rate or scope.
    pub name: String,
    /// The values of the `for each` keys in order, each in its canonical text, or the task and the scope's parameters.
    pub key: Vec<String>,
}

/// What one budget, or one limit of a scope, is to be charged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// The account.
    pub account: Account,
    /// What the amount counts.
    pub unit: Unit,
    /// The amount, not negative.
    pub amount: i64,
    /// Every one of these must hold after the charge.
    pub limits: Vec<Limit>,
    /// How long the amount is held for its confirmation, in milliseconds; `None` charges it at once and for good.
    pub hold_ms: Option<i64>,
}

/// What one rate is to be charged: one action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// The account.
    pub account: Account,
    /// How many actions `per_ms` allows in the long run; at least 1.
    pub allow: u32,
    /// The span that `allow` speaks of, in milliseconds; at least 1.
    pub per_ms: i64,
    /// How many actions may come at once; at least 1.
    pub burst: u32,
}
