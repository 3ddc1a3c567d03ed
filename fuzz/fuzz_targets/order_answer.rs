#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| mobproc::untrusted::order_answer(input));
