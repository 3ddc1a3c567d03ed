//! Sums of money.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::de::{self, Deserialize, Deserializer, Visitor};
use serde::ser::{Serialize, Serializer};

/// A sum of money: an exact decimal, not a float.
///
/// JSON writes amounts as integers (`300`) or with decimals (`199.99`, `200.0`). Decoding keeps
/// which of the two it was and every digit, so encoding gives the same JSON value back. Comparing
/// is by value: `200` equals `200.0`.
///
/// ```
/// use mobproc_api::types::Amount;
///
/// let price: Amount = serde_json::from_str("199.99")?;
/// assert_eq!((price + "0.01".parse()?).to_string(), "200.00");
/// assert_eq!(serde_json::to_string(&price)?, "199.99");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(Decimal);

/// Ten to the power of one, two, three and four.
const POWERS: [f64; 4] = [10.0, 100.0, 1000.0, 10_000.0];
/// Numbers of up to 15 digits are each a float of their own.
const FIFTEEN_DIGITS: f64 = 1e15;

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// An amount from a decimal.
    #[must_use]
    pub const fn new(value: Decimal) -> Self {
        Self(value)
    }

    /// The amount as a decimal.
    #[must_use]
    pub const fn decimal(self) -> Decimal {
        self.0
    }

    /// The sum, or nothing if it has more digits than a decimal can hold (28).
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// From the shortest text that means the same float, which is what was written for any sum of
    /// up to 15 digits.
    fn from_float(value: f64) -> Option<Self> {
        Self::from_plain_float(value).or_else(|| Self::from_any_float(value))
    }

    /// The quick way for sums of ordinary size: with the fewest decimals, at least one and at most
    /// four, that mean the same float.
    #[allow(
        clippy::float_arithmetic,
        clippy::cast_possible_truncation,
        reason = "both steps are checked: a result that does not lead back to the very same float is not used"
    )]
    fn from_plain_float(value: f64) -> Option<Self> {
        POWERS.iter().zip(1_u32..).find_map(|(power, scale)| {
            let scaled = (value * power).round();
            // The way back divides two floats that are exact, so it rounds once, as reading the
            // text does. Nothing has a sign as a float, which a whole number would lose.
            let is_whole = scaled != 0.0 && scaled.abs() < FIFTEEN_DIGITS;
            (is_whole && (scaled / power).to_bits() == value.to_bits())
                .then(|| Self(Decimal::new(scaled as i64, scale)))
        })
    }

    /// The float nearest to a sum of ordinary size: one division of two whole numbers that are
    /// floats, so it rounds as reading the text does.
    #[allow(
        clippy::float_arithmetic,
        clippy::cast_precision_loss,
        reason = "what is converted is small enough to be exact"
    )]
    fn plain_float(self) -> Option<f64> {
        let place = usize::try_from(self.0.scale()).ok()?.checked_sub(1)?;
        let power = POWERS.get(place)?;
        let whole = i64::try_from(self.0.mantissa()).ok()?;
        // Zero has no sign here, as a decimal's has.
        (whole != 0 && whole.unsigned_abs() < 1 << 53).then(|| whole as f64 / power)
    }

    fn from_any_float(value: f64) -> Option<Self> {
        let text = format!("{value:?}");
        Decimal::from_str_exact(&text)
            .or_else(|_| Decimal::from_scientific(&text))
            .ok()
            .map(Self)
    }
}

impl From<Decimal> for Amount {
    fn from(value: Decimal) -> Self {
        Self(value)
    }
}

impl From<Amount> for Decimal {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}

/// Adding saturates at the largest decimal (about 7.9e28); [`checked_add`](Amount::checked_add)
/// tells.
impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

/// Subtracting saturates as adding does.
impl Sub for Amount {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl AddAssign for Amount {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Amount {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl<'a> Sum<&'a Self> for Amount {
    fn sum<I: Iterator<Item = &'a Self>>(amounts: I) -> Self {
        amounts.copied().sum()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// A text that is no decimal number.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AmountError;

impl fmt::Display for AmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a decimal number of up to 28 digits, such as 199.99")
    }
}

impl std::error::Error for AmountError {}

impl FromStr for Amount {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        Decimal::from_str_exact(text).map(Self).map_err(|_| AmountError)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.scale() == 0
            && let Ok(integer) = i64::try_from(self.0)
        {
            return serializer.serialize_i64(integer);
        }
        if let Some(float) = self.plain_float() {
            return serializer.serialize_f64(float);
        }
        // Through the text, because it rounds correctly where the direct conversion need not.
        let float: f64 = self.0.to_string().parse().map_err(serde::ser::Error::custom)?;
        serializer.serialize_f64(float)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AmountVisitor;

        impl Visitor<'_> for AmountVisitor {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number (an amount of money)")
            }

            fn visit_i64<E>(self, value: i64) -> Result<Amount, E> {
                Ok(Amount(value.into()))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Amount, E> {
                Ok(Amount(value.into()))
            }

            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Amount, E> {
                Amount::from_float(value)
                    .ok_or_else(|| E::custom(format_args!("{value:?} is too large for an amount of money")))
            }
        }

        deserializer.deserialize_any(AmountVisitor)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Amount {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "number" })
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;

    #[test]
    fn every_form_keeps_its_json_value() {
        for text in [
            "0",
            "300",
            "-5",
            "199.99",
            "200.0",
            "558.67",
            "0.1",
            "1234567890.12",
            "0.005",
        ] {
            let amount: Amount = serde_json::from_str(text).unwrap();
            let back = serde_json::to_string(&amount).unwrap();
            assert_eq!(back, text);
        }
    }

    /// The quick ways give what the ways through the text give, to the digit.
    #[test]
    fn quick_and_slow_ways_agree() {
        let mut state = 1_u64;
        let mut quick = 0;
        for number in 0..200_000_u32 {
            // Cents, tenths of cents and so on; then floats of any bits.
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let power = super::POWERS[usize::try_from(number % 4).unwrap()];
            for value in [
                f64::from(number) / power,
                -f64::from(number) / power,
                f64::from(u32::try_from(state >> 32).unwrap()) / power,
                f64::from_bits(state),
                0.0,
                -0.0,
            ] {
                let Some(slow) = Amount::from_any_float(value) else {
                    continue;
                };
                if let Some(fast) = Amount::from_plain_float(value) {
                    assert_eq!(fast.to_string(), slow.to_string(), "{value:?}");
                    quick += 1;
                }
                if let Some(float) = slow.plain_float() {
                    let text: f64 = slow.to_string().parse().unwrap();
                    assert_eq!(float.to_bits(), text.to_bits(), "{value:?}");
                }
            }
        }
        assert!(quick > 500_000, "{quick}");
    }

    #[test]
    fn sums_are_exact() {
        let amounts = ["0.1", "0.2", "199.99"].map(|text| text.parse::<Amount>().unwrap());
        assert_eq!(amounts.into_iter().sum::<Amount>().to_string(), "200.29");
    }

    #[test]
    fn what_is_no_amount_is_an_error() {
        for text in ["1e300", "\"199.99\"", "null", "{}", "true"] {
            let error = serde_json::from_str::<Amount>(text).unwrap_err().to_string();
            assert!(error.contains("amount of money"), "{text}: {error}");
        }
        assert!("12,50".parse::<Amount>().is_err());
    }

    #[test]
    fn sums_and_differences_are_exact() {
        let amounts: Vec<Amount> = ["0.10", "0.20", "199.99"]
            .map(|text| text.parse().unwrap())
            .into();
        let total: Amount = amounts.iter().sum();
        assert_eq!(total.to_string(), "200.29");
        assert_eq!(total, amounts.iter().copied().sum());
        let mut left = total;
        left -= "200".parse().unwrap();
        left += "0.01".parse().unwrap();
        assert_eq!(left.to_string(), "0.30");
        assert_eq!((total - total).to_string(), "0.00");
    }
}
