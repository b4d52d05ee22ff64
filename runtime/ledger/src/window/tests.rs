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
