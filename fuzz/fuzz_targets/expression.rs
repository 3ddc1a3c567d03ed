#![no_main]

// The expression is the first line, what somebody typed is the rest.
libfuzzer_sys::fuzz_target!(|input: &str| {
    let (expression, text) = input.split_once('\n').unwrap_or((input, ""));
    mobproc::untrusted::expression(expression, text);
});
