//! The compiler returns a program or errors; the number of diagnostics is bounded, and their spans are within the text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use permit_frontend::render::{Colour, render};
use permit_frontend::{Code, DIAGNOSTICS_MAX, Severity, Sources, compile};
use permit_fuzz::lies_in;

fuzz_target!(|text: &str| {
    let Ok(sources) = Sources::single("fuzzed.permit", text) else { return };
    let compiled = compile(&sources);
    assert!(compiled.diagnostics.len() <= DIAGNOSTICS_MAX);
    let errors = compiled.diagnostics.iter().any(|found| found.severity == Severity::Error);
    assert_eq!(compiled.program.is_none(), errors);
    for diagnostic in &compiled.diagnostics {
        for label in diagnostic.secondary.iter().chain([&diagnostic.primary]) {
            assert!(lies_in(label.span, text), "{diagnostic:?}");
        }
        assert!(diagnostic.help.is_some(), "{diagnostic:?}");
        // What the checker takes, the verifier takes, unless there is too much of it.
        let of_size = ["more than ", "costs ", "not all of it fits"]
            .iter()
            .any(|words| diagnostic.message.contains(words));
        assert!(diagnostic.code != Code::TooLarge || of_size, "{diagnostic:?}");
    }
    assert_eq!(
        render(&sources, &compiled.diagnostics, Colour::Never).is_empty(),
        compiled.diagnostics.is_empty()
    );
});
