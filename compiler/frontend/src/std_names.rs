//! The names of the standard library's modules and what stands behind each.

use permit_ir::intrinsics::Intrinsic;

/// Each module and its names.
const MODULES: [(&str, &[(&str, Intrinsic)]); 4] = [
    (
        "std.time",
        &[
            ("weekday", Intrinsic::Weekday),
            ("time_of_day", Intrinsic::TimeOfDay),
            ("date_of", Intrinsic::DateOf),
            ("start_of_day", Intrinsic::StartOfDay),
            ("start_of_date", Intrinsic::StartOfDate),
            ("weekday_of_date", Intrinsic::WeekdayOfDate),
            ("add_days", Intrinsic::AddDays),
            ("days_between", Intrinsic::DaysBetween),
        ],
    ),
    (
        "std.text",
        &[
            ("lower", Intrinsic::Lower),
            ("length", Intrinsic::Length),
            ("starts_with", Intrinsic::StartsWith),
            ("ends_with", Intrinsic::EndsWith),
            ("contains", Intrinsic::Contains),
        ],
    ),
    ("std.net", &[("host_within", Intrinsic::HostWithin), ("ip_version", Intrinsic::IpVersion)]),
    (
        "std.math",
        &[
            ("to_decimal", Intrinsic::ToDecimal),
            ("mul_round_down", Intrinsic::MulRoundDown),
            ("mul_round_up", Intrinsic::MulRoundUp),
            ("mul_round_half_even", Intrinsic::MulRoundHalfEven),
            ("div_round_down", Intrinsic::DivRoundDown),
            ("div_round_up", Intrinsic::DivRoundUp),
            ("div_round_half_even", Intrinsic::DivRoundHalfEven),
            ("div_int_round_down", Intrinsic::DivIntRoundDown),
            ("div_int_round_up", Intrinsic::DivIntRoundUp),
            ("div_int_round_half_even", Intrinsic::DivIntRoundHalfEven),
        ],
    ),
];

/// The names of a module.
pub(crate) fn module(path: &str) -> Option<&'static [(&'static str, Intrinsic)]> {
    MODULES.iter().find(|(name, _)| *name == path).map(|(_, names)| *names)
}

/// The modules there are.
pub(crate) fn modules() -> impl Iterator<Item = &'static str> {
    MODULES.iter().map(|(name, _)| *name)
}

/// The module that has a function of this name.
pub(crate) fn module_of(function: &str) -> Option<&'static str> {
    let has = |names: &[(&str, Intrinsic)]| names.iter().any(|(name, _)| *name == function);
    MODULES.iter().find(|(_, names)| has(names)).map(|(module, _)| *module)
}
