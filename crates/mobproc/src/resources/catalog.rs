//! What can be ordered.

use mobproc_api::types::{
    CatalogAccessory, CatalogDevice, CatalogPlan, Collection, OptionalFeature, TransactionType,
};
use mobproc_api::{Api, Request, RequestError};

use crate::client::Client;
use crate::client::list::{Filters, List, Place, list};
use crate::error::Error;

/// What can be ordered. Made by [`Client::catalog`].
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
/// use mobproc::types::TransactionType;
///
/// let devices = client.catalog().devices().transaction_type(TransactionType::Upgrade).vendor("3001");
/// for device in &devices.send().await? {
///     println!("{} {}", device.id, device.name.as_deref().unwrap_or_default());
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone)]
pub struct Catalog {
    client: Client,
}

impl Client {
    /// What can be ordered: devices, plans, accessories, features.
    #[must_use]
    pub fn catalog(&self) -> Catalog {
        Catalog { client: self.clone() }
    }
}

impl Catalog {
    /// Lists devices that can be ordered.
    pub fn devices(&self) -> ListCatalogDevices {
        ListCatalogDevices(List::new(&self.client, DeviceFilters::default()))
    }

    /// Fetches one device, by catalog id; on Atlas with its features.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads).
    pub async fn device(&self, id: &str) -> Result<CatalogDevice, Error> {
        let request = self.client.api().catalog_device_get(id);
        self.client.fetch_one(request).await
    }

    /// Lists plans that can be ordered.
    pub fn plans(&self) -> ListPlans {
        ListPlans(List::new(&self.client, PlanFilters))
    }

    /// Fetches one plan, by catalog id, with its optional features.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads).
    pub async fn plan(&self, id: &str) -> Result<CatalogPlan, Error> {
        let request = self.client.api().catalog_plan_get(id);
        self.client.fetch_one(request).await
    }

    /// Lists accessories that can be ordered.
    pub fn accessories(&self) -> ListAccessories {
        ListAccessories(List::new(&self.client, AccessoryFilters::default()))
    }

    /// Fetches one accessory, by catalog id.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads).
    pub async fn accessory(&self, id: &str) -> Result<CatalogAccessory, Error> {
        let request = self.client.api().catalog_accessory_get(id);
        self.client.fetch_one(request).await
    }

    /// Lists features that can be ordered. Some backends may not have this; the features of a plan
    /// are the safer source.
    pub fn features(&self) -> ListFeatures {
        ListFeatures(List::new(&self.client, FeatureFilters))
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct DeviceFilters {
    transaction_type: Option<TransactionType>,
    service: Option<String>,
    vendor: Option<String>,
}

impl Filters for DeviceFilters {
    type Item = CatalogDevice;
    const PAGED: bool = false;

    fn request(
        &self,
        api: &Api,
        _: Option<Place>,
    ) -> Result<Request<Collection<CatalogDevice>>, RequestError> {
        api.catalog_device_list(
            self.service.as_deref(),
            self.transaction_type.as_ref(),
            self.vendor.as_deref(),
        )
    }
}

list! {
    /// Which devices of the catalog to list. Made by [`Catalog::devices`].
    ListCatalogDevices, DeviceFilters, CatalogDevice
}

impl ListCatalogDevices {
    /// Keeps devices for orders of this kind. May trigger logic of the backend.
    pub fn transaction_type(mut self, kind: TransactionType) -> Self {
        self.0.filters.transaction_type = Some(kind);
        self
    }

    /// Drops devices that only the present carrier of this service asset supports.
    pub fn service(mut self, id: impl Into<String>) -> Self {
        self.0.filters.service = Some(id.into());
        self
    }

    /// Keeps devices that work with this vendor.
    pub fn vendor(mut self, id: impl Into<String>) -> Self {
        self.0.filters.vendor = Some(id.into());
        self
    }
}

#[derive(Debug, Clone)]
pub(crate) struct PlanFilters;

impl Filters for PlanFilters {
    type Item = CatalogPlan;
    const PAGED: bool = false;

    fn request(&self, api: &Api, _: Option<Place>) -> Result<Request<Collection<CatalogPlan>>, RequestError> {
        api.catalog_plan_list()
    }
}

list! {
    /// Plans of the catalog. Made by [`Catalog::plans`].
    ListPlans, PlanFilters, CatalogPlan
}

#[derive(Debug, Clone, Default)]
pub(crate) struct AccessoryFilters {
    device: Option<String>,
    service: Option<String>,
}

impl Filters for AccessoryFilters {
    type Item = CatalogAccessory;
    const PAGED: bool = false;

    fn request(
        &self,
        api: &Api,
        _: Option<Place>,
    ) -> Result<Request<Collection<CatalogAccessory>>, RequestError> {
        api.catalog_accessory_list(self.device.as_deref(), self.service.as_deref())
    }
}

list! {
    /// Which accessories of the catalog to list. Made by [`Catalog::accessories`].
    ListAccessories, AccessoryFilters, CatalogAccessory
}

impl ListAccessories {
    /// Keeps accessories for the device of this service asset.
    pub fn service(mut self, id: impl Into<String>) -> Self {
        self.0.filters.service = Some(id.into());
        self
    }

    /// Keeps accessories for this device asset.
    pub fn device(mut self, asset_id: impl Into<String>) -> Self {
        self.0.filters.device = Some(asset_id.into());
        self
    }
}

#[derive(Debug, Clone)]
pub(crate) struct FeatureFilters;

impl Filters for FeatureFilters {
    type Item = OptionalFeature;
    const PAGED: bool = false;

    fn request(
        &self,
        api: &Api,
        _: Option<Place>,
    ) -> Result<Request<Collection<OptionalFeature>>, RequestError> {
        api.catalog_feature_list()
    }
}

list! {
    /// Features of the catalog. Made by [`Catalog::features`].
    ListFeatures, FeatureFilters, OptionalFeature
}
