//! A price shown and a yes: what stands between a command and anything that orders or changes
//! something.

use mobproc::ConfirmedOrder;

use crate::arguments::Agreement;
use crate::ask::forget_what_was_typed;
use crate::failure::Failure;
use crate::session::{Context, Environment, Session};
use crate::summary;
use crate::talk::say;
use mobproc_rollout::Price;

/// Whoever cannot be asked has to have agreed to a price, which a command tells.
pub(super) fn can_agree(context: &Context, agreement: &Agreement, told_by: &str) -> Result<(), Failure> {
    let has_agreed = agreement.consent.yes && agreement.expect_total.is_some();
    if has_agreed || (context.asker.can_ask() && !agreement.consent.yes) {
        return Ok(());
    }
    let why = if agreement.consent.yes {
        "--yes alone agrees to nothing: a price has to be agreed to beforehand"
    } else {
        "there is nobody to ask, so a price has to be agreed to beforehand; a cap alone is none"
    };
    Err(Failure::usage(why).nothing_ordered().next(format!(
        "--yes --expect-total PRICE, with the total that `mobproc {told_by}` prints"
    )))
}

/// Shows what is about to be ordered, and what it costs; asks, or compares with what was agreed to.
pub(super) fn agree(
    context: &Context,
    session: &Session,
    confirmed: &ConfirmedOrder,
    agreement: &Agreement,
) -> Result<(), Failure> {
    show(&summary::text(confirmed, &session.place()));
    agree_on(context, session, &Price::of(confirmed), agreement, "Order it?")
}

/// Holds a price against what was agreed to beforehand, or asks.
pub(super) fn agree_on(
    context: &Context,
    session: &Session,
    price: &Price,
    agreement: &Agreement,
    question: &str,
) -> Result<(), Failure> {
    if let Some(cap) = &agreement.max_total
        && !price.is_within(cap)
    {
        return Err(
            Failure::refused(format!("it costs {price}, and may cost {cap} at most")).nothing_ordered(),
        );
    }
    if let Some(expected) = &agreement.expect_total
        && !price.is(expected)
    {
        return Err(
            Failure::refused(format!("it costs {price}, and not {expected} as expected"))
                .nothing_ordered()
                .next(format!("--expect-total {price}, if that is right")),
        );
    }
    if agreement.consent.yes {
        return Ok(());
    }
    say_yes(context, session, question)
}

/// Whether a write other than an order may be made: asks, unless yes was said beforehand.
pub(crate) fn agree_to_write(
    context: &Context,
    session: &Session,
    yes: bool,
    question: &str,
) -> Result<(), Failure> {
    context.output.only_paths()?;
    if yes {
        return Ok(());
    }
    if !context.asker.can_ask() {
        return Err(Failure::usage(format!("there is nobody to ask: {question}"))
            .nothing_ordered()
            .next("--yes"));
    }
    say_yes(context, session, question)
}

/// Asks for a yes; on production for the tenant's name.
fn say_yes(context: &Context, session: &Session, question: &str) -> Result<(), Failure> {
    let no = || Failure::refused("you did not say yes").nothing_ordered();
    if session.environment == Environment::Production {
        let tenant = session.client.tenant();
        let question = format!("{question} This is production. Type the tenant's name ({tenant}) to go on:");
        forget_what_was_typed();
        let answer = context.asker.text(&question, "", None, |_| Ok(()))?;
        return if answer == tenant { Ok(()) } else { Err(no()) };
    }
    let place = session.place();
    if context.asker.yes(&format!("{question} ({place})"))? {
        Ok(())
    } else {
        Err(no())
    }
}

/// Shows what an order is, on standard error.
pub(super) fn show(text: &str) {
    text.lines().for_each(say);
}
