//! Orders, and what has to be known before one is placed.

use mobproc_api::types::TransactionType;
use serde_json::{Value, json};

use super::list::{Filter, list, page};
use crate::answer::{Answer, Failure};
use crate::call::{Call, asked_properties, order as order_of};
use crate::orders::{PlacedOrder, Stage};
use crate::render::{set, without_nulls};

pub(crate) fn order(call: &Call<'_>) -> Result<Value, Failure> {
    Ok(json!({ "order": call.renderer().order(order_of(call)?) }))
}

pub(crate) fn history(call: &Call<'_>) -> Result<Value, Failure> {
    let none = json!({ "history": { "items": [] } });
    Ok(segment_of(call)?.map_or(none, |order| call.renderer().history(order)))
}

pub(crate) fn shipments(call: &Call<'_>) -> Result<Value, Failure> {
    let none = json!({ "shipments": { "items": [] } });
    Ok(segment_of(call)?.map_or(none, |order| call.renderer().shipments(order)))
}

/// The order, unless another segment than its own is asked for.
fn segment_of<'a>(call: &'a Call<'_>) -> Result<Option<&'a PlacedOrder>, Failure> {
    let order = order_of(call)?;
    Ok(call
        .request
        .query("orderSegment")
        .is_none_or(|segment| segment == order.segment_id)
        .then_some(order))
}

pub(crate) fn orders(call: &Call<'_>) -> Result<Answer, Failure> {
    let filter = call.filter()?.map(|employee| employee.id.clone());
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
        filter.as_ref().is_none_or(|id| order.employee_id == *id)
            && call.may_see(&order.employee_id)
            && since.is_none_or(|since| order.updated >= since)
            && approver.as_ref().is_none_or(|approver| {
                order.stage == Stage::AwaitingApproval
                    && approver.as_ref().is_some_and(|approver| approver.approver)
            })
    };
    let filter = Filter {
        candidates: None,
        fits: &wanted,
    };
    page(call, "orders", call.tenant.orders.all(), Some(filter), |order| {
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
            let approvers = call.tenant.approvers();
            let approvers: Vec<Value> = approvers
                .iter()
                .map(|employee| call.renderer().employee(employee))
                .collect();
            set(&mut value, "approver", json!(approvers));
        }
        value
    })
}

pub(crate) fn properties(call: &Call<'_>) -> Result<Value, Failure> {
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

pub(crate) fn acknowledgements(call: &Call<'_>) -> Result<Value, Failure> {
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
