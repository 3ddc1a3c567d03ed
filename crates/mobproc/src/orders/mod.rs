//! Orders: confirm, then submit.

mod builders;
mod confirmed;
mod draft;
mod errors;
mod list;
mod parts;
mod placed;
mod poll;
mod reconcile;
mod rules;
mod saved;
mod submit;
mod violation;
mod written;

use mobproc_api::types::{
    ApprovalAction, ApprovalRequest, ApprovalStatus, Order, OrderHistory, Shipments, Timestamp,
};

pub use builders::{
    Deactivate, NewActivation, OrderAccessories, PortNumber, Suspend, SwapDevices, TransferIn,
    TransferInAndPort, TransferOut, Unsuspend, UpdateFeatures, Upgrade,
};
pub use confirmed::{ConfirmedOrder, Cost, Totals};
pub use draft::OrderDraft;
pub use errors::{ConfirmError, NotPlaced, OpenOutcome, OrderError, SubmitError};
pub use list::ListOrders;
pub use parts::{DeviceIdentity, Property, ShippingAddress};
pub use placed::PlacedOrder;
pub use poll::{PollOrder, Polled};
pub use reconcile::Reconciliation;
pub use saved::SavedOrder;
pub use submit::{Confirm, SubmitUnconfirmed};
pub use violation::{Severity, Violation, Violations};

use crate::client::{Client, WriteError};
use crate::error::Error;

/// Orders of a tenant. Made by [`Client::orders`].
#[derive(Debug, Clone)]
pub struct Orders {
    client: Client,
}

impl Client {
    /// Orders.
    #[must_use]
    pub fn orders(&self) -> Orders {
        Orders { client: self.clone() }
    }
}

impl Orders {
    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    /// Has an order checked and priced. Nothing is ordered.
    ///
    /// Sent with `confirm=true`, so it is safe to repeat and is tried again where that helps. What
    /// comes back knows how to submit the very bytes that were confirmed. Await it; before that, it
    /// tells the order's number.
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
    /// use mobproc::{OrderDraft, Property};
    ///
    /// let order = OrderDraft::suspend("1001").property(Property::text("CONTACT_NUMBER", "202-555-0101"));
    /// let confirmed = client.orders().confirm(order).await?;
    /// println!("{:?}", confirmed.confirmation().service);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`OrderError::NotPlaced`]: nothing was ordered, and the order comes back. The server did not
    /// accept it, could not be reached, or gave no answer. [`OrderError::OutcomeUnknown`]: the
    /// answer holds an order, so the flag got lost on the way and something may have been ordered.
    pub fn confirm(&self, order: impl Into<OrderDraft>) -> Confirm {
        Confirm::new(self.client.clone(), order.into())
    }

    /// Places an order that nobody has confirmed. **This orders for real.** Await it; before that,
    /// it tells the order's number.
    ///
    /// Prefer [`confirm`](Self::confirm) and [`ConfirmedOrder::submit`], which show costs first. If
    /// the future is dropped before it ends, the outcome is unknown: look for the order by its
    /// number.
    ///
    /// # Errors
    ///
    /// As [`ConfirmedOrder::submit`]; an order that was certainly not placed comes back.
    pub fn submit_without_confirmation(&self, order: impl Into<OrderDraft>) -> SubmitUnconfirmed {
        SubmitUnconfirmed::new(self.client.clone(), order.into())
    }

    /// Resumes a saved confirmation, perhaps in another process. Each resumed copy can be
    /// submitted, so claim or delete what was saved before.
    ///
    /// It will be submitted for the actor and in the hierarchy it was confirmed for, whatever those
    /// of this client are. If no actor was set then, that is the user of this client's credentials.
    ///
    /// # Errors
    ///
    /// It belongs to another tenant or server than this client, was made by a version that this one
    /// cannot read, was changed, or is not a confirmation.
    pub fn restore(&self, saved: SavedOrder) -> Result<ConfirmedOrder, Error> {
        saved::restore(&self.client, saved)
    }

    /// Resumes looking for a saved order of which nobody knows whether it was placed, perhaps in
    /// another process.
    ///
    /// It looks as the actor and in the hierarchy it was submitted for, whatever those of this
    /// client are. If no actor was set then, that is the user of this client's credentials: use the
    /// same.
    ///
    /// # Errors
    ///
    /// As [`restore`](Self::restore).
    pub fn restore_open(&self, saved: SavedOrder) -> Result<OpenOutcome, Error> {
        saved::restore_open(&self.client, saved)
    }

    /// Lists orders.
    pub fn list(&self) -> ListOrders {
        list::list_orders(&self.client)
    }

    /// Fetches one order, by its order id.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads); [`Error::is_not_found`] if there is none.
    pub async fn get(&self, order_id: &str) -> Result<Order, Error> {
        let request = self.client.api().order_get(order_id);
        Ok(self.client.fetch_one(request).await?.order)
    }

    /// Looks at an order again and again, until something has come of it or the time is up.
    ///
    /// ```
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let sandbox = mobproc_sandbox::Sandbox::builder()
    /// #     .approval_after(std::time::Duration::ZERO)
    /// #     .ship_after(std::time::Duration::ZERO)
    /// #     .start()
    /// #     .await?;
    /// # let of = sandbox.credentials().clone();
    /// # let client = mobproc::Client::builder()
    /// #     .base_url(sandbox.base_url())
    /// #     .token_url(sandbox.token_url())
    /// #     .tenant(of.tenant)
    /// #     .credentials(mobproc::Credentials::bearer(of.client_id, sandbox.access_token()))
    /// #     .build()?;
    /// # let number = mobproc::Property::text("CONTACT_NUMBER", "202-555-0101");
    /// # let order = mobproc::OrderDraft::suspend("1001").property(number);
    /// # let placed = client.orders().confirm(order).await?.submit().await?;
    /// # let id = placed.order_id().to_owned();
    /// # sandbox.advance_order(&id);
    /// use std::time::Duration;
    ///
    /// use mobproc::Polled;
    ///
    /// let poll = client.orders().poll(&id);
    /// let poll = poll.every(Duration::from_secs(300)).at_most(Duration::from_secs(86_400));
    /// match poll.until_it_moves_on().await? {
    ///     Polled::Reached(order) => println!("it is {:?} now", order.status),
    ///     Polled::NotYet(order) => println!("after a day it is still {:?}", order.status),
    ///     other => println!("{other:?}"),
    /// }
    /// # Ok(()) }
    /// ```
    pub fn poll(&self, order_id: impl Into<String>) -> PollOrder {
        PollOrder::new(self.client.clone(), order_id.into())
    }

    /// Fetches what happened to an order, or to one segment of it. Its shape is not published, so
    /// it is a JSON map.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads).
    pub async fn history(&self, order_id: &str, segment_id: Option<&str>) -> Result<OrderHistory, Error> {
        let request = self.client.api().order_history_get(order_id, segment_id);
        Ok(self.client.fetch(request).await?.into_value())
    }

    /// Fetches what was shipped for an order, or for one segment of it. Its shape is not published,
    /// so it is a JSON map.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads).
    pub async fn shipments(&self, order_id: &str, segment_id: Option<&str>) -> Result<Shipments, Error> {
        let request = self.client.api().order_shipments_get(order_id, segment_id);
        Ok(self.client.fetch(request).await?.into_value())
    }

    /// Approves an order that awaits approval. **This is a write.**
    ///
    /// That the call succeeds says that the decision was heard, not that the order is approved:
    /// only [`ApprovalStatus::ApprovalQueued`] hands it to the workflow.
    ///
    /// # Errors
    ///
    /// [`WriteError::OutcomeUnknown`]: the decision may or may not have been heard; look at the
    /// order. [`WriteError::NotCarriedOut`]: it was not.
    pub async fn approve(&self, order_id: &str, reason: Option<&str>) -> Result<ApprovalStatus, WriteError> {
        self.decide(order_id, ApprovalAction::Approve, reason).await
    }

    /// Rejects an order that awaits approval. Workflows usually want a reason. **This is a write.**
    ///
    /// # Errors
    ///
    /// As [`approve`](Self::approve).
    pub async fn reject(&self, order_id: &str, reason: Option<&str>) -> Result<ApprovalStatus, WriteError> {
        self.decide(order_id, ApprovalAction::Reject, reason).await
    }

    async fn decide(
        &self,
        order_id: &str,
        action: ApprovalAction,
        reason: Option<&str>,
    ) -> Result<ApprovalStatus, WriteError> {
        let mut decision = ApprovalRequest::new(action);
        decision.reason = reason.map(str::to_owned);
        let request = self.client.api().order_approval_create(order_id, &decision);
        Ok(self.client.write(request).await?.into_value().status)
    }

    /// Looks for an order whose outcome is unknown, by its external order number, among the orders
    /// updated since a time (`None`: among all).
    ///
    /// **It looks as this client is**: with the same actor and hierarchy that submitted, or as
    /// somebody who sees those orders. [`OpenOutcome::reconcile`] sees to that by itself. Published
    /// orders were *updated* some minutes before they were submitted, so leave the time a margin of
    /// an hour or more: an order updated before it is not seen.
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
    /// use mobproc::Reconciliation;
    ///
    /// match client.orders().reconcile("LF-2030-0042", None).await? {
    ///     Reconciliation::Found(orders) => println!("it exists {} time(s)", orders.len()),
    ///     Reconciliation::NotSeen { looked_at } => println!("not among {looked_at} orders"),
    ///     other => println!("ask a person: {other:?}"),
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads). Then nothing is known either. An empty number is refused.
    pub async fn reconcile(
        &self,
        external_order_number: &str,
        since: Option<Timestamp>,
    ) -> Result<Reconciliation, Error> {
        reconcile::look_for_one(&self.client, external_order_number, since.as_ref()).await
    }

    /// Looks for many orders in one walk through the list of orders, as
    /// [`reconcile`](Self::reconcile) looks for one. The answers come in the order of the numbers.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads). Then nothing is known either. An empty number is refused.
    pub async fn reconcile_all(
        &self,
        external_order_numbers: &[&str],
        since: Option<Timestamp>,
    ) -> Result<Vec<Reconciliation>, Error> {
        reconcile::look(&self.client, external_order_numbers, since.as_ref()).await
    }
}
