//! What must not compile, with the message that says why, and a control that does.

#[test]
fn a_forgotten_outcome_does_not_compile() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/compile/forgotten_outcome.rs");
    cases.pass("tests/compile/every_outcome.rs");
}
