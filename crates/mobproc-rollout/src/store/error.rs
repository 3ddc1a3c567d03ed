//! Why a rollout did not do what it was asked for.

use std::path::PathBuf;

use super::tables;
use crate::state::Refusal;

/// Why a rollout did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RolloutError {
    /// The database cannot be used. What was not told as done was not done.
    #[error("{place} cannot be used: {}", causes(source.as_ref()))]
    Unusable {
        /// Which, without a password.
        place: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// There is no such file.
    #[error("there is no rollout {}", path.display())]
    NoFile {
        /// Which.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("{} is no rollout; `rollout plan` makes one from a sheet", path.display())]
    NoRollout {
        /// Which.
        path: PathBuf,
    },
    /// It was written by a later version.
    #[error("{place} is of version {found}; this program reads up to {}", tables::VERSION)]
    Version {
        /// Which.
        place: String,
        /// Its version.
        found: i64,
    },
    /// There is no rollout of that name.
    #[error("{place} has no rollout {name:?}")]
    NotFound {
        /// Where.
        place: String,
        /// The name.
        name: String,
    },
    /// There is a rollout of that name already.
    #[error("{place} has a rollout {name:?} already")]
    Exists {
        /// Where.
        place: String,
        /// The name.
        name: String,
    },
    /// Another program is working on it.
    #[error("another program is working on {place}")]
    Busy {
        /// Which.
        place: String,
    },
    /// There is no such row.
    #[error("the rollout has no row {0}")]
    NoRow(u32),
    /// The state does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Somebody else changed it in between.
    #[error("somebody else has changed it in between")]
    Overtaken,
    /// What is written cannot be read.
    #[error("{place} holds {what} that cannot be read")]
    Corrupt {
        /// Which.
        place: String,
        /// What.
        what: &'static str,
    },
    /// It is not as far, or further, than it has to be.
    #[error("{0}")]
    Stage(String),
    /// The sheet cannot be read or written.
    #[error(transparent)]
    Sheet(#[from] crate::sheet::SheetError),
    /// The server could not be asked.
    #[error(transparent)]
    Api(#[from] mobproc::Error),
}

/// An error with what is behind it.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(deeper) = cause {
        let more = deeper.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = deeper.source();
    }
    text
}
