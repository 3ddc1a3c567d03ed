//! `cargo xtask lint`: our own rules, and three linters of others in pinned versions.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use mobproc_codegen::lint;

use crate::absence::Absence;
use crate::regen;
use crate::say;
use crate::tool::{from_npm, from_pypi};

/// The linters, exactly: a newer one may find something else.
const VALIDATOR: &str = "openapi-spec-validator==0.9.0";
const REDOCLY: &str = "@redocly/cli@2.77.0";
const SPECTRAL: &str = "@stoplight/spectral-cli@6.16.3";

/// The document of the calls that steer the sandbox.
const CONTROL: &str = "crates/mobproc-sandbox/src/http/control.json";

/// A linter of others.
struct Linter {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
}

fn linters(root: &Path) -> [Linter; 3] {
    let home = home(root);
    let bin = home.join("node_modules/.bin");
    let settings = root.join("openapi/linters");
    let text = |path: PathBuf| path.display().to_string();
    [
        Linter {
            name: VALIDATOR,
            program: home.join("venv/bin/openapi-spec-validator"),
            arguments: vec!["openapi/mobproc.yaml".to_owned(), CONTROL.to_owned()],
        },
        Linter {
            name: REDOCLY,
            program: redocly(root),
            arguments: [
                "lint".to_owned(),
                "--format=json".to_owned(),
                "--max-problems=1000".to_owned(),
                format!("--config={}", text(settings.join("redocly.yaml"))),
                "openapi/mobproc.yaml".to_owned(),
                "openapi/mobproc.json".to_owned(),
                "openapi/workflows/*.yaml".to_owned(),
                CONTROL.to_owned(),
            ]
            .into(),
        },
        Linter {
            name: SPECTRAL,
            program: bin.join("spectral"),
            arguments: [
                "lint".to_owned(),
                "--fail-severity=hint".to_owned(),
                format!("--ruleset={}", text(settings.join("spectral.yaml"))),
                "openapi/mobproc.yaml".to_owned(),
                "openapi/mobproc.json".to_owned(),
            ]
            .into(),
        },
    ]
}

/// Redocly's program, which runs workflows as well, if it is installed.
pub(crate) fn redocly(root: &Path) -> PathBuf {
    home(root).join("node_modules/.bin/redocly")
}

/// Where `--install` puts them.
fn home(root: &Path) -> PathBuf {
    root.join("target/linters")
}

pub(crate) fn run(root: &Path, install: bool, absence: &Absence) -> Result<(), String> {
    if install {
        install_all(root)?;
    }
    let document = regen::document(root)?;
    lint::check(&document).map_err(|error| error.to_string())?;
    let examples = mobproc_codegen::examples::check(&document).map_err(|error| error.to_string())?;
    say(&format!(
        "our own rules: nothing found; {examples} examples match their schemas"
    ));

    let mut missing = Vec::new();
    let mut failed = Vec::new();
    for linter in linters(root) {
        if !linter.program.is_file() {
            missing.push(linter.name);
            continue;
        }
        let output = Command::new(&linter.program)
            .args(&linter.arguments)
            .env("REDOCLY_TELEMETRY", "off")
            .env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true")
            .current_dir(root)
            .output()
            .map_err(|error| format!("{} could not be run: {error}", linter.name))?;
        if is_clean(&linter, &output) {
            say(&format!("{}: nothing found", linter.name));
        } else {
            say(&text(&output));
            failed.push(linter.name);
        }
    }
    for name in &missing {
        absence.of(&format!(
            "{name} was not asked, because it is not installed; `cargo xtask lint --install` does that"
        ))?;
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(format!("{} found something", failed.join(", ")))
    }
}

/// Redocly ends well on warnings; we want none.
fn is_clean(linter: &Linter, output: &Output) -> bool {
    let stdout = String::from_utf8_lossy(&output.stdout);
    let warns = linter.name == REDOCLY && !stdout.contains("\"warnings\": 0,");
    output.status.success() && !warns
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn install_all(root: &Path) -> Result<(), String> {
    let home = home(root);
    from_pypi(&home, &[VALIDATOR])?;
    from_npm(&home, &[REDOCLY, SPECTRAL])
}
