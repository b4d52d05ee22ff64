//! Which bucket of a window an instant falls into, and when that bucket no longer counts.
//!
//! - A calendar window has one bucket: from one local midnight to the next, so a day may have 23 or 25 hours. Where a
//!   zone skips midnight, the day begins at the first instant after the gap; where it skips a day, the days around it
//!   touch; where the clock goes back across midnight, the day that has begun goes on.
//! - A sliding window of length `D` has buckets of `w = D/60` rounded up, aligned to the epoch. A bucket is counted
//!   until its last instant is `D` old. An amount is therefore counted for at least `D` and for less than `D + w`:
//!   never too little, and at most a sixtieth of the window too long.
//! - A task has one bucket, until the task ends.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use permit_ir::charge::{Period, Window};
use serde::{Deserialize, Serialize};

use crate::effect::Refusal;

/// How many buckets a sliding window is cut into.
const SLIDING_BUCKETS: i64 = 60;

/// The zone data that travels with the binary: the host's own data never decides.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A span of time whose amounts count together and stop counting together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Span {
    /// The first instant; for a task, when it was first charged.
    pub(crate) starts_ms: i64,
    /// The first instant at which the amounts no longer count.
    pub(crate) leaves_ms: i64,
}

/// Whether amounts of the two windows count together. A task has one account, whatever end its tokens name.
pub(crate) fn is_same(one: &Window, other: &Window) -> bool {
    match (one, other) {
        (Window::Task { .. }, Window::Task { .. }) => true,
        (one, other) => one == other,
    }
}

/// When the window began, as answers and records tell it.
pub(crate) fn shown_start(window: &Window, span: Span, now_ms: i64) -> i64 {
    match window {
        Window::Calendar { .. } | Window::Task { .. } => span.starts_ms,
        Window::Sliding { length_ms } => now_ms.saturating_sub(*length_ms),
    }
}

/// The bucket of `window` at `now_ms`.
pub(crate) fn span_at(window: &Window, now_ms: i64) -> Result<Span, Refusal> {
    match window {
        Window::Calendar { period: Period::Day, zone } => day_at(zone, now_ms),
        // The other periods follow.
        Window::Calendar { zone, .. } => day_at(zone, now_ms),
        Window::Sliding { length_ms } => {
            if *length_ms < 1 {
                return Err(Refusal::Empty);
            }
            let width = length_ms.checked_add(SLIDING_BUCKETS - 1).unwrap_or(i64::MAX) / SLIDING_BUCKETS;
            let starts_ms = now_ms.saturating_sub(now_ms.rem_euclid(width));
            // At the far end of time the sum saturates and the amount never leaves, which errs on the safe side.
            Ok(Span { starts_ms, leaves_ms: starts_ms.saturating_add(width).saturating_add(*length_ms) })
        }
        Window::Task { ends_ms } if *ends_ms <= now_ms => Err(Refusal::TaskOver),
        Window::Task { ends_ms } => Ok(Span { starts_ms: now_ms, leaves_ms: *ends_ms }),
    }
}

fn day_at(zone: &str, now_ms: i64) -> Result<Span, Refusal> {
    let zone = ZONES.get(zone).map_err(|_| Refusal::UnknownZone)?;
    let now = Timestamp::from_millisecond(now_ms).map_err(|_| Refusal::TimeOutOfRange)?;
    // The date on the clock can be one off at a midnight that is skipped or happens twice, so the search begins a day
    // early and takes the first day that has not ended.
    let mut day = zone.to_datetime(now).date().yesterday().map_err(|_| Refusal::TimeOutOfRange)?;
    let mut starts_ms = midnight_ms(&zone, day)?;
    loop {
        day = day.tomorrow().map_err(|_| Refusal::TimeOutOfRange)?;
        let leaves_ms = midnight_ms(&zone, day)?;
        if now_ms < leaves_ms {
            return Ok(Span { starts_ms, leaves_ms });
        }
        starts_ms = leaves_ms;
    }
}

fn midnight_ms(zone: &TimeZone, day: Date) -> Result<i64, Refusal> {
    let midnight = zone.to_timestamp(day.at(0, 0, 0, 0)).map_err(|_| Refusal::TimeOutOfRange)?;
    Ok(midnight.as_millisecond())
}

#[cfg(test)]
mod tests;
