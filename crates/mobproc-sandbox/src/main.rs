//! `mobproc-sandbox`: the stand-in server as a program. See `--help`.

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::Parser;
use mobproc_sandbox::program;

/// A stand-in server for Tangoe's Mobile Procurement (MOBPROC) v1 REST API.
#[derive(Parser)]
#[command(version)]
struct Program {
    #[command(flatten)]
    arguments: program::Arguments,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Program { arguments } = Program::parse();
    match program::run(arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            // Nothing is left to be done if even that cannot be written.
            let _ = writeln!(io::stderr(), "error: {message}");
            ExitCode::FAILURE
        }
    }
}
