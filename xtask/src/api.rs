//! `cargo xtask api`: the public API of the crates as text, for review, and the foreign types
//! `mobproc` shows its users.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::absence::Absence;
use crate::artefact::{self, Artefact};

/// What users depend on. The types of `mobproc-api` are those of `mobproc`'s answers.
const CRATES: [(&str, &[&str]); 2] = [
    // With the checked-in client, as users get it.
    (
        "mobproc-api",
        &["--no-default-features", "--features", "document"],
    ),
    ("mobproc", &["--features", "profiles,stream"]),
];
/// Types of other crates that users see, and why each is worth the promise: their next major
/// version is one of ours.
const FOREIGN: [(&str, &str); 11] = [
    ("bytes::", "raw bodies, shared rather than copied"),
    ("chrono::", "points in time, where a text can be read as one"),
    (
        "futures_core::",
        "the trait of streams, with the feature `stream`",
    ),
    ("http::", "statuses and headers as they came"),
    ("reqwest::", "the HTTP client behind `mobproc-api` used alone"),
    ("rust_decimal::", "exact amounts"),
    ("secrecy::", "secrets that are not printed"),
    ("serde::", "reading and writing JSON"),
    ("serde_core::", "reading and writing JSON"),
    ("serde_json::", "members and answers that are not modelled"),
    ("url::", "where a request goes"),
];
/// Crates whose names in the API are our own or the language's.
const HOME: [&str; 6] = ["mobproc", "mobproc_api", "core", "alloc", "std", "Self"];
/// The compiler whose JSON the reading library knows. Others write another form, and their standard
/// library has other names.
const COMPILER: &str = "rustc 1.95.";

pub(crate) fn run(root: &Path, check: bool, absence: &Absence) -> Result<(), String> {
    let version = output(Command::new("rustc").arg("--version"))?;
    if !version.starts_with(COMPILER) {
        return absence.of(&format!(
            "the public API, which is written down with {COMPILER}x, and this is {}",
            version.trim()
        ));
    }
    let mut artefacts = Vec::new();
    for (name, features) in CRATES {
        let api = listing(root, name, features)?;
        artefacts.push(Artefact {
            path: format!("crates/{name}/foreign-types.txt"),
            contents: foreign_types(name, &api)?,
        });
        artefacts.push(Artefact {
            path: format!("crates/{name}/public-api.txt"),
            contents: api,
        });
    }
    artefact::settle(root, artefacts, check, "cargo xtask api")
}

/// Every public item, a line each.
fn listing(root: &Path, name: &str, features: &[&str]) -> Result<String, String> {
    // The JSON form is not stable, so it has to be asked for; nothing else of this compiler is used
    // that is not.
    output(
        Command::new("cargo")
            .current_dir(root)
            .args(["rustdoc", "--quiet", "--lib", "-p", name])
            .args(features)
            .args(["--target-dir", "target/api", "--"])
            .args([
                "-Z",
                "unstable-options",
                "--output-format",
                "json",
                "--cap-lints",
                "allow",
            ])
            .env("RUSTC_BOOTSTRAP", "1"),
    )?;
    let json = root.join(format!("target/api/doc/{}.json", name.replace('-', "_")));
    let api = public_api::Builder::from_rustdoc_json(&json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .build()
        .map_err(|error| format!("{}: {error}", json.display()))?;
    Ok(api.items().map(|item| format!("{item}\n")).collect())
}

/// The types of other crates that a listing mentions, each with the reason why it may.
fn foreign_types(name: &str, api: &str) -> Result<String, String> {
    let is_part_of_path = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    let types: BTreeSet<&str> = api
        .split(|letter| !is_part_of_path(letter))
        .map(|path| path.trim_matches(':'))
        .filter(|path| {
            path.split_once("::")
                .is_some_and(|(home, _)| !HOME.contains(&home))
        })
        .collect();
    let mut text = format!(
        "# What of other crates the public API of {name} mentions, and why. A line more is a promise more: think first.\n"
    );
    for path in types {
        let (_, reason) = FOREIGN
            .iter()
            .find(|(home, _)| path.starts_with(home))
            .ok_or_else(|| {
                format!("the public API of {name} mentions {path}: say why in FOREIGN of xtask/src/api.rs, or hide it")
            })?;
        text.push_str(&format!("{path}  # {reason}\n"));
    }
    Ok(text)
}

fn output(command: &mut Command) -> Result<String, String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?} could not be run: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(format!(
            "{command:?} failed: {}",
            String::from_utf8_lossy(&output.stderr)
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::foreign_types;

    #[test]
    fn foreign_types_are_found_wherever_they_stand() {
        let api = "pub fn mobproc::Client::raw(&self) -> core::result::Result<bytes::bytes::Bytes, mobproc::Error>\n\
                   impl serde_core::ser::Serialize for mobproc::SavedConfirmation\n";
        let types = foreign_types("mobproc", api).unwrap();
        let lines: Vec<&str> = types
            .lines()
            .skip(1)
            .filter_map(|line| line.split("  # ").next())
            .collect();
        assert_eq!(lines, ["bytes::bytes::Bytes", "serde_core::ser::Serialize"]);
        let error = foreign_types("mobproc", "pub fn mobproc::f() -> hyper::Body").unwrap_err();
        assert!(error.contains("hyper::Body"), "{error}");
    }
}
