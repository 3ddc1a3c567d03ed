//! The program `mobproc`: how long it takes to say something, and how much memory a long list takes.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::paired::Table;
use crate::serve;

/// Runs of each command; the middle one counts.
const RUNS: usize = 41;

/// The program, built for release.
fn program() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let built = Command::new("cargo")
        .args(["build", "--release", "--quiet", "--locked", "-p", "mobproc-cli"])
        .current_dir(&root)
        .status()
        .unwrap();
    assert!(built.success());
    let bench = std::env::current_exe().unwrap();
    // target/release/deps/speed-...
    bench.ancestors().nth(2).unwrap().join("mobproc")
}

fn command(program: &Path, home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env("MOBPROC_STATE", home.join("state"))
        .env("MOBPROC_CONFIG", home.join("config.toml"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// Milliseconds from the start to the end, the middle of many runs.
fn time(program: &Path, home: &Path, arguments: &[&str]) -> f64 {
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let started = Instant::now();
            let output = command(program, home, arguments).output().unwrap();
            assert!(output.status.success() && !output.stdout.is_empty());
            started.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[RUNS / 2]
}

/// Peak memory of a list of everybody, in kB.
fn memory(program: &Path, home: &Path, employees: usize) -> u64 {
    let server = serve::Server::start(&["serve-sandbox", &employees.to_string(), "0"]);
    let peak = home.join("peak");
    let mut command = Command::new("/usr/bin/env");
    command
        .args([
            "python3",
            "-c",
            MEASURE,
            program.to_str().unwrap(),
            peak.to_str().unwrap(),
        ])
        .env("MOBPROC_BASE_URL", server.base_url())
        .env(
            "MOBPROC_TOKEN_URL",
            format!("http://{}/as/token.oauth2", server.address),
        )
        .env("MOBPROC_TENANT", "LARKSPUR")
        .env("MOBPROC_CLIENT_ID", "sandbox-client")
        .env("MOBPROC_CLIENT_SECRET", "sandbox-secret")
        .env("MOBPROC_USERNAME", "command://svc.procurement")
        .env("MOBPROC_PASSWORD", "sandbox-password")
        .env("MOBPROC_STATE", home.join("state"))
        .env("MOBPROC_CONFIG", home.join("config.toml"));
    assert!(command.status().unwrap().success());
    std::fs::read_to_string(peak).unwrap().trim().parse().unwrap()
}

/// Runs the list and writes down the peak of its memory, which the system tells about children.
const MEASURE: &str = "
import resource, subprocess, sys
subprocess.run([sys.argv[1], 'employees', 'list', '-o', 'ndjson'], stdout=subprocess.DEVNULL, check=True)
open(sys.argv[2], 'w').write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
";

pub(crate) fn measure(table: &mut Table) {
    let program = program();
    let home = tempfile::tempdir().unwrap();
    let version = time(&program, home.path(), &["--version"]);
    table.row(
        "program: `mobproc --version`",
        format!("{version:.1} ms"),
        "within 20 ms",
    );
    let ping = time(&program, home.path(), &["--sandbox", "ping"]);
    table.row(
        "program: `mobproc --sandbox ping`",
        format!("{ping:.1} ms"),
        "within 100 ms",
    );
    let (few, many) = (
        memory(&program, home.path(), 1_000),
        memory(&program, home.path(), 100_000),
    );
    table.row(
        "program: memory of a list of 100,000 employees as lines, against 1,000",
        format!("{:.2} ({many} kB)", many as f64 / few as f64),
        "at most 1.2",
    );
}
