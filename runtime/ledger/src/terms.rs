//! What the accounts of a name count, according to the policy in force.
//!
//! The ledger keeps accounts by name. Under another policy a name may have another meaning: the contents of its
//! accounts would count as the wrong thing, or no longer count. [`Command::Adopt`](crate::Command::Adopt) gives the
//! ledger the new terms, and is rejected while an account with an amount in it cannot be carried over.

use permit_types::charge::{Unit, Window};
use permit_types::time::instant_text;
use serde::{Deserialize, Serialize};

/// What one budget, or one limit of a scope, counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// The name of the budget or scope.
    pub name: String,
    /// Of a scope's limit, the last part of its accounts' key, which distinguishes it from the scope's other limits.
    pub part: Option<String>,
    /// What the amounts count.
    pub unit: Unit,
    /// The keys of its accounts, each as a text that stays the same as long as its meaning does.
    pub keys: Vec<String>,
    /// The windows of its limits.
    pub windows: Vec<Window>,
}

/// Why terms cannot come into force. Accounts of the name hold amounts that count until `until_ms`, in milliseconds since
/// the Unix epoch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TermError {
    /// The amounts are of another unit, into which nothing converts them.
    #[error(
        "`{name}` would count {asked}, but amounts of it in {kept} count until {}: give it another name, or wait",
        instant_text(*until_ms)
    )]
    Unit {
        /// The budget or scope.
        name: String,
        /// The unit so far.
        kept: Unit,
        /// The new unit.
        asked: Unit,
        /// Until when amounts count.
        until_ms: i64,
    },
    /// The keys are different: each new account would start at zero.
    #[error(
        "`{name}` would count for each [{}], but amounts of it for each [{}] count until {}: give it another name, or wait",
        asked.join(", "), kept.join(", "), instant_text(*until_ms)
    )]
    Keys {
        /// The budget or scope.
        name: String,
        /// The keys so far.
        kept: Vec<String>,
        /// The new keys.
        asked: Vec<String>,
        /// Until when amounts count.
        until_ms: i64,
    },
    /// Windows go in which amounts count, and none stays that has counted all of its span.
    #[error(
        "`{name}` would lose amounts that count until {} over {}: keep that limit so long, or give it another name",
        instant_text(*until_ms), texts(kept)
    )]
    Windows {
        /// The budget or scope.
        name: String,
        /// The windows that would go.
        kept: Vec<Window>,
        /// Until when amounts count.
        until_ms: i64,
    },
}

impl TermError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unit { .. } => "account_unit_changed",
            Self::Keys { .. } => "account_keys_changed",
            Self::Windows { .. } => "account_windows_changed",
        }
    }
}

fn texts(windows: &[Window]) -> String {
    windows.iter().map(Window::to_string).collect::<Vec<_>>().join(", ")
}
