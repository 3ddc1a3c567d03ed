//! The tenant as it is now: what the seed began with and what orders and moves have made of it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::seed::{
    AcknowledgementSet, AddressPart, CatalogItem, Department, DeviceAsset, DeviceFeature, Employee, Feature,
    Manufacturer, Model, Plan, Property, Region, Seed, ServiceAsset, ServiceStatus, TenantFacts, Vendor,
};

/// Things with ids, in the order they came.
#[derive(Debug, Clone)]
pub(crate) struct Shelf<T> {
    list: Vec<T>,
    places: HashMap<String, usize>,
}

impl<T> Shelf<T> {
    fn new(list: Vec<T>, id: impl Fn(&T) -> &str) -> Self {
        let places = list
            .iter()
            .enumerate()
            .map(|(place, item)| (id(item).to_owned(), place))
            .collect();
        Self { list, places }
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&T> {
        self.list.get(*self.places.get(id)?)
    }

    pub(crate) fn by_id_mut(&mut self, id: &str) -> Option<&mut T> {
        self.list.get_mut(*self.places.get(id)?)
    }

    pub(crate) fn all(&self) -> &[T] {
        &self.list
    }

    pub(crate) fn all_mut(&mut self) -> &mut [T] {
        &mut self.list
    }

    fn reserve(&mut self, more: usize) {
        self.list.reserve(more);
        self.places.reserve(more);
    }

    pub(crate) fn push(&mut self, id: &str, item: T) {
        self.places.insert(id.to_owned(), self.list.len());
        self.list.push(item);
    }
}

/// Everything the sandbox knows and remembers.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) facts: TenantFacts,
    pub(crate) departments: Shelf<Department>,
    pub(crate) employees: Shelf<Employee>,
    pub(crate) employees_by_company_id: HashMap<String, String>,
    pub(crate) regions: Shelf<Region>,
    pub(crate) address_formats: HashMap<String, Vec<AddressPart>>,
    pub(crate) vendors: Shelf<Vendor>,
    pub(crate) manufacturers: Shelf<Manufacturer>,
    pub(crate) models: Vec<Model>,
    pub(crate) catalog_devices: Shelf<CatalogItem>,
    pub(crate) device_features: Vec<DeviceFeature>,
    pub(crate) features: Shelf<Feature>,
    pub(crate) plans: Shelf<Plan>,
    pub(crate) accessories: Shelf<CatalogItem>,
    pub(crate) device_assets: Shelf<DeviceAsset>,
    pub(crate) service_assets: Shelf<ServiceAsset>,
    /// The service a device is used with.
    service_of_device: HashMap<String, String>,
    pub(crate) properties: Vec<Property>,
    pub(crate) acknowledgements: Vec<AcknowledgementSet>,
    pub(crate) orders: Shelf<PlacedOrder>,
    next_order_id: u64,
}

/// An order that was placed.
#[derive(Debug, Clone)]
pub(crate) struct PlacedOrder {
    pub(crate) id: String,
    pub(crate) segment_id: String,
    pub(crate) stage: Stage,
    /// Somebody has to approve it, and nobody has yet.
    pub(crate) needs_approval: bool,
    pub(crate) employee_id: String,
    /// The order as the answer to placing it showed it, without status and times.
    pub(crate) document: Value,
    pub(crate) submitted: DateTime<Utc>,
    pub(crate) updated: DateTime<Utc>,
    pub(crate) events: Vec<Event>,
    pub(crate) effect: Effect,
}

/// Something that happened to an order.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) at: DateTime<Utc>,
    pub(crate) what: Stage,
    pub(crate) by: Option<String>,
}

/// Where an order stands. Beyond the first two the names are the sandbox's own: none is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Submitted,
    AwaitingApproval,
    Rejected,
    Shipped,
    Completed,
}

impl Stage {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Submitted => "ORDER_SUBMITTED",
            Self::AwaitingApproval => "AWAITING_APPROVAL",
            Self::Rejected => "ORDER_REJECTED",
            Self::Shipped => "ORDER_SHIPPED",
            Self::Completed => "ORDER_COMPLETED",
        }
    }
}

/// What an order changes once nobody has to approve it any more.
#[derive(Debug, Clone, Default)]
pub(crate) struct Effect {
    pub(crate) service_id: Option<String>,
    pub(crate) service_status: Option<ServiceStatus>,
    pub(crate) device_name: Option<(String, String)>,
    pub(crate) plan_id: Option<String>,
    pub(crate) vendor_id: Option<String>,
    pub(crate) swap_to_device: Option<String>,
    pub(crate) ships: bool,
    /// A line that was not there before, with its device.
    pub(crate) new_line: Option<Box<(ServiceAsset, DeviceAsset)>>,
}

impl Tenant {
    pub(crate) fn new(seed: Seed) -> Self {
        let employees_by_company_id = seed
            .employees
            .iter()
            .map(|employee| (employee.company_employee_id.clone(), employee.id.clone()))
            .collect();
        let service_of_device = seed
            .service_assets
            .iter()
            .map(|service| (service.device_asset_id.clone(), service.id.clone()))
            .collect();
        Self {
            next_order_id: seed.tenant.first_order_id,
            service_of_device,
            facts: seed.tenant,
            departments: Shelf::new(seed.departments, |item| &item.id),
            employees: Shelf::new(seed.employees, |item| &item.id),
            employees_by_company_id,
            regions: Shelf::new(seed.regions, |item| &item.id),
            address_formats: seed.address_formats,
            vendors: Shelf::new(seed.vendors, |item| &item.id),
            manufacturers: Shelf::new(seed.manufacturers, |item| &item.id),
            models: seed.models,
            catalog_devices: Shelf::new(seed.catalog_devices, |item| &item.id),
            device_features: seed.device_features,
            features: Shelf::new(seed.features, |item| &item.id),
            plans: Shelf::new(seed.plans, |item| &item.id),
            accessories: Shelf::new(seed.accessories, |item| &item.id),
            device_assets: Shelf::new(seed.device_assets, |item| &item.id),
            service_assets: Shelf::new(seed.service_assets, |item| &item.id),
            properties: seed.properties,
            acknowledgements: seed.acknowledgements,
            orders: Shelf::new(Vec::new(), |order: &PlacedOrder| &order.id),
        }
    }

    /// Order id and segment id for the next order.
    pub(crate) fn take_order_ids(&mut self) -> (String, String) {
        let id = self.next_order_id;
        self.next_order_id += 10;
        (id.to_string(), (id + 1).to_string())
    }

    pub(crate) fn employee_by_company_id(&self, id: &str) -> Option<&Employee> {
        self.employees.by_id(self.employees_by_company_id.get(id)?)
    }

    /// The service a device is used with.
    pub(crate) fn service_of(&self, device_id: &str) -> Option<&ServiceAsset> {
        self.service_assets.by_id(self.service_of_device.get(device_id)?)
    }

    /// Makes room, so that a large tenant is built fast.
    pub(crate) fn reserve(&mut self, people: usize) {
        self.employees.reserve(people);
        self.employees_by_company_id.reserve(people);
        self.service_assets.reserve(people);
        self.device_assets.reserve(people);
        self.service_of_device.reserve(people);
    }

    pub(crate) fn add_person(&mut self, employee: Employee, service: ServiceAsset, device: DeviceAsset) {
        self.employees_by_company_id
            .insert(employee.company_employee_id.clone(), employee.id.clone());
        let id = employee.id.clone();
        self.employees.push(&id, employee);
        self.add_service(service, device);
    }

    fn add_service(&mut self, service: ServiceAsset, device: DeviceAsset) {
        let (service_id, device_id) = (service.id.clone(), device.id.clone());
        self.service_assets.push(&service_id, service);
        self.device_assets.push(&device_id, device);
        self.service_of_device.insert(device_id, service_id);
    }

    /// Gives a service to another employee.
    pub(crate) fn reassign(&mut self, service_id: &str, owner_id: String, now: DateTime<Utc>) {
        if let Some(service) = self.service_assets.by_id_mut(service_id) {
            service.employee_id = owner_id;
            service.updated = stamp(now);
        }
    }

    /// Ids of a new line are made from the order's, which nothing else uses.
    fn add_line(&mut self, line: &(ServiceAsset, DeviceAsset), order_id: &str, now: DateTime<Utc>) {
        let (mut service, mut device) = line.clone();
        service.id = format!("{order_id}1");
        device.id = format!("{order_id}2");
        device.company_asset_id = format!("LF-{order_id}");
        device.serial_number = format!("{order_id}3");
        device.sim_id = format!("{order_id}4");
        device.updated = stamp(now);
        if service.service_number.is_empty() {
            // 555-0199 is nobody's number.
            "2025550199".clone_into(&mut service.service_number);
        }
        service.device_asset_id.clone_from(&device.id);
        service.contract.activated = stamp(now);
        service.contract.start = stamp(now);
        service.contract.last_device_upgrade = stamp(now);
        service.contract.end = stamp(now + chrono::Duration::days(730));
        service.upgrade_eligible_date = stamp(now + chrono::Duration::days(640));
        service.updated = stamp(now);
        self.add_service(service, device);
    }

    /// Lets an order's effect come true.
    pub(crate) fn apply(&mut self, effect: &Effect, order_id: &str, now: DateTime<Utc>) {
        if let Some(line) = &effect.new_line {
            self.add_line(line, order_id, now);
        }
        let Some(service) = effect
            .service_id
            .as_deref()
            .and_then(|id| self.service_assets.by_id_mut(id))
        else {
            return;
        };
        service.updated = stamp(now);
        if let Some(status) = effect.service_status {
            service.status = status;
        }
        if let Some(plan) = &effect.plan_id {
            service.plan_id.clone_from(plan);
        }
        if let Some(vendor) = &effect.vendor_id {
            service.vendor_id.clone_from(vendor);
        }
        if let Some(device) = &effect.swap_to_device {
            self.service_of_device.remove(&service.device_asset_id);
            self.service_of_device.insert(device.clone(), service.id.clone());
            service.device_asset_id.clone_from(device);
        }
        if let Some((manufacturer, model)) = &effect.device_name {
            service.contract.last_device_upgrade = stamp(now);
            let device_id = service.device_asset_id.clone();
            if let Some(device) = self.device_assets.by_id_mut(&device_id) {
                device.manufacturer_id.clone_from(manufacturer);
                device.model_id.clone_from(model);
                device.updated = stamp(now);
            }
        }
    }
}

/// A point in time as answers write it.
pub(crate) fn stamp(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
