//! `permitc test`: its output for scenarios that pass and fail, and for coverage.

use std::fs;

use serde_json::Value;

use crate::bench::{Bench, Said};

const POLICY: &str = r#"edition 2026;
module acme.demo;

enum Tier { basic, gold }
agent Bot identified by "spiffe://acme.example/bot/*";
resource Customer { tier: Tier; }
action refund(amount: money[USD]) on Customer;
action read() on Customer;

permit read_any: read because "reading is free";
permit small_refund: refund
    when amount > 0.00 USD and amount <= 50.00 USD
    unless resource.tier == basic and amount > 20.00 USD
    because "within the tier's cap";
forbid huge: refund when amount > 1_000.00 USD because "nobody refunds so much" hint "ask finance";
budget pot in USD { counts refund as amount; for each agent; limit 100.00 USD per 24h; }
scope one(customer: Customer) { allows refund; requires resource == customer; expires after 4h; }
"#;

const STAGE: &str = r#"
    given ann = Customer::"ann" { tier: gold; };
    given bob = Customer::"bob" { tier: basic; };
    given bot = Bot::"b1";
    at 2026-03-26T10:00Z;
    as bot under one(customer: ann);
"#;

fn bench(scenarios: &[(&str, &str)]) -> Bench {
    let scenarios: String = scenarios
        .iter()
        .map(|(name, steps)| format!("\nscenario \"{name}\" {{{STAGE}{steps}\n}}\n"))
        .collect();
    Bench::new().with("policy.permit", format!("{POLICY}{scenarios}"))
}

const PASSES: (&str, &str) =
    ("the pot runs dry", "    attempt refund(amount: 50.00 USD) on ann expect permit leaving pot 50.00 USD;");

const FAILS: (&str, &str) = (
    "much goes wrong",
    "    attempt refund(amount: 60.00 USD) on ann expect permit by small_refund;
    attempt refund(amount: 2_000.00 USD) on ann expect deny by pot;
    attempt refund(amount: 50.00 USD) on ann
        expect permit leaving pot 40.00 USD;
    attempt refund(amount: 50.00 USD) on bob expect deny;
    attempt refund(amount: 10.00 USD) on bob expect permit;
    attempt refund(amount: 50.00 USD) on ann expect permit leaving pot 0.00 USD;
    attempt refund(amount: 1.00 USD) on ann expect permit;",
);

fn test(bench: &Bench, arguments: &[&str]) -> Said {
    bench.run(&[&["test", "policy.permit"], arguments].concat())
}

#[test]
fn what_passes_takes_a_line() {
    let said = test(&bench(&[PASSES]), &[]);
    assert_eq!(
        said.all(),
        "exit code 0\n-- stdout --\nok    the pot runs dry (1 attempt)\n1 scenario passed\n"
    );
}

#[test]
fn each_failure_shows_its_line_what_came_and_why() {
    insta::assert_snapshot!(test(&bench(&[PASSES, FAILS]), &[]).all());
}

#[test]
fn coverage_names_what_was_never_seen() {
    let bench = bench(&[PASSES, FAILS]);
    insta::assert_snapshot!(test(&bench, &["--filter", "dry", "--coverage"]).all());
    let covered = |percent| test(&bench, &["--filter", "dry", "--quiet", "--fail-under", percent]);
    assert_eq!(covered("37").all(), "exit code 0\n");
    assert_eq!(
        covered("38").all(),
        "exit code 1\n-- stdout --\ncoverage is 37.50%, below the required 38%\n"
    );
}

#[test]
fn other_programs_read_json_junit_annotations_and_tracefiles() {
    let bench = bench(&[PASSES, FAILS]);
    for format in ["json", "junit", "github"] {
        insta::assert_snapshot!(format!("test_as_{format}"), test(&bench, &["--format", format]).all());
    }
    let files = ["--lcov", "lcov.info", "--coverage-json", "coverage.json", "--quiet"];
    assert_eq!(test(&bench, &[&files[..], &["--filter", "dry"]].concat()).code, 0);
    insta::assert_snapshot!("test_as_lcov", fs::read_to_string(bench.path("lcov.info")).unwrap());
    let json: Value = serde_json::from_slice(&fs::read(bench.path("coverage.json")).unwrap()).unwrap();
    assert_eq!((json["percent"].as_str(), json["version"].as_u64()), (Some("37.50"), Some(1)));
    assert_eq!(json["rules"][1]["conditions"][0]["parts"][1]["text"], "amount <= 50.00 USD");
}

#[test]
fn how_the_source_is_laid_out_does_not_change_the_percentage() {
    let bench = bench(&[PASSES, FAILS]);
    let percent = || {
        let said = test(&bench, &["--format", "json", "--coverage"]);
        let json: Value = serde_json::from_str(&said.out).unwrap();
        json["coverage"]["percent"].as_str().unwrap().to_owned()
    };
    let before = percent();
    let tight = fs::read_to_string(bench.path("policy.permit")).unwrap().replace('\n', " ");
    fs::write(bench.path("policy.permit"), tight).unwrap();
    assert_eq!(percent(), before);
    assert_eq!(bench.run(&["fmt", "policy.permit"]).code, 0);
    assert_eq!(percent(), before);
}

#[test]
fn a_policy_without_scenarios_says_so() {
    let said = test(&bench(&[]), &[]);
    assert_eq!(said.all(), "exit code 0\n-- stdout --\nno scenarios\n");
    let said = test(&bench(&[]), &["--fail-under", "1"]);
    let expected = "exit code 1\n-- stdout --\ncoverage is 0.00%, below the required 1%\nno scenarios\n";
    assert_eq!(said.all(), expected);
}

#[test]
fn scenarios_that_cannot_run_are_distinguished_from_failures() {
    assert_eq!(test(&bench(&[PASSES]), &["--filter", "nothing like it"]).code, 2);
    assert_eq!(Bench::new().run(&["test", "absent.permit"]).code, 2);
    let said = test(&bench(&[("typo", "    attempt refnud() on ann expect deny;")]), &[]);
    assert!(said.code == 1 && said.out.contains("[P0112]"), "{}", said.all());
}

#[test]
fn a_scenario_in_a_file_of_its_own_leaves_the_bundle_as_it_was() {
    let bench = Bench::new().with("p/policy.permit", POLICY);
    assert_eq!(bench.run(&["keygen", "--out", "signer"]).code, 0);
    let build = |out: &str| {
        let said = bench.run(&["build", "p", "--key", "signer.key", "--name", "p", "--out", out]);
        assert_eq!(said.code, 0, "{}", said.all());
        fs::read(bench.path(out)).unwrap()
    };
    let without = build("without.permitb");
    let scenario = format!("edition 2026;\nmodule acme.demo;\nscenario \"s\" {{{STAGE}{}\n}}\n", PASSES.1);
    fs::write(bench.path("p/scenarios.permit"), scenario).unwrap();
    assert_eq!(bench.run(&["test", "p"]).code, 0);
    assert_eq!(build("with.permitb"), without);
}

/// The sample of the whole language, as it stands.
const SAMPLE: &str = include_str!("../../../../grammar/tests/data/sample.permit");

#[test]
fn the_sample_passes_as_it_stands() {
    let bench = Bench::new().with("sample.permit", SAMPLE);
    let checked = bench.run(&["check", "sample.permit"]);
    // Nothing permits its `send_email`; that is the sample's only warning.
    assert!(checked.code == 0 && checked.out.ends_with("0 errors, 1 warning\n"), "{}", checked.all());
    let said = bench.run(&["test", "sample.permit"]);
    let expected = "ok    cap edge, then the pot runs dry (6 attempts)\n1 scenario passed\n";
    assert_eq!(said.all(), format!("exit code 0\n-- stdout --\n{expected}"));
}

#[test]
fn the_sample_with_one_other_expectation_names_what_decided() {
    let changed = SAMPLE.replace("expect review by large_refund", "expect permit by small_refund");
    assert_ne!(changed, SAMPLE);
    let said = Bench::new().with("sample.permit", changed).run(&["test", "sample.permit"]);
    insta::assert_snapshot!(said.all());
}

#[test]
fn the_support_example_is_the_sample_in_canonical_form() {
    let bench = Bench::new().with("sample.permit", SAMPLE);
    assert_eq!(bench.run(&["fmt", "sample.permit"]).code, 0);
    let example = include_str!("../../../../examples/support/policy/support.permit");
    assert_eq!(fs::read_to_string(bench.path("sample.permit")).unwrap(), example);
}

#[test]
fn every_example_with_scenarios_passes() {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples");
    let mut folders: Vec<_> = fs::read_dir(examples).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let mut passed = Vec::new();
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        let name = folder.file_name().unwrap().to_str().unwrap();
        // The three applications of the benchmark are a policy each.
        if name == "oopsla" {
            continue;
        }
        let said = Bench::new().run(&["test", folder.to_str().unwrap()]);
        assert_eq!(said.code, 0, "{name}: {}", said.all());
        if !said.out.contains("no scenarios") {
            passed.push(name.to_owned());
        }
    }
    assert_eq!(passed, ["acme", "analyst", "banking", "coder", "support"]);
}
