//! `rollout apply`, `work`, `resume` and `reconcile`: ordering what is approved, and finding out what
//! became of lost answers.

use std::time::{Duration, Instant};

use mobproc_rollout::{Counts, Limits, Rollout, RolloutError, Stage};

use super::watching::Watching;
use super::{agree_to_write, client_of, flags_of, next, open, person, session_for, show};
use crate::failure::{Exit, Failure, Ordered};
use crate::rollout_arguments::{Apply, Which};
use crate::session::{Context, Session};
use crate::talk::say;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(5);

/// Which of the three commands it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Apply,
    Resume,
    /// Somebody else said yes.
    Work,
}

pub(super) async fn apply(context: &Context, apply: &Apply, how: How) -> Result<(), Failure> {
    context.output.only_paths()?;
    let which = &apply.which;
    let mut rollout = open(which).await?;
    let session = session_for(context, &rollout).await?;
    may_apply(&mut rollout, &session, how)
        .await
        .map_err(Failure::nothing_ordered)?;
    if how == How::Resume {
        rollout.set_paused(None).await?;
    }
    if let Some(why) = rollout.paused().await? {
        return Err(Failure::refused(format!("the rollout is paused by {why}"))
            .nothing_ordered()
            .next(format!(
                "mobproc{} rollout resume{}",
                context.flags(),
                flags_of(which)
            )));
    }
    if how != How::Work {
        let counts = rollout.counts().await?;
        let total = rollout.total_to_order().await?;
        show::summary(context, &session, &mut rollout)
            .await?
            .lines()
            .for_each(say);
        if counts.confirmed > 0 {
            let question = format!("Order {} orders, for {total} at most?", counts.confirmed);
            agree_to_write(context, &session, apply.consent.yes, &question)?;
        }
    }
    let mut limits = Limits::default();
    limits.wave = apply.wave.clone().unwrap_or_default();
    limits.parallel = usize::from(apply.parallel);
    limits.interval = apply.rate;
    limits.max_orders = apply.max_orders;
    limits.max_total.clone_from(&apply.max_total);
    limits.max_failures = apply.max_failures;
    limits.answer_within = apply.answer_within;
    limits.look_for = apply.look_for;
    limits.first_pause = apply.first_pause;
    let watching = Watching::begin("sent");
    let client = client_of(&session);
    let applied = mobproc_rollout::apply(&mut rollout, &client, &limits, &watching).await;
    watching.end();
    let summary = match applied {
        Ok(summary) => summary,
        Err(error @ RolloutError::Busy { .. }) => return Err(Failure::from(error).nothing_ordered()),
        Err(error) => {
            return Err(Failure::unknown(format!("stopped: {error}"), None)
                .next(format!(
                    "mobproc{} rollout resume{}",
                    context.flags(),
                    flags_of(which)
                ))
                .next(format!(
                    "mobproc{} rollout status{}",
                    context.flags(),
                    flags_of(which)
                )));
        }
    };
    let line = show::in_a_line(&summary.counts);
    say(&format!(
        "This run: {} ordered, {} refused, {} held, {} of which it was not known at once.",
        summary.placed, summary.refused, summary.held, summary.lost
    ));
    let facts = serde_json::json!({
        "placed": summary.placed,
        "refused": summary.refused,
        "held": summary.held,
        "lost": summary.lost,
        "stopped": summary.stopped,
        "counts": summary.counts,
    });
    crate::writes::printed(context.output.text_or(&format!("{line}\n"), &facts));
    ended(context, which, &summary.counts, summary.stopped.as_deref())
}

/// Whether it is approved, and by somebody else where two have to agree.
async fn may_apply(rollout: &mut Rollout, session: &Session, how: How) -> Result<(), Failure> {
    let stage = rollout.stage().await?;
    let Some(approval) = rollout.approval().await? else {
        return Err(Failure::refused(format!(
            "the rollout is {}, and not approved",
            stage.name()
        )));
    };
    if how == How::Work {
        if !rollout.is_shared() {
            return Err(Failure::usage(
                "only one program works on a file; give rollouts a PostgreSQL database with --journal for more",
            ));
        }
        if stage != Stage::Applied {
            return Err(
                Failure::refused("nobody has begun to apply the rollout").next("mobproc rollout apply")
            );
        }
    }
    if rollout.about().four_eyes {
        let Some(this) = person(session).await else {
            return Err(Failure::refused(
                "two persons have to agree to this rollout, and the server does not tell who this one is",
            ));
        };
        if approval.employee.as_deref() == Some(this.as_str()) {
            return Err(Failure::refused(
                "whoever approved this rollout cannot apply it; it needs another person",
            ));
        }
    }
    Ok(())
}

/// How the program ends, by what is left.
fn ended(context: &Context, which: &Which, counts: &Counts, stopped: Option<&str>) -> Result<(), Failure> {
    let command = |command: &str| format!("mobproc{} rollout {command}{}", context.flags(), flags_of(which));
    let open = counts.open();
    if open > 0 {
        let failure = Failure::unknown(
            format!("of {open} rows it is not known whether they were ordered"),
            None,
        )
        .next(command("reconcile"));
        let failure = if counts.needs_person > 0 {
            failure.next(format!(
                "{} ROW, once a person has made sure of it",
                command("resolve")
            ))
        } else {
            failure
        };
        return Err(match stopped {
            Some(_) => failure.next(command("resume")),
            None => failure,
        });
    }
    let left = counts.confirmed + counts.held + counts.refused;
    if left == 0 && stopped.is_none() {
        return Ok(());
    }
    let why = stopped.unwrap_or("some rows were not ordered");
    let failure = Failure::new(Exit::PartlyDone, why).ordered(Ordered::NotAsked);
    let failure = if counts.confirmed > 0 {
        failure.next(command("resume"))
    } else {
        failure
    };
    let failure = if counts.held > 0 {
        failure.next(format!("{}, which shows the new prices", command("approve")))
    } else {
        failure
    };
    Err(if counts.refused > 0 {
        failure.next(format!("{} --refused", command("retry")))
    } else {
        failure
    })
}

pub(super) async fn reconcile(
    context: &Context,
    which: &Which,
    wait: Option<Duration>,
) -> Result<(), Failure> {
    let mut rollout = open(which).await?;
    let session = session_for(context, &rollout).await?;
    match rollout.settle().await {
        // Whoever works on it does that.
        Ok(()) | Err(RolloutError::Busy { .. }) => {}
        Err(other) => return Err(other.into()),
    }
    let client = client_of(&session);
    let until = wait.map(|wait| Instant::now() + wait);
    let looked = loop {
        let looked = mobproc_rollout::look(&mut rollout, &client).await?;
        if looked.left == 0 || until.is_none_or(|until| Instant::now() + PAUSE >= until) {
            break looked;
        }
        tokio::time::sleep(PAUSE).await;
    };
    say(&format!("{} found, {} not seen.", looked.found, looked.left));
    if let Some(reason) = looked.reason {
        say(&format!("That an order is not seen says nothing: {reason}."));
    }
    let counts = rollout.counts().await?;
    context
        .output
        .text_or(&format!("{}\n", show::in_a_line(&counts)), &counts)?;
    if counts.open() == 0 {
        return Ok(());
    }
    say(&next(context, which, "show --rows"));
    ended(context, which, &counts, None)
}
