//! Amounts as records write them: a decimal number, a space and the unit.

use super::error::RuleError;

/// A decimal number of some unit: `units` steps of ten to the power of minus `scale`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Amount {
    units: i128,
    scale: u32,
}

/// The most fraction digits that are read; currencies have up to 4.
const SCALE_MAX: u32 = 9;

/// The most digits before the point, so that no sum or comparison of amounts overflows: 10^20 · 10^9 is far below 2^127.
const WHOLE_DIGITS_MAX: usize = 20;

impl Amount {
    pub(super) const ZERO: Self = Self { units: 0, scale: 0 };

    /// Reads `600.00 USD` in the unit `USD`. A limit may be negative; nothing fits it then.
    pub(super) fn read(text: &str, unit: &str) -> Result<Self, RuleError> {
        let number = text.strip_suffix(unit).and_then(|rest| rest.strip_suffix(' '));
        number.and_then(Self::digits).ok_or_else(|| refused(text, unit))
    }

    /// As [`Self::read`], of what is used, asked for or left, which is never negative.
    pub(super) fn read_used(text: &str, unit: &str) -> Result<Self, RuleError> {
        Self::read(text, unit)
            .and_then(|amount| if amount < Self::ZERO { Err(refused(text, unit)) } else { Ok(amount) })
    }

    fn digits(number: &str) -> Option<Self> {
        let (is_negative, magnitude) = match number.strip_prefix('-') {
            Some(magnitude) => (true, magnitude),
            None => (false, number),
        };
        let (whole, fraction) = match magnitude.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (magnitude, ""),
        };
        let scale = u32::try_from(fraction.len()).ok().filter(|scale| *scale <= SCALE_MAX)?;
        let digits = format!("{whole}{fraction}");
        let is_short = (1..=WHOLE_DIGITS_MAX).contains(&whole.len());
        if !is_short || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let units: i128 = digits.parse().ok()?;
        Some(Self { units: if is_negative { -units } else { units }, scale })
    }

    /// The number in steps of ten to the power of minus [`SCALE_MAX`]. It saturates beyond what amounts that were read, and
    /// sums of a few of them, can reach.
    const fn steps(self) -> i128 {
        self.units.saturating_mul(10_i128.saturating_pow(SCALE_MAX.saturating_sub(self.scale)))
    }
}

fn refused(text: &str, unit: &str) -> RuleError {
    RuleError::Amount { text: text.to_owned(), unit: unit.to_owned() }
}

impl std::ops::Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { units: self.steps().saturating_add(other.steps()), scale: SCALE_MAX }
    }
}

impl std::ops::Sub for Amount {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { units: self.steps().saturating_sub(other.steps()), scale: SCALE_MAX }
    }
}

impl PartialEq for Amount {
    fn eq(&self, other: &Self) -> bool {
        self.steps() == other.steps()
    }
}

impl Eq for Amount {}

impl PartialOrd for Amount {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Amount {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.steps().cmp(&other.steps())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usd(number: &str) -> Amount {
        Amount::read(&format!("{number} USD"), "USD").unwrap()
    }

    #[test]
    fn amounts_are_numbers_of_the_unit() {
        for text in [
            "1.00",
            "1.00 EUR",
            "1.00USD",
            " 1.00 USD",
            "1,000.00 USD",
            "1e3 USD",
            ".5 USD",
            "1. USD",
            "1.0.0 USD",
            "+1 USD",
            "--1 USD",
            " USD",
            "- USD",
            "1.0000000000 USD",
            "100000000000000000000000000000 USD",
            "999999999999999999999 USD",
            "٣ USD",
        ] {
            let error = RuleError::Amount { text: text.to_owned(), unit: "USD".to_owned() };
            assert_eq!(Amount::read(text, "USD"), Err(error));
        }
        assert_eq!(Amount::read("12 tokens", "tokens"), Ok(usd("12")));
        let error = RuleError::Amount { text: "-0.01 USD".to_owned(), unit: "USD".to_owned() };
        assert_eq!(Amount::read_used("-0.01 USD", "USD"), Err(error));
        assert_eq!(Amount::read_used("-0.00 USD", "USD"), Ok(Amount::ZERO));
    }

    #[test]
    fn amounts_are_compared_and_summed_across_scales() {
        assert_eq!(usd("1.5"), usd("1.500000000"));
        assert_eq!((usd("-0.05") + usd("0.1"), usd("0.1") - usd("0.15")), (usd("0.05"), usd("-0.05")));
        assert_eq!(usd("1") - usd("1"), Amount::ZERO);
        assert!(usd("-0.000000001") < Amount::ZERO && usd("2") < usd("10") && usd("1.01") > usd("1"));
        let large = usd("99999999999999999999.999999999");
        assert!(large + large > large && usd("-99999999999999999999") - large < Amount::ZERO);
        assert_eq!(large + large - large, large);
    }
}
