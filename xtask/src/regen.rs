//! `cargo xtask regen`: everything that derives from the document.

use std::path::{Path, PathBuf};

use mobproc_codegen::{Document, bundle, evidence_table, examples, generate, lint, orders_page};

use crate::artefact::{self, Artefact};
use crate::say;

pub(crate) fn document(root: &Path) -> Result<Document, String> {
    // Messages name the file as people at the top of the workspace would.
    let name = Path::new("openapi/mobproc.yaml");
    let path = root.join(name);
    let path = match std::env::current_dir() {
        Ok(here) => path.strip_prefix(here).map_or(path.clone(), PathBuf::from),
        Err(_) => path,
    };
    Document::read(&path).map_err(|error| error.to_string())
}

/// Makes every artefact, or says all that is wrong with the document before anything is written.
fn artefacts(root: &Path) -> Result<Vec<Artefact>, String> {
    let document = document(root)?;
    lint::check(&document).map_err(|error| error.to_string())?;
    examples::check(&document).map_err(|error| error.to_string())?;
    let json = bundle(&document).map_err(|error| error.to_string())?;
    let path = root.join("openapi/mobproc.yaml");
    let yaml = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(vec![
        Artefact {
            path: "crates/mobproc-api/src/generated.rs".to_owned(),
            contents: generate(&document).map_err(|error| error.to_string())?,
        },
        Artefact {
            path: "openapi/mobproc.json".to_owned(),
            contents: json.clone(),
        },
        // Copies, because a package holds only what is in its folder, and not every system has
        // links.
        Artefact {
            path: "crates/mobproc-api/openapi/mobproc.json".to_owned(),
            contents: json,
        },
        Artefact {
            path: "crates/mobproc-api/openapi/mobproc.yaml".to_owned(),
            contents: yaml,
        },
        Artefact {
            path: "openapi/EVIDENCE.md".to_owned(),
            contents: evidence_table(&document),
        },
        Artefact {
            path: "openapi/ORDERS.md".to_owned(),
            contents: orders_page(&document),
        },
    ])
}

pub(crate) fn run(root: &Path, check: bool) -> Result<(), String> {
    artefact::settle(root, artefacts(root)?, check, "cargo xtask regen")
}

pub(crate) fn evidence(root: &Path) -> Result<(), String> {
    let document = document(root)?;
    lint::check(&document).map_err(|error| error.to_string())?;
    say(evidence_table(&document).trim_end());
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use tempfile::TempDir;

    use super::run;

    /// A copy of what regen reads and writes.
    fn workspace() -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let root = crate::root();
        copy(&root.join("openapi"), &folder.path().join("openapi"));
        let generated = "crates/mobproc-api/src";
        fs::create_dir_all(folder.path().join(generated)).unwrap();
        copy_file(&root, folder.path(), "crates/mobproc-api/src/generated.rs");
        let copies = "crates/mobproc-api/openapi";
        copy(&root.join(copies), &folder.path().join(copies));
        folder
    }

    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                copy(&entry.path(), &target);
            } else {
                fs::copy(entry.path(), target).unwrap();
            }
        }
    }

    fn copy_file(from: &Path, to: &Path, path: &str) {
        fs::copy(from.join(path), to.join(path)).unwrap();
    }

    fn edit(root: &Path, from: &str, to: &str) {
        let path = root.join("openapi/mobproc.yaml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    const GENERATED: &str = "crates/mobproc-api/src/generated.rs";

    fn generated(root: &Path) -> String {
        fs::read_to_string(root.join(GENERATED)).unwrap()
    }

    #[test]
    fn a_change_is_noticed_then_mended() {
        let folder = workspace();
        let root = folder.path();
        run(root, true).unwrap();
        let before = generated(root);
        edit(root, "        logoUrl:\n", "        logoLink:\n");
        let message = run(root, true).unwrap_err();
        assert!(message.contains(GENERATED), "{message}");
        assert!(message.contains("cargo xtask regen"), "{message}");
        assert_eq!(generated(root), before, "--check changes nothing");
        run(root, false).unwrap();
        assert!(generated(root).contains("logo_link"));
        run(root, true).unwrap();
    }

    #[test]
    fn nothing_is_written_from_a_broken_document() {
        let breakages = [
            ("openapi: 3.0.3", "openapi: [3.0.3", "not valid YAML"),
            ("      operationId: me_get\n", "", "[operation-id]"),
            (
                "#/components/schemas/Currency'",
                "#/components/schemas/Money'",
                "[reference]",
            ),
            (
                "examples/orders/upgrade/order.json",
                "examples/orders/upgrade/odrer.json",
                "[example]",
            ),
            // The example does not have what would be required.
            (
                "      required: [amount]",
                "      required: [amount, currencyCode, tax]",
                "[structure]",
            ),
        ];
        for (from, to, part) in breakages {
            let folder = workspace();
            let before = generated(folder.path());
            edit(folder.path(), from, to);
            let message = run(folder.path(), false).unwrap_err();
            assert!(message.contains(part), "{message}");
            assert_eq!(generated(folder.path()), before);
        }
    }

    #[test]
    fn an_example_that_does_not_match_is_located() {
        let folder = workspace();
        let path = folder.path().join("openapi/examples/orders/upgrade/order.json");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("\"8711720\"", "8711720")).unwrap();
        let message = run(folder.path(), false).unwrap_err();
        assert!(
            message.contains("upgrade/order.json does not match its schema at `/order/orderId`"),
            "{message}"
        );
    }
}
