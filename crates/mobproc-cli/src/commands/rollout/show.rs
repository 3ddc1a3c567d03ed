//! `rollout show`, `status` and `audit`: what a rollout is about, and where it stands.

use std::fmt::Write as _;
use std::time::Duration;

use chrono::{DateTime, Utc};
use mobproc_rollout::text::one_line;
use mobproc_rollout::{Counts, Rollout, Row};
use serde_json::{Value, json};

use super::open;
use crate::arguments::Limit;
use crate::failure::Failure;
use crate::output::Column;
use crate::rollout_arguments::Which;
use crate::session::{Context, Session};

/// Rows that are read at once.
const AT_ONCE: u32 = 500;
/// Between two words of `status --watch`.
const EVERY: Duration = Duration::from_secs(2);

pub(super) fn row_columns() -> [Column; 7] {
    [
        Column::at("row"),
        Column::at("wave"),
        Column::at("number"),
        Column::at("state"),
        Column::at("price"),
        Column::new("order", "orderId"),
        Column::at("reason"),
    ]
}

pub(super) fn row(row: &Row) -> Value {
    json!({
        "row": row.place,
        "number": row.number,
        "state": row.standing(Utc::now()),
        "price": row.price.as_ref().map(ToString::to_string),
        "approved": row.approved.as_ref().map(ToString::to_string),
        "wave": row.wave,
        "costCenter": row.cost_center,
        "orderId": row.order_id,
        "reason": row.reason(),
        "attempt": row.entry.attempt,
        "began": row.began.map(time),
    })
}

fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// What a rollout orders and what it costs, a line for each thing.
pub(super) async fn summary(session: &Session, rollout: &mut Rollout) -> Result<String, Failure> {
    let about = rollout.about().clone();
    let counts = rollout.counts().await?;
    let mut text = String::new();
    let mut line = |label: &str, value: &str| {
        let _ = writeln!(text, "{label:<14} {}", one_line(value));
    };
    line("rollout", rollout.name());
    line("sheet", &about.sheet);
    line("for", &session.place());
    line(
        "to order",
        &format!("{} of {} rows", counts.confirmed + counts.held, counts.all()),
    );
    if counts.mistakes > 0 {
        line("mistakes", &format!("{} rows", counts.mistakes));
    }
    let total = rollout.total_to_order("").await?;
    for sum in total.sums() {
        line("costs", &sum);
    }
    if total.is_unstated() {
        line("costs", "of some orders the server does not say what they cost");
    }
    let centers = rollout.totals_by_cost_center().await?;
    if centers.iter().any(|(center, ..)| !center.is_empty()) {
        for (center, orders, price) in centers {
            let center = if center.is_empty() { "(none)" } else { &center };
            line("cost centre", &format!("{center}: {orders} orders, {price}"));
        }
    }
    Ok(text)
}

pub(super) async fn facts(rollout: &mut Rollout) -> Result<Value, Failure> {
    let about = rollout.about().clone();
    let counts = rollout.counts().await?;
    let approval = rollout.approval().await?;
    let centers: Vec<Value> = rollout
        .totals_by_cost_center()
        .await?
        .into_iter()
        .map(|(center, orders, price)| {
            json!({ "costCenter": center, "orders": orders, "price": price.to_string() })
        })
        .collect();
    Ok(json!({
        "rollout": rollout.name(),
        "stage": rollout.stage().await?.name(),
        "sheet": about.sheet,
        "tenant": about.tenant,
        "server": about.server,
        "planned": time(about.planned),
        "plannedBy": about.planned_by,
        "fourEyes": about.four_eyes,
        "rows": counts.all(),
        "counts": counts,
        "total": rollout.total().await?.to_string(),
        "toOrder": rollout.total_to_order("").await?.to_string(),
        "waves": rollout.waves().await?,
        "costCenters": centers,
        "sent": rollout.total_sent().await?.to_string(),
        "approval": approval.map(|approval| json!({
            "at": time(approval.at),
            "by": approval.by,
            "employee": approval.employee,
            "orders": approval.orders,
            "total": approval.total,
        })),
        "paused": rollout.paused().await?,
        "workers": rollout.workers().await?,
    }))
}

fn fact_columns() -> Vec<Column> {
    let mut all: Vec<Column> = ["rollout", "stage", "sheet", "tenant", "planned", "rows"]
        .into_iter()
        .map(Column::at)
        .collect();
    all.extend([
        Column::at("total"),
        Column::new("to order", "toOrder"),
        Column::at("waves"),
        Column::new("approved by", "approval.by"),
        Column::new("approved", "approval.total"),
        Column::at("paused"),
        Column::at("workers"),
    ]);
    all.extend(state_columns());
    all
}

fn state_columns() -> Vec<Column> {
    [
        ("mistakes", "counts.mistakes"),
        ("not priced yet", "counts.planned"),
        ("can be ordered", "counts.confirmed"),
        ("held", "counts.held"),
        ("being sent", "counts.submitting"),
        ("ordered", "counts.placed"),
        ("refused", "counts.refused"),
        ("unknown", "counts.unknown"),
        ("need a person", "counts.needs_person"),
    ]
    .into_iter()
    .map(|(heading, path)| Column::new(heading, path))
    .collect()
}

pub(super) async fn show(context: &Context, which: &Which, rows: bool, limit: Limit) -> Result<(), Failure> {
    let mut rollout = open(which).await?;
    if !rows {
        return context.output.one(&facts(&mut rollout).await?, &fact_columns());
    }
    let mut list = context.output.list(&row_columns());
    let mut left = limit.limit.unwrap_or(u64::MAX);
    let mut after = 0;
    while left > 0 {
        let some = rollout.rows(after, AT_ONCE).await?;
        let Some(last) = some.last() else {
            break;
        };
        after = last.place;
        for one in some.iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
            list.add(&row(one))?;
            left -= 1;
        }
    }
    list.finish()
}

/// The numbers, in one line.
pub(super) fn in_a_line(counts: &Counts) -> String {
    let all = [
        (counts.placed, "ordered"),
        (counts.refused, "refused"),
        (counts.held, "held"),
        (counts.unknown, "unknown"),
        (counts.needs_person, "need a person"),
        (counts.submitting, "being sent"),
        (counts.confirmed, "not sent yet"),
        (counts.planned, "not priced"),
        (counts.mistakes, "mistakes"),
    ];
    let parts: Vec<String> = all
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if parts.is_empty() {
        "no rows".to_owned()
    } else {
        parts.join(", ")
    }
}

pub(super) async fn status(context: &Context, which: &Which, watch: bool) -> Result<(), Failure> {
    let mut rollout = open(which).await?;
    loop {
        let facts = facts(&mut rollout).await?;
        let is_at_rest = rollout.workers().await? == 0;
        if !watch {
            return context.output.one(&facts, &fact_columns());
        }
        let counts = rollout.counts().await?;
        if context.output.is_table() {
            let paused = rollout.paused().await?.map(|why| format!("; paused by {why}"));
            let line = format!(
                "{}{}\n",
                in_a_line(&counts),
                one_line(&paused.unwrap_or_default())
            );
            context.output.text_or(&line, &facts)?;
        } else {
            context.output.one(&facts, &fact_columns())?;
        }
        if is_at_rest {
            return Ok(());
        }
        tokio::time::sleep(EVERY).await;
    }
}

pub(super) async fn audit(
    context: &Context,
    which: &Which,
    row: Option<u32>,
    limit: Limit,
) -> Result<(), Failure> {
    let mut rollout = open(which).await?;
    if let Some(row) = row {
        // That there is such a row.
        rollout.row(row).await?;
    }
    let mut list = context.output.list(&[
        Column::at("at"),
        Column::at("row"),
        Column::at("from"),
        Column::at("to"),
        Column::at("who"),
        Column::at("why"),
    ]);
    let mut left = limit.limit.unwrap_or(u64::MAX);
    let mut last = None;
    while left > 0 {
        let some = rollout.changes(row, last.as_ref(), AT_ONCE).await?;
        let Some(newest) = some.last() else {
            break;
        };
        let next = newest.clone();
        for change in some.iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
            // What happens to the rollout as a whole is of no row.
            let mut shown = json!(change);
            if change.row == 0
                && let Some(members) = shown.as_object_mut()
            {
                members.insert("row".to_owned(), Value::Null);
            }
            list.add(&shown)?;
            left -= 1;
        }
        last = Some(next);
    }
    list.finish()
}
