//! `cargo xtask workflows`: the tutorials, as files that any Arazzo runner can execute, run against
//! the sandbox.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::absence::Absence;
use crate::lint;
use crate::sandbox::{self, Sandbox};
use crate::say;

/// Inputs of every workflow, and the variables the sandbox announces them in.
const INPUTS: [(&str, &str); 5] = [
    ("tenant", "MOBPROC_TENANT"),
    ("clientId", "MOBPROC_CLIENT_ID"),
    ("clientSecret", "MOBPROC_CLIENT_SECRET"),
    ("username", "MOBPROC_USERNAME"),
    ("password", "MOBPROC_PASSWORD"),
];

pub(crate) fn run(root: &Path, absence: &Absence) -> Result<(), String> {
    let runner = lint::redocly(root);
    if !runner.is_file() {
        return absence.of(
            "the workflows were not run, because Redocly is not installed; `cargo xtask lint --install` does that",
        );
    }
    sandbox::build(root)?;
    let files = files(&root.join("openapi/workflows"))?;
    let mut failed = Vec::new();
    for file in &files {
        let name = file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        say(&format!("== {name}"));
        // Each has a sandbox of its own: what one orders, another does not find.
        if !play(root, &runner, file, &name)? {
            failed.push(name);
        }
    }
    if failed.is_empty() {
        say(&format!("{} workflows passed", files.len()));
        Ok(())
    } else {
        Err(format!(
            "{} failed; which step, and which check of it, stands above",
            failed.join(", ")
        ))
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(".arazzo.yaml"))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(format!("there is no workflow in {}", folder.display()));
    }
    Ok(files)
}

/// Runs one workflow, unchanged, beside the document as the sandbox serves it.
fn play(root: &Path, runner: &Path, file: &Path, name: &str) -> Result<bool, String> {
    let sandbox = Sandbox::start()?;
    let folder = root.join("target/workflows");
    let own = folder.join("workflows");
    let written = fs::create_dir_all(&own)
        .and_then(|()| fs::write(folder.join("mobproc.json"), sandbox.get("/sandbox/openapi.json")?))
        .and_then(|()| fs::copy(file, own.join(name)));
    written.map_err(|error| format!("{}: {error}", folder.display()))?;
    let inputs = INPUTS.iter().flat_map(|(input, variable)| {
        let value = sandbox.variable(variable).unwrap_or_default();
        ["-i".to_owned(), format!("{input}={value}")]
    });
    let status = Command::new(runner)
        .current_dir(&folder)
        .arg("respect")
        .arg(format!("workflows/{name}"))
        .args(inputs)
        .env("REDOCLY_TELEMETRY", "off")
        .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
        .status()
        .map_err(|error| format!("{} could not be run: {error}", runner.display()))?;
    Ok(status.success())
}
