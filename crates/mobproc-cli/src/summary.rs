//! Who orders what, for whom, and what it costs: the text before a yes.

use std::fmt::Write as _;

use mobproc::types::Employee;
use mobproc::{ConfirmedOrder, Totals};
use mobproc_api::order_rules::OrderRules;
use mobproc_rollout::text::one_line;
use serde_json::{Value, json};

use crate::output::priced;
use mobproc_rollout::Price;

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
    let kind = confirmed.order().transaction_type();
    let what = OrderRules::of(kind).map_or_else(String::new, |rules| format!(": {}", rules.summary));
    let mut lines: Vec<(String, String)> = vec![("order".to_owned(), format!("{kind}{what}"))];
    let mut line = |label: &str, value: String| lines.push((label.to_owned(), value));
    if let Some(holder) = confirmed.account_holder() {
        line("for", person(holder));
    }
    if let Some(by) = confirmed.requested_by() {
        line("ordered by", person(by));
    }
    if let Some(service) = &confirmation.service {
        let number = service.service_number.as_deref().unwrap_or(&service.id);
        line("line", one_line(number));
    }
    // As JSON, in which members stand whose shape is not published too.
    let shown = serde_json::to_value(confirmation).unwrap_or(Value::Null);
    for (label, member) in [("present device", "existingDevice"), ("new device", "newDevice")] {
        if let Some(device) = shown.get(member) {
            line(label, device_words(device));
        }
    }
    for (label, member) in [
        ("device", "device"),
        ("plan", "plan"),
        ("accessory", "accessories"),
        ("feature", "features"),
    ] {
        match shown.pointer(&format!("/shoppingCart/{member}")) {
            Some(Value::Array(items)) => items.iter().for_each(|item| line(label, thing(item))),
            Some(item @ Value::Object(_)) => line(label, thing(item)),
            _ => {}
        }
    }
    let options = shown.pointer("/shoppingCart/plan/optionalFeatures");
    for option in options.and_then(Value::as_array).into_iter().flatten() {
        line("with", thing(option));
    }
    let groups = shown
        .get("properties")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    let fields = groups
        .filter_map(|group| group.get("fields")?.as_array())
        .flatten();
    for (label, value) in fields.filter_map(property) {
        line(&label, value);
    }
    if let Some(to) = shown.get("shipTo") {
        line("ship to", address(to));
    }
    let totals: Totals = confirmed.costs().sum();
    line("price", one_line(&totals.to_string()));
    line("number", one_line(confirmed.external_order_number()));
    line("where", place.to_owned());
    let width = lines
        .iter()
        .map(|(label, _)| label.chars().count())
        .max()
        .unwrap_or_default();
    lines.iter().fold(String::new(), |mut text, (label, value)| {
        let _ = writeln!(text, "{label:<width$}  {value}");
        text
    })
}

/// Label and value of a property; a choice is shown by its id, which is all that comes back.
fn property(field: &Value) -> Option<(String, String)> {
    let of = |pointer: &str| field.pointer(pointer).and_then(Value::as_str).map(one_line);
    let label = of("/label").or_else(|| of("/id"))?;
    let choice = of("/choice/label").or_else(|| of("/choice/id"));
    let choice = match (choice, of("/choice/otherText")) {
        (Some(choice), Some(other)) => Some(format!("{choice} ({other})")),
        (choice, other) => choice.or(other),
    };
    let value = of("/text").or_else(|| of("/date")).or(choice)?;
    Some((label, value))
}

/// Maker, model and serial number of a device, as orders and confirmations show one.
pub(crate) fn device_words(device: &Value) -> String {
    let of = |pointers: &[&str]| {
        let found = pointers
            .iter()
            .find_map(|pointer| device.pointer(pointer)?.as_str());
        found.map(one_line)
    };
    let maker = of(&["/manufacturer/name", "/manufacturer/id", "/manufacturerId"]);
    let model = of(&["/model/name", "/model", "/otherMakeModelName", "/modelId"]);
    let mut words = match (maker, model) {
        (Some(maker), Some(model)) if !model.starts_with(&maker) => format!("{maker} {model}"),
        (maker, model) => model.or(maker).unwrap_or_default(),
    };
    if let Some(value) = of(&["/serialNumber/value"]) {
        let kind = of(&["/serialNumber/type"]).unwrap_or_else(|| "serial number".to_owned());
        words = format!("{words}, {kind} {value}");
    }
    words
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
    parts.extend(to.pointer("/region/name").and_then(Value::as_str).map(one_line));
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
