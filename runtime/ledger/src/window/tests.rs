use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;

fn ms(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

fn day(zone: &str, now: &str) -> (i64, i64) {
    let window = Window::Calendar { period: Period::Day, zone: zone.to_owned() };
    let span = span_at(&window, ms(now)).unwrap();
    (span.starts_ms, span.leaves_ms)
}

#[test]
fn days_run_from_local_midnight_to_local_midnight() {
    let cases = [
        // An ordinary summer day.
        ("Europe/Dublin", "2026-07-01T12:00:00Z", "2026-06-30T23:00:00Z", "2026-07-01T23:00:00Z"),
        // 23 hours and 25 hours.
        ("Europe/Dublin", "2026-03-29T00:30:00Z", "2026-03-29T00:00:00Z", "2026-03-29T23:00:00Z"),
        ("America/New_York", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"),
        // Midnight does not exist: the day begins at one o'clock.
        ("America/Sao_Paulo", "2015-10-18T03:00:00Z", "2015-10-18T03:00:00Z", "2015-10-19T02:00:00Z"),
        ("America/Sao_Paulo", "2015-10-18T02:59:59.999Z", "2015-10-17T03:00:00Z", "2015-10-18T03:00:00Z"),
        // Midnight happens twice: the first one begins the day.
        ("America/Havana", "2020-11-01T04:30:00Z", "2020-11-01T04:00:00Z", "2020-11-02T05:00:00Z"),
        ("America/Havana", "2020-11-01T05:30:00Z", "2020-11-01T04:00:00Z", "2020-11-02T05:00:00Z"),
        // Samoa skipped 30 December 2011.
        ("Pacific/Apia", "2011-12-30T09:59:59.999Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"),
        ("Pacific/Apia", "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"),
        // St John's went back from 00:01 to 23:01 of the day before.
        ("America/St_Johns", "2010-11-07T02:30:30Z", "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z"),
        ("America/St_Johns", "2010-11-07T03:00:00Z", "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z"),
    ];
    for (zone, now, starts, ends) in cases {
        assert_eq!(day(zone, now), (ms(starts), ms(ends)), "{zone} {now}");
    }
}

#[test]
fn days_cut_time_without_gap_or_overlap() {
    for zone in ["Europe/Dublin", "America/Havana", "America/St_Johns", "Asia/Amman", "Pacific/Apia", "UTC"] {
        let mut at = ms("2009-12-31T12:00:00Z");
        let window = Window::Calendar { period: Period::Day, zone: zone.to_owned() };
        let mut span = span_at(&window, at).unwrap();
        for _ in 0..900 {
            assert!(span.starts_ms <= at && at < span.leaves_ms, "{zone}");
            assert_eq!(span_at(&window, span.starts_ms).unwrap(), span, "{zone}");
            assert_eq!(span_at(&window, span.leaves_ms - 1).unwrap(), span, "{zone}");
            let next = span_at(&window, span.leaves_ms).unwrap();
            assert_eq!(next.starts_ms, span.leaves_ms, "{zone}");
            at = next.starts_ms;
            span = next;
        }
    }
}

#[test]
fn a_sliding_bucket_is_counted_until_all_of_it_is_old() {
    let window = |length_ms| Window::Sliding { length_ms };
    assert_eq!(span_at(&window(60_000), 1_999), Ok(Span { starts_ms: 1_000, leaves_ms: 62_000 }));
    assert_eq!(span_at(&window(61), 3), Ok(Span { starts_ms: 2, leaves_ms: 65 }));
    assert_eq!(span_at(&window(1), -7), Ok(Span { starts_ms: -7, leaves_ms: -5 }));
    assert_eq!(span_at(&window(0), 0), Err(Refusal::Empty));
}

#[test]
fn no_time_is_too_far_out() {
    let zone = |zone: &str| Window::Calendar { period: Period::Day, zone: zone.to_owned() };
    assert_eq!(span_at(&zone("UTC"), i64::MAX), Err(Refusal::TimeOutOfRange));
    assert_eq!(span_at(&zone("UTC"), i64::MIN), Err(Refusal::TimeOutOfRange));
    assert_eq!(span_at(&zone("Mars/Olympus"), 0), Err(Refusal::UnknownZone));
    let window = Window::Sliding { length_ms: i64::MAX };
    for now in [i64::MIN, -1, 0, i64::MAX] {
        assert!(span_at(&window, now).is_ok_and(|span| span.leaves_ms > now || now == i64::MAX));
    }
    assert_eq!(span_at(&Window::Task { ends_ms: 5 }, 5), Err(Refusal::TaskOver));
}

fn span(period: Period, zone: &str, now: &str) -> (i64, i64) {
    let window = Window::Calendar { period, zone: zone.to_owned() };
    let span = span_at(&window, ms(now)).unwrap();
    (span.starts_ms, span.leaves_ms)
}

#[test]
fn weeks_months_and_years_run_between_local_midnights() {
    use Period::{Month, Week, Year};
    let cases = [
        // 2026-03-26 is a Thursday; its week is the one in which Dublin's clocks go forward.
        (Week, "Europe/Dublin", "2026-03-26T10:00:00Z", "2026-03-23T00:00:00Z", "2026-03-29T23:00:00Z"),
        (Week, "Europe/Dublin", "2026-03-29T22:59:59.999Z", "2026-03-23T00:00:00Z", "2026-03-29T23:00:00Z"),
        (Week, "UTC", "2026-01-01T00:00:00Z", "2025-12-29T00:00:00Z", "2026-01-05T00:00:00Z"),
        (Month, "Europe/Dublin", "2026-03-31T22:59:59Z", "2026-03-01T00:00:00Z", "2026-03-31T23:00:00Z"),
        (Month, "Asia/Tokyo", "2028-02-28T15:00:00Z", "2028-01-31T15:00:00Z", "2028-02-29T15:00:00Z"),
        (Year, "America/New_York", "2026-01-01T04:59:59Z", "2025-01-01T05:00:00Z", "2026-01-01T05:00:00Z"),
        (Year, "America/New_York", "2026-01-01T05:00:00Z", "2026-01-01T05:00:00Z", "2027-01-01T05:00:00Z"),
        // Samoa's last day of 2011 followed the 29th.
        (Year, "Pacific/Apia", "2011-12-31T09:59:59Z", "2011-01-01T10:00:00Z", "2011-12-31T10:00:00Z"),
    ];
    for (period, zone, now, starts, ends) in cases {
        assert_eq!(span(period, zone, now), (ms(starts), ms(ends)), "{period:?} {zone} {now}");
    }
}

#[test]
fn an_hour_ends_when_the_clock_shows_the_next_or_is_set() {
    let cases = [
        ("Asia/Kolkata", "2026-03-26T10:00:00Z", "2026-03-26T09:30:00Z", "2026-03-26T10:30:00Z"),
        // New York's hour from one to two happens twice.
        ("America/New_York", "2026-11-01T05:30:00Z", "2026-11-01T05:00:00Z", "2026-11-01T06:00:00Z"),
        ("America/New_York", "2026-11-01T06:30:00Z", "2026-11-01T06:00:00Z", "2026-11-01T07:00:00Z"),
        // Lord Howe Island goes from 02:00 to 02:30, and from 02:00 back to 01:30.
        ("Australia/Lord_Howe", "2026-10-03T15:29:00Z", "2026-10-03T14:30:00Z", "2026-10-03T15:30:00Z"),
        ("Australia/Lord_Howe", "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z", "2026-10-03T16:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T14:59:00Z", "2026-04-04T14:00:00Z", "2026-04-04T15:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T15:10:00Z", "2026-04-04T15:00:00Z", "2026-04-04T15:30:00Z"),
    ];
    for (zone, now, starts, ends) in cases {
        assert_eq!(span(Period::Hour, zone, now), (ms(starts), ms(ends)), "{zone} {now}");
    }
}

const ZONES_ASKED: [&str; 10] = [
    "UTC",
    "Europe/Dublin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "America/St_Johns",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
];

const PERIODS: [(Period, i64); 5] = [
    (Period::Hour, 3_600_000),
    (Period::Day, 25 * 3_600_000),
    (Period::Week, 170 * 3_600_000),
    (Period::Month, 32 * 86_400_000),
    (Period::Year, 367 * 86_400_000),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Every instant lies in one span of each period, the span is found from each of its ends, the next begins where it
    /// ends, and it begins where the clock or the calendar says, as jiff counts.
    #[test]
    fn periods_cut_time_as_the_calendar_does(
        now_ms in 0_i64..4_102_444_800_000,
        zone in 0..ZONES_ASKED.len(),
        period in 0..PERIODS.len(),
    ) {
        let (zone, (period, longest_ms)) = (ZONES_ASKED[zone], PERIODS[period]);
        let window = Window::Calendar { period, zone: zone.to_owned() };
        let span = span_at(&window, now_ms).unwrap();
        prop_assert!(span.starts_ms <= now_ms && now_ms < span.leaves_ms);
        prop_assert!(span.leaves_ms - span.starts_ms <= longest_ms);
        prop_assert_eq!(span_at(&window, span.starts_ms), Ok(span));
        prop_assert_eq!(span_at(&window, span.leaves_ms - 1), Ok(span));
        prop_assert_eq!(span_at(&window, span.leaves_ms).map(|next| next.starts_ms), Ok(span.leaves_ms));
        let tz = TimeZone::get(zone).unwrap();
        let starts = Timestamp::from_millisecond(span.starts_ms).unwrap().to_zoned(tz.clone());
        let before = Timestamp::from_millisecond(span.starts_ms - 1).unwrap().to_zoned(tz);
        let fits = match period {
            Period::Hour => (starts.minute(), starts.second()) == (0, 0) || starts.offset() != before.offset(),
            Period::Day => starts.date() != before.date(),
            Period::Week => starts.date().iso_week_date().week() != before.date().iso_week_date().week(),
            Period::Month => starts.month() != before.month(),
            Period::Year => starts.year() != before.year(),
        };
        prop_assert!(fits, "{} after {}", starts, before);
    }
}
