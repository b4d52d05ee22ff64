#[test]
fn the_sample_is_a_verified_program() {
    assert_eq!(crate::sample::verified().map(|p| p.into_program()), Ok(crate::sample::program()));
}
