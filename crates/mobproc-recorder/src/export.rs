//! From a raw recording to a file that may be given away.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use mobproc_har::{Document, LeakError, RecordingError, read, redact};

/// What was exported.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exported {
    /// How many requests it holds.
    pub entries: usize,
    /// How many different values were replaced.
    pub replaced: usize,
    /// Whether the raw recording was removed.
    pub removed: bool,
}

/// Why nothing was exported. The raw recording is still there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// A file cannot be read or written.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no recording.
    #[error("{path} {source}", path = path.display())]
    Recording {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        source: RecordingError,
    },
    /// There is nothing in it.
    #[error("{path}: there is no request in it", path = path.display())]
    Empty {
        /// Which file.
        path: PathBuf,
    },
    /// The result would hold values it must not. Nothing was written.
    #[error("nothing was exported: {0}")]
    Leak(#[from] LeakError),
}

/// Writes a recording as a redacted HAR file, whole or not at all, and removes the raw recording
/// unless it is to be kept.
///
/// # Errors
///
/// A file cannot be read or written, or the result would hold a value it must not. The raw recording
/// is still there then.
pub fn export(raw: &Path, to: &Path, keep_raw: bool) -> Result<Exported, ExportError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| ExportError::File { path, source }
    };
    let text = fs::read_to_string(raw).map_err(failed(raw))?;
    let entries = read(&text).map_err(|source| ExportError::Recording {
        path: raw.to_owned(),
        source,
    })?;
    if entries.is_empty() {
        return Err(ExportError::Empty { path: raw.to_owned() });
    }
    let redacted = redact(&entries, Document::built_in())?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).map_err(failed(to))?;
    file.write_all(redacted.text.as_bytes()).map_err(failed(to))?;
    file.as_file().sync_all().map_err(failed(to))?;
    file.persist(to).map_err(|error| failed(to)(error.error))?;
    if !keep_raw {
        // Where a link leads to is what holds it.
        let held = fs::canonicalize(raw).map_err(failed(raw))?;
        fs::remove_file(&held).map_err(failed(raw))?;
        if held != raw && fs::symlink_metadata(raw).is_ok_and(|data| data.file_type().is_symlink()) {
            fs::remove_file(raw).map_err(failed(raw))?;
        }
    }
    Ok(Exported {
        entries: entries.len(),
        replaced: redacted.replaced,
        removed: !keep_raw,
    })
}
