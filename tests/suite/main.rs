//! Tests of the whole workspace.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::needless_pass_by_value,
    reason = "a test fails by panicking, and reads best with its values in place"
)]

mod browser;
mod conveniences;
mod end_to_end;
mod examples;
mod faults;
mod forger;
mod forms;
mod forward;
mod generated;
mod hostile;
mod lookups;
mod lossless;
mod never_twice;
mod observers;
mod order_rules;
mod orders;
mod outcomes;
mod page;
mod paging;
mod panics;
mod personal;
mod properties;
mod readme;
mod reconciling;
mod recordings;
mod rollouts;
mod sandbox;
mod sandbox_control;
mod sandbox_state_file;
mod sandbox_walk;
mod seed;
mod sent_bytes;
mod spec_and_types;
mod surprises;
mod token_servers;
mod tokens;
mod traps;
mod wire;
mod workflows;
