//! What the tests of the workspace share: where things are, and how to read them.

#![allow(clippy::panic, reason = "what cannot be read fails the test that asks for it")]

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

/// The documented examples that stand beside the project, if they do.
#[must_use]
pub fn shared_examples() -> Option<PathBuf> {
    let folder = root().join("../shared/examples");
    folder.is_dir().then_some(folder)
}
