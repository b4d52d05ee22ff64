//! Policies of several modules: what each sees of the others, and the order of their declarations.

use permit_frontend::render::{Colour, render};
use permit_frontend::sources::Sources;
use permit_frontend::{Severity, compile};

use crate::samples::{compiled, numbers, sources};

/// A file of a module.
fn file(module: &str, text: &str) -> String {
    format!("edition 2026;\nmodule {module};\n{text}\n")
}

/// Files as one text, the first of which is `policy.permit`.
fn files(parts: &[(&str, &str)]) -> String {
    let texts: Vec<String> = parts.iter().map(|(module, text)| file(module, text)).collect();
    let mut all = String::new();
    for (at, text) in texts.iter().enumerate() {
        if at > 0 {
            all.push_str(&format!("// file: {at}.permit\n"));
        }
        all.push_str(text);
    }
    all
}

/// The numbers of the errors.
fn errors(parts: &[(&str, &str)]) -> Vec<&'static str> {
    let found = compiled(&files(parts)).diagnostics;
    found.iter().filter(|one| one.severity == Severity::Error).map(|one| one.code.number()).collect()
}

/// One declaration of each kind that has a name, and what names it in another module.
const KINDS: [(&str, &str, &str); 11] = [
    ("const thing = 3;", "thing", "forbid f: pay when n > thing because \"t\";"),
    ("zone thing = \"UTC\";", "thing", "budget b in calls { counts pay; limit 5 per day in thing; }"),
    ("enum Thing { a, b }", "Thing", "action get(t: Thing);"),
    ("record Thing { a: int; }", "Thing", "action get(t: Thing);"),
    ("resource Thing;", "Thing", "action get() on Thing;"),
    ("group Thing;", "Thing", "agent Bot within Thing;"),
    ("agent Thing;", "Thing", "forbid f: pay by Thing because \"t\";"),
    ("action thing();", "thing", "forbid f: thing because \"t\";"),
    ("fn thing(n: int) -> bool = n > 3;", "thing", "forbid f: pay when thing(n) because \"t\";"),
    ("actions thing = ping;", "thing", "forbid f: thing because \"t\";"),
    (
        "scope thing() { allows ping; expires after 1h; }",
        "thing",
        "agent Bot; agent Bot requires scope thing;",
    ),
];

const LIBRARY: &str = "action ping();\n";
const MAIN: &str = "action pay(n: int);\n";

#[test]
fn a_public_name_is_brought_in_by_name_or_with_its_module() {
    for (declared, name, used) in KINDS {
        let library = format!("{LIBRARY}{declared}");
        for one in ["use acme.lib;".to_owned(), format!("use acme.lib.{{{name}}};")] {
            let main = format!("{one}\n{MAIN}{used}");
            assert_eq!(errors(&[("acme.main", &main), ("acme.lib", &library)]), [""; 0], "{one} {declared}");
        }
    }
}

#[test]
fn a_name_that_no_use_brings_in_is_unknown_and_the_help_says_which_use_does() {
    for (declared, name, used) in KINDS {
        let (library, main) = (format!("{LIBRARY}{declared}"), format!("{MAIN}{used}"));
        let text = files(&[("acme.main", &main), ("acme.lib", &library)]);
        let found = compiled(&text).diagnostics;
        let [only] = found.as_slice() else { panic!("{declared}: {found:?}") };
        let help = format!("write `use acme.lib.{{{name}}};` at the top of the file");
        assert_eq!(only.help.as_deref(), Some(help.as_str()), "{declared}");
        assert_eq!(only.secondary.len(), 1, "{declared}: the declaration is shown");
    }
}

#[test]
fn a_private_name_is_its_module_s_own() {
    for (declared, name, used) in KINDS {
        let library = format!("{LIBRARY}private {declared}");
        for (main, expected) in [
            (format!("{MAIN}{used}"), "P0106"),
            (format!("use acme.lib;\n{MAIN}{used}"), "P0106"),
            (format!("use acme.lib.{{{name}}};\n{MAIN}{used}"), "P0106"),
        ] {
            assert_eq!(errors(&[("acme.main", &main), ("acme.lib", &library)]), [expected], "{main}");
        }
        let within = format!("{MAIN}{LIBRARY}private {declared}\n");
        assert_eq!(errors(&[("acme.main", &within), ("acme.main", used)]), [""; 0], "{declared}");
    }
    let rule = "private forbid quiet: ping because \"t\";";
    let main = format!("use acme.lib.{{quiet}};\n{MAIN}");
    assert_eq!(errors(&[("acme.main", &main), ("acme.lib", &format!("{LIBRARY}{rule}"))]), ["P0106"]);
}

#[test]
fn errors_in_a_use_are_reported_once() {
    let library = "const low = 3;\nconst high = 9;\nrecord Range { from: int; }";
    let rule = "forbid f: pay when n > low because \"t\";";
    let cases = [
        ("use acme.lbi.{low};", vec!["P0104"]),
        ("use acme.lbi;", vec!["P0104"]),
        ("use acme.lib.{lwo};", vec!["P0105"]),
        ("use acme.lib.{low, low};", vec!["P0109"]),
        ("use acme.lib.{low};\nuse acme.lib.{low};", vec!["P0109"]),
        ("use acme.lib.{low};\nuse acme.lib;", vec![]),
        ("use acme.main;\nuse acme.lib.{low};", vec!["P0108"]),
        ("use acme.lib.{low};\nconst low = 4;", vec!["P0109"]),
        ("use acme.lib;\nconst low = 4;", vec![]),
        ("use acme.lib.{low};\nuse acme.other.{low};", vec!["P0109"]),
        ("use acme.lib;\nuse acme.other;", vec!["P0119"]),
        ("use acme.lib;\nuse acme.other.{low};", vec![]),
        ("use acme.lib.{low};\nuse acme.other;", vec![]),
    ];
    for (uses, expected) in cases {
        let main = format!("{uses}\n{MAIN}{rule}");
        let found = errors(&[
            ("acme.main", &main),
            ("acme.lib", library),
            ("acme.other", "const low = 5;\nzone utc = \"UTC\";"),
        ]);
        assert_eq!(found, expected, "{uses}");
    }
}

#[test]
fn a_name_in_two_modules_is_ambiguous() {
    let declared =
        "fn f(n: int) -> bool = n > 3;\nzone z = \"UTC\";\nenum K { a }\naction go();\nactions some = go;\n";
    let other = declared.replace('K', "L").replace("go", "gone");
    for rule in [
        "forbid r: pay when f(n) because \"t\";",
        "budget b in calls { counts pay; limit 5 per day in z; }",
        "forbid r: some because \"t\";",
    ] {
        let main = format!("use acme.one;\nuse acme.two;\n{MAIN}{rule}");
        let found = errors(&[("acme.main", &main), ("acme.one", declared), ("acme.two", &other)]);
        assert_eq!(found, ["P0119"], "{rule}");
    }
}

#[test]
fn what_decisions_and_requests_name_is_unique_in_the_whole_policy() {
    let cases = [
        ("enum A { a }", "record A { a: int; }", true),
        ("private resource A;", "private group A;", true),
        ("private action a();", "private action a();", true),
        ("private forbid a: * because \"t\";", "rate a { counts go; allow 1 per 1h; }", true),
        ("const a = 3;", "const a = 4;", false),
        ("fn a(n: int) -> int = n;", "zone a = \"UTC\";", false),
        ("actions a = pay;", "actions a = go;", false),
        ("actions a = pay;", "private action a();", false),
    ];
    for (one, other, clash) in cases {
        let (main, library) = (format!("{MAIN}{one}"), format!("action go();\n{other}"));
        let expected: &[&str] = if clash { &["P0110"] } else { &[] };
        assert_eq!(errors(&[("acme.main", &main), ("acme.lib", &library)]), expected, "{one} {other}");
    }
}

/// The names of a program's rules, in order.
fn rules(text: &str) -> Vec<String> {
    let found = compiled(text);
    let shown = render(&sources(text), &found.diagnostics, Colour::Never);
    let program = found.program.expect(&shown);
    program.rules.iter().map(|rule| rule.name.clone()).collect()
}

#[test]
fn a_rule_s_number_is_its_place_whatever_the_order_of_the_modules() {
    let go = |name: &str| format!("permit {name}: go because \"t\";");
    let main = format!("use acme.lib;\nuse acme.also;\n{}", go("main_first"));
    let more = format!("use acme.lib;\n{}", go("main_second"));
    let library = format!("action go();\n{}", go("lib"));
    let also = format!("use acme.lib;\n{}", go("also"));
    let expected = ["lib", "also", "main_first", "main_second"];
    let parts =
        [("acme.main", &*main), ("acme.main", &*more), ("acme.lib", &*library), ("acme.also", &*also)];
    for order in [[0, 1, 2, 3], [2, 3, 0, 1], [0, 3, 2, 1], [3, 0, 1, 2]] {
        let shuffled = order.map(|at| parts[at]);
        assert_eq!(rules(&files(&shuffled)), expected, "{order:?}");
    }
    let swapped = [parts[1], parts[0], parts[2], parts[3]];
    assert_eq!(rules(&files(&swapped)), ["lib", "also", "main_second", "main_first"]);
}

#[test]
fn a_star_stands_for_the_actions_that_its_module_sees() {
    let star = "forbid none: * because \"t\";";
    let library = "action one();\naction two();\nprivate action three();";
    let cases: [(&[&str], &[&str]); 4] = [
        (&[star], &["own"]),
        (&["use acme.lib;", star], &["one", "two", "own"]),
        (&["use acme.lib.{two};", star], &["two", "own"]),
        (&[star, "use acme.lib.{one};"], &["one", "own"]),
    ];
    for (texts, expected) in cases {
        let mut parts: Vec<(&str, &str)> = texts.iter().map(|text| ("acme.main", *text)).collect();
        parts.extend([("acme.main", "action own();"), ("acme.lib", library)]);
        // A use stands before what is declared.
        let text = files(&parts).replace(
            "use acme.lib;\n// file: 1.permit\nedition 2026;\nmodule acme.main;\n",
            "use acme.lib;\n",
        );
        let program = compiled(&text).program.expect("no errors");
        let actions = program.rules[0].actions.iter();
        let names: Vec<&str> = actions.map(|id| program.actions[id.index()].name.as_str()).collect();
        assert_eq!(names, expected, "{text}");
    }
}

#[test]
fn a_use_that_nothing_rests_on_is_found() {
    let permit = "permit p: pay because \"t\";";
    let cases = [
        (format!("use acme.lib;\n{MAIN}{permit}"), vec!["P0200"]),
        (
            format!("use acme.lib.{{low, high}};\n{MAIN}permit p: pay when n > low because \"t\";"),
            vec!["P0200"],
        ),
        (format!("use acme.lib;\n{MAIN}permit p: pay when n > low because \"t\";"), vec![]),
        // Its rule is part of the policy.
        (format!("use acme.rules;\n{MAIN}{permit}"), vec![]),
        (format!("use acme.acts;\n{MAIN}permit p: * because \"t\";"), vec![]),
        (format!("use acme.acts.{{go}};\n{MAIN}permit p: * because \"t\";"), vec![]),
    ];
    for (main, expected) in cases {
        let text = files(&[
            ("acme.main", &main),
            ("acme.lib", "const low = 3;\nconst high = low;\nfn all() -> int = high;\n"),
            ("acme.rules", "action rest();\npermit r: rest because \"t\";"),
            ("acme.acts", "action go();\npermit g: go because \"t\";"),
        ]);
        let main = compiled(&text).diagnostics.into_iter().filter(|one| one.primary.span.source.0 == 0);
        let found: Vec<&str> = main.map(|one| one.code.number()).collect();
        assert_eq!(found, expected, "{main:?}", main = text);
    }
}

#[test]
fn a_module_of_the_library_is_part_of_a_policy_that_uses_it_and_of_no_other() {
    let with = compiled(&file(
        "a",
        "use std.time;\naction go(d: date);\npermit p: go when weekday_of_date(d) == mon because \"t\";",
    ));
    assert_eq!(numbers(&with), [""; 0]);
    let names = |program: &permit_ir::program::Program| -> Vec<String> {
        program.enums.iter().map(|decl| decl.name.clone()).collect()
    };
    assert_eq!(names(&with.program.unwrap()), ["Weekday"]);
    let without = compiled(&file(
        "a",
        "use std.math;\naction go(n: int);\npermit p: go when to_decimal(n) > 3.0 because \"t\";",
    ));
    assert_eq!(names(&without.program.unwrap()), [""; 0]);
}

#[test]
fn the_library_s_names_are_the_library_s() {
    assert_eq!(errors(&[("std.mine", "const a = 3;")]), ["P0117"]);
    let body = "fn lower(text: string) -> string = intrinsic;";
    assert_eq!(errors(&[("acme.main", body)]), ["P0113"]);
    let generic = "fn twice(x: amount) -> amount = 2 * x;";
    assert_eq!(errors(&[("acme.main", generic)]), ["P0111", "P0111"]);
}

#[test]
fn a_zone_can_be_given_to_a_function_and_be_nothing_else() {
    let uses = "use std.time.{weekday};\nzone utc = \"UTC\";\naction go();\n";
    let cases = [
        (
            "fn monday(t: instant, z: zone) -> bool = weekday(t, z) == mon;\nforbid f: go when monday(now, utc) because \"t\";",
            vec![],
        ),
        ("resource R { z: zone; }", vec!["P0111"]),
        ("action a(z: zone);", vec!["P0111"]),
        ("fn f(z: set[zone]) -> bool = true;", vec!["P0111"]),
        ("fn f(z: zone) -> zone = z;", vec!["P0111"]),
    ];
    for (text, expected) in cases {
        assert_eq!(errors(&[("acme.main", &format!("{uses}{text}"))]), expected, "{text}");
    }
}

#[test]
fn many_modules_compile_in_time_that_grows_with_them() {
    // Each uses the one before it and all of one that has many names.
    let modules = 400;
    let mut sources = Sources::new();
    let names: String = (0..5_000).map(|n| format!("const name_{n} = {n};\n")).collect();
    sources.add("names", file("names", &names)).unwrap();
    for at in 0..modules {
        let before = if at == 0 { String::new() } else { format!("use m{};\n", at - 1) };
        let bound = if at == 0 { "name_0".to_owned() } else { format!("c{}", at - 1) };
        let text = format!(
            "use names;\n{before}const c{at} = {bound};\naction a{at}(n: int);\npermit p{at}: a{at} when n > c{at} + name_{at} because \"t\";\n"
        );
        sources.add(format!("m{at}"), file(&format!("m{at}"), &text)).unwrap();
    }
    let compiled = compile(&sources);
    let program = compiled.program.expect("no errors");
    assert_eq!((program.rules.len(), program.module.as_str()), (modules, "m399"));
}
