//! From the OpenAPI document to the Rust client of `mobproc-api`.
//!
//! One pipeline of small named steps: read the YAML ([`Document`]), hold it against the rules
//! ([`lint`]), bend it into what the generator supports (`transform`), run progenitor
//! (`generator`), finish its output (`passes`), and add what it cannot make: open enums, the
//! operation table and the order rules. Used by the build script of `mobproc-api` and by
//! `cargo xtask`; no shipped crate links it.

mod bundle;
mod document;
mod error;
mod evidence;
#[cfg(feature = "examples")]
pub mod examples;
mod generator;
pub mod lint;
mod open_enums;
mod operations;
mod order_rules;
mod passes;
mod reading;
mod request_types;
mod requests;
mod schema;
mod syntax;
mod transform;

pub use bundle::{Example, bundle, examples as documented_examples};
pub use document::Document;
pub use error::{Error, Problem};
pub use evidence::table as evidence_table;
pub use generator::{GENERATOR, generate};
pub use order_rules::page as orders_page;

/// Everything but the examples, in one call: reads the document, lints it and generates the client.
///
/// # Errors
///
/// Whatever is wrong, located; see [`Error`].
pub fn generate_from(path: &std::path::Path) -> Result<String, Error> {
    let document = Document::read(path)?;
    lint::check(&document)?;
    generate(&document)
}
