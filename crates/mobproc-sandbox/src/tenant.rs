//! The tenant as it is now: what the seed began with and what orders and moves have made of it.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::clock::{after, stamp};
use crate::crowd::Crowd;
use crate::orders::{Effect, Orders};
use crate::population::{self, Population};
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
    pub(crate) employees: Crowd<Employee>,
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
    pub(crate) device_assets: Crowd<DeviceAsset>,
    pub(crate) service_assets: Crowd<ServiceAsset>,
    /// The service a device is used with, if any; those that are made have one of their own number.
    service_of_device: HashMap<String, Option<String>>,
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
            .map(|service| (service.device_asset_id.clone(), Some(service.id.clone())))
            .collect();
        Self {
            orders: Orders::new(seed.tenant.first_order_id),
            service_of_device,
            facts: seed.tenant,
            departments: Shelf::new(seed.departments, |item| &item.id),
            employees: Crowd::new(seed.employees, |item| &item.id),
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
            device_assets: Crowd::new(seed.device_assets, |item| &item.id),
            service_assets: Crowd::new(seed.service_assets, |item| &item.id),
            properties: seed.properties,
            acknowledgements: seed.acknowledgements,
        }
    }

    pub(crate) fn employee_by_company_id(&self, id: &str) -> Option<Cow<'_, Employee>> {
        if let Some(known) = self.employees_by_company_id.get(id) {
            return self.employees.by_id(known);
        }
        // Those that are made have their number at the end.
        let number = id.rsplit_once('.')?.1.parse().ok()?;
        self.employees
            .made(number)
            .filter(|employee| employee.company_employee_id == id)
    }

    /// The service a device is used with.
    pub(crate) fn service_of(&self, device_id: &str) -> Option<Cow<'_, ServiceAsset>> {
        match self.service_of_device.get(device_id) {
            Some(service) => self.service_assets.by_id(service.as_deref()?),
            None => self.service_assets.made(population::number_of_device(device_id)?),
        }
    }

    /// The employees who may approve. None of those that are made may.
    pub(crate) fn approvers(&self) -> Vec<Cow<'_, Employee>> {
        let places = self.employees.candidates(None).into_iter();
        places
            .filter_map(|place| self.employees.at(place))
            .filter(|employee| employee.approver)
            .collect()
    }

    /// The device with a serial number. That of those that are made is their number.
    pub(crate) fn device_by_serial(&self, serial: &str) -> Option<Cow<'_, DeviceAsset>> {
        let number = serial.parse().ok();
        let made = number.filter(|number| self.device_assets.made(*number).is_some());
        let places = self.device_assets.candidates(made).into_iter();
        places
            .filter_map(|place| self.device_assets.at(place))
            .find(|device| device.serial_number == serial)
    }

    /// Where the services stand that an employee can have.
    pub(crate) fn services_around(&self, employee_id: &str) -> Vec<usize> {
        self.service_assets
            .candidates(self.employees.number_of(employee_id))
    }

    /// Where the devices stand that an employee can have, or that nobody has.
    pub(crate) fn devices_around(&self, employee_id: &str) -> Vec<usize> {
        let mut places = self.device_assets.candidates(None);
        let services = self.services_around(employee_id).into_iter();
        let used = services
            .filter_map(|place| self.service_assets.at(place))
            .filter_map(|service| self.device_assets.place_of(&service.device_asset_id));
        places.extend(used);
        let unused = self
            .service_of_device
            .iter()
            .filter(|(_, service)| service.is_none());
        places.extend(unused.filter_map(|(device, _)| self.device_assets.place_of(device)));
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Adds generated people, each with a line and a device.
    pub(crate) fn add_people(&mut self, people: Population) {
        let people = Arc::new(people);
        let count = people.count();
        let of = || Arc::clone(&people);
        let (one, two, three) = (of(), of(), of());
        let employee = Arc::new(move |number| one.employee(number));
        let service = Arc::new(move |number| two.service(number));
        let device = Arc::new(move |number| three.device(number));
        self.employees
            .add_made(count, population::first_id(population::EMPLOYEE), employee);
        self.service_assets
            .add_made(count, population::first_id(population::SERVICE), service);
        self.device_assets
            .add_made(count, population::first_id(population::DEVICE), device);
    }

    pub(crate) fn service_of_device(&self) -> &HashMap<String, Option<String>> {
        &self.service_of_device
    }

    pub(crate) fn set_service_of_device(&mut self, services: HashMap<String, Option<String>>) {
        self.service_of_device = services;
    }

    fn add_service(&mut self, service: ServiceAsset, device: DeviceAsset) {
        let (service_id, device_id) = (service.id.clone(), device.id.clone());
        self.service_assets.push(&service_id, service);
        self.device_assets.push(&device_id, device);
        self.service_of_device.insert(device_id, Some(service_id));
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
        service.contract.end = stamp(after(now, days(730)));
        service.upgrade_eligible_date = stamp(after(now, days(640)));
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
            self.service_of_device
                .insert(service.device_asset_id.clone(), None);
            self.service_of_device
                .insert(device.clone(), Some(service.id.clone()));
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

fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 60 * 60)
}
