use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::*;

/// The rows of the documentation's two tables.
fn rows() -> Vec<String> {
    let problems = ProblemCode::ALL.iter().map(|code| {
        let advice = if code.advice().is_empty() { "" } else { &format!("; {}", code.advice()) };
        format!("| {} | `{code}` | {} | {}{advice} |", code.status(), code.recorded(), code.title())
    });
    let tokens = TokenErrorCode::ALL.iter().map(|code| {
        format!("| {} | `{}` | `{code}` | {} |", code.kind().status(), code.kind().error(), code.title())
    });
    problems.chain(tokens).collect()
}

/// `PERMIT_UPDATE=1` writes the tables into the page.
#[test]
fn the_documentation_has_the_tables() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/permitd.md");
    let page = fs::read_to_string(&path).unwrap();
    let is_row = |line: &&str| {
        let first = line.strip_prefix("| ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
        first.len() == 3 && first.bytes().all(|byte| byte.is_ascii_digit())
    };
    if std::env::var_os("PERMIT_UPDATE").is_some() {
        let mut expected = rows().into_iter();
        let mut lines = Vec::new();
        let mut tables = 0;
        for line in page.lines().filter(|line| !is_row(line)) {
            lines.push(line.to_owned());
            let head = [
                "| status | code | recorded | what it means, and what to do |",
                "| status | `error` | `code` | what it means |",
            ];
            if head.contains(&line) {
                tables += 1;
            } else if line.starts_with("|---")
                && lines.iter().rev().nth(1).is_some_and(|l| head.contains(&l.as_str()))
            {
                let many = if tables == 1 { ProblemCode::ALL.len() } else { TokenErrorCode::ALL.len() };
                lines.extend(expected.by_ref().take(many));
            }
        }
        fs::write(&path, lines.join("\n") + "\n").unwrap();
    }
    let page = fs::read_to_string(&path).unwrap();
    let documented: Vec<_> = page.lines().filter(is_row).collect();
    assert_eq!(documented, rows(), "PERMIT_UPDATE=1 writes the tables");
}

#[test]
fn every_code_has_one_text_and_a_status_that_is_an_error() {
    let codes: BTreeSet<_> = ProblemCode::ALL.iter().map(|code| code.code()).collect();
    assert_eq!(codes.len(), ProblemCode::ALL.len());
    assert!(ProblemCode::ALL.iter().all(|code| (400..600).contains(&code.status())));
    let codes: BTreeSet<_> = TokenErrorCode::ALL.iter().map(|code| code.code()).collect();
    assert_eq!(codes.len(), TokenErrorCode::ALL.len());
}
