//! Spreadsheets: XLSX and CSV, read and written row by row.

mod read;
mod write;

use std::fmt;
use std::path::PathBuf;

pub use read::{Sheet, SheetRow};
pub use write::{Heading, SheetWriter};

/// Rows that a sheet may have: as many as spreadsheet programs do.
pub const MOST_ROWS: u32 = 1_048_576;
/// Columns that a sheet may have.
pub const MOST_COLUMNS: usize = 256;
/// Characters that a cell may hold: as many as spreadsheet programs allow.
pub const LONGEST_CELL: usize = 32_767;

/// What a cell holds.
#[derive(Clone, PartialEq, Eq, Default)]
#[allow(clippy::exhaustive_enums, reason = "there is nothing else in a cell")]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// A text, or a number as text, without blanks at its ends.
    Text(String),
    /// Something that cannot be taken as it was meant, such as a number of more digits than
    /// spreadsheets keep.
    Unusable {
        /// Why.
        why: &'static str,
        /// What stands there, as far as that can be told.
        shown: String,
    },
}

impl Cell {
    /// What stands there; empty where nothing does.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Unusable { shown: text, .. } => text,
            Self::Empty => "",
        }
    }
}

/// Whether it is empty, and not what it holds, which may be personal.
impl fmt::Debug for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Empty",
            Self::Text(_) => "Text([personal])",
            Self::Unusable { .. } => "Unusable",
        })
    }
}

/// Which file it is, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Csv,
    Xlsx,
}

impl Form {
    fn of(path: &std::path::Path) -> Option<Self> {
        let extension = path.extension()?.to_str()?.to_lowercase();
        match extension.as_str() {
            "csv" | "tsv" | "txt" => Some(Self::Csv),
            "xlsx" | "xlsm" => Some(Self::Xlsx),
            _ => None,
        }
    }
}

/// Why a spreadsheet cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SheetError {
    /// The name does not say what it is.
    #[error("{}: is neither .xlsx nor .csv by its name", path.display())]
    UnknownForm {
        /// The file.
        path: PathBuf,
    },
    /// The file cannot be used.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not what its name says, or damaged.
    #[error("{}: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        what: String,
    },
}

/// The name of a column as spreadsheets show it: `A` for 0, `AA` for 26.
#[must_use]
pub fn column_name(mut column: usize) -> String {
    let mut letters = Vec::new();
    loop {
        let letter = u8::try_from(column % 26).unwrap_or_default();
        letters.push(char::from(b'A' + letter));
        if column < 26 {
            break;
        }
        column = column / 26 - 1;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests;
