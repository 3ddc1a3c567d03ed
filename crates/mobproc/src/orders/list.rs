//! Listing orders.

use std::sync::Arc;

use mobproc_api::operations::ORDER_LIST;
use mobproc_api::types::{Collection, OrderListItem, Timestamp};

use crate::call::Extra;
use crate::client::Client;
use crate::context::{Actor, split};
use crate::error::Error;
use crate::pages::{Fetch, Walk, paged};

/// Which orders to list, and what to show of them. Made by [`Orders::list`](crate::Orders::list).
#[derive(Debug, Clone)]
#[must_use]
pub struct ListOrders<'a> {
    client: &'a Client,
    filters: Filters,
    walk: Walk,
    extra: Vec<(String, String)>,
}

paged!(ListOrders, OrderListItem);

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
            walk: Walk::default(),
            extra: Vec::new(),
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

    /// One page for [`send`](Self::send): how many, and from which on. Backends agree only where the first is a multiple of
    /// the limit. [`pages`](Self::pages) and [`items`](Self::items) see to that themselves.
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

    /// Asks for one page, as the server makes it.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn send(self) -> Result<Collection<OrderListItem>, Error> {
        let extra = Extra {
            body: None,
            query: self.extra,
        };
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
            .call_with(&ORDER_LIST, extra, |api| async move {
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

    fn fetch(self) -> Fetch<OrderListItem> {
        let client = self.client.clone();
        let (filters, extra) = (self.filters, self.extra);
        Arc::new(move |limit, offset| {
            let (client, extra) = (client.clone(), extra.clone());
            let filters = Filters {
                limit: Some(limit),
                offset: Some(offset),
                ..filters.clone()
            };
            Box::pin(async move {
                let page = ListOrders {
                    client: &client,
                    filters,
                    walk: Walk::default(),
                    extra,
                };
                page.send().await
            })
        })
    }
}
