//! `cargo xtask workflows`: the tutorials, as files that any Arazzo runner can execute, run against the
//! sandbox.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::absence::Absence;
use crate::lint;
use crate::say;

/// Inputs of every workflow, and the variables the sandbox announces them in.
const INPUTS: [(&str, &str); 5] = [
    ("tenant", "MOBPROC_TENANT"),
    ("clientId", "MOBPROC_CLIENT_ID"),
    ("clientSecret", "MOBPROC_CLIENT_SECRET"),
    ("username", "MOBPROC_USERNAME"),
    ("password", "MOBPROC_PASSWORD"),
];
/// How long the sandbox may take to answer with its document.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn run(root: &Path, absence: &Absence) -> Result<(), String> {
    let runner = lint::redocly(root);
    if !runner.is_file() {
        return absence.of(
            "the workflows were not run, because Redocly is not installed; `cargo xtask lint --install` does that",
        );
    }
    crate::tool::run(
        root,
        "cargo",
        &["build", "--locked", "--quiet", "-p", "mobproc-sandbox"],
    )?;
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
        .and_then(|()| fs::write(folder.join("mobproc.json"), sandbox.document()?))
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

/// A running sandbox, stopped when it is dropped.
struct Sandbox {
    process: Child,
    announced: Vec<(String, String)>,
}

impl Sandbox {
    fn start() -> Result<Self, String> {
        // Built into the folder this program was.
        let program = std::env::current_exe()
            .map_err(|error| format!("where this program is cannot be told: {error}"))?
            .with_file_name(format!("mobproc-sandbox{}", std::env::consts::EXE_SUFFIX));
        let mut process = Command::new(&program)
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{}: {error}", program.display()))?;
        let output = process.stdout.take();
        let mut sandbox = Self {
            process,
            announced: Vec::new(),
        };
        for line in output
            .into_iter()
            .flat_map(|output| BufReader::new(output).lines())
        {
            let line = line.map_err(|error| format!("the sandbox could not be read: {error}"))?;
            if let Some((name, value)) = line.split_once('=') {
                sandbox.announced.push((name.to_owned(), value.to_owned()));
            }
            // The last it says before it waits.
            if line.starts_with("MOBPROC_PASSWORD=") {
                return Ok(sandbox);
            }
        }
        Err("the sandbox did not start".to_owned())
    }

    fn variable(&self, name: &str) -> Option<&str> {
        let mut announced = self.announced.iter();
        announced
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The document with this sandbox as its servers.
    fn document(&self) -> std::io::Result<Vec<u8>> {
        let base = self.variable("MOBPROC_BASE_URL").unwrap_or_default();
        let host = base
            .strip_prefix("http://")
            .and_then(|rest| rest.split('/').next())
            .unwrap_or_default();
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        // Of this version, so that the answer ends with the connection and is in one piece.
        write!(
            stream,
            "GET /sandbox/openapi.json HTTP/1.0\r\nHost: {host}\r\n\r\n"
        )?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        match end {
            Some(end) if answer.starts_with(b"HTTP/1.") => Ok(answer.split_off(end + 4)),
            _ => Err(std::io::Error::other("the sandbox gave no document")),
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
