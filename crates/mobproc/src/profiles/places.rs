//! Where files are.

use std::env;
use std::path::PathBuf;

use etcetera::BaseStrategy as _;

use crate::error::Error;

/// Names the file of profiles.
pub(super) const CONFIG: &str = "MOBPROC_CONFIG";
/// Names the folder of the journal.
const STATE: &str = "MOBPROC_STATE";

fn set(name: &str) -> Option<PathBuf> {
    env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn strategy() -> Result<impl etcetera::BaseStrategy, Error> {
    etcetera::choose_base_strategy()
        .map_err(|_| Error::configuration(format!("there is no home folder; name a file in {CONFIG}")))
}

/// The file of profiles: `MOBPROC_CONFIG`, or `mobproc/config.toml` where the system keeps
/// settings (`$XDG_CONFIG_HOME`, or `~/.config`).
///
/// # Errors
///
/// There is no home folder.
pub fn config_file() -> Result<PathBuf, Error> {
    match set(CONFIG) {
        Some(path) => Ok(path),
        None => Ok(strategy()?.config_dir().join("mobproc").join("config.toml")),
    }
}

/// The folder in which programs remember what they have ordered: `MOBPROC_STATE`, or `mobproc`
/// where the system keeps such things (`$XDG_STATE_HOME`, or `~/.local/state`).
///
/// # Errors
///
/// There is no home folder, or the variable is a relative path.
pub fn state_folder() -> Result<PathBuf, Error> {
    if let Some(path) = set(STATE) {
        // From another folder it would be another, which remembers nothing of the first.
        if path.is_relative() {
            return Err(Error::configuration(format!(
                "{STATE} is a relative path; name it from the root on"
            )));
        }
        return Ok(path);
    }
    let strategy = strategy()?;
    let folder = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
    Ok(folder.join("mobproc"))
}
