#![no_main]

// Definitions from the server, and an answer to all of them after a zero byte.
libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(2, |byte| *byte == 0);
    let definitions = parts.next().unwrap_or_default();
    let answer = String::from_utf8_lossy(parts.next().unwrap_or_default());
    mobproc::untrusted::form(definitions, &answer);
});
