//! Almost valid policies: whatever is cut or pasted, the compiler returns, and its spans are within the text.

use std::ops::Range;

use permit_frontend::{Code, DIAGNOSTICS_MAX, Severity, Sources, compile};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

/// The reduced sample, and the one that holds everything else.
const SAMPLES: [&str; 2] = [include_str!("support.permit"), include_str!("whole.permit")];

/// Words and marks that change the meaning of what they land in.
const PASTED: [&str; 24] = [
    "",
    ";",
    "{",
    "}",
    "not ",
    "?",
    "agent",
    "resource",
    "now",
    "within ",
    "1 ",
    " EUR",
    ".tier",
    "?.",
    "present(",
    "[",
    "said(",
    "cap(",
    "caps[",
    " is Order",
    "if ",
    " then ",
    "any(x in ",
    "Address(",
];

proptest! {
    #[test]
    fn a_cut_and_a_paste_never_break_the_compiler(which in 0..SAMPLES.len(), at in any::<prop::sample::Index>(), cut in 0..12_usize, pasted in 0..PASTED.len()) {
        let sample = SAMPLES[which];
        let at = at.index(sample.len());
        let end = (at + cut).min(sample.len());
        prop_assume!(sample.is_char_boundary(at) && sample.is_char_boundary(end));
        answers(&format!("{}{}{}", &sample[..at], PASTED[pasted], &sample[end..]))?;
    }

    #[test]
    fn words_that_change_places_never_break_the_compiler(which in 0..SAMPLES.len(), moves in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..4)) {
        let sample = SAMPLES[which];
        let words = words(sample);
        let mut text = sample.to_owned();
        let mut moves: Vec<_> = moves.iter().map(|(to, from)| (to.get(&words), from.get(&words))).collect();
        // From the back, so that the places before stay what they are.
        moves.sort_by_key(|(to, _)| std::cmp::Reverse(to.start));
        moves.dedup_by_key(|(to, _)| to.start);
        for (to, from) in moves {
            text.replace_range(to.clone(), &sample[from.clone()]);
        }
        answers(&text)?;
    }
}

/// Whether the compiler gives a program or errors, each within its bounds.
fn answers(text: &str) -> Result<(), TestCaseError> {
    let compiled = compile(&Sources::single("p", text).unwrap());
    prop_assert!(compiled.diagnostics.len() <= DIAGNOSTICS_MAX);
    let errors = compiled.diagnostics.iter().any(|found| found.severity == Severity::Error);
    prop_assert_eq!(compiled.program.is_none(), errors);
    for diagnostic in &compiled.diagnostics {
        for label in diagnostic.secondary.iter().chain([&diagnostic.primary]) {
            prop_assert!(text.get(label.span.range()).is_some(), "{:?}", diagnostic);
        }
        prop_assert!(diagnostic.help.is_some());
        // What the checker takes, the verifier takes.
        prop_assert_ne!(diagnostic.code, Code::TooLarge, "{}\n{}", diagnostic.message, text);
    }
    Ok(())
}

/// The words and numbers of the sample behind its comment.
fn words(sample: &str) -> Vec<Range<usize>> {
    let mut words: Vec<Range<usize>> = Vec::new();
    let start = sample.find("edition").unwrap();
    for (at, c) in sample.char_indices().skip_while(|(at, _)| *at < start) {
        match words.last_mut() {
            Some(word) if word.end == at && (c.is_alphanumeric() || "_.".contains(c)) => {
                word.end = at + c.len_utf8()
            }
            _ if c.is_alphanumeric() => words.push(at..at + c.len_utf8()),
            _ => {}
        }
    }
    words
}
