//! The one data set behind the sandbox and the examples: `seed/tenant.json`.

use std::collections::HashMap;

use mobproc_api::types::{Amount, TransactionType};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The data set as it is written.
pub(crate) const TENANT: &str = include_str!("../seed/tenant.json");

/// What a tenant's code looks like.
pub(crate) const CODE_FORM: &str = "a tenant's code has 1 to 64 letters, digits, `-`, `_` or `.`";

/// Whether a text can be a tenant's code.
pub(crate) fn is_code(text: &str) -> bool {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    (1..=64).contains(&text.len()) && text.chars().all(is_plain)
}

/// A tenant, as its file describes it. Ids are the API's; amounts are decimal numbers in text,
/// dates are ISO 8601.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Seed {
    pub(crate) tenant: TenantFacts,
    pub(crate) departments: Vec<Department>,
    pub(crate) employees: Vec<Employee>,
    pub(crate) regions: Vec<Region>,
    pub(crate) address_formats: HashMap<String, Vec<AddressPart>>,
    pub(crate) vendors: Vec<Vendor>,
    pub(crate) manufacturers: Vec<Manufacturer>,
    pub(crate) models: Vec<Model>,
    pub(crate) catalog_devices: Vec<CatalogItem>,
    pub(crate) device_features: Vec<DeviceFeature>,
    pub(crate) features: Vec<Feature>,
    pub(crate) plans: Vec<Plan>,
    pub(crate) accessories: Vec<CatalogItem>,
    pub(crate) device_assets: Vec<DeviceAsset>,
    pub(crate) service_assets: Vec<ServiceAsset>,
    pub(crate) properties: Vec<Property>,
    pub(crate) acknowledgements: Vec<AcknowledgementSet>,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TenantFacts {
    pub(crate) code: String,
    pub(crate) platform: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) username: String,
    pub(crate) password: String,
    /// The employee behind the user name.
    pub(crate) user_employee_id: String,
    pub(crate) first_order_id: u64,
    /// Orders whose one-time cost is higher wait for approval.
    pub(crate) approval_above: String,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Department {
    pub(crate) id: String,
    pub(crate) name: String,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Employee {
    pub(crate) id: String,
    pub(crate) company_employee_id: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email: String,
    pub(crate) office_phone: String,
    pub(crate) department_id: String,
    pub(crate) updated: String,
    /// May approve orders, and see everybody's assets and orders.
    #[serde(default)]
    pub(crate) approver: bool,
    /// May act for everybody.
    #[serde(default)]
    pub(crate) service_account: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Region {
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) abbreviation: String,
    pub(crate) country_code: Option<String>,
    pub(crate) currency: Option<Value>,
    pub(crate) postal_code_pattern: Option<String>,
    pub(crate) postal_code_reg_ex: Option<String>,
    #[serde(default)]
    pub(crate) postal_code_required: bool,
    pub(crate) address_format: Option<String>,
    pub(crate) parent_id: Option<String>,
    /// Known by its id, because a tutorial uses it, but not listed.
    #[serde(default)]
    pub(crate) hidden: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AddressPart {
    pub(crate) id: String,
    pub(crate) label: String,
    /// Answers word labels differently from definitions.
    pub(crate) answer_label: String,
    pub(crate) max_length: u32,
    pub(crate) min_length: u32,
    pub(crate) validation: String,
    pub(crate) options: Option<Value>,
    pub(crate) pattern: Option<String>,
    pub(crate) reg_ex: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Vendor {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) logo_url: String,
    pub(crate) access_method: String,
    pub(crate) region_id: String,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Manufacturer {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) logo_url: String,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Model {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) image_url: String,
    pub(crate) manufacturer_id: String,
    pub(crate) kind: String,
}

/// A device or accessory that can be ordered.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CatalogItem {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) image_url: String,
    pub(crate) manufacturer_id: String,
    pub(crate) vendor_id: String,
    pub(crate) amount: String,
    /// Models an accessory fits; without a list it fits all.
    pub(crate) fits_models: Option<Vec<String>>,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct DeviceFeature {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) options: Vec<DeviceFeatureOption>,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct DeviceFeatureOption {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) amount: String,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Feature {
    pub(crate) id: String,
    pub(crate) description: String,
    pub(crate) amount: String,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Plan {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) included_features: Vec<String>,
    pub(crate) optional_feature_ids: Vec<String>,
    pub(crate) vendor_id: String,
    pub(crate) amount: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DeviceAsset {
    pub(crate) id: String,
    pub(crate) access_method: String,
    pub(crate) company_asset_id: String,
    pub(crate) mac_address: String,
    pub(crate) manufacturer_id: String,
    pub(crate) model_id: String,
    pub(crate) serial_type: String,
    pub(crate) serial_number: String,
    pub(crate) sim_id: String,
    pub(crate) updated: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ServiceAsset {
    pub(crate) id: String,
    pub(crate) service_number: String,
    pub(crate) status: ServiceStatus,
    pub(crate) employee_id: String,
    pub(crate) vendor_id: String,
    pub(crate) plan_id: String,
    pub(crate) device_asset_id: String,
    pub(crate) region_id: String,
    pub(crate) contract: Contract,
    pub(crate) upgrade_eligible_date: String,
    pub(crate) updated: String,
}

#[derive(Debug, Clone, Deserialize, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Contract {
    pub(crate) activated: String,
    pub(crate) start: String,
    pub(crate) end: String,
    pub(crate) last_device_upgrade: String,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Property {
    pub(crate) id: String,
    pub(crate) label: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) max_length: Option<u32>,
    pub(crate) min_length: Option<u32>,
    pub(crate) pattern: Option<String>,
    pub(crate) reg_ex: Option<String>,
    pub(crate) choices: Option<Value>,
    /// The member of the actor's record it is filled in from.
    pub(crate) prefill: Option<String>,
    /// Answers leave the label of some properties out.
    #[serde(default = "yes")]
    pub(crate) label_echoed: bool,
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub(crate) required: Vec<TransactionType>,
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub(crate) optional: Vec<TransactionType>,
}

fn yes() -> bool {
    true
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AcknowledgementSet {
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub(crate) transaction_types: Vec<TransactionType>,
    pub(crate) infoblocks: Vec<InfoBlock>,
    pub(crate) acknowledgements: Vec<Acknowledgement>,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct InfoBlock {
    pub(crate) header: String,
    pub(crate) paragraphs: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Acknowledgement {
    pub(crate) id: String,
    pub(crate) label: String,
}

/// An amount of the seed. They are all decimals; a test sees to it.
pub(crate) fn amount(text: &str) -> Amount {
    text.parse().unwrap_or_default()
}

/// Where a service stands. Beyond the first the names are the sandbox's own: none is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum ServiceStatus {
    Active,
    Suspended,
    Deactivated,
    Transferred,
}

impl ServiceStatus {
    /// Those whose names are the sandbox's own.
    pub(crate) const OWN: [Self; 3] = [Self::Suspended, Self::Deactivated, Self::Transferred];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Suspended => "SUSPENDED",
            Self::Deactivated => "DEACTIVATED",
            Self::Transferred => "TRANSFERRED",
        }
    }
}

impl std::fmt::Display for ServiceStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
