//! Texts that are almost policies: whatever is cut or pasted, the compiler answers and points into the text.

use permit_frontend::{DIAGNOSTICS_MAX, Severity, Sources, compile};
use proptest::prelude::*;

const SAMPLE: &str = include_str!("support.permit");

/// Words and marks that change the meaning of what they land in.
const PASTED: [&str; 16] = [
    "", ";", "{", "}", "not ", "?", "agent", "resource", "now", "within ", "1 ", " EUR", ".tier", "?.",
    "present(", "[",
];

proptest! {
    #[test]
    fn a_cut_and_a_paste_never_break_the_compiler(at in 0..SAMPLE.len(), cut in 0..12_usize, pasted in 0..PASTED.len()) {
        let end = (at + cut).min(SAMPLE.len());
        prop_assume!(SAMPLE.is_char_boundary(at) && SAMPLE.is_char_boundary(end));
        let text = format!("{}{}{}", &SAMPLE[..at], PASTED[pasted], &SAMPLE[end..]);
        let compiled = compile(&Sources::single("p", text.clone()).unwrap());
        prop_assert!(compiled.diagnostics.len() <= DIAGNOSTICS_MAX);
        let errors = compiled.diagnostics.iter().any(|found| found.severity == Severity::Error);
        prop_assert_eq!(compiled.program.is_none(), errors);
        for diagnostic in &compiled.diagnostics {
            for label in diagnostic.secondary.iter().chain([&diagnostic.primary]) {
                prop_assert!(text.get(label.span.range()).is_some(), "{:?}", diagnostic);
            }
            prop_assert!(diagnostic.help.is_some());
        }
    }
}
