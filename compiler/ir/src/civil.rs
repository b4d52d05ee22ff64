//! Dates and times on a clock's face, by the proleptic Gregorian calendar and without a zone.
//!
//! A date is its days since 1970-01-01, a time the milliseconds since midnight.

use std::ops::RangeInclusive;

use jiff::Unit;
use jiff::civil::{Date, Time, date};

/// The dates there are: 0000-01-01 to 9999-12-31.
pub const DATES: RangeInclusive<i32> = -719_528..=2_932_896;

/// Milliseconds of a day on a clock's face.
pub const DAY_MS: u32 = 86_400_000;

/// Text that is no date or time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CivilError {
    /// Not `2026-03-20`.
    #[error("not a date such as `2026-03-20`")]
    Date,
    /// Not `09:00`, with seconds and milliseconds if wanted.
    #[error("not a time such as `09:00` or `09:00:00.250`")]
    Time,
}

/// Reads `2026-03-20` as days since 1970-01-01.
///
/// # Errors
/// [`CivilError::Date`] for any other spelling and for days that the calendar does not have.
pub fn parse_date(text: &str) -> Result<i32, CivilError> {
    let parsed = digits(text, "dddd-dd-dd").then(|| text.parse::<Date>().ok()).flatten();
    parsed.and_then(date_days).ok_or(CivilError::Date)
}

/// Writes `2026-03-20`. Days outside [`DATES`] are clamped.
#[must_use]
pub fn date_text(days: i32) -> String {
    days_date(days.clamp(*DATES.start(), *DATES.end())).unwrap_or_default().to_string()
}

/// Reads `09:00`, `09:00:30`, `09:00:30.250` as milliseconds since midnight.
///
/// # Errors
/// [`CivilError::Time`] for any other spelling, leap seconds and `24:00`.
pub fn parse_time(text: &str) -> Result<u32, CivilError> {
    let spelt = ["dd:dd", "dd:dd:dd", "dd:dd:dd.ddd"].iter().any(|form| digits(text, form));
    let number = |range| text.get(range).map_or(Some(0), |part: &str| part.parse::<u32>().ok());
    let parts = (number(0..2), number(3..5), number(6..8), number(9..12));
    match parts {
        (Some(hour @ 0..24), Some(minute @ 0..60), Some(second @ 0..60), Some(ms)) if spelt => {
            Ok(((hour * 60 + minute) * 60 + second) * 1_000 + ms)
        }
        _ => Err(CivilError::Time),
    }
}

/// Writes the shortest of `09:00`, `09:00:30` and `09:00:30.250` that says it all. Times beyond the day are clamped.
#[must_use]
pub fn time_text(time_ms: u32) -> String {
    let ms = time_ms.min(DAY_MS - 1);
    let (hour, minute, second, rest) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1_000 % 60, ms % 1_000);
    match (second, rest) {
        (0, 0) => format!("{hour:02}:{minute:02}"),
        (_, 0) => format!("{hour:02}:{minute:02}:{second:02}"),
        _ => format!("{hour:02}:{minute:02}:{second:02}.{rest:03}"),
    }
}

/// The days of a date; `None` outside [`DATES`].
#[must_use]
pub fn date_days(day: Date) -> Option<i32> {
    let span = date(1970, 1, 1).until((Unit::Day, day)).ok()?;
    Some(span.get_days()).filter(|days| DATES.contains(days))
}

/// The date of these days; `None` outside [`DATES`].
#[must_use]
pub fn days_date(days: i32) -> Option<Date> {
    let span = jiff::Span::new().try_days(days).ok().filter(|_| DATES.contains(&days))?;
    date(1970, 1, 1).checked_add(span).ok()
}

/// The milliseconds since midnight of a time.
#[must_use]
pub fn time_ms(time: Time) -> u32 {
    let part = |number: i8| u32::try_from(number).unwrap_or_default();
    let whole = (part(time.hour()) * 60 + part(time.minute())) * 60 + part(time.second());
    whole * 1_000 + u32::try_from(time.millisecond()).unwrap_or_default()
}

/// Whether the text is of the form, in which `d` stands for a digit.
fn digits(text: &str, form: &str) -> bool {
    text.len() == form.len()
        && text.bytes().zip(form.bytes()).all(|(b, f)| if f == b'd' { b.is_ascii_digit() } else { b == f })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_have_one_spelling() {
        for (text, days) in
            [("1970-01-01", 0), ("2026-03-20", 20_532), ("0000-01-01", -719_528), ("9999-12-31", 2_932_896)]
        {
            assert_eq!(parse_date(text), Ok(days), "{text}");
            assert_eq!(date_text(days), text);
            assert_eq!(days_date(days).and_then(date_days), Some(days));
        }
        for text in
            ["2026-02-30", "2026-3-20", "20260320", "2026-03-20T00:00", "+02026-03-20", "-001-01-01", ""]
        {
            assert_eq!(parse_date(text), Err(CivilError::Date), "{text}");
        }
        assert_eq!(days_date(2_932_897), None);
    }

    #[test]
    fn times_end_before_midnight() {
        for (text, ms) in
            [("00:00", 0), ("09:00", 32_400_000), ("23:59:59.999", DAY_MS - 1), ("00:00:01", 1_000)]
        {
            assert_eq!(parse_time(text), Ok(ms), "{text}");
            assert_eq!(time_text(ms), text);
        }
        for text in ["24:00", "9:00", "09:60", "09:00:60", "09:00Z", "09:00:00.1", "0900", ""] {
            assert_eq!(parse_time(text), Err(CivilError::Time), "{text}");
        }
        assert_eq!(parse_time("09:00:00.000"), Ok(32_400_000));
    }
}
