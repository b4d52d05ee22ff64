//! Formatting changes neither tree nor comments, and formatting is idempotent.

#![no_main]

use libfuzzer_sys::fuzz_target;
use permit_grammar::span::SourceId;
use permit_grammar::{Parsed, format, parse, shape};

fuzz_target!(|text: &str| {
    let before = parse(SourceId(0), text);
    let Ok(once) = format(SourceId(0), text) else {
        assert!(!before.errors.is_empty());
        return;
    };
    let after = parse(SourceId(0), &once);
    assert_eq!(after.errors, [], "{once}");
    assert_eq!(shape(&before.file), shape(&after.file), "{once}");
    let comments =
        |parsed: &Parsed| parsed.comments.iter().map(|comment| comment.text.clone()).collect::<Vec<_>>();
    assert_eq!(comments(&before), comments(&after), "{once}");
    assert_eq!(format(SourceId(0), &once).as_ref(), Ok(&once));
});
