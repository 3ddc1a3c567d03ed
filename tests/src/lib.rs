//! What the tests of the workspace share: where things are, and how to read them.

#![allow(clippy::panic, reason = "what cannot be read fails the test that asks for it")]

pub mod postgres;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// The top of the workspace.
#[must_use]
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// A file of the workspace, as text.
///
/// # Panics
///
/// If it cannot be read: then the test that asks for it has failed.
#[must_use]
pub fn text(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// An example, by its path below `openapi/examples` without `.json`.
///
/// # Panics
///
/// If it cannot be read or is not valid JSON.
#[must_use]
pub fn example(name: &str) -> Value {
    let text = text(&format!("openapi/examples/{name}.json"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The documented examples that stand beside the project, if they do. Nothing that can be installed
/// brings them, so it is only noted where they are not.
#[must_use]
pub fn shared_examples() -> Option<PathBuf> {
    let folder = root().join("../shared/examples");
    if folder.is_dir() {
        return Some(folder);
    }
    note("the documented examples: the folder `shared/examples` is not beside the project");
    None
}

/// Says that something was not tested because something else is missing here. The test harness
/// hides what a test prints, so it is noted in `target/not-checked`, which `.ci/run` prints at its
/// end. With `MOBPROC_STRICT` in the environment, what can be installed has to be there.
///
/// # Panics
///
/// If `MOBPROC_STRICT` is set.
pub fn not_tested(what: &str) {
    assert!(std::env::var_os("MOBPROC_STRICT").is_none(), "NOT TESTED: {what}");
    note(what);
}

fn note(what: &str) {
    let folder = root().join("target/not-checked");
    let name: String = what
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(40)
        .collect();
    // Where even that cannot be written, nobody would read it either.
    let _ = fs::create_dir_all(&folder).and_then(|()| fs::write(folder.join(name), format!("{what}\n")));
}
