//! Glob matching agrees with dynamic programming over prefixes of glob and text; an identity pattern is such a glob.

#![no_main]

use libfuzzer_sys::fuzz_target;
use permit_ir::glob;
use permit_ir::identity::IdentityPattern;

fuzz_target!(|input: &str| {
    let (pattern, text) = input.split_once('\n').unwrap_or((input, ""));
    // The table has a cell for each pair of places.
    if pattern.len().saturating_mul(text.len()) > 1 << 20 {
        return;
    }
    let expected = naive(pattern.as_bytes(), text.as_bytes());
    assert_eq!(glob::matches(pattern, text), expected, "{pattern:?} against {text:?}");
    if let Ok(identity) = IdentityPattern::parse(pattern) {
        assert_eq!(identity.matches(text), expected, "{pattern:?} against {text:?}");
    }
});

/// Whether the text matches, letter by letter: after each letter of the glob, which beginnings of the text match so far.
fn naive(pattern: &[u8], text: &[u8]) -> bool {
    let mut matched = vec![false; text.len() + 1];
    matched[0] = true;
    for &letter in pattern {
        let mut next = vec![false; matched.len()];
        for end in 0..matched.len() {
            next[end] = if letter == b'*' {
                matched[end] || (end > 0 && next[end - 1])
            } else {
                end > 0 && matched[end - 1] && text[end - 1] == letter
            };
        }
        matched = next;
    }
    matched[text.len()]
}
