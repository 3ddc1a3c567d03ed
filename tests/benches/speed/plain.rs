//! What somebody would write without this project: structs for what the answers hold, and reqwest.
//!
//! The structs hold everything the measured documents hold, as texts and floats, and ignore the
//! rest.

use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub(crate) struct Confirmation {
    pub(crate) status: String,
    #[serde(rename = "orderConfirmation")]
    pub(crate) order: Order,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Placed {
    pub(crate) status: String,
    pub(crate) order: Order,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order {
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub(crate) meta: Option<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) order_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) date_submitted: Option<String>,
    pub(crate) transaction_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) external_order_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account_holder: Option<Employee>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) requested_by: Option<Employee>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) cost_summary: Vec<Price>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device: Option<DeviceAsset>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) existing_device: Option<ExistingDevice>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) properties: Vec<PropertyGroup>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<Named>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) service: Option<Service>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ship_to: Option<ShipTo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shopping_cart: Option<ShoppingCart>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) order_segments: Option<Segments>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Link {
    pub(crate) href: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Employee {
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub(crate) meta: Option<EmployeeLinks>,
    pub(crate) id: String,
    pub(crate) company_employee_id: String,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) office_phone: Option<String>,
    pub(crate) status: String,
    pub(crate) department: Department,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EmployeeLinks {
    pub(crate) href: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) href_devices: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) href_services: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Department {
    pub(crate) id: String,
    pub(crate) name: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Price {
    pub(crate) amount: f64,
    pub(crate) currency_code: String,
    pub(crate) recurrence: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Named {
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub(crate) meta: Option<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) logo_url: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeviceAsset {
    pub(crate) id: String,
    pub(crate) access_method: String,
    pub(crate) company_asset_id: String,
    pub(crate) mac_address: String,
    pub(crate) manufacturer: Named,
    pub(crate) model: String,
    pub(crate) serial_number: SerialNumber,
    pub(crate) sim_id: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExistingDevice {
    pub(crate) manufacturer: Named,
    pub(crate) model: Named,
    pub(crate) serial_number: SerialNumber,
    pub(crate) sim_id: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct SerialNumber {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) value: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PropertyGroup {
    pub(crate) group_id: String,
    pub(crate) fields: Vec<PropertyField>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct PropertyField {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) choice: Option<Choice>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Choice {
    pub(crate) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) other_text: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Service {
    #[serde(rename = "_meta")]
    pub(crate) meta: Link,
    pub(crate) id: String,
    pub(crate) service_number: String,
    pub(crate) status: String,
    pub(crate) contract_dates: ContractDates,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ContractDates {
    pub(crate) activated: String,
    pub(crate) start: String,
    pub(crate) end: String,
    pub(crate) last_device_upgrade: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ShipTo {
    pub(crate) name: String,
    pub(crate) region: Named,
    pub(crate) address: Vec<AddressLine>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expedite: Option<bool>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct AddressLine {
    pub(crate) id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) label: Option<String>,
    pub(crate) value: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct ShoppingCart {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device: Option<CatalogItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<Plan>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) quantity: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CatalogItem {
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub(crate) meta: Option<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    pub(crate) name: String,
    pub(crate) image_url: String,
    pub(crate) manufacturer: Named,
    pub(crate) price: Price,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vendor: Option<Named>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Plan {
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    pub(crate) meta: Option<Link>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    pub(crate) name: String,
    pub(crate) price: Price,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) included_features: Vec<Feature>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) optional_features: Vec<Feature>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vendor: Option<Named>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Feature {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    pub(crate) description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) price: Option<Price>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Segments {
    pub(crate) items: Vec<Segment>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Segment {
    #[serde(rename = "_meta")]
    pub(crate) meta: SegmentLinks,
    pub(crate) order_segment_id: String,
    pub(crate) status: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) accessories: Vec<CatalogItem>,
    pub(crate) features: Option<Vec<Feature>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) device: Option<CatalogItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) plan: Option<Plan>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vendor: Option<Named>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SegmentLinks {
    pub(crate) href_history: String,
    pub(crate) href_shipments: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct EmployeePage {
    pub(crate) employees: Employees,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Employees {
    #[serde(rename = "_meta")]
    pub(crate) meta: PageLinks,
    pub(crate) items: Vec<Employee>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PageLinks {
    pub(crate) href: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) href_start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) href_previous: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) href_next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) href_end: Option<String>,
    pub(crate) limit: u64,
    pub(crate) offset: u64,
    pub(crate) total_count: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Region {
    #[serde(rename = "_meta")]
    pub(crate) meta: RegionLinks,
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) abbreviation: String,
    pub(crate) country_code: String,
    pub(crate) currency: Currency,
    pub(crate) address_format: Vec<AddressPart>,
    pub(crate) postal_code_pattern: String,
    pub(crate) postal_code_reg_ex: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RegionLinks {
    pub(crate) href: String,
    pub(crate) href_children: String,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Currency {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) symbol: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AddressPart {
    pub(crate) id: String,
    pub(crate) label: String,
    pub(crate) max_length: i64,
    pub(crate) min_length: i64,
    pub(crate) validation: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) options: Vec<PartOption>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reg_ex: Option<String>,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct PartOption {
    pub(crate) label: String,
    pub(crate) value: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Request {
    pub(crate) order_request: OrderRequest,
}

/// An UPGRADE, as it is sent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OrderRequest {
    pub(crate) external_order_number: String,
    pub(crate) transaction_type: String,
    pub(crate) service_id: String,
    pub(crate) existing_device: KnownDevice,
    pub(crate) shopping_cart: Goods,
    pub(crate) properties: Vec<PropertyGroup>,
    pub(crate) ship_to: Destination,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KnownDevice {
    pub(crate) manufacturer_id: String,
    pub(crate) model_id: String,
    pub(crate) serial_number: SerialNumber,
    pub(crate) sim_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Goods {
    pub(crate) device_id: String,
    pub(crate) plan_id: String,
    pub(crate) optional_feature_ids: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Destination {
    pub(crate) name: String,
    pub(crate) region_id: String,
    pub(crate) address: Vec<AddressLine>,
    pub(crate) expedite: bool,
}

impl Request {
    /// The documented order.
    pub(crate) fn documented() -> Self {
        let field = |id: &str, text: &str| PropertyField {
            id: id.into(),
            kind: "TEXT".into(),
            label: None,
            text: Some(text.into()),
            choice: None,
        };
        let line = |id: &str, value: &str| AddressLine {
            id: id.into(),
            label: None,
            value: value.into(),
        };
        let reason = PropertyField {
            id: "Reason".into(),
            kind: "CHOICE".into(),
            label: None,
            text: None,
            choice: Some(Choice {
                id: "21".into(),
                other_text: None,
            }),
        };
        Self {
            order_request: OrderRequest {
                external_order_number: "12345678".into(),
                transaction_type: "UPGRADE".into(),
                service_id: "38382349".into(),
                existing_device: KnownDevice {
                    manufacturer_id: "LG".into(),
                    model_id: "Cookie Plus".into(),
                    serial_number: SerialNumber {
                        kind: "ESN".into(),
                        value: "4289183847832".into(),
                    },
                    sim_id: "83924758342478392342".into(),
                },
                shopping_cart: Goods {
                    device_id: "9194713904".into(),
                    plan_id: "6568886698".into(),
                    optional_feature_ids: vec!["122".into(), "293".into()],
                },
                properties: vec![PropertyGroup {
                    group_id: "MISCELLANEOUS".into(),
                    fields: vec![
                        field("CONTACT_NUMBER", "2035559999"),
                        field("SERVICE_NUMBER", "2035557676"),
                        reason,
                    ],
                }],
                ship_to: Destination {
                    name: "Peter Edwards".into(),
                    region_id: "70144640".into(),
                    address: vec![
                        line("LINE_1", "35 Executive Blvd"),
                        line("CITY", "Orange"),
                        line("STATE", "CT"),
                        line("POSTAL_CODE", "06477"),
                    ],
                    expedite: true,
                },
            },
        }
    }
}
