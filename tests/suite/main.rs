//! Tests of the whole workspace.

mod end_to_end;
mod examples;
mod generated;
mod sandbox;
mod spec_and_types;
