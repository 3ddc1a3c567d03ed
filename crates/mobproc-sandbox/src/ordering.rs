//! Confirming and placing orders: the rules of each kind, the echo, the costs, and what comes of it.

use chrono::{DateTime, Utc};
use mobproc_api::types::{
    Amount, DeviceIdentityRequest, OrderRequest, OrderRequestEnvelope, PropertyField, ShipToRequest,
    ShoppingCartRequest, TransactionType,
};
use serde_json::{Value, json};

use crate::answer::Failure;
use crate::lookups::{Call, asked_properties};
use crate::render::{price, set, without_nulls};
use crate::story::{self, CatalogItem, Contract, DeviceAsset, Plan, ServiceAsset};
use crate::tenant::{Effect, Event, PlacedOrder, Stage, Tenant, stamp};

/// What a kind of order is made of.
#[derive(Debug, Clone, Copy)]
struct Profile {
    /// It is about a service.
    service: bool,
    /// It says where it is used: region and, in the United States, postal code.
    place: bool,
    cart: Cart,
    existing_device: bool,
    new_device: bool,
    /// Transfers in say who the present carrier is, and accept acknowledgements.
    transfer_in: bool,
    /// What its order shows of shipping.
    shipping: Shipping,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cart {
    None,
    /// Device, plan, features, accessories: at least one of them.
    Goods,
    Accessories,
    Features,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shipping {
    Full,
    Empty,
    Absent,
}

impl Profile {
    fn of(kind: &TransactionType) -> Option<Self> {
        let care = Self {
            service: true,
            place: false,
            cart: Cart::None,
            existing_device: false,
            new_device: false,
            transfer_in: false,
            shipping: Shipping::Empty,
        };
        let buy = Self {
            cart: Cart::Goods,
            shipping: Shipping::Full,
            ..care
        };
        Some(match kind {
            TransactionType::NewActivation => Self {
                service: false,
                place: true,
                ..buy
            },
            TransactionType::Upgrade => Self {
                existing_device: true,
                ..buy
            },
            TransactionType::PortNumber => Self { place: true, ..buy },
            TransactionType::OrderAccessories => Self {
                cart: Cart::Accessories,
                ..buy
            },
            TransactionType::Suspend | TransactionType::Unsuspend => care,
            TransactionType::UpdateFeatures => Self {
                cart: Cart::Features,
                ..care
            },
            TransactionType::SwapDevices => Self {
                existing_device: true,
                new_device: true,
                ..care
            },
            TransactionType::Deactivate | TransactionType::XferServiceOut => Self {
                shipping: Shipping::Absent,
                ..care
            },
            TransactionType::XferServiceIn | TransactionType::XferServiceInAndPort => Self {
                service: false,
                place: true,
                transfer_in: true,
                ..buy
            },
            _ => return None,
        })
    }
}

/// An order that keeps all rules, and all that follows from it.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) confirmation: Value,
    order: Value,
    effect: Effect,
    employee_id: String,
    one_time: Amount,
}

/// What the cart of an order holds, looked up.
#[derive(Debug, Default)]
struct Goods<'a> {
    device: Option<&'a CatalogItem>,
    plan: Option<&'a Plan>,
    feature_ids: Vec<String>,
    accessories: Vec<&'a CatalogItem>,
}

/// Holds an order against the rules of its kind.
pub(crate) fn check(call: &Call<'_>) -> Result<Checked, Vec<Failure>> {
    let body = call.request.json().map_err(|failure| vec![failure])?;
    let envelope: OrderRequestEnvelope = serde_json::from_value(body).map_err(|error| {
        vec![Failure::bad_request(
            "400-Request-body-error",
            format!("The order cannot be read: {error}."),
        )]
    })?;
    let request = envelope.order_request;
    let Some(profile) = Profile::of(&request.transaction_type) else {
        return Err(vec![Failure::bad_request(
            "400-Transaction-Type-error",
            format!(
                "The transaction type {} is not supported.",
                request.transaction_type
            ),
        )]);
    };
    let mut checker = Checker {
        call,
        request: &request,
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
        Ok(Echo {
            call,
            request: &request,
            profile,
            service,
            goods,
        }
        .checked())
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
            TransactionType::Unsuspend => Some("SUSPENDED"),
            TransactionType::Deactivate => (service.status == "DEACTIVATED").then_some("ACTIVE"),
            _ => Some("ACTIVE"),
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

fn ship_to_region(ship_to: &ShipToRequest) -> Option<&str> {
    ship_to
        .region_id
        .as_deref()
        .or(ship_to.region.as_ref().map(|region| region.id.as_str()))
}

fn fields(request: &OrderRequest) -> impl Iterator<Item = &PropertyField> {
    request
        .properties
        .iter()
        .flatten()
        .flat_map(|group| group.fields.iter().flatten())
}

/// Shows an order back as confirmation and as order.
struct Echo<'a> {
    call: &'a Call<'a>,
    request: &'a OrderRequest,
    profile: Profile,
    service: Option<&'a ServiceAsset>,
    goods: Goods<'a>,
}

impl Echo<'_> {
    fn checked(&self) -> Checked {
        let (one_time, monthly) = self.costs();
        Checked {
            confirmation: self.confirmation(one_time, monthly),
            order: self.order(),
            effect: self.effect(),
            employee_id: self.call.actor.id.clone(),
            one_time,
        }
    }

    fn costs(&self) -> (Amount, Amount) {
        let tenant = self.call.tenant;
        let feature = |id: &str| {
            tenant
                .features
                .by_id(id)
                .map_or(Amount::ZERO, |feature| story::amount(&feature.amount))
        };
        let one_time = self
            .goods
            .device
            .into_iter()
            .chain(self.goods.accessories.iter().copied())
            .map(|item| story::amount(&item.amount))
            .sum();
        let added = self
            .request
            .shopping_cart
            .iter()
            .flat_map(|cart| cart.features.iter().flatten())
            .filter(|change| change.action.as_str() == "ADD")
            .map(|change| feature(&change.id));
        let monthly = self
            .goods
            .plan
            .map(|plan| story::amount(&plan.amount))
            .into_iter()
            .chain(self.goods.feature_ids.iter().map(|id| feature(id)))
            .chain(added)
            .sum();
        (one_time, monthly)
    }

    fn people(&self) -> Value {
        let actor = self.call.renderer().employee(self.call.actor);
        without_nulls(json!({
            "accountHolder": actor,
            "requestedBy": actor,
            "externalOrderNumber": self.request.external_order_number,
            "properties": self.properties(),
        }))
    }

    /// Properties come back with labels, and dates with a `Z`.
    fn properties(&self) -> Vec<Value> {
        self.request
            .properties
            .iter()
            .flatten()
            .map(|group| {
                let fields: Vec<Value> = group
                    .fields
                    .iter()
                    .flatten()
                    .map(|field| {
                        let mut value = json!(field);
                        let definition = self
                            .call
                            .tenant
                            .properties
                            .iter()
                            .find(|property| property.id == field.id && property.label_echoed);
                        if let Some(definition) = definition {
                            set(&mut value, "label", json!(definition.label));
                        }
                        if let Some(date) = &field.date {
                            set(&mut value, "date", json!(date.as_str().replace("+00:00", "Z")));
                        }
                        value
                    })
                    .collect();
                without_nulls(json!({ "groupId": group.group_id, "fields": fields }))
            })
            .collect()
    }

    fn region_id(&self) -> Option<&str> {
        self.request
            .region_id
            .as_deref()
            .or(self.service.map(|service| service.region_id.as_str()))
    }

    fn confirmation(&self, one_time: Amount, monthly: Amount) -> Value {
        let renderer = self.call.renderer();
        let kind = &self.request.transaction_type;
        let mut value = self.people();
        set(&mut value, "transactionType", json!(kind));
        let deactivates = *kind == TransactionType::Deactivate;
        if !deactivates && let Some(region) = self.region_id() {
            set(&mut value, "region", renderer.region_reference(region));
        }
        if self.profile.place
            && self.profile.service == self.service.is_some()
            && let Some(code) = &self.request.postal_code
        {
            set(&mut value, "postalCode", json!(code));
        }
        if let Some(service) = self.service {
            set(&mut value, "service", renderer.service_summary(service));
            let device = self.call.tenant.device_assets.by_id(&service.device_asset_id);
            if let Some(device) = device.filter(|_| !deactivates) {
                set(&mut value, "device", renderer.device_summary(device));
            }
        }
        if let Some(device) = &self.request.existing_device {
            set(&mut value, "existingDevice", self.identity(device));
        }
        if let Some(device) = &self.request.new_device {
            set(&mut value, "newDevice", self.identity(device));
        }
        if self.profile.cart != Cart::None {
            set(&mut value, "shoppingCart", self.cart());
            let costs = json!([price(one_time, "ONETIME"), price(monthly, "MONTHLY")]);
            set(&mut value, "costSummary", costs);
        }
        if let Some(ship_to) = &self.request.ship_to {
            set(&mut value, "shipTo", self.ship_to(ship_to));
        }
        if self.profile.transfer_in {
            set(
                &mut value,
                "acknowledgements",
                json!(self.request.acknowledgements),
            );
            if let Some(id) = &self.request.current_vendor_id {
                let mut vendor = renderer.vendor_reference(id);
                if let Some(members) = vendor.as_object_mut() {
                    members.remove("_meta");
                }
                set(&mut value, "currentVendor", vendor);
            }
        } else if *kind == TransactionType::XferServiceOut {
            set(&mut value, "acknowledgements", json!([]));
        }
        without_nulls(value)
    }

    fn identity(&self, device: &DeviceIdentityRequest) -> Value {
        let renderer = self.call.renderer();
        let manufacturer = device.manufacturer_id.as_deref().unwrap_or_default();
        let model = device.model_id.as_deref().unwrap_or_default();
        without_nulls(json!({
            "manufacturer": renderer.manufacturer(manufacturer),
            "model": renderer.model(manufacturer, model),
            // An empty name is dropped.
            "otherMakeModelName": device.other_make_model_name.as_deref().filter(|name| !name.is_empty()),
            "serialNumber": device.serial_number,
            "simId": device.sim_id,
        }))
    }

    fn feature_changes(&self) -> Vec<Value> {
        self.request
            .shopping_cart
            .iter()
            .flat_map(|cart| cart.features.iter().flatten())
            .filter_map(|change| {
                let mut value = self.call.renderer().feature(&change.id)?;
                set(&mut value, "action", json!(change.action));
                Some(value)
            })
            .collect()
    }

    fn cart(&self) -> Value {
        let renderer = self.call.renderer();
        let cart = self.request.shopping_cart.as_ref();
        let accessories: Vec<Value> = self
            .goods
            .accessories
            .iter()
            .map(|item| renderer.accessory(item))
            .collect();
        let features = self.feature_changes();
        without_nulls(json!({
            "device": self.goods.device.map(|device| self.call.backend.dress(renderer.catalog_device(device))),
            "plan": self.goods.plan.map(|plan| renderer.plan(plan, &self.goods.feature_ids)),
            "accessories": (!accessories.is_empty()).then_some(accessories),
            "features": (!features.is_empty()).then_some(features),
            "featureRequestComment": cart.and_then(|cart| cart.feature_request_comment.as_deref()),
            // The number that was sent, else 0.
            "quantity": cart.and_then(|cart| cart.quantity).unwrap_or(0),
        }))
    }

    fn ship_to(&self, ship_to: &ShipToRequest) -> Value {
        let region_id = ship_to_region(ship_to).unwrap_or_default();
        let parts = self.call.tenant.regions.by_id(region_id).and_then(|region| {
            self.call
                .tenant
                .address_formats
                .get(region.address_format.as_ref()?)
        });
        let lines: Vec<Value> = ship_to
            .address
            .iter()
            .flatten()
            .map(|line| {
                let label = parts
                    .into_iter()
                    .flatten()
                    .find(|part| part.id == line.id)
                    .map_or(line.id.as_str(), |part| &part.answer_label);
                without_nulls(json!({ "id": line.id, "label": label, "value": line.value }))
            })
            .collect();
        without_nulls(json!({
            "address": lines,
            "expedite": ship_to.expedite,
            "name": ship_to.name,
            "region": self.call.renderer().region_reference(region_id),
        }))
    }

    fn order(&self) -> Value {
        let kind = &self.request.transaction_type;
        let mut value = self.people();
        // A transfer that ports comes back as the port.
        let shown = match kind {
            TransactionType::XferServiceInAndPort => &TransactionType::PortNumber,
            other => other,
        };
        set(&mut value, "transactionType", json!(shown));
        if let Some(service) = self.service {
            set(&mut value, "serviceNumber", json!(service.service_number));
        }
        match (self.profile.shipping, &self.request.ship_to) {
            (Shipping::Full, Some(ship_to)) => set(&mut value, "shipTo", self.ship_to(ship_to)),
            (Shipping::Full | Shipping::Empty, _) => set(&mut value, "shipTo", json!({ "address": [] })),
            (Shipping::Absent, _) => {}
        }
        if *kind != TransactionType::Deactivate {
            set(&mut value, "orderSegments", json!({ "items": [self.segment()] }));
        }
        if self.profile.transfer_in || *kind == TransactionType::XferServiceOut {
            // Filled in with the order's times; the kinds documented last show it from the start.
            set(&mut value, "updated", Value::Null);
        }
        value
    }

    fn vendor_id(&self) -> Option<&str> {
        self.goods
            .plan
            .map(|plan| plan.vendor_id.as_str())
            .or(self.goods.device.map(|device| device.vendor_id.as_str()))
            .or(self.service.map(|service| service.vendor_id.as_str()))
            .or(self.goods.accessories.first().map(|item| item.vendor_id.as_str()))
    }

    fn segment(&self) -> Value {
        let renderer = self.call.renderer();
        let goods = |item: &CatalogItem| {
            json!({
                "imageUrl": item.image_url,
                "manufacturer": renderer.manufacturer(&item.manufacturer_id),
                "name": item.name,
                "price": price(story::amount(&item.amount), "ONETIME"),
            })
        };
        let accessories: Vec<Value> = self.goods.accessories.iter().map(|item| goods(item)).collect();
        // The order of lists is not kept: features come back the other way round.
        let features: Vec<Value> = self
            .goods
            .feature_ids
            .iter()
            .rev()
            .filter_map(|id| renderer.feature(id))
            .map(|mut feature| {
                if let Some(members) = feature.as_object_mut() {
                    members.remove("id");
                }
                feature
            })
            .collect();
        let plan = match self.goods.plan {
            Some(plan) => Some(json!({
                "name": plan.name,
                "optionalFeatures": features,
                "price": price(story::amount(&plan.amount), "MONTHLY"),
            })),
            None if self.request.transaction_type == TransactionType::XferServiceOut => None,
            None => Some(json!({ "optionalFeatures": [] })),
        };
        without_nulls(json!({
            "accessories": accessories,
            "device": self.goods.device.map(goods),
            "features": self.feature_changes(),
            "plan": plan,
            "vendor": self.vendor_id().map(|id| renderer.vendor_reference(id)),
        }))
    }

    fn effect(&self) -> Effect {
        let tenant = self.call.tenant;
        let device_name = self
            .goods
            .device
            .map(|device| (device.manufacturer_id.clone(), device.name.clone()));
        let swap_to_device = self
            .request
            .new_device
            .as_ref()
            .and_then(|device| device.serial_number.as_ref())
            .and_then(|serial| {
                tenant
                    .device_assets
                    .all()
                    .iter()
                    .find(|known| known.serial_number == serial.value)
            })
            .map(|device| device.id.clone());
        let service_status = match self.request.transaction_type {
            TransactionType::Suspend => Some("SUSPENDED"),
            TransactionType::Unsuspend => Some("ACTIVE"),
            TransactionType::Deactivate => Some("DEACTIVATED"),
            TransactionType::XferServiceOut => Some("TRANSFERRED"),
            _ => None,
        };
        Effect {
            service_id: self.service.map(|service| service.id.clone()),
            service_status,
            device_name,
            plan_id: self.goods.plan.map(|plan| plan.id.clone()),
            vendor_id: self.goods.plan.map(|plan| plan.vendor_id.clone()),
            swap_to_device,
            ships: self.goods.device.is_some() || !self.goods.accessories.is_empty(),
            new_line: self.service.is_none().then(|| self.new_line()).flatten(),
        }
    }

    /// The line that an activation or a transfer in brings; ids and dates come when it does.
    fn new_line(&self) -> Option<Box<(ServiceAsset, DeviceAsset)>> {
        let plan = self.goods.plan?;
        let number = fields(self.request)
            .find(|field| field.id == "SERVICE_NUMBER")
            .and_then(|field| field.text.clone());
        let vendor = self.call.tenant.vendors.by_id(&plan.vendor_id)?;
        let device = DeviceAsset {
            id: String::new(),
            access_method: vendor.access_method.clone(),
            company_asset_id: String::new(),
            mac_address: "02:00:00:00:00:00".to_owned(),
            manufacturer_id: self
                .goods
                .device
                .map_or("Other", |device| &device.manufacturer_id)
                .to_owned(),
            model_id: self
                .goods
                .device
                .map_or("Other", |device| &device.name)
                .to_owned(),
            serial_type: "UNKNOWN".to_owned(),
            serial_number: String::new(),
            sim_id: String::new(),
            updated: String::new(),
        };
        let service = ServiceAsset {
            id: String::new(),
            service_number: number.unwrap_or_default(),
            status: "ACTIVE".to_owned(),
            employee_id: self.call.actor.id.clone(),
            vendor_id: plan.vendor_id.clone(),
            plan_id: plan.id.clone(),
            device_asset_id: String::new(),
            region_id: self.region_id().unwrap_or_default().to_owned(),
            contract: Contract {
                activated: String::new(),
                start: String::new(),
                end: String::new(),
                last_device_upgrade: String::new(),
            },
            upgrade_eligible_date: String::new(),
            updated: String::new(),
        };
        Some(Box::new((service, device)))
    }
}

/// Places an order that keeps the rules. This is what must never happen twice by accident.
pub(crate) fn place(tenant: &mut Tenant, checked: Checked, now: DateTime<Utc>) -> String {
    let (id, segment_id) = tenant.take_order_ids();
    let needs_approval = checked.one_time > story::amount(&tenant.facts.approval_above);
    let mut document = checked.order;
    if document.get("updated").is_some() {
        set(&mut document, "updated", json!(stamp(now)));
    }
    let effect = checked.effect;
    if !needs_approval {
        tenant.apply(&effect, &id, now);
    }
    let order = PlacedOrder {
        id: id.clone(),
        segment_id,
        stage: Stage::Submitted,
        needs_approval,
        employee_id: checked.employee_id,
        document,
        submitted: now,
        updated: now,
        events: vec![Event {
            at: now,
            what: Stage::Submitted,
            by: None,
        }],
        effect,
    };
    tenant.orders.push(&id, order);
    id
}
