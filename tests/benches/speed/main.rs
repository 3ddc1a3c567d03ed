//! What the client costs, as ratios: against hand-written code and `serde_json::Value` in the same
//! run, interleaved.
//!
//! `cargo bench -p mobproc-tests` prints one table; `PERFORMANCE.md` keeps the last one.
//! Arguments choose parts by name: `codec`, `calls`, `recorder`, `walk`, `crowd`, `sandbox`,
//! `rollouts`, `program`, `build`; `held` compares instructions with those that are kept. What is
//! measured from outside is measured in processes of its own: instructions (by valgrind, where
//! there is one), CPU, peak memory and compilation.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a measurement prints ratios, and what goes wrong ends it"
)]

mod build;
mod calls;
mod codec;
mod crowd;
mod held;
mod paired;
mod plain;
mod program;
mod rollouts;
mod sandbox;
mod serve;
mod walk;

use paired::Table;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["held"] => std::process::exit(i32::from(!held::compare())),
        ["serve-fixed", delay] => serve::fixed(delay.parse().unwrap()),
        ["serve-sandbox", employees, delay] => {
            serve::sandbox(employees.parse().unwrap(), delay.parse().unwrap());
        }
        ["serve-pages", employees, delay] => {
            serve::pages(employees.parse().unwrap(), delay.parse().unwrap());
        }
        ["serve-stand-in", employees] => serve::stand_in(employees.parse().unwrap()),
        ["count", what, address, times] => calls::count(what, address, times.parse().unwrap()),
        ["codec-of", direction, side, document, times] => {
            codec::one(direction, side, document, times.parse().unwrap());
        }
        ["rollout", address, folder, rows, parallel] => rollouts::one(
            address,
            std::path::Path::new(folder),
            rows.parse().unwrap(),
            parallel.parse().unwrap(),
        ),
        ["walk", address, page_size, prefetch] => {
            walk::one(address, page_size.parse().unwrap(), prefetch.parse().unwrap());
        }
        parts => {
            let mut table = Table::default();
            let wanted = |part: &str| parts.is_empty() || parts.contains(&part);
            if wanted("codec") {
                codec::measure(&mut table);
            }
            if wanted("calls") {
                calls::measure(&mut table);
            }
            if wanted("recorder") {
                calls::measure_recorder(&mut table);
            }
            if wanted("walk") {
                walk::measure(&mut table);
            }
            if wanted("crowd") {
                crowd::measure(&mut table);
            }
            if wanted("sandbox") {
                sandbox::measure(&mut table);
            }
            if wanted("rollouts") {
                rollouts::measure(&mut table);
            }
            if wanted("program") {
                program::measure(&mut table);
            }
            if wanted("build") {
                build::measure(&mut table);
            }
            println!("{table}");
        }
    }
}
