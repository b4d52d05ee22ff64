//! `docs/language.md`: every block compiles.

use permit_frontend::render::{Colour, render};
use permit_frontend::{Code, Severity};

use crate::samples::{compiled, fences, sources};

const PAGE: &str = include_str!("../../../../docs/language.md");

/// The most lines of the page.
const LINES_MAX: usize = 750;

#[test]
fn every_block_compiles() {
    let complete = fences(PAGE, "permit");
    let fragments = fences(PAGE, "permit,fragment");
    let [prelude] = fences(PAGE, "permit,prelude").try_into().expect("one prelude");
    assert_eq!(PAGE.matches("```permit").count(), complete.len() + fragments.len() + 1);
    assert!(!complete.is_empty() && !fragments.is_empty());
    let texts = complete.iter().map(ToString::to_string);
    let wrapped = fragments.iter().map(|fragment| format!("{prelude}{fragment}"));
    for text in texts.chain(wrapped) {
        let found = compiled(&text);
        let shown = render(&sources(&text), &found.diagnostics, Colour::Never);
        // A fragment need not use all of the prelude.
        let clean = found.diagnostics.iter().all(|found| found.code == Code::UnusedDeclaration);
        assert!(found.program.is_some() && clean, "{text}\n{shown}");
        assert!(found.diagnostics.iter().all(|found| found.severity == Severity::Warning));
    }
}

#[test]
fn the_page_stays_short() {
    assert!(PAGE.lines().count() <= LINES_MAX);
}
