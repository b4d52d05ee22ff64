//! Intrinsics: what the language cannot say of itself, in one table from which everything else about them follows.
//!
//! [`for_each_intrinsic!`](crate::for_each_intrinsic) hands the table to a macro: here it becomes an enum, the verifier's signatures and the
//! text form; in the reference evaluator a call of the function of that name with arguments of their Rust types. What
//! one of them means stands at its entry; two places cannot disagree on one without not compiling.

use crate::types::Type;

/// The table. Each entry: what it gives, its number in a bundle, its name in Rust and in text, what it takes, what it yields, whether it
/// `traps`, and what it costs in units of about one comparison of numbers.
#[macro_export]
macro_rules! for_each_intrinsic {
    ($expand:ident) => {
        $expand! {
            /// The day of the week in a zone, as a variant of an enum whose variants are `mon tue wed thu fri sat sun`.
            0 Weekday weekday(Instant, Zone) -> Weekday, traps: true, cost: 16;
            /// The time on the clock in a zone.
            1 TimeOfDay time_of_day(Instant, Zone) -> TimeOfDay, traps: true, cost: 16;
            /// The date in a zone.
            2 DateOf date_of(Instant, Zone) -> Date, traps: true, cost: 16;
            /// The first instant of the day in a zone: midnight, or what comes first where there is none.
            3 StartOfDay start_of_day(Instant, Zone) -> Instant, traps: true, cost: 16;
            /// The first instant of a date in a zone.
            4 StartOfDate start_of_date(Date, Zone) -> Instant, traps: true, cost: 16;
            /// The hour, 0 to 23.
            5 Hour hour(TimeOfDay) -> Int, traps: false, cost: 1;
            /// The minute, 0 to 59.
            6 Minute minute(TimeOfDay) -> Int, traps: false, cost: 1;
            /// The second, 0 to 59.
            7 Second second(TimeOfDay) -> Int, traps: false, cost: 1;
            /// The year of a date.
            8 Year year(Date) -> Int, traps: false, cost: 4;
            /// The month of a date, 1 to 12.
            9 Month month(Date) -> Int, traps: false, cost: 4;
            /// The day of the month of a date, 1 to 31.
            10 Day day(Date) -> Int, traps: false, cost: 4;
            /// The day of the week of a date, as for `weekday`.
            11 WeekdayOfDate weekday_of_date(Date) -> Weekday, traps: false, cost: 4;
            /// The date so many days later. Traps with `Overflow` outside the years 0 to 9999.
            12 AddDays add_days(Date, Int) -> Date, traps: true, cost: 1;
            /// How many days the second date is after the first; negative if it is before.
            13 DaysBetween days_between(Date, Date) -> Int, traps: false, cost: 1;

            /// The scheme in lower case.
            14 UrlScheme url_scheme(Url) -> String, traps: false, cost: 4;
            /// The host: a name in lower case, an IPv4 address, or an IPv6 address in brackets.
            15 UrlHost url_host(Url) -> String, traps: false, cost: 4;
            /// The host as an IP address, if it is one.
            16 UrlIp url_ip(Url) -> OptionalIp, traps: false, cost: 4;
            /// The port written, or else the scheme's own if it has one.
            17 UrlPort url_port(Url) -> OptionalInt, traps: false, cost: 1;
            /// The path as it is sent, percent signs and all.
            18 UrlPath url_path(Url) -> String, traps: false, cost: 4;
            /// The path as a server sees it, decoded and normal; absent where servers disagree on it.
            19 UrlDecodedPath url_decoded_path(Url) -> OptionalPath, traps: false, cost: 64;
            /// What follows `?`.
            20 UrlQuery url_query(Url) -> OptionalString, traps: false, cost: 4;
            /// The URL as text.
            21 UrlText url_text(Url) -> String, traps: false, cost: 4;
            /// Whether the first, a host, is the second, a domain, or lies in it, by whole labels.
            22 HostWithin host_within(String, String) -> Bool, traps: false, cost: 16;

            /// Whether the first path is the second or lies in it, by whole segments.
            23 PathWithin path_within(Path, Path) -> Bool, traps: false, cost: 8;
            /// The last segment; empty for `/`.
            24 PathName path_name(Path) -> String, traps: false, cost: 8;
            /// What follows the last `.` of the name, in lower case; empty if nothing does.
            25 PathExtension path_extension(Path) -> String, traps: false, cost: 8;
            /// What the path lies in; `/` lies in itself.
            26 PathParent path_parent(Path) -> Path, traps: false, cost: 8;
            /// How many segments there are.
            27 PathDepth path_depth(Path) -> Int, traps: false, cost: 8;
            /// The path as text.
            28 PathText path_text(Path) -> String, traps: false, cost: 4;

            /// The part before `@`.
            29 EmailLocal email_local(Email) -> String, traps: false, cost: 4;
            /// The part behind `@`, which `host_within` takes.
            30 EmailDomain email_domain(Email) -> String, traps: false, cost: 4;
            /// The address as text.
            31 EmailText email_text(Email) -> String, traps: false, cost: 4;

            /// Whether the address is in the block.
            32 IpIn ip_in(Ip, Cidr) -> Bool, traps: false, cost: 2;
            /// 4 or 6.
            33 IpVersion ip_version(Ip) -> Int, traps: false, cost: 1;

            /// The text in lower case, by Unicode's rules and without a locale.
            34 Lower lower(String) -> String, traps: false, cost: 64;
            /// How many Unicode scalar values the text has.
            35 Length length(String) -> Int, traps: false, cost: 64;
            /// Whether the first text begins with the second.
            36 StartsWith starts_with(String, String) -> Bool, traps: false, cost: 8;
            /// Whether the first text ends with the second.
            37 EndsWith ends_with(String, String) -> Bool, traps: false, cost: 8;
            /// Whether the second text stands somewhere in the first.
            38 Contains contains(String, String) -> Bool, traps: false, cost: 64;
            /// Whether the whole text matches.
            39 Matches matches(String, Regex) -> Bool, traps: false, cost: 128;

            /// An integer as a decimal. Traps with `Overflow`.
            40 ToDecimal to_decimal(Int) -> Decimal, traps: true, cost: 1;
            /// The product, rounded towards zero. Traps with `Overflow`, as do all below.
            41 MulRoundDown mul_round_down(Amount, Decimal) -> Amount, traps: true, cost: 4;
            /// The product, rounded away from zero.
            42 MulRoundUp mul_round_up(Amount, Decimal) -> Amount, traps: true, cost: 4;
            /// The product, rounded to the nearest, halves to the even one.
            43 MulRoundHalfEven mul_round_half_even(Amount, Decimal) -> Amount, traps: true, cost: 4;
            /// The quotient, rounded towards zero. Traps with `DivisionByZero`, as do all below.
            44 DivRoundDown div_round_down(Amount, Decimal) -> Amount, traps: true, cost: 4;
            /// The quotient, rounded away from zero.
            45 DivRoundUp div_round_up(Amount, Decimal) -> Amount, traps: true, cost: 4;
            /// The quotient, rounded to the nearest, halves to the even one.
            46 DivRoundHalfEven div_round_half_even(Amount, Decimal) -> Amount, traps: true, cost: 4;
            /// The quotient by an integer, rounded towards zero.
            47 DivIntRoundDown div_int_round_down(Amount, Int) -> Amount, traps: true, cost: 4;
            /// The quotient by an integer, rounded away from zero.
            48 DivIntRoundUp div_int_round_up(Amount, Int) -> Amount, traps: true, cost: 4;
            /// The quotient by an integer, rounded to the nearest, halves to the even one.
            49 DivIntRoundHalfEven div_int_round_half_even(Amount, Int) -> Amount, traps: true, cost: 4;
        }
    };
}

/// What an intrinsic takes or yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `decimal`
    Decimal,
    /// `string`
    String,
    /// `instant`
    Instant,
    /// `date`
    Date,
    /// `time`
    TimeOfDay,
    /// `url`
    Url,
    /// `path`
    Path,
    /// `email`
    Email,
    /// `ip`
    Ip,
    /// `cidr`
    Cidr,
    /// A time zone.
    Zone,
    /// A regular expression.
    Regex,
    /// `int?`
    OptionalInt,
    /// `string?`
    OptionalString,
    /// `path?`
    OptionalPath,
    /// `ip?`
    OptionalIp,
    /// Any of `int decimal money[C] duration`; the result is of the type of the first argument.
    Amount,
    /// An enum whose variants are those of [`WEEKDAYS`]; the expression says which.
    Weekday,
}

/// The variants of an enum that `weekday` yields.
pub const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Shape {
    /// The type, if there is only one.
    #[must_use]
    pub fn ty(self) -> Option<Type> {
        let optional = |ty| Some(Type::Optional(Box::new(ty)));
        match self {
            Self::Bool => Some(Type::Bool),
            Self::Int => Some(Type::Int),
            Self::Decimal => Some(Type::Decimal),
            Self::String => Some(Type::String),
            Self::Instant => Some(Type::Instant),
            Self::Date => Some(Type::Date),
            Self::TimeOfDay => Some(Type::TimeOfDay),
            Self::Url => Some(Type::Url),
            Self::Path => Some(Type::Path),
            Self::Email => Some(Type::Email),
            Self::Ip => Some(Type::Ip),
            Self::Cidr => Some(Type::Cidr),
            Self::Zone => Some(Type::Zone),
            Self::Regex => Some(Type::Regex),
            Self::OptionalInt => optional(Type::Int),
            Self::OptionalString => optional(Type::String),
            Self::OptionalPath => optional(Type::Path),
            Self::OptionalIp => optional(Type::Ip),
            Self::Amount | Self::Weekday => None,
        }
    }

    /// Whether a value of the type may be an argument of this shape.
    #[must_use]
    pub fn takes(self, ty: &Type) -> bool {
        match self {
            Self::Amount => matches!(ty, Type::Int | Type::Decimal | Type::Money(_) | Type::Duration),
            other => other.ty().as_ref() == Some(ty),
        }
    }
}

macro_rules! declare {
    ($($(#[$doc:meta])* $number:literal $variant:ident $name:ident($($arg:ident),*) -> $result:ident, traps: $traps:literal, cost: $cost:literal;)*) => {
        /// A function that the language cannot say of itself.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Intrinsic {
            $($(#[$doc])* $variant,)*
        }

        crate::wire::numbered! {
            Intrinsic {
                $($number $variant;)*
            }
        }

        impl Intrinsic {
            /// Every intrinsic, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Its name in the text form, by which the standard library calls it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($name),)*
                }
            }

            /// What it takes.
            #[must_use]
            pub const fn args(self) -> &'static [Shape] {
                match self {
                    $(Self::$variant => &[$(Shape::$arg),*],)*
                }
            }

            /// What it yields.
            #[must_use]
            pub const fn result(self) -> Shape {
                match self {
                    $(Self::$variant => Shape::$result,)*
                }
            }

            /// Whether it may have no value although all its arguments have.
            #[must_use]
            pub const fn may_trap(self) -> bool {
                match self {
                    $(Self::$variant => $traps,)*
                }
            }

            /// What it costs, without its arguments.
            #[must_use]
            pub const fn cost(self) -> u64 {
                match self {
                    $(Self::$variant => $cost,)*
                }
            }
        }
    };
}

for_each_intrinsic!(declare);

impl Intrinsic {
    /// The intrinsic of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|intrinsic| intrinsic.name() == name)
    }
}
