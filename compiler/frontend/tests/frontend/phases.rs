//! How the phases interact: what is found, in which order, and what is omitted.

use permit_frontend::json::findings;
use permit_frontend::render::{Colour, render};
use permit_frontend::{DIAGNOSTICS_MAX, Severity, Sources, compile};
use serde_json::json;

use crate::samples::{compiled, numbers, sources};

/// Declarations that the cases below add to.
const PRELUDE: &str = r#"
edition 2026;
module acme.demo;
zone dublin = "Europe/Dublin";
enum Tier { basic, gold }
group Team;
group Office;
agent Bot within Team identified by "spiffe://acme.example/bot/*" { tier: Tier; }
agent Clerk within Team identified by "spiffe://acme.example/clerk/*" { tier: Tier; desk: int; }
resource Folder within Folder { owner: Clerk?; readers: set[Team]; }
resource Doc within Folder { tier: Tier; topic: string?; author: Clerk; editor: Clerk?; price: money[USD]; made: instant; tags: list[string]; folder: Folder?; }
resource Note { topic: string; price: money[EUR]; }
action read(pages: int, note: string?) on Doc;
action buy(price: money[USD], pages: int, tip: money[USD]?) on Doc;
action file(name: string) on Doc, Folder;
action look() on Doc, Note;
action ping();
permit everything: * because "what is denied is said below";
"#;

fn find(rest: &str) -> Vec<&'static str> {
    numbers(&compiled(&format!("{PRELUDE}{rest}")))
}

fn condition(actions: &str, condition: &str) -> Vec<&'static str> {
    let found = find(&format!("forbid f: {actions} when {condition} because \"it is a test\";"));
    // The zone and a group are for other cases.
    found.into_iter().filter(|number| *number != "P0200").collect()
}

#[test]
fn conditions_that_hold_what_they_say_are_taken() {
    let cases = [
        ("read", "present(note) and note == \"x\""),
        ("read", "not present(note) or note == \"x\""),
        ("read", "not (not present(note) or pages > 3) and note == \"x\""),
        ("read", "(pages > 1 and present(note)) and (note like \"a*\" or pages > 2)"),
        ("read", "present(resource.editor) and resource.editor.desk > 3"),
        ("read", "present(resource.folder?.owner) and resource.folder.owner.desk > 3"),
        ("read", "(resource.editor?.desk else 0) > 3"),
        ("read", "present(note) and (note else \"x\") == \"y\""),
        ("read", "(note else \"none\") in [\"none\", \"some\"]"),
        ("read", "basic == resource.tier and resource.tier in [basic, gold] and resource.tier != Tier.gold"),
        ("read", "(resource.editor?.tier else basic) == gold"),
        ("read", "agent.tier == gold and agent within Team::\"t\""),
        ("read", "agent within [Team::\"t\", Team::\"u\"] and agent in [Bot::\"a\", Clerk::\"b\"]"),
        (
            "read",
            "resource within Folder::\"f\" and resource.author == Clerk::\"c\" and agent == resource.author",
        ),
        ("read", "pages in 1..10 and now in 2026-01-01T00:00Z..2027-01-01T00:00Z"),
        ("read", "now - resource.made > 90d and resource.made + 1h < now and 2 * 1h < now - resource.made"),
        ("read", "\"x\" in resource.tags"),
        ("read, buy", "pages > 3 and 2 * resource.price > -5 USD and -resource.price < pages * 1.50 USD"),
        ("buy", "present(tip) and tip + price > 10 USD"),
        ("file", "resource within Folder::\"f\" and resource == Doc::\"d\""),
        ("read", "(note else resource.topic else \"x\") == \"x\""),
        ("file", "agent within Team::\"t\" or name like \"*.md\""),
    ];
    for (actions, text) in cases {
        assert_eq!(condition(actions, text), Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn conditions_that_mean_nothing_are_refused_once() {
    let cases = [
        ("read", "note == \"x\"", "P0144"),
        ("read", "present(note) or note == \"x\"", "P0144"),
        ("read", "not present(note) and note == \"x\"", "P0144"),
        ("read", "(present(note) or pages > 1) and note == \"x\"", "P0144"),
        ("read", "note == \"x\" and present(note)", "P0144"),
        ("read", "resource.editor.desk > 3", "P0144"),
        ("read", "resource.editor?.desk > 3", "P0144"),
        ("read", "present(resource.editor) and resource.folder.owner == resource.author", "P0144"),
        ("read", "present(pages)", "P0145"),
        ("read", "resource?.tier == gold", "P0145"),
        ("read", "(pages else 3) > 2", "P0145"),
        ("read", "(note else 3) == \"x\"", "P0140"),
        ("read", "pages == \"3\"", "P0140"),
        ("read", "pages > 1.0", "P0140"),
        ("read", "resource.price > 5", "P0140"),
        ("read", "now > 3h", "P0140"),
        ("read", "agent == resource", "P0140"),
        ("read", "resource.price > 5 EUR", "P0143"),
        ("read", "resource.price + 5 EUR > 3 USD", "P0143"),
        ("read", "resource.price in [5 EUR]", "P0143"),
        ("read", "resource.price * resource.price > 5 USD", "P0142"),
        ("read", "now + now > now", "P0142"),
        ("read", "-resource.topic == \"x\"", "P0144"),
        ("read", "-now > now", "P0142"),
        ("read", "resource.tier > basic", "P0141"),
        ("read", "resource.tier in basic..gold", "P0141"),
        ("read", "pages", "P0135"),
        ("read", "not pages", "P0135"),
        ("read", "pages and resource.tier == gold", "P0135"),
        ("read", "true", "P0136"),
        ("read", "pages > 1 and not false", "P0136"),
        ("read", "2 + 2 == 4 or pages > 1", "P0136"),
        ("read", "\"ab\" like \"a*\"", "P0136"),
        ("read", "resource.author.desk in 9..9", "P0136"),
        ("read", "Clerk::\"a\" == Clerk::\"b\"", "P0136"),
        ("read", "3 in [1, 2]", "P0136"),
        ("read", "resource.author.desk <= resource.author.desk", "P0136"),
        ("read", "present(note) and note != note", "P0136"),
        ("read", "resource within resource", "P0136"),
        ("read", "pages in resource", "P0146"),
        ("read", "pages in [1, \"2\"]", "P0152"),
        ("read", "pages in []", "P0152"),
        ("read", "pages within Team::\"t\"", "P0147"),
        ("read", "agent within Office::\"o\"", "P0148"),
        ("read", "agent within resource", "P0148"),
        ("read", "resource.tier like \"g*\"", "P0149"),
        ("read", "pages.size > 3", "P0150"),
        ("read", "resource.tier == silver", "P0115"),
        ("read", "resource.tier in [basic, silver]", "P0115"),
        ("read", "resource.tier == Tier.silver", "P0115"),
        ("read", "basic == gold", "P0113"),
        ("read", "nothing > 3", "P0113"),
        ("read", "resource.nothing == gold", "P0114"),
        ("read", "agent.desk > 3", "P0133"),
        ("look", "resource.price > 3 USD", "P0133"),
        ("look", "resource.topic == \"x\"", "P0133"),
        ("read, buy", "price > 3 USD", "P0131"),
        ("read, ping", "resource.tier == gold", "P0132"),
        ("read", "agent == Bot", "P0154"),
        ("read", "agent == Bto::\"x\"", "P0111"),
        ("read", "agent == Tier::\"x\"", "P0118"),
        ("raed", "resource.nothing == gold and pages > nothing", "P0112"),
    ];
    for (actions, text, number) in cases {
        assert_eq!(condition(actions, text), [number], "{text}");
    }
}

#[test]
fn declarations_that_mean_nothing_are_refused_once() {
    let cases = [
        ("zone z = \"europe/dublin\";", vec!["P0120"]),
        ("enum E { a, b, a }", vec!["P0110"]),
        ("enum Doc { a }", vec!["P0110"]),
        ("resource int;", vec!["P0117"]),
        ("resource R { a: set[set[int]]; }", vec!["P0127"]),
        (
            "resource R { a: money[USD, EUR]; b: int[USD]; c: Nothing; d: read; }",
            vec!["P0125", "P0125", "P0111", "P0118"],
        ),
        ("resource R within Nothing;", vec!["P0111"]),
        ("agent A within Doc;", vec!["P0121"]),
        ("agent A identified by \"spiffe://acme.example/bot/one\";", vec!["P0124"]),
        ("action a(now: int);", vec!["P0117"]),
        (
            "action a(x: Nothing) on Nowhere; forbid f: a when x == resource because \"t\";",
            vec!["P0111", "P0111"],
        ),
        ("forbid f: read by Nobody when agent == resource.author because \"t\";", vec!["P0111"]),
        ("forbid f: read, read because \"t\";", vec!["P0173"]),
        ("forbid f: read because \"  \";", vec!["P0130"]),
        ("forbid everything: read because \"t\";", vec!["P0110"]),
        (
            "forbid f: read when most > 3 because \"t\"; scope s(most: int) { allows read; expires after 1h; }",
            vec!["P0113"],
        ),
        ("budget b in XYZ { counts buy as price; limit 5 USD per 1d; }", vec!["P0170"]),
        ("budget b in usd { counts buy as price; limit 5 per 1d; }", vec!["P0171"]),
        ("budget b in EUR { counts buy as price; limit 5 EUR per 1d; }", vec!["P0143"]),
        ("budget b in USD { counts buy as tip; limit 5 USD per 1d; }", vec!["P0144"]),
        ("budget b in USD { counts buy as tip when present(tip); limit 5 USD per 1d; }", vec![]),
        ("budget b in calls { counts read, buy; for each note; limit 5 per 1d; }", vec!["P0131"]),
        ("budget b in calls { counts read; for each note; limit 5 per 1d; }", vec!["P0144"]),
        ("budget b in calls { counts read, ping; for each resource; limit 5 per 1d; }", vec!["P0132"]),
        ("budget b in calls { counts read; counts read when pages > 3; limit 5 per 1d; }", vec!["P0173"]),
        ("budget b in calls { counts read; limit 5 per 1d; hold 0s; }", vec!["P0179"]),
        ("budget b in calls { counts read; limit 5 per 999w; }", vec!["P0179"]),
        ("budget b in calls { counts reed; for each pages; limit pages per day in dublin; }", vec!["P0112"]),
        ("budget b in calls { }", vec!["P0178", "P0178"]),
        ("rate r { counts read; allow 5 per 1min burst 0; }", vec!["P0181"]),
        ("rate r { counts read; allow 5_000_000_000 per 1min; }", vec!["P0181"]),
        ("rate r { counts read as pages; }", vec!["P0180", "P0182"]),
        ("scope s(a: int, a: int) { allows read; expires after 1h; }", vec!["P0110"]),
        ("scope s(pages: int) { allows read; requires pages > 3; expires after 1h; }", vec!["P0119"]),
        ("scope s(pages: int) { allows ping; expires after 1h; }", vec![]),
        ("scope s(m: int?) { allows read when pages < m; expires after 1h; }", vec!["P0144"]),
        ("scope s(m: money[EUR]) { allows buy; limit buy as price to m; expires after 1h; }", vec!["P0143"]),
        ("scope s() { allows read; limit read as now to now; expires after 1h; }", vec!["P0171"]),
        ("scope s() { allows read, look; requires resource.tier == gold; expires after 1h; }", vec!["P0133"]),
        ("scope s() { }", vec!["P0178", "P0183"]),
    ];
    for (text, expected) in cases {
        let found = find(text);
        let errors: Vec<&str> = found.into_iter().filter(|number| *number < "P0200").collect();
        assert_eq!(errors, expected, "{text}");
    }
}

#[test]
fn a_syntax_error_hides_what_may_follow_from_it() {
    let text = "edition 2026;\nmodule acme.demo;\nresource Doc { title: string; size: }\naction read() on Doc;\n\
                permit a: read when resource.size > 3 because \"x\";\npermit a: read because \"y\";\n";
    let found = numbers(&compiled(text));
    assert!(found.iter().all(|number| *number < "P0100" || *number == "P0110"), "{found:?}");
    assert!(found.contains(&"P0110"), "what is wrong elsewhere is still said: {found:?}");
}

#[test]
fn diagnostics_are_sorted_by_place_and_bounded() {
    let rules: String = (0..150).map(|n| format!("permit p{n}: raed because \"x\";\n")).collect();
    let text = format!("edition 2026;\nmodule acme.demo;\nresource Doc;\naction read() on Doc;\n{rules}");
    let found = compiled(&text);
    assert_eq!((found.diagnostics.len(), found.omitted), (DIAGNOSTICS_MAX, 50));
    assert!(found.diagnostics.is_sorted_by_key(|one| one.primary.span));
}

#[test]
fn warnings_leave_a_program_and_errors_hide_warnings() {
    let clean = compiled("edition 2026;\nmodule a;\nresource Doc;\n");
    assert_eq!(numbers(&clean), ["P0200"]);
    assert!(clean.program.is_some() && clean.diagnostics.iter().all(|one| one.severity == Severity::Warning));
    let broken = compiled("edition 2026;\nmodule a;\nresource Doc;\nresource Doc;\n");
    assert_eq!(numbers(&broken), ["P0110"]);
    assert_eq!(broken.program, None);
}

#[test]
fn names_are_checked_across_files_and_errors_name_their_file() {
    let text = "edition 2026;\nmodule a;\nresource Doc;\naction read() on Doc;\npermit p: read because \"x\";\n\
                // file: more.permit\nedition 2026;\nmodule a;\nforbid p: read because \"y\";\n";
    let found = compiled(text);
    assert_eq!(numbers(&found), ["P0110"]);
    let shown = render(&sources(text), &found.diagnostics, Colour::Never);
    assert!(shown.contains("more.permit:3:8") && shown.contains("policy.permit"), "{shown}");
}

#[test]
fn findings_serialise_with_lines_and_columns() {
    let text = "edition 2026;\nmodule a;\n// é\nresource Doc;\nresource Doc;\n";
    let found = compiled(text).diagnostics;
    let json = serde_json::to_value(findings(&sources(text), &found)).unwrap();
    let place = |line: u64, text: &str| {
        let (start, end) = (json!({ "line": line, "column": 10 }), json!({ "line": line, "column": 13 }));
        json!({ "file": "policy.permit", "start": start, "end": end, "text": text })
    };
    let expected = json!([{
        "code": "P0110",
        "severity": "error",
        "message": "type `Doc` is declared twice",
        "help": "rename or remove one of them",
        "primary": place(5, "declared again here"),
        "secondary": [place(4, "first declared here")],
    }]);
    assert_eq!(json, expected);
}

#[test]
fn colours_are_only_there_when_asked_for() {
    let text = "edition 2026;\nmodule a;\nresource Doc;\n";
    let found = compiled(text).diagnostics;
    assert!(render(&sources(text), &found, Colour::Always).contains('\u{1b}'));
    assert!(!render(&sources(text), &found, Colour::Never).contains('\u{1b}'));
}

#[test]
fn nothing_at_all_is_no_program() {
    let found = compile(&Sources::new());
    assert_eq!((numbers(&found), found.program), (vec!["P0102"], None));
    assert!(!render(&Sources::new(), &found.diagnostics, Colour::Never).is_empty());
}

#[test]
fn any_text_gives_diagnostics_or_a_program() {
    for text in
        ["", ";", "edition", "permit", "permit x: y when", "resource R within R { r: R?; }", "\u{feff}", "é"]
    {
        let found = compiled(text);
        assert!(found.program.is_none() && !found.diagnostics.is_empty(), "{text}");
    }
}

#[test]
fn long_rows_of_conditions_stay_shallow() {
    let row =
        |word: &str| (0..120).map(|n| format!("pages != {n}")).collect::<Vec<_>>().join(&format!(" {word} "));
    for word in ["and", "or"] {
        assert_eq!(condition("read", &row(word)), Vec::<&str>::new(), "{word}");
    }
}
