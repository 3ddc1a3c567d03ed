//! `rollout check` and `plan`: from a sheet to a plan with prices.

use std::path::Path;

use mobproc_rollout::sheet::Sheet;
use mobproc_rollout::{About, Mistake, Planner};
use serde_json::Value;

use super::watching::Watching;
use super::{acting_for, client_of, flags_of, location, numbers, show};
use crate::failure::{Exit, Failure};
use crate::files;
use crate::output::Column;
use crate::rollout_arguments::{Plan, SheetChoice, Which};
use crate::session::{Context, quoted};
use crate::talk::say;
use crate::writes::who;

/// Mistakes that are printed; all are in the plan.
const MOST: usize = 1_000;

fn mistake_columns() -> [Column; 3] {
    [
        Column::at("cell"),
        Column::at("heading"),
        Column::new("what", "message"),
    ]
}

/// Mistakes as they are found, the first of them.
struct Mistakes {
    found: Vec<Mistake>,
    count: usize,
}

impl Mistakes {
    fn new() -> Self {
        Self {
            found: Vec::new(),
            count: 0,
        }
    }

    fn add(&mut self, mistake: Mistake) {
        self.count += 1;
        if self.found.len() < MOST {
            self.found.push(mistake);
        }
    }

    fn print(mut self, context: &Context) -> Result<(), Failure> {
        self.found.sort_by_key(|mistake| mistake.row);
        let mut list = context.output.list(&mistake_columns());
        for mistake in &self.found {
            list.add(mistake)?;
        }
        list.finish()?;
        if self.count > self.found.len() {
            say(&format!("... and {} more", self.count - self.found.len()));
        }
        Ok(())
    }
}

/// What stands in every order that the sheet does not say otherwise.
fn base_of(base: Option<&Path>) -> Result<Value, Failure> {
    let Some(base) = base else {
        return Ok(serde_json::json!({}));
    };
    let order = files::read_order(base, false)?;
    let order = order.as_value();
    Ok(order.get("orderRequest").unwrap_or(order).clone())
}

pub(super) async fn check(context: &Context, choice: &SheetChoice, offline: bool) -> Result<(), Failure> {
    let sheet = Sheet::open(&choice.sheet, choice.worksheet.as_deref())?;
    let base = base_of(choice.base.as_deref())?;
    let session = if offline {
        None
    } else {
        Some(context.session().await?)
    };
    // Rows that name nobody are looked up as they would be ordered.
    let client = session.as_ref().map(|session| session.client.clone());
    let watching = Watching::begin("checked");
    let mut mistakes = Mistakes::new();
    let checked = mobproc_rollout::check(&sheet, &base, client.as_ref(), &watching, &mut |mistake| {
        mistakes.add(mistake);
    })
    .await;
    watching.end();
    let checked = checked?;
    if mistakes.count == 0 {
        if checked.rows == 0 {
            return Err(Failure::usage(format!(
                "{}: has no rows below its headings",
                choice.sheet.display()
            )));
        }
        say(&format!(
            "{}: {} rows, and nothing is wrong with them that can be told without confirming them.",
            choice.sheet.display(),
            checked.rows
        ));
        let name = choice.sheet.with_extension("rollout");
        say(&format!(
            "Next: mobproc{} rollout plan {} -O {}",
            context.flags(),
            quoted(&choice.sheet.display().to_string()),
            quoted(&name.display().to_string())
        ));
        return if context.output.is_table() {
            Ok(())
        } else {
            mistakes.print(context)
        };
    }
    mistakes.print(context)?;
    Err(Failure::refused(format!(
        "{}: {} of {} rows cannot be ordered as they are",
        choice.sheet.display(),
        checked.wrong,
        checked.rows
    )))
}

pub(super) async fn plan(context: &Context, plan: &Plan) -> Result<(), Failure> {
    let which = Which {
        rollout: plan.out.clone(),
        journal: plan.journal.clone(),
    };
    let location = location(&plan.out, &plan.journal)?;
    let sheet = Sheet::open(&plan.sheet.sheet, plan.sheet.worksheet.as_deref())?;
    let base = base_of(plan.sheet.base.as_deref())?;
    let session = context.session().await?;
    let client = client_of(&session);
    let mut about = About::new(&client, &sheet, &who());
    about.series = plan.name.clone().unwrap_or_default();
    about.hierarchy.clone_from(&session.hierarchy);
    about.account.clone_from(&session.account);
    about.acting_for = acting_for(&session);
    about.base = base.to_string();
    about.four_eyes = plan.four_eyes;
    let mut numbers = numbers(context, &plan.journal).await?;
    let mut mistakes = Mistakes::new();
    let watching = Watching::begin("read");
    let read = mobproc_rollout::read(
        &location,
        about,
        &sheet,
        &mut numbers,
        &who(),
        &watching,
        &mut |mistake| mistakes.add(mistake),
    )
    .await;
    watching.end();
    let mut rollout = match read {
        Ok(rollout) => rollout,
        Err(error) => {
            if mistakes.count > 0 {
                mistakes.print(context)?;
            }
            return Err(Failure::from(error).nothing_ordered());
        }
    };
    let watching = Watching::begin("priced");
    let priced = Planner::new(&mut rollout, &client, usize::from(plan.parallel))
        .price(&watching, &mut |mistake| mistakes.add(mistake))
        .await;
    watching.end();
    let found = mistakes.count;
    if found > 0 {
        mistakes.print(context)?;
    }
    if let Err(error) = priced {
        let counts = rollout.counts().await?;
        let mut failure = Failure::from(error);
        if watching.was_interrupted() {
            failure.exit = Exit::Interrupted;
        }
        return Err(if counts.open() > 0 {
            failure.next(format!(
                "mobproc{} rollout reconcile{}",
                context.flags(),
                flags_of(&which)
            ))
        } else {
            failure.nothing_ordered().next(format!(
                "the same again, which goes on where it stopped: {} rows are priced",
                counts.confirmed
            ))
        });
    }
    let text = show::summary(&session, &mut rollout).await?;
    text.lines().for_each(say);
    say(&format!(
        "Written to {}. Nothing is ordered yet.",
        plan.out.display()
    ));
    let counts = rollout.counts().await?;
    if counts.mistakes == 0 && !context.output.is_table() {
        context.output.one(&show::facts(&mut rollout).await?, &[])?;
    }
    if counts.confirmed > 0 {
        say(&format!(
            "Next: mobproc{} rollout approve{}",
            context.flags(),
            flags_of(&which)
        ));
    }
    if counts.mistakes > 0 {
        return Err(Failure::new(
            Exit::PartlyDone,
            format!(
                "{} of {} rows cannot be ordered as they are{}",
                counts.mistakes,
                counts.all(),
                if counts.confirmed > 0 {
                    "; the others are planned"
                } else {
                    ""
                }
            ),
        )
        .nothing_ordered()
        .next(format!(
            "mobproc{} rollout export{} -O {}, which says why beside each row",
            context.flags(),
            flags_of(&which),
            quoted("mistakes.xlsx")
        )));
    }
    Ok(())
}
