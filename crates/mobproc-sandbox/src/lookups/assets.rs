//! Devices and services people have.

use serde_json::{Value, json};

use super::list::{Filter, newer, page};
use crate::answer::{Answer, Failure};
use crate::call::Call;
use crate::render::set;
use crate::seed::{DeviceAsset, ServiceAsset};

pub(crate) fn service(call: &Call<'_>) -> Result<Value, Failure> {
    let id = call.request.path("id");
    let service = call
        .service(id)
        .ok_or_else(|| call.missing("service", call.tenant.service_assets.by_id(id).is_some()))?;
    Ok(call.renderer().service_asset(&service))
}

pub(crate) fn devices(call: &Call<'_>) -> Result<Answer, Failure> {
    let filter = call.filter()?.map(|employee| employee.id.clone());
    let since = call.updated_since("dateTimeUpdated")?;
    let service_of = |device: &DeviceAsset| call.tenant.service_of(&device.id);
    let only = filter.as_deref().or_else(|| call.own_id());
    let wanted = |device: &DeviceAsset| {
        let owner = service_of(device).map(|service| service.employee_id.clone());
        (filter.is_none() || owner == filter)
            && owner.is_none_or(|owner| call.may_see(&owner))
            && newer(&device.updated, since)
    };
    let filter = (only.is_some() || since.is_some()).then(|| Filter {
        candidates: only.map(|owner| call.tenant.devices_around(owner)),
        fits: &wanted,
    });
    page(call, "devices", &call.tenant.device_assets, filter, |device| {
        let mut value = call.renderer().device_asset(device);
        if call.request.flag("includeServiceDetails")
            && let Some(service) = service_of(device)
        {
            let mut details = call.renderer().service_summary(&service);
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
    })
}

pub(crate) fn device(call: &Call<'_>) -> Result<Value, Failure> {
    let id = call.request.path("id");
    let service = call.tenant.service_of(id);
    let device = call
        .tenant
        .device_assets
        .by_id(id)
        .filter(|_| {
            service
                .as_ref()
                .is_none_or(|service| call.may_see(&service.employee_id))
        })
        .ok_or_else(|| call.missing("device", call.tenant.device_assets.by_id(id).is_some()))?;
    let mut value = call.renderer().device_asset(&device);
    if let Some(service) = service {
        let mut details = call.renderer().service_summary(&service);
        set(
            &mut details,
            "upgradeEligibleDate",
            json!(service.upgrade_eligible_date),
        );
        set(&mut value, "service", details);
    }
    Ok(value)
}

pub(crate) fn services(call: &Call<'_>) -> Result<Answer, Failure> {
    let filter = call.filter()?.map(|employee| employee.id.clone());
    let since = call.updated_since("dateTimeUpdated")?;
    let wanted = |service: &ServiceAsset| {
        filter.as_ref().is_none_or(|id| service.employee_id == *id)
            && call.may_see(&service.employee_id)
            && newer(&service.updated, since)
    };
    let only = filter.as_deref().or_else(|| call.own_id());
    let filter = (only.is_some() || since.is_some()).then(|| Filter {
        candidates: only.map(|owner| call.tenant.services_around(owner)),
        fits: &wanted,
    });
    page(call, "services", &call.tenant.service_assets, filter, |service| {
        call.renderer().service_asset(service)
    })
}
