//! What the tenant asks for, held against an order before it is confirmed: backends take properties
//! that nobody asked for, and leave them out without a word.

use mobproc::types::TransactionType;
use mobproc::{OrderDraft, Property};

use crate::session::Session;
use crate::talk::say;

/// Warns of properties that are missing, wrong or not asked for. Definitions that cannot be had are
/// left to the server, which looks at the order anyway.
pub(crate) async fn warn(session: &Session, order: &OrderDraft) {
    let request = &order.request().order_request;
    let Some(service) = request.service_id.as_deref() else {
        return;
    };
    let kind = order.transaction_type().clone();
    let mut asked = session.client.orders().properties(kind.clone()).service(service);
    if kind == TransactionType::Upgrade {
        let cart = request.shopping_cart.as_ref();
        asked = asked
            .excludes_device(cart.is_none_or(|cart| cart.device_id.is_none()))
            .excludes_plan(cart.is_none_or(|cart| cart.plan_id.is_none()));
    }
    let Ok(mut form) = asked.send().await else {
        return;
    };
    let groups = request.properties.iter().flatten();
    for field in groups.flat_map(|group| group.fields.iter().flatten()) {
        form.answer(Property::from(field.clone()));
    }
    for violation in &form.check() {
        let what = violation.to_string();
        say(&format!("warning: the property {}", what.trim_start_matches('/')));
    }
}
