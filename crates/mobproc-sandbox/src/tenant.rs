//! The tenant as it is now: what the seed began with and what orders and moves have made of it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::orders::{Effect, Orders};
use crate::seed::{
    AcknowledgementSet, AddressPart, CatalogItem, Department, DeviceAsset, DeviceFeature, Employee, Feature,
    Manufacturer, Model, Plan, Property, Region, Seed, ServiceAsset, TenantFacts, Vendor,
};
use crate::shelf::Shelf;

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
    pub(crate) orders: Orders,
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
            orders: Orders::new(seed.tenant.first_order_id),
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
        }
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

    /// Lets the effect of an order come true, if it has not yet.
    pub(crate) fn take_effect(&mut self, order_id: &str, now: DateTime<Utc>) {
        if let Some(effect) = self.orders.take_effect(order_id) {
            self.apply(&effect, order_id, now);
        }
    }

    fn apply(&mut self, effect: &Effect, order_id: &str, now: DateTime<Utc>) {
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
