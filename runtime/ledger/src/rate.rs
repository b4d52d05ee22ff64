//! Rates by the generic cell rate algorithm: one number per account, the theoretical arrival time of the next action.
//!
//! The time is kept in nanoseconds. The interval between two actions is rounded up, so the long-run rate is never above
//! the declared one and at most a nanosecond per action below it. A spacing in whole milliseconds is exact.

use permit_types::charge::RateCharge;

use crate::effect::Refusal;

const NANOS_PER_MS: i128 = 1_000_000;

/// A rate's answer to one more action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It may happen; this is the account's next arrival time.
    InTime { next_ns: i128 },
    /// It is too early.
    Early { retry_at_ms: i64 },
}

/// Asks `rate` for one action at `now_ms`, given the account's arrival time.
pub(crate) fn arrive(rate: &RateCharge, arrival_ns: Option<i128>, now_ms: i64) -> Result<Arrival, Refusal> {
    if rate.allow == 0 || rate.per_ms < 1 || rate.burst == 0 {
        return Err(Refusal::Empty);
    }
    // The largest product is 2^63 * 10^6 * 2^32, far inside 128 bits.
    let allow = i128::from(rate.allow);
    let interval = (i128::from(rate.per_ms) * NANOS_PER_MS + allow - 1) / allow;
    let tolerance = interval * i128::from(rate.burst);
    let now = now_ns(now_ms);
    let next_ns = arrival_ns.map_or(now, |arrival| arrival.max(now)) + interval;
    if next_ns - now <= tolerance {
        return Ok(Arrival::InTime { next_ns });
    }
    let retry_ms = (next_ns - tolerance + NANOS_PER_MS - 1).div_euclid(NANOS_PER_MS);
    Ok(Arrival::Early { retry_at_ms: i64::try_from(retry_ms).unwrap_or(i64::MAX) })
}

/// Whether an account with this arrival time is like one that was never used.
pub(crate) fn is_idle(arrival_ns: i128, now_ms: i64) -> bool {
    arrival_ns <= now_ns(now_ms)
}

fn now_ns(now_ms: i64) -> i128 {
    i128::from(now_ms) * NANOS_PER_MS
}

#[cfg(test)]
mod tests {
    use permit_types::charge::Account;
    use proptest::prelude::*;

    use super::*;

    fn rate(allow: u32, per_ms: i64, burst: u32) -> RateCharge {
        RateCharge { account: Account { name: "pace".to_owned(), key: vec![] }, allow, per_ms, burst }
    }

    #[test]
    fn a_burst_then_one_by_one() {
        let rate = rate(6, 60_000, 3);
        let mut arrival = None;
        for expected in [true, true, true, false] {
            match arrive(&rate, arrival, 0).unwrap() {
                Arrival::InTime { next_ns } if expected => arrival = Some(next_ns),
                other => assert_eq!(other, Arrival::Early { retry_at_ms: 10_000 }),
            }
        }
        assert!(matches!(arrive(&rate, arrival, 9_999), Ok(Arrival::Early { retry_at_ms: 10_000 })));
        assert!(matches!(arrive(&rate, arrival, 10_000), Ok(Arrival::InTime { .. })));
    }

    #[test]
    fn an_interval_that_is_no_whole_number_is_rounded_up() {
        assert_eq!(arrive(&rate(3, 1, 1), None, 0), Ok(Arrival::InTime { next_ns: 333_334 }));
    }

    #[test]
    fn rates_without_extent_are_refused() {
        for bad in [rate(0, 1, 1), rate(1, 0, 1), rate(1, 1, 0), rate(1, -5, 1)] {
            assert_eq!(arrive(&bad, None, 0), Err(Refusal::Empty));
        }
    }

    proptest! {
        /// The naive model: `burst` tokens, refilled continuously. Intervals are whole milliseconds, so that the model
        /// is exact: it counts in `per_ms` of a token.
        #[test]
        fn equals_a_bucket_of_tokens(
            allow in 1_u32..8, interval_ms in 1_i64..50, burst in 1_u32..6,
            gaps in prop::collection::vec(0_i64..120, 1..80),
        ) {
            let rate = rate(allow, interval_ms * i64::from(allow), burst);
            let full = i64::from(burst) * interval_ms;
            let (mut tokens, mut arrival, mut now) = (full, None, 0);
            for gap in gaps {
                now += gap;
                tokens = full.min(tokens + gap);
                match arrive(&rate, arrival, now).unwrap() {
                    Arrival::InTime { next_ns } => {
                        prop_assert!(tokens >= interval_ms);
                        tokens -= interval_ms;
                        arrival = Some(next_ns);
                    }
                    Arrival::Early { retry_at_ms } => prop_assert_eq!(retry_at_ms - now, interval_ms - tokens),
                }
            }
        }

        #[test]
        fn no_number_is_too_large(
            allow: u32, per_ms: i64, burst: u32, now: i64, arrival in any::<Option<i64>>(),
        ) {
            let arrival = arrival.map(|ms| i128::from(ms) * NANOS_PER_MS);
            if let Ok(Arrival::Early { retry_at_ms }) = arrive(&rate(allow, per_ms, burst), arrival, now) {
                prop_assert!(retry_at_ms > now || retry_at_ms == i64::MAX);
            }
        }
    }
}
