//! Where library code may panic, and why it does not. Issue 13, point 22.

use std::fs;
use std::path::Path;

use mobproc_tests::root;

/// The code of a file without its tests, which stand last.
fn library_code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    match text.find("#[cfg(test)]\nmod tests") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every `expect` of the libraries that people link, with the invariant it states; nothing else that
/// panics. A line that is added is reviewed here.
#[test]
fn every_place_that_could_panic_states_why_it_does_not() {
    let mut said = Vec::new();
    for name in ["mobproc-api", "mobproc"] {
        let folder = root().join("crates").join(name).join("src");
        let mut found = Vec::new();
        sources(&folder, &mut found);
        found.sort();
        for path in found {
            let shown = path
                .strip_prefix(root().join("crates"))
                .unwrap()
                .display()
                .to_string();
            // Entry points for tests and fuzzing, which are not there otherwise.
            if shown.ends_with("untrusted.rs") {
                continue;
            }
            let code = library_code(&path);
            let mut is_for_tests = false;
            for line in code.lines() {
                let trimmed = line.trim();
                if trimmed.starts_with("//") {
                    continue;
                }
                is_for_tests =
                    (is_for_tests || trimmed.starts_with("#[cfg(any(test, fuzzing))]")) && line != "}";
                let panics = [
                    "unreachable!",
                    "unimplemented!",
                    "todo!",
                    "panic!",
                    "assert!(",
                    "assert_eq!(",
                    "assert_ne!(",
                ];
                assert!(
                    is_for_tests || !panics.iter().any(|panic| trimmed.contains(panic)),
                    "{shown}: {trimmed}"
                );
                if let Some((_, message)) = trimmed.split_once(".expect(")
                    && !is_for_tests
                {
                    said.push(format!("{shown}: {message}"));
                }
            }
        }
    }
    insta::assert_snapshot!(said.join("\n"));
}
