//! Sums of money.

use std::borrow::Cow;
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, Unexpected, Visitor};
use serde::ser::{Serialize, SerializeStruct as _, Serializer};

/// A sum of money: an exact decimal, not a float.
///
/// JSON writes amounts as integers (`300`) or with decimals (`199.99`, `200.0`). Decoding JSON text
/// keeps every digit and every trailing zero; a number of more than 28 digits is an error. Encoding
/// gives the same JSON value back. Comparing is by value: `200` equals `200.0`.
///
/// Where the text is gone, a number has been a float on the way. That is so for a
/// [`serde_json::Value`], for a reader rather than a slice or a text, and for members that serde
/// buffers (`flatten`, untagged enums). There at most 15 significant digits are accepted, because
/// more may have been rounded, and whoever made the value has dropped trailing zeros. A number that
/// was rounded to 15 digits or fewer before it got here cannot be noticed: of `99999999999999.99` a
/// [`serde_json::Value`] holds `100000000000000.0`.
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

/// Under this name `serde_json` gives out a value as the text that was written, and takes one.
const RAW: &str = "$serde_json::private::RawValue";
/// Under this name it gives out numbers where a program has switched on its feature
/// `arbitrary_precision`.
const NUMBER: &str = "$serde_json::private::Number";
/// A float of so many significant digits is the number that was written.
const SAFE_DIGITS: usize = 15;

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
        let text = self.0.to_string();
        // Through the text, because it rounds correctly where the direct conversion need not.
        let float: f64 = text.parse().map_err(serde::ser::Error::custom)?;
        if Self::from_any_float(float) == Some(*self) {
            return serializer.serialize_f64(float);
        }
        // No float is this number, so JSON gets its text.
        let mut raw = serializer.serialize_struct(RAW, 1)?;
        raw.serialize_field(RAW, &text)?;
        raw.end()
    }
}

/// What an amount is expected to be.
const EXPECTED: &str = "a number (an amount of money)";
/// Why an amount is not read.
const TOO_LONG: &str = "expected a number (an amount of money) of at most 28 digits";
const TEXT_IS_GONE: &str = "expected a number (an amount of money) of at most 15 digits, because its own text is gone here and more \
                            may have been rounded: decode it from JSON text";

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // From JSON text the number comes as its own text. Other sources pay no heed to the name.
        deserializer.deserialize_newtype_struct(RAW, AmountVisitor)
    }
}

struct AmountVisitor;

impl<'de> Visitor<'de> for AmountVisitor {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Amount, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_i64<E>(self, value: i64) -> Result<Amount, E> {
        Ok(Amount(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Amount, E> {
        Ok(Amount(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Amount, E> {
        // A float of up to 15 digits is found by one of the quick ways; those with more are not.
        match Amount::from_float(value) {
            Some(amount) if significant_digits(&amount.0.to_string()) <= SAFE_DIGITS => Ok(amount),
            _ => Err(E::custom(TEXT_IS_GONE)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Amount, A::Error> {
        match members.next_key::<Cow<'de, str>>()?.as_deref() {
            Some(RAW) => members.next_value_seed(TextSeed { is_exact: false }),
            Some(NUMBER) => members.next_value_seed(TextSeed { is_exact: true }),
            _ => Err(de::Error::invalid_type(Unexpected::Map, &EXPECTED)),
        }
    }
}

/// Reads the text of a number.
struct TextSeed {
    /// An owned text is the one that was written too.
    is_exact: bool,
}

impl<'de> DeserializeSeed<'de> for TextSeed {
    type Value = Amount;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Amount, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for TextSeed {
    type Value = Amount;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(EXPECTED)
    }

    /// Straight out of the JSON text.
    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Amount, E> {
        number(text)?.ok_or_else(|| E::custom(TOO_LONG))
    }

    /// Made from a value, which may have been rounded, or out of a stream.
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Amount, E> {
        let amount = number(text)?;
        let is_whole = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if self.is_exact || is_whole || significant_digits(text) <= SAFE_DIGITS {
            amount.ok_or_else(|| E::custom(TOO_LONG))
        } else {
            Err(E::custom(TEXT_IS_GONE))
        }
    }
}

/// A JSON number, read to the digit; nothing if it has more digits than a decimal holds.
fn number<E: de::Error>(text: &str) -> Result<Option<Amount>, E> {
    let kind = match text.bytes().next() {
        Some(b'-' | b'0'..=b'9') => return Ok(exact(text).map(Amount)),
        Some(b'"') => Unexpected::Other("a string"),
        Some(b'{') => Unexpected::Map,
        Some(b'[') => Unexpected::Seq,
        Some(b'n') => Unexpected::Unit,
        _ => Unexpected::Other("a boolean"),
    };
    Err(E::invalid_type(kind, &EXPECTED))
}

/// The number in a text such as `199.90` or `1.9990E+2`.
fn exact(text: &str) -> Option<Decimal> {
    let Some((digits, exponent)) = text.split_once(['e', 'E']) else {
        return Decimal::from_str_exact(text).ok();
    };
    let mut value = Decimal::from_str_exact(digits).ok()?;
    let exponent: i64 = exponent.parse().ok()?;
    let scale = i64::from(value.scale()).checked_sub(exponent)?;
    if let Ok(scale) = u32::try_from(scale) {
        value.set_scale(scale).ok()?;
        return Some(value);
    }
    value.set_scale(0).ok()?;
    let zeros = u32::try_from(-scale).ok().filter(|zeros| *zeros <= 28)?;
    value.checked_mul(Decimal::from_i128_with_scale(10_i128.checked_pow(zeros)?, 0))
}

/// The digits of a number that count: from the first that is not zero to the last that is not.
fn significant_digits(text: &str) -> usize {
    let digits: Vec<u8> = text
        .bytes()
        .take_while(|byte| !matches!(byte, b'e' | b'E'))
        .filter(u8::is_ascii_digit)
        .collect();
    let leading = digits.iter().take_while(|digit| **digit == b'0').count();
    let trailing = digits.iter().rev().take_while(|digit| **digit == b'0').count();
    digits.len().saturating_sub(leading + trailing)
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Amount {
    fn schema_name() -> Cow<'static, str> {
        "Amount".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "number" })
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize as _;

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

    /// Issue 13, point 11: the first of these came out as ...98.
    #[test]
    fn json_text_is_read_to_the_digit() {
        #[derive(serde::Deserialize)]
        struct Inner {
            price: Amount,
        }
        #[derive(serde::Deserialize)]
        struct Outer {
            list: Vec<Option<Inner>>,
        }
        for text in [
            "99999999999999.99",
            "199.90",
            "200.0",
            "0.00",
            "-0.10",
            "1234567890123456789012345678",
            "12345678901234567890.12345678",
            "79228162514264337593543950335",
        ] {
            let amount: Amount = serde_json::from_str(text).unwrap();
            assert_eq!(amount.to_string(), text);
            let outer = format!(r#"{{"list":[null,{{"price": {text} }}]}}"#);
            let outer: Outer = serde_json::from_slice(outer.as_bytes()).unwrap();
            let price = outer.list[1].as_ref().unwrap().price;
            assert_eq!(price.to_string(), text);
            // What is written is the same number.
            let written = serde_json::to_string(&amount).unwrap();
            assert_eq!(written.parse::<Amount>().unwrap(), amount, "{written}");
        }
        for (text, shown) in [
            ("1e2", "100"),
            ("1.50E+1", "15.0"),
            ("2.5e-3", "0.0025"),
            ("-1.25e0", "-1.25"),
            ("7e28", "70000000000000000000000000000"),
        ] {
            let amount: Amount = serde_json::from_str(text).unwrap();
            assert_eq!(amount.to_string(), shown, "{text}");
        }
        for text in [
            "0.12345678901234567890123456789",
            "99999999999999999999999999999",
            "1e29",
            "1e-29",
            "1e99999999999999999999",
        ] {
            let error = serde_json::from_str::<Amount>(text).unwrap_err();
            assert!(error.to_string().contains("at most 28 digits"), "{text}: {error}");
            let nested = format!(r#"{{"list":[{{"price":{text}}}]}}"#);
            assert!(serde_json::from_str::<Outer>(&nested).is_err());
        }
    }

    #[test]
    fn where_the_text_is_gone_nothing_rounded_is_taken() {
        #[derive(serde::Deserialize)]
        struct Flat {
            #[serde(flatten)]
            inner: Inner,
        }
        #[derive(serde::Deserialize)]
        struct Inner {
            price: Amount,
        }
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum Untagged {
            Price(Amount),
        }
        for (text, is_read) in [
            ("199.99", true),
            ("-200.5", true),
            ("9999999999999.99", true),
            ("12345678901234567890", true),
            ("1e20", true),
            ("12345678901234.56", false),
            ("0.1234567890123456", false),
            ("1234567890123456789012345.5", false),
        ] {
            let value: serde_json::Value = serde_json::from_str(text).unwrap();
            let outcomes = [
                serde_json::from_value(value.clone()),
                Amount::deserialize(&value),
                serde_json::from_reader(text.as_bytes()),
                serde_json::from_str::<Flat>(&format!(r#"{{"price":{text}}}"#)).map(|flat| flat.inner.price),
                serde_json::from_str::<Untagged>(text).map(|Untagged::Price(price)| price),
            ];
            for (way, outcome) in outcomes.into_iter().enumerate() {
                match outcome {
                    Ok(amount) => {
                        assert!(is_read, "{text} by way {way}: {amount}");
                        assert_eq!(amount, serde_json::from_str(text).unwrap(), "{text} by way {way}");
                    }
                    Err(error) => assert!(!is_read, "{text} by way {way}: {error}"),
                }
            }
        }
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
            let value: serde_json::Value = serde_json::from_str(text).unwrap();
            let error = serde_json::from_value::<Amount>(value).unwrap_err().to_string();
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
