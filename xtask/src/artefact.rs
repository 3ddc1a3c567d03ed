//! Files that are made and checked in: written when asked, else held against what they should be.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use similar::TextDiff;

use crate::say;

/// A diff longer than this is cut; the file itself says the rest.
const DIFF_LINES: usize = 200;

/// A file that is made from something else.
pub(crate) struct Artefact {
    /// From the top of the workspace.
    pub(crate) path: String,
    pub(crate) contents: String,
}

/// Writes what has changed, or with `check` says what is stale and which command mends it.
pub(crate) fn settle(root: &Path, artefacts: Vec<Artefact>, check: bool, mend: &str) -> Result<(), String> {
    let mut stale = Vec::new();
    for artefact in artefacts {
        let path = root.join(&artefact.path);
        let present = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(format!("{}: cannot be read: {error}", artefact.path)),
        };
        if present == artefact.contents {
            say(&format!("unchanged  {}", artefact.path));
            continue;
        }
        say(&diff(&artefact.path, &present, &artefact.contents));
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
            "stale: {}. Run `{mend}` and commit what it writes",
            stale.join(", ")
        ))
    }
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
            &format!("{path} (as it should be)"),
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
