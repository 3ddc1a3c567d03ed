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

fn document(root: &Path) -> Result<Document, String> {
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
