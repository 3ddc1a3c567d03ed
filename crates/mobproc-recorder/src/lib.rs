#![doc = include_str!("../README.md")]

mod export;
mod recorder;

pub use export::{ExportError, Exported, export};
pub use recorder::{Recorder, entry_of};
