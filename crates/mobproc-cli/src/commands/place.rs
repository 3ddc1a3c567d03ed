//! `order check`, `confirm`, `submit` and `place`: from a file to an order, with a price and a yes in
//! between.

use std::io::Write as _;
use std::path::Path;

use mobproc::{ConfirmedOrder, EmployeeRef, OrderDraft, OrderError, PlacedOrder, SavedOrder};
use mobproc_rollout::state::State;
use mobproc_rollout::text::one_line;
use mobproc_rollout::{Added, Journal, JournalError, Write, WriteKind};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::agree::{agree, can_agree, show};
use super::definitions;
use crate::arguments::{Agreement, Unknown};
use crate::failure::Failure;
use crate::files::{self, write_new};
use crate::output::{Column, Format};
use crate::session::{Context, Environment, Session, quoted};
use crate::summary;
use crate::talk::say;
use crate::writes::{Content, Sent, What, carry_out, new_write, printed, remember_open, still_open};
use mobproc_rollout::Price;

/// A confirmed order on its way to `order submit`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ConfirmedFile {
    /// What this file is.
    kind: String,
    /// The profile it was confirmed with; `(sandbox)` for the sandbox inside the program.
    profile: Option<String>,
    /// Whose credentials it was confirmed with.
    account: Option<String>,
    /// In which hierarchy.
    hierarchy: Option<String>,
    tenant: String,
    external_order_number: String,
    /// For people; what is submitted is in `order`.
    total: String,
    order: SavedOrder,
}

/// The command that tells what an order costs.
const TOLD_BY: &str = "order confirm FILE -o json";
const CONFIRMED_FILE: &str = "mobproc confirmed order 1";
/// No profile can be called so.
const IN_SANDBOX: &str = "(sandbox)";

/// Holds a file against the rules of its kind.
pub(crate) fn check(context: &Context, file: &Path, unknown: Unknown) -> Result<(), Failure> {
    let order = files::read_order(file, unknown.allow_unknown)?;
    let found = order.check();
    let mut list = context.output.list(&[
        Column::at("severity"),
        Column::new("where", "pointer"),
        Column::new("what", "message"),
    ]);
    for violation in &found {
        list.add(violation)?;
    }
    if found.is_empty() && context.output.is_table() {
        say(&format!("{}: nothing is wrong with it", files::shown(file)));
    } else {
        list.finish()?;
    }
    if found.has_errors() {
        return Err(Failure::refused(format!(
            "{}: the order does not keep the rules of {}",
            files::shown(file),
            order.transaction_type()
        ))
        .nothing_ordered());
    }
    Ok(())
}

/// Has an order priced, and perhaps writes it down for `submit`.
pub(crate) async fn confirm(
    context: &Context,
    file: &Path,
    out: Option<&Path>,
    force: bool,
    unknown: Unknown,
) -> Result<(), Failure> {
    let order = files::read_order(file, unknown.allow_unknown)?;
    let session = context.session().await?;
    let mut journal = context.journal()?;
    let confirmed = priced(context, &session, &mut journal, order).await?;
    let Some(out) = out else {
        let text = summary::text(&confirmed, &session.place());
        return context
            .output
            .text_or(&text, &summary::json(&confirmed, session.client.tenant()));
    };
    let content = ConfirmedFile {
        kind: CONFIRMED_FILE.to_owned(),
        profile: profile_of(&session),
        account: session.account.clone(),
        hierarchy: session.hierarchy.clone(),
        tenant: session.client.tenant().to_owned(),
        external_order_number: confirmed.external_order_number().to_owned(),
        total: Price::of(&confirmed).to_string(),
        order: confirmed.save(),
    };
    let text = serde_json::to_string_pretty(&content)
        .map_err(|error| Failure::failed(format!("the confirmed order cannot be written: {error}")))?;
    if out == Path::new("-") {
        show(&summary::text(&confirmed, &session.place()));
        let mut stdout = std::io::stdout().lock();
        writeln!(stdout, "{text}")?;
        return Ok(());
    }
    write_new(out, format!("{text}\n").as_bytes(), force)?;
    let text = summary::text(&confirmed, &session.place());
    context
        .output
        .text_or(&text, &summary::json(&confirmed, session.client.tenant()))?;
    say(&format!("Written to {}. Nothing is ordered yet.", out.display()));
    say(&format!(
        "Next: mobproc{} order submit {}",
        context.flags(),
        quoted(&out.display().to_string())
    ));
    Ok(())
}

fn profile_of(session: &Session) -> Option<String> {
    match session.environment {
        Environment::Sandbox => Some(IN_SANDBOX.to_owned()),
        _ => session.profile.clone(),
    }
}

/// Has an order priced. If the answer says that it may have been placed, that is in the journal.
async fn priced(
    context: &Context,
    session: &Session,
    journal: &mut Journal,
    order: OrderDraft,
) -> Result<ConfirmedOrder, Failure> {
    let number = order.external_order_number();
    if !number.is_empty()
        && let Some(known) = known_order(session, journal, number)?
        && known.entry.state.is_open()
    {
        return Err(still_open(session, journal, &known));
    }
    definitions::warn(session, &order).await;
    match session.client.orders().confirm(order).await {
        Ok(confirmed) => Ok(confirmed),
        Err(OrderError::NotPlaced(not)) => Err(Failure::from(not.error()).nothing_ordered()),
        Err(OrderError::OutcomeUnknown(open)) => {
            let number = open.external_order_number();
            let failure = Failure::unknown(open.message(), open.error()).number(number);
            if let Err(error) = remember_open(session, journal, &open) {
                say(&format!(
                    "warning: the journal could not be told: {}",
                    error.in_a_line()
                ));
            }
            Err(failure.next(format!(
                "mobproc{} order reconcile {}",
                context.flags(),
                quoted(number)
            )))
        }
    }
}

/// Confirms an order and places it.
pub(crate) async fn place(
    context: &Context,
    file: &Path,
    unknown: Unknown,
    agreement: &Agreement,
) -> Result<(), Failure> {
    let order = files::read_order(file, unknown.allow_unknown)?;
    context.output.only_paths()?;
    can_agree(context, agreement, TOLD_BY)?;
    // Whoever runs the same command again means the same order.
    let number = order.external_order_number();
    if number.is_empty() {
        let number = order.numbered();
        return Err(Failure::usage(format!(
            "{}: the order has no externalOrderNumber, so placing the file a second time would order a second time",
            files::shown(file)
        ))
        .nothing_ordered()
        .next(format!("add a number of your own, or externalOrderNumber: {}", number.external_order_number())));
    }
    let session = context.session().await?;
    // An order that was sent before is not even priced again.
    let mut journal = context.journal()?;
    if let Some(known) = known_order(&session, &journal, number)?
        && known.is_identified_by(&identity_of(session.client.actor(), &order.to_json()))
        && !may_be_sent(&known)
    {
        return said_before(context, &session, &journal, &known);
    }
    let confirmed = priced(context, &session, &mut journal, order).await?;
    submit_confirmed(context, &session, &mut journal, confirmed, agreement).await
}

/// Places an order that was confirmed before.
pub(crate) async fn submit(context: &mut Context, file: &Path, agreement: &Agreement) -> Result<(), Failure> {
    let text = files::read(file)?;
    let wrong = |what: &str| Failure::usage(format!("{}: {what}", files::shown(file))).nothing_ordered();
    let content: ConfirmedFile = serde_json::from_str(&text).map_err(|_| {
        wrong("is no confirmed order; `mobproc order confirm FILE --out CONFIRMED` writes one")
    })?;
    if content.kind != CONFIRMED_FILE {
        return Err(wrong("was written by another version of this program"));
    }
    context.output.only_paths()?;
    can_agree(context, agreement, TOLD_BY)?;
    bind_profile(context, content.profile.as_deref())?;
    let session = context.session().await?;
    let refused = |what: &str| Err(Failure::refused(what).nothing_ordered());
    if content.account != session.account {
        return refused("it was confirmed with the credentials of another account");
    }
    if context.global.hierarchy.is_some() && content.hierarchy != session.hierarchy {
        return refused("it was confirmed in another hierarchy than --hierarchy names");
    }
    let confirmed = session
        .client
        .orders()
        .restore(content.order)
        .map_err(|error| Failure::from(error).nothing_ordered())?;
    if let Some(employee) = &context.global.acting_for
        && confirmed.client().actor() != Some(employee)
    {
        return Err(
            Failure::refused("it was confirmed for another employee than --as names").nothing_ordered(),
        );
    }
    let mut journal = context.journal()?;
    submit_confirmed(context, &session, &mut journal, confirmed, agreement).await
}

/// A confirmed order goes where it was confirmed, or nowhere.
fn bind_profile(context: &mut Context, profile: Option<&str>) -> Result<(), Failure> {
    let is_sandbox = profile == Some(IN_SANDBOX);
    let given = context.global.profile.as_deref();
    match profile {
        _ if is_sandbox != context.global.sandbox => {
            let (was, next) = if is_sandbox {
                ("in the sandbox inside the program", "the same with --sandbox")
            } else {
                ("elsewhere than in the sandbox", "the same without --sandbox")
            };
            Err(Failure::refused(format!("it was confirmed {was}"))
                .nothing_ordered()
                .next(next))
        }
        Some(profile) if !is_sandbox && given.is_some_and(|given| given != profile) => {
            Err(Failure::refused(format!("it was confirmed with the profile {profile}")).nothing_ordered())
        }
        None if given.is_some() => Err(Failure::refused(
            "it was confirmed with the settings of the environment, without a profile",
        )
        .nothing_ordered()),
        Some(profile) if !is_sandbox => {
            context.global.profile = Some(profile.to_owned());
            Ok(())
        }
        _ => Ok(()),
    }
}

fn known_order(session: &Session, journal: &Journal, number: &str) -> Result<Option<Write>, Failure> {
    let known = journal.by_number(&session.scope(), number)?;
    Ok(known.into_iter().find(|write| write.kind == WriteKind::Order))
}

fn may_be_sent(known: &Write) -> bool {
    matches!(known.entry.state, State::Refused | State::Confirmed)
}

/// By what one order is told from another of the same number: its bytes and whose it is.
fn identity_of(actor: Option<&EmployeeRef>, order: &str) -> String {
    format!("{}\n{order}", json!(actor))
}

/// An order of that number was sent before: says what became of it, and sends nothing.
fn said_before(
    context: &Context,
    session: &Session,
    journal: &Journal,
    known: &Write,
) -> Result<(), Failure> {
    if known.entry.state != State::Placed {
        return Err(still_open(session, journal, known));
    }
    let when = known
        .began
        .map(|at| format!(" on {}", at.format("%Y-%m-%d %H:%M UTC")))
        .unwrap_or_default();
    say(&format!(
        "The order {} was placed{when} already; nothing was sent this time.",
        known.number
    ));
    printed(print_placed(
        context,
        known.result.as_deref(),
        &known.number,
        None,
    ));
    Ok(())
}

/// The number was used before: for this very order, or for another.
fn taken(
    context: &Context,
    session: &Session,
    journal: &Journal,
    known: &Write,
    identity: &str,
) -> Result<(), Failure> {
    if known.is_identified_by(identity) || known.entry.state.is_open() {
        return said_before(context, session, journal, known);
    }
    Err(Failure::refused(format!(
        "another order has the number {} already, and is {}; two orders of one number could not be told apart",
        known.number, known.entry.state
    ))
    .nothing_ordered()
    .number(known.number.clone())
    .next("another externalOrderNumber"))
}

async fn submit_confirmed(
    context: &Context,
    session: &Session,
    journal: &mut Journal,
    confirmed: ConfirmedOrder,
    agreement: &Agreement,
) -> Result<(), Failure> {
    let number = confirmed.external_order_number().to_owned();
    let content = Content {
        acting_for: confirmed.client().actor().cloned(),
        ..Content::of(
            session,
            What::Order {
                saved: Box::new(confirmed.save()),
            },
        )
    };
    let identity = identity_of(confirmed.client().actor(), &confirmed.order().to_json());
    let summary = format!(
        "{} {}",
        confirmed.order().transaction_type(),
        Price::of(&confirmed)
    );
    let write = new_write(session, WriteKind::Order, &number, &content)?
        .identified_by(&identity)
        .summary(summary);
    if let Some(known) = known_order(session, journal, &number)?
        && !may_be_sent(&known)
    {
        return taken(context, session, journal, &known, &identity);
    }
    agree(context, session, &confirmed, agreement)?;
    // While somebody was asked, another program may have sent it.
    let write = match journal.add(&write)? {
        Added::New(write) => write,
        Added::Known(known) => match journal.replace_content(&known.id, &write) {
            Ok(write) => write,
            Err(JournalError::Refused(_) | JournalError::Overtaken) => {
                let known = journal.by_id(&known.id)?;
                return taken(context, session, journal, &known, &identity);
            }
            Err(other) => return Err(Failure::from(other).nothing_ordered()),
        },
    };
    let placed = carry_out(session, journal, &write, async |send_by| {
        match confirmed.submit_before(send_by).await {
            Ok(placed) => {
                let id = placed.order_id().to_owned();
                Sent::Done(placed, Some(id))
            }
            Err(OrderError::NotPlaced(not)) => Sent::Not(Failure::from(not.error())),
            Err(OrderError::OutcomeUnknown(open)) => {
                Sent::Unknown(Failure::unknown(open.message(), open.error()))
            }
        }
    })
    .await?;
    if let Some(changed) = placed.changed_external_order_number() {
        say(&format!(
            "warning: the server shows it with the number {changed} instead of {number}"
        ));
    }
    let id = placed.order_id();
    if context.output.is_table() {
        let status = placed.order().ok().and_then(|order| order.status.as_ref());
        let status = status.map_or_else(String::new, |status| format!(", {status}"));
        say(&format!("Ordered: {}{status}.", one_line(id)));
        say(&format!(
            "Next: mobproc{} order show {}",
            context.flags(),
            quoted(id)
        ));
    }
    printed(print_placed(context, Some(id), &number, Some(&placed)));
    Ok(())
}

/// The order's id; nothing where a person told that it was placed, and not as which.
fn print_placed(
    context: &Context,
    id: Option<&str>,
    number: &str,
    placed: Option<&PlacedOrder>,
) -> Result<(), Failure> {
    let order = placed.and_then(|placed| placed.order().ok());
    let thing = json!({
        "orderId": id,
        "externalOrderNumber": number,
        "placedBefore": placed.is_none(),
        "order": order,
    });
    let text = id.map_or_else(String::new, |id| format!("{}\n", one_line(id)));
    context.output.text_or(&text, &thing)
}

/// Whether data is read by programs, which need JSON of errors too.
pub(crate) fn errors_are_json(format: Format) -> bool {
    matches!(format, Format::Json | Format::Ndjson)
}
