//! Tests of the printer: what it prints is read as the same tree, twice is once, and no comment is lost.

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::{format, print};
use crate::span::SourceId;
use crate::{parse, shape};

mod trees;

const SAMPLE: &str = include_str!("../../tests/data/sample.permit");

/// Formats a text that must parse, and checks what must hold of the result.
fn formatted(text: &str) -> String {
    let before = parse(SourceId(0), text);
    assert_eq!(before.errors, [], "{text}");
    let once = format(SourceId(0), text).expect("it parses");
    let after = parse(SourceId(0), &once);
    assert_eq!(after.errors, [], "{once}");
    assert_eq!(shape(&before.file), shape(&after.file), "{text}\nbecame\n{once}");
    let comments = |parsed: &crate::Parsed| -> Vec<String> {
        parsed.comments.iter().map(|comment| comment.text.clone()).collect()
    };
    assert_eq!(comments(&before), comments(&after), "{text}\nbecame\n{once}");
    let twice = format(SourceId(0), &once).expect("it parses");
    assert_eq!(once, twice, "{text}");
    once
}

fn permit_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            permit_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "permit") {
            found.push(path);
        }
    }
}

#[test]
fn every_example_is_printed_as_the_same_tree() {
    let mut files = Vec::new();
    permit_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples"), &mut files);
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        formatted(&std::fs::read_to_string(&file).expect("a file"));
    }
}

#[test]
fn every_fence_of_the_documentation_is_printed_as_the_same_tree() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let mut count = 0_usize;
    for folder in [docs.clone(), docs.join("diagnostics")] {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_none_or(|extension| extension != "md") {
                continue;
            }
            let page = std::fs::read_to_string(&path).expect("a page");
            for fence in page.split("```permit").skip(1) {
                let Some((_, text)) = fence.split("```").next().unwrap_or_default().split_once('\n') else {
                    continue;
                };
                if parse(SourceId(0), text).errors.is_empty() {
                    formatted(text);
                    count += 1;
                }
            }
        }
    }
    assert!(count > 50, "{count}");
}

#[test]
fn a_text_with_errors_is_left_alone() {
    let errors = format(SourceId(0), "permit p: a when ;").expect_err("it does not parse");
    assert_eq!(errors.iter().map(crate::syntax_error::SyntaxError::code).collect::<Vec<_>>(), ["P0033"]);
}

#[test]
fn the_format_is_as_documented() {
    let text = include_str!("tests/before.permit");
    assert_eq!(formatted(text), include_str!("tests/after.permit"));
}

#[test]
fn texts_without_declarations_are_formatted() {
    for (text, expected) in [
        ("", ""),
        ("\n\n", ""),
        ("\u{feff}// a\r\n\r\n\r\n\r\n// b  \r\n", "// a\n\n// b\n"),
        ("edition 2026; // a\n// b", "edition 2026; // a\n// b\n"),
    ] {
        assert_eq!(formatted(text), expected);
    }
}

#[test]
fn a_comment_between_any_two_tokens_is_kept() {
    let tokens = crate::lexer::lex(SourceId(0), SAMPLE).tokens;
    for (at, token) in tokens.iter().enumerate() {
        let (before, after) = SAMPLE.split_at(token.start as usize);
        let comment = if at % 2 == 0 { "// here\n" } else { "\n// here\n// and here\n\n" };
        let text = format!("{before}{comment}{after}");
        formatted(&text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_tree_is_printed_and_read_as_itself(file in trees::file()) {
        let text = print(&file);
        let parsed = parse(SourceId(0), &text);
        prop_assert_eq!(&parsed.errors, &[], "{}", text);
        prop_assert_eq!(shape(&file), shape(&parsed.file), "{}", text);
        let once = format(SourceId(0), &text).expect("it parses");
        prop_assert_eq!(format(SourceId(0), &once).expect("it parses"), once);
    }
}
