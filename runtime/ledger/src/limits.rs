//! Limits on the size of the ledger.

/// The most that the ledger keeps. At a limit it refuses the charge; nothing that still matters is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Accounts with an amount in an open window. Default 500,000.
    pub accounts_max: usize,
    /// Windows of one account: kinds of window times units. Default 16.
    pub windows_per_account_max: usize,
    /// Rates whose last action still matters. Default 500,000.
    pub rates_max: usize,
    /// Holds that wait for their confirmation. Default 200,000.
    pub holds_max: usize,
    /// Reviews that wait, or whose end is remembered. Default 100,000.
    pub reviews_max: usize,
    /// Charges and rates of one decision. Default 64.
    pub charges_per_reserve_max: usize,
    /// Bytes of an account's name and key together, and of a person's name. Default 4,096.
    pub account_bytes_max: usize,
    /// Holds whose end is remembered. Only the wording of an error rests on them, so the oldest is forgotten when a
    /// new one comes. Default 1,000,000.
    pub resolved_max: usize,
    /// How long the end of a hold is remembered, in milliseconds. Default 24 hours.
    pub resolved_ms: i64,
}

impl Limits {
    /// No bounds, for booking again what was booked before.
    pub const UNBOUNDED: Self = Self {
        accounts_max: usize::MAX,
        windows_per_account_max: usize::MAX,
        rates_max: usize::MAX,
        holds_max: usize::MAX,
        reviews_max: usize::MAX,
        charges_per_reserve_max: usize::MAX,
        account_bytes_max: usize::MAX,
        resolved_max: usize::MAX,
        resolved_ms: i64::MAX,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            accounts_max: 500_000,
            windows_per_account_max: 16,
            rates_max: 500_000,
            holds_max: 200_000,
            reviews_max: 100_000,
            charges_per_reserve_max: 64,
            account_bytes_max: 4_096,
            resolved_max: 1_000_000,
            resolved_ms: 24 * 60 * 60 * 1_000,
        }
    }
}
