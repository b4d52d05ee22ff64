//! Instants as records write them: RFC 3339 in UTC with exactly three fraction digits.

use jiff::Timestamp;

/// The last instant that a record can carry, 9999-12-30, in milliseconds since the Unix epoch.
pub const INSTANT_MS_MAX: i64 = 253_402_128_000_000;

/// Writes `ms` milliseconds since the Unix epoch as `2026-04-14T10:23:47.123Z`; `None` outside 1970 to 9999.
#[must_use]
pub fn format_instant(ms: i64) -> Option<String> {
    if !(0..=INSTANT_MS_MAX).contains(&ms) {
        return None;
    }
    let instant = Timestamp::from_millisecond(ms).ok()?;
    Some(format!("{instant:.3}"))
}

/// Reads what [`format_instant`] writes, and nothing else.
#[must_use]
pub fn parse_instant(text: &str) -> Option<i64> {
    let ms = text.parse::<Timestamp>().ok()?.as_millisecond();
    (format_instant(ms)? == text).then_some(ms)
}

/// Optional instants in the fields of records, for `#[serde(with)]`.
pub(crate) mod option {
    use serde::{Deserialize, Deserializer, Serializer, de, ser};

    #[expect(clippy::ref_option, reason = "serde passes the field by reference")]
    pub(crate) fn serialize<S: Serializer>(ms: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(ms) = *ms else { return serializer.serialize_none() };
        let text = super::format_instant(ms).ok_or_else(|| ser::Error::custom("instant out of range"))?;
        serializer.serialize_str(&text)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::parse_instant(&text)
            .map(Some)
            .ok_or_else(|| de::Error::custom("not an instant in UTC with milliseconds"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_one_text() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (1_776_162_227_123, "2026-04-14T10:23:47.123Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (INSTANT_MS_MAX, "9999-12-30T00:00:00.000Z"),
        ] {
            assert_eq!(format_instant(ms).as_deref(), Some(text));
            assert_eq!(parse_instant(text), Some(ms));
        }
    }

    #[test]
    fn other_spellings_and_ranges_are_refused() {
        for text in [
            "2026-04-14T10:23:47Z",
            "2026-04-14T10:23:47.1230Z",
            "2026-04-14T10:23:47.123+00:00",
            "2026-04-14 10:23:47.123Z",
            "2026-04-14t10:23:47.123z",
            "2026-02-30T00:00:00.000Z",
            "1969-12-31T23:59:59.999Z",
            "2026-04-14T10:23:60.000Z",
            "",
        ] {
            assert_eq!(parse_instant(text), None, "{text}");
        }
        assert_eq!(format_instant(-1), None);
        assert_eq!(format_instant(INSTANT_MS_MAX + 1), None);
    }
}
