#![no_main]

use std::path::Path;

use mobproc_codegen::{Document, lint};

// Any text as the OpenAPI document: it is parsed and its problems are listed, each with a line.
libfuzzer_sys::fuzz_target!(|input: &str| {
    if let Ok(document) = Document::parse(Path::new("mobproc.yaml"), input) {
        let _ = lint::problems(&document);
    }
});
