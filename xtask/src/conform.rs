//! `cargo xtask conform`: the binary of `mobproc-conform`, which needs the client to compile, where
//! this must not.

use std::env;
use std::process::Command;

pub(crate) fn run(arguments: &[String]) -> Result<(), String> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["run", "--quiet", "--package", "mobproc-conform", "--"])
        .args(arguments)
        .status()
        .map_err(|error| format!("cargo could not be run: {error}"))?;
    if status.success() {
        Ok(())
    } else {
        Err("not everything conforms".to_owned())
    }
}
