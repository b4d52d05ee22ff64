use std::sync::LazyLock;

use jiff::Zoned;
use permit_ir::intrinsics::{Intrinsic, WEEKDAYS};
use permit_ir::program::EnumType;
use permit_ir::sample;
use proptest::prelude::*;

use super::*;

const ZONES: [&str; 9] = [
    "UTC",
    "Europe/Dublin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Monrovia",
];

/// The sample with the zones, two patterns and an enum of weekdays.
static PROGRAM: LazyLock<VerifiedProgram> = LazyLock::new(|| {
    let mut program = sample::program();
    program.zones = ZONES.map(str::to_owned).to_vec();
    program.regexes = ["[a-c]+", "(?i)été|x{2}"].map(str::to_owned).to_vec();
    program
        .enums
        .push(EnumType { name: "Weekday".to_owned(), variants: WEEKDAYS.map(str::to_owned).to_vec() });
    VerifiedProgram::verify(program).unwrap()
});

fn numbers(intrinsic: Intrinsic, args: &[i64]) -> Result<Value, Trap> {
    let args: Vec<_> = args.iter().copied().map(Value::Number).collect();
    call(&PROGRAM, intrinsic, &args)
}

fn texts(intrinsic: Intrinsic, args: &[&str]) -> Result<Value, Trap> {
    let args: Vec<_> = args.iter().map(|text| Value::String((*text).into())).collect();
    call(&PROGRAM, intrinsic, &args)
}

fn found(number: impl Into<i64>) -> Result<Value, Trap> {
    Ok(Value::Number(number.into()))
}

#[test]
fn every_intrinsic_refuses_arguments_that_are_not_its_own() {
    for &intrinsic in Intrinsic::ALL {
        assert_eq!(Intrinsic::named(intrinsic.name()), Some(intrinsic));
        assert_eq!(call(&PROGRAM, intrinsic, &[]), Err(VERIFIED_AWAY), "{intrinsic:?}");
        let absent = vec![Value::Absent; intrinsic.args().len()];
        assert_eq!(call(&PROGRAM, intrinsic, &absent), Err(VERIFIED_AWAY), "{intrinsic:?}");
    }
}

#[test]
fn times_that_no_calendar_has_trap() {
    for intrinsic in [Intrinsic::Weekday, Intrinsic::TimeOfDay, Intrinsic::DateOf, Intrinsic::StartOfDay] {
        assert_eq!(numbers(intrinsic, &[i64::MAX, 0]), Err(Trap::TimeOutOfRange), "{intrinsic:?}");
        assert_eq!(numbers(intrinsic, &[0, 99]), Err(VERIFIED_AWAY), "{intrinsic:?}");
    }
    assert_eq!(numbers(Intrinsic::AddDays, &[0, i64::MAX]), Err(Trap::Overflow));
    assert_eq!(numbers(Intrinsic::AddDays, &[i64::from(*DATES.end()), 1]), Err(Trap::Overflow));
    assert_eq!(numbers(Intrinsic::ToDecimal, &[i64::MAX]), Err(Trap::Overflow));
}

#[test]
fn parts_are_those_of_the_typed_value() {
    let url = Value::Url(std::sync::Arc::new("https://api.acme.example:8443/a%20b/c?q=1".parse().unwrap()));
    let path = Value::Path("/srv/data/x.TXT".parse().unwrap());
    let email = Value::Email("ann@acme.example".parse().unwrap());
    let text = |text: &str| Value::String(text.into());
    let cases = [
        (Intrinsic::UrlScheme, &url, text("https")),
        (Intrinsic::UrlHost, &url, text("api.acme.example")),
        (Intrinsic::UrlIp, &url, Value::Absent),
        (Intrinsic::UrlPort, &url, Value::Number(8443)),
        (Intrinsic::UrlPath, &url, text("/a%20b/c")),
        (Intrinsic::UrlDecodedPath, &url, Value::Path("/a b/c".parse().unwrap())),
        (Intrinsic::UrlQuery, &url, text("q=1")),
        (Intrinsic::UrlText, &url, text("https://api.acme.example:8443/a%20b/c?q=1")),
        (Intrinsic::PathName, &path, text("x.TXT")),
        (Intrinsic::PathExtension, &path, text("txt")),
        (Intrinsic::PathParent, &path, Value::Path("/srv/data".parse().unwrap())),
        (Intrinsic::PathDepth, &path, Value::Number(3)),
        (Intrinsic::PathText, &path, text("/srv/data/x.TXT")),
        (Intrinsic::EmailLocal, &email, text("ann")),
        (Intrinsic::EmailDomain, &email, text("acme.example")),
        (Intrinsic::EmailText, &email, text("ann@acme.example")),
        (Intrinsic::IpVersion, &Value::Ip("::1".parse().unwrap()), Value::Number(6)),
    ];
    for (intrinsic, of, expected) in cases {
        assert_eq!(call(&PROGRAM, intrinsic, std::slice::from_ref(of)), Ok(expected), "{intrinsic:?}");
    }
    let block = Value::Cidr("10.0.0.0/8".parse().unwrap());
    let inside = [Value::Ip("::ffff:10.9.8.7".parse().unwrap()), block];
    assert_eq!(call(&PROGRAM, Intrinsic::IpIn, &inside), Ok(Value::Bool(true)));
    let within = [path, Value::Path("/srv/dat".parse().unwrap())];
    assert_eq!(call(&PROGRAM, Intrinsic::PathWithin, &within), Ok(Value::Bool(false)));
}

/// How many days lie between two dates, by counting the days of whole years and months.
fn naive_days(year: i64, month: i64, day: i64) -> i64 {
    let leap = |y: i64| y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let years: i64 = (0..year).map(|y| if leap(y) { 366 } else { 365 }).sum();
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let months: i64 = lengths.iter().take(usize::try_from(month).unwrap() - 1).sum();
    years + months + day - 1 - 719_528
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn clocks_are_those_of_jiff(at_ms in -4_000_000_000_000_i64..8_000_000_000_000, zone in 0..ZONES.len()) {
        let tz = TimeZone::get(ZONES[zone]).unwrap();
        let at: Zoned = Timestamp::from_millisecond(at_ms).unwrap().to_zoned(tz.clone());
        let args = [at_ms, i64::try_from(zone).unwrap()];
        let midnight = at.start_of_day().unwrap().timestamp().as_millisecond();
        let time = at.time();
        let since = i64::from(time.hour()) * 3_600_000 + i64::from(time.minute()) * 60_000
            + i64::from(time.second()) * 1_000 + i64::from(time.millisecond());
        let date = at.date();
        let days = naive_days(date.year().into(), date.month().into(), date.day().into());
        prop_assert_eq!(numbers(Intrinsic::Weekday, &args), found(at.weekday().to_monday_zero_offset()));
        prop_assert_eq!(numbers(Intrinsic::TimeOfDay, &args), found(since));
        prop_assert_eq!(numbers(Intrinsic::DateOf, &args), found(days));
        prop_assert_eq!(numbers(Intrinsic::StartOfDay, &args), found(midnight));
        prop_assert_eq!(numbers(Intrinsic::StartOfDate, &[days, args[1]]), found(midnight));
        prop_assert_eq!(numbers(Intrinsic::Hour, &[since]), found(time.hour()));
        prop_assert_eq!(numbers(Intrinsic::Minute, &[since]), found(time.minute()));
        prop_assert_eq!(numbers(Intrinsic::Second, &[since]), found(time.second()));
        prop_assert_eq!(numbers(Intrinsic::Year, &[days]), found(date.year()));
        prop_assert_eq!(numbers(Intrinsic::Month, &[days]), found(date.month()));
        prop_assert_eq!(numbers(Intrinsic::Day, &[days]), found(date.day()));
        // 1970-01-01 was a Thursday.
        prop_assert_eq!(numbers(Intrinsic::WeekdayOfDate, &[days]), found((days + 3).rem_euclid(7)));
    }

    #[test]
    fn days_add_and_subtract(from in DATES, to in DATES) {
        let (from, to) = (i64::from(from), i64::from(to));
        prop_assert_eq!(numbers(Intrinsic::DaysBetween, &[from, to]), found(to - from));
        prop_assert_eq!(numbers(Intrinsic::AddDays, &[from, to - from]), found(to));
    }

    #[test]
    fn texts_are_what_their_characters_say(text in "[abxX éÉ]{0,6}", part in "[abx]{0,2}") {
        let chars: Vec<char> = text.chars().collect();
        let wanted: Vec<char> = part.chars().collect();
        let inside = (0..=chars.len()).any(|at| chars[at..].starts_with(&wanted));
        let both = [text.as_str(), part.as_str()];
        prop_assert_eq!(texts(Intrinsic::Contains, &both), Ok(Value::Bool(inside)));
        prop_assert_eq!(texts(Intrinsic::StartsWith, &both), Ok(Value::Bool(chars.starts_with(&wanted))));
        prop_assert_eq!(texts(Intrinsic::EndsWith, &both), Ok(Value::Bool(chars.ends_with(&wanted))));
        prop_assert_eq!(texts(Intrinsic::Length, &both[..1]), found(i64::try_from(chars.len()).unwrap()));
        let lower: String = chars.iter().flat_map(|c| c.to_lowercase()).collect();
        prop_assert_eq!(texts(Intrinsic::Lower, &both[..1]), Ok(Value::String(lower.into())));
    }

    #[test]
    fn patterns_match_whole_texts(text in "[a-dxXéÉt]{0,4}") {
        let matches = |pattern| {
            let args = [Value::String(text.as_str().into()), Value::Number(pattern)];
            call(&PROGRAM, Intrinsic::Matches, &args)
        };
        let letters = !text.is_empty() && text.chars().all(|c| ('a'..='c').contains(&c));
        let word = text == "xx" || text.to_lowercase() == "été" || text == "XX" || text == "xX" || text == "Xx";
        prop_assert_eq!(matches(0), Ok(Value::Bool(letters)));
        prop_assert_eq!(matches(1), Ok(Value::Bool(word)));
    }
}
