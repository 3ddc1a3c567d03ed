//! `mobproc-conform`: see `--help`, or run it as `cargo xtask conform PATH...`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser;
use mobproc_conform::program;

/// Holds JSON files of the API against the OpenAPI document and the types.
#[derive(Parser)]
#[command(name = "mobproc-conform", version)]
struct Program {
    #[command(flatten)]
    arguments: program::Arguments,
}

fn main() -> ExitCode {
    let Program { arguments } = Program::parse();
    match program::run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            // Nothing is left to be done if even that cannot be written.
            let _ = writeln!(io::stderr(), "error: {message}");
            ExitCode::FAILURE
        }
    }
}
