//! Holding an order against the rules of its kind: the table of the document decides what is
//! needed, this file what the tenant has and how a refusal reads.

use std::borrow::Cow;

use mobproc_api::order_rules::{MEMBERS, Need, OrderCondition, OrderPart, OrderRules, PartRule, Presence};
use mobproc_api::types::{OrderRequest, PropertyField, ShipToRequest, ShoppingCartRequest, TransactionType};

use serde_json::{Value, json};

use crate::answer::Failure;
use crate::call::{Call, asked_properties};
use crate::seed::{CatalogItem, Plan, Property, ServiceAsset, ServiceStatus};

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
    pub(super) service: Option<Cow<'a, ServiceAsset>>,
    pub(super) goods: Goods<'a>,
}

/// Looks for everything that is wrong with an order.
pub(super) fn check<'a>(
    call: &'a Call<'_>,
    request: &'a OrderRequest,
    rules: &'static OrderRules,
) -> Result<Accepted<'a>, Vec<Failure>> {
    let mut checker = Checker {
        call,
        request,
        rules,
        failures: Vec::new(),
    };
    checker.needed_parts();
    let service = checker.service();
    checker.region();
    let goods = checker.goods();
    checker.vendor();
    checker.acknowledgements();
    checker.properties();
    checker.shipping();
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
    rules: &'static OrderRules,
    failures: Vec<Failure>,
}

impl<'a> Checker<'a> {
    fn fail(&mut self, code: &'static str, message: impl Into<String>) {
        self.failures.push(Failure::bad_request(code, message));
    }

    /// Everything the table asks for that is not there.
    fn needed_parts(&mut self) {
        for rule in self.rules.parts.iter().chain(MEMBERS) {
            let is_asked = rule
                .part
                .parent()
                .is_none_or(|parent| parent.presence(self.request) == Presence::Given);
            if is_asked && rule.part.presence(self.request) != Presence::Given && self.is_needed(rule) {
                self.fail(code(rule.part), format!("{} must be passed in.", name(rule.part)));
            }
        }
        if let Some(choice) = self.rules.at_least_one {
            let given = |part: &&OrderPart| part.presence(self.request) == Presence::Given;
            if !choice.of.iter().any(|part| given(&part)) {
                let names: Vec<&str> = choice.of.iter().map(|part| part.as_str()).collect();
                self.fail(
                    "400-Shopping-Cart-error",
                    format!("The shopping cart needs one of {}.", names.join(", ")),
                );
            }
        }
    }

    fn is_needed(&self, rule: &PartRule) -> bool {
        match rule.need {
            Need::Required => true,
            Need::Conditional(conditions) => conditions
                .iter()
                .any(|condition| self.holds(*condition, rule.part)),
            Need::Optional | Need::Undocumented => false,
        }
    }

    /// Whether a condition holds here, for this tenant, backend and order.
    fn holds(&self, condition: OrderCondition, part: OrderPart) -> bool {
        let given = |part: OrderPart| part.presence(self.request) == Presence::Given;
        match condition {
            OrderCondition::UnitedStates => self
                .request
                .region_id
                .as_deref()
                .and_then(|id| self.call.tenant.regions.by_id(id))
                .is_some_and(|region| region.postal_code_required),
            OrderCondition::PremiumMobile => self.call.backend.needs_existing_device(),
            OrderCondition::PhysicalItems => {
                given(OrderPart::ShoppingCartDeviceId) || given(OrderPart::ShoppingCartAccessoryIds)
            }
            OrderCondition::ModelNotInCatalog => {
                let device = match part.parent() {
                    Some(OrderPart::ExistingDevice) => self.request.existing_device.as_ref(),
                    _ => self.request.new_device.as_ref(),
                };
                device.and_then(|device| device.model_id.as_deref()) == Some("Other")
            }
            // A plan without a device: the SIM has to be sent somewhere.
            OrderCondition::SimOnPremiumMobile => {
                self.call.backend.needs_existing_device() && given(OrderPart::ShoppingCartPlanId)
            }
            OrderCondition::IncompatibleDevice => self.is_device_incompatible(),
            // The documentation says "usually" of the first, and a sandbox that insisted would
            // refuse good orders. Definitions are decided one by one below.
            OrderCondition::SimExceptRivermine
            | OrderCondition::AcknowledgementDefinitions
            | OrderCondition::PropertyDefinitions => false,
        }
    }

    /// Whether the device of the line cannot run with the carrier of the plan.
    fn is_device_incompatible(&self) -> bool {
        let tenant = self.call.tenant;
        let cart = self.request.shopping_cart.as_ref();
        let plan = cart.and_then(|cart| tenant.plans.by_id(cart.plan_id.as_deref()?));
        let carrier = plan.and_then(|plan| tenant.vendors.by_id(&plan.vendor_id));
        let service = self.request.service_id.as_deref();
        let service = service.and_then(|id| self.call.service(id));
        let device = service.and_then(|service| {
            let device = tenant.device_assets.by_id(&service.device_asset_id);
            device.map(|device| device.access_method.clone())
        });
        match (carrier, device) {
            (Some(carrier), Some(device)) => carrier.access_method != device,
            _ => false,
        }
    }

    fn service(&mut self) -> Option<Cow<'a, ServiceAsset>> {
        let call = self.call;
        let id = self.request.service_id.as_deref()?;
        let Some(service) = call.service(id) else {
            let is_hidden = call.explain && call.tenant.service_assets.by_id(id).is_some();
            let why = if is_hidden {
                format!(" for {}: it is somebody else's", call.actor.company_employee_id)
            } else {
                String::new()
            };
            self.fail(
                "400-Service-Id-error",
                format!("Service ID {id} does not exist{why}."),
            );
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

    fn region(&mut self) {
        if let Some(id) = self.request.region_id.as_deref()
            && self.rules.documents(OrderPart::RegionId)
            && self.call.tenant.regions.by_id(id).is_none()
        {
            self.fail("400-Region_id-error", format!("Region ID {id} does not exist."));
        }
        let region = self.request.region_id.as_deref();
        let form = region
            .and_then(|id| self.call.tenant.regions.by_id(id))
            .and_then(|region| region.postal_code_reg_ex.as_deref());
        if let (Some(code), Some(form)) = (self.request.postal_code.as_deref(), form)
            && !has_form(code, form)
        {
            self.fail(
                "400-Postal-Code-error",
                "The postal code is not one of the region.",
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
            if !change.action.is_known() {
                self.fail(
                    "400-Shopping-Cart-error",
                    format!(
                        "The action {} of a feature is neither ADD nor REMOVE.",
                        change.action
                    ),
                );
            }
        }
        if let Some(quantity) = cart.quantity
            && !(0..=MOST).contains(&quantity)
        {
            self.fail(
                "400-Shopping-Cart-error",
                format!("The quantity {quantity} is not between 0 and {MOST}."),
            );
        }
        self.one_carrier(&goods);
        goods
    }

    /// All that is in a cart is of one carrier; what is transferred stays with its carrier.
    fn one_carrier(&mut self, goods: &Goods<'a>) {
        let device = goods.device.map(|device| device.vendor_id.as_str());
        let plan = goods.plan.map(|plan| plan.vendor_id.as_str());
        let accessories = goods.accessories.iter().map(|item| item.vendor_id.as_str());
        let mut carriers: Vec<&str> = device.into_iter().chain(plan).chain(accessories).collect();
        carriers.sort_unstable();
        carriers.dedup();
        if carriers.len() > 1 {
            self.fail(
                "400-Shopping-Cart-error",
                format!(
                    "The cart has things of more than one carrier: {}.",
                    carriers.join(", ")
                ),
            );
        }
        if self.request.transaction_type == TransactionType::XferServiceIn
            && let (Some(current), Some(plan)) = (self.request.current_vendor_id.as_deref(), plan)
            && current != plan
        {
            self.fail(
                "400-Vendor-Id-error",
                format!(
                    "The plan is of carrier {plan}; the service that is transferred stays with {current}."
                ),
            );
        }
    }

    fn vendor(&mut self) {
        if let Some(id) = self.request.current_vendor_id.as_deref()
            && self.rules.documents(OrderPart::CurrentVendorId)
            && self.call.tenant.vendors.by_id(id).is_none()
        {
            self.fail("400-Vendor-Id-error", format!("Vendor ID {id} does not exist."));
        }
    }

    /// Those that the definitions ask for, where the table says that they are asked for.
    fn acknowledgements(&mut self) {
        let asked = OrderCondition::AcknowledgementDefinitions;
        let need = self.rules.need(OrderPart::Acknowledgements);
        if !matches!(need, Need::Conditional(conditions) if conditions.contains(&asked)) {
            return;
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
            if let Some(field) = given {
                self.form_of(property, field);
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

    /// Whether a property has the type that is defined, and a choice that is offered.
    fn form_of(&mut self, property: &Property, field: &PropertyField) {
        if field
            .kind
            .as_ref()
            .is_some_and(|kind| kind.as_str() != property.kind)
        {
            self.fail(
                "400-Property-error",
                format!("The property {} is of type {}.", property.id, property.kind),
            );
        }
        let (Some(choices), Some(choice)) = (
            property.choices.as_ref().and_then(Value::as_array),
            field.choice.as_ref(),
        ) else {
            return;
        };
        let offered = choices
            .iter()
            .find(|offered| offered.get("id").and_then(Value::as_str) == Some(&choice.id));
        let Some(offered) = offered else {
            return self.fail(
                "400-Property-error",
                format!("The property {} has no choice {}.", property.id, choice.id),
            );
        };
        let is_other = offered.get("isOther") == Some(&Value::Bool(true));
        let text = choice.other_text.as_deref().unwrap_or_default();
        if is_other && text.trim().is_empty() {
            self.fail(
                "400-Property-error",
                format!(
                    "The choice {} of the property {} needs a text.",
                    choice.id, property.id
                ),
            );
        }
    }

    fn shipping(&mut self) {
        let Some(ship_to) = &self.request.ship_to else {
            return;
        };
        let Some(region_id) = ship_to_region(ship_to) else {
            return;
        };
        let Some(region) = self.call.tenant.regions.by_id(region_id) else {
            return self.fail("400-Ship-To-error", "The region to ship to must exist.");
        };
        let parts = region
            .address_format
            .as_ref()
            .and_then(|format| self.call.tenant.address_formats.get(format));
        for part in parts.into_iter().flatten() {
            let mut lines = ship_to.address.iter().flatten();
            let value = lines
                .find(|line| line.id == part.id)
                .and_then(|line| line.value.as_deref())
                .map(str::trim)
                .filter(|value| !value.is_empty());
            match (value, &part.reg_ex) {
                (None, _) if part.validation == "REQUIRED" => {
                    self.fail("400-Ship-To-error", format!("The address needs {}.", part.id));
                }
                // Only of postal codes: a tutorial writes out a state whose form has two letters.
                (Some(value), Some(form)) if part.id == "POSTAL_CODE" && !has_form(value, form) => {
                    self.fail(
                        "400-Ship-To-error",
                        "The postal code of the address is not one of the region.",
                    );
                }
                _ => {}
            }
        }
    }
}

/// More of one thing than anybody orders at once. Ours: no limit is published.
const MOST: i64 = 1_000;

/// Whether the whole of a text has a form, as the tenant's data gives it. One that is not valid
/// refuses nothing.
fn has_form(text: &str, form: &str) -> bool {
    let schema = json!({ "pattern": format!("^(?:{form})$") });
    jsonschema::validator_for(&schema).map_or(true, |form| form.is_valid(&json!(text)))
}

/// The code a refusal has. Two are published; the others are made in their likeness.
fn code(part: OrderPart) -> &'static str {
    let path = part.as_str();
    match path.split('.').next().unwrap_or(path) {
        "serviceId" => "400-Service-Id-error",
        "regionId" => "400-Region_id-Account-Id-error",
        "postalCode" => "400-Postal-Code-error",
        "currentVendorId" => "400-Vendor-Id-error",
        "existingDevice" => "400-Existing-Device-error",
        "newDevice" => "400-New-Device-error",
        "shoppingCart" => "400-Shopping-Cart-error",
        "shipTo" => "400-Ship-To-error",
        _ => "400-Request-body-error",
    }
}

/// How a refusal names a part.
fn name(part: OrderPart) -> &'static str {
    match part {
        OrderPart::ServiceId => "Service ID",
        OrderPart::RegionId => "Region ID",
        other => other.as_str(),
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
