#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| mobproc::hostile::link(input));
