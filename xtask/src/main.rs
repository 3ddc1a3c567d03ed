//! Chores of the mobproc workspace: `cargo xtask --help`.
//!
//! One file for each chore. Depends on `mobproc-codegen` only, so that it works when the client
//! does not compile.

mod absence;
mod api;
mod artefact;
mod clients;
mod conform;
mod drift;
mod lint;
mod msrv;
mod mutants;
mod package;
mod regen;
mod sandbox;
mod thorough;
mod tidy;
mod tool;
mod workflows;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use absence::Absence;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Chores of the mobproc workspace")]
struct Arguments {
    /// Fail where something that is needed for a check is missing, instead of saying so and going
    /// on.
    #[arg(long, global = true)]
    strict: bool,
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Regenerate everything that derives from openapi/mobproc.yaml.
    Regen {
        /// Change nothing; show what is stale and fail if anything is.
        #[arg(long)]
        check: bool,
    },
    /// Hold the document against our own rules, and against three linters where they are installed.
    Lint {
        /// Install the pinned linters first, below `target/`. Needs npm and python3.
        #[arg(long)]
        install: bool,
    },
    /// Write down the public API of the crates, for review, and the foreign types it mentions.
    Api {
        /// Change nothing; show what has changed and fail if anything has.
        #[arg(long)]
        check: bool,
    },
    /// Check licences, bans and sources of all dependencies, and the spelling of all files.
    Tidy {
        /// Install the pinned tools first, below `target/`. Needs python3.
        #[arg(long)]
        install: bool,
    },
    /// Hold the declared minimum Rust version against what users compile.
    Msrv,
    /// Pack every published crate, and test a project outside against what came out.
    Package,
    /// What is too slow for every change: fuzzing, every set of features, oldest dependencies,
    /// advisories, clients in other languages, mutants, benchmarks.
    Thorough {
        /// How long to fuzz each target, in seconds.
        #[arg(long, default_value_t = 60)]
        seconds: u32,
        /// Only these steps: fuzz, features, oldest, advisories, clients, mutants, bench.
        steps: Vec<thorough::Step>,
    },
    /// Hold JSON files against the document and the types; see `cargo xtask conform -- --help`.
    Conform {
        /// What `mobproc-conform` takes.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Run the tutorials in `openapi/workflows` against the sandbox, step by step.
    Workflows,
    /// Print how well the documentation supports each operation.
    Evidence,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let root = root();
    let absence = Absence::new(&root, arguments.strict);
    let outcome = match arguments.chore {
        Chore::Regen { check } => regen::run(&root, check),
        Chore::Lint { install } => lint::run(&root, install, &absence),
        Chore::Api { check } => api::run(&root, check, &absence),
        Chore::Tidy { install } => tidy::run(&root, install, &absence),
        Chore::Msrv => msrv::run(&root),
        Chore::Package => package::run(&root),
        Chore::Thorough { seconds, steps } => thorough::run(&root, seconds, &steps, &absence),
        Chore::Conform { arguments } => conform::run(&arguments),
        Chore::Workflows => workflows::run(&root, &absence),
        Chore::Evidence => regen::evidence(&root),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            say_error(&message);
            ExitCode::FAILURE
        }
    }
}

/// The top of the workspace.
fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Chores talk to the person at the terminal; libraries do not.
#[allow(clippy::print_stdout)]
fn say(text: &str) {
    println!("{text}");
}

#[allow(clippy::print_stderr)]
fn say_error(text: &str) {
    eprintln!("error: {text}");
}
