//! `order template`: a file to fill in, with what the tenant asks for and what can be chosen.

use std::fmt::Write as _;
use std::io::Write as _;

use mobproc::OrderDraft;
use mobproc::types::{PropertyType, Requirement};
use mobproc_api::order_rules::{Need, OrderPart, OrderRules};
use mobproc_rollout::inventory::{identity_of, vendor_of};
use mobproc_rollout::text::one_line;
use serde_json::Value;

use crate::arguments::Template;
use crate::commands::offer::Offer;
use crate::failure::Failure;
use crate::files::write_new;
use crate::new_order::{need_in_words, need_of, parts_of, schema_of, summary_of};
use crate::session::{Context, Session, quoted};
use crate::talk::say;

/// As many choices as a comment can hold.
const MOST: u64 = 40;

pub(crate) async fn run(context: &Context, template: &Template) -> Result<(), Failure> {
    let rules =
        OrderRules::of(&template.kind).ok_or_else(|| Failure::usage("this kind of order has no rules"))?;
    let flags = context.flags();
    let text = if template.service.is_some() || template.vendor.is_some() {
        let session = context.session().await?;
        let live = Live::fetch(&session, template).await?;
        write(rules, template, Some(&live), &flags).await?
    } else {
        write(rules, template, None, &flags).await?
    };
    let Some(out) = &template.out else {
        std::io::stdout().write_all(text.as_bytes())?;
        return Ok(());
    };
    write_new(out, text.as_bytes(), template.force)?;
    say(&format!(
        "Written to {}. Fill it in, then: mobproc{} order check {}",
        out.display(),
        context.flags(),
        quoted(&out.display().to_string())
    ));
    Ok(())
}

/// What the tenant has for the line or the vendor of a template.
struct Live<'a> {
    session: &'a Session,
    vendor: Option<String>,
    /// The device of the line, as orders name it.
    device: Value,
}

impl<'a> Live<'a> {
    async fn fetch(session: &'a Session, template: &Template) -> Result<Self, Failure> {
        let mut live = Self {
            session,
            vendor: template.vendor.clone(),
            device: Value::Null,
        };
        if let Some(service) = &template.service {
            let line = session.client.services().get(service).await?;
            live.vendor = vendor_of(&line);
            if let Some(device) = &line.device {
                // Lines show less of a device than the device itself.
                let full = session.client.devices().get(&device.id).await;
                live.device = identity_of(full.as_ref().unwrap_or(device));
            }
        }
        Ok(live)
    }
}

async fn write(
    rules: &'static OrderRules,
    template: &Template,
    live: Option<&Live<'_>>,
    flags: &str,
) -> Result<String, Failure> {
    let mut text = format!(
        "# {}: {}\n# Fill in what is needed, then: mobproc{flags} order check FILE, and: mobproc{flags} order place FILE\n",
        rules.kind, rules.summary
    );
    if live.is_none() {
        text.push_str("# With --service or --vendor this file shows what the tenant asks for, and what can be chosen.\n");
    }
    // By which the order is found again, should its answer be lost.
    let number = OrderDraft::suspend("0");
    let number = OrderDraft::from(number).numbered();
    let _ = writeln!(text, "transactionType: {}", rules.kind);
    let _ = writeln!(
        text,
        "# By this number the order is found again. Each order needs one of its own."
    );
    let _ = writeln!(
        text,
        "externalOrderNumber: \"{}\"",
        number.external_order_number()
    );
    if let Some(rule) = rules.at_least_one {
        let all: Vec<&str> = rule.of.iter().map(|part| part.as_str()).collect();
        let _ = writeln!(text, "# At least one of {}.", all.join(", "));
    }
    let mut open: Vec<&str> = Vec::new();
    for part in parts_of(rules) {
        if matches!(
            part,
            OrderPart::ExternalOrderNumber | OrderPart::AcknowledgementsBoolean
        ) {
            continue;
        }
        if part == OrderPart::Properties {
            properties(&mut text, rules, template, live).await?;
            continue;
        }
        part_of(&mut text, &mut open, rules, template, live, part);
        choices(&mut text, template, live, part).await?;
    }
    Ok(text)
}

/// A part, within what it is a member of.
fn part_of(
    text: &mut String,
    open: &mut Vec<&str>,
    rules: &OrderRules,
    template: &Template,
    live: Option<&Live<'_>>,
    part: OrderPart,
) {
    let path = part.as_str();
    let names: Vec<&str> = path.split('.').collect();
    let Some((name, parents)) = names.split_last() else {
        return;
    };
    for (depth, parent) in parents.iter().enumerate() {
        if open.get(depth) != Some(parent) {
            open.truncate(depth);
            let _ = writeln!(text, "{}{parent}:", "  ".repeat(depth));
            open.push(parent);
        }
    }
    open.truncate(parents.len());
    let indent = "  ".repeat(parents.len());
    let need = rules.need(part);
    let _ = writeln!(
        text,
        "{indent}# {} ({})",
        summary_of(part).trim_end_matches('.'),
        need_of(rules, part)
    );
    let schema = schema_of(part);
    let is_object = !schema.is_text() && !schema.is_list() && !schema.is_integer();
    let value = match part {
        OrderPart::ServiceId => template
            .service
            .as_ref()
            .map(|id| format!(" {}", quoted_text(id))),
        _ if path.starts_with("existingDevice.") => live.and_then(|live| {
            let pointer = path.trim_start_matches("existingDevice").replace('.', "/");
            let value = live.device.pointer(&pointer)?.as_str()?;
            Some(format!(" {}", quoted_text(value)))
        }),
        OrderPart::ShipToAddress => Some(String::new()),
        _ if schema.is_list() => Some(" []".to_owned()),
        _ => None,
    };
    let mark = if matches!(need, Need::Required)
        || is_object
        || value.as_deref().is_some_and(|value| value.starts_with(" \""))
    {
        ""
    } else {
        "# "
    };
    if is_object {
        let _ = writeln!(text, "{indent}{name}:");
        open.push(
            OBJECT_NAMES
                .iter()
                .find(|known| *known == name)
                .copied()
                .unwrap_or_default(),
        );
        return;
    }
    if part == OrderPart::ShipToAddress {
        let _ = writeln!(text, "{indent}{name}:");
        for line in ["LINE_1", "CITY", "STATE", "POSTAL_CODE"] {
            let _ = writeln!(text, "{indent}  - {{id: {line}, value: \"\"}}");
        }
        return;
    }
    let _ = writeln!(text, "{indent}{mark}{name}:{}", value.unwrap_or_default());
}

/// Members that have members.
const OBJECT_NAMES: [&str; 5] = [
    "existingDevice",
    "newDevice",
    "shipTo",
    "serialNumber",
    "shoppingCart",
];

/// What the tenant offers for the line or the vendor of a template.
fn offer_of<'a>(template: &'a Template, session: &'a Session, vendor: Option<&'a str>) -> Offer<'a> {
    Offer {
        session,
        kind: &template.kind,
        service: template.service.as_deref(),
        vendor: vendor.or(template.vendor.as_deref()),
        most: MOST,
    }
}

/// What can be chosen, as a comment.
async fn choices(
    text: &mut String,
    template: &Template,
    live: Option<&Live<'_>>,
    part: OrderPart,
) -> Result<(), Failure> {
    let Some(Live { session, vendor, .. }) = live else {
        return Ok(());
    };
    let offer = offer_of(template, session, vendor.as_deref());
    let indent = "  ".repeat(part.as_str().matches('.').count());
    for (id, label) in offer.of(part).await? {
        let line = if part == OrderPart::Acknowledgements {
            format!(
                "- {{id: {}, type: BOOLEAN, boolean: true}}  # {label}",
                scalar(&id)
            )
        } else {
            format!("{id}  {label}")
        };
        let _ = writeln!(text, "{indent}#   {line}");
    }
    Ok(())
}

async fn properties(
    text: &mut String,
    rules: &OrderRules,
    template: &Template,
    live: Option<&Live<'_>>,
) -> Result<(), Failure> {
    let _ = writeln!(
        text,
        "# What the tenant asks for ({})",
        need_in_words(rules.need(OrderPart::Properties))
    );
    let Some(Live { session, .. }) = live else {
        text.push_str("properties: []\n");
        return Ok(());
    };
    let form = offer_of(template, session, None).properties().await?;
    text.push_str("properties:\n");
    let mut group_before = None;
    for question in form.questions() {
        let group = form.group_of(&question.id).map(str::to_owned);
        if group_before.as_ref() != Some(&group) {
            match &group {
                Some(id) => {
                    let _ = writeln!(text, "  - groupId: {}\n    fields:", scalar(id));
                }
                None => text.push_str("  - fields:\n"),
            }
            group_before = Some(group);
        }
        let is_required = question.requirement == Requirement::Required;
        let need = if is_required { "required" } else { "optional" };
        let _ = writeln!(text, "      # {} ({need})", one_line(&question.label));
        if question.kind == PropertyType::Date {
            text.push_str("      #   such as 2030-01-31T00:00:00Z\n");
        }
        if let Some(pattern) = &question.pattern {
            let _ = writeln!(text, "      #   {}", one_line(pattern));
        }
        for option in question.choices.as_deref().unwrap_or_default() {
            let _ = writeln!(
                text,
                "      #   {}  {}",
                option.id,
                one_line(option.label.as_deref().unwrap_or_default())
            );
        }
        let mark = if is_required { "" } else { "# " };
        let value = match question.kind {
            PropertyType::Choice => "choice: {id: \"\"}".to_owned(),
            PropertyType::Date => "date: \"\"".to_owned(),
            _ => format!(
                "text: {}",
                quoted_text(question.text.as_deref().unwrap_or_default())
            ),
        };
        let _ = writeln!(
            text,
            "      {mark}- {{id: {}, type: {}, {value}}}",
            scalar(&question.id),
            scalar(question.kind.as_str())
        );
    }
    Ok(())
}

/// A text as YAML takes it.
fn scalar(text: &str) -> String {
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "_-.".contains(letter))
        && !["true", "false", "null"].contains(&text);
    if is_plain {
        text.to_owned()
    } else {
        quoted_text(text)
    }
}

/// A text in quotes: JSON is YAML.
fn quoted_text(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}
