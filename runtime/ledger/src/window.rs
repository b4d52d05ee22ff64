//! Finds the bucket of a window for an instant, and when that bucket no longer counts.
//!
//! - A calendar window has one bucket: from one local midnight that begins a period to the next, so a day may have 23
//!   or 25 hours. Weeks begin on Monday. Where a zone skips midnight, the day begins at the first instant after the gap;
//!   where it skips a day, the days around it touch; where the clock goes back across midnight, the day that has begun
//!   goes on. An hour ends when the clock shows the next full one or is set.
//! - A sliding window of length `D` has buckets of `w = D/60` rounded up, aligned to the epoch. A bucket is counted
//!   until its last instant is `D` old. An amount is therefore counted for at least `D` and for less than `D + w`:
//!   never too little, and at most a sixtieth of the window too long.
//! - A task has one bucket, until the task ends.

use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan as _};
use permit_types::charge::{Period, Window};
use serde::{Deserialize, Serialize};

use crate::effect::Refusal;

/// How many buckets a sliding window is cut into.
const SLIDING_BUCKETS: i64 = 60;

/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

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

/// When the window began, as shown in answers and records.
pub(crate) fn shown_start(window: &Window, span: Span, now_ms: i64) -> i64 {
    match window {
        Window::Calendar { .. } | Window::Task { .. } => span.starts_ms,
        Window::Sliding { length_ms } => now_ms.saturating_sub(*length_ms),
    }
}

/// The bucket of `window` at `now_ms`.
pub(crate) fn span_at(window: &Window, now_ms: i64) -> Result<Span, Refusal> {
    match window {
        Window::Calendar { period, zone } => {
            let zone = ZONES.get(zone).map_err(|_| Refusal::UnknownZone)?;
            let now = Timestamp::from_millisecond(now_ms).map_err(|_| Refusal::TimeOutOfRange)?;
            let span = match Dates::of(*period) {
                Some(dates) => dates.span_at(&zone, now),
                None => hour_at(&zone, now),
            };
            span.map_err(|_| Refusal::TimeOutOfRange)
        }
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

/// The periods that begin at a midnight.
#[derive(Clone, Copy)]
enum Dates {
    Day,
    Week,
    Month,
    Year,
}

impl Dates {
    const fn of(period: Period) -> Option<Self> {
        match period {
            Period::Day => Some(Self::Day),
            Period::Week => Some(Self::Week),
            Period::Month => Some(Self::Month),
            Period::Year => Some(Self::Year),
            Period::Hour => None,
        }
    }

    /// The first day of the period that the day lies in.
    fn first(self, day: Date) -> Result<Date, jiff::Error> {
        match self {
            Self::Day => Ok(day),
            Self::Week => day.checked_sub(day.weekday().to_monday_zero_offset().days()),
            Self::Month => Ok(day.first_of_month()),
            Self::Year => Ok(day.first_of_year()),
        }
    }

    /// The first day of the period behind the one that begins with the day.
    fn next(self, first: Date) -> Result<Date, jiff::Error> {
        match self {
            Self::Day => first.tomorrow(),
            Self::Week => first.checked_add(7.days()),
            Self::Month => first.checked_add(1.month()),
            Self::Year => first.checked_add(1.year()),
        }
    }

    fn span_at(self, zone: &TimeZone, now: Timestamp) -> Result<Span, jiff::Error> {
        // The date on the clock can be one off at a midnight that is skipped or happens twice, so the search begins a
        // day early and takes the first period that has not ended.
        let mut first = self.first(zone.to_datetime(now).date().yesterday()?)?;
        let mut starts_ms = midnight_ms(zone, first)?;
        loop {
            first = self.next(first)?;
            let leaves_ms = midnight_ms(zone, first)?;
            if now.as_millisecond() < leaves_ms {
                return Ok(Span { starts_ms, leaves_ms });
            }
            starts_ms = leaves_ms;
        }
    }
}

fn midnight_ms(zone: &TimeZone, day: Date) -> Result<i64, jiff::Error> {
    Ok(zone.to_timestamp(day.at(0, 0, 0, 0))?.as_millisecond())
}

/// An hour runs until the clock shows the next full hour or is set, whichever comes first.
fn hour_at(zone: &TimeZone, now: Timestamp) -> Result<Span, jiff::Error> {
    let now_ms = now.as_millisecond();
    let offset_ms = i64::from(zone.to_offset(now).seconds()) * 1_000;
    let starts_ms = now_ms.saturating_sub(now_ms.saturating_add(offset_ms).rem_euclid(HOUR_MS));
    let mut span = Span { starts_ms, leaves_ms: starts_ms.saturating_add(HOUR_MS) };
    let from = Timestamp::from_millisecond(starts_ms.saturating_sub(1))?;
    for set in zone.following(from).map(|transition| transition.timestamp()) {
        let set_ms = set.as_millisecond();
        if set_ms >= span.leaves_ms {
            break;
        }
        let before = Timestamp::from_millisecond(set_ms.saturating_sub(1))?;
        if zone.to_offset(before) == zone.to_offset(set) {
            continue;
        }
        if set_ms > now_ms {
            span.leaves_ms = set_ms;
            break;
        }
        span.starts_ms = set_ms;
    }
    Ok(span)
}

#[cfg(test)]
mod tests;
