#![doc = include_str!("../README.md")]

mod admin;
mod answer;
mod backend;
mod changes;
mod crowd;
mod desk;
#[cfg(feature = "explorer")]
mod explorer;
mod lookups;
mod mischief;
mod ordering;
mod record;
mod render;
mod request;
mod sandbox;
mod server;
mod spec;
mod story;
mod tenant;
mod tokens;

pub use backend::Backend;
pub use desk::OrderErrors;
pub use mischief::{Mischief, MischiefError, Rule};
pub use record::{Outcome, Received};
pub use sandbox::{Credentials, Sandbox, SandboxBuilder};
