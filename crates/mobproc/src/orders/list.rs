//! Listing orders.

use mobproc_api::operations::ORDER_LIST;
use mobproc_api::types::{Collection, OrderListItem, Timestamp};

use crate::client::Client;
use crate::context::Actor;
use crate::error::Error;

/// Which orders to list, and what to show of them. Made by [`Orders::list`](crate::Orders::list).
#[derive(Debug, Clone)]
#[must_use]
pub struct ListOrders<'a> {
    client: &'a Client,
    filters: Filters,
}

#[derive(Debug, Clone, Default)]
struct Filters {
    of: Option<Actor>,
    updated_since: Option<Timestamp>,
    approvable_by: Option<Actor>,
    properties: bool,
    approvers: bool,
    segments: bool,
    shipments: bool,
    history: bool,
    ship_to: bool,
    limit: Option<i64>,
    offset: Option<i64>,
    ascending: Option<bool>,
}

impl<'a> ListOrders<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Self {
            client,
            filters: Filters::default(),
        }
    }

    /// Only orders of this employee.
    pub fn of(mut self, employee: Actor) -> Self {
        self.filters.of = Some(employee);
        self
    }

    /// Only orders updated at this time or later. The format is not published; RFC 3339 is assumed.
    pub fn updated_since(mut self, time: impl Into<Timestamp>) -> Self {
        self.filters.updated_since = Some(time.into());
        self
    }

    /// Only orders that await approval and that this employee may approve.
    pub fn approvable_by(mut self, employee: Actor) -> Self {
        self.filters.approvable_by = Some(employee);
        self
    }

    /// Shows the extra fields.
    pub fn with_properties(mut self) -> Self {
        self.filters.properties = true;
        self
    }

    /// Shows the pending approval level and who may approve.
    pub fn with_approvers(mut self) -> Self {
        self.filters.approvers = true;
        self
    }

    /// Shows the segments.
    pub fn with_segments(mut self) -> Self {
        self.filters.segments = true;
        self
    }

    /// Shows the shipments.
    pub fn with_shipments(mut self) -> Self {
        self.filters.shipments = true;
        self
    }

    /// Shows the history.
    pub fn with_history(mut self) -> Self {
        self.filters.history = true;
        self
    }

    /// Shows the address shipped to.
    pub fn with_ship_to(mut self) -> Self {
        self.filters.ship_to = true;
        self
    }

    /// How many, and from which on. Backends agree only where the first is a multiple of the limit.
    pub fn page(mut self, limit: u32, first: u32) -> Self {
        self.filters.limit = Some(limit.into());
        self.filters.offset = Some(first.into());
        self
    }

    /// Sort direction. Known only from earlier revisions of the documentation.
    pub fn ascending(mut self, ascending: bool) -> Self {
        self.filters.ascending = Some(ascending);
        self
    }

    /// Asks for them.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn send(self) -> Result<Collection<OrderListItem>, Error> {
        let Filters {
            of,
            updated_since,
            approvable_by,
            properties,
            approvers,
            segments,
            shipments,
            history,
            ship_to,
            limit,
            offset,
            ascending,
        } = self.filters;
        let (employee, company_employee) = split(of);
        let (approver, company_approver) = split(approvable_by);
        // A flag that is not wanted is not sent.
        let flag = |wanted: bool| wanted.then_some(true);
        let answered = self
            .client
            .call(&ORDER_LIST, None, |api| async move {
                api.order_list(
                    company_employee.as_deref(),
                    updated_since.as_ref(),
                    company_approver.as_deref(),
                    approver.as_deref(),
                    employee.as_deref(),
                    flag(approvers),
                    flag(history),
                    flag(properties),
                    flag(segments),
                    flag(shipments),
                    flag(ship_to),
                    limit,
                    offset,
                    ascending,
                )
                .await
            })
            .await?;
        Ok(answered.value)
    }
}

/// Tangoe id and company id.
fn split(employee: Option<Actor>) -> (Option<String>, Option<String>) {
    match employee {
        Some(Actor::Employee(id)) => (Some(id), None),
        Some(Actor::CompanyEmployee(id)) => (None, Some(id)),
        None => (None, None),
    }
}
