//! `mobproc-conform`: see `--help`, or run it as `cargo xtask conform PATH...`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser;
use mobproc_conform::program::{self, Verdict};

/// Holds JSON files and recorded traffic of the API against the OpenAPI document and the types.
#[derive(Parser)]
#[command(name = "mobproc-conform", version)]
struct Program {
    #[command(flatten)]
    arguments: program::Arguments,
    /// How to print what was found.
    #[arg(short, long, value_enum, default_value_t = program::Format::Table)]
    output: program::Format,
}

fn main() -> ExitCode {
    let Program { arguments, output } = Program::parse();
    match program::run(&arguments, output) {
        Ok(Verdict::Conforms) => ExitCode::SUCCESS,
        Ok(Verdict::Drifts) => ExitCode::from(7),
        Ok(_) => ExitCode::FAILURE,
        Err(message) => {
            // Nothing is left to be done if even that cannot be written.
            let _ = writeln!(io::stderr(), "error: {message}");
            ExitCode::FAILURE
        }
    }
}
