//! Decoding and encoding is the identity, on every example there is.

use std::fs;
use std::path::Path;

use mobproc_conform::{Checker, Subject};
use mobproc_tests::{root, shared_examples};

/// Differences that are accepted, field by field, with their reason. The list only shrinks.
const ACCEPTED: [(&str, &str); 0] = [];

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
}

fn check(folder: &Path) -> usize {
    let checker = Checker::new();
    let mut found = Vec::new();
    files(folder, &mut found);
    for path in &found {
        let text = fs::read_to_string(path).unwrap();
        let value = serde_json::from_str(&text).unwrap();
        let mut report = checker.check(&value, &Subject::Recognise).unwrap();
        report.differences.retain(|difference| {
            !ACCEPTED
                .iter()
                .any(|(accepted, _)| difference.starts_with(accepted))
        });
        assert!(report.is_good(), "{}: {report:#?}", path.display());
    }
    found.len()
}

#[test]
fn our_own_examples() {
    assert!(check(&root().join("openapi/examples")) >= 70);
}

/// Where the documented ones stand beside the project; nowhere else are they to be had.
#[test]
fn the_documented_examples() {
    if let Some(folder) = shared_examples() {
        assert!(check(&folder) >= 35);
    }
}
