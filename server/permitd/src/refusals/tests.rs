use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::*;

fn page(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name)).unwrap()
}

/// `PERMIT_UPDATE=1` writes the table into the page.
#[test]
fn the_documentation_has_the_table_of_causes() {
    const HEAD: &str = "| cause | what is counted |\n|---|---|\n";
    let rows: String =
        Cause::OWN.iter().map(|cause| format!("| `{}` | {} |\n", cause.word(), cause.meaning())).collect();
    let text = page("permitd.md");
    let (before, behind) = text.split_once(HEAD).expect("the table's head");
    let rest = behind.find("\n\n").map_or("", |end| &behind[end + 1..]);
    if std::env::var_os("PERMIT_UPDATE").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/permitd.md");
        fs::write(path, format!("{before}{HEAD}{rows}{rest}")).unwrap();
    }
    let text = page("permitd.md");
    let (_, behind) = text.split_once(HEAD).unwrap();
    assert_eq!(behind.split_once("\n\n").map(|(table, _)| format!("{table}\n")), Some(rows));
}

#[test]
fn the_page_of_the_format_lists_the_causes() {
    let text = page("formats/audit.md");
    let (_, listed) = text.split_once("Causes in use: ").expect("the list");
    let (listed, _) = listed.split_once(", and").expect("its end");
    let listed: Vec<_> = listed.split(',').map(|word| word.trim().trim_matches('`')).collect();
    let words: BTreeSet<_> = Cause::OWN.iter().map(|cause| cause.word()).collect();
    assert_eq!(listed, words.into_iter().collect::<Vec<_>>());
}

#[test]
fn every_cause_is_a_word_of_its_own() {
    let own: BTreeSet<_> = Cause::OWN.iter().map(|cause| cause.word()).collect();
    assert_eq!(own.len(), Cause::OWN.len());
    assert!(ProblemCode::ALL.iter().all(|code| !own.contains(code.code())));
    let refusals = Refusals::default();
    assert_eq!(refusals.counts.len(), own.len() + ProblemCode::ALL.len());
    for word in refusals.counts.keys() {
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        assert!(word.len() <= permit_audit::WORD_BYTES_MAX && word.bytes().all(is_word), "{word}");
    }
}

#[test]
fn counts_are_taken_once() {
    let refusals = Refusals::default();
    refusals.count(Cause::TlsVersion);
    refusals.count(Cause::TlsVersion);
    refusals.count(Cause::Problem(ProblemCode::TokenMissing));
    let expected = BTreeMap::from([("tls_version".to_owned(), 2), ("token_missing".to_owned(), 1)]);
    assert_eq!(refusals.take(), expected);
    assert_eq!(refusals.take(), BTreeMap::new());
    refusals.add("busy", u64::MAX);
    assert_eq!(refusals.take()["busy"], COUNT_MAX);
}
