//! A row of a rollout, and what can happen to it.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use mobproc::EmployeeRef;
use serde::Serialize;

use crate::price::Price;
use crate::state::{Entry, Event, State};

/// A row of a rollout.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// Its number in the sheet.
    pub place: u32,
    /// The external order number.
    pub number: String,
    /// The cells as they stood in the sheet.
    pub cells: Vec<String>,
    /// In whose name it is ordered.
    pub acting_for: Option<EmployeeRef>,
    /// The wave it belongs to.
    pub wave: String,
    /// The cost centre it is counted for.
    pub cost_center: String,
    /// The order, as JSON; empty if the row is none.
    pub order: String,
    /// What it costs, as last confirmed.
    pub price: Option<Price>,
    /// What was approved.
    pub approved: Option<Price>,
    /// Why it cannot be ordered as it is; empty if it can.
    pub problem: String,
    /// Why it waits for another approval; empty if it does not.
    pub held: String,
    /// Where it stands.
    pub entry: Entry,
    /// When the last attempt to send it began.
    pub began: Option<DateTime<Utc>>,
    /// The order's id.
    pub order_id: Option<String>,
    /// What was last said of it: the order's status, or why it was refused.
    pub note: String,
}

/// Its place and state; the rest is personal.
impl fmt::Debug for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("place", &self.place)
            .field("entry", &self.entry)
            .finish_non_exhaustive()
    }
}

impl Row {
    /// A row that was read from a sheet.
    pub(crate) fn new(place: u32, cells: Vec<String>) -> Self {
        Self {
            place,
            number: String::new(),
            cells,
            acting_for: None,
            wave: String::new(),
            cost_center: String::new(),
            order: String::new(),
            price: None,
            approved: None,
            problem: String::new(),
            held: String::new(),
            entry: Entry::new(),
            began: None,
            order_id: None,
            note: String::new(),
        }
    }

    /// Where it stands, in words.
    #[must_use]
    pub fn standing(&self, now: DateTime<Utc>) -> &'static str {
        match &self.entry.state {
            State::Planned | State::Checked | State::Confirmed if !self.problem.is_empty() => "mistake",
            State::Refused if !self.problem.is_empty() => "closed",
            State::Confirmed if !self.held.is_empty() => "held",
            State::Unknown { settled } if *settled <= now => "needs a person",
            State::NeedsPerson { .. } => "needs a person",
            other => other.name(),
        }
    }

    /// Why it stands there; empty if there is nothing to say.
    #[must_use]
    pub fn reason(&self) -> &str {
        [&self.problem, &self.held, &self.note]
            .into_iter()
            .find(|text| !text.is_empty())
            .map_or("", String::as_str)
    }
}

/// A change of state of a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RowChange {
    /// Which row.
    pub row: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// The state it had.
    pub from: String,
    /// The state it got.
    pub to: String,
    /// The attempt it is about.
    pub attempt: u32,
    /// Who made it.
    pub who: String,
    /// Why.
    pub why: String,
    /// Counts the changes of the journal.
    #[serde(skip)]
    pub(super) id: i64,
}

/// What is to happen to a row, and what is known of it then.
#[derive(Debug, Clone, Default)]
pub(crate) struct Step {
    pub(crate) place: u32,
    /// The entry as the caller knows it.
    pub(crate) before: Option<Entry>,
    /// Nothing if only what is known of it changes.
    pub(crate) event: Option<Event>,
    pub(crate) why: String,
    pub(crate) order_id: Option<String>,
    pub(crate) note: Option<String>,
    pub(crate) price: Option<Price>,
    pub(crate) order: Option<String>,
    pub(crate) problem: Option<String>,
    pub(crate) held: Option<String>,
    /// Whether others may take it up at once.
    pub(crate) is_released: bool,
}

/// Which rows are wanted, to be worked on.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) state: &'static str,
    /// Empty for all.
    pub(crate) wave: String,
    pub(crate) count: u32,
    /// For how long nobody else takes them up.
    pub(crate) lease: TimeDelta,
}

/// How many rows stand where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Rows with orders that cannot be ordered as they are.
    pub mistakes: u64,
    /// Rows that were read and not confirmed yet.
    pub planned: u64,
    /// Rows that can be ordered.
    pub confirmed: u64,
    /// Rows that wait for another approval.
    pub held: u64,
    /// Rows that are being sent.
    pub submitting: u64,
    /// Rows that were ordered.
    pub placed: u64,
    /// Rows that were certainly not ordered.
    pub refused: u64,
    /// Rows of which it is not known, and that are being looked for.
    pub unknown: u64,
    /// Rows that a person has to look at.
    pub needs_person: u64,
}

impl Counts {
    /// All rows.
    #[must_use]
    pub fn all(&self) -> u64 {
        self.mistakes + self.planned + self.confirmed + self.held + self.settled() + self.open()
    }

    /// Rows of which it is known what became of them.
    #[must_use]
    pub fn settled(&self) -> u64 {
        self.placed + self.refused
    }

    /// Rows that were sent, and of which it is not known what became of them.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.submitting + self.unknown + self.needs_person
    }
}
