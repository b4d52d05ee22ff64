//! Texts that nobody would write: too deep, too long, too many, cyclic. Each is rejected with its code, and fast.
//!
//! With these sizes, anything quadratic would not finish.

use crate::samples::{compiled, numbers};

const HEADER: &str = "edition 2026;\nmodule acme.bad;\n";

/// A rule with this condition.
fn rule(condition: &str) -> String {
    format!(
        "{HEADER}resource Doc {{ pages: int; title: string; due: duration; price: money[USD]; tags: set[string]; }}\n\
         action read() on Doc;\npermit read_any: read when {condition} because \"t\";\n"
    )
}

/// The errors of a text, each kind once.
fn errors(text: &str) -> Vec<&'static str> {
    let mut errors = numbers(&compiled(text));
    errors.retain(|number| *number < "P0200");
    errors.dedup();
    errors
}

#[test]
fn what_nests_too_deep_is_refused() {
    const DEEP: usize = 200_000;
    for (open, inner, close) in [
        ("(", "resource.pages > 3", ")"),
        ("not ", "resource.pages > 3", ""),
        ("[", "1", "]"),
        ("-", "resource.pages", ""),
        ("present(", "resource.pages", ")"),
        ("f(", "resource.pages", ")"),
        ("any(x in ", "resource.tags", ": x == \"a\")"),
        ("m[", "\"k\"", "]"),
        ("if resource.pages > 3 then true else ", "true", ""),
        ("[\"k\" => ", "1", "]"),
    ] {
        let text = rule(&format!("{}{inner}{}", open.repeat(DEEP), close.repeat(DEEP)));
        assert_eq!(errors(&text), ["P0044"], "{open}");
    }
    for (before, after) in
        [("1 + ", "1 > 3"), ("resource.pages > 3 and ", "true"), ("resource.", "pages > 3")]
    {
        let found = errors(&rule(&format!("{}{after}", before.repeat(DEEP))));
        assert!(matches!(found.as_slice(), ["P0044" | "P0190"]), "{before}: {found:?}");
    }
    let types = format!("{HEADER}resource Doc {{ a: {}int{}; }}", "set[".repeat(DEEP), "]".repeat(DEEP));
    assert_eq!(errors(&types), ["P0044"]);
    let record = |at: usize| format!("record R{at} {{ inner: R{}; }}\n", at + 1);
    let records: String = (0..200).map(record).collect();
    let deep = format!("{HEADER}{records}record R200 {{ end: int; }}\nresource Doc {{ r: R0; }}");
    assert_eq!(errors(&deep), ["P0190"]);
}

#[test]
fn what_is_too_large_for_its_type_is_refused() {
    let nines = "9".repeat(100_000);
    for (condition, code) in [
        (format!("resource.pages > {nines}"), "P0160"),
        (format!("resource.price > {nines}.00 USD"), "P0161"),
        (format!("resource.price > 0.{nines} USD"), "P0161"),
        (format!("resource.due > {nines}d"), "P0162"),
        (format!("resource.title matches r\"{}\"", "(a{1000}){1000}"), "P0166"),
        (format!("resource.title matches r\"{}\"", "(".repeat(100_000)), "P0166"),
        (format!("resource.title == \"{nines}\""), "P0190"),
        (format!("resource.title like \"{nines}*\""), "P0190"),
        (format!("resource.pages in [{}]", vec!["1"; 100_000].join(", ")), "P0190"),
        (format!("resource.title in [{}]", vec!["\"a\""; 100_000].join(", ")), "P0190"),
    ] {
        assert_eq!(errors(&rule(&condition)), [code], "{}", condition.chars().take(60).collect::<String>());
    }
    let name = "n".repeat(1_000_000);
    assert_eq!(errors(&format!("{HEADER}resource Doc {{ {name}: int; }}")), ["P0190"]);
    assert_eq!(errors(&format!("{HEADER}enum {name} {{ a, b }}")), ["P0190"]);
    assert_eq!(errors(&rule("resource.pages > 3").replace("read_any", &name)), ["P0190"]);
    assert_eq!(errors(&format!("edition 2026;\nmodule {name};\n")), ["P0190"]);
}

#[test]
fn what_is_too_much_is_refused_and_the_line_may_be_as_long_as_it_likes() {
    let actions: String = (0..5_000).map(|at| format!("action a{at}();\n")).collect();
    assert_eq!(errors(&format!("{HEADER}{actions}")), ["P0190"]);
    let variants: Vec<String> = (0..5_000).map(|at| format!("v{at}")).collect();
    assert_eq!(errors(&format!("{HEADER}enum E {{ {} }}", variants.join(", "))), ["P0190"]);
    let rules: String = (0..20_000).map(|at| format!("permit r{at}: read because \"t\"; ")).collect();
    let one_line = format!("edition 2026; module acme.bad; resource Doc; action read() on Doc; {rules}");
    assert_eq!(errors(&one_line), Vec::<&str>::new());
    let comment = format!("{HEADER}// {}\nresource Doc;", "c".repeat(10_000_000));
    assert_eq!(errors(&comment), Vec::<&str>::new());
    assert_eq!(errors(&";".repeat(2_000_001)), ["P0015"]);
    assert_eq!(numbers(&compiled(&"a ".repeat(1_000_000))), ["P0037"]);
    assert_eq!(numbers(&compiled(&"é".repeat(1_000_000))), ["P0002"]);
}

#[test]
fn a_circle_is_refused_once_however_long() {
    const LONG: usize = 4_000;
    let circle = |link: &dyn Fn(usize, usize) -> String| -> Vec<&'static str> {
        errors(&format!("{HEADER}{}", (0..LONG).map(|at| link(at, (at + 1) % LONG)).collect::<String>()))
    };
    assert_eq!(circle(&|at, next| format!("const c{at} = c{next} + 1;\n")), ["P0128"]);
    assert_eq!(circle(&|at, next| format!("fn f{at}(x: int) -> int = f{next}(x);\n")), ["P0128"]);
    assert_eq!(circle(&|at, next| format!("record R{at} {{ next: R{next}; }}\n")), ["P0128"]);
    let tables = "enum E { a }\ntable s [E] -> { x: int; } { a => t[a].x; }\ntable t [E] -> { x: int; } { a => c; }\nconst c = s[a].x;\n";
    assert_eq!(errors(&format!("{HEADER}{tables}")), ["P0128"]);
    assert_eq!(errors(&format!("{HEADER}fn f(x: int) -> int = f(x);")), ["P0128"]);
    assert_eq!(errors(&format!("{HEADER}const c = c;")), ["P0128"]);
}

/// Names, sources and messages are shown in plain characters, and the marks stand under what they mark.
#[test]
fn a_diagnostic_shows_no_invisible_character() {
    use permit_frontend::render::{Colour, render};
    let title = "\u{9b}2K\u{202e}\u{200d}p\u{430}y\r\u{b}\u{2028}\u{feff}";
    let texts = [
        rule(&format!("/* {title} */ resource.title == \"{title}\" and resource.pagez > 3")),
        rule("resource.pages > 3").replace("read_any", &format!("read{title}any")).replace('\n', "\r\n"),
    ];
    for text in texts {
        let sources = permit_frontend::Sources::single("a\u{1b}[2J\n.permit", text).unwrap();
        let shown = render(&sources, &permit_frontend::compile(&sources).diagnostics, Colour::Never);
        let is_printable = |line: &str| permit_types::display::is_printable(&line.replace('\t', " "));
        assert!(shown.split('\n').all(is_printable), "{shown:?}");
        assert!(shown.contains(r"a\u{1b}[2J\u{a}.permit"), "{shown}");
        assert!(shown.contains(r"\u{9b}2K\u{202e}\u{200d}p\u{430}y\u{d}\u{b}\u{2028}\u{feff}"), "{shown}");
    }
    let text = rule("resource.title == \"\u{200b}\u{1f469}\u{200d}\" and resource.pagez > 3");
    let sources = permit_frontend::Sources::single("a.permit", text).unwrap();
    let shown = render(&sources, &permit_frontend::compile(&sources).diagnostics, Colour::Never);
    let lines: Vec<&str> = shown.lines().collect();
    let at = lines.iter().position(|line| line.contains("pagez >")).unwrap();
    let column = |line: &str, found: &str| line.split_once(found).map(|(before, _)| before.chars().count());
    let marked = lines[at + 1].chars().position(|c| c != ' ' && c != '│').unwrap();
    // The sign of the person takes two columns.
    assert_eq!(Some(marked), column(lines[at], "pagez").map(|at| at + 1), "{shown}");
}

#[test]
fn characters_that_mislead_a_reader_are_refused_wherever_they_stand() {
    for c in ['\u{202e}', '\u{2066}', '\u{200f}', '\u{61c}'] {
        for text in [
            rule("resource.pages > 3").replace("read_any", &format!("read{c}any")),
            rule(&format!("resource.title == \"a{c}b\"")),
            rule("resource.pages > 3 // a comment").replace("comment", &format!("com{c}ment\n")),
            rule("resource.pages > 3").replace("Doc", &format!("{c}Doc")),
        ] {
            assert_eq!(errors(&text), ["P0003"], "{text:?}");
        }
    }
    for c in ['\0', '\u{7}', '\u{1b}', '\u{85}', '\u{2028}'] {
        let text = rule(&format!("resource.title == \"a{c}b\""));
        assert_eq!(errors(&text), ["P0004"], "{text:?}");
    }
    // A byte order mark is one at the very start, and else a character like any other that is no token.
    assert_eq!(errors(&format!("\u{feff}{}", rule("resource.pages > 3"))), Vec::<&str>::new());
    assert_eq!(errors(&rule("resource.pages \u{feff}> 3")), ["P0002"]);
    // Letters that look like others are no letters of names.
    assert_eq!(errors(&rule("resource.pages > 3").replace("read_any", "re\u{430}d_any")), ["P0002"]);
}
