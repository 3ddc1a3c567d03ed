#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| mobproc::untrusted::file(input));
