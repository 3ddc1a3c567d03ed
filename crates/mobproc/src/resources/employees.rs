//! Employees.

use mobproc_api::params::EmployeeListParams;
use mobproc_api::types::{Collection, Employee, Timestamp};
use mobproc_api::{Api, Request, RequestError};

use crate::client::Client;
use crate::client::list::{Filters, List, Place, list};
use crate::error::Error;
use crate::transport::context::{EmployeeRef, split};

/// Employees. Made by [`Client::employees`].
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
/// let mut everybody = client.employees().list().prefetch(2).items();
/// while let Some(employee) = everybody.next().await {
///     println!("{}", employee?.id);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Employees {
    client: Client,
}

impl Client {
    /// Employees.
    #[must_use]
    pub fn employees(&self) -> Employees {
        Employees { client: self.clone() }
    }
}

impl Employees {
    /// Fetches one employee, by Tangoe id, with the most detail.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads).
    pub async fn get(&self, id: &str) -> Result<Employee, Error> {
        let request = self.client.api().employee_get(id);
        self.client.fetch_one(request).await
    }

    /// Lists employees.
    pub fn list(&self) -> ListEmployees {
        ListEmployees(List::new(&self.client, EmployeeFilters::default()))
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct EmployeeFilters {
    only: Option<EmployeeRef>,
    updated_since: Option<Timestamp>,
    ascending: Option<bool>,
}

impl Filters for EmployeeFilters {
    type Item = Employee;
    const PAGED: bool = true;

    fn request(
        &self,
        api: &Api,
        place: Option<Place>,
    ) -> Result<Request<Collection<Employee>>, RequestError> {
        let (limit, offset) = place.unwrap_or((100, 0));
        let (employee, company_employee) = split(self.only.as_ref());
        let mut params = EmployeeListParams::new(limit, offset);
        params.company_employee_id = company_employee;
        params.employee = employee;
        params.date_time_updated_on_or_after = self.updated_since.as_ref();
        params.sort_ascending = self.ascending;
        api.employee_list(params)
    }
}

list! {
    /// Which employees to list. Made by [`Employees::list`].
    ListEmployees, EmployeeFilters, Employee
}

impl ListEmployees {
    /// Keeps only this one.
    pub fn only(mut self, employee: EmployeeRef) -> Self {
        self.0.filters.only = Some(employee);
        self
    }

    /// Keeps those updated at this time or later. The format is not published; RFC 3339 is assumed.
    pub fn updated_since(mut self, time: impl Into<Timestamp>) -> Self {
        self.0.filters.updated_since = Some(time.into());
        self
    }

    /// Sets the sort direction.
    pub fn ascending(mut self, ascending: bool) -> Self {
        self.0.filters.ascending = Some(ascending);
        self
    }
}
