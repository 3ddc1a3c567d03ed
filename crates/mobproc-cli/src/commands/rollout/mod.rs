//! `rollout`: thousands of orders from a spreadsheet.

mod apply;
mod plan;
mod show;
mod template;
mod watching;

use std::path::{Path, PathBuf};

use mobproc::EmployeeRef;
use mobproc_rollout::state::Decision;
use mobproc_rollout::{Location, Numbers, Rollout, RolloutError};
use serde_json::{Value, json};

use super::agree::{agree_on, agree_to_write, can_agree};
use crate::arguments::Agreement;
use crate::failure::Failure;
use crate::rollout_arguments::{JournalChoice, RolloutCommand, RowDecision, Which};
use crate::session::{Context, Session, quoted};
use crate::talk::say;
use crate::writes::who;

pub(crate) async fn run(context: &Context, command: RolloutCommand) -> Result<(), Failure> {
    match command {
        RolloutCommand::Template(template) => template::run(context, &template).await,
        RolloutCommand::Check { sheet, offline } => plan::check(context, &sheet, offline).await,
        RolloutCommand::Plan(plan) => plan::plan(context, &plan).await,
        RolloutCommand::Show { which, rows, limit } => show::show(context, &which, rows, limit).await,
        RolloutCommand::Approve { which, agreement } => approve(context, &which, &agreement).await,
        RolloutCommand::Apply(apply) => apply::apply(context, &apply, apply::How::Apply).await,
        RolloutCommand::Work(apply) => apply::apply(context, &apply, apply::How::Work).await,
        RolloutCommand::Resume(apply) => apply::apply(context, &apply, apply::How::Resume).await,
        RolloutCommand::Status { which, watch } => show::status(context, &which, watch).await,
        RolloutCommand::Pause { which, reason } => {
            let mut rollout = open(&which).await?;
            rollout.set_paused(Some(&reason)).await?;
            say("Paused: what is under way is finished, and nothing new is begun.");
            say(&next(context, &which, "resume"));
            Ok(())
        }
        RolloutCommand::Reconcile { which, wait } => apply::reconcile(context, &which, wait).await,
        RolloutCommand::Retry { which, .. } => {
            let mut rollout = open(&which).await?;
            let count = rollout.retry_refused().await?;
            say(&format!("{count} rows that were refused can be sent once more."));
            say(&next(context, &which, "apply"));
            Ok(())
        }
        RolloutCommand::Resolve {
            which,
            row,
            decision,
            reason,
            consent,
        } => resolve(context, &which, row, &decision, reason.as_deref(), consent.yes).await,
        RolloutCommand::Export { which, out, force } => {
            let mut rollout = open(&which).await?;
            let rows = mobproc_rollout::export(&mut rollout, &out, force).await?;
            say(&format!("Written to {}: {rows} rows.", out.display()));
            if context.output.is_table() {
                return Ok(());
            }
            context.output.one(&json!({ "file": out, "rows": rows }), &[])
        }
        RolloutCommand::Audit { which, row, limit } => show::audit(context, &which, row, limit).await,
    }
}

/// A command about a rollout to go on with.
fn next(context: &Context, which: &Which, command: &str) -> String {
    format!(
        "Next: mobproc{} rollout {command}{}",
        context.flags(),
        flags_of(which)
    )
}

/// What names a rollout on a command line. The journal's URL may hold a password, so it is not
/// shown.
fn flags_of(which: &Which) -> String {
    let name = quoted(&which.rollout.display().to_string());
    match which.journal.journal {
        Some(_) => format!(" {name} --journal URL"),
        None => format!(" {name}"),
    }
}

fn location(rollout: &Path, journal: &JournalChoice) -> Result<Location, Failure> {
    match &journal.journal {
        None => Ok(Location::File(rollout.to_owned())),
        Some(url) => {
            let name = rollout
                .to_str()
                .filter(|name| !name.trim().is_empty())
                .ok_or_else(|| Failure::usage("the name of the rollout is no text"))?;
            Ok(Location::Server {
                url: url.clone(),
                name: name.to_owned(),
            })
        }
    }
}

async fn open(which: &Which) -> Result<Rollout, Failure> {
    let location = location(&which.rollout, &which.journal)?;
    Ok(Rollout::open(&location, &who()).await?)
}

/// The numbers that the rollouts of this machine have taken; those of a database stand beside them.
async fn numbers(context: &Context, journal: &JournalChoice) -> Result<Numbers, Failure> {
    if journal.journal.is_some() {
        return Ok(Numbers::beside());
    }
    let folder: PathBuf = context.state_folder()?;
    Ok(Numbers::open(&folder.join("rollout-numbers.sqlite")).await?)
}

/// The client of rollouts: rows say in whose name they are ordered.
fn client_of(session: &Session) -> mobproc::Client {
    match &session.hierarchy {
        Some(hierarchy) => session.plain.with_hierarchy(hierarchy),
        None => session.plain.clone(),
    }
}

/// A session for a rollout: in the hierarchy it was planned in, and with nobody's name but the
/// rows'.
async fn session_for(context: &Context, rollout: &Rollout) -> Result<Session, Failure> {
    let session = context.session().await?;
    let about = rollout.about();
    rollout
        .check_client(&session.client)
        .map_err(|error| Failure::from(error).nothing_ordered())?;
    if session.hierarchy != about.hierarchy {
        let planned = about.hierarchy.as_deref().unwrap_or("none");
        return Err(
            Failure::refused(format!("the rollout was planned in the hierarchy {planned}")).nothing_ordered(),
        );
    }
    if session.account != about.account {
        let whose = about.account.as_deref().unwrap_or("somebody else");
        say(&format!(
            "warning: this was planned with the credentials of {whose}; rows that name nobody are ordered in your name"
        ));
    }
    if session.client.actor() != about.acting_for.as_ref() && context.global.acting_for.is_some() {
        return Err(Failure::refused(
            "rows are ordered in the names they were planned with; --as changes nothing of that",
        )
        .nothing_ordered());
    }
    Ok(session)
}

/// Who the caller is, as the server knows them.
async fn person(session: &Session) -> Option<String> {
    let me = session.plain.me().await.ok()?;
    let me = json!(me);
    // No page shows the shape of it; these are the places where an id would stand.
    ["/authenticatedUser/id", "/employee/id", "/id"]
        .iter()
        .find_map(|pointer| me.pointer(pointer).and_then(Value::as_str))
        .map(str::to_owned)
}

async fn approve(context: &Context, which: &Which, agreement: &Agreement) -> Result<(), Failure> {
    let mut rollout = open(which).await?;
    can_agree(context, agreement, "rollout show NAME -o json")?;
    let session = session_for(context, &rollout).await?;
    let employee = person(&session).await;
    if rollout.about().four_eyes && employee.is_none() {
        return Err(Failure::refused(
            "two persons have to agree to this rollout, and the server does not tell who this one is",
        )
        .nothing_ordered());
    }
    let counts = rollout.counts().await?;
    let to_order = counts.confirmed + counts.held;
    if to_order == 0 {
        return Err(Failure::refused("no row of the rollout can be ordered").nothing_ordered());
    }
    show::summary(&session, &mut rollout).await?.lines().for_each(say);
    let total = rollout.total_to_order("").await?;
    agree_on(
        context,
        &session,
        &total,
        agreement,
        &format!("Approve {to_order} orders for {total}?"),
    )?;
    let mut numbers = numbers(context, &which.journal).await?;
    let approval = rollout
        .approve(&mut numbers, &total, employee.as_deref())
        .await
        .map_err(|error| {
            let failure = Failure::from(error).nothing_ordered();
            failure.next(format!(
                "mobproc{} rollout show{} --rows",
                context.flags(),
                flags_of(which)
            ))
        })?;
    say(&format!(
        "Approved: {} orders for {}. Nothing is ordered yet.",
        approval.orders, approval.total
    ));
    if context.output.is_table() {
        say(&next(context, which, "apply"));
        return Ok(());
    }
    context.output.one(&show::facts(&mut rollout).await?, &[])
}

async fn resolve(
    context: &Context,
    which: &Which,
    row: u32,
    decision: &RowDecision,
    reason: Option<&str>,
    yes: bool,
) -> Result<(), Failure> {
    let mut rollout = open(which).await?;
    let session = session_for(context, &rollout).await?;
    settle(&mut rollout).await?;
    let (event, told) = match &decision.placed {
        Some(_) => (Decision::Placed, "was ordered"),
        None if decision.not_placed => (Decision::NotPlaced, "was not ordered, and is not to be"),
        None => (
            Decision::SendAgain,
            "was not ordered, and is to be sent once more",
        ),
    };
    if event == Decision::SendAgain {
        say("If the first one arrives after all, it is ordered twice.");
    }
    agree_to_write(context, &session, yes, &format!("Record that row {row} {told}?"))?;
    let id = decision.placed.as_deref().filter(|id| !id.is_empty());
    let why = reason.unwrap_or("a person's decision");
    let changed = rollout
        .resolve(row, event, id, why)
        .await
        .map_err(|error| match error {
            RolloutError::Refused(refusal) => Failure::refused(format!("row {row}: {refusal}")),
            other => other.into(),
        })?;
    context.output.one(&show::row(&changed), &show::row_columns())?;
    if event == Decision::SendAgain {
        say(&next(context, which, "apply"));
    }
    Ok(())
}

/// What programs were sending that are gone becomes unknown; whoever works on it does that himself.
async fn settle(rollout: &mut Rollout) -> Result<(), Failure> {
    match rollout.settle().await {
        Ok(()) | Err(RolloutError::Busy { .. }) => Ok(()),
        Err(other) => Err(other.into()),
    }
}

/// The name of an employee as rows have it.
fn acting_for(session: &Session) -> Option<EmployeeRef> {
    session.client.actor().cloned()
}
