//! Running a command that prints secrets.

use std::io::Read as _;
use std::process::{Command, Stdio};

use crate::error::Error;

/// More than any secrets are.
const LARGEST: u64 = 64 << 10;

/// What a command prints on standard output. It may ask a person on the terminal.
pub(super) fn output_of(command: &str) -> Result<String, Error> {
    let refused = |what: &str| Error::configuration(format!("the secret_command {what}"));
    let words = shlex::split(command).ok_or_else(|| refused("has a quote that does not end"))?;
    let Some((program, arguments)) = words.split_first() else {
        return Err(refused("is empty"));
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::inherit())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .map_err(|error| refused(&format!("{} cannot be run: {error}", program.escape_debug())))?;
    let mut printed = Vec::new();
    let read = match child.stdout.take() {
        Some(stdout) => stdout.take(LARGEST + 1).read_to_end(&mut printed),
        None => Ok(0),
    };
    if read.is_err() || printed.len() as u64 > LARGEST {
        // What goes on printing is of no use.
        let _ = child.kill();
        let _ = child.wait();
        return Err(refused("prints far more than secrets"));
    }
    let status = child.wait().map_err(|error| {
        refused(&format!(
            "{} cannot be waited for: {error}",
            program.escape_debug()
        ))
    })?;
    if !status.success() {
        return Err(refused(&format!("{} failed ({status})", program.escape_debug())));
    }
    String::from_utf8(printed).map_err(|_| refused("prints something that is not valid UTF-8"))
}
