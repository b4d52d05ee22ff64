//! The implementations of intrinsics: for each entry of the table a function of its name, with arguments of their Rust
//! types.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use permit_ir::civil::{DATES, date_days, days_date, time_ms};
use permit_ir::email::Email;
use permit_ir::file_path::FilePath;
use permit_ir::ip::{Cidr, Ip};
use permit_ir::pattern::Pattern;
use permit_ir::types::{RegexId, ZoneId};
use permit_ir::url::{self, Url};
use permit_ir::value::Value;
use permit_ir::verify::VerifiedProgram;
use permit_types::verdict::Trap;

use crate::rounding::{self, Rounding};
use crate::verified::VERIFIED_AWAY;

/// An argument as the function takes it.
macro_rules! argument {
    ($program:ident, $value:ident, Instant) => {
        number($value)?
    };
    ($program:ident, $value:ident, Int) => {
        number($value)?
    };
    ($program:ident, $value:ident, Decimal) => {
        number($value)?
    };
    ($program:ident, $value:ident, Amount) => {
        number($value)?
    };
    ($program:ident, $value:ident, TimeOfDay) => {
        number($value)?
    };
    ($program:ident, $value:ident, Date) => {
        date($value)?
    };
    ($program:ident, $value:ident, Zone) => {
        zone($program, $value)?
    };
    ($program:ident, $value:ident, Regex) => {
        pattern($program, $value)?
    };
    ($program:ident, $value:ident, $shape:ident) => {
        if let Value::$shape(value) = $value { value } else { return Err(VERIFIED_AWAY) }
    };
}

macro_rules! dispatch {
    ($($(#[$doc:meta])* $number:literal $variant:ident $name:ident($($arg:ident),*) -> $result:ident, traps: $traps:literal, cost: $cost:literal;)*) => {
        /// The value of a call.
        pub(crate) fn call(
            program: &VerifiedProgram,
            intrinsic: permit_ir::intrinsics::Intrinsic,
            args: &[Value],
        ) -> Result<Value, Trap> {
            let mut args = args.iter();
            let mut next = || args.next().ok_or(VERIFIED_AWAY);
            match intrinsic {
                $(permit_ir::intrinsics::Intrinsic::$variant => {
                    $name($({ let value = next()?; argument!(program, value, $arg) }),*).yields()
                })*
            }
        }
    };
}

permit_ir::for_each_intrinsic!(dispatch);

/// What a function gives, as a value or a trap.
trait Yields {
    fn yields(self) -> Result<Value, Trap>;
}

macro_rules! yields {
    ($($ty:ty, $value:ident => $made:expr;)*) => {
        $(impl Yields for $ty {
            fn yields(self) -> Result<Value, Trap> {
                let $value = self;
                Ok($made)
            }
        })*
    };
}

yields! {
    bool, truth => Value::Bool(truth);
    i64, number => Value::Number(number);
    String, text => Value::String(text.into());
    &str, text => Value::String(text.into());
    FilePath, path => Value::Path(path);
    Ip, ip => Value::Ip(ip);
}

impl<T: Yields> Yields for Option<T> {
    fn yields(self) -> Result<Value, Trap> {
        self.map_or(Ok(Value::Absent), T::yields)
    }
}

impl<T: Yields> Yields for Result<T, Trap> {
    fn yields(self) -> Result<Value, Trap> {
        self.and_then(T::yields)
    }
}

fn number(value: &Value) -> Result<i64, Trap> {
    if let Value::Number(number) = value { Ok(*number) } else { Err(VERIFIED_AWAY) }
}

fn date(value: &Value) -> Result<Date, Trap> {
    i32::try_from(number(value)?).ok().and_then(days_date).ok_or(VERIFIED_AWAY)
}

fn zone<'p>(program: &'p VerifiedProgram, value: &Value) -> Result<&'p TimeZone, Trap> {
    let id = u16::try_from(number(value)?).map_err(|_| VERIFIED_AWAY)?;
    program.zone(ZoneId(id)).ok_or(VERIFIED_AWAY)
}

fn pattern<'p>(program: &'p VerifiedProgram, value: &Value) -> Result<&'p Pattern, Trap> {
    let id = u16::try_from(number(value)?).map_err(|_| VERIFIED_AWAY)?;
    program.pattern(RegexId(id)).ok_or(VERIFIED_AWAY)
}

fn local(at_ms: i64, zone: &TimeZone) -> Result<jiff::civil::DateTime, Trap> {
    let at = Timestamp::from_millisecond(at_ms).map_err(|_| Trap::TimeOutOfRange)?;
    Ok(zone.to_datetime(at))
}

fn days(date: Date) -> Result<i64, Trap> {
    date_days(date).map(i64::from).ok_or(Trap::TimeOutOfRange)
}

fn variant(weekday: Weekday) -> i64 {
    i64::from(weekday.to_monday_zero_offset())
}

fn weekday(at_ms: i64, zone: &TimeZone) -> Result<i64, Trap> {
    local(at_ms, zone).map(|at| variant(at.weekday()))
}

fn time_of_day(at_ms: i64, zone: &TimeZone) -> Result<i64, Trap> {
    local(at_ms, zone).map(|at| i64::from(time_ms(at.time())))
}

fn date_of(at_ms: i64, zone: &TimeZone) -> Result<i64, Trap> {
    local(at_ms, zone).and_then(|at| days(at.date()))
}

fn start_of_day(at_ms: i64, zone: &TimeZone) -> Result<i64, Trap> {
    local(at_ms, zone).and_then(|at| start_of_date(at.date(), zone))
}

fn start_of_date(date: Date, zone: &TimeZone) -> Result<i64, Trap> {
    let start = date.to_zoned(zone.clone()).map_err(|_| Trap::TimeOutOfRange)?;
    Ok(start.timestamp().as_millisecond())
}

fn hour(time: i64) -> i64 {
    time / 3_600_000
}

fn minute(time: i64) -> i64 {
    time / 60_000 % 60
}

fn second(time: i64) -> i64 {
    time / 1_000 % 60
}

fn year(date: Date) -> i64 {
    date.year().into()
}

fn month(date: Date) -> i64 {
    date.month().into()
}

fn day(date: Date) -> i64 {
    date.day().into()
}

fn weekday_of_date(date: Date) -> i64 {
    variant(date.weekday())
}

fn add_days(date: Date, count: i64) -> Result<i64, Trap> {
    let sum = days(date)?.checked_add(count).ok_or(Trap::Overflow)?;
    let there = i32::try_from(sum).is_ok_and(|days| DATES.contains(&days));
    if there { Ok(sum) } else { Err(Trap::Overflow) }
}

fn days_between(from: Date, to: Date) -> Result<i64, Trap> {
    Ok(days(to)? - days(from)?)
}

fn url_scheme(url: &Url) -> &str {
    url.scheme()
}

fn url_host(url: &Url) -> &str {
    url.host()
}

fn url_ip(url: &Url) -> Option<Ip> {
    url.ip()
}

fn url_port(url: &Url) -> Option<i64> {
    url.port().map(i64::from)
}

fn url_path(url: &Url) -> &str {
    url.path()
}

fn url_decoded_path(url: &Url) -> Option<FilePath> {
    url.decoded_path()
}

fn url_query(url: &Url) -> Option<&str> {
    url.query()
}

fn url_text(url: &Url) -> &str {
    url.as_str()
}

fn host_within(host: &str, domain: &str) -> bool {
    url::host_within(host, domain)
}

fn path_within(path: &FilePath, other: &FilePath) -> bool {
    path.within(other)
}

fn path_name(path: &FilePath) -> &str {
    path.name()
}

fn path_extension(path: &FilePath) -> String {
    path.extension()
}

fn path_parent(path: &FilePath) -> FilePath {
    path.parent()
}

fn path_depth(path: &FilePath) -> i64 {
    count(path.segments())
}

fn path_text(path: &FilePath) -> &str {
    path.as_str()
}

fn email_local(email: &Email) -> &str {
    email.local()
}

fn email_domain(email: &Email) -> &str {
    email.domain()
}

fn email_text(email: &Email) -> &str {
    email.as_str()
}

fn ip_in(ip: &Ip, block: &Cidr) -> bool {
    block.contains(*ip)
}

fn ip_version(ip: &Ip) -> i64 {
    if ip.address().is_ipv4() { 4 } else { 6 }
}

fn lower(text: &str) -> String {
    text.to_lowercase()
}

fn length(text: &str) -> i64 {
    count(text.chars())
}

/// How many there are; texts are bounded far below the range.
fn count<T>(items: impl Iterator<Item = T>) -> i64 {
    i64::try_from(items.count()).unwrap_or(i64::MAX)
}

fn starts_with(text: &str, start: &str) -> bool {
    text.starts_with(start)
}

fn ends_with(text: &str, end: &str) -> bool {
    text.ends_with(end)
}

fn contains(text: &str, part: &str) -> bool {
    text.contains(part)
}

fn matches(text: &str, pattern: &Pattern) -> bool {
    pattern.matches(text)
}

fn to_decimal(number: i64) -> Result<i64, Trap> {
    number.checked_mul(rounding::ONE).ok_or(Trap::Overflow)
}

macro_rules! rounded {
    ($($name:ident = $of:ident, $rounding:ident;)*) => {
        $(fn $name(amount: i64, by: i64) -> Result<i64, Trap> {
            rounding::$of(amount, by, Rounding::$rounding)
        })*
    };
}

rounded! {
    mul_round_down = multiply, Down;
    mul_round_up = multiply, Up;
    mul_round_half_even = multiply, HalfEven;
    div_round_down = divide, Down;
    div_round_up = divide, Up;
    div_round_half_even = divide, HalfEven;
    div_int_round_down = divide_by_int, Down;
    div_int_round_up = divide_by_int, Up;
    div_int_round_half_even = divide_by_int, HalfEven;
}

#[cfg(test)]
mod tests;
