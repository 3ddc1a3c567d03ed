//! Ways in which a real backend may be otherwise than the document says, for trying out what is to
//! notice them.

use std::fmt;
use std::str::FromStr;

use axum::http::StatusCode;
use mobproc_api::OperationId;
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::request::Request;

/// One way in which the sandbox is otherwise than the document says, on purpose.
///
/// They are for testing what compares traffic with the document; a client has to survive them too.
/// [`Deviation::ALL`] lists them, and as text each is its name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Deviation {
    name: &'static str,
    /// The operation it concerns; all of them if there is none.
    operation: Option<OperationId>,
    change: Change,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// Adds a member, or gives it another value. `at` is a JSON pointer in which `*` is every item.
    Set {
        at: &'static str,
        member: &'static str,
        json: &'static str,
    },
    /// Calls a member otherwise.
    Rename {
        at: &'static str,
        from: &'static str,
        to: &'static str,
    },
    /// Leaves a member out.
    Remove { at: &'static str, member: &'static str },
    /// Adds a member to every error.
    OnErrors {
        member: &'static str,
        json: &'static str,
    },
    /// Answers one status with another.
    Status { from: u16, to: u16 },
    /// Adds a header.
    Header { name: &'static str, value: &'static str },
    /// Gives all items, whatever the limit.
    IgnoreLimit,
    /// Gives the first page, whatever the offset.
    IgnoreOffset,
    /// Makes pages of at most this many items.
    CapPages(u32),
}

use OperationId as Op;

const fn set(
    name: &'static str,
    operation: Op,
    at: &'static str,
    member: &'static str,
    json: &'static str,
) -> Deviation {
    Deviation {
        name,
        operation: Some(operation),
        change: Change::Set { at, member, json },
    }
}

const fn rename(
    name: &'static str,
    operation: Op,
    at: &'static str,
    from: &'static str,
    to: &'static str,
) -> Deviation {
    Deviation {
        name,
        operation: Some(operation),
        change: Change::Rename { at, from, to },
    }
}

const fn of(name: &'static str, operation: Op, change: Change) -> Deviation {
    Deviation {
        name,
        operation: Some(operation),
        change,
    }
}

impl Deviation {
    /// Every one there is.
    pub const ALL: &'static [Self] = &[
        // Members that are not documented.
        set(
            "region-time-zone",
            Op::RegionGet,
            "",
            "timeZone",
            r#""America/New_York""#,
        ),
        set("vendor-rating", Op::VendorGet, "", "rating", "4"),
        set(
            "service-roaming",
            Op::ServiceAssetGet,
            "",
            "roamingEnabled",
            "true",
        ),
        set("plan-allowance", Op::CatalogPlanGet, "", "dataAllowance", "20.5"),
        set(
            "device-received",
            Op::DeviceAssetGet,
            "",
            "received",
            r#""2029-05-01T00:00:00Z""#,
        ),
        set(
            "device-colours",
            Op::CatalogDeviceGet,
            "",
            "colours",
            r#"["black","gray"]"#,
        ),
        set(
            "employee-location",
            Op::EmployeeList,
            "/employees/items/*",
            "workLocation",
            r#"{"building":"N2","floor":3}"#,
        ),
        set(
            "manufacturer-contacts",
            Op::ManufacturerGet,
            "",
            "supportContacts",
            r#"[{"kind":"WEB","address":"help"}]"#,
        ),
        set(
            "employee-badge",
            Op::EmployeeGet,
            "",
            "badgeNumber",
            r#""B-7741""#,
        ),
        Self {
            name: "error-trace",
            operation: None,
            change: Change::OnErrors {
                member: "traceId",
                json: r#""5f2c""#,
            },
        },
        // Values of another type.
        set("region-parent-number", Op::RegionGet, "", "parentId", "2001"),
        set(
            "property-length-text",
            Op::OrderPropertyList,
            "/properties/items/*/fields/*",
            "maxLength",
            r#""20""#,
        ),
        set(
            "department-number",
            Op::EmployeeList,
            "/employees/items/*/department",
            "id",
            "6001",
        ),
        set(
            "choice-other-text",
            Op::OrderPropertyList,
            "/properties/items/*/fields/*/choices/*",
            "isOther",
            r#""false""#,
        ),
        set(
            "plan-name-object",
            Op::ServiceAssetGet,
            "/plan",
            "name",
            r#"{"en":"Basic"}"#,
        ),
        set(
            "paragraph-lines",
            Op::AcknowledgementList,
            "/infoblocks/*/paragraphs/*",
            "text",
            r#"["One.","Two."]"#,
        ),
        // Nothing where something is documented.
        set("device-sim-null", Op::DeviceAssetGet, "", "simId", "null"),
        set(
            "vendor-logo-null",
            Op::VendorList,
            "/vendors/items/*",
            "logoUrl",
            "null",
        ),
        // Values that are not known.
        set(
            "service-suspended",
            Op::ServiceAssetList,
            "/services/items/*",
            "status",
            r#""SUSPENDED""#,
        ),
        set(
            "employee-on-leave",
            Op::EmployeeGet,
            "",
            "status",
            r#""ON_LEAVE""#,
        ),
        set(
            "price-yearly",
            Op::CatalogAccessoryGet,
            "/price",
            "recurrence",
            r#""YEARLY""#,
        ),
        set(
            "region-territory",
            Op::RegionList,
            "/regions/*",
            "type",
            r#""TERRITORY""#,
        ),
        set(
            "property-number",
            Op::OrderPropertyList,
            "/properties/items/*/fields/*",
            "type",
            r#""NUMBER""#,
        ),
        set(
            "device-lte",
            Op::DeviceAssetList,
            "/devices/items/*",
            "accessMethod",
            r#""LTE""#,
        ),
        set(
            "acknowledgement-conditional",
            Op::AcknowledgementList,
            "/acknowledgements/*",
            "validation",
            r#""CONDITIONAL""#,
        ),
        set(
            "serial-eid",
            Op::DeviceAssetList,
            "/devices/items/*/serialNumber",
            "type",
            r#""EID""#,
        ),
        // Times written otherwise.
        set(
            "contract-without-zone",
            Op::ServiceAssetList,
            "/services/items/*/contractDates",
            "start",
            r#""2027-02-01T06:00:00""#,
        ),
        set(
            "device-updated-date",
            Op::DeviceAssetList,
            "/devices/items/*",
            "updated",
            r#""2029-03-01""#,
        ),
        // Members under another name.
        rename("manufacturer-title", Op::ManufacturerGet, "", "name", "title"),
        rename(
            "accessory-picture",
            Op::CatalogAccessoryGet,
            "",
            "imageUrl",
            "pictureUrl",
        ),
        rename("model-title", Op::ModelGet, "", "name", "title"),
        rename(
            "feature-text",
            Op::CatalogFeatureList,
            "/features/items/*",
            "description",
            "text",
        ),
        // Statuses.
        of(
            "ping-accepted",
            Op::PingGet,
            Change::Status { from: 200, to: 202 },
        ),
        of(
            "region-gone",
            Op::RegionGet,
            Change::Status { from: 404, to: 410 },
        ),
        of(
            "order-unprocessable",
            Op::OrderGet,
            Change::Status { from: 404, to: 422 },
        ),
        // Headers.
        Self {
            name: "limit-header",
            operation: None,
            change: Change::Header {
                name: "x-ratelimit-remaining",
                value: "99",
            },
        },
        // Pages.
        of("orders-limit", Op::OrderList, Change::IgnoreLimit),
        of("devices-offset", Op::DeviceAssetList, Change::IgnoreOffset),
        of("services-cap", Op::ServiceAssetList, Change::CapPages(2)),
        of(
            "employees-next",
            Op::EmployeeList,
            Change::Remove {
                at: "/employees/_meta",
                member: "hrefNext",
            },
        ),
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    fn concerns(self, operation: OperationId) -> bool {
        self.operation.is_none_or(|concerned| concerned == operation)
    }

    /// Changes what is asked, where pages are another matter than the caller thinks.
    pub(crate) fn bend(self, request: &mut Request) {
        if !self.concerns(request.operation) {
            return;
        }
        let mut set = |name: &str, value: &dyn Fn(u32) -> u32| {
            for (known, text) in &mut request.query {
                if known == name
                    && let Ok(number) = text.parse()
                {
                    *text = value(number).to_string();
                }
            }
        };
        match self.change {
            Change::IgnoreLimit => set("limit", &|_| 1_000),
            Change::IgnoreOffset => set("offset", &|_| 0),
            Change::CapPages(most) => set("limit", &|limit| limit.min(most)),
            _ => {}
        }
    }

    /// Changes what is answered.
    pub(crate) fn apply(self, operation: OperationId, answer: &mut Answer) {
        if !self.concerns(operation) {
            return;
        }
        match self.change {
            Change::Set { at, member, json } if answer.status.is_success() => {
                each(&mut answer.body, at, &|members| {
                    members.insert(member.to_owned(), value_of(json));
                });
            }
            Change::Rename { at, from, to } if answer.status.is_success() => {
                each(&mut answer.body, at, &|members| {
                    if let Some(value) = members.remove(from) {
                        members.insert(to.to_owned(), value);
                    }
                });
            }
            Change::Remove { at, member } if answer.status.is_success() => {
                each(&mut answer.body, at, &|members| {
                    members.remove(member);
                });
            }
            Change::OnErrors { member, json } if !answer.status.is_success() => {
                each(&mut answer.body, "", &|members| {
                    members.insert(member.to_owned(), value_of(json));
                });
            }
            Change::Status { from, to } if answer.status.as_u16() == from => {
                answer.status = StatusCode::from_u16(to).unwrap_or(answer.status);
            }
            _ => {}
        }
    }

    /// The header it adds.
    pub(crate) fn header(self) -> Option<(&'static str, &'static str)> {
        match self.change {
            Change::Header { name, value } => Some((name, value)),
            _ => None,
        }
    }
}

fn value_of(json: &str) -> Value {
    // Held by a test: every value of the table is JSON.
    serde_json::from_str(json).unwrap_or_default()
}

/// Every object at a pointer in which `*` is every item of a list.
fn each(value: &mut Value, at: &str, change: &dyn Fn(&mut Map<String, Value>)) {
    match at.strip_prefix('/') {
        None => {
            if let Value::Object(members) = value {
                change(members);
            }
        }
        Some(rest) => {
            let (member, rest) = rest.find('/').map_or((rest, ""), |end| rest.split_at(end));
            match value {
                Value::Array(items) if member == "*" => {
                    items.iter_mut().for_each(|item| each(item, rest, change));
                }
                Value::Object(members) => {
                    if let Some(inner) = members.get_mut(member) {
                        each(inner, rest, change);
                    }
                }
                _ => {}
            }
        }
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl fmt::Debug for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Deviation({})", self.name)
    }
}

/// There is no deviation of that name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no deviation `{0}`; `all` is every one, and there are: {names}", names = names())]
pub struct UnknownDeviation(String);

fn names() -> String {
    let names: Vec<&str> = Deviation::ALL.iter().map(|deviation| deviation.name).collect();
    names.join(", ")
}

impl FromStr for Deviation {
    type Err = UnknownDeviation;

    fn from_str(text: &str) -> Result<Self, UnknownDeviation> {
        let mut all = Self::ALL.iter();
        all.find(|deviation| deviation.name == text)
            .copied()
            .ok_or_else(|| UnknownDeviation(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::{Change, Deviation};

    #[test]
    fn there_are_forty_and_each_is_read_as_it_is_written() {
        let names: HashSet<&str> = Deviation::ALL.iter().map(|deviation| deviation.name).collect();
        assert_eq!(names.len(), 40);
        for deviation in Deviation::ALL {
            assert_eq!(deviation.to_string().parse::<Deviation>().unwrap(), *deviation);
            if let Change::Set { json, .. } | Change::OnErrors { json, .. } = deviation.change {
                assert!(serde_json::from_str::<serde_json::Value>(json).is_ok(), "{json}");
            }
        }
        assert!(
            "colour"
                .parse::<Deviation>()
                .unwrap_err()
                .to_string()
                .contains("vendor-rating")
        );
    }
}
