//! The sandbox as a program of its own, for chores that run the programs of others against it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// How long the sandbox may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Compiles it, into the folder this program is in.
pub(crate) fn build(root: &Path) -> Result<(), String> {
    crate::tool::run(
        root,
        "cargo",
        &["build", "--locked", "--quiet", "-p", "mobproc-sandbox"],
    )
}

/// A running sandbox, stopped when it is dropped.
pub(crate) struct Sandbox {
    process: Child,
    announced: Vec<(String, String)>,
}

impl Sandbox {
    /// One that is strict: what others send is as documented, or it fails.
    pub(crate) fn start() -> Result<Self, String> {
        Self::start_with(&["--port", "0", "--strict"])
    }

    pub(crate) fn start_with(arguments: &[&str]) -> Result<Self, String> {
        // Built into the folder this program was.
        let program = std::env::current_exe()
            .map_err(|error| format!("where this program is cannot be told: {error}"))?
            .with_file_name(format!("mobproc-sandbox{}", std::env::consts::EXE_SUFFIX));
        let mut process = Command::new(&program)
            .args(arguments)
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

    /// The value of a variable it announced.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let mut announced = self.announced.iter();
        announced
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The variables it announced, with their values.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (&str, &str)> {
        let announced = self.announced.iter();
        announced.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What it answers at an address that needs no token.
    pub(crate) fn get(&self, path: &str) -> std::io::Result<Vec<u8>> {
        let base = self.variable("MOBPROC_BASE_URL").unwrap_or_default();
        let host = base
            .strip_prefix("http://")
            .and_then(|rest| rest.split('/').next())
            .unwrap_or_default();
        let mut stream = TcpStream::connect(host)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        // Of this version, so that the answer ends with the connection and is in one piece.
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n")?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n");
        match end {
            Some(end) if answer.starts_with(b"HTTP/1.") => Ok(answer.split_off(end + 4)),
            _ => Err(std::io::Error::other(format!(
                "the sandbox gave no answer to GET {path}"
            ))),
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
