//! A stand-in server for Tangoe's Mobile Procurement (MOBPROC) v1 REST API.
//!
//! Nobody without a contract has a tenant to try things on. The sandbox answers what the public documentation
//! shows, on the story of one invented tenant, and remembers what it was asked; and it misbehaves on request, because
//! that is what a client must survive.
//!
//! ```
//! # #[tokio::main]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use mobproc_sandbox::Sandbox;
//!
//! let sandbox = Sandbox::start().await?;
//! println!("{} {}", sandbox.base_url(), sandbox.credentials().tenant);
//! // ... point a client at it, then look at what came:
//! assert!(sandbox.requests().is_empty());
//! sandbox.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! It listens on a free port of the loopback interface and stops when it is dropped. It never sends anything anywhere.

mod admin;
mod answer;
mod backend;
mod changes;
mod crowd;
mod desk;
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
