//! Exact numbers: currencies with their ISO 4217 exponent, checked minor units, and fixed-point decimals.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A currency of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

/// Text that is not what it should be: a currency, an amount or a decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// No current ISO 4217 code with a minor unit.
    #[error("not an ISO 4217 currency code")]
    UnknownCurrency,
    /// Not `[-]digits[.digits]`.
    #[error("not a decimal number")]
    Malformed,
    /// More digits behind the point than the type holds. Nothing is ever rounded.
    #[error("too many digits behind the decimal point")]
    TooPrecise,
    /// Outside the 64-bit range.
    #[error("number out of range")]
    OutOfRange,
    /// The text names another currency than was expected.
    #[error("another currency than expected")]
    OtherCurrency,
}

impl Currency {
    /// The US dollar.
    pub const USD: Self = Self { code: *b"USD", exponent: 2 };

    /// The three-letter code.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("XXX")
    }

    /// How many digits stand behind the decimal point: JPY 0, USD 2, KWD 3.
    #[must_use]
    pub const fn exponent(self) -> u8 {
        self.exponent
    }
}

impl FromStr for Currency {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let iso = iso_currency::Currency::from_code(text).ok_or(NumberError::UnknownCurrency)?;
        let exponent = iso.exponent().ok_or(NumberError::UnknownCurrency)?;
        let code = text.as_bytes().try_into().map_err(|_| NumberError::UnknownCurrency)?;
        let exponent = u8::try_from(exponent).map_err(|_| NumberError::UnknownCurrency)?;
        Ok(Self { code, exponent })
    }
}

impl TryFrom<String> for Currency {
    type Error = NumberError;

    fn try_from(text: String) -> Result<Self, NumberError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.code().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// An amount of money in minor units of its currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Money {
    /// The currency.
    pub currency: Currency,
    /// The amount in minor units: cents for USD.
    pub minor: i64,
}

impl Money {
    /// Reads `600.00` or `-3` as an amount of `currency`.
    ///
    /// # Errors
    /// When the text is not a number, has more decimals than the currency, or does not fit.
    pub fn parse_amount(text: &str, currency: Currency) -> Result<Self, NumberError> {
        Ok(Self { currency, minor: parse_fixed(text, currency.exponent)? })
    }

    /// The sentence form used in denials: `$5,100` and `$5,100.50` for USD, `KWD 1.250` elsewhere without a sign.
    #[must_use]
    pub fn display_grouped(self) -> String {
        let scale = 10_u64.pow(u32::from(self.currency.exponent));
        let (whole, rest) = (self.minor.unsigned_abs() / scale, self.minor.unsigned_abs() % scale);
        let sign = if self.minor < 0 { "-" } else { "" };
        let symbol = match self.currency.code() {
            "USD" => "$".to_owned(),
            "EUR" => "€".to_owned(),
            "GBP" => "£".to_owned(),
            "JPY" => "¥".to_owned(),
            other => format!("{other} "),
        };
        let fraction = if rest == 0 {
            String::new()
        } else {
            format!(".{rest:0width$}", width = usize::from(self.currency.exponent))
        };
        format!("{sign}{symbol}{}{fraction}", group_thousands(whole))
    }
}

/// `600.00 USD`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", FixedPoint { units: self.minor, exponent: self.currency.exponent }, self.currency)
    }
}

/// Reads `600.00 USD`.
impl FromStr for Money {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        let (amount, currency) = text.split_once(' ').ok_or(NumberError::Malformed)?;
        Self::parse_amount(amount, currency.parse()?)
    }
}

/// Writes `n` with a comma between each three digits.
#[must_use]
pub fn group_thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A fixed-point number with six digits behind the point, exact: text with more digits is refused, never rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Decimal {
    /// The number in millionths.
    pub millionths: i64,
}

impl Decimal {
    /// How many digits stand behind the point.
    pub const EXPONENT: u8 = 6;
}

impl FromStr for Decimal {
    type Err = NumberError;

    fn from_str(text: &str) -> Result<Self, NumberError> {
        Ok(Self { millionths: parse_fixed(text, Self::EXPONENT)? })
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = FixedPoint { units: self.millionths, exponent: Self::EXPONENT }.to_string();
        let trimmed = text.trim_end_matches('0');
        f.write_str(if trimmed.ends_with('.') {
            text.get(..trimmed.len() + 1).unwrap_or(&text)
        } else {
            trimmed
        })
    }
}

struct FixedPoint {
    units: i64,
    exponent: u8,
}

impl fmt::Display for FixedPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.units < 0 { "-" } else { "" };
        let magnitude = self.units.unsigned_abs();
        let scale = 10_u64.pow(u32::from(self.exponent));
        write!(f, "{sign}{}", magnitude / scale)?;
        if self.exponent > 0 {
            write!(f, ".{:0width$}", magnitude % scale, width = usize::from(self.exponent))?;
        }
        Ok(())
    }
}

/// Reads `[-]digits[.digits]` as an integer scaled by `10^exponent`. Zeros beyond the exponent are dropped.
fn parse_fixed(text: &str, exponent: u8) -> Result<i64, NumberError> {
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = match digits.split_once('.') {
        Some((_, "")) => return Err(NumberError::Malformed),
        Some((whole, fraction)) => (whole, fraction),
        None => (digits, ""),
    };
    if whole.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return Err(NumberError::Malformed);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > usize::from(exponent) {
        return Err(NumberError::TooPrecise);
    }
    let zeros = std::iter::repeat_n(b'0', usize::from(exponent) - fraction.len());
    let mut magnitude: i64 = 0;
    for digit in whole.bytes().chain(fraction.bytes()).chain(zeros) {
        let signed = i64::from(digit - b'0') * if negative { -1 } else { 1 };
        magnitude =
            magnitude.checked_mul(10).and_then(|m| m.checked_add(signed)).ok_or(NumberError::OutOfRange)?;
    }
    Ok(magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd() -> Currency {
        "USD".parse().unwrap()
    }

    #[test]
    fn exponents_are_those_of_iso_4217() {
        for (code, exponent) in [("JPY", 0), ("USD", 2), ("KWD", 3)] {
            assert_eq!(code.parse::<Currency>().map(Currency::exponent), Ok(exponent));
        }
        assert_eq!("usd".parse::<Currency>(), Err(NumberError::UnknownCurrency));
        assert_eq!("ZZZ".parse::<Currency>(), Err(NumberError::UnknownCurrency));
    }

    #[test]
    fn amounts_are_read_exactly_or_not_at_all() {
        let cases = [
            ("600", Ok(60_000)),
            ("600.00", Ok(60_000)),
            ("0.5000", Ok(50)),
            ("-0.01", Ok(-1)),
            ("92233720368547758.07", Ok(i64::MAX)),
            ("-92233720368547758.08", Ok(i64::MIN)),
            ("92233720368547758.08", Err(NumberError::OutOfRange)),
            ("0.001", Err(NumberError::TooPrecise)),
            ("1e3", Err(NumberError::Malformed)),
            ("1.", Err(NumberError::Malformed)),
            (".5", Err(NumberError::Malformed)),
            ("", Err(NumberError::Malformed)),
            ("--1", Err(NumberError::Malformed)),
        ];
        for (text, expected) in cases {
            assert_eq!(Money::parse_amount(text, usd()).map(|m| m.minor), expected, "{text}");
        }
    }

    #[test]
    fn money_is_written_as_it_is_read() {
        for text in ["600.00 USD", "-0.01 USD", "7 JPY", "1.250 KWD"] {
            assert_eq!(text.parse::<Money>().map(|m| m.to_string()), Ok(text.to_owned()));
        }
        assert_eq!(Money { currency: usd(), minor: 510_000 }.display_grouped(), "$5,100");
        assert_eq!(Money { currency: usd(), minor: 123_456_789 }.display_grouped(), "$1,234,567.89");
    }

    #[test]
    fn decimals_keep_one_digit_behind_the_point() {
        for (text, shown) in [("98.7", "98.7"), ("1000000", "1000000.0"), ("-0.000001", "-0.000001")] {
            assert_eq!(text.parse::<Decimal>().map(|d| d.to_string()), Ok(shown.to_owned()));
        }
    }
}
