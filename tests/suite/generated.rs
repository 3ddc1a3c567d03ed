//! The checked-in client is what the document generates.

use mobproc_tests::{root, text};

#[test]
fn the_checked_in_client_is_the_generated_one() {
    let fresh = mobproc_codegen::generate_from(&root().join("openapi/mobproc.yaml")).unwrap();
    assert!(
        fresh == text("crates/mobproc-api/src/generated.rs"),
        "crates/mobproc-api/src/generated.rs is stale: run `cargo xtask regen` and commit what it writes"
    );
}

#[test]
fn the_generator_named_in_the_header_is_the_one_that_is_used() {
    let lock = text("Cargo.lock");
    let (name, version) = mobproc_codegen::GENERATOR.split_once(' ').unwrap();
    assert!(
        lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"")),
        "GENERATOR in mobproc-codegen says {name} {version}, Cargo.lock says otherwise"
    );
}
