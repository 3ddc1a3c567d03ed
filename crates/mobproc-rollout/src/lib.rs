#![doc = include_str!("../README.md")]

mod journal;
mod owner;
pub mod state;
mod write;

pub use journal::{Added, Journal, JournalError};
pub use write::{Change, NewWrite, Scope, Write, WriteKind};
