//! What was not checked because something is missing here: it fails the run, or is noted where a
//! person sees it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::say;

/// What to do where something is missing.
pub(crate) struct Absence {
    folder: PathBuf,
    strict: bool,
}

impl Absence {
    pub(crate) fn new(root: &Path, strict: bool) -> Self {
        Self {
            folder: root.join("target/not-checked"),
            strict,
        }
    }

    /// Something was not checked because something is missing that could be there.
    pub(crate) fn of(&self, what: &str) -> Result<(), String> {
        if self.strict {
            return Err(format!("NOT CHECKED: {what}"));
        }
        self.that_cannot_be_helped(what);
        Ok(())
    }

    /// Something was not checked because it needs what no package brings.
    pub(crate) fn that_cannot_be_helped(&self, what: &str) {
        say(&format!("NOT CHECKED: {what}"));
        let name: String = what
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(40)
            .collect();
        // Where even that cannot be written, it has been said above.
        let _ = fs::create_dir_all(&self.folder)
            .and_then(|()| fs::write(self.folder.join(name), format!("{what}\n")));
    }
}
