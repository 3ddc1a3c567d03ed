//! An order that was checked and priced.

use std::fmt;
use std::iter::Sum;

use bytes::Bytes;
use mobproc_api::types::{Amount, Employee, OrderConfirmation, Price, Recurrence, ShoppingCartConfirmed};
use serde::Serialize;

use super::draft::OrderDraft;
use crate::client::Client;
use crate::transport::Answer;

/// An order that the server has checked and priced. Nothing has been ordered yet.
///
/// [`submit`](Self::submit) sends the very bytes that were confirmed, in the name of whoever
/// confirmed them.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = mobproc_sandbox::Sandbox::start().await?;
/// # let of = sandbox.credentials().clone();
/// # let client = mobproc::Client::builder()
/// #     .base_url(sandbox.base_url())
/// #     .token_url(sandbox.token_url())
/// #     .tenant(of.tenant)
/// #     .credentials(mobproc::Credentials::bearer(of.client_id, sandbox.access_token()))
/// #     .build()?;
/// # let number = mobproc::Property::text("CONTACT_NUMBER", "202-555-0101");
/// # let order = mobproc::OrderDraft::suspend("1001").property(number);
/// let confirmed = client.orders().confirm(order).await?; // nothing ordered yet
/// for cost in confirmed.costs() {
///     println!("{cost}"); // 199.99 USD once
/// }
/// let placed = confirmed.submit().await?; // ordered for real
/// println!("order {}", placed.order_id());
/// # Ok(()) }
/// ```
#[must_use = "nothing is ordered until it is submitted"]
pub struct ConfirmedOrder {
    client: Client,
    order: OrderDraft,
    bytes: Bytes,
    confirmation: Box<OrderConfirmation>,
    /// The answer as it came; `None` once it was saved and restored.
    answer: Option<Answer<()>>,
    body: Bytes,
}

impl ConfirmedOrder {
    pub(super) fn new(
        client: Client,
        bytes: Bytes,
        order: OrderDraft,
        confirmation: Box<OrderConfirmation>,
        answer: Answer<()>,
    ) -> Self {
        let body = answer.body().clone();
        Self {
            client,
            order,
            bytes,
            confirmation,
            answer: Some(answer),
            body,
        }
    }

    pub(super) fn restored(
        client: Client,
        bytes: Bytes,
        order: OrderDraft,
        confirmation: Box<OrderConfirmation>,
        body: Bytes,
    ) -> Self {
        Self {
            client,
            order,
            bytes,
            confirmation,
            answer: None,
            body,
        }
    }

    pub(super) fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The client that will submit it: as the actor and in the hierarchy that confirmed it. Keep a
    /// clone to [`reconcile`](crate::Orders::reconcile) with, should the program stop waiting for
    /// the answer.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What is bought or changed, with names and prices.
    #[must_use]
    pub fn cart(&self) -> Option<&ShoppingCartConfirmed> {
        self.confirmation.shopping_cart.as_deref()
    }

    /// The person the order is for.
    #[must_use]
    pub fn account_holder(&self) -> Option<&Employee> {
        self.confirmation.account_holder.as_ref()
    }

    /// The person who orders.
    #[must_use]
    pub fn requested_by(&self) -> Option<&Employee> {
        self.confirmation.requested_by.as_ref()
    }

    /// What the server made of the order.
    #[must_use]
    pub fn confirmation(&self) -> &OrderConfirmation {
        &self.confirmation
    }

    /// The order that was confirmed.
    #[must_use]
    pub fn order(&self) -> &OrderDraft {
        &self.order
    }

    /// The number by which the order can be found again.
    #[must_use]
    pub fn external_order_number(&self) -> &str {
        self.order.external_order_number()
    }

    /// What it costs, by recurrence, in the server's order. They can be added up: see [`Totals`].
    ///
    /// **None does not mean free**: there is none for kinds of order that buy nothing, and none
    /// where the server does not say what it costs.
    pub fn costs(&self) -> impl Iterator<Item = Cost<'_>> {
        self.confirmation.cost_summary.iter().flatten().map(Cost)
    }

    /// Status, headers, correlation id and attempts of the confirmation; `None` once it was saved
    /// and restored.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer<()>> {
        self.answer.as_ref()
    }

    /// The server's answer as it came, members this version does not know included. It holds
    /// personal data.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.body
    }
}

/// Everything but bytes and raw answer, which hold personal data.
impl fmt::Debug for ConfirmedOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConfirmedOrder")
            .field("client", &self.client)
            .field("order", &self.order)
            .field("confirmation", &self.confirmation)
            .finish_non_exhaustive()
    }
}

/// A cost, printed as `199.99 USD once` or `58.67 USD per month`: with as many decimals as its
/// currency has, and more if the sum does.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Cost<'a>(&'a Price);

impl<'a> Cost<'a> {
    /// A price of the catalog or of an order, to be added up or printed.
    #[must_use]
    pub fn of(price: &'a Price) -> Self {
        Self(price)
    }
}

impl Cost<'_> {
    /// The sum.
    #[must_use]
    pub fn amount(&self) -> Amount {
        self.0.amount
    }

    /// The currency, ISO 4217.
    #[must_use]
    pub fn currency(&self) -> Option<&str> {
        self.0.currency_code.as_deref()
    }

    /// How often it is due.
    #[must_use]
    pub fn recurrence(&self) -> Option<&Recurrence> {
        self.0.recurrence.as_ref()
    }
}

impl fmt::Display for Cost<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.currency() {
            Some(currency) => write!(
                f,
                "{} {currency}",
                with_decimals(self.amount(), decimals_of(currency))
            )?,
            None => write!(f, "{}", self.amount())?,
        }
        match self.recurrence() {
            Some(Recurrence::Onetime) => f.write_str(" once"),
            Some(Recurrence::Monthly) => f.write_str(" per month"),
            Some(other) => write!(f, " ({other})"),
            None => Ok(()),
        }
    }
}

/// The decimals of a currency's smallest unit (ISO 4217), two where it is not one of the few others.
fn decimals_of(currency: &str) -> u32 {
    match currency {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "UYI"
        | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// The same amount with so many decimals, or more where it has them.
fn with_decimals(amount: Amount, decimals: u32) -> Amount {
    let mut decimal = amount.decimal().normalize();
    if decimal.scale() < decimals {
        decimal.rescale(decimals);
    }
    Amount::new(decimal)
}

/// Sums of costs, one for each currency and recurrence: what many orders cost together.
///
/// ```
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let sandbox = mobproc_sandbox::Sandbox::start().await?;
/// # let of = sandbox.credentials().clone();
/// # let client = mobproc::Client::builder()
/// #     .base_url(sandbox.base_url())
/// #     .token_url(sandbox.token_url())
/// #     .tenant(of.tenant)
/// #     .credentials(mobproc::Credentials::bearer(of.client_id, sandbox.access_token()))
/// #     .build()?;
/// # let number = mobproc::Property::text("CONTACT_NUMBER", "202-555-0101");
/// # let order = mobproc::OrderDraft::suspend("1001").property(number);
/// # let confirmed = vec![client.orders().confirm(order).await?];
/// let totals: mobproc::Totals = confirmed.iter().flat_map(|order| order.costs()).sum();
/// println!("{totals}"); // 599.97 USD once, 176.01 USD per month
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Totals(Vec<Price>);

impl Totals {
    /// Adds a cost.
    pub fn add(&mut self, cost: Cost<'_>) {
        let alike = |total: &&mut Price| {
            total.currency_code == cost.0.currency_code && total.recurrence == cost.0.recurrence
        };
        match self.0.iter_mut().find(alike) {
            Some(total) => total.amount += cost.0.amount,
            None => self.0.push(cost.0.clone()),
        }
    }

    /// Each sum, in the order in which they first came up.
    pub fn iter(&self) -> impl Iterator<Item = Cost<'_>> {
        self.0.iter().map(Cost)
    }

    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> Sum<Cost<'a>> for Totals {
    fn sum<I: Iterator<Item = Cost<'a>>>(costs: I) -> Self {
        let mut totals = Self::default();
        costs.for_each(|cost| totals.add(cost));
        totals
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("costs not stated");
        }
        for (index, cost) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{cost}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use mobproc_api::types::Price;

    use super::{Cost, Totals};

    /// Issue 13, point 11.
    #[test]
    fn money_has_the_decimals_of_its_currency() {
        for (amount, currency, shown) in [
            ("249.5", "USD", "249.50 USD once"),
            ("300", "USD", "300.00 USD once"),
            ("300.00", "JPY", "300 JPY once"),
            ("300.5", "JPY", "300.5 JPY once"),
            ("1.2", "KWD", "1.200 KWD once"),
            ("0.1234", "EUR", "0.1234 EUR once"),
            ("0", "USD", "0.00 USD once"),
            ("-5", "XYZ", "-5.00 XYZ once"),
        ] {
            let text = format!(r#"{{"amount":{amount},"currencyCode":"{currency}","recurrence":"ONETIME"}}"#);
            let price: Price = serde_json::from_str(&text).unwrap();
            assert_eq!(Cost(&price).to_string(), shown);
        }
        let price: Price = serde_json::from_str(r#"{"amount":249.5}"#).unwrap();
        assert_eq!(Cost(&price).to_string(), "249.5");
    }

    #[test]
    fn no_costs_do_not_look_free() {
        assert_eq!(Totals::default().to_string(), "costs not stated");
    }
}
