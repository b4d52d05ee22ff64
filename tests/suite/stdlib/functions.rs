//! The library's functions against naive models, on both evaluators.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use permit_types::money::Currency;
use proptest::prelude::{Strategy, any, prop_oneof, proptest};
use proptest::test_runner::Config;
use serde_json::{Value, json};

use super::Policy;

/// A forbid for each function, of its name, that matches where the function holds.
fn holds(action: &str, params: &str, functions: &[(&str, &str)]) -> String {
    let rules = functions.iter().map(|(name, condition)| {
        format!("forbid on_{name}: {action} when {condition} because \"it holds\";\n")
    });
    format!("action {action}({params});\n{}", rules.collect::<String>())
}

/// The functions that hold, by name.
fn those(policy: &Policy, action: &str, arguments: &Value) -> Vec<String> {
    let forbids = policy.forbids(action, arguments, None).unwrap();
    forbids.into_iter().map(|name| name.trim_start_matches("on_").to_owned()).collect()
}

const ADDRESSES: [&str; 9] = [
    "is_loopback",
    "is_unspecified",
    "is_private",
    "is_shared",
    "is_link_local",
    "is_multicast",
    "is_reserved",
    "is_translated",
    "is_public",
];

static NET: LazyLock<Policy> = LazyLock::new(|| {
    let calls: Vec<(&str, String)> =
        ADDRESSES.iter().map(|name| (*name, format!("{name}(address)"))).collect();
    let calls: Vec<(&str, &str)> = calls.iter().map(|(name, call)| (*name, call.as_str())).collect();
    let hosts = [("host_within", "host_within(host, domain)")];
    Policy::new(
        &format!(
            "use std.net;\n{}{}",
            holds("ask", "address: ip", &calls),
            holds("look", "host: string, domain: string", &hosts)
        ),
        &[],
    )
});

/// The first so many bits of an address.
fn begins(address: u128, width: u32, first: u128, bits: u32) -> bool {
    bits == 0 || address >> (width - bits) == first >> (width - bits)
}

fn model_v4(address: Ipv4Addr) -> Vec<&'static str> {
    let [a, b, c, _] = address.octets();
    let reserved = (a, b, c) == (192, 0, 0)
        || (a, b, c) == (192, 88, 99)
        || (a == 198 && b & 0xfe == 18)
        || address.is_documentation()
        || a >= 240;
    named(&[
        ("is_loopback", address.is_loopback()),
        ("is_unspecified", a == 0),
        ("is_private", address.is_private()),
        ("is_shared", a == 100 && b & 0xc0 == 64),
        ("is_link_local", address.is_link_local()),
        ("is_multicast", address.is_multicast()),
        ("is_reserved", reserved),
    ])
}

fn model_v6(address: Ipv6Addr) -> Vec<&'static str> {
    let bits = address.to_bits();
    let within =
        |first: &str, length| begins(bits, 128, first.parse::<Ipv6Addr>().unwrap().to_bits(), length);
    named(&[
        ("is_loopback", address.is_loopback()),
        ("is_unspecified", address.is_unspecified()),
        ("is_private", address.is_unique_local()),
        ("is_link_local", within("fe80::", 10) || within("fec0::", 10)),
        ("is_multicast", address.is_multicast()),
        (
            "is_reserved",
            within("100::", 64) || within("2001:db8::", 32) || within("3fff::", 20) || within("5f00::", 16),
        ),
        (
            "is_translated",
            bits >> 32 == 0
                || within("64:ff9b::", 96)
                || within("64:ff9b:1::", 48)
                || within("2002::", 16)
                || within("2001::", 23),
        ),
    ])
}

fn named(holds: &[(&'static str, bool)]) -> Vec<&'static str> {
    let mut names: Vec<_> = holds.iter().filter(|(_, holds)| *holds).map(|(name, _)| *name).collect();
    if names.is_empty() {
        names.push("is_public");
    }
    names
}

/// Addresses near the edges of the blocks, and any.
fn addresses() -> impl Strategy<Value = IpAddr> {
    const EDGES: [&str; 24] = [
        "0.0.0.0",
        "10.0.0.0",
        "100.64.0.0",
        "100.128.0.0",
        "127.0.0.0",
        "128.0.0.0",
        "169.254.0.0",
        "172.16.0.0",
        "172.32.0.0",
        "192.0.0.0",
        "192.0.2.0",
        "192.88.99.0",
        "192.168.0.0",
        "198.18.0.0",
        "198.20.0.0",
        "203.0.113.0",
        "224.0.0.0",
        "240.0.0.0",
        "::",
        "64:ff9b::",
        "2001:db8::",
        "2002::",
        "fc00::",
        "fe80::",
    ];
    let near = (0..EDGES.len(), any::<i8>(), any::<bool>()).prop_map(|(at, offset, far)| {
        let offset = if far { i128::from(offset) << 20 } else { i128::from(offset) };
        match EDGES[at].parse::<IpAddr>().unwrap() {
            IpAddr::V4(v4) => {
                let bits = i128::from(v4.to_bits()).wrapping_add(offset).rem_euclid(1 << 32);
                IpAddr::V4(Ipv4Addr::from_bits(u32::try_from(bits).unwrap()))
            }
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits().wrapping_add_signed(offset))),
        }
    });
    prop_oneof![near, any::<Ipv4Addr>().prop_map(IpAddr::V4), any::<Ipv6Addr>().prop_map(IpAddr::V6)]
}

static MATH: LazyLock<Policy> = LazyLock::new(|| {
    let mut declarations = String::from("use std.math;\n");
    declarations.push_str(&holds(
        "whole",
        "a: int, b: int, c: int, smaller: int, larger: int, size: int, clamped: int",
        &[
            ("min", "min(a, b) == smaller"),
            ("max", "max(a, b) == larger"),
            ("abs", "abs(a) == size"),
            ("clamp", "clamp(c, smaller, larger) == clamped"),
            ("within_percent", "within_percent(part: a, whole: b, percent: 50)"),
        ],
    ));
    declarations.push_str(&holds(
        "rounded",
        "x: money[USD], by: int, down: money[USD], up: money[USD], even: money[USD]",
        &[
            ("down", "div_int_round_down(x, by) == down"),
            ("up", "div_int_round_up(x, by) == up"),
            ("even", "div_int_round_half_even(x, by) == even"),
            ("down_decimal", "div_round_down(x, to_decimal(by)) == down"),
            ("up_decimal", "div_round_up(x, to_decimal(by)) == up"),
            ("even_decimal", "div_round_half_even(x, to_decimal(by)) == even"),
        ],
    ));
    declarations.push_str(&holds(
        "scaled",
        "x: money[USD], by: decimal, product: list[money[USD]], quotient: list[money[USD]]",
        &[
            ("scaled_down", "mul_round_down(x, by) in product and div_round_down(x, by) in quotient"),
            ("scaled_up", "mul_round_up(x, by) in product and div_round_up(x, by) in quotient"),
            (
                "scaled_even",
                "mul_round_half_even(x, by) in product and div_round_half_even(x, by) in quotient",
            ),
        ],
    ));
    Policy::new(&declarations, &[])
});

/// Towards zero, away from it, and to the nearest with halves to the even one.
fn quotients(x: i64, by: i64) -> [i64; 3] {
    let (whole, rest) = (x / by, x % by);
    let sign = if (x < 0) == (by < 0) { 1 } else { -1 };
    let away = if rest == 0 { whole } else { whole + sign };
    let doubled = 2 * rest.abs();
    let even = match doubled.cmp(&by.abs()) {
        std::cmp::Ordering::Less => whole,
        std::cmp::Ordering::Greater => away,
        std::cmp::Ordering::Equal => {
            if whole % 2 == 0 {
                whole
            } else {
                away
            }
        }
    };
    [whole, away, even]
}

fn dollars(cents: i64) -> Value {
    let sign = if cents < 0 { "-" } else { "" };
    json!(format!("{sign}{}.{:02} USD", cents.abs() / 100, cents.abs() % 100))
}

static TIME: LazyLock<Policy> = LazyLock::new(|| {
    let declarations = holds(
        "clock",
        "at: instant, other: instant, from: time, to: time, nights: int",
        &[
            ("is_weekend", "is_weekend(at, dublin)"),
            ("is_between", "is_between(at, dublin, from, to)"),
            ("same_day", "same_day(at, other, dublin)"),
            ("nights", "nights_between(at, other, dublin) == nights"),
            ("month_end", "is_month_end(date_of(at, dublin))"),
            ("first_quarter", "quarter(date_of(at, dublin)) == 1"),
        ],
    );
    Policy::new(&format!("use std.time;\nzone dublin = \"Europe/Dublin\";\n{declarations}"), &[])
});

fn clock_model(at_ms: i64, other_ms: i64, from: i64, to: i64) -> (Vec<&'static str>, i64) {
    let zone = TimeZone::get("Europe/Dublin").unwrap();
    let local = |ms| Timestamp::from_millisecond(ms).unwrap().to_zoned(zone.clone());
    let (at, other) = (local(at_ms), local(other_ms));
    let minute = i64::from(at.hour()) * 60 + i64::from(at.minute());
    let between = if from <= to { (from..to).contains(&minute) } else { minute >= from || minute < to };
    let day = |at: &jiff::Zoned| at.date().to_zoned(TimeZone::UTC).unwrap().timestamp().as_second() / 86_400;
    let nights = day(&other) - day(&at);
    let all = [
        ("is_weekend", matches!(at.weekday(), Weekday::Saturday | Weekday::Sunday)),
        ("is_between", between),
        ("same_day", at.date() == other.date()),
        ("nights", true),
        ("month_end", at.date().days_in_month() == at.day()),
        ("first_quarter", at.month() <= 3),
    ];
    (all.into_iter().filter(|(_, holds)| *holds).map(|(name, _)| name).collect(), nights)
}

proptest! {
    #![proptest_config(Config { cases: 400, failure_persistence: None, ..Config::default() })]

    #[test]
    fn addresses_are_of_the_blocks_that_hold_them(address in addresses()) {
        let expected = match address.to_canonical() {
            IpAddr::V4(v4) => model_v4(v4),
            IpAddr::V6(v6) => model_v6(v6),
        };
        assert_eq!(those(&NET, "ask", &json!({ "address": address.to_string() })), expected, "{address}");
    }

    #[test]
    fn hosts_lie_within_domains_by_labels(host in "([ab]{1,2}\\.){0,3}[ab]{1,2}", domain in "([ab]{1,2}\\.){0,2}[ab]{1,2}") {
        let (labels, outer): (Vec<&str>, Vec<&str>) = (host.split('.').collect(), domain.split('.').collect());
        let expected = labels.ends_with(&outer);
        let found = those(&NET, "look", &json!({ "host": host, "domain": domain }));
        assert_eq!(!found.is_empty(), expected, "{host} {domain}");
    }

    #[test]
    fn integers_are_those_of_rust(a in -1_000_000_i64..1_000_000, b in -1_000_000_i64..1_000_000, c in -2_000_000_i64..2_000_000) {
        let (smaller, larger) = (a.min(b), a.max(b));
        let arguments = json!({ "a": a, "b": b, "c": c, "smaller": smaller, "larger": larger, "size": a.abs(), "clamped": c.clamp(smaller, larger) });
        let mut expected = vec!["min", "max", "abs", "clamp"];
        if 2 * a <= b {
            expected.push("within_percent");
        }
        assert_eq!(those(&MATH, "whole", &arguments), expected);
    }

    #[test]
    fn quotients_are_rounded_as_they_say(x in -1_000_000_i64..1_000_000, by in prop_oneof![-50_i64..0, 1_i64..50]) {
        let [down, up, even] = quotients(x, by);
        let arguments = json!({ "x": dollars(x), "by": by, "down": dollars(down), "up": dollars(up), "even": dollars(even) });
        let expected = ["down", "up", "even", "down_decimal", "up_decimal", "even_decimal"];
        assert_eq!(those(&MATH, "rounded", &arguments), expected);
    }

    #[test]
    fn decimals_scale_and_round_as_they_say(x in -1_000_000_i64..1_000_000, millionths in prop_oneof![-3_000_000_i64..0, 1_i64..3_000_000]) {
        let sign = if millionths < 0 { "-" } else { "" };
        let by = format!("{sign}{}.{:06}", millionths.abs() / 1_000_000, millionths.abs() % 1_000_000);
        let (products, shares) = (quotients(x * millionths, 1_000_000), quotients(x * 1_000_000, millionths));
        for (name, product, quotient) in [("scaled_down", products[0], shares[0]), ("scaled_up", products[1], shares[1]), ("scaled_even", products[2], shares[2])] {
            let arguments = json!({ "x": dollars(x), "by": by.parse::<f64>().unwrap(), "product": [dollars(product)], "quotient": [dollars(quotient)] });
            let found = those(&MATH, "scaled", &arguments);
            assert!(found.iter().any(|one| one == name), "{name} {x} {by}: {found:?}");
        }
    }

    #[test]
    fn calendars_are_those_of_jiff(at in 1_500_000_000_i64..2_000_000_000, hours in -100_i64..100, from in 0_i64..1_440, to in 0_i64..1_440) {
        let (at_ms, other_ms) = (at * 1_000, (at + hours * 3_600) * 1_000);
        let (expected, nights) = clock_model(at_ms, other_ms, from, to);
        let instant = |ms| Timestamp::from_millisecond(ms).unwrap().to_string();
        let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
        let arguments = json!({ "at": instant(at_ms), "other": instant(other_ms), "from": clock(from), "to": clock(to), "nights": nights });
        assert_eq!(those(&TIME, "clock", &arguments), expected);
    }
}

#[test]
fn currencies_are_those_of_iso_4217() {
    let rules = holds(
        "name",
        "code: string",
        &[
            ("currency", "is_currency(code)"),
            ("none", "minor_digits(code) == 0"),
            ("three", "minor_digits(code) == 3"),
            ("eu", "is_of_the_eu(code)"),
        ],
    );
    let policy = Policy::new(&format!("use std.money;\n{rules}"), &[]);
    for (code, expected) in [
        ("USD", &["currency"][..]),
        ("JPY", &["currency", "none"]),
        ("KWD", &["currency", "three"]),
        ("SEK", &["currency", "eu"]),
        ("usd", &[]),
        ("XAU", &[]),
        ("XXX", &[]),
        ("DEM", &[]),
    ] {
        assert_eq!(those(&policy, "name", &json!({ "code": code })), expected, "{code}");
    }
}

/// Every code that the type `money` knows is one here, apart from those that were withdrawn and units of
/// account, and has as many digits.
#[test]
fn currencies_are_those_of_the_type() {
    let rules = holds(
        "name",
        "code: string, digits: int",
        &[("currency", "is_currency(code)"), ("digits", "minor_digits(code) == digits")],
    );
    let policy = Policy::new(&format!("use std.money;\n{rules}"), &[]);
    let letters = || 'A'..='Z';
    let codes =
        letters().flat_map(|a| letters().flat_map(move |b| letters().map(move |c| format!("{a}{b}{c}"))));
    let mut others = Vec::new();
    let mut count = 0;
    for (code, currency) in codes.filter_map(|code| Some((code.clone(), code.parse::<Currency>().ok()?))) {
        let found = those(&policy, "name", &json!({ "code": code, "digits": currency.exponent() }));
        match found.as_slice() {
            [currency, digits] if currency == "currency" && digits == "digits" => count += 1,
            _ => others.push(code),
        }
    }
    let apart = "BGN BOV CHE CHW CLF COU CUC HRK MXV SLL USN UYI UYW XAD ZWL";
    assert_eq!((count, others.join(" ").as_str()), (155, apart), "withdrawn ones, and units of account");
}

#[test]
fn texts_are_what_they_look_like() {
    let rules = holds(
        "say",
        "text: string",
        &[
            ("blank", "is_blank(text)"),
            ("line", "is_one_line(text)"),
            ("ascii", "is_ascii(text)"),
            ("name", "is_name(text)"),
            ("invisible", "holds_invisible(text)"),
            ("secret", "holds_secret(text)"),
        ],
    );
    let policy = Policy::new(&format!("use std.text;\n{rules}"), &[]);
    for (text, expected) in [
        ("", &["blank", "line", "ascii"][..]),
        (" \t\n", &["blank", "ascii"]),
        ("order_7", &["line", "ascii", "name"]),
        ("7up", &["line", "ascii"]),
        ("naïve", &["line"]),
        ("a\u{202e}b", &["line", "invisible"]),
        ("a\u{200b}b\n", &["invisible"]),
        ("a\u{e0041}", &["line", "invisible"]),
        ("sk-abcdefghijklmnopqrstuv", &["line", "ascii", "name", "secret"]),
        ("my secret: hunter22", &["line", "ascii", "secret"]),
        ("the secret of it", &["line", "ascii"]),
    ] {
        assert_eq!(those(&policy, "say", &json!({ "text": text })), expected, "{text:?}");
    }
}
