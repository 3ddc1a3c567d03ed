//! `cargo xtask package`: packs every crate that is published, and lets a project of somebody
//! else's use what came out.

use std::path::Path;
use std::process::Command;

use crate::say;
use crate::tool::{ran, run as call};

/// In the order they would be published.
const PUBLISHED: [&str; 9] = [
    "mobproc-codegen",
    "mobproc-api",
    "mobproc-har",
    "mobproc-sandbox",
    "mobproc",
    "mobproc-recorder",
    "mobproc-conform",
    "mobproc-rollout",
    "mobproc-cli",
];
/// The version of all of them, as everything that cargo sets from the workspace.
const VERSION: &str = env!("CARGO_PKG_VERSION");

pub(crate) fn run(root: &Path) -> Result<(), String> {
    // Packed anew, or cargo would unpack over what is there.
    let packed = root.join("target/package");
    let unpacked = root.join("target/unpacked");
    for folder in [&packed, &unpacked] {
        if folder.exists() {
            std::fs::remove_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
    }
    std::fs::create_dir_all(&unpacked).map_err(|error| format!("{}: {error}", unpacked.display()))?;
    // What is packed is compiled below, by the project that uses it.
    let mut arguments = vec![
        "package",
        "--quiet",
        "--no-verify",
        "--allow-dirty",
        "--target-dir",
        "target",
    ];
    for name in PUBLISHED {
        arguments.extend(["-p", name]);
    }
    call(root, "cargo", &arguments)?;

    let mut test = Command::new("cargo");
    test.args([
        "test",
        "--quiet",
        "--manifest-path",
        "tests/outside/Cargo.toml",
        "--target-dir",
        "target",
    ]);
    for name in PUBLISHED {
        let archive = packed
            .join(format!("{name}-{VERSION}.crate"))
            .display()
            .to_string();
        call(
            root,
            "tar",
            &["-xf", &archive, "-C", &unpacked.display().to_string()],
        )?;
        let crate_root = unpacked.join(format!("{name}-{VERSION}"));
        test.arg("--config");
        test.arg(format!(
            "patch.crates-io.{name}.path={:?}",
            crate_root.display().to_string()
        ));
    }
    // The same dependencies as everywhere.
    std::fs::copy(root.join("Cargo.lock"), root.join("tests/outside/Cargo.lock"))
        .map_err(|error| format!("tests/outside/Cargo.lock: {error}"))?;
    ran(root, &mut test)?;
    say(&format!(
        "packed, unpacked and used by tests/outside: {}",
        PUBLISHED.join(", ")
    ));
    Ok(())
}
