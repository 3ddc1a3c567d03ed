//! How fast and how far a rollout is applied.

use std::time::Duration;

use crate::price::Price;

/// How many rows may go wrong before the run stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_enums, reason = "a number or a share")]
pub enum MaxFailures {
    /// So many.
    Number(u64),
    /// So many of a hundred, once twenty are done.
    Percent(u64),
}

/// The first pause in trouble that nobody asked for.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// How fast and how far a rollout is applied.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Limits {
    /// Only the rows of this wave; empty for all.
    pub wave: String,
    /// Orders that are under way at once.
    pub parallel: usize,
    /// Between two orders that are sent.
    pub interval: Option<Duration>,
    /// Orders that are sent in this run at most.
    pub max_orders: Option<u64>,
    /// What the orders of this run may cost together.
    pub max_total: Option<Price>,
    /// Rows that may go wrong in this run.
    pub max_failures: Option<MaxFailures>,
    /// How long an answer is waited for.
    pub answer_within: Duration,
    /// How long lost answers are looked for at the end.
    pub look_for: Duration,
    /// The first pause in trouble; each further one is twice as long, up to a minute.
    pub first_pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wave: String::new(),
            parallel: 4,
            interval: None,
            max_orders: None,
            max_total: None,
            max_failures: None,
            answer_within: Duration::from_secs(120),
            look_for: Duration::from_secs(60),
            first_pause: FIRST_PAUSE,
        }
    }
}
