#![doc = include_str!("../README.md")]

mod check;
mod columns;
mod decide;
mod export;
pub mod inventory;
mod journal;
mod kept;
mod limits;
mod look;
mod outcome;
mod owner;
mod pace;
mod plan;
mod price;
mod run;
pub mod schema;
pub mod sheet;
pub mod state;
mod store;
pub mod text;
mod watch;
mod write;

pub use check::{Checked, check};
pub use columns::{Columns, Mistake, RowOrder, known_headings};
pub use export::{ADDED, export};
pub use journal::{Added, Journal, JournalError};
pub use limits::{Limits, MaxFailures};
pub use look::{Looked, look};
pub use plan::{Planner, read};
pub use price::{NoPrice, Price};
pub use run::apply;
pub use store::{About, Approval, Counts, Location, Numbers, Rollout, RolloutError, Row, RowChange, Stage};
pub use watch::{News, Point, Summary, Watch};
pub use write::{Change, NewWrite, Scope, Write, WriteKind};
