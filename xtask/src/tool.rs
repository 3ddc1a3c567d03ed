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

/// Installs packages of PyPI, in a virtual environment of their own: `venv` in this folder.
pub(crate) fn from_pypi(home: &Path, packages: &[&str]) -> Result<(), String> {
    std::fs::create_dir_all(home).map_err(|error| format!("{}: {error}", home.display()))?;
    let venv = home.join("venv");
    output(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    let mut pip = Command::new(venv.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check"]);
    output(pip.args(packages)).map(drop)
}

/// Installs packages of npm: into `node_modules` in this folder.
pub(crate) fn from_npm(home: &Path, packages: &[&str]) -> Result<(), String> {
    std::fs::create_dir_all(home).map_err(|error| format!("{}: {error}", home.display()))?;
    let mut npm = Command::new("npm");
    npm.args([
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        "--no-save",
        "--prefix",
    ]);
    output(npm.arg(home).args(packages)).map(drop)
}

/// What a program says; all of it if it fails.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let name = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let output = command
        .output()
        .map_err(|error| format!("{name} could not be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        return Ok(said);
    }
    Err(format!(
        "{name} failed ({})\n{said}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    ))
}
