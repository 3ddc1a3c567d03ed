//! The program `mobproc`: what it is made of, how long it takes to say something, and how much
//! memory a long list takes.

use std::collections::BTreeMap;
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

/// How many parts of the program are listed.
const PARTS: usize = 24;

/// Bytes of each crate's code and data, by the names in the table of symbols, the largest first.
/// What is generic counts for the first crate in its name that is not the standard library. `None`
/// where there is no `nm`.
fn parts(program: &Path) -> Option<Vec<(String, u64)>> {
    let output = Command::new("nm")
        .args(["--print-size", "--demangle", "--defined-only"])
        .arg(program)
        .output()
        .ok()?;
    let mut parts: BTreeMap<String, u64> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        // Address, size, kind and name; what has no size has three of them.
        let fields: Vec<&str> = line.splitn(4, ' ').collect();
        let [_, size, _, name] = fields.as_slice() else {
            continue;
        };
        let Ok(size) = u64::from_str_radix(size, 16) else {
            continue;
        };
        *parts.entry(owner(name)).or_default() += size;
    }
    let mut parts: Vec<(String, u64)> = parts.into_iter().collect();
    parts.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    Some(parts)
}

/// The crate that a symbol is of: the first in its name that is not the standard library.
fn owner(symbol: &str) -> String {
    const STANDARD: [&str; 5] = ["core", "alloc", "std", "hashbrown", "compiler_builtins"];
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut heads = symbol.match_indices("::").filter_map(|(end, _)| {
        let before = &symbol[..end];
        let begin = before
            .rfind(|letter| !is_word(letter))
            .map_or(0, |place| place + 1);
        // In the middle of a path, or a type.
        let is_head = !before[..begin].ends_with(':');
        let word = &before[begin..];
        (is_head && word.starts_with(|first: char| first.is_ascii_lowercase())).then_some(word)
    });
    let first = heads.clone().next();
    match (heads.find(|head| !STANDARD.contains(head)), first) {
        (Some(head), _) => head.to_owned(),
        (None, Some(_)) => "the standard library".to_owned(),
        (None, None) if symbol.starts_with("aws_lc") => "aws-lc".to_owned(),
        (None, None) if symbol.starts_with("sqlite3") => "SQLite".to_owned(),
        (None, None) => "C and data without a name".to_owned(),
    }
}

pub(crate) fn measure(table: &mut Table) {
    let program = program();
    let size = std::fs::metadata(&program).unwrap().len();
    let shares = match parts(&program) {
        Some(parts) => parts
            .iter()
            .take(PARTS)
            .map(|(name, size)| format!("{name} {:.1}", *size as f64 / 1e6))
            .collect::<Vec<_>>()
            .join(", "),
        None => "not known: there is no nm here".to_owned(),
    };
    table.row(
        "program: size, symbols included, and the largest parts, in MB",
        format!("{:.1} ({shares})", size as f64 / 1e6),
        "",
    );
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
