//! Holding an order against the rules of its kind.

use mobproc_api::types::{
    DeviceIdentityRequest, OrderRequest, PropertyField, ShipToRequest, ShoppingCartRequest, TransactionType,
};

use super::profile::{Cart, Profile};
use crate::answer::Failure;
use crate::call::{Call, asked_properties};
use crate::seed::{CatalogItem, Plan, ServiceAsset, ServiceStatus};

/// What the cart of an order holds, looked up.
#[derive(Debug, Default)]
pub(super) struct Goods<'a> {
    pub(super) device: Option<&'a CatalogItem>,
    pub(super) plan: Option<&'a Plan>,
    pub(super) feature_ids: Vec<String>,
    pub(super) accessories: Vec<&'a CatalogItem>,
}

/// An order that keeps all rules, with what it names looked up.
pub(super) struct Accepted<'a> {
    pub(super) service: Option<&'a ServiceAsset>,
    pub(super) goods: Goods<'a>,
}

/// Looks for everything that is wrong with an order.
pub(super) fn check<'a>(
    call: &'a Call<'_>,
    request: &'a OrderRequest,
    profile: Profile,
) -> Result<Accepted<'a>, Vec<Failure>> {
    let mut checker = Checker {
        call,
        request,
        profile,
        failures: Vec::new(),
    };
    let service = checker.service();
    checker.place();
    let goods = checker.goods();
    checker.devices();
    checker.transfer();
    checker.properties();
    checker.shipping(&goods);
    let failures = checker.failures;
    if failures.is_empty() {
        Ok(Accepted { service, goods })
    } else {
        Err(failures)
    }
}

/// Looks for everything that is wrong, so that it can be told at once.
struct Checker<'a> {
    call: &'a Call<'a>,
    request: &'a OrderRequest,
    profile: Profile,
    failures: Vec<Failure>,
}

impl<'a> Checker<'a> {
    fn fail(&mut self, code: &'static str, message: impl Into<String>) {
        self.failures.push(Failure::bad_request(code, message));
    }

    fn service(&mut self) -> Option<&'a ServiceAsset> {
        let call = self.call;
        let Some(id) = self.request.service_id.as_deref() else {
            if self.profile.service {
                self.fail("400-Service-Id-error", "Service ID must be passed in.");
            }
            return None;
        };
        let Some(service) = call.service(id) else {
            self.fail("400-Service-Id-error", format!("Service ID {id} does not exist."));
            return None;
        };
        let needed = match self.request.transaction_type {
            TransactionType::Unsuspend => Some(ServiceStatus::Suspended),
            TransactionType::Deactivate => {
                (service.status == ServiceStatus::Deactivated).then_some(ServiceStatus::Active)
            }
            _ => Some(ServiceStatus::Active),
        };
        if let Some(needed) = needed
            && service.status != needed
        {
            self.fail(
                "400-Service-Status-error",
                format!(
                    "{} needs a service that is {needed}; this one is {}.",
                    self.request.transaction_type, service.status
                ),
            );
        }
        Some(service)
    }

    fn place(&mut self) {
        if !self.profile.place {
            return;
        }
        let region = match self.request.region_id.as_deref() {
            None => return self.fail("400-Region_id-Account-Id-error", "Region ID must be passed in."),
            Some(id) => match self.call.tenant.regions.by_id(id) {
                None => return self.fail("400-Region_id-error", format!("Region ID {id} does not exist.")),
                Some(region) => region,
            },
        };
        let blank = self
            .request
            .postal_code
            .as_deref()
            .is_none_or(|code| code.trim().is_empty());
        if region.postal_code_required && blank {
            self.fail(
                "400-Postal-Code-error",
                format!("Postal code must be passed in for {}.", region.name),
            );
        }
    }

    fn goods(&mut self) -> Goods<'a> {
        let tenant = self.call.tenant;
        let empty = ShoppingCartRequest::default();
        let cart = self.request.shopping_cart.as_ref().unwrap_or(&empty);
        let mut goods = Goods::default();
        if let Some(id) = cart.device_id.as_deref() {
            goods.device = tenant
                .catalog_devices
                .by_id(&self.call.backend.plain_catalog_id(id));
            if goods.device.is_none() {
                self.fail(
                    "400-Catalog-Id-error",
                    format!("Device {id} is not in the catalog."),
                );
            }
        }
        if let Some(id) = cart.plan_id.as_deref() {
            goods.plan = tenant.plans.by_id(id);
            if goods.plan.is_none() {
                self.fail(
                    "400-Catalog-Id-error",
                    format!("Plan {id} is not in the catalog."),
                );
            }
        }
        for id in cart.optional_feature_ids.iter().flatten() {
            let offered = goods
                .plan
                .is_some_and(|plan| plan.optional_feature_ids.contains(id));
            if offered {
                goods.feature_ids.push(id.clone());
            } else {
                self.fail(
                    "400-Catalog-Id-error",
                    format!("Feature {id} does not go with the plan."),
                );
            }
        }
        for id in cart.accessory_ids.iter().flatten() {
            match tenant.accessories.by_id(id) {
                Some(accessory) => goods.accessories.push(accessory),
                None => self.fail(
                    "400-Catalog-Id-error",
                    format!("Accessory {id} is not in the catalog."),
                ),
            }
        }
        for change in cart.features.iter().flatten() {
            if tenant.features.by_id(&change.id).is_none() {
                self.fail(
                    "400-Catalog-Id-error",
                    format!("Feature {} is not in the catalog.", change.id),
                );
            }
        }
        let missing = match self.profile.cart {
            Cart::None => None,
            Cart::Goods => (cart.device_id.is_none()
                && cart.plan_id.is_none()
                && cart.accessory_ids.iter().flatten().next().is_none())
            .then_some("a device, a plan or accessories"),
            Cart::Accessories => cart
                .accessory_ids
                .iter()
                .flatten()
                .next()
                .is_none()
                .then_some("accessories"),
            Cart::Features => cart
                .features
                .iter()
                .flatten()
                .next()
                .is_none()
                .then_some("features"),
        };
        if let Some(missing) = missing {
            self.fail(
                "400-Shopping-Cart-error",
                format!("The shopping cart needs {missing}."),
            );
        }
        goods
    }

    fn devices(&mut self) {
        let upgrade = self.request.transaction_type == TransactionType::Upgrade;
        let existing_needed =
            self.profile.existing_device && (!upgrade || self.call.backend.needs_existing_device());
        if existing_needed && self.request.existing_device.is_none() {
            self.fail(
                "400-Existing-Device-error",
                "The existing device must be passed in.",
            );
        }
        if let Some(device) = &self.request.existing_device {
            self.identity("existing", device);
            if device.sim_id.as_deref().is_none_or(|sim| sim.trim().is_empty()) {
                self.fail(
                    "400-Existing-Device-error",
                    "The SIM ID of the existing device must be passed in.",
                );
            }
        }
        match &self.request.new_device {
            None if self.profile.new_device => {
                self.fail("400-New-Device-error", "The new device must be passed in.");
            }
            Some(device) => self.identity("new", device),
            None => {}
        }
    }

    fn identity(&mut self, which: &str, device: &DeviceIdentityRequest) {
        let told = device.manufacturer_id.is_some() && device.model_id.is_some();
        if !told || device.serial_number.is_none() {
            self.fail(
                "400-Device-error",
                format!("Manufacturer, model and serial number of the {which} device must be passed in."),
            );
        }
        let other = device.model_id.as_deref() == Some("Other");
        if other && device.other_make_model_name.as_deref().is_none_or(str::is_empty) {
            self.fail(
                "400-Device-error",
                format!("A model that is not in the catalog needs its name: the {which} device has none."),
            );
        }
    }

    fn transfer(&mut self) {
        if !self.profile.transfer_in {
            return;
        }
        match self.request.current_vendor_id.as_deref() {
            None => self.fail("400-Vendor-Id-error", "The current vendor ID must be passed in."),
            Some(id) if self.call.tenant.vendors.by_id(id).is_none() => {
                self.fail("400-Vendor-Id-error", format!("Vendor ID {id} does not exist."));
            }
            Some(_) => {}
        }
        let sets = self.call.tenant.acknowledgements.iter();
        for definition in sets
            .filter(|set| set.transaction_types.contains(&self.request.transaction_type))
            .flat_map(|set| &set.acknowledgements)
        {
            let accepted = self
                .request
                .acknowledgements
                .iter()
                .flatten()
                .any(|given| given.id == definition.id && given.accepted);
            if !accepted {
                self.fail(
                    "400-Acknowledgement-error",
                    format!("The acknowledgement {} must be accepted.", definition.id),
                );
            }
        }
    }

    fn properties(&mut self) {
        let fields: Vec<&PropertyField> = fields(self.request).collect();
        for (property, required) in asked_properties(self.call.tenant, &self.request.transaction_type) {
            let given = fields.iter().find(|field| field.id == property.id);
            let filled = given.is_some_and(|field| {
                field.text.as_deref().is_some_and(|text| !text.trim().is_empty())
                    || field.date.is_some()
                    || field.choice.is_some()
            });
            if required && !filled {
                self.fail(
                    "400-Property-error",
                    format!("The property {} is required.", property.id),
                );
            }
            let text = given.and_then(|field| field.text.as_deref());
            if let (Some(text), Some(most)) = (text, property.max_length)
                && text.chars().count() > most as usize
            {
                self.fail(
                    "400-Property-error",
                    format!("The property {} takes at most {most} characters.", property.id),
                );
            }
            if property.id == "USER"
                && let Some(user) = text
                && !user.is_empty()
                && self.call.tenant.employee_by_company_id(user).is_none()
            {
                self.fail(
                    "400-Property-error",
                    "The property USER must be a company employee ID.",
                );
            }
        }
    }

    fn shipping(&mut self, goods: &Goods<'_>) {
        let physical = goods.device.is_some() || !goods.accessories.is_empty();
        let Some(ship_to) = &self.request.ship_to else {
            if physical {
                self.fail(
                    "400-Ship-To-error",
                    "Shipping data must be passed in for physical items.",
                );
            }
            return;
        };
        let region_id = ship_to_region(ship_to);
        let region = region_id.and_then(|id| self.call.tenant.regions.by_id(id));
        let Some(region) = region else {
            return self.fail(
                "400-Ship-To-error",
                "The region to ship to must be passed in and exist.",
            );
        };
        let parts = region
            .address_format
            .as_ref()
            .and_then(|format| self.call.tenant.address_formats.get(format));
        for part in parts
            .into_iter()
            .flatten()
            .filter(|part| part.validation == "REQUIRED")
        {
            let filled = ship_to.address.iter().flatten().any(|line| {
                line.id == part.id
                    && line
                        .value
                        .as_deref()
                        .is_some_and(|value| !value.trim().is_empty())
            });
            if !filled {
                self.fail("400-Ship-To-error", format!("The address needs {}.", part.id));
            }
        }
    }
}

pub(super) fn ship_to_region(ship_to: &ShipToRequest) -> Option<&str> {
    ship_to
        .region_id
        .as_deref()
        .or(ship_to.region.as_ref().map(|region| region.id.as_str()))
}

pub(super) fn fields(request: &OrderRequest) -> impl Iterator<Item = &PropertyField> {
    request
        .properties
        .iter()
        .flatten()
        .flat_map(|group| group.fields.iter().flatten())
}
