//! Reference data: regions, vendors, manufacturers and models.

use mobproc_api::types::{Collection, Manufacturer, Model, ModelFilter, Region, RegionListItem, Vendor};
use mobproc_api::{Api, Request, RequestError};

use crate::client::Client;
use crate::client::list::{Filters, List, Place, list};
use crate::error::Error;

impl Client {
    /// Lists the supported countries, or the states and provinces of one.
    pub fn regions(&self) -> ListRegions {
        ListRegions(List::new(self, RegionFilters::default()))
    }

    /// Fetches one region, by id; for a country with its currency and address format.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads).
    pub async fn region(&self, id: &str) -> Result<Region, Error> {
        self.fetch_one(self.api().region_get(id)).await
    }

    /// Lists vendors (carriers).
    pub fn vendors(&self) -> ListVendors {
        ListVendors(List::new(self, VendorFilters::default()))
    }

    /// Fetches one vendor, by id.
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads).
    pub async fn vendor(&self, id: &str) -> Result<Vendor, Error> {
        self.fetch_one(self.api().vendor_get(id)).await
    }

    /// Lists manufacturers.
    pub fn manufacturers(&self) -> ListManufacturers {
        ListManufacturers(List::new(self, ManufacturerFilters))
    }

    /// Fetches one manufacturer, by id (usually its name).
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads).
    pub async fn manufacturer(&self, id: &str) -> Result<Manufacturer, Error> {
        self.fetch_one(self.api().manufacturer_get(id)).await
    }

    /// Lists the models of a manufacturer.
    pub fn models(&self, manufacturer_id: impl Into<String>) -> ListModels {
        ListModels(List::new(
            self,
            ModelFilters {
                manufacturer: manufacturer_id.into(),
                only: None,
            },
        ))
    }

    /// Fetches one model, by its manufacturer's and its own id (usually names).
    ///
    /// # Errors
    ///
    /// See [reads](crate#reads).
    pub async fn model(&self, manufacturer_id: &str, id: &str) -> Result<Model, Error> {
        let request = self.api().model_get(manufacturer_id, id);
        self.fetch_one(request).await
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct RegionFilters {
    country: Option<String>,
}

impl Filters for RegionFilters {
    type Item = RegionListItem;
    const PAGED: bool = false;

    fn request(
        &self,
        api: &Api,
        _: Option<Place>,
    ) -> Result<Request<Collection<RegionListItem>>, RequestError> {
        api.region_list(self.country.as_deref())
    }
}

list! {
    /// Which regions to list. Made by [`Client::regions`].
    ListRegions, RegionFilters, RegionListItem
}

impl ListRegions {
    /// Lists the states and provinces of this country (region id) instead of countries.
    pub fn of_country(mut self, region_id: impl Into<String>) -> Self {
        self.0.filters.country = Some(region_id.into());
        self
    }
}

#[derive(Debug, Clone, Default)]
pub(crate) struct VendorFilters {
    kind: Option<String>,
}

impl Filters for VendorFilters {
    type Item = Vendor;
    const PAGED: bool = false;

    fn request(&self, api: &Api, _: Option<Place>) -> Result<Request<Collection<Vendor>>, RequestError> {
        api.vendor_list(self.kind.as_deref())
    }
}

list! {
    /// Which vendors to list. Made by [`Client::vendors`].
    ListVendors, VendorFilters, Vendor
}

impl ListVendors {
    /// Keeps vendors of this kind. The value that means carriers only is not published.
    pub fn kind(mut self, kind: impl Into<String>) -> Self {
        self.0.filters.kind = Some(kind.into());
        self
    }
}

#[derive(Debug, Clone)]
pub(crate) struct ManufacturerFilters;

impl Filters for ManufacturerFilters {
    type Item = Manufacturer;
    const PAGED: bool = false;

    fn request(
        &self,
        api: &Api,
        _: Option<Place>,
    ) -> Result<Request<Collection<Manufacturer>>, RequestError> {
        api.manufacturer_list()
    }
}

list! {
    /// Manufacturers. Made by [`Client::manufacturers`].
    ListManufacturers, ManufacturerFilters, Manufacturer
}

#[derive(Debug, Clone)]
pub(crate) struct ModelFilters {
    manufacturer: String,
    only: Option<ModelFilter>,
}

impl Filters for ModelFilters {
    type Item = Model;
    const PAGED: bool = false;

    fn request(&self, api: &Api, _: Option<Place>) -> Result<Request<Collection<Model>>, RequestError> {
        api.model_list(&self.manufacturer, self.only.as_ref())
    }
}

list! {
    /// Which models to list. Made by [`Client::models`].
    ListModels, ModelFilters, Model
}

impl ListModels {
    /// Keeps models of this kind.
    pub fn only(mut self, kind: ModelFilter) -> Self {
        self.0.filters.only = Some(kind);
        self
    }
}
