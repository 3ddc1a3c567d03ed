//! `cargo xtask tidy`: licences, bans and sources of dependencies (`deny.toml`), and spelling
//! (`typos.toml`).

use std::path::Path;

use crate::absence::Absence;
use crate::tool::{Tool, from_pypi, run as call};

pub(crate) const DENY: Tool = Tool {
    name: "cargo-deny",
    version: "0.20.2",
};
/// From PyPI, where it comes compiled.
const TYPOS: &str = "typos==1.52.0";

pub(crate) fn run(root: &Path, install: bool, absence: &Absence) -> Result<(), String> {
    let home = root.join("target/tools");
    let typos = home.join("venv/bin/typos");
    if install {
        DENY.install(root)?;
        from_pypi(&home, &[TYPOS])?;
    }
    let mut failed = Vec::new();
    let deny = DENY.path(root);
    if !deny.is_file() {
        missing("cargo-deny", absence)?;
    } else if let Err(error) = call(
        root,
        deny,
        &["--log-level", "error", "check", "licenses", "bans", "sources"],
    ) {
        failed.push(format!(
            "{error}: add the licence to deny.toml if it suits us, or do without the dependency"
        ));
    }
    if !typos.is_file() {
        missing("typos", absence)?;
    } else if let Err(error) = call(root, typos, &["--config", "typos.toml", "--format", "brief"]) {
        failed.push(format!(
            "{error}: `target/tools/venv/bin/typos --write-changes` mends it, typos.toml excuses it"
        ));
    }
    if failed.is_empty() {
        Ok(())
    } else {
        Err(failed.join("; "))
    }
}

fn missing(name: &str, absence: &Absence) -> Result<(), String> {
    absence.of(&format!(
        "{name} was not asked, because it is not installed; `cargo xtask tidy --install` does that"
    ))
}
