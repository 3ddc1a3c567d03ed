//! `cargo xtask msrv`: the minimum Rust version that users need is the one that is declared.
//!
//! No older compiler is at hand to try it with, so it is held by what can be known: the greatest
//! `rust-version` among the dependencies that users compile. Clippy's `incompatible_msrv` sees to
//! our own code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::say;

/// What users depend on.
const SHIPPED: &str = "mobproc";
/// Only for work on the document: users get the checked-in client.
const NOT_SHIPPED: &str = "mobproc-codegen";

pub(crate) fn run(root: &Path) -> Result<(), String> {
    let output = Command::new("cargo")
        .current_dir(root)
        .args(["metadata", "--format-version", "1", "--locked"])
        .output()
        .map_err(|error| format!("cargo metadata could not be run: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let metadata: Value =
        serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))?;
    let (declared, needed, by) = versions(&metadata)?;
    if declared == needed {
        say(&format!(
            "{SHIPPED} declares Rust {}, which {by} needs",
            shown(&declared)
        ));
        Ok(())
    } else {
        Err(format!(
            "{SHIPPED} declares Rust {}, and of what users compile {by} needs {} most: set rust-version in Cargo.toml, \
             and say so in the README and the changelog",
            shown(&declared),
            shown(&needed)
        ))
    }
}

type Version = Vec<u32>;

fn shown(version: &Version) -> String {
    let parts: Vec<String> = version.iter().map(ToString::to_string).collect();
    parts.join(".")
}

/// Major and minor; a patch release asks for no other language.
fn version(text: &str) -> Version {
    text.split('.')
        .take(2)
        .filter_map(|part| part.parse().ok())
        .collect()
}

/// What is declared, what is needed, and the package that needs it.
fn versions(metadata: &Value) -> Result<(Version, Version, String), String> {
    let list = |value: &Value, pointer: &str| {
        value
            .pointer(pointer)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let text = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let packages: BTreeMap<String, (String, Version)> = list(metadata, "/packages")
        .iter()
        .map(|package| {
            let needs = version(&text(package, "rust_version"));
            (text(package, "id"), (text(package, "name"), needs))
        })
        .collect();
    let nodes: BTreeMap<String, Vec<String>> = list(metadata, "/resolve/nodes")
        .iter()
        .map(|node| {
            let needs = list(node, "/deps")
                .iter()
                .filter(|dep| {
                    list(dep, "/dep_kinds")
                        .iter()
                        .any(|kind| kind.get("kind").is_none_or(|kind| kind != "dev"))
                })
                .map(|dep| text(dep, "pkg"))
                .collect();
            (text(node, "id"), needs)
        })
        .collect();
    let (start, (_, declared)) = packages
        .iter()
        .find(|(_, (name, _))| name == SHIPPED)
        .ok_or_else(|| format!("there is no package {SHIPPED}"))?;
    let mut seen = BTreeSet::new();
    let mut waiting = vec![start.clone()];
    let mut needed = (Version::new(), String::new());
    while let Some(id) = waiting.pop() {
        let Some((name, needs)) = packages.get(&id) else {
            continue;
        };
        if name == NOT_SHIPPED || !seen.insert(id.clone()) {
            continue;
        }
        let is_ours = name.starts_with(SHIPPED);
        if !is_ours && *needs > needed.0 {
            needed = (needs.clone(), name.clone());
        }
        waiting.extend(nodes.get(&id).cloned().unwrap_or_default());
    }
    Ok((declared.clone(), needed.0, needed.1))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::versions;

    #[test]
    fn what_only_the_generator_needs_does_not_count() {
        let dep = |id: &str, kind: Option<&str>| json!({ "pkg": id, "dep_kinds": [{ "kind": kind }] });
        let package =
            |id: &str, name: &str, needs: &str| json!({ "id": id, "name": name, "rust_version": needs });
        let metadata = json!({
            "packages": [
                package("m", "mobproc", "1.85"),
                package("a", "mobproc-api", "1.85"),
                package("g", "mobproc-codegen", "1.95"),
                package("y", "yaml", "1.95"),
                package("t", "tester", "1.94"),
                package("u", "uuid", "1.85.1"),
            ],
            "resolve": { "nodes": [
                { "id": "m", "deps": [dep("a", None), dep("t", Some("dev"))] },
                { "id": "a", "deps": [dep("g", Some("build")), dep("u", None)] },
                { "id": "g", "deps": [dep("y", None)] },
            ] },
        });
        assert_eq!(
            versions(&metadata).unwrap(),
            (vec![1, 85], vec![1, 85], "uuid".to_owned())
        );
    }
}
