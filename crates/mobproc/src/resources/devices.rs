//! Devices people have.

use mobproc_api::params::DeviceAssetListParams;
use mobproc_api::types::{Collection, DeviceAsset, Timestamp};
use mobproc_api::{Api, Request, RequestError};

use crate::client::Client;
use crate::client::list::{Filters, List, Place, list};
use crate::error::Error;
use crate::transport::context::{EmployeeRef, split};

/// Devices people have. Made by [`Client::devices`].
#[derive(Debug, Clone)]
pub struct Devices {
    client: Client,
}

impl Client {
    /// Devices people have.
    #[must_use]
    pub fn devices(&self) -> Devices {
        Devices { client: self.clone() }
    }
}

impl Devices {
    /// Fetches one device, by asset id, with its service.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads).
    pub async fn get(&self, id: &str) -> Result<DeviceAsset, Error> {
        let request = self.client.api().device_asset_get(id);
        self.client.fetch_one(request).await
    }

    /// Lists devices.
    pub fn list(&self) -> ListDevices {
        ListDevices(List::new(&self.client, DeviceAssetFilters::default()))
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct DeviceAssetFilters {
    of: Option<EmployeeRef>,
    updated_since: Option<Timestamp>,
    service_details: bool,
}

impl Filters for DeviceAssetFilters {
    type Item = DeviceAsset;
    const PAGED: bool = true;

    fn request(
        &self,
        api: &Api,
        place: Option<Place>,
    ) -> Result<Request<Collection<DeviceAsset>>, RequestError> {
        let (limit, offset) = place.unwrap_or((100, 0));
        let (employee, company_employee) = split(self.of.as_ref());
        let details = self.service_details.then_some(true);
        let mut params = DeviceAssetListParams::new(limit, offset);
        params.company_employee_id = company_employee;
        params.employee = employee;
        params.date_time_updated = self.updated_since.as_ref();
        params.include_service_details = details;
        params.include_upgrade_eligible_date = details;
        api.device_asset_list(params)
    }
}

list! {
    /// Which devices to list. Made by [`Devices::list`].
    ListDevices, DeviceAssetFilters, DeviceAsset
}

impl ListDevices {
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

    /// Shows details of the service, the date from which an upgrade is possible among them.
    pub fn with_service_details(mut self) -> Self {
        self.0.filters.service_details = true;
        self
    }
}
