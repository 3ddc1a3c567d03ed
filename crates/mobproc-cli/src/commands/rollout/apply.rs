//! `rollout apply`, `work`, `resume` and `reconcile`: ordering what is approved, and finding out
//! what became of lost answers.

use std::time::{Duration, Instant};

use mobproc_rollout::{Counts, Limits, Rollout, RolloutError, Stage};

use super::watching::{SENT, Watching};
use super::{agree_to_write, client_of, flags_of, next, numbers, open, person, session_for, settle, show};
use crate::failure::{Exit, Failure, Ordered};
use crate::rollout_arguments::{Apply, Which};
use crate::session::{Context, Session, quoted};
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
    if how != How::Resume
        && let Some(why) = rollout.paused().await?
    {
        return Err(Failure::refused(format!("the rollout is paused by {why}"))
            .nothing_ordered()
            .next(format!(
                "mobproc{} rollout resume{}",
                context.flags(),
                flags_of(which)
            )));
    }
    let wave = apply.wave.as_deref().unwrap_or_default();
    let waves = rollout.waves().await?;
    if !wave.is_empty() && !waves.iter().any(|known| known == wave) {
        let known: Vec<&str> = waves
            .iter()
            .map(String::as_str)
            .filter(|known| !known.is_empty())
            .collect();
        return Err(Failure::usage(format!(
            "the rollout has no wave {}; it has {}",
            wave.escape_debug(),
            if known.is_empty() {
                "none".to_owned()
            } else {
                known.join(", ")
            }
        ))
        .nothing_ordered());
    }
    if how != How::Work {
        show::summary(&session, &mut rollout).await?.lines().for_each(say);
        let count = rollout.counts_of(wave).await?.confirmed;
        let total = rollout.total_to_order(wave).await?;
        let of_wave = if wave.is_empty() {
            String::new()
        } else {
            format!(" of the wave {wave}")
        };
        if count > 0 {
            let question = match apply.max_orders {
                Some(most) if most < count => {
                    format!("Order at most {most} of {count} orders{of_wave}, which cost {total} together?")
                }
                _ => format!("Order {count} orders{of_wave}, for {total} at most?"),
            };
            agree_to_write(context, &session, apply.consent.yes, &question)?;
        }
    }
    if how == How::Resume {
        rollout.set_paused(None).await?;
    }
    let mut limits = Limits::default();
    limits.wave = wave.to_owned();
    limits.parallel = usize::from(apply.parallel);
    limits.interval = apply.rate;
    limits.max_orders = apply.max_orders;
    limits.max_total.clone_from(&apply.max_total);
    limits.max_failures = apply.max_failures;
    limits.answer_within = apply.answer_within;
    limits.look_for = apply.look_for;
    limits.first_pause = apply.first_pause;
    let watching = Watching::begin(SENT);
    let client = client_of(&session);
    let mut numbers = numbers(context, &which.journal).await?;
    let applied = mobproc_rollout::apply(&mut rollout, &mut numbers, &client, &limits, &watching).await;
    watching.end();
    let summary = match applied {
        Ok(summary) => summary,
        Err(error @ RolloutError::Busy { .. }) => return Err(Failure::from(error).nothing_ordered()),
        // Only the look for existing orders, with which a run begins, fails so.
        Err(error @ RolloutError::Api(_)) => {
            return Err(Failure::from(error).nothing_ordered().next(format!(
                "mobproc{} rollout resume{}",
                context.flags(),
                flags_of(which)
            )));
        }
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
    let left = Left {
        counts: summary.counts,
        of_wave: rollout.counts_of(wave).await?,
        stopped: summary.stopped,
        is_interrupted: watching.was_interrupted(),
        limits: limits_of(apply),
    };
    left.ended(context, which)
}

/// The limits of a run, as they are to be given to the next.
fn limits_of(apply: &Apply) -> String {
    let mut flags = String::new();
    let mut add = |flag: &str, value: Option<String>| {
        if let Some(value) = value {
            flags = format!("{flags} {flag} {}", quoted(&value));
        }
    };
    add("--wave", apply.wave.clone());
    add("--max-orders", apply.max_orders.map(|most| most.to_string()));
    add("--max-total", apply.max_total.as_ref().map(ToString::to_string));
    flags
}

/// Whether it is approved, and by somebody else where two have to agree.
async fn may_apply(rollout: &mut Rollout, session: &Session, how: How) -> Result<(), Failure> {
    let stage = rollout.stage().await?;
    let Some(approval) = rollout.approval().await? else {
        return Err(
            Failure::refused(format!("the rollout is {}, and not approved", stage.name()))
                .next("mobproc rollout approve, with the same rollout"),
        );
    };
    if how == How::Work {
        if !rollout.is_shared() {
            return Err(Failure::usage(
                "only one program works on a file; give rollouts a PostgreSQL database with --journal for more",
            ));
        }
        if stage != Stage::Begun {
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

/// What is left when a command ends.
struct Left {
    counts: Counts,
    of_wave: Counts,
    stopped: Option<String>,
    is_interrupted: bool,
    limits: String,
}

impl Left {
    /// How the program ends.
    fn ended(&self, context: &Context, which: &Which) -> Result<(), Failure> {
        let command =
            |command: &str| format!("mobproc{} rollout {command}{}", context.flags(), flags_of(which));
        let resume = || format!("{}{}", command("resume"), self.limits);
        let open = self.counts.open();
        if open > 0 {
            let failure = Failure::unknown(
                format!("of {open} rows it is not known whether they were ordered"),
                None,
            )
            .next(command("reconcile"));
            let failure = if self.counts.needs_person > 0 {
                failure.next(format!(
                    "{} ROW, once a person has made sure of it",
                    command("resolve")
                ))
            } else {
                failure
            };
            return Err(match self.stopped {
                Some(_) => failure.next(resume()),
                None => failure,
            });
        }
        let left = &self.of_wave;
        if left.confirmed + left.held + left.refused == 0 && self.stopped.is_none() {
            return Ok(());
        }
        let why = self.stopped.as_deref().unwrap_or("some rows were not ordered");
        let exit = if self.is_interrupted {
            Exit::Interrupted
        } else {
            Exit::PartlyDone
        };
        let mut failure = Failure::new(exit, why).ordered(Ordered::NotAsked);
        if left.confirmed > 0 {
            failure = failure.next(resume());
        }
        if left.held > 0 {
            failure = failure.next(format!(
                "{} --rows, which says why rows are held",
                command("show")
            ));
            failure = failure.next(format!(
                "{}, which lets them be tried at what they cost now",
                command("approve")
            ));
        }
        if left.refused > 0 {
            failure = failure.next(format!("{} --refused", command("retry")));
        }
        Err(failure)
    }
}

pub(super) async fn reconcile(
    context: &Context,
    which: &Which,
    wait: Option<Duration>,
) -> Result<(), Failure> {
    let mut rollout = open(which).await?;
    let session = session_for(context, &rollout).await?;
    settle(&mut rollout).await?;
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
    let left = Left {
        counts,
        of_wave: counts,
        stopped: None,
        is_interrupted: false,
        limits: String::new(),
    };
    left.ended(context, which)
}
