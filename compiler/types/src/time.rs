//! The text form of instants and durations, defined once for literals, requests, facts and records.
//!
//! Instants are milliseconds since the Unix epoch, durations are milliseconds.

use jiff::Timestamp;

/// Text that is no instant or duration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// Not `2026-03-20T09:00Z`, with seconds, milliseconds and an offset if wanted.
    #[error("not a date and time with an offset, such as `2026-03-20T09:00Z`")]
    Instant,
    /// Not exactly `2026-03-20T09:00:00.000Z`.
    #[error("not an instant in UTC with milliseconds, such as `2026-03-20T09:00:00.000Z`")]
    NotCanonical,
    /// Not `15min` and the like.
    #[error("not a duration such as `15min`; the units are `ms`, `s`, `min`, `h`, `d` and `w`")]
    Duration,
    /// More precise than a millisecond. Nothing is ever rounded.
    #[error("more precise than a millisecond")]
    TooPrecise,
    /// Outside the range of the type.
    #[error("time out of range")]
    OutOfRange,
}

/// The last millisecond that RFC 3339 can write in every time zone.
pub const INSTANT_MAX_MS: i64 = 253_402_207_199_999;

/// The units of a duration, longest first, with their length in milliseconds.
const UNITS: [(&str, i64); 6] =
    [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads `2026-03-20T09:00Z`, `2026-03-20T09:00:00.250+01:00`.
///
/// # Errors
/// [`TimeError`]; a text without an offset is no instant.
pub fn parse_instant(text: &str) -> Result<i64, TimeError> {
    let timestamp: Timestamp = text.parse().map_err(|_| TimeError::Instant)?;
    if timestamp.subsec_nanosecond() % 1_000_000 != 0 {
        return Err(TimeError::TooPrecise);
    }
    Ok(timestamp.as_millisecond())
}

/// Writes RFC 3339 in UTC with milliseconds: `2026-04-14T10:23:47.123Z`. Instants outside 1970–9999 are clamped.
#[must_use]
pub fn instant_text(instant_ms: i64) -> String {
    let timestamp = Timestamp::from_millisecond(instant_ms.clamp(0, INSTANT_MAX_MS)).unwrap_or_default();
    format!("{timestamp:.3}")
}

/// Reads what [`instant_text`] writes, and nothing else: where an instant is signed or compared, it has one text.
///
/// # Errors
/// [`TimeError::NotCanonical`] for any other spelling and for instants outside 1970–9999.
pub fn parse_canonical_instant(text: &str) -> Result<i64, TimeError> {
    let instant_ms = parse_instant(text).map_err(|_| TimeError::NotCanonical)?;
    if instant_text(instant_ms) == text { Ok(instant_ms) } else { Err(TimeError::NotCanonical) }
}

/// Reads `15min`, `90d`; one number and one unit.
///
/// # Errors
/// [`TimeError::Duration`] or [`TimeError::OutOfRange`].
pub fn parse_duration(text: &str) -> Result<i64, TimeError> {
    let at = text.find(|c: char| !c.is_ascii_digit() && c != '_').ok_or(TimeError::Duration)?;
    let (digits, unit) = text.split_at(at);
    let (_, unit_ms) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(TimeError::Duration)?;
    let digits = digits.replace('_', "");
    if digits.is_empty() {
        return Err(TimeError::Duration);
    }
    let count: i64 = digits.parse().map_err(|_| TimeError::OutOfRange)?;
    count.checked_mul(*unit_ms).ok_or(TimeError::OutOfRange)
}

/// Writes a duration in the longest unit that says it exactly: `90d`, `15min`, `1500ms`. Weeks are days, and one day is
/// `24h`, since a calendar day may be longer or shorter.
#[must_use]
pub fn duration_text(duration_ms: i64) -> String {
    const DAY_MS: i64 = 86_400_000;
    let says = |&(name, unit_ms): &(&str, i64)| {
        name != "w" && (name, duration_ms) != ("d", DAY_MS) && duration_ms != 0 && duration_ms % unit_ms == 0
    };
    let (unit, unit_ms) = UNITS.into_iter().find(says).unwrap_or(("ms", 1));
    format!("{}{unit}", duration_ms / unit_ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_need_an_offset_and_are_never_rounded() {
        let cases = [
            ("1970-01-01T00:00Z", Ok(0)),
            ("2026-04-14T10:23:47.123Z", Ok(1_776_162_227_123)),
            ("2026-04-14T11:23:47.123+01:00", Ok(1_776_162_227_123)),
            ("2026-04-14T10:23:47", Err(TimeError::Instant)),
            ("2026-04-14", Err(TimeError::Instant)),
            ("2026-04-14T10:23:47.1234Z", Err(TimeError::TooPrecise)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_instant(text), expected, "{text}");
        }
        assert_eq!(instant_text(1_776_162_227_123), "2026-04-14T10:23:47.123Z");
        assert_eq!(parse_instant(&instant_text(i64::MAX)), Ok(INSTANT_MAX_MS));
    }

    #[test]
    fn a_canonical_instant_has_one_text() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_776_162_227_123, "2026-04-14T10:23:47.123Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (INSTANT_MAX_MS, "9999-12-30T21:59:59.999Z"),
        ] {
            assert_eq!(instant_text(ms), text);
            assert_eq!(parse_canonical_instant(text), Ok(ms));
        }
        for text in [
            "2026-04-14T10:23:47Z",
            "2026-04-14T10:23:47.1230Z",
            "2026-04-14T10:23:47.123+00:00",
            "2026-04-14T10:23:47.123+01:00",
            "2026-04-14T10:23:47.123Z[UTC]",
            "2026-04-14 10:23:47.123Z",
            "2026-04-14t10:23:47.123z",
            "+002026-04-14T10:23:47.123Z",
            "2026-02-30T00:00:00.000Z",
            "1969-12-31T23:59:59.999Z",
            "2026-04-14T10:23:60.000Z",
            "9999-12-31T23:59:59.999Z",
            " 2026-04-14T10:23:47.123Z",
            "",
        ] {
            assert_eq!(parse_canonical_instant(text), Err(TimeError::NotCanonical), "{text}");
        }
    }

    #[test]
    fn durations_have_one_number_and_one_unit() {
        let cases = [
            ("15min", Ok(900_000)),
            ("2w", Ok(1_209_600_000)),
            ("1_000ms", Ok(1_000)),
            ("1m", Err(TimeError::Duration)),
            ("min", Err(TimeError::Duration)),
            ("1h30min", Err(TimeError::Duration)),
            ("-1s", Err(TimeError::Duration)),
            ("99999999999999999d", Err(TimeError::OutOfRange)),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_duration(text), expected, "{text}");
        }
    }

    #[test]
    fn durations_are_written_in_their_longest_exact_unit() {
        let cases = [
            (0, "0ms"),
            (1, "1ms"),
            (1_500, "1500ms"),
            (90_000, "90s"),
            (3_600_000, "1h"),
            (86_400_000, "24h"),
            (-86_400_000, "-1d"),
            (172_800_000, "2d"),
            (1_209_600_000, "14d"),
            (i64::MIN, "-9223372036854775808ms"),
        ];
        for (ms, text) in cases {
            assert_eq!(duration_text(ms), text);
        }
    }
}
