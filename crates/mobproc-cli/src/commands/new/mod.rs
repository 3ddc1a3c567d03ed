//! `order new`: asks for what an order needs, with what can be chosen, and writes its file.

mod address;
mod choices;
mod parts;
mod properties;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use mobproc::types::{ServiceAsset, TransactionType};
use mobproc::{OrderDraft, Severity};
use mobproc_api::order_rules::{OrderPart, OrderRules};

use crate::arguments::kind_name;
use crate::ask::Asker;
use crate::commands::place::write_new;
use crate::failure::Failure;
use crate::new_order::{Draft, NewOrder};
use crate::session::{Context, Session};
use crate::talk::say;

pub(crate) async fn run(context: &Context, new: &NewOrder) -> Result<(), Failure> {
    let rules = OrderRules::of(&new.kind).ok_or_else(|| Failure::usage("this kind of order has no rules"))?;
    let session = context.session().await?;
    let mut questions = Questions {
        asker: context.asker,
        session: &session,
        rules,
        draft: new.given.clone(),
        line: None,
        vendor: new.vendor.clone(),
    };
    if context.asker.can_ask() {
        say(&format!("{}: {}", new.kind, rules.summary));
        questions.ask_parts().await?;
    } else if let Some(id) = questions.draft.text(OrderPart::ServiceId).map(str::to_owned) {
        questions.line = Some(session.client.services().get(&id).await?);
        questions.take_existing_device().await;
    }
    questions.properties(&new.properties).await?;
    questions.acknowledgements().await?;
    questions.ship_to(&new.address).await?;
    let draft = questions.draft;
    let order = OrderDraft::from_json(&draft.to_json().to_string())?.numbered();
    let found = order.check();
    for violation in &found {
        let severity = match violation.severity {
            Severity::Error => "error",
            _ => "warning",
        };
        say(&format!("{severity}: {violation}"));
    }
    if found.has_errors() && !context.asker.can_ask() {
        return Err(
            Failure::refused("the order is not complete, and there is nobody to ask").nothing_ordered(),
        );
    }
    write(context, &session, &order, new, found.has_errors())
}

fn write(
    context: &Context,
    session: &Session,
    order: &OrderDraft,
    new: &NewOrder,
    is_incomplete: bool,
) -> Result<(), Failure> {
    let name = format!("{}-{}.yaml", kind_name(&new.kind), order.external_order_number());
    let out = match &new.out {
        Some(out) => out.clone(),
        None if context.asker.can_ask() => {
            let answer = context
                .asker
                .text("Write the order to:", "", Some(&name), |_| Ok(()))?;
            PathBuf::from(answer)
        }
        None => PathBuf::from("-"),
    };
    let is_json = out
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("json"));
    let value = order.as_value();
    let text = if is_json {
        serde_json::to_string_pretty(value).map_err(|error| Failure::failed(error.to_string()))?
    } else {
        serde_saphyr::to_string(value).map_err(|error| Failure::failed(error.to_string()))?
    };
    if out == Path::new("-") {
        writeln!(std::io::stdout(), "{}", text.trim_end())?;
        return Ok(());
    }
    write_new(&out, format!("{}\n", text.trim_end()).as_bytes(), new.force)?;
    let flags = session.flags();
    let shown = out.display();
    say(&format!("Written to {shown}. Nothing is ordered yet."));
    if is_incomplete {
        say(&format!(
            "Something is still missing; complete the file, then: mobproc{flags} order check {shown}"
        ));
    } else {
        say(&format!("Next: mobproc{flags} order place {shown}"));
    }
    Ok(())
}

struct Questions<'a> {
    asker: Asker,
    session: &'a Session,
    rules: &'static OrderRules,
    draft: Draft,
    line: Option<ServiceAsset>,
    vendor: Option<String>,
}

impl Questions<'_> {
    fn kind(&self) -> TransactionType {
        self.rules.kind.clone()
    }

    fn is_open(&self, part: OrderPart) -> bool {
        self.rules.documents(part) && !self.draft.has(part)
    }
}
