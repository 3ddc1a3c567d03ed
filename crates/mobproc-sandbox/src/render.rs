//! The tenant's things in the shapes the documentation shows.

use mobproc_api::types::Amount;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::clock::stamp;
use crate::orders::{PlacedOrder, Stage};
use crate::seed::{
    self, CatalogItem, DeviceAsset, Employee, Plan, Region, ServiceAsset, ServiceStatus, Vendor,
};
use crate::tenant::Tenant;

/// What a path segment may hold as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// How things of a backend look.
pub(crate) struct Renderer<'a> {
    pub(crate) tenant: &'a Tenant,
    /// The base of every link.
    pub(crate) base: &'a str,
}

pub(crate) fn price(amount: Amount, recurrence: &str) -> Value {
    json!({ "amount": amount, "currencyCode": "USD", "recurrence": recurrence })
}

impl Renderer<'_> {
    pub(crate) fn link(&self, segments: &[&str]) -> String {
        let mut link = self.base.to_owned();
        for segment in segments {
            link.push('/');
            link.extend(utf8_percent_encode(segment, SEGMENT));
        }
        link
    }

    fn meta(&self, segments: &[&str]) -> Value {
        json!({ "href": self.link(segments) })
    }

    /// An employee as orders and moves show one.
    pub(crate) fn employee(&self, employee: &Employee) -> Value {
        let mut value = self.employee_list_item(employee);
        set(&mut value, "_meta", self.meta(&["employees", &employee.id]));
        set(&mut value, "email", json!(employee.email));
        set(&mut value, "officePhone", json!(employee.office_phone));
        value
    }

    /// An employee as the list shows one: fewer members, more links.
    pub(crate) fn employee_list_item(&self, employee: &Employee) -> Value {
        let of_employee = |what| {
            format!(
                "{}?limit=10&offset=0&employee={}",
                self.link(&["assets", what]),
                employee.id
            )
        };
        let department = self.tenant.departments.by_id(&employee.department_id);
        json!({
            "_meta": {
                "href": self.link(&["employees", &employee.id]),
                "hrefDevices": of_employee("devices"),
                "hrefServices": of_employee("services"),
            },
            "companyEmployeeId": employee.company_employee_id,
            "department": {
                "id": employee.department_id,
                "name": department.map_or("", |department| &department.name),
            },
            "firstName": employee.first_name,
            "id": employee.id,
            "lastName": employee.last_name,
            "status": "ACTIVE",
        })
    }

    /// An employee alone, with the most detail.
    pub(crate) fn employee_detail(&self, employee: &Employee) -> Value {
        let mut value = self.employee(employee);
        set(&mut value, "updated", json!(employee.updated));
        value
    }

    pub(crate) fn manufacturer(&self, id: &str) -> Value {
        match self.tenant.manufacturers.by_id(id) {
            Some(known) => json!({
                "_meta": self.meta(&["manufacturers", &known.id]),
                "id": known.id,
                "logoUrl": known.logo_url,
                "name": known.name,
            }),
            None => json!({ "id": id, "name": id }),
        }
    }

    pub(crate) fn model(&self, manufacturer: &str, id: &str) -> Value {
        let known = self
            .tenant
            .models
            .iter()
            .find(|model| model.id == id && model.manufacturer_id == manufacturer);
        json!({
            "_meta": self.meta(&["manufacturers", manufacturer, "models", id]),
            "id": id,
            "name": known.map_or(id, |model| &model.name),
        })
    }

    pub(crate) fn vendor_reference(&self, id: &str) -> Value {
        match self.tenant.vendors.by_id(id) {
            Some(known) => json!({
                "_meta": self.meta(&["vendors", &known.id]),
                "id": known.id,
                "logoUrl": known.logo_url,
                "name": known.name,
            }),
            None => json!({ "id": id }),
        }
    }

    pub(crate) fn vendor(&self, vendor: &Vendor, detail: bool) -> Value {
        let mut value = self.vendor_reference(&vendor.id);
        set(&mut value, "region", self.region_reference(&vendor.region_id));
        if detail {
            set(&mut value, "accessMethod", json!(vendor.access_method));
        }
        value
    }

    pub(crate) fn region_reference(&self, id: &str) -> Value {
        let known = self.tenant.regions.by_id(id);
        json!({
            "_meta": self.meta(&["regions", id]),
            "id": id,
            "name": known.map_or("", |region| &region.name),
        })
    }

    pub(crate) fn region(&self, region: &Region) -> Value {
        let parts = region
            .address_format
            .as_ref()
            .and_then(|format| self.tenant.address_formats.get(format));
        let address_format = parts.map(|parts| {
            parts
                .iter()
                .map(|part| {
                    without_nulls(json!({
                        "id": part.id,
                        "label": part.label,
                        "maxLength": part.max_length,
                        "minLength": part.min_length,
                        "validation": part.validation,
                        "options": part.options,
                        "pattern": part.pattern,
                        "regEx": part.reg_ex,
                    }))
                })
                .collect::<Vec<_>>()
        });
        let own = self.link(&["regions", &region.id]);
        let children = region
            .parent_id
            .is_none()
            .then(|| format!("{}?parentRegion={}", self.link(&["regions"]), region.id));
        without_nulls(json!({
            "_meta": without_nulls(json!({ "href": own, "hrefChildren": children })),
            "abbreviation": region.abbreviation,
            "addressFormat": address_format,
            "countryCode": region.country_code,
            "currency": region.currency,
            "id": region.id,
            "name": region.name,
            "parentId": region.parent_id,
            "postalCodePattern": region.postal_code_pattern,
            "postalCodeRegEx": region.postal_code_reg_ex,
            "type": region.kind,
        }))
    }

    /// A region in a list. Its links are the list's own, as published.
    pub(crate) fn region_list_item(&self, region: &Region) -> Value {
        let list = self.link(&["regions"]);
        let meta = match &region.parent_id {
            Some(parent) => json!({
                "href": format!("{list}?parentRegion={parent}"),
                "hrefParent": format!("{list}?parentRegion={parent}&parentRegion={parent}"),
            }),
            None => json!({ "href": list }),
        };
        without_nulls(json!({
            "_meta": meta,
            "abbreviation": region.abbreviation,
            "id": region.id,
            "name": region.name,
            "parentId": region.parent_id,
            "type": region.kind,
        }))
    }

    fn item(&self, folder: &str, item: &CatalogItem) -> Value {
        json!({
            "_meta": self.meta(&["catalog", folder, &item.id]),
            "id": item.id,
            "imageUrl": item.image_url,
            "manufacturer": self.manufacturer(&item.manufacturer_id),
            "name": item.name,
            "price": price(seed::amount(&item.amount), "ONETIME"),
            "vendor": self.vendor_reference(&item.vendor_id),
        })
    }

    pub(crate) fn catalog_device(&self, device: &CatalogItem) -> Value {
        self.item("devices", device)
    }

    pub(crate) fn accessory(&self, accessory: &CatalogItem) -> Value {
        self.item("accessories", accessory)
    }

    /// Features to choose from, on Atlas.
    pub(crate) fn device_features(&self) -> Value {
        self.tenant
            .device_features
            .iter()
            .map(|feature| {
                let options: Vec<Value> = feature
                    .options
                    .iter()
                    .map(|option| {
                        json!({
                            "id": option.id,
                            "isDefault": false,
                            "label": option.label,
                            "price": price(seed::amount(&option.amount), "ONETIME"),
                        })
                    })
                    .collect();
                json!({
                    "id": feature.id,
                    "label": feature.label,
                    "options": options,
                    "type": "CHOICE",
                    "validation": "OPTIONAL",
                })
            })
            .collect()
    }

    pub(crate) fn feature(&self, id: &str) -> Option<Value> {
        let feature = self.tenant.features.by_id(id)?;
        Some(json!({
            "description": feature.description,
            "id": feature.id,
            "price": price(seed::amount(&feature.amount), "MONTHLY"),
        }))
    }

    /// A plan with the optional features given: all it has in the catalog, the chosen ones in a
    /// cart.
    pub(crate) fn plan<'a>(&self, plan: &Plan, features: impl IntoIterator<Item = &'a String>) -> Value {
        let included: Vec<Value> = plan
            .included_features
            .iter()
            .map(|description| json!({ "description": description }))
            .collect();
        let optional: Vec<Value> = features.into_iter().filter_map(|id| self.feature(id)).collect();
        json!({
            "_meta": self.meta(&["catalog", "plans", &plan.id]),
            "id": plan.id,
            "includedFeatures": included,
            "name": plan.name,
            "optionalFeatures": optional,
            "price": price(seed::amount(&plan.amount), "MONTHLY"),
            "vendor": self.vendor_reference(&plan.vendor_id),
        })
    }

    /// A device as confirmations show it: its model is a plain name, and it has no link.
    pub(crate) fn device_summary(&self, device: &DeviceAsset) -> Value {
        json!({
            "accessMethod": device.access_method,
            "companyAssetId": device.company_asset_id,
            "id": device.id,
            "macAddress": device.mac_address,
            "manufacturer": self.manufacturer(&device.manufacturer_id),
            "model": device.model_id,
            "serialNumber": { "type": device.serial_type, "value": device.serial_number },
            "simId": device.sim_id,
        })
    }

    pub(crate) fn device_asset(&self, device: &DeviceAsset) -> Value {
        let mut value = self.device_summary(device);
        set(&mut value, "_meta", self.meta(&["assets", "devices", &device.id]));
        // An object with a picture here, a plain name in confirmations.
        let known = self
            .tenant
            .models
            .iter()
            .find(|model| model.id == device.model_id);
        set(
            &mut value,
            "model",
            without_nulls(json!({
                "id": device.model_id,
                "imageUrl": known.map(|model| &model.image_url),
                "name": device.model_id,
            })),
        );
        set(
            &mut value,
            "orderActions",
            json!(["UPGRADE", "ORDER_ACCESSORIES", "SWAP_DEVICES"]),
        );
        set(&mut value, "updated", json!(device.updated));
        value
    }

    pub(crate) fn service_summary(&self, service: &ServiceAsset) -> Value {
        json!({
            "_meta": self.meta(&["assets", "services", &service.id]),
            "contractDates": {
                "activated": service.contract.activated,
                "end": service.contract.end,
                "lastDeviceUpgrade": service.contract.last_device_upgrade,
                "start": service.contract.start,
            },
            "id": service.id,
            "serviceNumber": service.service_number,
            "status": service.status,
        })
    }

    pub(crate) fn service_asset(&self, service: &ServiceAsset) -> Value {
        let mut value = self.service_summary(service);
        let vendor = self.vendor_reference(&service.vendor_id);
        let plan = self.tenant.plans.by_id(&service.plan_id);
        set(
            &mut value,
            "plan",
            json!({ "name": plan.map_or("", |plan| &plan.name) }),
        );
        set(
            &mut value,
            "vendor",
            json!({ "billing": vendor, "current": vendor }),
        );
        if let Some(device) = self.tenant.device_assets.by_id(&service.device_asset_id) {
            set(&mut value, "device", self.device_asset(&device));
        }
        if let Some(employee) = self.tenant.employees.by_id(&service.employee_id) {
            // Without the telephone number, as published.
            let mut owner = self.employee(&employee);
            if let Some(members) = owner.as_object_mut() {
                members.remove("officePhone");
            }
            set(&mut value, "employee", owner);
        }
        let actions = match service.status {
            ServiceStatus::Active => json!([
                "UPGRADE",
                "PORT_NUMBER",
                "ORDER_ACCESSORIES",
                "UPDATE_FEATURES",
                "SUSPEND",
                "DEACTIVATE",
                "SWAP_DEVICES",
                "XFER_SERVICE_OUT"
            ]),
            ServiceStatus::Suspended => json!(["UNSUSPEND", "DEACTIVATE"]),
            _ => json!([]),
        };
        set(&mut value, "orderActions", actions);
        set(&mut value, "updated", json!(service.updated));
        set(
            &mut value,
            "upgradeEligibleDate",
            json!(service.upgrade_eligible_date),
        );
        value
    }

    /// An order as it stands now.
    pub(crate) fn order(&self, order: &PlacedOrder) -> Value {
        let mut value: Value = serde_json::from_str(&order.document)
            .expect("the document was a value when the order was placed");
        set(&mut value, "_meta", self.meta(&["orders", &order.id]));
        set(&mut value, "orderId", json!(order.id));
        set(&mut value, "status", json!(order.stage.as_str()));
        set(&mut value, "dateSubmitted", json!(stamp(order.submitted)));
        if value.get("updated").is_some() || order.updated != order.submitted {
            set(&mut value, "updated", json!(stamp(order.updated)));
        }
        let of_segment = |what| {
            format!(
                "{}?orderSegment={}",
                self.link(&["orders", &order.id, what]),
                order.segment_id
            )
        };
        let meta = json!({ "hrefHistory": of_segment("history"), "hrefShipments": of_segment("shipments") });
        if let Some(segment) = value.pointer_mut("/orderSegments/items/0") {
            set(segment, "_meta", meta);
            set(segment, "orderSegmentId", json!(order.segment_id));
            set(segment, "status", json!(order.stage.as_str()));
        }
        value
    }

    pub(crate) fn history(&self, order: &PlacedOrder) -> Value {
        let events: Vec<Value> = order
            .events
            .iter()
            .map(|event| {
                without_nulls(json!({
                    "date": stamp(event.at),
                    "status": event.what.as_str(),
                    "employeeId": event.by,
                }))
            })
            .collect();
        json!({ "history": { "items": events } })
    }

    pub(crate) fn shipments(&self, order: &PlacedOrder) -> Value {
        let shipped = order
            .events
            .iter()
            .find(|event| event.what == Stage::Shipped && order.effect.ships);
        let items: Vec<Value> = shipped
            .map(|event| {
                json!({
                    "orderSegmentId": order.segment_id,
                    "dateShipped": stamp(event.at),
                    "trackingNumber": format!("LF{}", order.id),
                })
            })
            .into_iter()
            .collect();
        json!({ "shipments": { "items": items } })
    }
}

/// Sets a member of an object.
pub(crate) fn set(value: &mut Value, name: &str, member: Value) {
    if let Some(members) = value.as_object_mut() {
        members.insert(name.to_owned(), member);
    }
}

/// Absent members are left out, not null: no published answer has one.
pub(crate) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(_, member)| !member.is_null())
                .collect::<Map<_, _>>(),
        ),
        other => other,
    }
}
