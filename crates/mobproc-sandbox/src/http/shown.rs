//! What the control calls show of a tenant and of the requests received.

use serde_json::{Value, json};

use crate::clock::stamp;
use crate::engine::Engine;
use crate::record::{Outcome, Received};
use crate::request::is_secret;
use crate::seed::{DeviceAsset, Employee, ServiceAsset};
use crate::tenant::Tenant;

/// In place of what must not be shown.
const SECRET: &str = "[secret]";
/// How much of a tenant the page shows.
const SHOWN: usize = 100;

/// How many there are of everything, and the first of them.
pub(super) fn stock(engine: &Engine) -> Value {
    let backend = engine.settings().backend;
    engine.with_tenant(|tenant| {
        let employees: Vec<Value> = tenant
            .employees
            .iter()
            .take(SHOWN)
            .map(|known| employee(&known))
            .collect();
        let services: Vec<Value> = tenant
            .service_assets
            .iter()
            .take(SHOWN)
            .map(|line| service(tenant, &line))
            .collect();
        let devices: Vec<Value> = tenant
            .device_assets
            .iter()
            .take(SHOWN)
            .map(|asset| device(tenant, &asset))
            .collect();
        let catalog = catalog(tenant);
        json!({
            "code": tenant.facts.code,
            "backend": backend.name(),
            "counts": {
                "catalog": catalog.len(),
                "employees": tenant.employees.len(),
                "services": tenant.service_assets.len(),
                "devices": tenant.device_assets.len(),
            },
            "employees": employees,
            "services": services,
            "devices": devices,
            "catalog": catalog,
            "explorer": cfg!(feature = "explorer"),
        })
    })
}

fn employee(employee: &Employee) -> Value {
    json!({
        "employeeId": employee.id,
        "companyEmployeeId": employee.company_employee_id,
        "name": format!("{} {}", employee.first_name, employee.last_name),
        "mayApprove": employee.approver,
        "isServiceAccount": employee.service_account,
    })
}

fn service(tenant: &Tenant, line: &ServiceAsset) -> Value {
    json!({
        "id": line.id,
        "serviceNumber": line.service_number,
        "status": line.status,
        "carrier": tenant.vendors.by_id(&line.vendor_id).map(|vendor| &vendor.name),
        "plan": tenant.plans.by_id(&line.plan_id).map(|plan| &plan.name),
        "employeeId": line.employee_id,
        "deviceId": line.device_asset_id,
    })
}

/// What can be ordered.
fn catalog(tenant: &Tenant) -> Vec<Value> {
    let carrier = |id: &str| tenant.vendors.by_id(id).map(|vendor| vendor.name.clone());
    let item = |kind: &str, id: &str, name: &str, vendor: &str| json!({ "kind": kind, "id": id, "name": name, "carrier": carrier(vendor) });
    let devices = tenant.catalog_devices.all().iter();
    let plans = tenant.plans.all().iter();
    let accessories = tenant.accessories.all().iter();
    devices
        .map(|device| item("device", &device.id, &device.name, &device.vendor_id))
        .chain(plans.map(|plan| item("plan", &plan.id, &plan.name, &plan.vendor_id)))
        .chain(accessories.map(|thing| item("accessory", &thing.id, &thing.name, &thing.vendor_id)))
        .collect()
}

fn device(tenant: &Tenant, asset: &DeviceAsset) -> Value {
    json!({
        "id": asset.id,
        "manufacturer": tenant.manufacturers.by_id(&asset.manufacturer_id).map(|manufacturer| &manufacturer.name),
        "model": tenant.models.iter().find(|model| model.id == asset.model_id).map(|model| &model.name),
        "serialNumber": asset.serial_number,
    })
}

/// A request, and what was done about it, without secrets.
pub(super) fn request(received: &Received) -> Value {
    let headers = received.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        (name.to_string(), hidden(name.as_str(), &value))
    });
    let query = received
        .query
        .iter()
        .map(|(name, value)| (name.clone(), hidden(name, value)));
    json!({
        "number": received.number,
        "at": stamp(received.at),
        "microseconds": received.duration.map(|time| time.as_micros()),
        "method": received.method,
        "path": if names_secret(&received.path) { SECRET } else { &received.path },
        "query": query.collect::<Vec<_>>(),
        "headers": headers.collect::<Vec<_>>(),
        "body": body(received),
        "bodyLength": received.body_length,
        "answer": received.answer_json().map(masked),
        "operation": received.operation,
        "violations": received.violations,
        "outcome": match &received.outcome {
            Outcome::Pending => json!("pending"),
            Outcome::Answered { status, processed } => json!({ "status": status, "processed": processed }),
            Outcome::Dropped { processed } => json!({ "dropped": true, "processed": processed }),
        },
    })
}

/// The body as JSON; a form as an object; anything else not at all, because nobody knows what it
/// holds.
fn body(received: &Received) -> Option<Value> {
    if let Some(json) = received.json() {
        return Some(masked(json));
    }
    let is_form = received
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    let form: Vec<(String, String)> = is_form
        .then(|| serde_urlencoded::from_bytes(&received.body).ok())
        .flatten()?;
    let members = form.into_iter().map(|(name, value)| {
        let value = hidden(&name, &value);
        (name, Value::String(value))
    });
    Some(members.collect())
}

/// A value of that name; nothing of it if name or value give a secret away.
fn hidden(name: &str, value: &str) -> String {
    if is_secret(name) || names_secret(value) {
        SECRET
    } else {
        value
    }
    .to_owned()
}

/// Whether a text has an assignment of a secret in it, such as an address whose query has one.
fn names_secret(text: &str) -> bool {
    text.split(['?', '&', ';', ' ', ','])
        .filter_map(|part| part.split_once('=').or_else(|| part.split_once("%3D")))
        .any(|(name, _)| is_secret(name))
}

/// The same without secrets, wherever they stand.
fn masked(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, member)| {
                let member = if is_secret(&name) {
                    json!(SECRET)
                } else {
                    masked(member)
                };
                (name, member)
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(masked).collect(),
        other => other,
    }
}
