#![doc = include_str!("../README.md")]

pub mod document;
mod har;
mod harmless;
pub mod headers;
mod json;
mod names;
mod recording;
mod redact;
mod search;

pub use document::Document;
pub use har::{Content, Creator, Entry, Facts, Har, Log, Pair, PostData, Request, Response, Timings};
pub use json::Json;
pub use recording::{RecordingError, is_archive, read};
pub use redact::{LeakError, Redacted, redact};
pub use search::Found;
