#![no_main]

use std::sync::LazyLock;

use mobproc_conform::{Checker, Subject};

static CHECKER: LazyLock<Checker> = LazyLock::new(Checker::new);

// Any JSON is recognised and held against the document, or nobody knows what it is.
libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    if let Ok(value) = serde_json::from_slice(input) {
        let _ = CHECKER.check(&value, &Subject::Recognise);
    }
});
