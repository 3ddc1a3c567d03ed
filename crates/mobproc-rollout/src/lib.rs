#![doc = include_str!("../README.md")]

mod journal;
mod owner;
pub mod state;

pub use journal::{Added, Change, Journal, JournalError, NewWrite, Scope, Write, WriteKind};
