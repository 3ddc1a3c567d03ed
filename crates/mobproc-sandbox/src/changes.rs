//! Decisions on orders, and moves of services.

use chrono::{DateTime, Utc};
use mobproc_api::types::{ApprovalAction, ApprovalRequest, MoveRequest};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::answer::Failure;
use crate::call::{self, Call};
use crate::orders::{Pace, Stage};
use crate::tenant::Tenant;

fn body<T: DeserializeOwned>(call: &Call<'_>) -> Result<T, Failure> {
    serde_json::from_value(call.request.json()?).map_err(|error| {
        Failure::bad_request(
            "400-Request-body-error",
            format!("The request body cannot be read: {error}."),
        )
    })
}

/// What a decision on an order does.
#[derive(Debug)]
pub(crate) enum Decision {
    Approve(String),
    Reject(String),
    Nothing,
}

/// Looks at a decision: the documented outcome, and what follows.
pub(crate) fn decide(call: &Call<'_>) -> Result<(Value, Decision), Failure> {
    let request: ApprovalRequest = body(call)?;
    let order = call::order(call)?;
    if !call.actor.approver {
        return Err(Failure::forbidden(
            "403-Approval-error",
            "The actor may not approve orders.",
        ));
    }
    let waiting = order.stage == Stage::AwaitingApproval;
    let (status, decision) = match request.action {
        ApprovalAction::Approve if waiting => ("APPROVAL_QUEUED", Decision::Approve(order.id.clone())),
        ApprovalAction::Reject if waiting => {
            if request
                .reason
                .as_deref()
                .is_none_or(|reason| reason.trim().is_empty())
            {
                return Err(Failure::bad_request(
                    "400-Approval-error",
                    "A rejection needs a reason.",
                ));
            }
            ("REJECTION_QUEUED", Decision::Reject(order.id.clone()))
        }
        ApprovalAction::Approve | ApprovalAction::Reject if order.needs_approval => {
            ("NOT_READY_FOR_APPROVAL", Decision::Nothing)
        }
        ApprovalAction::Approve | ApprovalAction::Reject => ("APPROVAL_NOT_NEEDED", Decision::Nothing),
        other => {
            return Err(Failure::bad_request(
                "400-Approval-error",
                format!("The action {other} is neither APPROVE nor REJECT."),
            ));
        }
    };
    Ok((json!({ "status": status }), decision))
}

/// Carries a decision out. Returns the order that was approved.
pub(crate) fn carry_out(
    tenant: &mut Tenant,
    decision: Decision,
    by: &str,
    pace: Pace,
    now: DateTime<Utc>,
) -> Option<String> {
    let (id, stage) = match decision {
        Decision::Approve(id) => (id, Stage::Submitted),
        Decision::Reject(id) => (id, Stage::Rejected),
        Decision::Nothing => return None,
    };
    tenant.orders.decide(&id, stage, by, pace, now);
    (stage == Stage::Submitted).then_some(id)
}

/// Looks at a move: the service and its new owner.
pub(crate) fn plan_move(call: &Call<'_>) -> Result<(String, String), Failure> {
    let request: MoveRequest = body(call)?;
    if !call.actor.approver {
        return Err(Failure::forbidden(
            "403-Move-error",
            "The actor may not move services.",
        ));
    }
    let service = call
        .service(call.request.path("id"))
        .ok_or_else(|| Failure::not_found("such service"))?;
    let owner = match (
        &request.new_owner_employee_id,
        &request.new_owner_company_employee_id,
    ) {
        (Some(id), _) => call.tenant.employees.by_id(id),
        (None, Some(id)) => call.tenant.employee_by_company_id(id),
        (None, None) => {
            return Err(Failure::bad_request(
                "400-Move-error",
                "The new owner must be passed in.",
            ));
        }
    };
    let owner =
        owner.ok_or_else(|| Failure::bad_request("400-Move-error", "The new owner does not exist."))?;
    if request
        .move_charges
        .as_ref()
        .is_some_and(|charges| !charges.is_known())
    {
        return Err(Failure::bad_request(
            "400-Move-error",
            "That is no way to move charges.",
        ));
    }
    Ok((service.id.clone(), owner.id.clone()))
}
