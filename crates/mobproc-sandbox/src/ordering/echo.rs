//! Showing an order back: as confirmation, as order, and what comes of it.

use std::borrow::Cow;

use mobproc_api::order_rules::{OrderPart, OrderRules};
use mobproc_api::types::{Amount, DeviceIdentityRequest, OrderRequest, ShipToRequest, TransactionType};
use serde_json::{Value, json};

use super::check::{Goods, fields, ship_to_region};
use super::place::Checked;
use crate::call::Call;
use crate::orders::Effect;
use crate::render::{price, set, without_nulls};
use crate::seed::{self, CatalogItem, Contract, DeviceAsset, ServiceAsset, ServiceStatus};

/// Shows an order back as confirmation and as order.
pub(super) struct Echo<'a> {
    pub(super) call: &'a Call<'a>,
    pub(super) request: &'a OrderRequest,
    pub(super) rules: &'static OrderRules,
    pub(super) service: Option<Cow<'a, ServiceAsset>>,
    pub(super) goods: Goods<'a>,
}

impl Echo<'_> {
    pub(super) fn checked(&self) -> Checked {
        let (one_time, monthly) = self.costs();
        Checked {
            confirmation: self.confirmation(one_time, monthly),
            order: self.order(),
            effect: self.effect(),
            employee_id: self.call.actor.id.clone(),
            one_time,
        }
    }

    /// One-time and monthly costs, of as many as are ordered.
    fn costs(&self) -> (Amount, Amount) {
        let (one_time, monthly) = self.costs_of_one();
        let cart = self.request.shopping_cart.as_ref();
        let quantity = cart.and_then(|cart| cart.quantity).unwrap_or(1).max(1);
        let times = |amount: Amount| (0..quantity).map(|_| amount).sum();
        (times(one_time), times(monthly))
    }

    fn costs_of_one(&self) -> (Amount, Amount) {
        let tenant = self.call.tenant;
        let feature = |id: &str| {
            tenant
                .features
                .by_id(id)
                .map_or(Amount::ZERO, |feature| seed::amount(&feature.amount))
        };
        let one_time = self
            .goods
            .device
            .into_iter()
            .chain(self.goods.accessories.iter().copied())
            .map(|item| seed::amount(&item.amount))
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
            .map(|plan| seed::amount(&plan.amount))
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
            .or(self.service.as_ref().map(|service| service.region_id.as_str()))
    }

    fn confirmation(&self, one_time: Amount, monthly: Amount) -> Value {
        let renderer = self.call.renderer();
        let kind = &self.request.transaction_type;
        let mut value = self.people();
        set(&mut value, "transactionType", json!(kind));
        let shows = |member: &str| self.rules.confirmation.contains(&member);
        if shows("region")
            && let Some(region) = self.region_id()
        {
            set(&mut value, "region", renderer.region_reference(region));
        }
        if shows("postalCode")
            && let Some(code) = &self.request.postal_code
        {
            set(&mut value, "postalCode", json!(code));
        }
        if let Some(service) = self.service.as_deref().filter(|_| shows("service")) {
            set(&mut value, "service", renderer.service_summary(service));
        }
        if let Some(service) = self.service.as_deref().filter(|_| shows("device"))
            && let Some(device) = self.call.tenant.device_assets.by_id(&service.device_asset_id)
        {
            set(&mut value, "device", renderer.device_summary(&device));
        }
        if let Some(device) = self
            .request
            .existing_device
            .as_ref()
            .filter(|_| shows("existingDevice"))
        {
            set(&mut value, "existingDevice", self.identity(device));
        }
        if let Some(device) = self.request.new_device.as_ref().filter(|_| shows("newDevice")) {
            set(&mut value, "newDevice", self.identity(device));
        }
        if shows("shoppingCart") {
            set(&mut value, "shoppingCart", self.cart());
        }
        if shows("costSummary") {
            let costs = json!([price(one_time, "ONETIME"), price(monthly, "MONTHLY")]);
            set(&mut value, "costSummary", costs);
        }
        if let Some(ship_to) = self.request.ship_to.as_ref().filter(|_| shows("shipTo")) {
            set(&mut value, "shipTo", self.ship_to(ship_to));
        }
        if shows("acknowledgements") {
            let accepted = self.request.acknowledgements.as_deref().unwrap_or_default();
            set(&mut value, "acknowledgements", json!(accepted));
        }
        if let Some(id) = self
            .request
            .current_vendor_id
            .as_ref()
            .filter(|_| shows("currentVendor"))
        {
            let mut vendor = renderer.vendor_reference(id);
            if let Some(members) = vendor.as_object_mut() {
                members.remove("_meta");
            }
            set(&mut value, "currentVendor", vendor);
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
        let mut value = self.people();
        let shows = |member: &str| self.rules.order.contains(&member);
        set(
            &mut value,
            "transactionType",
            json!(self.rules.answers_as.as_ref().unwrap_or(&self.rules.kind)),
        );
        if let Some(service) = self.service.as_deref().filter(|_| shows("serviceNumber")) {
            set(&mut value, "serviceNumber", json!(service.service_number));
        }
        if shows("shipTo") {
            // Kinds that ship nothing show an empty address.
            let ship_to = self.request.ship_to.as_ref();
            let shown = match ship_to.filter(|_| self.rules.documents(OrderPart::ShipTo)) {
                Some(ship_to) => self.ship_to(ship_to),
                None => json!({ "address": [] }),
            };
            set(&mut value, "shipTo", shown);
        }
        if shows("orderSegments") {
            set(&mut value, "orderSegments", json!({ "items": [self.segment()] }));
        }
        if shows("updated") {
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
            .or(self.service.as_ref().map(|service| service.vendor_id.as_str()))
            .or(self.goods.accessories.first().map(|item| item.vendor_id.as_str()))
    }

    fn segment(&self) -> Value {
        let renderer = self.call.renderer();
        let goods = |item: &CatalogItem| {
            json!({
                "imageUrl": item.image_url,
                "manufacturer": renderer.manufacturer(&item.manufacturer_id),
                "name": item.name,
                "price": price(seed::amount(&item.amount), "ONETIME"),
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
                "price": price(seed::amount(&plan.amount), "MONTHLY"),
            })),
            // Without a plan ordered, most kinds show one without a name.
            None if self.rules.order.contains(&"orderSegments.plan") => {
                Some(json!({ "optionalFeatures": [] }))
            }
            None => None,
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
            .and_then(|serial| tenant.device_by_serial(&serial.value))
            .map(|device| device.id.clone());
        let service_status = match self.request.transaction_type {
            TransactionType::Suspend => Some(ServiceStatus::Suspended),
            TransactionType::Unsuspend => Some(ServiceStatus::Active),
            TransactionType::Deactivate => Some(ServiceStatus::Deactivated),
            TransactionType::XferServiceOut => Some(ServiceStatus::Transferred),
            _ => None,
        };
        Effect {
            service_id: self.service.as_ref().map(|service| service.id.clone()),
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
            status: ServiceStatus::Active,
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
