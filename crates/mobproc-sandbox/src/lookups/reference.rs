//! Reference data: regions, vendors, manufacturers and models.

use serde_json::{Value, json};

use super::list::list;
use crate::answer::Failure;
use crate::call::{Call, unknown};
use crate::render::set;

pub(crate) fn vendors(call: &Call<'_>) -> Value {
    let vendors = call.tenant.vendors.all().iter();
    list(
        call,
        "vendors",
        vendors.map(|vendor| call.renderer().vendor(vendor, false)),
    )
}

pub(crate) fn manufacturers(call: &Call<'_>) -> Value {
    let manufacturers = call.tenant.manufacturers.all().iter();
    list(
        call,
        "manufacturers",
        manufacturers.map(|known| call.renderer().manufacturer(&known.id)),
    )
}

pub(crate) fn regions(call: &Call<'_>) -> Result<Value, Failure> {
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

pub(crate) fn region(call: &Call<'_>) -> Result<Value, Failure> {
    let region = call.tenant.regions.by_id(call.request.path("id"));
    region
        .map(|region| call.renderer().region(region))
        .ok_or_else(|| Failure::not_found("such region"))
}

pub(crate) fn vendor(call: &Call<'_>) -> Result<Value, Failure> {
    let vendor = call.tenant.vendors.by_id(call.request.path("id"));
    vendor
        .map(|vendor| call.renderer().vendor(vendor, true))
        .ok_or_else(|| Failure::not_found("such vendor"))
}

pub(crate) fn manufacturer(call: &Call<'_>) -> Result<Value, Failure> {
    let id = call.request.path("id");
    if call.tenant.manufacturers.by_id(id).is_none() {
        return Err(Failure::not_found("such manufacturer"));
    }
    Ok(call.renderer().manufacturer(id))
}

pub(crate) fn models(call: &Call<'_>) -> Result<Value, Failure> {
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

pub(crate) fn model(call: &Call<'_>) -> Result<Value, Failure> {
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
