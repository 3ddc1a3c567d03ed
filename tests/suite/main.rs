//! Tests of the whole workspace.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod end_to_end;
mod examples;
mod generated;
mod sandbox;
mod spec_and_types;
mod story;
