//! Running a command that prints secrets.

use std::process::{Command, Stdio};

use crate::error::Error;

/// What a command prints on standard output. It may ask a person on the terminal.
pub(super) fn output_of(command: &str) -> Result<String, Error> {
    let refused = |what: &str| Error::configuration(format!("the secret_command {what}"));
    let words = shlex::split(command).ok_or_else(|| refused("has a quote that does not end"))?;
    let Some((program, arguments)) = words.split_first() else {
        return Err(refused("is empty"));
    };
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::inherit())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| refused(&format!("{} cannot be run: {error}", program.escape_debug())))?;
    if !output.status.success() {
        return Err(refused(&format!(
            "{} failed ({})",
            program.escape_debug(),
            output.status
        )));
    }
    String::from_utf8(output.stdout).map_err(|_| refused("prints something that is not valid UTF-8"))
}
