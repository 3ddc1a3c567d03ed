//! `cargo xtask regen`: everything that derives from the document.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use mobproc_codegen::{Document, bundle, evidence_table, examples, generate, lint};
use similar::TextDiff;

use crate::say;

/// A diff longer than this is cut; the file itself says the rest.
const DIFF_LINES: usize = 200;

/// A file made from the document.
struct Artefact {
    path: &'static str,
    contents: String,
}

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
    Ok(vec![
        Artefact {
            path: "crates/mobproc-api/src/generated.rs",
            contents: generate(&document).map_err(|error| error.to_string())?,
        },
        Artefact {
            path: "openapi/mobproc.json",
            contents: bundle(&document).map_err(|error| error.to_string())?,
        },
        Artefact {
            path: "openapi/EVIDENCE.md",
            contents: evidence_table(&document),
        },
    ])
}

pub(crate) fn run(root: &Path, check: bool) -> Result<(), String> {
    let mut stale = Vec::new();
    for artefact in artefacts(root)? {
        let path = root.join(artefact.path);
        let present = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(format!("{}: cannot be read: {error}", artefact.path)),
        };
        if present == artefact.contents {
            say(&format!("unchanged  {}", artefact.path));
            continue;
        }
        say(&diff(artefact.path, &present, &artefact.contents));
        if check {
            stale.push(artefact.path);
        } else {
            write(&path, &artefact.contents).map_err(|error| format!("{}: {error}", artefact.path))?;
            say(&format!("written    {}", artefact.path));
        }
    }
    if stale.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "stale: {}. Run `cargo xtask regen` and commit what it writes",
            stale.join(", ")
        ))
    }
}

pub(crate) fn evidence(root: &Path) -> Result<(), String> {
    let document = document(root)?;
    lint::check(&document).map_err(|error| error.to_string())?;
    say(evidence_table(&document).trim_end());
    Ok(())
}

/// Writes a whole file or nothing: a reader never sees half of it.
fn write(path: &Path, contents: &str) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(contents.as_bytes())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.as_file()
            .set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    file.persist(path).map(|_| ()).map_err(|error| error.error)
}

fn diff(path: &str, old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let text = diff
        .unified_diff()
        .context_radius(3)
        .header(
            &format!("{path} (checked in)"),
            &format!("{path} (from the document)"),
        )
        .to_string();
    let lines = text.lines().count();
    let mut shown: Vec<&str> = text.lines().take(DIFF_LINES).collect();
    let rest = lines.saturating_sub(DIFF_LINES);
    let cut = format!("... and {rest} more lines");
    if rest > 0 {
        shown.push(&cut);
    }
    shown.join("\n")
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
