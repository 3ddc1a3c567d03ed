//! What an order costs, as people write it: `199.99USD,58.67USD/month`.

use std::fmt;
use std::str::FromStr;

use mobproc::types::{Amount, Recurrence};
use mobproc::{ConfirmedOrder, Cost};
use mobproc_api::order_rules::OrderRules;
use rust_decimal::Decimal;

use crate::text::one_line;

/// A sum, its currency, and how often it is due.
#[derive(Debug, Clone, PartialEq)]
struct Sum {
    amount: Amount,
    currency: String,
    recurrence: String,
}

/// All that an order costs: none, or a sum for each currency and recurrence, or what nobody said.
///
/// As text, `199.99USD,58.67USD/month`: a sum without a recurrence is due once. `none` costs nothing;
/// `unstated` is an order that buys something of which the server does not say what it costs.
///
/// ```
/// use mobproc_rollout::Price;
///
/// let price: Price = "199.99USD,58.67USD/month".parse()?;
/// assert!(price.is_within(&"200USD,60USD/month".parse()?));
/// assert!(!price.is_within(&"1000USD".parse()?));
/// # Ok::<(), mobproc_rollout::NoPrice>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Price {
    sums: Vec<Sum>,
    /// The order buys something, and the server does not say what it costs.
    is_unstated: bool,
}

/// Why a text is no price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("is not such as 199.99USD or 199.99USD,58.67USD/month or none")]
pub struct NoPrice;

/// Due once.
const ONCE: &str = "once";
/// The server does not say how often.
const UNSTATED: &str = "unstated";

impl Price {
    /// What a confirmed order costs.
    #[must_use]
    pub fn of(confirmed: &ConfirmedOrder) -> Self {
        let mut price = Self::default();
        confirmed.costs().for_each(|cost| price.add(cost));
        let rules = OrderRules::of(confirmed.order().transaction_type());
        let shows_costs = rules.is_none_or(|rules| rules.confirmation.contains(&"costSummary"));
        price.is_unstated = shows_costs && price.sums.is_empty();
        price
    }

    fn add(&mut self, cost: Cost<'_>) {
        // What is no code of a currency cannot be compared with anything.
        let code = cost.currency().unwrap_or_default().to_ascii_uppercase();
        let is_code = code.len() == 3 && code.chars().all(|letter| letter.is_ascii_alphabetic());
        self.is_unstated |= !is_code;
        let currency = if is_code { code } else { "???".to_owned() };
        let recurrence = match cost.recurrence() {
            Some(Recurrence::Onetime) => ONCE.to_owned(),
            Some(Recurrence::Monthly) => "month".to_owned(),
            // Not to be mistaken for one of the others.
            Some(other) => match other.as_str().to_lowercase().as_str() {
                own @ ("month" | ONCE | UNSTATED) => format!("other-{own}"),
                "" => UNSTATED.to_owned(),
                // It has to be read back.
                other => one_line(other).replace([',', '/', ' '], "-"),
            },
            None => UNSTATED.to_owned(),
        };
        match self.find_mut(&currency, &recurrence) {
            Some(sum) => sum.amount += cost.amount(),
            None => self.sums.push(Sum {
                amount: cost.amount(),
                currency,
                recurrence,
            }),
        }
    }

    fn find_mut(&mut self, currency: &str, recurrence: &str) -> Option<&mut Sum> {
        let mut all = self.sums.iter_mut();
        all.find(|sum| sum.currency == currency && sum.recurrence == recurrence)
    }

    fn find(&self, currency: &str, recurrence: &str) -> Option<&Sum> {
        let mut all = self.sums.iter();
        all.find(|sum| sum.currency == currency && sum.recurrence == recurrence)
    }

    /// Adds all sums of another price.
    pub fn add_all(&mut self, other: &Self) {
        self.is_unstated |= other.is_unstated;
        for sum in &other.sums {
            match self.find_mut(&sum.currency, &sum.recurrence) {
                Some(known) => known.amount += sum.amount,
                None => self.sums.push(sum.clone()),
            }
        }
    }

    /// What so many orders of this price cost.
    #[must_use]
    pub fn times(&self, count: u64) -> Self {
        let mut all = self.clone();
        for sum in &mut all.sums {
            let product = sum.amount.decimal().checked_mul(Decimal::from(count));
            sum.amount = Amount::new(product.unwrap_or(Decimal::MAX));
        }
        all
    }

    /// Takes all sums of another price away again.
    pub fn sub_all(&mut self, other: &Self) {
        for sum in &other.sums {
            if let Some(known) = self.find_mut(&sum.currency, &sum.recurrence) {
                known.amount -= sum.amount;
            }
        }
    }

    /// Each sum as text.
    pub fn sums(&self) -> impl Iterator<Item = String> {
        let one = |sum: &Sum| {
            let one = Self {
                sums: vec![sum.clone()],
                is_unstated: false,
            };
            one.to_string()
        };
        self.sums.iter().map(one)
    }

    /// Whether nobody said what something of it costs.
    #[must_use]
    pub fn is_unstated(&self) -> bool {
        self.is_unstated
    }

    /// Whether both are the same sums, whatever their order.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        let has_same = |sum: &Sum| {
            other
                .find(&sum.currency, &sum.recurrence)
                .is_some_and(|found| found.amount.decimal() == sum.amount.decimal())
        };
        self.is_unstated == other.is_unstated
            && self.sums.len() == other.sums.len()
            && self.sums.iter().all(has_same)
    }

    /// Whether each sum is at most that of a cap. A sum for which there is no cap is not.
    #[must_use]
    pub fn is_within(&self, cap: &Self) -> bool {
        !self.is_unstated
            && self.sums.iter().all(|sum| {
                cap.find(&sum.currency, &sum.recurrence)
                    .is_some_and(|cap| sum.amount.decimal() <= cap.amount.decimal())
            })
    }
}

impl Price {
    /// Whether it costs no more than what was agreed to: each sum at most that of the other, and
    /// unstated only where the other is.
    #[must_use]
    pub fn is_no_dearer_than(&self, agreed: &Self) -> bool {
        let stated = Self {
            sums: self.sums.clone(),
            is_unstated: false,
        };
        // A credit that is gone makes it dearer.
        let has_credits = agreed.sums.iter().all(|credit| {
            !credit.amount.decimal().is_sign_negative()
                || self
                    .find(&credit.currency, &credit.recurrence)
                    .is_some_and(|sum| sum.amount.decimal() <= credit.amount.decimal())
        });
        (agreed.is_unstated || !self.is_unstated) && stated.is_within(agreed) && has_credits
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.sums.is_empty() {
            return f.write_str(if self.is_unstated { UNSTATED } else { "none" });
        }
        if self.is_unstated {
            f.write_str("unstated,")?;
        }
        for (index, sum) in self.sums.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            write!(f, "{}{}", sum.amount, sum.currency)?;
            if sum.recurrence != ONCE {
                write!(f, "/{}", sum.recurrence)?;
            }
        }
        Ok(())
    }
}

impl FromStr for Price {
    type Err = NoPrice;

    fn from_str(text: &str) -> Result<Self, NoPrice> {
        let mut price = Self::default();
        match text.trim() {
            "none" => return Ok(price),
            UNSTATED => {
                price.is_unstated = true;
                return Ok(price);
            }
            _ => {}
        }
        for part in text.split(',') {
            // Of many orders, some may not say what they cost.
            if part.trim() == UNSTATED {
                price.is_unstated = true;
                continue;
            }
            let (sum, recurrence) = match part.trim().split_once('/') {
                Some((sum, recurrence)) => (sum.trim(), recurrence.trim().to_lowercase()),
                None => (part.trim(), ONCE.to_owned()),
            };
            let letters = sum
                .find(|letter: char| !letter.is_ascii_digit() && !".-".contains(letter))
                .ok_or(NoPrice)?;
            let (amount, currency) = sum.split_at(letters);
            let currency = currency.trim();
            let is_currency =
                currency.len() == 3 && currency.chars().all(|letter| letter.is_ascii_alphabetic());
            if !(is_currency || currency == "???") || recurrence.is_empty() {
                return Err(NoPrice);
            }
            let currency = currency.to_ascii_uppercase();
            if price.find(&currency, &recurrence).is_some() {
                return Err(NoPrice);
            }
            price.sums.push(Sum {
                amount: serde_json::from_str(amount).map_err(|_| NoPrice)?,
                currency,
                recurrence,
            });
        }
        Ok(price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(text: &str) -> Price {
        text.parse().unwrap_or_else(|error| panic!("{text} {error}"))
    }

    #[test]
    fn it_is_written_as_it_is_read() {
        for text in [
            "199.99USD",
            "199.99USD,58.67USD/month",
            "0.00USD",
            "none",
            "5EUR/yearly",
            "-5USD",
            "300JPY",
            "unstated",
            "unstated,5USD",
        ] {
            assert_eq!(price(text).to_string(), text);
        }
        assert_eq!(price(" 1.50 usd , 2USD/Month ").to_string(), "1.50USD,2USD/month");
        for text in [
            "",
            "5",
            "USD",
            "5US",
            "5USD/",
            "5USD,5USD",
            "five USD",
            "1e3USD",
            "5USD,",
            "1.2.3USD",
            "0x5USD",
        ] {
            assert_eq!(text.parse::<Price>(), Err(NoPrice), "{text}");
        }
    }

    #[test]
    fn it_is_compared_by_value_and_not_by_order() {
        assert!(price("199.990USD,5USD/month").is(&price("5.00USD/month,199.99USD")));
        for other in [
            "199.98USD,5USD/month",
            "199.99USD",
            "199.99USD,5USD/month,1EUR",
            "199.99USD,5EUR/month",
            "none",
        ] {
            assert!(!price("199.99USD,5USD/month").is(&price(other)), "{other}");
        }
        assert!(price("none").is(&price("none")));
        assert!(!price("none").is(&price("unstated")) && price("unstated").is(&price("unstated")));
        assert!(!price("unstated").is_within(&price("1000USD")));
    }

    #[test]
    fn prices_add_up() {
        let mut all = Price::default();
        for one in ["1.10USD", "none", "2USD,3USD/month", "unstated", "0.90EUR"] {
            all.add_all(&price(one));
        }
        assert_eq!(all.to_string(), "unstated,3.10USD,3USD/month,0.90EUR");
        assert_eq!(
            all.sums().collect::<Vec<_>>(),
            ["3.10USD", "3USD/month", "0.90EUR"]
        );
    }

    #[test]
    fn dearer_is_whatever_was_not_agreed_to() {
        for (now, agreed, is_dearer) in [
            ("5USD", "5.00USD", false),
            ("4USD", "5USD", false),
            ("5.01USD", "5USD", true),
            ("5USD", "5EUR", true),
            ("5USD,1USD/month", "5USD", true),
            ("5USD", "5USD,1USD/month", false),
            ("unstated", "unstated", false),
            ("unstated", "5USD", true),
            ("none", "5USD", false),
            ("5USD", "5USD,-2USD/month", true),
            ("5USD,-2USD/month", "5USD,-2USD/month", false),
            ("5USD,-1USD/month", "5USD,-2USD/month", true),
            ("5USD", "unstated", true),
        ] {
            assert_eq!(
                !price(now).is_no_dearer_than(&price(agreed)),
                is_dearer,
                "{now} {agreed}"
            );
        }
    }

    #[test]
    fn whatever_a_server_calls_it_is_read_back() {
        for (currency, recurrence) in [
            ("USD", "QUARTERLY, IN ADVANCE"),
            ("usd", ""),
            ("US Dollar", "MONTHLY"),
            ("", "a/b"),
            ("EUR", "MONTH"),
        ] {
            let text =
                format!(r#"{{"amount":12.50,"currencyCode":"{currency}","recurrence":"{recurrence}"}}"#);
            let cost: mobproc::types::Price = serde_json::from_str(&text).unwrap();
            let mut all = Price::default();
            all.add(Cost::of(&cost));
            assert!(price(&all.to_string()).is(&all), "{all}");
        }
    }

    #[test]
    fn a_cap_holds_for_each_sum() {
        let cap = price("200USD,60USD/month");
        for within in ["200USD", "199.99USD,58.67USD/month", "none", "60USD/month"] {
            assert!(price(within).is_within(&cap), "{within}");
        }
        for beyond in [
            "200.01USD",
            "1USD,60.01USD/month",
            "1EUR",
            "1USD/year",
            "1USD/unstated",
        ] {
            assert!(!price(beyond).is_within(&cap), "{beyond}");
        }
    }
}
