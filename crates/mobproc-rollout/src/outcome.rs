//! What answers mean for a row.

use chrono::{TimeDelta, Utc};
use mobproc::ErrorKind;

use crate::state::{Answer, Event};
use crate::store::{Row, Step};

/// Until when nothing of a confirmation that may have ordered can be on its way.
const SETTLED_AFTER: TimeDelta = TimeDelta::minutes(5);

/// Whether sending the same order again would be refused again.
pub(crate) fn is_about_the_order(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::InvalidOrder
            | ErrorKind::InvalidArgument
            | ErrorKind::Rejected
            | ErrorKind::Forbidden
            | ErrorKind::NotFound
    )
}

/// What is written down of a confirmation that may have placed the order.
pub(crate) fn may_be_placed(row: &Row, owner: &str, message: &str) -> Vec<Step> {
    let settled = Utc::now()
        .checked_add_signed(SETTLED_AFTER)
        .unwrap_or_else(Utc::now);
    let step = |event| Step {
        place: row.place,
        event: Some(event),
        why: "a confirmation that may have placed the order".to_owned(),
        note: Some(message.to_owned()),
        is_released: true,
        ..Step::default()
    };
    vec![
        step(Event::Confirmed),
        step(Event::Begin {
            owner: owner.to_owned(),
            settled,
        }),
        step(Event::Answered {
            attempt: row.entry.attempt + 1,
            answer: Answer::Unknown,
        }),
    ]
}
