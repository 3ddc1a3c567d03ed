#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| mobproc::untrusted::link(input));
