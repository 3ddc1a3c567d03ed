//! What it costs to compile the crates from nothing, against what a program by hand depends on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::paired::{Table, median};

/// What a program by hand depends on.
const BY_HAND: &str = r#"
chrono = { version = "0.4", default-features = false, features = ["std", "clock"] }
reqwest = { version = "0.13", default-features = false, features = ["json", "system-proxy"TLS] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
"#;

/// How often everything is compiled; the middle one counts.
const ROUNDS: usize = 3;

/// Something that was compiled from nothing.
struct Build {
    /// CPU of all compilers and build scripts, in seconds.
    cpu: f64,
    /// Seconds of each package, library and build script together.
    packages: BTreeMap<String, f64>,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

/// Compiles a library without code that has these dependencies, in the versions of the workspace.
fn build(dependencies: &str) -> Build {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    std::fs::create_dir(path.join("src")).unwrap();
    std::fs::write(path.join("src/lib.rs"), "").unwrap();
    std::fs::copy(root().join("Cargo.lock"), path.join("Cargo.lock")).unwrap();
    let manifest = format!(
        "[package]\nname = \"measured\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n{dependencies}\n\n\
         [workspace]\n\n[profile.dev]\ndebug = \"line-tables-only\"\n"
    );
    std::fs::write(path.join("Cargo.toml"), manifest).unwrap();
    // The shell knows what its children took, those of cargo included.
    let output = Command::new("sh")
        .args(["-c", "cargo build --quiet --offline --timings >&2 && times"])
        .current_dir(path)
        .env("CARGO_TARGET_DIR", path.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let children = text.lines().nth(1).unwrap();
    Build {
        cpu: children.split_whitespace().map(seconds).sum(),
        packages: packages(&path.join("target/cargo-timings/cargo-timing.html")),
    }
}

/// Seconds out of a text such as `1m2.34s`.
fn seconds(text: &str) -> f64 {
    let (minutes, rest) = text.split_once('m').unwrap();
    minutes.parse::<f64>().unwrap() * 60.0 + rest.trim_end_matches('s').parse::<f64>().unwrap()
}

/// How long each package took, out of cargo's own report.
fn packages(report: &Path) -> BTreeMap<String, f64> {
    let text = std::fs::read_to_string(report).unwrap();
    let (_, rest) = text.split_once("UNIT_DATA = ").unwrap();
    let units: Vec<Value> = serde_json::Deserializer::from_str(rest)
        .into_iter()
        .next()
        .unwrap()
        .unwrap();
    let mut packages = BTreeMap::new();
    for unit in units {
        let name = format!(
            "{} {}",
            unit["name"].as_str().unwrap(),
            unit["version"].as_str().unwrap()
        );
        *packages.entry(name).or_default() += unit["duration"].as_f64().unwrap();
    }
    packages
}

/// The packages that only the first of two builds needs, the dearest first.
fn only_in(ours: &Build, by_hand: &Build) -> String {
    let mut only: Vec<(&String, f64)> = ours
        .packages
        .iter()
        .filter(|(name, _)| !by_hand.packages.contains_key(*name) && !name.starts_with("measured "))
        .map(|(name, time)| (name, *time))
        .collect();
    only.sort_by(|one, other| other.1.total_cmp(&one.1));
    let parts: Vec<String> = only
        .iter()
        .map(|(name, time)| format!("{name} {time:.1}"))
        .collect();
    parts.join(", ")
}

pub(crate) fn measure(table: &mut Table) {
    let crates = root().join("crates");
    let ours = |name: &str, features: &str| {
        let path = crates.join(name);
        format!("{name} = {{ path = {:?}{features} }}", path.display().to_string())
    };
    let bare = ", default-features = false";
    let wanted = [
        BY_HAND.replace("TLS", ""),
        BY_HAND.replace("TLS", ", \"rustls\""),
        ours("mobproc", ""),
        ours("mobproc", bare),
        ours("mobproc-api", bare),
    ];
    // They take turns: what a build takes moves by a tenth with what the machine does besides.
    let rounds: Vec<Vec<Build>> = (0..ROUNDS)
        .map(|_| wanted.iter().map(|dependencies| build(dependencies)).collect())
        .collect();
    let [by_hand, by_hand_tls, tls, without, api] = [0, 1, 2, 3, 4];
    let last = rounds.last().unwrap();
    let rows = [
        ("`mobproc` with its TLS", tls, by_hand_tls, "at most 1.30"),
        ("`mobproc` without TLS", without, by_hand, "at most 1.20"),
        ("`mobproc-api`, without TLS", api, by_hand, "at most 1.15"),
    ];
    let cpu = |which: usize| median(rounds.iter().map(|round| round[which].cpu));
    for (what, which, by_hand, aim) in rows {
        table.row(
            format!("clean debug build of {what}, against what a program by hand depends on: CPU"),
            format!(
                "{:.2} ({:.0} s against {:.0} s)",
                median(rounds.iter().map(|round| round[which].cpu / round[by_hand].cpu)),
                cpu(which),
                cpu(by_hand)
            ),
            aim,
        );
        table.row(
            format!("clean debug build of {what}: seconds of what only it needs"),
            only_in(&last[which], &last[by_hand]),
            "",
        );
    }
    table.row(
        "clean debug build: TLS alone, by hand",
        format!(
            "{:.0} of {:.0} s ({})",
            cpu(by_hand_tls) - cpu(by_hand),
            cpu(by_hand_tls),
            only_in(&last[by_hand_tls], &last[by_hand])
        ),
        "",
    );
}
