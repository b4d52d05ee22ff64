//! The messages of denials by the ledger.

use permit_types::charge::{RateCharge, Window};
use permit_types::time::duration_text;

use crate::effect::{LimitStatus, Shortfall};
use crate::review::ReviewDenial;

impl Shortfall {
    /// One sentence for a person, such as `Would exceed daily budget ($5,100 > $5,000)`.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Limit(status) => limit_message(status),
            Self::Rate { rate, retry_in_ms, .. } => rate_message(rate, *retry_in_ms),
        }
    }
}

impl ReviewDenial {
    /// One sentence for a person.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Declined { person } => format!("{person} declined this request"),
            Self::TimedOut => "the review of this request has timed out".to_owned(),
        }
    }
}

fn limit_message(status: &LimitStatus) -> String {
    let window = match &status.window {
        Window::Calendar { period, .. } => format!("{} budget", period.adjective()),
        Window::Sliding { .. } => format!("{} budget", status.window),
        Window::Task { .. } => "task limit".to_owned(),
    };
    // A sum beyond the range is shown as the end of the range; the comparison itself was exact.
    let total = status.spent.saturating_add(status.held).saturating_add(status.requested);
    let unit = &status.unit;
    let (total, limit) = (unit.amount_grouped(total), unit.amount_grouped(status.limit));
    format!("Would exceed {window} ({total} > {limit})")
}

fn rate_message(rate: &RateCharge, retry_in_ms: i64) -> String {
    // Above a second the wait is rounded up to seconds: a caller that obeys it is not denied again.
    let retry_in_ms = match retry_in_ms {
        1_000.. => retry_in_ms.saturating_add(999) / 1_000 * 1_000,
        below => below,
    };
    format!("Would exceed rate {}; retry in {}", rate.rate_text(), duration_text(retry_in_ms))
}

#[cfg(test)]
mod tests {
    use permit_types::charge::{Account, Period, Unit};

    use super::*;

    fn short(window: Window, unit: Unit, [spent, held, requested, limit]: [i64; 4]) -> String {
        let account = Account { name: "pot".to_owned(), key: vec![] };
        let status = LimitStatus {
            account,
            unit,
            window,
            starts_ms: 0,
            resets_at_ms: 0,
            limit,
            spent,
            held,
            spent_before: spent,
            held_before: held,
            requested,
        };
        Shortfall::Limit(status).message()
    }

    #[test]
    fn a_limit_says_the_sum_and_the_limit() {
        let usd = || Unit::Money("USD".parse().unwrap());
        let day = || Window::Calendar { period: Period::Day, zone: "UTC".to_owned() };
        let cases = [
            (
                short(day(), usd(), [450_000, 0, 60_000, 500_000]),
                "Would exceed daily budget ($5,100 > $5,000)",
            ),
            (short(day(), usd(), [1, 2, 3, 5]), "Would exceed daily budget ($0.06 > $0.05)"),
            (
                short(Window::Sliding { length_ms: 86_400_000 }, usd(), [450_000, 0, 60_000, 500_000]),
                "Would exceed 24h budget ($5,100 > $5,000)",
            ),
            (
                short(
                    Window::Task { ends_ms: 9 },
                    Unit::Named("tokens".to_owned()),
                    [500, 0, 12_000, 12_000],
                ),
                "Would exceed task limit (12,500 tokens > 12,000 tokens)",
            ),
        ];
        for (actual, expected) in cases {
            assert_eq!(actual, expected);
        }
    }

    #[test]
    fn a_rate_says_when_to_come_back() {
        let account = Account { name: "pace".to_owned(), key: vec![] };
        let rate = RateCharge { account, allow: 6, per_ms: 60_000, burst: 3 };
        for (retry_in_ms, text) in [(10_000, "10s"), (9_001, "10s"), (120_000, "2min"), (571, "571ms")] {
            let short = Shortfall::Rate { rate: rate.clone(), retry_at_ms: 0, retry_in_ms };
            assert_eq!(short.message(), format!("Would exceed rate 6 per 1min burst 3; retry in {text}"));
        }
    }
}
