//! Each way of forging the proof that nobody is being impersonated, or of building a verifier that is blind: none compiles.

#[test]
fn nothing_can_be_forged() {
    trybuild::TestCases::new().compile_fail("compile_fail/*.rs");
}
