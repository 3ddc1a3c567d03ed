//! Orders: confirm, then submit.

mod builders;
mod check;
mod confirmed;
mod list;
mod order;
mod placed;
mod reconcile;
mod saved;

use bytes::Bytes;
use mobproc_api::operations::{
    ACKNOWLEDGEMENT_LIST, ORDER_APPROVAL_CREATE, ORDER_CREATE, ORDER_GET, ORDER_HISTORY_GET,
    ORDER_PROPERTY_LIST, ORDER_SHIPMENTS_GET,
};
use mobproc_api::types::{
    AnswerStatus, ApprovalAction, ApprovalRequest, ApprovalStatus, OrderAnswer, OrderConfirmation,
    OrderHistory, Shipments, Timestamp, TransactionType,
};

pub use builders::{
    Deactivate, Destination, KnownDevice, NewActivation, OrderAccessories, PortNumber, Property, Suspend,
    SwapDevices, TransferIn, TransferInAndPort, TransferOut, Unsuspend, UpdateFeatures, Upgrade,
};
pub use check::{Severity, Violation};
pub use confirmed::{Confirmed, Cost};
pub use list::ListOrders;
pub use order::Order;
pub use placed::Placed;
pub use reconcile::Reconciliation;
pub use saved::SavedConfirmation;

use crate::call::Answered;
use crate::client::Client;
use crate::error::Error;
use crate::failure;
use crate::forms::{AcknowledgementForm, PropertyForm};
use crate::write;

/// Orders of a tenant. Made by [`Client::orders`].
#[derive(Debug, Clone, Copy)]
pub struct Orders<'a> {
    client: &'a Client,
}

impl<'a> Orders<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self { client }
    }

    /// Has an order checked and priced. Nothing is ordered.
    ///
    /// Sent with `confirm=true`, so it is safe to repeat and is tried again where that helps. What comes back knows how to
    /// submit the very bytes that were confirmed.
    ///
    /// # Errors
    ///
    /// The server did not accept the order ([`Error::is_rejected`]), could not be reached, or answered as if it had ordered
    /// something, which is refused ([`Error::is_outcome_unknown`]).
    pub async fn confirm(self, order: impl Into<Order>) -> Result<Confirmed, Error> {
        let order = order.into().numbered();
        order.checked()?;
        let number = Some(order.external_order_number().to_owned());
        match self.confirm_bytes(&order).await {
            Ok((bytes, confirmation, body)) => Ok(Confirmed::new(
                self.client.clone(),
                bytes,
                order,
                confirmation,
                body,
            )),
            Err(error) => Err(error.with_external_order_number(number).with_order(order)),
        }
    }

    async fn confirm_bytes(self, order: &Order) -> Result<(Bytes, Box<OrderConfirmation>, Bytes), Error> {
        let bytes = order.to_bytes();
        let answered = self
            .send(order, bytes.clone(), true)
            .await
            .map_err(unless_placed)?;
        if let Some(placed) = &answered.value.order {
            // Somebody between us and the server lost the flag: an order may have been placed.
            let id = placed.order_id.as_deref().unwrap_or("of unknown id");
            let what = format!(
                "the answer to a confirmation holds an order ({id}), so something may have been ordered"
            );
            return Err(answered.blame(Error::unexpected(what)).into_outcome_unknown());
        }
        accepted(&answered)?;
        if answered.value.confirmation.is_none() {
            return Err(answered.blame(Error::unexpected("the answer holds no confirmation")));
        }
        let confirmation = answered.value.confirmation.unwrap_or_default();
        Ok((bytes, confirmation, answered.body))
    }

    /// Places an order that nobody has confirmed. **This orders for real.**
    ///
    /// Prefer [`confirm`](Self::confirm) and [`Confirmed::submit`], which show costs first. If this future is dropped before it ends,
    /// the outcome is unknown; only an order that has its number ([`Order::numbered`]) can be looked for then.
    ///
    /// # Errors
    ///
    /// As [`Confirmed::submit`]; an order that was certainly not placed comes back by [`Error::into_order`].
    pub async fn submit_without_confirmation(self, order: impl Into<Order>) -> Result<Placed, Error> {
        let order = order.into().numbered();
        order.checked()?;
        let bytes = order.to_bytes();
        match self.submit(&order, bytes).await {
            Ok(placed) => Ok(placed),
            Err(error) => Err(error.with_order(order)),
        }
    }

    /// The one place from which an order is placed.
    pub(crate) async fn submit(self, order: &Order, bytes: Bytes) -> Result<Placed, Error> {
        let number = order.external_order_number();
        write::settled(self.send(order, bytes, false).await)
            .and_then(|answered| accepted(&answered).and_then(|()| Placed::read(answered, number)))
            .map_err(|error| error.with_external_order_number(Some(number.to_owned())))
    }

    /// Takes a saved confirmation up again, perhaps in another process. Each copy taken up can be submitted, so claim or delete what was
    /// saved before. It will be submitted in the name of whoever
    /// confirmed it, whatever the context of this client.
    ///
    /// # Errors
    ///
    /// It belongs to another tenant or server than this client, was made by a version that this one cannot read, or was changed.
    pub fn restore(self, saved: SavedConfirmation) -> Result<Confirmed, Error> {
        Confirmed::restore(self.client, saved)
    }

    /// The properties an order of a kind asks for at this vendor, as a form to fill in.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn properties_for_vendor(
        self,
        kind: &TransactionType,
        vendor_id: &str,
    ) -> Result<PropertyForm, Error> {
        self.properties(kind, None, Some(vendor_id)).await
    }

    /// The properties an order of a kind asks for about this service asset, as a form to fill in.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn properties_for_service(
        self,
        kind: &TransactionType,
        service_id: &str,
    ) -> Result<PropertyForm, Error> {
        self.properties(kind, Some(service_id), None).await
    }

    async fn properties(
        self,
        kind: &TransactionType,
        service: Option<&str>,
        vendor: Option<&str>,
    ) -> Result<PropertyForm, Error> {
        let call = |api: mobproc_api::Client| async move {
            api.order_property_list(None, None, service, kind, vendor).await
        };
        let definitions = self.client.read(&ORDER_PROPERTY_LIST, call).await?;
        Ok(PropertyForm::new(definitions))
    }

    /// What the user has to read and accept before an order of a kind is placed at this vendor.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn acknowledgements(
        self,
        kind: &TransactionType,
        vendor_id: &str,
    ) -> Result<AcknowledgementForm, Error> {
        let call = |api: mobproc_api::Client| async move { api.acknowledgement_list(kind, vendor_id).await };
        let asked = self.client.read(&ACKNOWLEDGEMENT_LIST, call).await?;
        Ok(AcknowledgementForm::new(asked))
    }

    /// Which orders to list, and what to show of them.
    pub fn list(self) -> ListOrders<'a> {
        ListOrders::new(self.client)
    }

    /// One order, by its order id.
    ///
    /// # Errors
    ///
    /// As any read; [`Error::is_not_found`] if there is none.
    pub async fn get(self, order_id: &str) -> Result<mobproc_api::types::Order, Error> {
        let answered = self
            .client
            .call(
                &ORDER_GET,
                None,
                |api| async move { api.order_get(order_id).await },
            )
            .await?;
        Ok(answered.value.order)
    }

    /// What happened to an order, or to one segment of it. Its shape is not published, so it is a JSON map.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn history(self, order_id: &str, segment_id: Option<&str>) -> Result<OrderHistory, Error> {
        let answered = self
            .client
            .call(&ORDER_HISTORY_GET, None, |api| async move {
                api.order_history_get(order_id, segment_id).await
            })
            .await?;
        Ok(answered.value)
    }

    /// What was shipped for an order, or for one segment of it. Its shape is not published, so it is a JSON map.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn shipments(self, order_id: &str, segment_id: Option<&str>) -> Result<Shipments, Error> {
        let answered = self
            .client
            .call(&ORDER_SHIPMENTS_GET, None, |api| async move {
                api.order_shipments_get(order_id, segment_id).await
            })
            .await?;
        Ok(answered.value)
    }

    /// Approves an order that awaits approval. **This is a write.**
    ///
    /// That the call succeeds says that the decision was heard, not that the order is approved: only
    /// [`ApprovalStatus::ApprovalQueued`] hands it to the workflow.
    ///
    /// # Errors
    ///
    /// [`Error::is_outcome_unknown`]: the decision may or may not have been heard; look at the order. All other errors say that it was not.
    pub async fn approve(self, order_id: &str, reason: Option<&str>) -> Result<ApprovalStatus, Error> {
        self.decide(order_id, ApprovalAction::Approve, reason).await
    }

    /// Rejects an order that awaits approval. Workflows usually want a reason. **This is a write.**
    ///
    /// # Errors
    ///
    /// As [`approve`](Self::approve).
    pub async fn reject(self, order_id: &str, reason: Option<&str>) -> Result<ApprovalStatus, Error> {
        self.decide(order_id, ApprovalAction::Reject, reason).await
    }

    async fn decide(
        self,
        order_id: &str,
        action: ApprovalAction,
        reason: Option<&str>,
    ) -> Result<ApprovalStatus, Error> {
        let request = ApprovalRequest {
            action,
            reason: reason.map(str::to_owned),
        };
        let answered = self
            .client
            .call(&ORDER_APPROVAL_CREATE, None, |api| async move {
                api.order_approval_create(order_id, &request).await
            })
            .await;
        write::settled(answered).map(|answered| answered.value.status)
    }

    /// Looks for an order whose outcome is unknown, by its external order number, among the orders updated since a time (all
    /// without).
    ///
    /// It looks as this client is ([`Confirmed::client`] is the one that submits): with the same actor and hierarchy that submitted, or as somebody who sees those orders.
    /// Published orders were *updated* some minutes before they were submitted, so leave the time a margin of an hour or more.
    ///
    /// # Errors
    ///
    /// As any read: then nothing is known either. An empty number is an error.
    pub async fn reconcile(
        self,
        external_order_number: &str,
        since: Option<Timestamp>,
    ) -> Result<Reconciliation, Error> {
        reconcile::look(self.client, external_order_number, since).await
    }

    async fn send(self, order: &Order, bytes: Bytes, confirm: bool) -> Result<Answered<OrderAnswer>, Error> {
        self.client
            .call(&ORDER_CREATE, Some(bytes), |api| async move {
                api.order_create(confirm, &order.stand_in()).await
            })
            .await
    }
}

/// An answer to a confirmation that could not be read may still hold an order: then something may have been placed.
fn unless_placed(error: Error) -> Error {
    let body = error
        .body()
        .map(|body| serde_json::from_slice::<serde_json::Value>(body));
    match body {
        Some(Ok(answer)) if answer.get("order").is_some_and(|order| !order.is_null()) => {
            error.into_outcome_unknown()
        }
        _ => error,
    }
}

/// An answer with HTTP 200 may still say that the order was not accepted. If it names an order all the same, nobody knows.
fn accepted(answered: &Answered<OrderAnswer>) -> Result<(), Error> {
    match (&answered.value.status, &answered.value.order) {
        (Some(AnswerStatus::Error), None) => {
            Err(answered.blame(Error::rejected(failure::read(&answered.body))))
        }
        (Some(AnswerStatus::Error), Some(_)) => {
            let error = Error::unexpected("the answer says ERROR and holds an order");
            Err(answered.blame(error).into_outcome_unknown())
        }
        _ => Ok(()),
    }
}
