//! `cargo xtask thorough`: what is too slow for every change.

use std::path::Path;
use std::process::Command;

use clap::ValueEnum;

use crate::absence::Absence;
use crate::clients;
use crate::drift;
use crate::mutants;
use crate::say;
use crate::tidy::DENY;
use crate::tool::{Tool, ran, run as call};

const FUZZ: Tool = Tool {
    name: "cargo-fuzz",
    version: "0.13.2",
};
const HACK: Tool = Tool {
    name: "cargo-hack",
    version: "0.6.46",
};

/// Crates that users build.
const PUBLISHED: [&str; 8] = [
    "mobproc",
    "mobproc-api",
    "mobproc-sandbox",
    "mobproc-rollout",
    "mobproc-har",
    "mobproc-recorder",
    "mobproc-conform",
    "mobproc-cli",
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    /// Run every fuzz target for a while.
    Fuzz,
    /// Compile every set of features.
    Features,
    /// Compile with the oldest dependencies the manifests allow.
    Oldest,
    /// Ask whether any dependency is known to be vulnerable.
    Advisories,
    /// Generate clients in other languages, and order with them from the sandbox.
    Clients,
    /// Ask Redocly for a second opinion on recorded traffic.
    Drift,
    /// Change what decides, bit by bit, and see whether a test notices.
    Mutants,
    /// Kill the program `mobproc` a thousand times in the middle of a submit.
    Kills,
    /// Play a million histories of writes with programs that die and freeze.
    Histories,
    /// Kill and freeze programs that apply rollouts at every step, in both journals and under every
    /// fault; roll out five thousand rows, and open what comes of it in LibreOffice.
    Rollouts,
    /// Keep secrets in the keyring of a desktop.
    Keyring,
    /// Measure.
    Bench,
    /// Compare the instructions of a call with those that are kept.
    Speed,
}

pub(crate) fn run(root: &Path, seconds: u32, steps: &[Step], absence: &Absence) -> Result<(), String> {
    let all = Step::value_variants();
    for step in if steps.is_empty() { all } else { steps } {
        say(&format!("== {step:?}"));
        match step {
            Step::Fuzz => fuzz(root, seconds)?,
            Step::Features => features(root)?,
            Step::Oldest => oldest(root)?,
            Step::Advisories => advisories(root, absence)?,
            Step::Clients => clients::run(root, absence)?,
            Step::Drift => drift::run(root, absence)?,
            Step::Mutants => mutants::run(root)?,
            Step::Kills => with_variables(root, &[("MOBPROC_KILLS", "1000")], "mobproc-cli", &["killed::"])?,
            Step::Histories => with_variables(
                root,
                &[("MOBPROC_SIMULATIONS", "1000000")],
                "mobproc-rollout",
                &["no_write_is"],
            )?,
            Step::Rollouts => rollouts(root, absence)?,
            Step::Keyring => keyring(root, absence)?,
            Step::Speed => call(
                root,
                "cargo",
                &[
                    "bench",
                    "--locked",
                    "-p",
                    "mobproc-tests",
                    "--bench",
                    "speed",
                    "--",
                    "held",
                ],
            )?,
            Step::Bench => call(
                root,
                "cargo",
                &["bench", "-p", "mobproc-tests", "--bench", "speed"],
            )?,
        }
    }
    Ok(())
}

/// Runs tests of a crate that variables make longer.
fn with_variables(
    root: &Path,
    variables: &[(&str, &str)],
    package: &str,
    tests: &[&str],
) -> Result<(), String> {
    let mut command = Command::new("cargo");
    command
        .args([
            "test",
            "--release",
            "--locked",
            "-p",
            package,
            "--tests",
            "--",
            "--nocapture",
        ])
        .args(tests)
        .envs(variables.iter().copied());
    ran(root, &mut command)
}

/// The whole of what the suite has a sample of. The table of the matrix is kept in `target`.
fn rollouts(root: &Path, absence: &Absence) -> Result<(), String> {
    let mut variables = vec![("MOBPROC_MATRIX", "all"), ("MOBPROC_ROWS", "5000")];
    if Command::new("soffice").arg("--version").output().is_ok() {
        variables.push(("MOBPROC_LIBREOFFICE", "1"));
    } else {
        absence.of("workbooks in LibreOffice: soffice is missing (apt install libreoffice-calc-nogui)")?;
    }
    with_variables(
        root,
        &variables,
        "mobproc-cli",
        &["no_row_is_ordered_twice", "five_percent"],
    )
}

/// The keyring of a desktop, where one can be had.
fn keyring(root: &Path, absence: &Absence) -> Result<(), String> {
    for program in ["dbus-run-session", "gnome-keyring-daemon"] {
        if Command::new(program).arg("--version").output().is_err() {
            return absence.of(&format!("the system's keyring: {program} is missing"));
        }
    }
    call(
        root,
        "cargo",
        &[
            "test",
            "--release",
            "--locked",
            "-p",
            "mobproc-cli",
            "--test",
            "program",
            "secrets_are_kept_in_the_keyring",
            "--",
            "--ignored",
        ],
    )
}

/// Fuzzes each target from its seeds, or from the examples where it has none of its own.
fn fuzz(root: &Path, seconds: u32) -> Result<(), String> {
    FUZZ.install(root)?;
    let targets = std::fs::read_dir(root.join("fuzz/fuzz_targets"))
        .map_err(|error| format!("fuzz/fuzz_targets: {error}"))?;
    let mut names: Vec<String> = targets
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort_unstable();
    for name in names {
        let corpus = format!("fuzz/corpus/{name}");
        std::fs::create_dir_all(root.join(&corpus)).map_err(|error| format!("{corpus}: {error}"))?;
        let own = format!("fuzz/seeds/{name}");
        let seeds = if root.join(&own).is_dir() {
            own
        } else {
            "openapi/examples".to_owned()
        };
        let time = format!("-max_total_time={seconds}");
        // No sanitizer: there is no unsafe code of ours to find fault with, and the stable compiler
        // has none.
        call(
            root,
            FUZZ.path(root),
            &[
                "fuzz",
                "run",
                "--sanitizer",
                "none",
                "--target-dir",
                "target/fuzz",
                &name,
                &corpus,
                &seeds,
                "--",
                &time,
                "-timeout=10",
                "-rss_limit_mb=1024",
                "-verbosity=0",
                "-print_final_stats=1",
            ],
        )
        .map_err(|error| {
            format!("{error}: fuzz/artifacts/{name} has the input; make it a test, then mend what it breaks")
        })?;
    }
    Ok(())
}

/// The data is no package, so it can be missing whatever is installed.
fn advisories(root: &Path, absence: &Absence) -> Result<(), String> {
    DENY.install(root)?;
    let fetched = call(root, DENY.path(root), &["--log-level", "off", "fetch", "db"]);
    if fetched.is_err() {
        absence.that_cannot_be_helped(
            "known vulnerabilities of dependencies: there is no way to the advisory data",
        );
        return Ok(());
    }
    call(root, DENY.path(root), &["check", "--disable-fetch", "advisories"])
}

fn features(root: &Path) -> Result<(), String> {
    HACK.install(root)?;
    let mut arguments = vec!["hack", "check", "--quiet", "--feature-powerset", "--no-dev-deps"];
    for name in PUBLISHED {
        arguments.extend(["-p", name]);
    }
    // It changes manifests for the time being, so it runs on a copy.
    let copy = copy(root)?;
    call(&copy, HACK.path(root), &arguments)
}

fn oldest(root: &Path) -> Result<(), String> {
    let copy = copy(root)?;
    // Choosing oldest versions is not stable yet; what is compiled then is.
    ran(
        &copy,
        Command::new("cargo")
            .args(["update", "--quiet", "-Z", "direct-minimal-versions"])
            .env("RUSTC_BOOTSTRAP", "1"),
    )
    .map_err(|error| {
        format!("{error}: a dependency asks for a newer version than our manifest does; raise ours")
    })?;
    for name in PUBLISHED {
        call(
            &copy,
            "cargo",
            &[
                "check",
                "--quiet",
                "--no-default-features",
                "-p",
                name,
                "--target-dir",
                "target",
            ],
        )
        .map_err(|error| format!("{error}: raise the version in [workspace.dependencies]"))?;
    }
    Ok(())
}

/// The workspace as git knows it, below `target/`.
fn copy(root: &Path) -> Result<std::path::PathBuf, String> {
    let copy = root.join("target/thorough");
    std::fs::create_dir_all(&copy).map_err(|error| format!("{}: {error}", copy.display()))?;
    let prefix = format!("{}/", copy.display());
    call(
        root,
        "git",
        &["checkout-index", "--all", "--force", "--prefix", &prefix],
    )?;
    Ok(copy)
}
