//! Looking things up: catalog, assets, people, reference data, the system itself.

use std::sync::Arc;

use mobproc_api::operations::{
    CATALOG_ACCESSORY_GET, CATALOG_ACCESSORY_LIST, CATALOG_DEVICE_GET, CATALOG_DEVICE_LIST,
    CATALOG_FEATURE_LIST, CATALOG_PLAN_GET, CATALOG_PLAN_LIST, DEVICE_ASSET_GET, DEVICE_ASSET_LIST,
    DIAGNOSTICS_GET, EMPLOYEE_GET, EMPLOYEE_LIST, MANUFACTURER_GET, MANUFACTURER_LIST, ME_GET, MODEL_GET,
    MODEL_LIST, PING_GET, REGION_GET, REGION_LIST, SERVICE_ASSET_GET, SERVICE_ASSET_LIST, VENDOR_GET,
    VENDOR_LIST,
};
use mobproc_api::types::{
    CatalogAccessory, CatalogDevice, CatalogPlan, Collection, DeviceAsset, Diagnostics, Employee,
    Manufacturer, Me, Model, ModelFilter, OptionalFeature, Ping, Region, RegionListItem, ServiceAsset,
    Timestamp, TransactionType, Vendor,
};

use crate::call::Extra;
use crate::client::Client;
use crate::context::{Actor, split};
use crate::error::Error;
use crate::pages::{Fetch, Walk, paged};
use crate::services::Services;

/// What can be ordered. Made by [`Client::catalog`].
#[derive(Debug, Clone, Copy)]
pub struct Catalog<'a> {
    client: &'a Client,
}

/// Which devices of the catalog are wanted.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct DeviceFilter {
    /// The kind of order the device is for. May trigger logic of the backend.
    pub transaction_type: Option<TransactionType>,
    /// Service asset id: drops devices that only its present carrier supports.
    pub service: Option<String>,
    /// Vendor id: keeps devices that work with that carrier.
    pub vendor: Option<String>,
}

impl DeviceFilter {
    /// All devices.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// For orders of this kind.
    #[must_use]
    pub fn transaction_type(mut self, kind: TransactionType) -> Self {
        self.transaction_type = Some(kind);
        self
    }

    /// For this service asset.
    #[must_use]
    pub fn service(mut self, id: impl Into<String>) -> Self {
        self.service = Some(id.into());
        self
    }

    /// Of this vendor.
    #[must_use]
    pub fn vendor(mut self, id: impl Into<String>) -> Self {
        self.vendor = Some(id.into());
        self
    }
}

impl Catalog<'_> {
    /// Devices that can be ordered.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn devices(self, filter: &DeviceFilter) -> Result<Collection<CatalogDevice>, Error> {
        self.client
            .read(&CATALOG_DEVICE_LIST, |api| async move {
                let (service, vendor) = (filter.service.as_deref(), filter.vendor.as_deref());
                api.catalog_device_list(service, filter.transaction_type.as_ref(), vendor)
                    .await
            })
            .await
    }

    /// One device, by catalog id; on Atlas with its features.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn device(self, id: &str) -> Result<CatalogDevice, Error> {
        let call = |api: mobproc_api::Client| async move { api.catalog_device_get(id).await };
        self.client.read(&CATALOG_DEVICE_GET, call).await
    }

    /// Plans that can be ordered.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn plans(self) -> Result<Collection<CatalogPlan>, Error> {
        let call = |api: mobproc_api::Client| async move { api.catalog_plan_list().await };
        self.client.read(&CATALOG_PLAN_LIST, call).await
    }

    /// One plan, by catalog id, with its optional features.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn plan(self, id: &str) -> Result<CatalogPlan, Error> {
        let call = |api: mobproc_api::Client| async move { api.catalog_plan_get(id).await };
        self.client.read(&CATALOG_PLAN_GET, call).await
    }

    /// Accessories that can be ordered, for the device of a service asset or for a device asset.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn accessories(
        self,
        service_id: Option<&str>,
        device_asset_id: Option<&str>,
    ) -> Result<Collection<CatalogAccessory>, Error> {
        self.client
            .read(&CATALOG_ACCESSORY_LIST, |api| async move {
                api.catalog_accessory_list(device_asset_id, service_id).await
            })
            .await
    }

    /// One accessory, by catalog id.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn accessory(self, id: &str) -> Result<CatalogAccessory, Error> {
        let call = |api: mobproc_api::Client| async move { api.catalog_accessory_get(id).await };
        self.client.read(&CATALOG_ACCESSORY_GET, call).await
    }

    /// Features that can be ordered. Some backends may not have this; the features of a plan are the safer source.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn features(self) -> Result<Collection<OptionalFeature>, Error> {
        let call = |api: mobproc_api::Client| async move { api.catalog_feature_list().await };
        self.client.read(&CATALOG_FEATURE_LIST, call).await
    }
}

/// Devices people have. Made by [`Client::devices`].
#[derive(Debug, Clone, Copy)]
pub struct Devices<'a> {
    client: &'a Client,
}

impl<'a> Devices<'a> {
    /// One device, by asset id, with its service.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn get(self, id: &str) -> Result<DeviceAsset, Error> {
        let call = |api: mobproc_api::Client| async move { api.device_asset_get(id).await };
        self.client.read(&DEVICE_ASSET_GET, call).await
    }

    /// Which devices to list.
    pub fn list(self) -> ListDevices<'a> {
        ListDevices {
            client: self.client,
            of: None,
            updated_since: None,
            service_details: false,
            walk: Walk::default(),
            extra: Vec::new(),
        }
    }
}

/// Which devices to list. Made by [`Devices::list`].
#[derive(Debug, Clone)]
#[must_use]
pub struct ListDevices<'a> {
    client: &'a Client,
    of: Option<Actor>,
    updated_since: Option<Timestamp>,
    service_details: bool,
    walk: Walk,
    extra: Vec<(String, String)>,
}

paged!(ListDevices, DeviceAsset);

impl ListDevices<'_> {
    /// Only this employee's.
    pub fn of(mut self, employee: Actor) -> Self {
        self.of = Some(employee);
        self
    }

    /// Only those updated at this time or later.
    pub fn updated_since(mut self, time: impl Into<Timestamp>) -> Self {
        self.updated_since = Some(time.into());
        self
    }

    /// With details of the service, the date from which an upgrade is possible among them.
    pub fn with_service_details(mut self) -> Self {
        self.service_details = true;
        self
    }

    fn fetch(self) -> Fetch<DeviceAsset> {
        let client = self.client.clone();
        let (employee, company_employee) = split(self.of);
        let (since, extra) = (self.updated_since, self.extra);
        let details = self.service_details.then_some(true);
        Arc::new(move |limit, offset| {
            let (client, query) = (client.clone(), extra.clone());
            let (employee, company_employee, since) =
                (employee.clone(), company_employee.clone(), since.clone());
            Box::pin(async move {
                let extra = Extra { body: None, query };
                let call = |api: mobproc_api::Client| async move {
                    api.device_asset_list(
                        company_employee.as_deref(),
                        since.as_ref(),
                        employee.as_deref(),
                        details,
                        details,
                        limit,
                        offset,
                        None,
                    )
                    .await
                };
                client
                    .call_with(&DEVICE_ASSET_LIST, extra, call)
                    .await
                    .map(|answered| answered.value)
            })
        })
    }
}

impl<'a> Services<'a> {
    /// One service, by asset id.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn get(self, id: &str) -> Result<ServiceAsset, Error> {
        let call = |api: mobproc_api::Client| async move { api.service_asset_get(id).await };
        self.client().read(&SERVICE_ASSET_GET, call).await
    }

    /// Which services to list.
    pub fn list(self) -> ListServices<'a> {
        ListServices {
            client: self.client(),
            of: None,
            updated_since: None,
            walk: Walk::default(),
            extra: Vec::new(),
        }
    }
}

/// Which services to list. Made by [`Services::list`].
#[derive(Debug, Clone)]
#[must_use]
pub struct ListServices<'a> {
    client: &'a Client,
    of: Option<Actor>,
    updated_since: Option<Timestamp>,
    walk: Walk,
    extra: Vec<(String, String)>,
}

paged!(ListServices, ServiceAsset);

impl ListServices<'_> {
    /// Only this employee's.
    pub fn of(mut self, employee: Actor) -> Self {
        self.of = Some(employee);
        self
    }

    /// Only those updated at this time or later.
    pub fn updated_since(mut self, time: impl Into<Timestamp>) -> Self {
        self.updated_since = Some(time.into());
        self
    }

    fn fetch(self) -> Fetch<ServiceAsset> {
        let client = self.client.clone();
        let (employee, company_employee) = split(self.of);
        let (since, extra) = (self.updated_since, self.extra);
        Arc::new(move |limit, offset| {
            let (client, query) = (client.clone(), extra.clone());
            let (employee, company_employee, since) =
                (employee.clone(), company_employee.clone(), since.clone());
            Box::pin(async move {
                let extra = Extra { body: None, query };
                let call = |api: mobproc_api::Client| async move {
                    api.service_asset_list(
                        company_employee.as_deref(),
                        since.as_ref(),
                        employee.as_deref(),
                        limit,
                        offset,
                    )
                    .await
                };
                client
                    .call_with(&SERVICE_ASSET_LIST, extra, call)
                    .await
                    .map(|answered| answered.value)
            })
        })
    }
}

/// Employees. Made by [`Client::employees`].
#[derive(Debug, Clone, Copy)]
pub struct Employees<'a> {
    client: &'a Client,
}

impl<'a> Employees<'a> {
    /// One employee, by Tangoe id, with the most detail.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn get(self, id: &str) -> Result<Employee, Error> {
        let call = |api: mobproc_api::Client| async move { api.employee_get(id).await };
        self.client.read(&EMPLOYEE_GET, call).await
    }

    /// Which employees to list.
    pub fn list(self) -> ListEmployees<'a> {
        ListEmployees {
            client: self.client,
            only: None,
            updated_since: None,
            ascending: None,
            walk: Walk::default(),
            extra: Vec::new(),
        }
    }
}

/// Which employees to list. Made by [`Employees::list`].
#[derive(Debug, Clone)]
#[must_use]
pub struct ListEmployees<'a> {
    client: &'a Client,
    only: Option<Actor>,
    updated_since: Option<Timestamp>,
    ascending: Option<bool>,
    walk: Walk,
    extra: Vec<(String, String)>,
}

paged!(ListEmployees, Employee);

impl ListEmployees<'_> {
    /// Only this one.
    pub fn only(mut self, employee: Actor) -> Self {
        self.only = Some(employee);
        self
    }

    /// Only those updated at this time or later.
    pub fn updated_since(mut self, time: impl Into<Timestamp>) -> Self {
        self.updated_since = Some(time.into());
        self
    }

    /// Sort direction.
    pub fn ascending(mut self, ascending: bool) -> Self {
        self.ascending = Some(ascending);
        self
    }

    fn fetch(self) -> Fetch<Employee> {
        let client = self.client.clone();
        let (employee, company_employee) = split(self.only);
        let (since, ascending, extra) = (self.updated_since, self.ascending, self.extra);
        Arc::new(move |limit, offset| {
            let (client, query) = (client.clone(), extra.clone());
            let (employee, company_employee, since) =
                (employee.clone(), company_employee.clone(), since.clone());
            Box::pin(async move {
                let extra = Extra { body: None, query };
                let call = |api: mobproc_api::Client| async move {
                    api.employee_list(
                        company_employee.as_deref(),
                        since.as_ref(),
                        employee.as_deref(),
                        limit,
                        offset,
                        ascending,
                    )
                    .await
                };
                client
                    .call_with(&EMPLOYEE_LIST, extra, call)
                    .await
                    .map(|answered| answered.value)
            })
        })
    }
}

impl Client {
    /// What can be ordered.
    #[must_use]
    pub fn catalog(&self) -> Catalog<'_> {
        Catalog { client: self }
    }

    /// Devices people have.
    #[must_use]
    pub fn devices(&self) -> Devices<'_> {
        Devices { client: self }
    }

    /// Employees.
    #[must_use]
    pub fn employees(&self) -> Employees<'_> {
        Employees { client: self }
    }

    /// All supported countries, or the states and provinces of one (region id).
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn regions(&self, of_country: Option<&str>) -> Result<Collection<RegionListItem>, Error> {
        let call = |api: mobproc_api::Client| async move { api.region_list(of_country).await };
        self.read(&REGION_LIST, call).await
    }

    /// One region, by id; for a country with its currency and address format.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn region(&self, id: &str) -> Result<Region, Error> {
        let call = |api: mobproc_api::Client| async move { api.region_get(id).await };
        self.read(&REGION_GET, call).await
    }

    /// Vendors (carriers). The value of the kind that means carriers only is not published.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn vendors(&self, kind: Option<&str>) -> Result<Collection<Vendor>, Error> {
        let call = |api: mobproc_api::Client| async move { api.vendor_list(kind).await };
        self.read(&VENDOR_LIST, call).await
    }

    /// One vendor, by id.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn vendor(&self, id: &str) -> Result<Vendor, Error> {
        let call = |api: mobproc_api::Client| async move { api.vendor_get(id).await };
        self.read(&VENDOR_GET, call).await
    }

    /// Manufacturers.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn manufacturers(&self) -> Result<Collection<Manufacturer>, Error> {
        let call = |api: mobproc_api::Client| async move { api.manufacturer_list().await };
        self.read(&MANUFACTURER_LIST, call).await
    }

    /// One manufacturer, by id (usually its name).
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn manufacturer(&self, id: &str) -> Result<Manufacturer, Error> {
        let call = |api: mobproc_api::Client| async move { api.manufacturer_get(id).await };
        self.read(&MANUFACTURER_GET, call).await
    }

    /// The models of a manufacturer.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn models(
        &self,
        manufacturer_id: &str,
        only: Option<ModelFilter>,
    ) -> Result<Collection<Model>, Error> {
        let call =
            |api: mobproc_api::Client| async move { api.model_list(manufacturer_id, only.as_ref()).await };
        self.read(&MODEL_LIST, call).await
    }

    /// One model, by its manufacturer's and its own id (usually names).
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn model(&self, manufacturer_id: &str, id: &str) -> Result<Model, Error> {
        let call = |api: mobproc_api::Client| async move { api.model_get(manufacturer_id, id).await };
        self.read(&MODEL_GET, call).await
    }

    /// The caller: user, actor, what they may do. A JSON map with the two permissions that are known by name.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn me(&self) -> Result<Me, Error> {
        let call = |api: mobproc_api::Client| async move { api.me_get().await };
        self.read(&ME_GET, call).await
    }

    /// Flags that help to find out why something is not allowed. A JSON map.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn diagnostics(&self) -> Result<Diagnostics, Error> {
        let call = |api: mobproc_api::Client| async move { api.diagnostics_get().await };
        self.read(&DIAGNOSTICS_GET, call).await
    }

    /// Whether address, credentials and headers are right; the server echoes the text. A JSON map.
    ///
    /// # Errors
    ///
    /// As any read.
    pub async fn ping(&self, text: &str) -> Result<Ping, Error> {
        let call = |api: mobproc_api::Client| async move { api.ping_get(Some(text)).await };
        self.read(&PING_GET, call).await
    }
}
