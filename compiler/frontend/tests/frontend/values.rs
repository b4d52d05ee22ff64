//! Constants, tables, functions, records and expressions over them: what is accepted, and what is rejected with one
//! diagnostic.

use crate::samples::{compiled, numbers};

const PRELUDE: &str = r#"edition 2026;
module acme.demo;
use std.time;
use std.text.{lower};
use std.math.{mul_round_half_even};
zone dublin = "Europe/Dublin";
zone tokyo = "Asia/Tokyo";
enum Tier { basic, gold }
record Point { x: int; y: int; label: string?; }
agent Bot identified by "spiffe://acme.example/bot/*" { tier: Tier; }
agent Clerk identified by "spiffe://acme.example/clerk/*" { desk: int; }
resource Folder { readers: set[Bot]; home: path; }
resource Doc within Folder { tier: Tier; at: Point; spot: Point?; marks: list[int]; caps: map[string, int]; price: money[USD]; folder: Folder?; site: url; }
resource Note { price: money[USD]; }
action read(pages: int, note: string?, t: Tier) on Doc;
action look(pages: int) on Doc, Note;
table caps [Tier] -> { each: int; name: string; } { gold => 9, "g"; basic => 3, "b"; }
const most = 4 * 25;
const key = "k";
const tiers = [basic2, basic2];
const basic2 = Tier.basic;
fn small(n: int) -> bool = n < most;
fn cap(t: Tier) -> int = caps[t].each;
fn named(text: string?) -> bool = present(text) and text == "x";
fn pick(a: Tier, b: Tier, first: bool) -> Tier = if first then a else b;
fn label(p: Point) -> string? = p.label;
fn either(p: Point, q: Point?) -> int? = if present(q) then q.y else p.x;
permit everything: * because "what is denied is said below";
"#;

fn find(rest: &str) -> Vec<&'static str> {
    let found = numbers(&compiled(&format!("{PRELUDE}{rest}")));
    // The zone is for other cases.
    found.into_iter().filter(|number| *number != "P0200").collect()
}

fn condition(actions: &str, condition: &str) -> Vec<&'static str> {
    find(&format!("forbid f: {actions} when {condition} because \"it is a test\";"))
}

#[test]
fn conditions_that_hold_what_they_say_are_taken() {
    let cases = [
        ("read", "small(pages) and not small(n: pages + 1)"),
        ("read", "pages > caps[resource.tier].each and caps[gold].name != resource.site.host"),
        ("read", "cap(t) < pages and caps[if pages > 3 then gold else t].each > 3"),
        ("read", "named(note) or named(\"x\") and pages > 3"),
        ("read", "present(note) and named(note)"),
        ("read", "(label(resource.at) else \"x\") == \"y\" and present(label(resource.at))"),
        ("read", "(either(resource.at, resource.spot) else 3) > 3"),
        ("read", "weekday(now, if pages > 3 then dublin else tokyo) == mon"),
        ("read", "(if agent is Clerk then agent else Clerk::\"x\") == Clerk::\"y\""),
        ("read", "t in tiers and pick(t, gold, pages > 2) == basic"),
        ("read", "(if pages > most then gold else basic) == t"),
        ("read", "(if present(note) then note else \"none\") == \"x\""),
        ("read", "any(m in resource.marks: m > pages and any(n in resource.marks: n == m + 1))"),
        ("read", "all(m in resource.marks: small(m)) and count(m in resource.marks: m == pages) > 2"),
        ("read", "any(b in [Bot::\"a\", Bot::\"b\"]: b.tier == t and agent == b)"),
        ("read", "resource.at == Point(x: 1, y: pages) and resource.at.x > 3"),
        (
            "read",
            "resource.at == Point(y: 1, x: 2, label: \"a\") or resource.at == Point(x: 1, y: 1, label: note)",
        ),
        ("read", "(resource.spot?.label else \"none\") == \"x\""),
        ("read", "present(resource.spot) and resource.spot.y > 3"),
        ("read", "present(resource.caps[\"a\"]) and resource.caps[\"a\"] > 3"),
        ("read", "(resource.caps[lower(\"A\")] else 3) > 3"),
        ("read", "([\"a\" => pages, \"b\" => most][note else \"a\"] else 3) > 3"),
        ("read", "([\"a\" => Tier.gold, \"b\" => t][note else \"a\"] else basic) == gold"),
        ("read", "present(note) and t in ([\"a\" => tiers, key => [basic]][note] else tiers)"),
        (
            "read",
            "resource.site == ([\"a\" => resource.site, \"b\" => \"https://b.example/\"][note else \"\"] else resource.site)",
        ),
        ("read", "agent is Bot and agent.tier == t"),
        ("read", "not agent is Bot and agent.desk > 3"),
        ("read", "(if agent is Clerk then agent.desk else 0) > 3"),
        ("look", "resource is Note or resource.tier == gold"),
        ("look", "resource is Doc and resource within Folder::\"f\""),
        ("read", "weekday(now, dublin) in [mon, tue] and time_of_day(now, dublin) in 09:00..17:30"),
        ("read", "date_of(now, dublin) >= 2026-03-01 and date_of(now, dublin).year == 2026"),
        ("read", "mul_round_half_even(resource.price, 0.5) > 1.00 USD"),
        ("read", "resource.site.host within \"acme.example\" and resource.site == \"https://acme.example/\""),
        ("read", "present(resource.folder) and resource.folder.home within \"/srv\""),
        ("read", "(note else \"\") matches r\"[a-z]+\""),
    ];
    for (actions, text) in cases {
        assert_eq!(condition(actions, text), Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn conditions_that_mean_nothing_are_refused_once() {
    let cases = [
        ("read", "smal(pages)", "P0153"),
        ("read", "caps(t) > 3", "P0153"),
        ("read", "small()", "P0155"),
        ("read", "small(pages, pages)", "P0155"),
        ("read", "small(m: pages)", "P0155"),
        ("read", "small(note)", "P0144"),
        ("read", "label(resource.at) == \"x\"", "P0144"),
        ("read", "named(3)", "P0140"),
        ("read", "small(\"x\")", "P0140"),
        ("read", "small(3)", "P0136"),
        ("read", "small", "P0154"),
        ("read", "caps", "P0154"),
        ("read", "caps[t] > 3", "P0158"),
        ("read", "caps[t].all > 3", "P0114"),
        ("read", "caps[pages].each > 3", "P0140"),
        ("read", "caps[silver].each > 3", "P0115"),
        ("read", "pages[\"a\"] > 3", "P0164"),
        ("read", "resource.caps[\"a\"] > 3", "P0144"),
        ("read", "resource.caps[3] > 3", "P0140"),
        ("read", "([\"a\" => 1, \"b\" => \"x\"][note else \"\"] else 3) > pages", "P0168"),
        ("read", "([\"a\" => 1, lower(\"B\") => 2][note else \"\"] else 3) > pages", "P0168"),
        ("read", "([1 => 1][note else \"\"] else 3) > pages", "P0168"),
        ("read", "([\"a\" => resource.caps][note else \"\"] else resource.caps) == resource.caps", "P0168"),
        ("read", "([\"a\" => note][\"a\"] else \"\") == \"x\"", "P0144"),
        ("read", "([key => 1, \"k\" => 2][note else \"\"] else 3) > pages", "P0169"),
        ("read", "present([\"a\" => pages][\"a\"])", "P0136"),
        ("read", "([\"a\" => 1][\"b\"] else 2) == 2", "P0136"),
        ("read", "([\"a\" => silver][note else \"\"] else gold) == t", "P0113"),
        ("read", "(if pages > 3 then 1 else \"x\") == 1", "P0140"),
        ("read", "(if pages then 1 else 2) == pages", "P0135"),
        ("read", "(if present(note) then 1 else note) == pages", "P0144"),
        ("read", "(if present(note) then \"a\" else note) == \"x\"", "P0144"),
        ("read", "any(m in pages: m > 3)", "P0165"),
        ("read", "any(pages in resource.marks: pages > 3)", "P0119"),
        ("read", "any(m in resource.marks: m > 3) and m > 3", "P0113"),
        ("read", "any(m in resource.marks: m)", "P0135"),
        ("read", "count(m in resource.marks: m > 3)", "P0135"),
        ("read", "resource.at.z > 3", "P0114"),
        ("read", "resource.at == Point(1, 2)", "P0155"),
        ("read", "resource.at == Point(x: 1)", "P0155"),
        ("read", "resource.at == Point(x: 1, y: 2, z: 3)", "P0155"),
        ("read", "resource.at == Point(x: 1, y: \"2\")", "P0140"),
        ("read", "resource.spot.x > 3", "P0144"),
        ("read", "resource.caps == resource.caps", "P0141"),
        ("read", "dublin == dublin", "P0141"),
        ("read", "resource is Doc", "P0136"),
        ("read", "resource is Note", "P0136"),
        ("read", "pages is Doc", "P0151"),
        ("read", "agent is Tier", "P0118"),
        ("read", "agent is Bot or agent.tier == t", "P0114"),
        ("look", "resource.tier == gold and resource is Doc", "P0133"),
        ("read", "weekday(now) == mon", "P0155"),
        ("read", "weekday(now, 3) == mon", "P0140"),
        ("read", "weekday(now, dublin) == monday", "P0115"),
        ("read", "contains(\"a\", \"b\")", "P0153"),
        ("read", "resource.site.hots == \"a\"", "P0114"),
        ("read", "resource.site == \"nowhere\"", "P0167"),
        ("read", "(note else \"\") matches r\"(\"", "P0166"),
        ("read", "pages matches r\"a\"", "P0149"),
        ("read", "pages / 2 > 3", "P0142"),
        ("read", "nothing in 10.0.0.0/8", "P0113"),
        ("read", "nothing in pages", "P0113"),
        ("read", "mul_round_half_even(nothing, 0.5) > 1.00 USD", "P0113"),
        ("read", "pages > most + 9_223_372_036_854_775_807", "P0159"),
    ];
    for (actions, text, number) in cases {
        assert_eq!(condition(actions, text), [number], "{text}");
    }
}

#[test]
fn declarations_that_mean_nothing_are_refused_once() {
    let cases: [(&str, &[&str]); 34] = [
        ("const a = 3; const a = 4;", &["P0110"]),
        ("const dublin = 3;", &["P0110"]),
        ("const now = 3;", &["P0117"]),
        ("const a = pages;", &["P0113"]),
        ("const a = agent.tier;", &["P0129"]),
        ("const a: int = \"x\";", &["P0140"]),
        ("const a: Tier = gold;", &[]),
        ("const a = b + 1; const b = a + 1;", &["P0128"]),
        ("const a = a;", &["P0128"]),
        ("const a = b; const b = nothing; forbid f: read when pages > a because \"t\";", &["P0113"]),
        (
            "fn f(n: int) -> bool = g(n); fn g(n: int) -> bool = h(n); fn h(n: int) -> bool = f(n);",
            &["P0128"],
        ),
        ("fn f(n: int) -> bool = pages > n;", &["P0113"]),
        ("fn f(n: int) -> bool = now > now;", &["P0138", "P0138"]),
        ("fn f(n: int) -> bool = n;", &["P0140"]),
        ("fn f(n: int, n: int) -> bool = n > 3;", &["P0110"]),
        ("fn f(n: Nothing) -> bool = n > 3; forbid r: read when f(pages) because \"t\";", &["P0111"]),
        ("fn f(most: int) -> bool = any(m in [1, 2]: m > most);", &[]),
        ("table t [int] -> { a: int; } { 1 => 2; }", &["P0156"]),
        ("table t [Tier] -> { a: int; } { basic => 1; }", &["P0157"]),
        ("table t [Tier] -> { a: int; } { basic => 1; basic => 2; gold => 3; }", &["P0157"]),
        ("table t [Tier] -> { a: int; } { basic => 1, 2; gold => 3; }", &["P0157"]),
        ("table t [Tier] -> { a: int; } { basic => \"x\"; gold => 3; }", &["P0140"]),
        ("table t [Tier] -> { a: int; } { basic => 1; silver => 3; }", &["P0115"]),
        ("record R { a: S; } record S { b: set[R]; }", &["P0128"]),
        ("enum Weekday { mon, tue }", &["P0110"]),
        ("enum Weekday { mon, tue, wed, thu, fri, sat, sun }", &["P0110"]),
        ("group Weekday;", &["P0110"]),
        (
            "record R { a: S; } record S { b: int; } resource Q { r: R; } action q() on Q; permit p: q because \"t\";",
            &[],
        ),
        ("resource Q { m: map[int, int]; }", &["P0127"]),
        ("actions a = b, read; actions b = look, a;", &["P0128"]),
        ("actions a = read; actions b = a, look; forbid f: b, read because \"t\";", &["P0173"]),
        ("actions a = raed; forbid f: a because \"t\";", &["P0112"]),
        ("action q(n: int = \"x\");", &["P0140"]),
        ("action q(n: int = most, m: Tier? = gold, o: int = now);", &["P0129"]),
    ];
    for (text, expected) in cases {
        let found = find(text);
        let errors: Vec<&str> = found.into_iter().filter(|number| *number < "P0200").collect();
        assert_eq!(errors, expected, "{text}");
    }
}

#[test]
fn reviews_persons_claims_and_required_scopes_are_checked() {
    let review = |approval: &str| format!("person Lead; review r: read {approval} because \"t\";");
    let scope = "scope s() { allows read; expires after 1h; }";
    let budget = |warn: &str| format!("budget b in calls {{ counts read; limit 5 per 1d; {warn} }}");
    let cases: [(String, &[&str]); 28] = [
        (review("approved by Lead timeout 30min"), &[]),
        (review("approved by Lead, Lead::\"zoe\" 2 of them timeout 1d"), &[]),
        (review("approved by Lead::\"a\", Lead::\"b\" 2 of them timeout 1d"), &[]),
        (review("approved by Lead::\"a\", Lead::\"a\" 2 of them timeout 1d"), &["P0187"]),
        (review("approved by Lead 0 of them timeout 1d"), &["P0187"]),
        (review("approved by Lead 65_536 of them timeout 1d"), &["P0187"]),
        (review("approved by Laed timeout 30min"), &["P0111"]),
        (review("approved by Bot timeout 30min"), &["P0118"]),
        (review("approved by Lead timeout 0s"), &["P0179"]),
        (review("approved by Lead"), &["P0186"]),
        (review(""), &["P0184"]),
        (review("by Lead approved by Lead timeout 30min"), &["P0118"]),
        ("person Lead; permit p: read approved by Lead timeout 30min because \"t\";".to_owned(), &["P0185"]),
        ("person Lead; forbid p: read approved by Lead timeout 30min because \"t\";".to_owned(), &["P0185"]),
        (
            "person A identified by \"spiffe://a/p/*\"; person B identified by \"spiffe://a/p/x\";"
                .to_owned(),
            &["P0124"],
        ),
        (
            "person A identified by \"spiffe://a/bot/1\"; agent C identified by \"spiffe://a/bot/*\";"
                .to_owned(),
            &["P0124"],
        ),
        (
            "group G; person A within G; forbid f: read when Bot::\"b\" is A because \"t\";".to_owned(),
            &["P0136"],
        ),
        ("group G; person A within G { claimed a: int; }".to_owned(), &["P0139"]),
        ("group G { claimed a: int; claimed b: int; }".to_owned(), &["P0139", "P0139"]),
        ("resource Q { claimed a: int; } agent C { claimed b: int?; }".to_owned(), &[]),
        (format!("{scope} agent Bot requires scope s;"), &[]),
        (format!("agent Bot requires scope s; {scope}"), &[]),
        (format!("{scope} agent Bot requires scope t;"), &["P0188"]),
        ("agent Bot requires scope everything;".to_owned(), &["P0118"]),
        (format!("{scope} agent Bot requires scope s; agent Bot requires scope s;"), &["P0189"]),
        (format!("{scope} agent Bto requires scope s;"), &["P0111"]),
        (budget("warn at 99%;"), &[]),
        (
            budget("warn at 0%;") + &budget("warn at 100%;").replace("budget b", "budget c"),
            &["P0160", "P0160"],
        ),
    ];
    for (text, expected) in cases {
        let errors: Vec<&str> = find(&text).into_iter().filter(|number| *number < "P0200").collect();
        assert_eq!(errors, expected, "{text}");
    }
}

#[test]
fn contradictions_are_found_and_possibilities_are_not() {
    let never = [
        "pages > 3 and pages < 4",
        "pages == 3 and not pages == 3",
        "t == gold and t == basic",
        "t != gold and t != basic",
        "present(note) and not present(note)",
        "pages in 1..5 and (pages > 7 or pages < 0)",
        "not (pages > 3 or pages < 10)",
        "pages in [1, 2] and pages > 2",
        "t in [gold] and t == basic",
    ];
    for text in never {
        assert_eq!(condition("read", text), ["P0202"], "{text}");
    }
    let possible = [
        "pages >= 3 and pages <= 3",
        "pages > 3 or pages < 2",
        "pages > 3 and resource.at.x < 2",
        "resource.at.x > 3 and resource.at.y < 2",
        "t == gold and agent is Bot and agent.tier == basic",
        "not (pages > 3 and pages < 4)",
        "pages in [1, 2] and pages > 1",
    ];
    for text in possible {
        assert_eq!(condition("read", text), Vec::<&str>::new(), "{text}");
    }
}

#[test]
fn an_allowed_lint_is_silent_at_its_declaration_alone() {
    let rule =
        |name: &str| format!("forbid {name}: read when pages > 3 and pages < {} because \"t\";", name.len());
    let mark = "@allow(never_matches, \"it is a test\")";
    assert_eq!(find(&format!("{mark} {} {}", rule("ab"), rule("abc"))), ["P0202"]);
    assert_eq!(find(&format!("{mark} {}", rule("ab"))), Vec::<&str>::new());
    assert_eq!(find(&format!("@allow(shadowed, \"t\") {}", rule("ab"))), ["P0202"]);
}

#[test]
fn what_nothing_refers_to_is_unused() {
    let zone = numbers(&compiled(PRELUDE)).len();
    let used = |text: &str| numbers(&compiled(&format!("{PRELUDE}{text}"))).len() == zone;
    for text in [
        "const unheard = 3;",
        "fn f(n: int) -> bool = n > 3;",
        "table sums [Tier] -> { a: int; } { basic => 1; gold => 2; }",
        "record R { a: int; }",
        "actions all_of_them = read, look;",
    ] {
        assert!(!used(text), "{text}");
    }
    let rule = "forbid f: all_of_them when pages > unheard because \"t\";";
    assert!(used(&format!("const unheard = 3; actions all_of_them = read, look; {rule}")));
}

#[test]
fn a_long_chain_of_declarations_is_bounded() {
    let chain: String = (1..20_000).map(|n| format!("const c{n} = c{} + 1;\n", n - 1)).collect();
    assert_eq!(find(&format!("{chain}const c0 = 1;")), Vec::<&str>::new());
    let chain: String = (1..300).map(|n| format!("fn f{n}(n: int) -> int = f{}(n) + 1;\n", n - 1)).collect();
    assert_eq!(find(&format!("{chain}fn f0(n: int) -> int = n;")), ["P0192"]);
}
