#![no_main]

// A rule for the sandbox: what is read can be written, and means the same then.
libfuzzer_sys::fuzz_target!(|input: &str| {
    if let Ok(rule) = input.parse::<mobproc_sandbox::Rule>() {
        let again: mobproc_sandbox::Rule = rule.to_string().parse().expect("it was a rule");
        assert_eq!(again.to_string(), rule.to_string());
    }
});
