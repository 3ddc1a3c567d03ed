//! An order that was checked and priced.

use std::fmt;

use bytes::Bytes;
use mobproc_api::types::{
    Amount, Employee, OrderAnswer, OrderConfirmation, Price, Recurrence, ShoppingCartConfirmed,
};

use crate::client::Client;
use crate::error::Error;
use crate::orders::saved::{self, SavedConfirmation};
use crate::orders::{Order, Placed};

/// An order that the server has checked and priced. Nothing has been ordered yet.
///
/// [`submit`](Self::submit) sends the very bytes that were confirmed, in the name of whoever confirmed them.
#[must_use = "nothing is ordered until it is submitted"]
pub struct Confirmed {
    client: Client,
    order: Order,
    bytes: Bytes,
    confirmation: Box<OrderConfirmation>,
    body: Bytes,
}

impl Confirmed {
    pub(crate) fn new(
        client: Client,
        bytes: Bytes,
        order: Order,
        confirmation: Box<OrderConfirmation>,
        body: Bytes,
    ) -> Self {
        Self {
            client,
            order,
            bytes,
            confirmation,
            body,
        }
    }

    /// Places the order. **This orders for real, once.**
    ///
    /// It takes the confirmation with it, so that nothing is left to submit a second time. The order is never sent again once a
    /// connection was made, so if this future is dropped before it ends, the outcome is unknown.
    ///
    /// # Errors
    ///
    /// [`Error::is_outcome_unknown`]: the order may or may not have been placed; look for it by its external order number. All
    /// other errors say that nothing was ordered, and the confirmation comes back by [`Error::into_confirmed`].
    pub async fn submit(self) -> Result<Placed, Error> {
        match self.client.orders().submit(&self.order, self.bytes.clone()).await {
            Ok(placed) => Ok(placed),
            Err(error) => Err(error.with_confirmed(self)),
        }
    }

    /// The client that will submit it: as the actor and in the hierarchy that confirmed it. Keep a clone to
    /// [`reconcile`](crate::Orders::reconcile) with.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Everything that is needed to submit it later, perhaps in another process. **Each copy can be submitted**: let go of this one, and
    /// claim or delete the saved one before it is taken up.
    #[must_use]
    pub fn save(&self) -> SavedConfirmation {
        let mut saved = SavedConfirmation {
            version: saved::VERSION,
            base_url: self.client.base_url().to_owned(),
            tenant: self.client.tenant().to_owned(),
            context: self.client.context().clone(),
            // Both were JSON texts when they were read.
            order: String::from_utf8_lossy(&self.bytes).into_owned(),
            confirmation: String::from_utf8_lossy(&self.body).into_owned(),
            checksum: String::new(),
        };
        saved.checksum = saved.sum();
        saved
    }

    pub(crate) fn restore(client: &Client, saved: SavedConfirmation) -> Result<Self, Error> {
        if saved.version != saved::VERSION {
            return Err(Error::invalid_order(format!(
                "the saved confirmation is of version {}; this crate reads {}",
                saved.version,
                saved::VERSION
            )));
        }
        if saved.tenant != client.tenant() || saved.base_url != client.base_url() {
            return Err(Error::invalid_order(
                "the saved confirmation belongs to another tenant or server than this client",
            ));
        }
        if saved.checksum != saved.sum() {
            return Err(Error::invalid_order(
                "the saved confirmation was changed since it was saved",
            ));
        }
        let order = Order::from_json(&saved.order)?;
        let answer: OrderAnswer = serde_json::from_str(&saved.confirmation).map_err(|error| {
            Error::invalid_order("the saved confirmation cannot be read").with_json(&error)
        })?;
        let confirmation = answer
            .confirmation
            .ok_or_else(|| Error::invalid_order("the saved confirmation holds no confirmation"))?;
        Ok(Self {
            client: client.in_context(saved.context),
            order,
            bytes: saved.order.into(),
            confirmation,
            body: saved.confirmation.into(),
        })
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
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// The number by which the order can be found again.
    #[must_use]
    pub fn external_order_number(&self) -> &str {
        self.order.external_order_number()
    }

    /// What it costs, by recurrence, in the server's order. Empty for kinds of order that buy nothing.
    pub fn costs(&self) -> impl Iterator<Item = Cost<'_>> {
        self.confirmation.cost_summary.iter().flatten().map(Cost)
    }

    /// The server's answer as it came, members this version does not know included. It holds personal data.
    #[must_use]
    pub fn raw(&self) -> &Bytes {
        &self.body
    }
}

/// Everything but bytes and raw answer, which hold personal data.
impl fmt::Debug for Confirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Confirmed")
            .field("client", &self.client)
            .field("order", &self.order)
            .field("confirmation", &self.confirmation)
            .finish_non_exhaustive()
    }
}

/// A cost, printed as `199.99 USD once` or `58.67 USD per month`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost<'a>(&'a Price);

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
        write!(f, "{}", self.amount())?;
        if let Some(currency) = self.currency() {
            write!(f, " {currency}")?;
        }
        match self.recurrence() {
            Some(Recurrence::Onetime) => f.write_str(" once"),
            Some(Recurrence::Monthly) => f.write_str(" per month"),
            Some(other) => write!(f, " ({other})"),
            None => Ok(()),
        }
    }
}
