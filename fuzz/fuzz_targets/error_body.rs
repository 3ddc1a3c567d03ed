#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mobproc::hostile::error_body(input));
