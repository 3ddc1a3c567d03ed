//! What a tenant offers for a part of an order.

use mobproc::PropertyForm;
use mobproc::types::{CatalogPlan, Price, TransactionType};
use mobproc_api::order_rules::OrderPart;
use mobproc_rollout::text::one_line;

use crate::failure::Failure;
use crate::output::priced;
use crate::session::Session;

/// For what kind of order, and for which line or vendor.
pub(super) struct Offer<'a> {
    pub(super) session: &'a Session,
    pub(super) kind: &'a TransactionType,
    pub(super) service: Option<&'a str>,
    pub(super) vendor: Option<&'a str>,
    /// Of each so many at most.
    pub(super) most: u64,
}

impl Offer<'_> {
    /// The properties that are asked for, as a form.
    pub(super) async fn properties(&self) -> Result<PropertyForm, Failure> {
        let mut request = self.session.client.orders().properties(self.kind.clone());
        // A line says which vendor it is.
        if let Some(service) = self.service {
            request = request.service(service);
        } else if let Some(vendor) = self.vendor {
            request = request.vendor(vendor);
        }
        Ok(request.send().await?)
    }

    /// What can be chosen: id, and name with price.
    pub(super) async fn of(&self, part: OrderPart) -> Result<Vec<(String, String)>, Failure> {
        let client = &self.session.client;
        let catalog = client.catalog();
        let choice = |id: &str, name: Option<&str>, price: Option<&Price>| {
            (id.to_owned(), priced(name.unwrap_or_default(), price))
        };
        let mut found = Vec::new();
        match part {
            OrderPart::ShoppingCartDeviceId => {
                let mut list = catalog.devices().transaction_type(self.kind.clone());
                // A line says which vendor it is.
                if let Some(service) = self.service {
                    list = list.service(service);
                } else if let Some(vendor) = self.vendor {
                    list = list.vendor(vendor);
                }
                let all = list.limit(self.most).items().collect().await?;
                found.extend(
                    all.iter()
                        .map(|item| choice(&item.id, item.name.as_deref(), item.price.as_ref())),
                );
            }
            OrderPart::ShoppingCartPlanId => {
                let all = catalog.plans().items().collect().await?;
                let fits = |plan: &&CatalogPlan| {
                    let of = plan.vendor.as_ref().map(|of| of.id.as_str());
                    self.vendor.is_none() || of.is_none() || of == self.vendor
                };
                found.extend(
                    all.iter()
                        .filter(fits)
                        .map(|item| choice(&item.id, item.name.as_deref(), item.price.as_ref())),
                );
            }
            OrderPart::ShoppingCartOptionalFeatureIds | OrderPart::ShoppingCartFeatures => {
                let all = catalog.features().limit(self.most).items().collect().await?;
                found.extend(
                    all.iter()
                        .map(|item| choice(&item.id, item.description.as_deref(), item.price.as_ref())),
                );
            }
            OrderPart::ShoppingCartAccessoryIds => {
                let all = catalog.accessories().limit(self.most).items().collect().await?;
                found.extend(
                    all.iter()
                        .map(|item| choice(&item.id, item.name.as_deref(), item.price.as_ref())),
                );
            }
            OrderPart::RegionId | OrderPart::ShipToRegionId => {
                let all = client.regions().limit(self.most).items().collect().await?;
                found.extend(
                    all.iter()
                        .map(|item| choice(&item.id, item.name.as_deref(), None)),
                );
            }
            OrderPart::CurrentVendorId => {
                let all = client.vendors().limit(self.most).items().collect().await?;
                found.extend(
                    all.iter()
                        .map(|item| choice(&item.id, item.name.as_deref(), None)),
                );
            }
            OrderPart::Acknowledgements => {
                if let Some(vendor) = self.vendor {
                    let form = client.orders().acknowledgements(self.kind.clone(), vendor);
                    let form = form.send().await?;
                    found.extend(
                        form.statements()
                            .iter()
                            .map(|statement| (statement.id.clone(), one_line(&statement.label))),
                    );
                }
            }
            _ => {}
        }
        Ok(found)
    }
}
