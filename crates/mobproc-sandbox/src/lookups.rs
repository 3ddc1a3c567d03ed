//! The operations that only read.

use mobproc_api::types::TransactionType;
use serde_json::{Value, json};

use crate::answer::{Answer, Failure};
use crate::backend::Backend;
use crate::render::{Renderer, set, without_nulls};
use crate::request::Request;
use crate::story::{DeviceAsset, Employee, Property, ServiceAsset};
use crate::tenant::{PlacedOrder, Stage, Tenant};

/// Who asks, and what for.
pub(crate) struct Call<'a> {
    pub(crate) request: &'a Request,
    pub(crate) tenant: &'a Tenant,
    pub(crate) actor: &'a Employee,
    pub(crate) user: &'a Employee,
    pub(crate) backend: Backend,
    pub(crate) base: &'a str,
}

impl Call<'_> {
    pub(crate) fn renderer(&self) -> Renderer<'_> {
        Renderer {
            tenant: self.tenant,
            base: self.base,
        }
    }

    /// Approvers see everything; everybody else what is their own.
    pub(crate) fn may_see(&self, employee_id: &str) -> bool {
        self.sees_all() || self.actor.id == employee_id
    }

    fn sees_all(&self) -> bool {
        self.actor.approver || self.actor.service_account
    }

    /// The employee the query filters by: the Tangoe id wins over the company's own.
    fn filter(&self) -> Result<Option<&Employee>, Failure> {
        if let Some(id) = self.request.query("employee") {
            return self
                .tenant
                .employees
                .by_id(id)
                .map(Some)
                .ok_or_else(|| unknown("employee", id));
        }
        match self.request.query("companyEmployeeId") {
            Some(id) => self
                .tenant
                .employee_by_company_id(id)
                .map(Some)
                .ok_or_else(|| unknown("companyEmployeeId", id)),
            None => Ok(None),
        }
    }

    fn updated_since(
        &self,
        parameter: &str,
    ) -> Result<Option<chrono::DateTime<chrono::FixedOffset>>, Failure> {
        self.request
            .query(parameter)
            .map(|text| {
                chrono::DateTime::parse_from_rfc3339(text).map_err(|_| {
                    Failure::bad_request(
                        "400-Parameter-error",
                        format!("The query parameter {parameter} must be an ISO 8601 date and time."),
                    )
                })
            })
            .transpose()
    }

    fn transaction_type(&self) -> Option<TransactionType> {
        self.request.query("transactionType").map(TransactionType::from)
    }

    fn known_vendor(&self, parameter: &str) -> Result<Option<&str>, Failure> {
        match self.request.query(parameter) {
            Some(id) if self.tenant.vendors.by_id(id).is_none() => Err(unknown(parameter, id)),
            id => Ok(id),
        }
    }

    pub(crate) fn service(&self, id: &str) -> Option<&ServiceAsset> {
        self.tenant
            .service_assets
            .by_id(id)
            .filter(|service| self.may_see(&service.employee_id))
    }

    fn asked_service(&self) -> Result<Option<&ServiceAsset>, Failure> {
        match self.request.query("service") {
            Some(id) => self.service(id).map(Some).ok_or_else(|| unknown("service", id)),
            None => Ok(None),
        }
    }
}

fn unknown(parameter: &str, id: &str) -> Failure {
    Failure::bad_request(
        "400-Unknown-id-error",
        format!("The query parameter {parameter} names {id}, which does not exist."),
    )
}

fn newer(updated: &str, since: Option<chrono::DateTime<chrono::FixedOffset>>) -> bool {
    since.is_none_or(|since| {
        chrono::DateTime::parse_from_rfc3339(updated).is_ok_and(|updated| updated >= since)
    })
}

/// Answers a read. The router has matched the operation, so one that is missing here is a gap in the sandbox; a
/// test walks them all.
pub(crate) fn answer(call: &Call<'_>) -> Result<Answer, Failure> {
    let body = match call.request.operation.id {
        "ping_get" => ping(call),
        "diagnostics_get" => diagnostics(call),
        "me_get" => me(call),
        "employee_list" => return employees(call),
        "employee_get" => employee(call)?,
        "region_list" => regions(call)?,
        "region_get" => region(call)?,
        "vendor_list" => list(
            call,
            "vendors",
            call.tenant
                .vendors
                .all()
                .iter()
                .map(|vendor| call.renderer().vendor(vendor, false)),
        ),
        "vendor_get" => vendor(call)?,
        "manufacturer_list" => list(
            call,
            "manufacturers",
            call.tenant
                .manufacturers
                .all()
                .iter()
                .map(|known| call.renderer().manufacturer(&known.id)),
        ),
        "manufacturer_get" => manufacturer(call)?,
        "model_list" => models(call)?,
        "model_get" => model(call)?,
        "catalog_device_list" => catalog_devices(call)?,
        "catalog_device_get" => catalog_device(call)?,
        "catalog_plan_list" => list(
            call,
            "plans",
            call.tenant
                .plans
                .all()
                .iter()
                .map(|plan| call.renderer().plan(plan, &plan.optional_feature_ids)),
        ),
        "catalog_plan_get" => catalog_plan(call)?,
        "catalog_accessory_list" => accessories(call)?,
        "catalog_accessory_get" => accessory(call)?,
        "catalog_feature_list" => list(
            call,
            "features",
            call.tenant
                .features
                .all()
                .iter()
                .filter_map(|feature| call.renderer().feature(&feature.id)),
        ),
        "device_asset_list" => return device_assets(call),
        "device_asset_get" => device_asset(call)?,
        "service_asset_list" => return service_assets(call),
        "service_asset_get" => {
            let id = call.request.path("id");
            let service = call
                .service(id)
                .ok_or_else(|| Failure::not_found("such service"))?;
            call.renderer().service_asset(service)
        }
        "order_list" => return orders(call),
        "order_get" => json!({ "order": call.renderer().order(order(call)?) }),
        "order_history_get" => segment_of(call)?.map_or(json!({ "history": { "items": [] } }), |order| {
            call.renderer().history(order)
        }),
        "order_shipments_get" => segment_of(call)?.map_or(json!({ "shipments": { "items": [] } }), |order| {
            call.renderer().shipments(order)
        }),
        "order_property_list" => properties(call)?,
        "acknowledgement_list" => acknowledgements(call)?,
        other => {
            return Err(Failure {
                status: axum::http::StatusCode::INTERNAL_SERVER_ERROR,
                code: "500-Not-implemented",
                message: format!("The sandbox does not know {other}."),
            });
        }
    };
    Ok(Answer::ok(body))
}

/// A list in the form of the property definitions, which is assumed for all that are not published.
fn list(call: &Call<'_>, member: &str, items: impl Iterator<Item = Value>) -> Value {
    let href = call.href();
    json!({ member: { "_meta": { "href": href }, "items": items.collect::<Vec<_>>() } })
}

impl Call<'_> {
    /// The link of the request itself.
    fn href(&self) -> String {
        self.href_with(None)
    }

    /// The link of the request with another offset; parameters come in another order then, as published.
    fn href_with(&self, offset: Option<usize>) -> String {
        let path = self.request.operation.path;
        let mut href = format!("{}{path}", self.base);
        let mut query = self.request.query.clone();
        if let Some(offset) = offset {
            query.retain(|(name, _)| name != "offset");
            let places = query.len().min(1);
            query.rotate_left(places);
            query.push(("offset".to_owned(), offset.to_string()));
        }
        if !query.is_empty() {
            href.push('?');
            href.push_str(&serde_urlencoded::to_string(&query).unwrap_or_default());
        }
        href
    }
}

/// One page of a list. `items` renders only what the page shows.
fn page<T>(
    call: &Call<'_>,
    member: &str,
    all: &[T],
    is_asked_for: Option<&dyn Fn(&T) -> bool>,
    mut render: impl FnMut(&T) -> Value,
) -> Result<Answer, Failure> {
    let number = |name: &str| -> Result<Option<usize>, Failure> {
        call.request
            .query(name)
            .map(|text| {
                text.parse::<usize>().map_err(|_| {
                    Failure::bad_request(
                        "400-Parameter-error",
                        format!("The query parameter {name} must not be negative."),
                    )
                })
            })
            .transpose()
    };
    let limit = number("limit")?.unwrap_or(25);
    let offset = number("offset")?.unwrap_or(0);
    if limit == 0 {
        return Err(Failure::bad_request(
            "400-Parameter-error",
            "The query parameter limit must be at least 1.",
        ));
    }
    let descending = call
        .request
        .query("sortAscending")
        .is_some_and(|value| value.eq_ignore_ascii_case("false"));
    let start = call.backend.page_start(offset, limit);
    let (total, shown): (usize, Vec<Value>) = match is_asked_for {
        // Without a filter a page costs what it shows, however far into the list it lies.
        None => {
            let total = all.len();
            let shown = if descending {
                all.iter()
                    .rev()
                    .skip(start)
                    .take(limit)
                    .map(&mut render)
                    .collect()
            } else {
                all.iter().skip(start).take(limit).map(&mut render).collect()
            };
            (total, shown)
        }
        Some(is_asked_for) => {
            let mut kept: Vec<&T> = all.iter().filter(|item| is_asked_for(item)).collect();
            if descending {
                kept.reverse();
            }
            (
                kept.len(),
                kept.into_iter().skip(start).take(limit).map(render).collect(),
            )
        }
    };
    let last = total.saturating_sub(1) / limit * limit;
    let is_first = start == 0;
    let is_last = start.saturating_add(limit) >= total;
    let meta = without_nulls(json!({
        "href": call.href(),
        "hrefStart": (!is_first).then(|| call.href_with(Some(0))),
        "hrefPrevious": (!is_first).then(|| call.href_with(Some(start.saturating_sub(limit)))),
        "hrefNext": (!is_last).then(|| call.href_with(Some(start.saturating_add(limit)))),
        "hrefEnd": (!is_last).then(|| call.href_with(Some(last))),
        "limit": limit,
        "offset": offset,
        "totalCount": total,
    }));
    Ok(Answer::ok(json!({ member: { "_meta": meta, "items": shown } })))
}

fn ping(call: &Call<'_>) -> Value {
    without_nulls(json!({
        "echoText": call.request.query("echoText"),
        "backend": call.backend.name(),
    }))
}

fn diagnostics(call: &Call<'_>) -> Value {
    match call.backend {
        Backend::PremiumMobile => json!({
            "IS_AUTHENTICATED_USER_APPROVER": call.user.approver,
            "IS_ACTOR_APPROVER": call.actor.approver,
            "EXECUTE_MOVE_SERVICE_PERMISSION": call.actor.approver,
        }),
        _ => json!({}),
    }
}

fn me(call: &Call<'_>) -> Value {
    json!({
        "authenticatedUser": call.renderer().employee(call.user),
        "actor": call.renderer().employee(call.actor),
        "transactionTypes": TransactionType::KNOWN,
        "isApprover": call.actor.approver,
        "canMoveService": call.actor.approver,
    })
}

fn employees(call: &Call<'_>) -> Result<Answer, Failure> {
    let filter = call.filter()?.map(|employee| employee.id.as_str());
    let since = call.updated_since("dateTimeUpdatedOnOrAfter")?;
    let wanted = |employee: &Employee| {
        filter.is_none_or(|id| id == employee.id)
            && call.may_see(&employee.id)
            && newer(&employee.updated, since)
    };
    let filtered = filter.is_some() || since.is_some() || !call.sees_all();
    page(
        call,
        "employees",
        call.tenant.employees.all(),
        filtered.then_some(&wanted),
        |employee| call.renderer().employee_list_item(employee),
    )
}

fn employee(call: &Call<'_>) -> Result<Value, Failure> {
    let id = call.request.path("id");
    call.tenant
        .employees
        .by_id(id)
        .filter(|employee| call.may_see(&employee.id))
        .map(|employee| call.renderer().employee_detail(employee))
        .ok_or_else(|| Failure::not_found("such employee"))
}

fn regions(call: &Call<'_>) -> Result<Value, Failure> {
    let parent = call.request.query("parentRegion");
    if let Some(parent) = parent
        && call.tenant.regions.by_id(parent).is_none()
    {
        return Err(unknown("parentRegion", parent));
    }
    let items: Vec<Value> = call
        .tenant
        .regions
        .all()
        .iter()
        .filter(|region| region.parent_id.as_deref() == parent && !region.hidden)
        .map(|region| call.renderer().region_list_item(region))
        .collect();
    Ok(json!({ "regions": items }))
}

fn region(call: &Call<'_>) -> Result<Value, Failure> {
    let region = call.tenant.regions.by_id(call.request.path("id"));
    region
        .map(|region| call.renderer().region(region))
        .ok_or_else(|| Failure::not_found("such region"))
}

fn vendor(call: &Call<'_>) -> Result<Value, Failure> {
    let vendor = call.tenant.vendors.by_id(call.request.path("id"));
    vendor
        .map(|vendor| call.renderer().vendor(vendor, true))
        .ok_or_else(|| Failure::not_found("such vendor"))
}

fn manufacturer(call: &Call<'_>) -> Result<Value, Failure> {
    let id = call.request.path("id");
    if call.tenant.manufacturers.by_id(id).is_none() {
        return Err(Failure::not_found("such manufacturer"));
    }
    Ok(call.renderer().manufacturer(id))
}

fn models(call: &Call<'_>) -> Result<Value, Failure> {
    let id = call.request.path("id");
    if call.tenant.manufacturers.by_id(id).is_none() {
        return Err(Failure::not_found("such manufacturer"));
    }
    let kind = call.request.query("type").unwrap_or("ALL");
    let models = call
        .tenant
        .models
        .iter()
        .filter(|model| model.manufacturer_id == id && (kind == "ALL" || kind == model.kind))
        .map(|model| call.renderer().model(id, &model.id));
    let mut value = list(call, "models", models);
    if let Some(meta) = value.pointer_mut("/models/_meta") {
        set(
            meta,
            "href",
            json!(call.renderer().link(&["manufacturers", id, "models"])),
        );
    }
    Ok(value)
}

fn model(call: &Call<'_>) -> Result<Value, Failure> {
    let (manufacturer, id) = (call.request.path("id"), call.request.path("modelId"));
    let known = call
        .tenant
        .models
        .iter()
        .any(|model| model.id == id && model.manufacturer_id == manufacturer);
    if known {
        Ok(call.renderer().model(manufacturer, id))
    } else {
        Err(Failure::not_found("such model"))
    }
}

fn catalog_devices(call: &Call<'_>) -> Result<Value, Failure> {
    let vendor = call.known_vendor("vendor")?;
    let service = call.asked_service()?;
    let porting = call.transaction_type() == Some(TransactionType::PortNumber);
    let devices = call
        .tenant
        .catalog_devices
        .all()
        .iter()
        .filter(|device| vendor.is_none_or(|vendor| device.vendor_id == vendor))
        // Who ports wants the new carrier's devices; everybody else those the present carrier supports.
        .filter(|device| porting || service.is_none_or(|service| device.vendor_id == service.vendor_id));
    Ok(list(
        call,
        "devices",
        devices.map(|device| call.backend.dress(call.renderer().catalog_device(device))),
    ))
}

fn catalog_device(call: &Call<'_>) -> Result<Value, Failure> {
    let id = call.backend.plain_catalog_id(call.request.path("id"));
    let device = call
        .tenant
        .catalog_devices
        .by_id(&id)
        .ok_or_else(|| Failure::not_found("such device in the catalog"))?;
    let mut value = call.backend.dress(call.renderer().catalog_device(device));
    if call.backend == Backend::Atlas {
        set(&mut value, "deviceFeatures", call.renderer().device_features());
    }
    Ok(value)
}

fn catalog_plan(call: &Call<'_>) -> Result<Value, Failure> {
    let plan = call.tenant.plans.by_id(call.request.path("id"));
    plan.map(|plan| call.renderer().plan(plan, &plan.optional_feature_ids))
        .ok_or_else(|| Failure::not_found("such plan in the catalog"))
}

fn accessories(call: &Call<'_>) -> Result<Value, Failure> {
    let service = call.asked_service()?;
    let device: Option<&DeviceAsset> = match call.request.query("compatibleWithDeviceAssetId") {
        Some(id) => Some(
            call.tenant
                .device_assets
                .by_id(id)
                .ok_or_else(|| unknown("compatibleWithDeviceAssetId", id))?,
        ),
        None => service.and_then(|service| call.tenant.device_assets.by_id(&service.device_asset_id)),
    };
    let fits = |models: &Option<Vec<String>>| match (models, device) {
        (Some(models), Some(device)) => models.contains(&device.model_id),
        _ => true,
    };
    let accessories = call
        .tenant
        .accessories
        .all()
        .iter()
        .filter(|accessory| service.is_none_or(|service| accessory.vendor_id == service.vendor_id))
        .filter(|accessory| fits(&accessory.fits_models));
    Ok(list(
        call,
        "accessories",
        accessories.map(|accessory| call.renderer().accessory(accessory)),
    ))
}

fn accessory(call: &Call<'_>) -> Result<Value, Failure> {
    let accessory = call.tenant.accessories.by_id(call.request.path("id"));
    accessory
        .map(|accessory| call.renderer().accessory(accessory))
        .ok_or_else(|| Failure::not_found("such accessory in the catalog"))
}

fn device_assets(call: &Call<'_>) -> Result<Answer, Failure> {
    let filter = call.filter()?.map(|employee| employee.id.clone());
    let since = call.updated_since("dateTimeUpdated")?;
    let service_of = |device: &DeviceAsset| call.tenant.service_of(&device.id);
    let filtered = filter.is_some() || since.is_some() || !call.sees_all();
    let wanted = |device: &DeviceAsset| {
        let owner = service_of(device).map(|service| service.employee_id.as_str());
        filter.as_deref().is_none_or(|id| owner == Some(id))
            && owner.is_none_or(|owner| call.may_see(owner))
            && newer(&device.updated, since)
    };
    page(
        call,
        "devices",
        call.tenant.device_assets.all(),
        filtered.then_some(&wanted),
        |device| {
            let mut value = call.renderer().device_asset(device);
            if call.request.flag("includeServiceDetails")
                && let Some(service) = service_of(device)
            {
                let mut details = call.renderer().service_summary(service);
                if call.request.flag("includeUpgradeEligibleDate") {
                    set(
                        &mut details,
                        "upgradeEligibleDate",
                        json!(service.upgrade_eligible_date),
                    );
                }
                set(&mut value, "service", details);
            }
            value
        },
    )
}

fn device_asset(call: &Call<'_>) -> Result<Value, Failure> {
    let id = call.request.path("id");
    let service = call.tenant.service_of(id);
    let device = call
        .tenant
        .device_assets
        .by_id(id)
        .filter(|_| service.is_none_or(|service| call.may_see(&service.employee_id)))
        .ok_or_else(|| Failure::not_found("such device"))?;
    let mut value = call.renderer().device_asset(device);
    if let Some(service) = service {
        let mut details = call.renderer().service_summary(service);
        set(
            &mut details,
            "upgradeEligibleDate",
            json!(service.upgrade_eligible_date),
        );
        set(&mut value, "service", details);
    }
    Ok(value)
}

fn service_assets(call: &Call<'_>) -> Result<Answer, Failure> {
    let filter = call.filter()?.map(|employee| employee.id.as_str());
    let since = call.updated_since("dateTimeUpdated")?;
    let filtered = filter.is_some() || since.is_some() || !call.sees_all();
    let wanted = |service: &ServiceAsset| {
        filter.is_none_or(|id| service.employee_id == id)
            && call.may_see(&service.employee_id)
            && newer(&service.updated, since)
    };
    page(
        call,
        "services",
        call.tenant.service_assets.all(),
        filtered.then_some(&wanted),
        |service| call.renderer().service_asset(service),
    )
}

pub(crate) fn order<'a>(call: &'a Call<'_>) -> Result<&'a PlacedOrder, Failure> {
    call.tenant
        .orders
        .by_id(call.request.path("id"))
        .filter(|order| call.may_see(&order.employee_id))
        .ok_or_else(|| Failure::not_found("such order"))
}

/// The order, unless another segment than its own is asked for.
fn segment_of<'a>(call: &'a Call<'_>) -> Result<Option<&'a PlacedOrder>, Failure> {
    let order = order(call)?;
    Ok(call
        .request
        .query("orderSegment")
        .is_none_or(|segment| segment == order.segment_id)
        .then_some(order))
}

fn orders(call: &Call<'_>) -> Result<Answer, Failure> {
    let filter = call.filter()?.map(|employee| employee.id.as_str());
    let since = call.updated_since("dateTimeUpdated")?;
    let approver = match (
        call.request.query("eligibleToApproveEmployeeId"),
        call.request.query("eligibleToApproveCompanyEmployeeId"),
    ) {
        (Some(id), _) => Some(call.tenant.employees.by_id(id)),
        (None, Some(id)) => Some(call.tenant.employee_by_company_id(id)),
        (None, None) => None,
    };
    let wanted = |order: &PlacedOrder| {
        filter.is_none_or(|id| order.employee_id == id)
            && call.may_see(&order.employee_id)
            && since.is_none_or(|since| order.updated >= since)
            && approver.is_none_or(|approver| {
                order.stage == Stage::AwaitingApproval && approver.is_some_and(|approver| approver.approver)
            })
    };
    page(call, "orders", call.tenant.orders.all(), Some(&wanted), |order| {
        let mut value = call.renderer().order(order);
        let members = value.as_object_mut();
        if let Some(members) = members {
            for (flag, member) in [
                ("includeOrderProperties", "properties"),
                ("includeOrderSegments", "orderSegments"),
                ("includeShipToAddress", "shipTo"),
            ] {
                if !call.request.flag(flag) {
                    members.remove(member);
                }
            }
        }
        if call.request.flag("includeOrderHistory") {
            set(&mut value, "history", call.renderer().history(order));
        }
        if call.request.flag("includeOrderShipments") {
            set(&mut value, "shipment", call.renderer().shipments(order));
        }
        if call.request.flag("includeApprovers") && order.stage == Stage::AwaitingApproval {
            set(&mut value, "pendingApprovalLevel", json!(1));
            let approvers: Vec<Value> = call
                .tenant
                .employees
                .all()
                .iter()
                .filter(|employee| employee.approver)
                .map(|employee| call.renderer().employee(employee))
                .collect();
            set(&mut value, "approver", json!(approvers));
        }
        value
    })
}

/// What an order of a kind asks for, in the order of the story: the property and whether it is required.
pub(crate) fn asked_properties<'a>(
    tenant: &'a Tenant,
    kind: &'a TransactionType,
) -> impl Iterator<Item = (&'a Property, bool)> {
    tenant.properties.iter().filter_map(move |property| {
        if property.required.contains(kind) {
            Some((property, true))
        } else if property.optional.contains(kind) {
            Some((property, false))
        } else {
            None
        }
    })
}

fn properties(call: &Call<'_>) -> Result<Value, Failure> {
    let vendor = call.known_vendor("vendor")?;
    let service = call.asked_service()?;
    if vendor.is_none() && service.is_none() {
        return Err(Failure::bad_request(
            "400-Vendor-Service-error",
            "Vendor or Service must be passed in.",
        ));
    }
    // Required by the document, so the request has it.
    let kind = call.transaction_type().unwrap_or(TransactionType::NewActivation);
    let fields: Vec<Value> = asked_properties(call.tenant, &kind)
        .map(|(property, required)| {
            let text = match property.prefill.as_deref() {
                Some("officePhone") => Some(call.actor.office_phone.as_str()),
                Some("companyEmployeeId") => Some(call.actor.company_employee_id.as_str()),
                _ => None,
            };
            without_nulls(json!({
                "choices": property.choices,
                "id": property.id,
                "label": property.label,
                "maxLength": property.max_length,
                "minLength": property.min_length,
                "pattern": property.pattern,
                "regEx": property.reg_ex,
                "text": text,
                "type": property.kind,
                "validation": if required { "REQUIRED" } else { "OPTIONAL" },
            }))
        })
        .collect();
    let group = json!({ "fields": fields, "groupId": "MISCELLANEOUS" });
    Ok(list(call, "properties", std::iter::once(group)))
}

fn acknowledgements(call: &Call<'_>) -> Result<Value, Failure> {
    call.known_vendor("vendor")?;
    let kind = call.transaction_type();
    let sets = call.tenant.acknowledgements.iter().filter(|set| {
        kind.as_ref()
            .is_some_and(|kind| set.transaction_types.contains(kind))
    });
    let (mut blocks, mut definitions) = (Vec::new(), Vec::new());
    for set in sets {
        for block in &set.infoblocks {
            let paragraphs: Vec<Value> = block
                .paragraphs
                .iter()
                .map(|text| json!({ "text": text }))
                .collect();
            blocks.push(json!({ "header": block.header, "paragraphs": paragraphs }));
        }
        for definition in &set.acknowledgements {
            definitions.push(json!({
                "id": definition.id,
                "label": definition.label,
                "type": "BOOLEAN",
                "validation": "REQUIRED",
            }));
        }
    }
    Ok(json!({ "infoblocks": blocks, "acknowledgements": definitions }))
}
