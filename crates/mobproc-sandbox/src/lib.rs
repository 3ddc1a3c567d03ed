#![doc = include_str!("../README.md")]

mod answer;
mod backend;
mod call;
mod changes;
mod credentials;
mod engine;
mod fault;
mod http;
mod lookups;
mod ordering;
mod population;
mod record;
mod render;
mod request;
mod sandbox;
mod seed;
mod spec;
mod tenant;
mod tokens;

pub use backend::Backend;
pub use credentials::Credentials;
pub use engine::OrderErrors;
pub use fault::{Fault, FaultError, Rule};
pub use record::{Outcome, Received};
pub use sandbox::{Sandbox, SandboxBuilder};
