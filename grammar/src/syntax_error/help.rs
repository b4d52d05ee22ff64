//! The help line of each error.

use std::fmt;

use super::SyntaxErrorKind as E;
use crate::lexer::DURATION_UNITS;

/// What to do about the error.
pub(super) fn of(kind: &E) -> String {
    let fixed = match kind {
        E::UnexpectedCharacter { found: '\'' } => "strings use double quotes: `\"…\"`",
        E::UnexpectedCharacter { .. } => "remove it, or put it in a string",
        E::NonAscii { found: '“' | '”' | '„' | '‘' | '’' } => "use the straight quote `\"`",
        E::NonAscii { found: '\u{a0}' } => "this is a no-break space: replace it with a space",
        E::NonAscii { .. } => "names consist of ASCII letters, digits and `_`",
        E::BidiControl { .. } => "remove it, or write it as an escape such as `\\u{202E}` in a string",
        E::ControlCharacter { found: '\r' } => "end the line with a line feed",
        E::ControlCharacter { .. } => "remove it, or write it as an escape such as `\\u{0}` in a string",
        E::UnterminatedString => "close it with `\"` on the same line; a line break is written `\\n`",
        E::UnknownEscape { .. } => "the escape sequences are `\\\"`, `\\\\`, `\\n`, `\\t` and `\\u{…}`",
        E::BadNumber { .. } => "numbers are written like `1_500`, `0.25`, `50.00 USD` or `15min`",
        E::UnknownUnit { unit, number } => return unit_help(number, unit),
        E::InstantWithoutZone { found } => {
            return format!("add `Z` or an offset: `{found}Z`, `{found}+01:00`");
        }
        E::BadInstant { .. } => "write it like `2026-03-20T09:00Z` or `2026-03-20T09:00:00+01:00`",
        E::ForeignComment { .. } => "start each line of the comment with `//`",
        E::ForeignOperator { ours, .. } => return format!("write `{ours}`"),
        E::SourceTooLong | E::TooManyTokens => "split it into several files",
        E::Unexpected { expected, .. } if expected.is_empty() => "remove it",
        E::Unexpected { expected, .. } => return format!("write {} here", Alternatives(expected)),
        E::Missing { what, .. } => return format!("add {what} here"),
        E::MissingSemicolon { .. } => "end it with `;`",
        E::MissingExpression { .. } => {
            "an expression is a name, a literal or a condition such as `amount <= 50.00 USD`"
        }
        E::Unclosed { close, .. } => return format!("close it with `{close}`"),
        E::Unmatched { .. } => "remove it, or add the matching opening bracket",
        E::Misspelt { meant, .. } => return format!("did you mean `{meant}`?"),
        E::NotADeclaration { .. } => {
            "a declaration starts with a keyword such as `permit`, `action` or `resource`"
        }
        E::LaterDeclaration { .. } => "remove the declaration; the rest of the file is checked as usual",
        E::ChainedComparison { .. } => "join two comparisons: `a < b and b < c`",
        E::RangeOutsideIn => "write `x in a..b`",
        E::MisplacedNot { op } => return format!("write `not x {op} y`"),
        E::ReservedWord { .. } => {
            "reserved words can be names only after `.` and before `:`; choose another name"
        }
        E::TooDeep => "split it; write many alternatives for one value as `x in [a, b, c]`",
        E::RepeatedClause { word, .. } => return format!("keep only one `{word}`"),
        E::ClauseOrder { word, before, .. } => return format!("move `{word}` before `{before}`"),
        E::MisplacedHeader { first: Some(_), .. } => "keep only one of them",
        E::MisplacedHeader { .. } => {
            "a file starts with `edition`, then `module`, then `use`, then everything else"
        }
        E::NeedlessSemicolon => "remove it; a block ends with its `}`",
        E::TooManyErrors => "fix the first errors and check again",
    };
    fixed.to_owned()
}

fn unit_help(number: &str, unit: &str) -> String {
    let meant = match unit.trim_start() {
        known if DURATION_UNITS.contains(&known) => {
            return format!("write `{number}{known}` without a space");
        }
        "m" | "mins" | "minute" | "minutes" => "min",
        "sec" | "secs" | "second" | "seconds" => "s",
        "hr" | "hrs" | "hour" | "hours" => "h",
        "day" | "days" => "d",
        "week" | "weeks" => "w",
        "mo" | "mon" | "month" | "months" | "y" | "yr" | "year" | "years" => {
            return "months and years vary in length: use `per month in ZONE`, or days such as `30d`"
                .to_owned();
        }
        _ => return "the units are `ms`, `s`, `min`, `h`, `d` and `w`".to_owned(),
    };
    format!("write `{number}{meant}`; the units are `ms`, `s`, `min`, `h`, `d` and `w`")
}

/// Writes `lead` and the alternatives, or nothing when there are none.
pub(super) fn alternatives(f: &mut fmt::Formatter<'_>, lead: &str, items: &[String]) -> fmt::Result {
    if items.is_empty() { Ok(()) } else { write!(f, "{lead}{}", Alternatives(items)) }
}

/// `a, b or c`.
struct Alternatives<'s>(&'s [String]);

impl fmt::Display for Alternatives<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, item) in self.0.iter().enumerate() {
            let joint = match at {
                0 => "",
                _ if at.saturating_add(1) == self.0.len() => " or ",
                _ => ", ",
            };
            write!(f, "{joint}{item}")?;
        }
        Ok(())
    }
}
