//! Who orders what, for whom, and what it costs: the text before a yes.

use std::fmt::Write as _;

use mobproc::types::Employee;
use mobproc::{ConfirmedOrder, Totals};
use serde_json::{Value, json};

use crate::output::{one_line, priced};
use crate::price::Price;

fn person(employee: &Employee) -> String {
    let names = [employee.first_name.as_deref(), employee.last_name.as_deref()];
    let name: Vec<&str> = names.into_iter().flatten().collect();
    let id = employee.company_employee_id.as_deref().unwrap_or(&employee.id);
    match name.as_slice() {
        [] => one_line(id),
        name => format!("{} ({})", one_line(&name.join(" ")), one_line(id)),
    }
}

/// The text, a line for each thing.
pub(crate) fn text(confirmed: &ConfirmedOrder, place: &str) -> String {
    let confirmation = confirmed.confirmation();
    let mut lines: Vec<(&str, String)> = vec![("order", confirmed.order().transaction_type().to_string())];
    if let Some(holder) = confirmed.account_holder() {
        lines.push(("for", person(holder)));
    }
    if let Some(by) = confirmed.requested_by() {
        lines.push(("ordered by", person(by)));
    }
    if let Some(service) = &confirmation.service {
        let number = service.service_number.as_deref().unwrap_or(&service.id);
        lines.push(("line", one_line(number)));
    }
    let cart = confirmation
        .shopping_cart
        .as_deref()
        .and_then(|cart| serde_json::to_value(cart).ok())
        .unwrap_or(Value::Null);
    for (label, member) in [
        ("device", "device"),
        ("plan", "plan"),
        ("accessory", "accessories"),
        ("feature", "features"),
    ] {
        match cart.get(member) {
            Some(Value::Array(items)) => lines.extend(items.iter().map(|item| (label, thing(item)))),
            Some(item @ Value::Object(_)) => lines.push((label, thing(item))),
            _ => {}
        }
    }
    if let Some(to) = confirmation
        .ship_to
        .as_ref()
        .and_then(|to| serde_json::to_value(to).ok())
    {
        lines.push(("ship to", address(&to)));
    }
    let totals: Totals = confirmed.costs().sum();
    lines.push(("price", totals.to_string()));
    lines.push(("number", one_line(confirmed.external_order_number())));
    lines.push(("where", place.to_owned()));
    let width = lines
        .iter()
        .map(|(label, _)| label.len())
        .max()
        .unwrap_or_default();
    lines.iter().fold(String::new(), |mut text, (label, value)| {
        let _ = writeln!(text, "{label:<width$}  {value}");
        text
    })
}

/// Name and price of what is bought; name and action of what is changed.
fn thing(item: &Value) -> String {
    let of = |member: &str| item.get(member).and_then(Value::as_str).map(one_line);
    let manufacturer = item.pointer("/manufacturer/name").and_then(Value::as_str);
    let name = of("name")
        .or_else(|| of("label"))
        .or_else(|| of("description"))
        .or_else(|| of("id"))
        .unwrap_or_default();
    let mut text = match manufacturer {
        Some(maker) if !name.contains(maker) => format!("{} {name}", one_line(maker)),
        _ => name,
    };
    if let Some(action) = of("action") {
        let _ = write!(text, ": {}", action.to_lowercase());
    }
    let price = item
        .get("price")
        .and_then(|price| serde_json::from_value(price.clone()).ok());
    priced(&text, price.as_ref())
}

fn address(to: &Value) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(to.get("name").and_then(Value::as_str).map(one_line));
    let lines = to.get("address").and_then(Value::as_array).into_iter().flatten();
    parts.extend(lines.filter_map(|line| line.get("value")?.as_str()).map(one_line));
    parts.join(", ")
}

/// The same for machines, with the server's confirmation as it came.
pub(crate) fn json(confirmed: &ConfirmedOrder, tenant: &str) -> Value {
    let costs: Vec<Value> = confirmed
        .costs()
        .filter_map(|cost| serde_json::to_value(cost).ok())
        .collect();
    json!({
        "externalOrderNumber": confirmed.external_order_number(),
        "transactionType": confirmed.order().transaction_type(),
        "tenant": tenant,
        "total": Price::of(confirmed).to_string(),
        "costs": costs,
        "confirmation": confirmed.confirmation(),
    })
}
