//! `order new`: asks for what an order needs, with what can be chosen, and writes its file.

mod address;
mod choices;
mod parts;
mod properties;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use mobproc::types::{ServiceAsset, TransactionType};
use mobproc::{EmployeeRef, OrderDraft, Severity};
use mobproc_api::order_rules::{Need, OrderPart, OrderRules};

use self::choices::{employee_choice, nothing};
use self::parts::MOST;
use crate::arguments::kind_name;
use crate::ask::Asker;
use crate::failure::Failure;
use crate::files::write_new;
use crate::new_order::{Draft, NewOrder};
use crate::session::{Context, Session, quoted};
use crate::talk::say;

pub(crate) async fn run(context: &mut Context, new: &NewOrder) -> Result<(), Failure> {
    let rules = OrderRules::of(&new.kind).ok_or_else(|| Failure::usage("this kind of order has no rules"))?;
    let mut session = context.session().await?;
    if context.asker.can_ask() {
        say(&format!("{}: {}", new.kind, rules.summary));
        ask_for_whom(context, &mut session, rules).await?;
    }
    let mut questions = Questions {
        asker: context.asker,
        session: &session,
        rules,
        draft: new.given.clone(),
        line: None,
        vendor: new.vendor.clone(),
        missing: Vec::new(),
    };
    if context.asker.can_ask() {
        questions.ask_parts().await?;
    } else if let Some(id) = questions.draft.text(OrderPart::ServiceId).map(str::to_owned) {
        questions.line = Some(session.client.services().get(&id).await?);
        questions.take_existing_device().await;
    }
    questions.properties(&new.properties).await?;
    questions.acknowledgements().await?;
    questions.ship_to(&new.address).await?;
    let Questions {
        draft, mut missing, ..
    } = questions;
    let order = OrderDraft::from_json(&draft.to_json().to_string())?.numbered();
    for violation in &order.check() {
        if violation.severity == Severity::Error {
            missing.push(violation.to_string());
        } else {
            say(&format!("warning: {violation}"));
        }
    }
    if !missing.is_empty() && !context.asker.can_ask() {
        return Err(
            Failure::refused(format!("the order is not complete: {}", missing.join("; "))).nothing_ordered(),
        );
    }
    let out = write(context, &order, new)?;
    let flags = context.flags();
    if !missing.is_empty() {
        return Err(
            Failure::refused(format!("the order is not complete: {}", missing.join("; ")))
                .nothing_ordered()
                .next(format!(
                    "complete the file, then: mobproc{flags} order check {out}"
                )),
        );
    }
    if out != "-" {
        say(&format!("Next: mobproc{flags} order place {out}"));
    }
    Ok(())
}

/// An order without a line is for whoever it is asked for.
async fn ask_for_whom(
    context: &mut Context,
    session: &mut Session,
    rules: &OrderRules,
) -> Result<(), Failure> {
    let is_about_a_line = rules.need(OrderPart::ServiceId) == Need::Required;
    if is_about_a_line || session.client.actor().is_some() {
        return Ok(());
    }
    let employees = session
        .client
        .employees()
        .list()
        .limit(MOST)
        .items()
        .collect()
        .await?;
    let mut choices = vec![nothing("(the account itself)")];
    choices.extend(employees.iter().map(employee_choice));
    let chosen = context.asker.one("For whom?", &choices)?;
    if !chosen.id.is_empty() {
        let employee = EmployeeRef::tangoe_id(&chosen.id);
        session.client = session.client.acting_for(employee.clone());
        // What is printed as the next command has to be for the same person.
        context.global.acting_for = Some(employee);
    }
    Ok(())
}

/// Writes the order, and returns where, as a word of a command.
fn write(context: &Context, order: &OrderDraft, new: &NewOrder) -> Result<String, Failure> {
    let name = format!("{}-{}.yaml", kind_name(&new.kind), order.external_order_number());
    let out = match &new.out {
        Some(out) => out.clone(),
        None if context.asker.can_ask() => {
            let can_be_made = |text: &str| {
                let path = Path::new(text);
                let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
                if path.exists() {
                    Err("there is a file of that name already".to_owned())
                } else if folder.is_some_and(|folder| !folder.is_dir()) {
                    Err("there is no such folder".to_owned())
                } else {
                    Ok(())
                }
            };
            let answer = context
                .asker
                .text("Write the order to:", "", Some(&name), can_be_made)?;
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
        return Ok("-".to_owned());
    }
    write_new(&out, format!("{}\n", text.trim_end()).as_bytes(), new.force)?;
    let shown = quoted(&out.display().to_string());
    say(&format!("Written to {shown}. Nothing is ordered yet."));
    Ok(shown)
}

struct Questions<'a> {
    asker: Asker,
    session: &'a Session,
    rules: &'static OrderRules,
    draft: Draft,
    line: Option<ServiceAsset>,
    vendor: Option<String>,
    /// Why the order would be refused.
    missing: Vec<String>,
}

impl Questions<'_> {
    fn kind(&self) -> TransactionType {
        self.rules.kind.clone()
    }

    fn is_open(&self, part: OrderPart) -> bool {
        self.rules.documents(part) && !self.draft.has(part)
    }
}
