//! `cargo xtask api`: the public API of the crates as text, for review, and the foreign types `mobproc` shows its users.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use crate::artefact::{self, Artefact};
use crate::say;

/// What users depend on. The types of `mobproc-api` are those of `mobproc`'s answers.
const CRATES: [&str; 2] = ["mobproc-api", "mobproc"];
/// Crates whose names in the API are our own or the language's.
const HOME: [&str; 5] = ["mobproc", "mobproc_api", "core", "alloc", "std"];
/// The compiler whose JSON the reading library knows. Others write another form, and their standard library has other
/// names.
const COMPILER: &str = "rustc 1.95.";

pub(crate) fn run(root: &Path, check: bool) -> Result<(), String> {
    let version = output(Command::new("rustc").arg("--version"))?;
    if !version.starts_with(COMPILER) {
        say(&format!(
            "NOT CHECKED: the public API is written down with {COMPILER}x, and this is {}",
            version.trim()
        ));
        return Ok(());
    }
    let mut artefacts = Vec::new();
    for name in CRATES {
        let api = listing(root, name)?;
        if name == "mobproc" {
            artefacts.push(Artefact {
                path: "crates/mobproc/foreign-types.txt".to_owned(),
                contents: foreign_types(&api),
            });
        }
        artefacts.push(Artefact {
            path: format!("crates/{name}/public-api.txt"),
            contents: api,
        });
    }
    artefact::settle(root, artefacts, check, "cargo xtask api")
}

/// Every public item, a line each.
fn listing(root: &Path, name: &str) -> Result<String, String> {
    // The JSON form is not stable, so it has to be asked for; nothing else of this compiler is used that is not.
    output(
        Command::new("cargo")
            .current_dir(root)
            .args(["rustdoc", "--quiet", "--lib", "--no-default-features", "-p", name])
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

/// The types of other crates that a listing mentions: their next major version is one of ours.
fn foreign_types(api: &str) -> String {
    let is_part_of_path = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    let types: BTreeSet<&str> = api
        .split(|letter| !is_part_of_path(letter))
        .map(|path| path.trim_matches(':'))
        .filter(|path| {
            path.split_once("::")
                .is_some_and(|(home, _)| !HOME.contains(&home))
        })
        .collect();
    let mut text = "# What of other crates the public API of mobproc mentions. A line more is a promise more: think first.\n".to_owned();
    for path in types {
        text.push_str(path);
        text.push('\n');
    }
    text
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
        let types = foreign_types(api);
        let lines: Vec<&str> = types.lines().skip(1).collect();
        assert_eq!(lines, ["bytes::bytes::Bytes", "serde_core::ser::Serialize"]);
    }
}
