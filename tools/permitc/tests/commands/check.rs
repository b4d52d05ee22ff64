//! `permitc check`.

use std::fs;

use crate::bench::{Bench, Said, command};

/// Three mistakes of three kinds, one with two places and a likely name, and characters of several bytes before one.
pub(crate) const MISTAKES: &str = "edition 2026;
module acme.demo;

resource Vendor { approved: bool; }
agent Bot identified by \"spiffe://acme.example/bot/*\" {}
action spend(amount: money[USD]) on Vendor;

permit small: spend by Bot
    when resource.aproved and amount <= 100.00 EUR
    because \"petty cash\";
forbid odd: spend
    when \"é€𝄞\" == amount
    because \"a text is no amount\";
";

/// A file that does not parse.
pub(crate) const UNPARSED: &str = "edition 2026;
module acme.demo;

resource Vendor { approved: bool; }
action spend() on Vendor;
permit any: spend wehn resource.approved because \"fine\";
";

/// A file without a finding.
pub(crate) const CLEAN: &str = "edition 2026;
module acme.demo;

resource Vendor { approved: bool; }
action spend() on Vendor;
permit any: spend when resource.approved because \"fine\";
";

/// A file that warns only.
const WARNS: &str = "edition 2026;
module acme.demo;

resource Vendor { approved: bool; }
action spend() on Vendor;
action pay() on Vendor;
permit any: spend when resource.approved because \"fine\";
";

/// Bytes that are not UTF-8 in the second line.
pub(crate) const NOT_UTF8: &[u8] = b"edition 2026;\nmod\xffule acme.demo;\n";

const FORMATS: [&str; 5] = ["pretty", "json", "sarif", "github", "junit"];

fn check(bytes: &[u8], arguments: &[&str]) -> Said {
    let bench = Bench::new().with("p.permit", bytes);
    bench.run(&[&["check", "p.permit"], arguments].concat())
}

/// The pages of codes change with their words, and are looked at elsewhere.
fn without_pages(text: &str) -> String {
    let is_page = |line: &&str| ["\"markdown\": \"#", "\"text\": \"#"].iter().any(|page| line.contains(page));
    text.lines().filter(|line| !is_page(line)).map(|line| format!("{line}\n")).collect()
}

#[test]
fn every_format_reports_every_kind_of_result() {
    let files = [
        ("mistakes", MISTAKES.as_bytes(), 1),
        ("unparsed", UNPARSED.as_bytes(), 1),
        ("clean", CLEAN.as_bytes(), 0),
        ("warns", WARNS.as_bytes(), 0),
        ("not_utf8", NOT_UTF8, 2),
    ];
    for (name, bytes, code) in files {
        for format in FORMATS {
            let said = check(bytes, &["--format", format]);
            assert_eq!(said.code, code, "{name} {format}");
            let all = without_pages(&said.all()).replace(env!("CARGO_PKG_VERSION"), "VERSION");
            insta::assert_snapshot!(format!("{name}_{format}"), all);
        }
    }
}

#[test]
fn missing_files_are_reported_in_every_format_with_exit_code_2() {
    for format in FORMATS {
        let said = Bench::new().run(&["check", "gone.permit", "--format", format]);
        assert_eq!(said.code, 2, "{format}");
        assert!(format!("{}{}", said.out, said.err).contains("gone.permit"), "{format}: {}", said.all());
        assert!(format!("{}{}", said.out, said.err).contains("No such file"), "{format}: {}", said.all());
    }
}

#[test]
fn what_an_unreadable_file_may_declare_is_not_called_missing() {
    let bench = Bench::new().with("a.permit", CLEAN).with("b.permit", NOT_UTF8);
    let uses = CLEAN.replace("resource Vendor { approved: bool; }\n", "");
    fs::write(bench.path("a.permit"), uses).unwrap();
    let said = bench.run(&["check", ".", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, json["findings"].as_array().map(Vec::len)), (2, Some(0)), "{}", said.out);
    assert_eq!(json["unreadable"][0]["at"], serde_json::json!({ "line": 2, "column": 4 }));
}

#[test]
fn folders_are_read_recursively_and_links_to_folders_are_reported() {
    let bench = Bench::new().with("p/deep/a.permit", CLEAN).with("p/.hidden/b.permit", MISTAKES);
    assert_eq!(bench.run(&["check", "p"]).code, 0);
    std::os::unix::fs::symlink("..", bench.path("p/deep/up")).unwrap();
    let said = bench.run(&["check", "p"]);
    assert_eq!(
        (said.code, said.err.as_str()),
        (2, "permitc: p/deep/up: symbolic links to directories are not followed\n")
    );
    std::os::unix::fs::symlink("loop.permit", bench.path("loop.permit")).unwrap();
    assert_eq!(bench.run(&["check", "loop.permit"]).code, 2);
    fs::create_dir(bench.path("empty")).unwrap();
    assert_eq!(bench.run(&["check", "empty"]).err, "permitc: empty: no .permit files\n");
}

#[test]
fn a_file_counts_once_however_it_is_named() {
    let bench = Bench::new().with("p/a.permit", CLEAN);
    std::os::unix::fs::symlink("a.permit", bench.path("p/b.permit")).unwrap();
    assert_eq!(bench.run(&["check", "p"]).err, "permitc: p/b.permit: the same file as p/a.permit\n");
    fs::remove_file(bench.path("p/b.permit")).unwrap();
    fs::hard_link(bench.path("p/a.permit"), bench.path("p/c.permit")).unwrap();
    assert_eq!(bench.run(&["check", "p"]).err, "permitc: p/c.permit: the same file as p/a.permit\n");
    fs::remove_file(bench.path("p/c.permit")).unwrap();
    for other in ["p/a.permit", "./p/../p/a.permit", "p"] {
        let said = bench.run(&["check", "p/a.permit", other]);
        assert_eq!(said.code, 2, "{}", said.all());
        assert!(said.err.contains("the same file as p/a.permit"), "{}", said.all());
    }
}

#[test]
fn special_files_are_reported_and_not_opened() {
    let bench = Bench::new().with("p/a.permit", CLEAN);
    let made = std::process::Command::new("mkfifo").arg(bench.path("p/pipe.permit")).status().unwrap();
    assert!(made.success());
    let _socket = std::os::unix::net::UnixListener::bind(bench.path("p/socket.permit")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", bench.path("p/zero.permit")).unwrap();
    for command in [&["check", "p"][..], &["check", "p", "--format", "json"], &["fmt", "--check", "p"]] {
        let said = bench.run(command);
        assert_eq!(said.code, 2, "{}", said.all());
        for name in ["pipe", "socket", "zero"] {
            assert!(said.all().contains(&format!("p/{name}.permit")), "{}", said.all());
        }
        assert_eq!(said.all().matches("not a regular file").count(), 3, "{}", said.all());
    }
    // One that is named is opened, up to the most that a text may have.
    assert_eq!(bench.run(&["check", "/dev/zero"]).code, 2);
}

#[test]
fn other_encodings_are_reported_at_their_first_byte() {
    let utf16 = |bytes: fn(u16) -> [u8; 2], mark: &[u8]| {
        [mark, &CLEAN.encode_utf16().flat_map(bytes).collect::<Vec<u8>>()].concat()
    };
    for (what, bytes, line, column) in [
        ("UTF-16, least first", utf16(u16::to_le_bytes, b"\xff\xfe"), 1, 1),
        ("UTF-16, most first", utf16(u16::to_be_bytes, b"\xfe\xff"), 1, 1),
        ("Latin-1", CLEAN.replace("fine", "f\u{fc}r alle").chars().map(|c| c as u8).collect(), 6, 52),
    ] {
        let said = check(&bytes, &["--format", "json"]);
        let json: serde_json::Value = serde_json::from_str(&said.out).unwrap();
        assert_eq!(said.code, 2, "{what}: {}", said.out);
        let at = serde_json::json!({ "line": line, "column": column });
        assert_eq!(json["unreadable"][0]["at"], at, "{what}: {}", said.out);
    }
    let nul = check(CLEAN.replace("fine", "f\0ne").as_bytes(), &[]);
    assert!(nul.code == 1 && nul.all().contains("P0004"), "{}", nul.all());
}

#[test]
fn denied_warnings_are_errors() {
    let said = check(WARNS.as_bytes(), &["--deny", "warnings"]);
    assert_eq!((said.code, said.out.contains("] Error:")), (1, true), "{}", said.all());
}

#[test]
fn quiet_says_nothing_but_findings() {
    assert_eq!(check(CLEAN.as_bytes(), &["--quiet", "--costs"]).all(), "exit code 0\n");
    let said = check(MISTAKES.as_bytes(), &["--quiet"]);
    assert!(said.out.contains("P0114") && !said.out.contains("3 errors"), "{}", said.out);
}

#[test]
fn colours_follow_the_arguments_and_the_environment() {
    let bench = Bench::new().with("p.permit", MISTAKES);
    let coloured = |arguments: &[&str], variable: Option<(&str, &str)>| {
        let mut command = command(&bench.path(""), &[&["check", "p.permit"], arguments].concat());
        command.envs(variable);
        Said::of(&command.output().unwrap()).out.contains('\x1b')
    };
    assert!(!coloured(&[], None));
    assert!(coloured(&[], Some(("CLICOLOR_FORCE", "1"))));
    assert!(coloured(&["--color", "always"], Some(("NO_COLOR", "1"))));
    assert!(!coloured(&["--color", "never"], Some(("CLICOLOR_FORCE", "1"))));
}

#[test]
fn names_are_escaped_in_annotations_and_xml() {
    let bench = Bench::new().with("a,b:c%<&\n.permit", UNPARSED);
    let github = bench.run(&["check", ".", "--format", "github"]).out;
    let lines: Vec<_> = github.lines().collect();
    assert_eq!(lines.len(), 1, "{github}");
    assert!(lines[0].starts_with("::error file=./a%2Cb%3Ac%25<&%0A.permit,line=6,col="), "{github}");
    let junit = bench.run(&["check", ".", "--format", "junit"]).out;
    assert!(junit.contains("name=\"./a,b:c%&lt;&amp;&#10;.permit\""), "{junit}");
}

#[test]
fn costs_need_a_format_that_shows_them() {
    assert_eq!(check(CLEAN.as_bytes(), &["--costs", "--format", "junit"]).code, 2);
    assert!(check(CLEAN.as_bytes(), &["--costs"]).out.contains("spend: "));
    assert!(check(CLEAN.as_bytes(), &["--costs", "--format", "json"]).out.contains("\"spend\": "));
}

#[test]
fn completions_name_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = Bench::new().run(&["completions", shell]);
        assert!(said.code == 0 && said.out.contains("explain"), "{shell}");
    }
}
