//! `order pending`, `reconcile` and `resolve`: writes of which nobody knows what became of them.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use mobproc::types::{Order, Timestamp};
use mobproc::{ConfirmedOrder, EmployeeRef, Reconciliation};
use mobproc_api::order_rules::OrderRules;
use mobproc_rollout::state::{Decision, Event, Sighting, State};
use mobproc_rollout::text::one_line;
use mobproc_rollout::{Journal, JournalError, Write, WriteKind};
use serde_json::{Value, json};

use crate::arguments::{Consent, Resolution};
use crate::commands::agree::agree_to_write;
use crate::failure::{Failure, Ordered};
use crate::output::Column;
use crate::session::{Context, Environment, Session, quoted};
use crate::talk::say;
use crate::writes::{What, content_of, printed, still_open, who};

/// Published orders were updated some minutes before they were submitted.
const MARGIN: TimeDelta = TimeDelta::hours(24);
/// The status of an order that nobody has decided upon.
const AWAITING: &str = "AWAITING_APPROVAL";
/// How far the clock of the server may be behind this machine's.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(10);
/// Between two looks.
const PAUSE: Duration = Duration::from_secs(5);

fn columns() -> [Column; 6] {
    [
        Column::at("number"),
        Column::at("kind"),
        Column::at("state"),
        Column::at("since"),
        Column::at("tenant"),
        Column::at("what"),
    ]
}

fn row(write: &Write) -> Value {
    json!({
        "number": write.number,
        "kind": write.kind,
        "state": write.entry.state.name(),
        "attempt": write.entry.attempt,
        "since": write.began.map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string()),
        "tenant": write.scope.tenant,
        "server": write.scope.base_url,
        "what": write.summary,
        "result": write.result,
    })
}

/// Lists open writes of this machine.
pub(crate) fn pending(context: &Context) -> Result<(), Failure> {
    let journal = context.journal()?;
    let mut list = context.output.list(&columns());
    for write in journal.open_writes()? {
        list.add(&row(&write))?;
    }
    list.finish()
}

/// The write of a number: one that is open first, and an order before whatever else is called so.
fn find(journal: &Journal, session: &Session, number: &str) -> Result<Option<Write>, Failure> {
    let mut all = journal.by_number(&session.scope(), number)?;
    // What is open is what is asked about.
    all.sort_by_key(|write| (!write.entry.state.is_open(), write.kind != WriteKind::Order));
    Ok(all.into_iter().next())
}

/// Looks for a write, as whoever made it.
pub(crate) async fn reconcile(
    context: &Context,
    number: &str,
    wait: Option<Duration>,
) -> Result<(), Failure> {
    let session = context.session().await?;
    let mut journal = context.journal()?;
    let Some(write) = find(&journal, &session, number)? else {
        return look_for_foreign(context, &session, number).await;
    };
    match &write.entry.state {
        State::Placed => {
            say(&format!("{number} was carried out; that is known."));
            return show(context, &session, &write).await;
        }
        State::Refused => {
            say(&format!("{number} was not carried out; that is known."));
            return Err(Failure::refused(format!("{number} was not carried out"))
                .nothing_ordered()
                .number(number));
        }
        State::Submitting { .. } if journal.is_being_sent(&write)? => {
            return Err(still_open(&session, &journal, &write));
        }
        State::Planned | State::Checked | State::Confirmed => {
            return Err(
                Failure::refused(format!("{number} was never sent; it can be submitted"))
                    .nothing_ordered()
                    .number(number),
            );
        }
        _ => {}
    }
    let until = wait.map(|wait| Instant::now() + wait);
    loop {
        // What cannot be looked up now is as open as before.
        let seen = look(&session, &write)
            .await
            .map_err(|failure| failure.still_unknown(number))?;
        if let Seen::Orders(orders) = &seen
            && !orders.is_empty()
        {
            return found(context, &session, &mut journal, &write, orders);
        }
        if let Seen::Changed(what) = &seen {
            let event = Event::LookedUp(Sighting::Seen(1));
            journal.apply(&write.id, &event, &who(), what)?;
            say(&format!("{number}: {what}."));
            printed(context.output.one(&row(&journal.by_id(&write.id)?), &columns()));
            return Ok(());
        }
        let why = match &seen {
            Seen::CannotTell(why) => why.clone(),
            _ => "it was not found".to_owned(),
        };
        let waits = matches!(seen, Seen::Orders(_) | Seen::NotYet(_));
        if waits && until.is_some_and(|until| Instant::now() + PAUSE < until) {
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        if waits {
            let event = Event::LookedUp(Sighting::NotSeen);
            journal.apply(&write.id, &event, &who(), &why)?;
        }
        let (flags, shown) = (session.flags(), quoted(number));
        let why = match seen {
            Seen::NotYet(why) => why,
            _ => why,
        };
        return Err(Failure::unknown(format!("{number}: {why}"), None)
            .number(number)
            .next(format!(
                "mobproc{flags} order reconcile --wait 5m {shown}, because lists lag behind"
            ))
            .next(format!(
                "mobproc{flags} order resolve --placed=ORDER {shown}, or --not-placed once a person has made sure of it"
            )));
    }
}

/// What a look showed.
enum Seen {
    /// Orders of the number; none is not to say that none will come.
    Orders(Vec<Order>),
    /// What was to be changed is changed.
    Changed(String),
    /// It is not changed yet.
    NotYet(String),
    /// Nothing can be said.
    CannotTell(String),
}

async fn look(session: &Session, write: &Write) -> Result<Seen, Failure> {
    let content = content_of(write)?;
    // Somebody else may not be shown it.
    if content.account != session.account {
        let whose = content.account.as_deref().unwrap_or("another account");
        let failure = Failure::refused(format!(
            "{} was sent with the credentials of {}, and only they are sure to be shown it",
            write.number,
            one_line(whose)
        ));
        return Err(match &content.profile {
            Some(profile) => failure.next(format!("the same with --profile {profile}")),
            None => failure,
        });
    }
    let as_sender = |actor: Option<&EmployeeRef>| {
        let mut client = session.plain.clone();
        if let Some(actor) = actor {
            client = client.acting_for(actor.clone());
        }
        if let Some(hierarchy) = &content.hierarchy {
            client = client.with_hierarchy(hierarchy);
        }
        client
    };
    match &content.what {
        What::Order { saved } => {
            // As the one who confirmed, in the hierarchy it was confirmed in.
            let confirmed = session.plain.orders().restore((**saved).clone())?;
            let since = write.began.and_then(|began| began.checked_sub_signed(MARGIN));
            let since = since.map(Timestamp::from);
            let client = confirmed.client();
            Ok(match client.orders().reconcile(&write.number, since).await? {
                Reconciliation::Found(orders) => own_orders(write, &confirmed, orders),
                Reconciliation::NotSeen { .. } => Seen::Orders(Vec::new()),
                Reconciliation::CannotTell { reason } => Seen::CannotTell(reason.to_owned()),
                _ => Seen::CannotTell("this version does not understand what was found".to_owned()),
            })
        }
        What::Opened { saved } => {
            let open = session.plain.orders().restore_open((**saved).clone())?;
            Ok(match open.reconcile().await? {
                Reconciliation::Found(orders) => Seen::Orders(orders),
                Reconciliation::NotSeen { .. } => Seen::Orders(Vec::new()),
                Reconciliation::CannotTell { reason } => Seen::CannotTell(reason.to_owned()),
                _ => Seen::CannotTell("this version does not understand what was found".to_owned()),
            })
        }
        What::Approval {
            order_id,
            approve,
            before,
        } => {
            let client = as_sender(content.acting_for.as_ref());
            let order = client.orders().get(order_id).await?;
            let status = order.status.as_ref().map(ToString::to_string).unwrap_or_default();
            let is_rejected = status.contains("REJECT");
            Ok(match status.as_str() {
                "" => Seen::CannotTell(format!("the order {order_id} shows no status")),
                AWAITING => Seen::NotYet(format!("the order {order_id} still awaits approval")),
                // What was decided is not what this decided, so somebody else did.
                _ if before != AWAITING => Seen::CannotTell(format!(
                    "the order {order_id} was {} before, and is {}: whether that is the decision, nobody can tell",
                    one_line(before),
                    one_line(&status)
                )),
                _ if is_rejected == *approve => Seen::CannotTell(format!(
                    "the order {order_id} is {}, which is another decision than was sent",
                    one_line(&status)
                )),
                _ => Seen::Changed(format!(
                    "the order {order_id} is {}, so it was decided upon",
                    one_line(&status)
                )),
            })
        }
        What::Move { service_id, to } => {
            let client = as_sender(content.acting_for.as_ref());
            let line = client.services().get(service_id).await?;
            let owner = line.employee.as_ref();
            let is_there = owner.is_some_and(|owner| match to {
                EmployeeRef::TangoeId(id) => owner.id == *id,
                EmployeeRef::CompanyId(id) => owner.company_employee_id.as_deref() == Some(id),
                _ => false,
            });
            Ok(if is_there {
                Seen::Changed(format!("the line {service_id} has its new owner"))
            } else {
                Seen::NotYet(format!("the line {service_id} does not have its new owner"))
            })
        }
        What::Raw { path } => Ok(Seen::CannotTell(format!(
            "nobody but you knows what POST {path} was to change; look at it, then tell with `order resolve`"
        ))),
    }
}

/// Of the orders that were found those that can be the one that was sent: with its very number, of its
/// kind, line and person, and not submitted long before it.
fn own_orders(write: &Write, confirmed: &ConfirmedOrder, orders: Vec<Order>) -> Seen {
    let kind = confirmed.order().transaction_type();
    let comes_back_as = OrderRules::of(kind).and_then(|rules| rules.answers_as.as_ref());
    let is_of_kind = |order: &Order| {
        let shown = order.transaction_type.as_ref();
        shown.is_none_or(|shown| shown.meant() == kind.meant() || Some(shown) == comes_back_as)
    };
    let is_of_number = |order: &Order| {
        let shown = order.external_order_number.as_deref();
        shown.is_none_or(|shown| shown.trim() == confirmed.external_order_number().trim())
    };
    let line = confirmed.confirmation().service.as_ref();
    let line = line.and_then(|line| line.service_number.as_deref());
    let is_of_line = |order: &Order| {
        let shown = json!(order);
        let shown = shown.get("serviceNumber").and_then(Value::as_str);
        line.is_none() || shown.is_none() || shown == line
    };
    let holder = confirmed.account_holder().map(|holder| &holder.id);
    let is_of_person = |order: &Order| {
        let shown = order.account_holder.as_ref().map(|holder| &holder.id);
        holder.is_none() || shown.is_none() || shown == holder
    };
    let is_of_time = |order: &Order| {
        let submitted = order.date_submitted.as_ref().and_then(Timestamp::instant);
        match (submitted, write.began) {
            (Some(submitted), Some(began)) => submitted.to_utc() + CLOCKS_DIFFER >= began,
            _ => true,
        }
    };
    let ids: Vec<String> = orders
        .iter()
        .map(|order| one_line(order.order_id.as_deref().unwrap_or("without an id")))
        .collect();
    let own: Vec<Order> = orders
        .into_iter()
        .filter(|order| {
            is_of_kind(order)
                && is_of_number(order)
                && is_of_line(order)
                && is_of_person(order)
                && is_of_time(order)
        })
        .collect();
    if own.is_empty() && !ids.is_empty() {
        return Seen::CannotTell(format!(
            "found was {}, of this number or one like it, but of another kind, line, person, time or spelling: \
             a person has to look whether that is it",
            ids.join(", ")
        ));
    }
    Seen::Orders(own)
}

fn found(
    context: &Context,
    session: &Session,
    journal: &mut Journal,
    write: &Write,
    orders: &[Order],
) -> Result<(), Failure> {
    let number = &write.number;
    let id = orders.first().and_then(|order| order.order_id.clone());
    let event = Event::LookedUp(Sighting::Seen(orders.len()));
    let why = format!("{} of that number found", orders.len());
    let kept = journal.apply_with_result(&write.id, &event, &who(), &why, id.as_deref())?;
    if let [order] = orders
        && kept.entry.state == State::Placed
    {
        say(&format!("{number} was placed."));
        let shown = context
            .output
            .one(order, &crate::commands::follow::order_fields());
        printed(shown);
        return Ok(());
    }
    let mut list = context.output.list(&crate::commands::follow::order_columns());
    orders.iter().try_for_each(|order| list.add(order))?;
    list.finish()?;
    Err(Failure::unknown(
        format!(
            "{} found of the number {number}, and more than one is or was possible: a person has to look",
            orders.len()
        ),
        None,
    )
    .ordered(Ordered::Yes)
    .number(number.clone())
    .next(format!(
        "mobproc{} order resolve --placed=ORDER {}",
        session.flags(),
        quoted(number)
    )))
}

/// What is known of a write that was carried out.
async fn show(context: &Context, session: &Session, write: &Write) -> Result<(), Failure> {
    if write.kind == WriteKind::Order
        && let Seen::Orders(orders) = look(session, write).await?
        && let [order] = orders.as_slice()
    {
        return context
            .output
            .one(order, &crate::commands::follow::order_fields());
    }
    context.output.one(&row(write), &columns())
}

/// Looks for an order that was not placed from this machine.
async fn look_for_foreign(context: &Context, session: &Session, number: &str) -> Result<(), Failure> {
    say(&format!(
        "The journal of this machine has no {number}; looking among all orders that the caller sees."
    ));
    match session.client.orders().reconcile(number, None).await? {
        Reconciliation::Found(orders) => {
            let mut list = context.output.list(&crate::commands::follow::order_columns());
            orders.iter().try_for_each(|order| list.add(order))?;
            list.finish()
        }
        Reconciliation::NotSeen { looked_at } => Err(Failure::refused(format!(
            "{number} is not among the {looked_at} orders that the caller sees"
        ))
        .number(number)
        .next("--as EMPLOYEE, if somebody else ordered it")),
        Reconciliation::CannotTell { reason } => Err(Failure::unknown(reason, None).number(number)),
        _ => Err(Failure::unknown("this version does not understand what was found", None).number(number)),
    }
}

/// Records a person's decision.
pub(crate) async fn resolve(
    context: &Context,
    number: &str,
    decision: &Resolution,
    reason: Option<&str>,
    consent: Consent,
) -> Result<(), Failure> {
    let session = context.session().await?;
    let mut journal = context.journal()?;
    let Some(write) = find(&journal, &session, number)? else {
        return Err(Failure::refused(format!(
            "the journal of this machine has no {number} for {}",
            session.place()
        )));
    };
    if journal.is_being_sent(&write)? {
        return Err(still_open(&session, &journal, &write));
    }
    let (event, told, result) = match &decision.placed {
        Some(id) => {
            let id = Some(id.as_str()).filter(|id| !id.is_empty());
            (Decision::Placed, "was carried out", id)
        }
        None => (Decision::NotPlaced, "was not carried out", None),
    };
    if event == Decision::NotPlaced {
        say(
            "After this, the same file can be submitted again. If the first one arrived after all, that orders twice.",
        );
    }
    agree_to_write(
        context,
        &session,
        consent.yes,
        &format!("Record that {number} {told}?"),
    )?;
    let why = reason.unwrap_or("a person's decision");
    let event = Event::Decided(event);
    let changed = match journal.apply_with_result(&write.id, &event, &who(), why, result) {
        Ok(changed) => changed,
        Err(JournalError::Refused(refusal)) => {
            return Err(Failure::refused(format!("{number}: {refusal}")).number(number));
        }
        Err(other) => return Err(other.into()),
    };
    if session.environment == Environment::Sandbox {
        say("(in the journal of the sandbox)");
    }
    context.output.one(&row(&changed), &columns())
}
