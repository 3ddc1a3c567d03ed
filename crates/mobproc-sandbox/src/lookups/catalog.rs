//! What can be ordered.

use std::borrow::Cow;

use mobproc_api::types::TransactionType;
use serde_json::Value;

use super::list::list;
use crate::answer::Failure;
use crate::backend::Backend;
use crate::call::{Call, unknown};
use crate::render::set;
use crate::seed::DeviceAsset;

pub(crate) fn plans(call: &Call<'_>) -> Value {
    let plans = call.tenant.plans.all().iter();
    list(
        call,
        "plans",
        plans.map(|plan| call.renderer().plan(plan, &plan.optional_feature_ids)),
    )
}

pub(crate) fn features(call: &Call<'_>) -> Value {
    let features = call.tenant.features.all().iter();
    list(
        call,
        "features",
        features.filter_map(|feature| call.renderer().feature(&feature.id)),
    )
}

pub(crate) fn devices(call: &Call<'_>) -> Result<Value, Failure> {
    let vendor = call.known_vendor("vendor")?;
    let service = call.asked_service()?;
    let porting = call.transaction_type() == Some(TransactionType::PortNumber);
    let devices = call
        .tenant
        .catalog_devices
        .all()
        .iter()
        .filter(|device| vendor.is_none_or(|vendor| device.vendor_id == vendor))
        // Who ports wants the new carrier's devices; everybody else those the present carrier
        // supports.
        .filter(|device| {
            porting
                || service
                    .as_ref()
                    .is_none_or(|service| device.vendor_id == service.vendor_id)
        });
    Ok(list(
        call,
        "devices",
        devices.map(|device| call.backend.dress(call.renderer().catalog_device(device))),
    ))
}

pub(crate) fn device(call: &Call<'_>) -> Result<Value, Failure> {
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

pub(crate) fn plan(call: &Call<'_>) -> Result<Value, Failure> {
    let plan = call.tenant.plans.by_id(call.request.path("id"));
    plan.map(|plan| call.renderer().plan(plan, &plan.optional_feature_ids))
        .ok_or_else(|| Failure::not_found("such plan in the catalog"))
}

pub(crate) fn accessories(call: &Call<'_>) -> Result<Value, Failure> {
    let service = call.asked_service()?;
    let device: Option<Cow<'_, DeviceAsset>> = match call.request.query("compatibleWithDeviceAssetId") {
        Some(id) => Some(
            call.tenant
                .device_assets
                .by_id(id)
                .ok_or_else(|| unknown("compatibleWithDeviceAssetId", id))?,
        ),
        None => service
            .as_ref()
            .and_then(|service| call.tenant.device_assets.by_id(&service.device_asset_id)),
    };
    let fits = |models: &Option<Vec<String>>| match (models, &device) {
        (Some(models), Some(device)) => models.contains(&device.model_id),
        _ => true,
    };
    let accessories = call
        .tenant
        .accessories
        .all()
        .iter()
        .filter(|accessory| {
            service
                .as_ref()
                .is_none_or(|service| accessory.vendor_id == service.vendor_id)
        })
        .filter(|accessory| fits(&accessory.fits_models));
    Ok(list(
        call,
        "accessories",
        accessories.map(|accessory| call.renderer().accessory(accessory)),
    ))
}

pub(crate) fn accessory(call: &Call<'_>) -> Result<Value, Failure> {
    let accessory = call.tenant.accessories.by_id(call.request.path("id"));
    accessory
        .map(|accessory| call.renderer().accessory(accessory))
        .ok_or_else(|| Failure::not_found("such accessory in the catalog"))
}
