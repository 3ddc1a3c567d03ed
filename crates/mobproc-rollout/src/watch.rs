//! Telling what goes on, and being told to stop.

use std::time::Duration;

use crate::store::Counts;

/// Something that happened while a rollout was planned or applied.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum News {
    /// Rows were read, priced or sent: how many of how many.
    Progress {
        /// So many are done.
        done: u64,
        /// So many there are.
        all: u64,
        /// So many of those that are done went wrong.
        failed: u64,
    },
    /// Nothing new is begun for a while.
    Pausing {
        /// For how long.
        time: Duration,
        /// Why.
        why: String,
    },
    /// Whether orders of the numbers that are to be sent exist already cannot be told.
    CannotTell {
        /// Why.
        reason: &'static str,
    },
    /// It is being looked for orders whose answers were lost.
    Looking {
        /// How many.
        orders: usize,
    },
    /// Nothing new is begun any more, and what is under way is waited for.
    Stopping {
        /// Why.
        why: String,
    },
}

/// Where a program stands with a row: for tests that stop it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Point {
    /// It has taken the row up, and asks for its price.
    Reserved,
    /// It has heard the price, and is about to write that it sends.
    Confirmed,
    /// It has written that it sends, and has not sent.
    Submitting,
    /// It has the answer, and has not written it down.
    Answered,
    /// It has written the answer down.
    Recorded,
}

impl Point {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [
        Self::Reserved,
        Self::Confirmed,
        Self::Submitting,
        Self::Answered,
        Self::Recorded,
    ];

    /// The name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reserved => "reserved",
            Self::Confirmed => "confirmed",
            Self::Submitting => "submitting",
            Self::Answered => "answered",
            Self::Recorded => "recorded",
        }
    }
}

/// Whoever watches a rollout being planned or applied. `()` does not look.
pub trait Watch: Send + Sync {
    /// Something happened.
    fn told(&self, news: &News) {
        let _ = news;
    }

    /// Whether nothing new is to be begun. Asked again and again.
    fn wants_to_stop(&self) -> bool {
        false
    }

    /// A row has come to a point. Nothing goes on before this returns.
    fn reached(&self, point: Point, row: u32) {
        let _ = (point, row);
    }
}

impl Watch for () {}

/// What applying a rollout came to.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Summary {
    /// Orders placed by this run.
    pub placed: u64,
    /// Orders of this run that were certainly not placed.
    pub refused: u64,
    /// Orders of this run of which it was not known at once whether they were placed.
    pub lost: u64,
    /// Rows that now cost more than was approved.
    pub held: u64,
    /// Why it stopped before all was done, if it did.
    pub stopped: Option<String>,
    /// How the whole rollout stands now.
    pub counts: Counts,
}
