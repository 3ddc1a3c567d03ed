//! Services (lines): looking them up, and moving one to another owner.

use mobproc_api::params::ServiceAssetListParams;
use mobproc_api::types::{Collection, MoveCharges, MoveRequest, ServiceAsset, Timestamp};
use mobproc_api::{Api, Request, RequestError};

use crate::client::list::{Filters, List, Place, list};
use crate::client::{Client, WriteError};
use crate::error::Error;
use crate::transport::context::{EmployeeRef, split};

/// Services (lines) of a tenant. Made by [`Client::services`].
#[derive(Debug, Clone)]
pub struct Services {
    client: Client,
}

impl Client {
    /// Services (lines).
    #[must_use]
    pub fn services(&self) -> Services {
        Services { client: self.clone() }
    }
}

impl Services {
    /// Fetches one service, by asset id.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads).
    pub async fn get(&self, id: &str) -> Result<ServiceAsset, Error> {
        let request = self.client.api().service_asset_get(id);
        self.client.fetch_one(request).await
    }

    /// Lists services.
    pub fn list(&self) -> ListServices {
        ListServices(List::new(&self.client, ServiceFilters::default()))
    }

    /// Moves a service to another owner, with or without charges already incurred. **This is a
    /// write**: it is never sent a second time once a connection was made.
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
    /// use mobproc::types::MoveCharges;
    /// use mobproc::{EmployeeRef, WriteError};
    ///
    /// let owner = EmployeeRef::company_id("amara.okafor");
    /// match client.services().move_to("1001", owner, MoveCharges::MoveNoCharges).await {
    ///     Ok(moved) => println!("{} has another owner", moved.id),
    ///     Err(WriteError::NotCarriedOut(not)) => println!("nothing was moved: {}", not.error()),
    ///     Err(WriteError::OutcomeUnknown(unknown)) => {
    ///         let service = unknown.client().services().get("1001").await?;
    ///         println!("it is {:?}'s now", service.employee.map(|owner| owner.id));
    ///     }
    /// }
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`WriteError::OutcomeUnknown`]: the service may or may not have been moved; look at its
    /// owner. [`WriteError::NotCarriedOut`]: it was not moved.
    pub async fn move_to(
        &self,
        service_id: &str,
        new_owner: EmployeeRef,
        charges: MoveCharges,
    ) -> Result<ServiceAsset, WriteError> {
        let (employee, company_employee) = split(Some(&new_owner));
        let mut body = MoveRequest::new();
        body.new_owner_employee_id = employee.map(str::to_owned);
        body.new_owner_company_employee_id = company_employee.map(str::to_owned);
        body.move_charges = Some(charges);
        let request = self.client.api().service_asset_move(service_id, &body);
        Ok(self.client.write(request).await?.into_value())
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct ServiceFilters {
    of: Option<EmployeeRef>,
    updated_since: Option<Timestamp>,
}

impl Filters for ServiceFilters {
    type Item = ServiceAsset;
    const PAGED: bool = true;

    fn request(
        &self,
        api: &Api,
        place: Option<Place>,
    ) -> Result<Request<Collection<ServiceAsset>>, RequestError> {
        let (limit, offset) = place.unwrap_or((100, 0));
        let (employee, company_employee) = split(self.of.as_ref());
        let mut params = ServiceAssetListParams::new(limit, offset);
        params.company_employee_id = company_employee;
        params.employee = employee;
        params.date_time_updated = self.updated_since.as_ref();
        api.service_asset_list(params)
    }
}

list! {
    /// Which services to list. Made by [`Services::list`].
    ListServices, ServiceFilters, ServiceAsset
}

impl ListServices {
    /// Keeps this employee's.
    pub fn of(mut self, employee: EmployeeRef) -> Self {
        self.0.filters.of = Some(employee);
        self
    }

    /// Keeps those updated at this time or later. The format is not published; RFC 3339 is assumed.
    pub fn updated_since(mut self, time: impl Into<Timestamp>) -> Self {
        self.0.filters.updated_since = Some(time.into());
        self
    }
}
