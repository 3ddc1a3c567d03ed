//! `rollout template`: a sheet to fill in.

use mobproc::types::{PropertyType, Requirement};
use mobproc_api::order_rules::{OrderPart, OrderRules};
use mobproc_rollout::inventory::vendor_of;
use mobproc_rollout::sheet::{Heading, SheetWriter};
use mobproc_rollout::text::one_line;

use crate::commands::offer::Offer;
use crate::failure::Failure;
use crate::new_order::{need_of, parts_of, schema_of, summary_of};
use crate::rollout_arguments::SheetTemplate;
use crate::session::{Context, quoted};
use crate::talk::say;

/// More than anybody chooses from in a list.
const MOST: u64 = 1_000;
/// The parts of an address that published orders have.
const ADDRESS: [&str; 4] = ["LINE_1", "CITY", "STATE", "POSTAL_CODE"];

pub(super) async fn run(context: &Context, template: &SheetTemplate) -> Result<(), Failure> {
    let rules =
        OrderRules::of(&template.kind).ok_or_else(|| Failure::usage("this kind of order has no rules"))?;
    let session = if template.service.is_some() || template.vendor.is_some() {
        Some(context.session().await?)
    } else {
        None
    };
    let vendor = match (&session, &template.service) {
        (Some(session), Some(service)) => vendor_of(&session.client.services().get(service).await?),
        _ => template.vendor.clone(),
    };
    let offer = session.as_ref().map(|session| Offer {
        session,
        kind: &template.kind,
        service: template.service.as_deref(),
        vendor: vendor.as_deref(),
        most: MOST,
    });
    let kind = Heading::new("transactionType", "The kind of order.")
        .choices(vec![(rules.kind.to_string(), one_line(rules.summary))]);
    let mut headings = vec![
        kind,
        Heading::new(
            "acting_for",
            "In whose name it is ordered: a company id, or id: and a Tangoe id. Optional.",
        ),
        Heading::new("wave", "The wave it belongs to. Optional."),
        Heading::new("key", "Tells apart rows that would be the same order. Optional."),
        Heading::new("cost_center", "The cost centre it is counted for. Optional."),
    ];
    for part in parts_of(rules) {
        match part {
            // Made up for each row, unless it is given.
            OrderPart::ExternalOrderNumber | OrderPart::AcknowledgementsBoolean => {}
            OrderPart::Properties => properties(&mut headings, offer.as_ref()).await?,
            OrderPart::ShipToAddress => {
                let parts = ADDRESS.map(|id| {
                    Heading::new(format!("shipTo.address.{id}"), "A part of the shipping address.")
                });
                headings.extend(parts);
            }
            part => {
                let path = part.as_str();
                if !mobproc_rollout::known_headings()
                    .iter()
                    .any(|known| known == path)
                {
                    continue;
                }
                let form = match part {
                    OrderPart::ShoppingCartFeatures => " Such as 122=ADD; several with ; between them.",
                    part if schema_of(part).is_list() => " Several with ; between them.",
                    _ => "",
                };
                let hint = format!(
                    "{} ({}).{form}",
                    summary_of(part).trim_end_matches('.'),
                    need_of(rules, part)
                );
                let mut heading = Heading::new(path, one_line(&hint));
                if let Some(offer) = &offer {
                    let mut choices = offer.of(part).await?;
                    if part == OrderPart::ShoppingCartFeatures {
                        choices.iter_mut().for_each(|(id, _)| id.push_str("=ADD"));
                    }
                    heading = heading.choices(choices);
                }
                headings.push(heading);
            }
        }
    }
    SheetWriter::template(&template.out, &headings, template.force)?;
    if session.is_none() {
        say(
            "With --service or --vendor the sheet has columns for what the tenant asks for, and what can be chosen.",
        );
    }
    say(&format!(
        "Written to {}. Fill it in, then: mobproc{} rollout check {}",
        template.out.display(),
        context.flags(),
        quoted(&template.out.display().to_string())
    ));
    Ok(())
}

async fn properties(headings: &mut Vec<Heading>, offer: Option<&Offer<'_>>) -> Result<(), Failure> {
    let Some(offer) = offer else {
        return Ok(());
    };
    let form = offer.properties().await?;
    for question in form.questions() {
        let written = match question.kind {
            PropertyType::Date => " Such as 2030-01-31T00:00:00Z.",
            _ => "",
        };
        let kind = match question.kind {
            PropertyType::Date => ".date",
            PropertyType::Choice => ".choice",
            _ => "",
        };
        let need = if question.requirement == Requirement::Required {
            "required"
        } else {
            "optional"
        };
        let pattern = question.pattern.as_deref().map(|pattern| format!(" {pattern}"));
        let hint = format!(
            "{} ({need}){}{written}",
            question.label,
            pattern.unwrap_or_default()
        );
        let choices = question.choices.as_deref().unwrap_or_default();
        let choices = choices.iter().map(|option| {
            (
                option.id.clone(),
                one_line(option.label.as_deref().unwrap_or_default()),
            )
        });
        headings.push(
            Heading::new(format!("properties.{}{kind}", question.id), one_line(&hint))
                .choices(choices.collect()),
        );
    }
    Ok(())
}
