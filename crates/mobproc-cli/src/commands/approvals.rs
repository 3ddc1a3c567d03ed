//! Orders that wait for approval.

use mobproc_rollout::WriteKind;
use serde_json::json;

use crate::arguments::{Approvals, Decide, Limit};
use crate::commands::agree::agree_to_write;
use crate::commands::follow::{self, order_fields};
use crate::failure::Failure;
use crate::output::{Column, describe};
use crate::session::Context;
use crate::talk::say;
use crate::writes::{Content, Sent, What, add_repeatable, carry_out, printed};

pub(crate) async fn run(context: &Context, command: &Approvals) -> Result<(), Failure> {
    match command {
        Approvals::List { limit } => list(context, *limit).await,
        Approvals::Approve(decide) => decide_upon(context, decide, true).await,
        Approvals::Reject(decide) => decide_upon(context, decide, false).await,
    }
}

async fn list(context: &Context, limit: Limit) -> Result<(), Failure> {
    let session = context.session().await?;
    let approver = match session.client.actor() {
        Some(actor) => actor.clone(),
        None => {
            // The account itself: who that is, the server knows.
            let me = session.client.me().await?;
            let id = ["/actor/id", "/user/id", "/id"].into_iter().find_map(|place| {
                json!(me.0)
                    .pointer(place)
                    .and_then(|id| id.as_str().map(str::to_owned))
            });
            let id = id.ok_or_else(|| {
                Failure::usage("the server does not say who the caller is").next("--as EMPLOYEE")
            })?;
            mobproc::EmployeeRef::tangoe_id(id)
        }
    };
    let orders = session.client.orders().list().approvable_by(approver);
    follow::print(context, orders, limit).await
}

async fn decide_upon(context: &Context, decide: &Decide, approve: bool) -> Result<(), Failure> {
    let Decide { id, reason, consent } = decide;
    let session = context.session().await?;
    let verb = if approve { "Approve" } else { "Reject" };
    // Nobody decides upon what nobody has seen.
    let order = session
        .client
        .orders()
        .get(id)
        .await
        .map_err(|error| Failure::from(error).nothing_ordered())?;
    for line in describe(&order, &order_fields())?.lines() {
        say(line);
    }
    agree_to_write(context, &session, consent.yes, &format!("{verb} the order {id}?"))?;
    let mut journal = context.journal()?;
    let content = Content::of(
        &session,
        What::Approval {
            order_id: id.clone(),
            approve,
            before: order.status.as_ref().map(ToString::to_string).unwrap_or_default(),
        },
    );
    let number = format!("approval-{id}");
    let summary = format!("{} of order {id}", if approve { "approval" } else { "rejection" });
    let write = add_repeatable(
        &mut journal,
        &session,
        WriteKind::Approval,
        &number,
        &content,
        &summary,
    )?;
    let orders = session.client.orders();
    let status = carry_out(&session, &mut journal, &write, async |_| {
        let answer = if approve {
            orders.approve(id, reason.as_deref()).await
        } else {
            orders.reject(id, reason.as_deref()).await
        };
        match answer {
            Ok(status) => Sent::Done(status, None),
            Err(mobproc::WriteError::NotCarriedOut(not)) => Sent::Not(Failure::from(not)),
            Err(mobproc::WriteError::OutcomeUnknown(unknown)) => Sent::Unknown(Failure::from(unknown)),
        }
    })
    .await?;
    let columns = [Column::new("order", "orderId"), Column::at("status")];
    printed(
        context
            .output
            .one(&json!({ "orderId": id, "status": status }), &columns),
    );
    Ok(())
}
