//! What a decision costs, as data: the evaluators compute charges, the ledger applies them.
//!
//! All amounts are in the smallest unit of [`Unit`]: minor units of a currency (ISO 4217), or whole named units.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::money::{Currency, Money, NumberError, group_thousands};
use crate::time::duration_text;

/// What an amount counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Unit {
    /// Minor units of a currency.
    Money(Currency),
    /// A unit that the policy names, such as `tokens` or `calls`.
    Named(String),
}

impl Unit {
    /// An amount as records write it: `600.00 USD`, `12 tokens`.
    #[must_use]
    pub fn amount_text(&self, amount: i64) -> String {
        match self {
            Self::Money(currency) => Money { currency: *currency, minor: amount }.to_string(),
            Self::Named(name) => format!("{amount} {name}"),
        }
    }

    /// An amount as sentences say it: `$5,100`, `12,500 tokens`.
    #[must_use]
    pub fn amount_grouped(&self, amount: i64) -> String {
        match self {
            Self::Money(currency) => Money { currency: *currency, minor: amount }.display_grouped(),
            Self::Named(name) => {
                let sign = if amount < 0 { "-" } else { "" };
                format!("{sign}{} {name}", group_thousands(amount.unsigned_abs()))
            }
        }
    }

    /// Reads what [`Self::amount_text`] writes.
    ///
    /// # Errors
    /// [`NumberError`]; another unit is [`NumberError::OtherCurrency`] for money and malformed otherwise.
    pub fn parse_amount(&self, text: &str) -> Result<i64, NumberError> {
        match self {
            Self::Money(currency) => {
                let money: Money = text.parse()?;
                if money.currency == *currency { Ok(money.minor) } else { Err(NumberError::OtherCurrency) }
            }
            Self::Named(name) => {
                let digits = text.strip_suffix(name.as_str()).and_then(|text| text.strip_suffix(' '));
                let digits = digits.ok_or(NumberError::Malformed)?;
                let magnitude = digits.strip_prefix('-').unwrap_or(digits);
                if magnitude.is_empty() || !magnitude.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(NumberError::Malformed);
                }
                digits.parse().map_err(|_| NumberError::OutOfRange)
            }
        }
    }
}

/// `USD`, `tokens`.
impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Money(currency) => f.write_str(currency.code()),
            Self::Named(name) => f.write_str(name),
        }
    }
}

/// A span of calendar time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Period {
    /// Local midnight to local midnight.
    Day,
    /// A local hour, from the full hour on the clock to the next.
    Hour,
    /// The local midnight that begins a Monday to the next.
    Week,
    /// The local midnight that begins the first of a month to the next.
    Month,
    /// The local midnight that begins the first of January to the next.
    Year,
}

impl Period {
    /// All periods.
    pub const ALL: [Self; 5] = [Self::Hour, Self::Day, Self::Week, Self::Month, Self::Year];

    /// The period as authors write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// The period as an adjective: `daily`.
    #[must_use]
    pub const fn adjective(self) -> &'static str {
        match self {
            Self::Day => "daily",
            Self::Hour => "hourly",
            Self::Week => "weekly",
            Self::Month => "monthly",
            Self::Year => "yearly",
        }
    }
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

/// `day in Europe/Dublin`, `24h`, `task`.
impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Calendar { period, zone } => write!(f, "{} in {zone}", period.name()),
            Self::Sliding { length_ms } => f.write_str(&duration_text(*length_ms)),
            Self::Task { .. } => f.write_str("task"),
        }
    }
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
    /// The share of a limit from which on the charge is warned of, in percent.
    pub warn_percent: Option<u8>,
}

/// What one rate is to be charged: one action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateCharge {
    /// The account.
    pub account: Account,
    /// How many actions `per_ms` allows in the long run; at least 1.
    pub allow: u32,
    /// The span that `allow` speaks of, in milliseconds; at least 1.
    pub per_ms: i64,
    /// How many actions may come at once; at least 1.
    pub burst: u32,
}

impl RateCharge {
    /// The rate as authors write it: `6 per 1min burst 3`.
    #[must_use]
    pub fn rate_text(&self) -> String {
        format!("{} per {} burst {}", self.allow, duration_text(self.per_ms), self.burst)
    }
}

/// What is charged to budgets and rates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bill {
    /// Budgets in declaration order.
    pub charges: Vec<Charge>,
    /// Rates in declaration order.
    pub rates: Vec<RateCharge>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_they_are_written() {
        let (usd, tokens) = (Unit::Money(Currency::USD), Unit::Named("tokens".to_owned()));
        let cases = [
            (&usd, 60_000, "600.00 USD", "$600"),
            (&usd, -1, "-0.01 USD", "-$0.01"),
            (&tokens, 12_500, "12500 tokens", "12,500 tokens"),
            (&tokens, i64::MIN, "-9223372036854775808 tokens", "-9,223,372,036,854,775,808 tokens"),
        ];
        for (unit, amount, text, grouped) in cases {
            assert_eq!(
                (unit.amount_text(amount).as_str(), unit.amount_grouped(amount).as_str()),
                (text, grouped)
            );
            assert_eq!(unit.parse_amount(text), Ok(amount));
        }
        let wrong = [
            (&usd, "600", NumberError::Malformed),
            (&usd, "6 EUR", NumberError::OtherCurrency),
            (&tokens, "12", NumberError::Malformed),
            (&tokens, "12tokens", NumberError::Malformed),
            (&tokens, "12  tokens", NumberError::Malformed),
            (&tokens, "+12 tokens", NumberError::Malformed),
            (&tokens, "1.5 tokens", NumberError::Malformed),
            (&tokens, " tokens", NumberError::Malformed),
            (&tokens, "12 calls", NumberError::Malformed),
            (&tokens, "9223372036854775808 tokens", NumberError::OutOfRange),
        ];
        for (unit, text, error) in wrong {
            assert_eq!(unit.parse_amount(text), Err(error), "{text}");
        }
    }

    #[test]
    fn windows_and_rates_are_said_as_authors_say_them() {
        let day = Window::Calendar { period: Period::Day, zone: "Europe/Dublin".to_owned() };
        let texts = [day, Window::Sliding { length_ms: 86_400_000 }, Window::Task { ends_ms: 9 }];
        assert_eq!(texts.map(|w| w.to_string()), ["day in Europe/Dublin", "24h", "task"]);
        let account = Account { name: "pace".to_owned(), key: Vec::new() };
        let rate = RateCharge { account, allow: 6, per_ms: 60_000, burst: 3 };
        assert_eq!(rate.rate_text(), "6 per 1min burst 3");
    }
}
