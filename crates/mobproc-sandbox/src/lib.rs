#![doc = include_str!("../README.md")]

mod answer;
mod backend;
mod call;
mod changes;
mod clock;
mod credentials;
mod engine;
mod fault;
mod http;
mod lookups;
mod ordering;
mod orders;
mod origin;
mod population;
mod record;
mod render;
mod request;
mod sandbox;
mod script;
mod seed;
mod shelf;
mod spec;
mod state;
mod tenant;
mod tenants;
mod tokens;

pub use backend::Backend;
pub use credentials::Credentials;
pub use fault::{Fault, FaultError, Rule};
pub use record::{Outcome, Received, RequestFilter};
pub use sandbox::{Sandbox, SandboxBuilder};
pub use script::{Script, ScriptError};
pub use state::OrderErrors;
