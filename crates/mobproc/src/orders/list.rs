//! Listing orders.

use mobproc_api::params::OrderListParams;
use mobproc_api::types::{Collection, OrderListItem, Timestamp};
use mobproc_api::{Api, Request, RequestError};

use crate::client::Client;
use crate::client::list::{Filters, List, Place, list};
use crate::transport::context::{EmployeeRef, split};

#[derive(Debug, Clone, Default)]
pub(crate) struct OrderFilters {
    of: Option<EmployeeRef>,
    updated_since: Option<Timestamp>,
    approvable_by: Option<EmployeeRef>,
    properties: bool,
    approvers: bool,
    segments: bool,
    shipments: bool,
    history: bool,
    ship_to: bool,
    ascending: Option<bool>,
}

impl Filters for OrderFilters {
    type Item = OrderListItem;
    const PAGED: bool = true;

    fn request(
        &self,
        api: &Api,
        place: Option<Place>,
    ) -> Result<Request<Collection<OrderListItem>>, RequestError> {
        let (employee, company_employee) = split(self.of.as_ref());
        let (approver, company_approver) = split(self.approvable_by.as_ref());
        // A flag that is not wanted is not sent.
        let flag = |wanted: bool| wanted.then_some(true);
        let mut params = OrderListParams::new();
        params.company_employee_id = company_employee;
        params.employee = employee;
        params.date_time_updated = self.updated_since.as_ref();
        params.eligible_to_approve_company_employee_id = company_approver;
        params.eligible_to_approve_employee_id = approver;
        params.include_approvers = flag(self.approvers);
        params.include_order_history = flag(self.history);
        params.include_order_properties = flag(self.properties);
        params.include_order_segments = flag(self.segments);
        params.include_order_shipments = flag(self.shipments);
        params.include_ship_to_address = flag(self.ship_to);
        params.limit = place.map(|(limit, _)| limit);
        params.offset = place.map(|(_, offset)| offset);
        params.sort_ascending = self.ascending;
        api.order_list(params)
    }
}

list! {
    /// Which orders to list, and what to show of them. Made by
    /// [`Orders::list`](crate::Orders::list).
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
    /// let recent = client.orders().list().updated_since("2030-01-31T00:00:00Z");
    /// let mut orders = recent.with_segments().items();
    /// while let Some(order) = orders.next().await {
    ///     println!("{:?}", order?.order().status);
    /// }
    /// # Ok(()) }
    /// ```
    ListOrders, OrderFilters, OrderListItem
}

/// All orders, to be narrowed down.
pub(super) fn list_orders(client: &Client) -> ListOrders {
    ListOrders(List::new(client, OrderFilters::default()))
}

impl ListOrders {
    /// Keeps orders of this employee.
    pub fn of(mut self, employee: EmployeeRef) -> Self {
        self.0.filters.of = Some(employee);
        self
    }

    /// Keeps orders updated at this time or later. The format is not published; RFC 3339 is
    /// assumed.
    pub fn updated_since(mut self, time: impl Into<Timestamp>) -> Self {
        self.0.filters.updated_since = Some(time.into());
        self
    }

    /// Keeps orders that await approval and that this employee may approve.
    pub fn approvable_by(mut self, employee: EmployeeRef) -> Self {
        self.0.filters.approvable_by = Some(employee);
        self
    }

    /// Shows the extra fields.
    pub fn with_properties(mut self) -> Self {
        self.0.filters.properties = true;
        self
    }

    /// Shows the pending approval level and who may approve.
    pub fn with_approvers(mut self) -> Self {
        self.0.filters.approvers = true;
        self
    }

    /// Shows the segments.
    pub fn with_segments(mut self) -> Self {
        self.0.filters.segments = true;
        self
    }

    /// Shows the shipments.
    pub fn with_shipments(mut self) -> Self {
        self.0.filters.shipments = true;
        self
    }

    /// Shows the history.
    pub fn with_history(mut self) -> Self {
        self.0.filters.history = true;
        self
    }

    /// Shows the address shipped to.
    pub fn with_ship_to(mut self) -> Self {
        self.0.filters.ship_to = true;
        self
    }

    /// Sets the sort direction. Known only from earlier revisions of the documentation.
    pub fn ascending(mut self, ascending: bool) -> Self {
        self.0.filters.ascending = Some(ascending);
        self
    }
}
