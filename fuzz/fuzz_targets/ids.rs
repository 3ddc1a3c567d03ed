#![no_main]

// An id from a caller keeps to its place in the path, or the request is not built.
libfuzzer_sys::fuzz_target!(|input: &str| mobproc::untrusted::id(input));
