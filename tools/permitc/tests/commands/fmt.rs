//! `permitc fmt`.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use crate::bench::{Bench, Said, command};
use crate::check::{CLEAN, NOT_UTF8, UNPARSED};

/// A text that no canonical form looks like.
fn crooked() -> String {
    CLEAN.replace("resource Vendor { approved: bool; }", "resource   Vendor{approved:bool;}   // ours")
}

fn piped(text: &[u8], arguments: &[&str]) -> Said {
    let bench = Bench::new();
    let mut command = command(&bench.path(""), &[&["fmt"], arguments].concat());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(text).unwrap();
    Said::of(&child.wait_with_output().unwrap())
}

#[test]
fn files_are_formatted_in_place_and_keep_their_permissions() {
    let bench = Bench::new().with("a.permit", crooked());
    let path = bench.path("a.permit");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink("a.permit", bench.path("link")).unwrap();
    let checked = bench.run(&["fmt", "--check", "a.permit"]);
    assert_eq!(checked.code, 1, "{}", checked.all());
    assert!(checked.out.starts_with("--- a.permit\n+++ a.permit (formatted)\n@@ "), "{}", checked.out);
    assert_eq!(fs::read_to_string(&path).unwrap(), crooked());
    assert_eq!(bench.run(&["fmt", "link"]).all(), "exit code 0\n");
    let formatted = fs::read_to_string(&path).unwrap();
    assert!(formatted.contains("// ours") && formatted != crooked());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert!(bench.path("link").is_symlink());
    assert_eq!(bench.run(&["fmt", "--check", "a.permit"]).all(), "exit code 0\n");
    assert_eq!(fs::read_dir(bench.path("")).unwrap().count(), 2, "nothing is left over");
}

#[test]
fn standard_input_goes_to_standard_output() {
    let said = piped(crooked().as_bytes(), &["-"]);
    assert!(said.code == 0 && said.out.contains("// ours"), "{}", said.all());
    assert_eq!(piped(said.out.as_bytes(), &["-"]).out, said.out);
    assert_eq!(piped(said.out.as_bytes(), &["-", "--check"]).all(), "exit code 0\n");
    assert_eq!(piped(crooked().as_bytes(), &["-", "--check"]).code, 1);
}

#[test]
fn a_file_that_does_not_parse_is_reported_and_left_unchanged() {
    let bench = Bench::new().with("bad.permit", UNPARSED).with("ugly.permit", crooked());
    let said = bench.run(&["fmt", "."]);
    assert!(said.code == 1 && said.err.contains("Error:") && said.out.is_empty(), "{}", said.all());
    assert_eq!(fs::read_to_string(bench.path("bad.permit")).unwrap(), UNPARSED);
    assert_ne!(fs::read_to_string(bench.path("ugly.permit")).unwrap(), crooked());
    assert_eq!(piped(UNPARSED.as_bytes(), &["-"]).code, 1);
}

#[test]
fn what_cannot_be_read_leaves_with_2() {
    let bench = Bench::new().with("bad.permit", NOT_UTF8);
    assert_eq!(bench.run(&["fmt", "bad.permit"]).code, 2);
    assert_eq!(bench.run(&["fmt", "gone.permit"]).code, 2);
    assert_eq!(piped(NOT_UTF8, &["-"]).code, 2);
}

#[test]
fn what_is_shown_to_others_is_in_canonical_form() {
    let bench = Bench::new();
    assert_eq!(bench.run(&["new", "made"]).code, 0);
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    let shown = ["acme", "banking"].map(|name| format!("{examples}/{name}"));
    let checked = bench.run(&["fmt", "--check", "made/policy", &shown[0], &shown[1]]);
    assert_eq!(checked.all(), "exit code 0\n");
}
