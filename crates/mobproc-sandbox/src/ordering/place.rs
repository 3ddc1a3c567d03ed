//! Placing an order that keeps the rules.

use chrono::{DateTime, Utc};
use mobproc_api::types::Amount;
use serde_json::{Value, json};

use crate::clock::stamp;
use crate::orders::{Effect, Event, Pace, PlacedOrder, Stage};
use crate::render::set;
use crate::seed;
use crate::tenant::Tenant;

/// An order that keeps all rules, and all that follows from it.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) confirmation: Value,
    pub(super) order: Value,
    pub(super) effect: Effect,
    pub(super) employee_id: String,
    pub(super) one_time: Amount,
}

/// Places an order that keeps the rules. This is what must never happen twice by accident.
pub(crate) fn place(tenant: &mut Tenant, checked: Checked, pace: Pace, now: DateTime<Utc>) -> String {
    let (id, segment_id) = tenant.orders.take_ids();
    let needs_approval = checked.one_time > seed::amount(&tenant.facts.approval_above);
    let mut document = checked.order;
    if document.get("updated").is_some() {
        set(&mut document, "updated", json!(stamp(now)));
    }
    let effect = checked.effect;
    let order = PlacedOrder {
        id: id.clone(),
        segment_id,
        stage: Stage::Submitted,
        needs_approval,
        employee_id: checked.employee_id,
        document: document.to_string().into_boxed_str(),
        submitted: now,
        updated: now,
        events: vec![Event {
            at: now,
            what: Stage::Submitted,
            by: None,
        }],
        effect,
        is_effective: false,
    };
    tenant.orders.place(order, pace);
    id
}
