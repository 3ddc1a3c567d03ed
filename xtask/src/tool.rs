//! Programs of others that chores use, in pinned versions.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A program that cargo installs.
pub(crate) struct Tool {
    /// Crate and program.
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
}

impl Tool {
    /// Where it is, below `target/`.
    pub(crate) fn path(&self, root: &Path) -> PathBuf {
        home(root).join("bin").join(self.name)
    }

    /// Installs it there, if it is not there yet in this version.
    pub(crate) fn install(&self, root: &Path) -> Result<(), String> {
        let home = home(root).display().to_string();
        let package = format!("{}@{}", self.name, self.version);
        run(
            root,
            "cargo",
            &["install", "--quiet", "--locked", "--root", &home, &package],
        )
    }
}

fn home(root: &Path) -> PathBuf {
    root.join("target/tools")
}

/// Runs a program at the top of the workspace; what it says goes to the terminal.
pub(crate) fn run(root: &Path, program: impl AsRef<Path>, arguments: &[&str]) -> Result<(), String> {
    ran(root, Command::new(program.as_ref()).args(arguments))
}

/// The same, for a command with settings of its own.
pub(crate) fn ran(root: &Path, command: &mut Command) -> Result<(), String> {
    let program = Path::new(command.get_program());
    let name = program
        .file_name()
        .unwrap_or(command.get_program())
        .to_string_lossy()
        .into_owned();
    match command.current_dir(root).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{name} failed ({status})")),
        Err(error) => Err(format!("{name} could not be run: {error}")),
    }
}
