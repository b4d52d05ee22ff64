//! A text without errors is printed as a text with the same meaning; errors are bounded and their spans are within the
//! text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use permit_fuzz::lies_in;
use permit_grammar::limits::ERRORS_MAX;
use permit_grammar::span::SourceId;
use permit_grammar::{parse, print, shape};

fuzz_target!(|text: &str| {
    let parsed = parse(SourceId(0), text);
    assert!(parsed.errors.len() <= ERRORS_MAX + 1);
    for error in &parsed.errors {
        assert!(lies_in(error.primary(), text), "{error:?}");
        assert!(error.secondary().is_none_or(|(span, _)| lies_in(span, text)), "{error:?}");
        assert!(!error.message().is_empty() && error.help().is_some_and(|help| !help.is_empty()));
    }
    assert!(parsed.comments.iter().all(|comment| lies_in(comment.span, text)));
    if parsed.errors.is_empty() {
        let printed = print(&parsed.file);
        let again = parse(SourceId(0), &printed);
        assert_eq!(again.errors, [], "{printed}");
        assert_eq!(shape(&parsed.file), shape(&again.file), "{printed}");
    }
});
