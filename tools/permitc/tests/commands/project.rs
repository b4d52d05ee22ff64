//! Projects, from nothing to a bundle.

use std::fs;

use crate::bench::Bench;

fn new() -> Bench {
    let bench = Bench::new();
    let said = bench.run(&["new", "acme-refunds"]);
    assert_eq!(said.code, 0, "{}", said.all());
    bench
}

#[test]
fn a_new_project_checks_builds_and_decides() {
    let bench = new();
    let checked = bench.run_in("acme-refunds", &["check", "--deny", "warnings"]);
    assert_eq!(checked.all(), "exit code 0\n-- stdout --\nno errors\n");
    let tested = bench.run_in("acme-refunds", &["test", "--fail-under", "100"]);
    assert_eq!(tested.code, 0, "{}", tested.all());
    assert_eq!(bench.run(&["keygen", "--out", "signer"]).code, 0);
    let built = bench.run_in("acme-refunds/policy", &["build", "--key", "../../signer.key"]);
    assert_eq!(built.code, 0, "{}", built.all());
    assert!(built.out.starts_with("../acme-refunds.permitb: 2 rules, "), "{}", built.out);
    let pay = r#"{ "action": "pay", "resource": "rent", "arguments": { "amount": "20.00 USD" } }"#;
    fs::write(bench.path("pay.json"), pay).unwrap();
    for command in ["eval", "explain"] {
        let asked = ["acme-refunds", "--agent", "spiffe://example.org/bot/1", "--request", "pay.json"];
        let said = bench.run(&[&[command], &asked[..]].concat());
        assert!(said.code == 0 && said.out.contains("small_payment"), "{}", said.all());
    }
}

#[test]
fn a_project_gives_the_same_bundle_from_wherever_it_is_built() {
    let bench = new();
    assert_eq!(bench.run(&["keygen", "--out", "signer"]).code, 0);
    let digest = |folder: &str, arguments: &[&str]| {
        let said = bench.run_in(folder, &[&["build"], arguments].concat());
        said.out.rsplit_once("sha256:").map(|(_, digest)| digest.to_owned()).expect("a digest")
    };
    let inside = digest("acme-refunds", &["--key", "../signer.key"]);
    assert_eq!(inside, digest("acme-refunds/policy", &["--key", "../../signer.key"]));
    assert_eq!(inside, digest("", &["acme-refunds", "--key", "signer.key"]));
}

#[test]
fn the_files_of_a_project_are_one_policy_of_several_modules() {
    let people = "edition 2026;\nmodule acme.people;\nagent Bot identified by \"spiffe://acme.example/bot/*\";\n\
                  private const cap = 10;\nconst most = 9 * cap;\n";
    let pages = "edition 2026;\nmodule acme.pages;\nuse acme.people;\nuse std.http.{http_read};\n\
                 permit few: http_read by Bot when url.host within \"acme.example\" and most > cap because \"ours\";\n";
    let toml = "name = \"acme\"\nversion = \"1\"\nedition = 2026\n";
    let bench = Bench::new()
        .with("permit.toml", toml)
        .with("policy/people.permit", people)
        .with("policy/web/pages.permit", pages);
    let said = bench.run(&["check", "--format", "github"]);
    let expected = "::error file=policy/web/pages.permit,line=5,col=77,endColumn=80,title=P0106::";
    assert!(said.out.starts_with(expected) && said.out.lines().count() == 1, "{}", said.all());
    let mended = pages.replace("most > cap", "(url.port else 443) < 10 * most");
    let bench = bench.with("policy/web/pages.permit", mended);
    assert_eq!(bench.run(&["check"]).all(), "exit code 0\n-- stdout --\nno errors\n");
    assert_eq!(bench.run(&["keygen", "--out", "key"]).code, 0);
    let built = bench.run(&["build", "--key", "key.key", "--emit-ir"]);
    assert!(built.out.contains("module acme.pages\n"), "{}", built.all());
    let kit = built.out.find("forbid http_only_tls").unwrap();
    assert!(kit < built.out.find("permit few").unwrap(), "what is used comes first\n{}", built.all());
}

#[test]
fn what_is_there_is_never_overwritten() {
    let bench = new();
    fs::write(bench.path("acme-refunds/policy/main.permit"), "mine").unwrap();
    assert_eq!(bench.run(&["new", "acme-refunds"]).code, 2);
    assert_eq!(fs::read_to_string(bench.path("acme-refunds/policy/main.permit")).unwrap(), "mine");
}

#[test]
fn usage_is_shown_without_paths_and_project() {
    let said = Bench::new().run(&["check"]);
    assert_eq!((said.code, said.err.contains("permit.toml")), (2, true), "{}", said.all());
}

#[test]
fn facts_that_do_not_fit_are_found_by_check() {
    let bench = new();
    fs::write(bench.path("acme-refunds/facts.json"), r#"{ "entities": [{ "type": "Bto", "id": "b" }] }"#)
        .unwrap();
    let said = bench.run(&["check", "acme-refunds"]);
    assert_eq!((said.code, said.err.contains("facts.json")), (2, true), "{}", said.all());
}

#[test]
fn lint_levels_hold_for_check_and_build() {
    let bench = new();
    let policy = bench.path("acme-refunds/policy/main.permit");
    let text = fs::read_to_string(&policy)
        .unwrap()
        .replace("budget daily", "action idle() on Account;\nbudget daily");
    fs::write(&policy, text).unwrap();
    let settings = bench.path("acme-refunds/permit.toml");
    let with = |level: &str| {
        let text = fs::read_to_string(&settings).unwrap();
        let lints = text.find("[lints]").unwrap();
        fs::write(&settings, format!("{}[lints]\nwarnings = \"{level}\"\n", &text[..lints])).unwrap();
        (bench.run(&["check", "acme-refunds"]).code, bench.run(&["check", "acme-refunds"]).out)
    };
    assert!(with("warn").1.contains("Warning"));
    assert_eq!(with("allow"), (0, "no errors\n".to_owned()));
    assert_eq!(with("deny").0, 1);
    assert_eq!(bench.run(&["keygen", "--out", "signer"]).code, 0);
    assert_eq!(bench.run(&["build", "acme-refunds", "--key", "signer.key"]).code, 1);
}

#[test]
fn an_action_that_costs_more_than_the_project_allows_is_refused() {
    let bench = new();
    let settings = bench.path("acme-refunds/permit.toml");
    let text = fs::read_to_string(&settings).unwrap();
    let with = |cost_max: u64| {
        fs::write(&settings, text.replace("[lints]", &format!("cost_max = {cost_max}\n[lints]"))).unwrap();
        bench.run(&["check", "acme-refunds"])
    };
    assert_eq!(with(1_000).code, 0);
    let refused = with(5);
    assert!(
        refused.code == 1 && refused.out.contains("[P0190] Error: deciding `pay` can cost"),
        "{}",
        refused.all()
    );
    assert_eq!(bench.run(&["keygen", "--out", "signer"]).code, 0);
    assert_eq!(bench.run(&["build", "acme-refunds", "--key", "signer.key"]).code, 1);
    assert!(!bench.path("acme-refunds/acme-refunds.permitb").exists());
}
