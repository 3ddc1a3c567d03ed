//! Generates the client from the OpenAPI document, unless the checked-in copy is asked for.

#[cfg(not(feature = "codegen"))]
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}

#[cfg(feature = "codegen")]
fn main() {
    use std::path::PathBuf;

    // The document itself, where this crate stands in its workspace; its copy in a package.
    let home = PathBuf::from("../../openapi/mobproc.yaml");
    let document = if home.is_file() {
        home
    } else {
        PathBuf::from("openapi/mobproc.yaml")
    };
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", document.display());
    let target = std::env::var_os("OUT_DIR").map(PathBuf::from);
    let outcome = mobproc_codegen::generate_from(&document)
        .map_err(|error| error.to_string())
        .and_then(|code| {
            let target = target.ok_or("cargo sets OUT_DIR for build scripts")?;
            std::fs::write(target.join("generated.rs"), code).map_err(|error| error.to_string())
        });
    if let Err(message) = outcome {
        for line in message.lines() {
            println!("cargo::error={line}");
        }
    }
}
