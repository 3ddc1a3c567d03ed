//! The program as people and scripts use it: its command line, its output, its exit codes, and what
//! it leaves behind when it is killed.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "it is a test as a whole"
)]

mod commands;
mod faults;
mod first_contact;
mod kill_matrix;
mod killed;
mod placing;
mod prompts;
mod rollouts;
mod secrets;
mod support;
mod surface;
