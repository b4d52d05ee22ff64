//! Tests of the parser as a whole.

use crate::parse;
use crate::span::SourceId;

const SAMPLE: &str = include_str!("../../tests/support.permit");

#[test]
fn the_sample_parses_without_an_error() {
    let parsed = parse(SourceId(0), SAMPLE);
    assert_eq!(parsed.errors, []);
    assert_eq!(parsed.file.items.len(), 18);
}
