//! Reading what was recorded: an archive, or one entry a line.

use crate::har::{Entry, Har};

/// Why a recording cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordingError {
    /// It is neither an archive nor entries, one a line.
    #[error("is neither a HAR file nor a recording, one entry a line: {0}")]
    NotARecording(String),
    /// One line is not an entry, and others follow.
    #[error("line {line} is not an entry of a recording: {why}")]
    Line {
        /// Counts from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
}

/// Whether a document looks like an archive: an object with a `log` that has `entries`.
#[must_use]
pub fn is_archive(document: &serde_json::Value) -> bool {
    document
        .pointer("/log/entries")
        .is_some_and(serde_json::Value::is_array)
}

/// Reads a HAR file, or a recording of one entry a line. Of a recording the last line may be torn:
/// the program that wrote it was killed.
///
/// # Errors
///
/// It is neither.
pub fn read(text: &str) -> Result<Vec<Entry>, RecordingError> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let first = text.lines().next().unwrap_or_default();
    if serde_json::from_str::<Entry>(first).is_ok() {
        return read_lines(text);
    }
    match serde_json::from_str::<Har>(text) {
        Ok(archive) => Ok(archive.log.entries),
        // A recording of which only one line was begun.
        Err(_) if text.trim().is_empty() => Ok(Vec::new()),
        Err(error) => Err(RecordingError::NotARecording(told(&error))),
    }
}

fn read_lines(text: &str) -> Result<Vec<Entry>, RecordingError> {
    let lines: Vec<&str> = text.lines().collect();
    let mut entries = Vec::with_capacity(lines.len());
    for (place, line) in lines.iter().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        match serde_json::from_str(line) {
            Ok(entry) => entries.push(entry),
            // Torn by the end of the program that wrote it.
            Err(error) if place + 1 == lines.len() && error.is_eof() && !text.ends_with('\n') => {}
            Err(error) => {
                return Err(RecordingError::Line {
                    line: place + 1,
                    why: told(&error),
                });
            }
        }
    }
    Ok(entries)
}

/// What is wrong, without the value that is: it may be somebody's.
fn told(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends early",
        serde_json::error::Category::Syntax => "it is not valid JSON",
        _ => "a member is missing or of another type",
    };
    format!("{what}, at line {} column {}", error.line(), error.column())
}
