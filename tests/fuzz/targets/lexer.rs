//! Tokens are in the order of the text, do not overlap, and begin and end at character boundaries.

#![no_main]

use libfuzzer_sys::fuzz_target;
use permit_fuzz::lies_in;
use permit_grammar::span::SourceId;

fuzz_target!(|text: &str| {
    let tokens = permit_grammar::tokens(SourceId(0), text);
    for token in &tokens {
        assert!(token.start < token.end && lies_in(*token, text), "{token:?}");
    }
    assert!(tokens.is_sorted_by(|one, next| one.end <= next.start));
});
