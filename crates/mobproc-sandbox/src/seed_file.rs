//! A tenant as a file: read, and held against its schema and against itself.

use std::collections::HashSet;
use std::fmt;

use mobproc_api::types::{Amount, TransactionType};
use serde_json::Value;

use crate::seed::{CODE_FORM, Seed, TENANT, is_code};

/// The JSON Schema of a tenant's file. A test writes it down from the types.
pub(crate) const SCHEMA: &str = include_str!("../seed/tenant.schema.json");

/// The first order can have an id of 15 digits.
const MOST_ORDER_ID: u64 = 999_999_999_999_999;

/// What is wrong with a tenant's file: everything that was found, each with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SeedError {
    /// One line for each, beginning with a JSON pointer, or with line and column.
    pub violations: Vec<String>,
}

impl fmt::Display for SeedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the tenant's data cannot be used:")?;
        self.violations
            .iter()
            .try_for_each(|violation| write!(f, "\n  {violation}"))
    }
}

impl std::error::Error for SeedError {}

/// Reads a tenant.
pub(crate) fn read(text: &str) -> Result<Seed, SeedError> {
    let one = |violation: String| SeedError {
        violations: vec![violation],
    };
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| one(format!("it is not valid JSON: {error}")))?;
    let schema: Value = serde_json::from_str(SCHEMA).expect("a test writes the schema as JSON");
    let validator = jsonschema::validator_for(&schema).expect("a test compiles the schema");
    let mut violations: Vec<String> = validator
        .iter_errors(&value)
        .map(|error| format!("{}: {error}", place(&error.instance_path().to_string())))
        .collect();
    if violations.is_empty() {
        let seed: Seed = serde_json::from_value(value).map_err(|error| one(error.to_string()))?;
        violations = check(&seed);
        if violations.is_empty() {
            return Ok(seed);
        }
    }
    Err(SeedError { violations })
}

/// The data set that comes with the sandbox.
pub(crate) fn own() -> Seed {
    read(TENANT).expect("seed/tenant.json is part of this crate, and a test reads it")
}

fn place(pointer: &str) -> &str {
    if pointer.is_empty() { "the top" } else { pointer }
}

/// Looks for ids that are there twice, references to nothing, and texts that are not what they
/// should be.
fn check(seed: &Seed) -> Vec<String> {
    let mut found = Found::default();
    macro_rules! ids {
        ($list:ident) => {
            found.ids(
                stringify!($list),
                seed.$list.iter().map(|item| item.id.as_str()),
            )
        };
    }
    let departments = ids!(departments);
    let employees = ids!(employees);
    let regions = ids!(regions);
    let vendors = ids!(vendors);
    let manufacturers = ids!(manufacturers);
    let features = ids!(features);
    let plans = ids!(plans);
    let devices = ids!(device_assets);
    ids!(catalog_devices);
    ids!(accessories);
    ids!(service_assets);
    found.each_once(
        "/employees/#/companyEmployeeId",
        seed.employees
            .iter()
            .map(|employee| employee.company_employee_id.as_str()),
    );
    found.each_once(
        "/serviceAssets/#/deviceAssetId",
        seed.service_assets
            .iter()
            .map(|service| service.device_asset_id.as_str()),
    );
    found.each_once(
        "/properties/#/id",
        seed.properties.iter().map(|property| property.id.as_str()),
    );
    for (member, text) in [
        ("clientId", &seed.tenant.client_id),
        ("clientSecret", &seed.tenant.client_secret),
        ("username", &seed.tenant.username),
        ("password", &seed.tenant.password),
    ] {
        if text.is_empty() || !text.chars().all(|letter| letter.is_ascii_graphic()) {
            let what = "it has to be of letters, digits and signs that a header can carry";
            found.add(&format!("/tenant/{member}"), what);
        }
    }
    if seed.tenant.first_order_id > MOST_ORDER_ID {
        found.add(
            "/tenant/firstOrderId",
            &format!("it is more than {MOST_ORDER_ID}"),
        );
    }
    if !is_code(&seed.tenant.code) {
        found.add("/tenant/code", CODE_FORM);
    }
    found.reference(
        "/tenant/userEmployeeId",
        "employee",
        &employees,
        &seed.tenant.user_employee_id,
    );
    found.amount("/tenant/approvalAbove", &seed.tenant.approval_above);
    for (number, employee) in seed.employees.iter().enumerate() {
        let at = format!("/employees/{number}/departmentId");
        found.reference(&at, "department", &departments, &employee.department_id);
        found.date(&format!("/employees/{number}/updated"), &employee.updated);
    }
    for (number, vendor) in seed.vendors.iter().enumerate() {
        found.reference(
            &format!("/vendors/{number}/regionId"),
            "region",
            &regions,
            &vendor.region_id,
        );
    }
    for (number, region) in seed.regions.iter().enumerate() {
        if let Some(format) = &region.address_format
            && !seed.address_formats.contains_key(format)
        {
            found.add(
                &format!("/regions/{number}/addressFormat"),
                &format!("there is no address format `{format}`"),
            );
        }
        if let Some(form) = &region.postal_code_reg_ex {
            found.form(&format!("/regions/{number}/postalCodeRegEx"), form);
        }
        if let Some(parent) = &region.parent_id {
            found.reference(&format!("/regions/{number}/parentId"), "region", &regions, parent);
        }
    }
    for (number, model) in seed.models.iter().enumerate() {
        let at = format!("/models/{number}/manufacturerId");
        found.reference(&at, "manufacturer", &manufacturers, &model.manufacturer_id);
    }
    for (member, list) in [
        ("catalogDevices", &seed.catalog_devices),
        ("accessories", &seed.accessories),
    ] {
        for (number, item) in list.iter().enumerate() {
            let at = |name: &str| format!("/{member}/{number}/{name}");
            found.reference(
                &at("manufacturerId"),
                "manufacturer",
                &manufacturers,
                &item.manufacturer_id,
            );
            found.reference(&at("vendorId"), "vendor", &vendors, &item.vendor_id);
            found.amount(&at("amount"), &item.amount);
        }
    }
    for (number, feature) in seed.features.iter().enumerate() {
        found.amount(&format!("/features/{number}/amount"), &feature.amount);
    }
    for (number, plan) in seed.plans.iter().enumerate() {
        found.reference(
            &format!("/plans/{number}/vendorId"),
            "vendor",
            &vendors,
            &plan.vendor_id,
        );
        found.amount(&format!("/plans/{number}/amount"), &plan.amount);
        for (place, id) in plan.optional_feature_ids.iter().enumerate() {
            let at = format!("/plans/{number}/optionalFeatureIds/{place}");
            found.reference(&at, "feature", &features, id);
        }
    }
    let is_model = |manufacturer: &str, model: &str| {
        let mut models = seed.models.iter();
        models.any(|known| known.id == model && known.manufacturer_id == manufacturer)
    };
    for (number, device) in seed.device_assets.iter().enumerate() {
        if !is_model(&device.manufacturer_id, &device.model_id) {
            let what = format!("{} has no model `{}`", device.manufacturer_id, device.model_id);
            found.add(&format!("/deviceAssets/{number}/modelId"), &what);
        }
        found.date(&format!("/deviceAssets/{number}/updated"), &device.updated);
    }
    for (number, service) in seed.service_assets.iter().enumerate() {
        let at = |name: &str| format!("/serviceAssets/{number}/{name}");
        found.reference(&at("employeeId"), "employee", &employees, &service.employee_id);
        found.reference(&at("vendorId"), "vendor", &vendors, &service.vendor_id);
        found.reference(&at("planId"), "plan", &plans, &service.plan_id);
        found.reference(&at("deviceAssetId"), "device", &devices, &service.device_asset_id);
        found.reference(&at("regionId"), "region", &regions, &service.region_id);
        found.date(&at("updated"), &service.updated);
        found.date(&at("upgradeEligibleDate"), &service.upgrade_eligible_date);
        let contract = &service.contract;
        found.date(&at("contract/activated"), &contract.activated);
        found.date(&at("contract/start"), &contract.start);
        found.date(&at("contract/end"), &contract.end);
        found.date(&at("contract/lastDeviceUpgrade"), &contract.last_device_upgrade);
    }
    for (country, format) in &seed.address_formats {
        for (number, part) in format.iter().enumerate() {
            if let Some(form) = &part.reg_ex {
                found.form(&format!("/addressFormats/{country}/{number}/regEx"), form);
            }
        }
    }
    for (number, property) in seed.properties.iter().enumerate() {
        let at = |name: &str| format!("/properties/{number}/{name}");
        found.kinds(&at("required"), &property.required);
        found.kinds(&at("optional"), &property.optional);
    }
    for (number, set) in seed.acknowledgements.iter().enumerate() {
        found.kinds(
            &format!("/acknowledgements/{number}/transactionTypes"),
            &set.transaction_types,
        );
    }
    found.violations
}

#[derive(Default)]
struct Found {
    violations: Vec<String>,
}

impl Found {
    fn add(&mut self, at: &str, what: &str) {
        self.violations.push(format!("{at}: {what}"));
    }

    /// The ids of a list, each of which is there once.
    fn ids<'a>(&mut self, list: &str, ids: impl Iterator<Item = &'a str>) -> HashSet<&'a str> {
        self.each_once(&format!("/{}/#/id", camel(list)), ids)
    }

    /// Values, each of which is there once; `#` in the place stands for the number.
    fn each_once<'a>(&mut self, at: &str, values: impl Iterator<Item = &'a str>) -> HashSet<&'a str> {
        let mut known = HashSet::new();
        for (number, value) in values.enumerate() {
            if !known.insert(value) {
                let at = at.replace('#', &number.to_string());
                self.add(&at, &format!("`{value}` is there twice"));
            }
        }
        known
    }

    fn form(&mut self, at: &str, form: &str) {
        let schema = serde_json::json!({ "pattern": form });
        if jsonschema::validator_for(&schema).is_err() {
            self.add(at, &format!("`{form}` is not a regular expression"));
        }
    }

    fn reference(&mut self, at: &str, what: &str, known: &HashSet<&str>, id: &str) {
        if !known.contains(id) {
            self.add(at, &format!("there is no {what} `{id}`"));
        }
    }

    fn amount(&mut self, at: &str, text: &str) {
        let is_amount = text.parse::<Amount>().is_ok_and(|amount| amount >= Amount::ZERO);
        if !is_amount {
            self.add(at, &format!("`{text}` is not an amount of money, such as 199.99"));
        }
    }

    fn date(&mut self, at: &str, text: &str) {
        if chrono::DateTime::parse_from_rfc3339(text).is_err() {
            self.add(
                at,
                &format!("`{text}` is not a date and time, such as 2030-02-04T09:00:00Z"),
            );
        }
    }

    fn kinds(&mut self, at: &str, kinds: &[TransactionType]) {
        for (number, kind) in kinds.iter().enumerate() {
            if !kind.is_known() {
                self.add(
                    &format!("{at}/{number}"),
                    &format!("there is no kind of order `{kind}`"),
                );
            }
        }
    }
}

/// The name of a member in the file.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let (head, tail) = word.split_at(word.len().min(1));
        name + &head.to_uppercase() + tail
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_data_set_is_whole() {
        assert_eq!(own().tenant.code, "LARKSPUR");
    }

    /// `MOBPROC_SEED=write` writes it.
    #[test]
    fn the_schema_is_that_of_the_types() {
        let schema = schemars::schema_for!(Seed);
        let mut text = serde_json::to_string_pretty(&schema).unwrap();
        text.push('\n');
        if std::env::var_os("MOBPROC_SEED").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/seed/tenant.schema.json");
            std::fs::write(path, &text).unwrap();
        } else {
            assert_eq!(
                SCHEMA, text,
                "MOBPROC_SEED=write cargo test -p mobproc-sandbox writes it"
            );
        }
    }

    #[test]
    fn everything_that_is_wrong_is_told_with_its_place() {
        let broken = |pointer: &str, value: Value| {
            let mut data: Value = serde_json::from_str(TENANT).unwrap();
            *data.pointer_mut(pointer).unwrap() = value;
            read(&data.to_string()).unwrap_err().violations.join("\n")
        };
        for (pointer, value, part) in [
            (
                "/employees/0/departmentId",
                json!("none"),
                "/employees/0/departmentId: there is no department `none`",
            ),
            ("/employees/1/id", json!(7), "/employees/1/id: 7 is not of type"),
            (
                "/plans/0/amount",
                json!("cheap"),
                "/plans/0/amount: `cheap` is not an amount",
            ),
            (
                "/serviceAssets/0/updated",
                json!("now"),
                "/serviceAssets/0/updated: `now` is not a date",
            ),
            (
                "/properties/0/required",
                json!(["BUY"]),
                "there is no kind of order `BUY`",
            ),
            ("/tenant", json!({ "code": "X", "colour": 1 }), "/tenant: "),
        ] {
            let said = broken(pointer, value);
            assert!(said.contains(part), "{pointer}: {said}");
        }
        let mut twice: Value = serde_json::from_str(TENANT).unwrap();
        let id = twice["employees"][0]["id"].clone();
        twice["employees"][1]["id"] = id;
        twice["catalogDevices"][0]["vendorId"] = json!("nobody");
        let error = read(&twice.to_string()).unwrap_err();
        assert!(error.violations.len() >= 2, "{error}");
        assert!(
            error.to_string().contains("is there twice")
                && error.to_string().contains("/catalogDevices/0/vendorId")
        );
        let error = read("{\n  \"tenant\": ,").unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
