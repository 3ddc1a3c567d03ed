#![no_main]

// What a token server answers is used or refused, and what is used can stand in a header.
libfuzzer_sys::fuzz_target!(|input: &[u8]| mobproc::untrusted::token_answer(input));
