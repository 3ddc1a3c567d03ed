#![no_main]

use mobproc_conform::Drift;
use mobproc_har::{Document, read, redact};

// Any text is a recording or is refused; one that is can be redacted, searched and judged.
libfuzzer_sys::fuzz_target!(|input: &str| {
    if let Ok(entries) = read(input) {
        let _ = redact(&entries, Document::built_in());
        let _ = Drift::of(&entries, Document::built_in());
    }
});
