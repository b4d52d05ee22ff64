//! Compiled programs, in the text form of the IR.

use permit_frontend::render::{Colour, render};
use permit_frontend::{Sources, compile};

#[test]
fn the_sample_becomes_this_program() {
    let sources = Sources::single("support.permit", include_str!("support.permit")).unwrap();
    let compiled = compile(&sources);
    let shown = render(&sources, &compiled.diagnostics, Colour::Never);
    assert!(compiled.diagnostics.is_empty(), "{shown}");
    let program = compiled.program.unwrap();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("support", permit_ir::text::text(&program));
    });
}

#[test]
fn the_whole_language_becomes_this_program() {
    let sources = Sources::single("whole.permit", include_str!("whole.permit")).unwrap();
    let compiled = compile(&sources);
    let shown = render(&sources, &compiled.diagnostics, Colour::Never);
    assert!(compiled.diagnostics.is_empty(), "{shown}");
    let program = compiled.program.unwrap();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!("whole", permit_ir::text::text(&program));
    });
}

#[test]
fn the_page_that_shows_it_all_compiles() {
    let text = include_str!("../../../../grammar/tests/data/sample.permit");
    let sources = Sources::single("sample.permit", text).unwrap();
    let compiled = compile(&sources);
    let shown = render(&sources, &compiled.diagnostics, Colour::Never);
    let numbers: Vec<&str> = compiled.diagnostics.iter().map(|found| found.code.number()).collect();
    // Its rate counts `send_email`, which nothing permits.
    assert_eq!(numbers, ["P0201"], "{shown}");
    assert!(compiled.program.is_some());
}

#[test]
fn the_same_text_gives_the_same_program_and_shares_what_is_equal() {
    let sources = Sources::single("support.permit", include_str!("support.permit")).unwrap();
    let (first, second) = (compile(&sources).program.unwrap(), compile(&sources).program.unwrap());
    assert_eq!(first, second);
    for (at, node) in first.exprs.iter().enumerate() {
        assert!(first.exprs.iter().skip(at + 1).all(|other| other != node), "{node:?} stands twice");
    }
}
