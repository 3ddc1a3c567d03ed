//! The caller, and whether the connection works.

use mobproc_api::types::TransactionType;
use serde_json::{Value, json};

use crate::backend::Backend;
use crate::call::Call;
use crate::render::without_nulls;

pub(crate) fn ping(call: &Call<'_>) -> Value {
    without_nulls(json!({
        "echoText": call.request.query("echoText"),
        "backend": call.backend.name(),
    }))
}

pub(crate) fn diagnostics(call: &Call<'_>) -> Value {
    match call.backend {
        Backend::PremiumMobile => json!({
            "IS_AUTHENTICATED_USER_APPROVER": call.user.approver,
            "IS_ACTOR_APPROVER": call.actor.approver,
            "EXECUTE_MOVE_SERVICE_PERMISSION": call.actor.approver,
        }),
        _ => json!({}),
    }
}

pub(crate) fn me(call: &Call<'_>) -> Value {
    json!({
        "authenticatedUser": call.renderer().employee(call.user),
        "actor": call.renderer().employee(call.actor),
        "transactionTypes": TransactionType::KNOWN,
        "isApprover": call.actor.approver,
        "canMoveService": call.actor.approver,
    })
}
