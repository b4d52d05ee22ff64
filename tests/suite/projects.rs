//! The example projects that use the library's kits: every line of their `vectors.jsonl`, on both evaluators.

use std::path::Path;
use std::process::Command;

use permit_engine::ScopeClaim;
use permit_scenarios::dry_run;
use permit_test_support::world::{engines, read, repository};
use permit_types::ask::Ask;
use permit_types::verdict::Outcome;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A Thursday at ten in Dublin.
const NOW_MS: i64 = 1_774_519_200_000;

/// One request and what comes of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    /// What it is, in a few words.
    what: String,
    action: String,
    arguments: Map<String, Value>,
    #[serde(default)]
    scopes: Vec<ScopeClaim>,
    /// `allow`, `review` or `deny`.
    expect: String,
    /// The rule that says so; without it a denial is of no rule: nothing permits it, or the task does not.
    by: Option<String>,
}

/// The policy files of a project, in order.
fn policy(project: &str) -> Vec<(String, String)> {
    let folder = format!("examples/{project}/policy");
    let mut names: Vec<String> = std::fs::read_dir(repository(&folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "permit"))
        .collect();
    names.sort();
    names.into_iter().map(|name| (name.clone(), read(&format!("{folder}/{name}")))).collect()
}

fn check(project: &str, agent: &str) {
    let texts = policy(project);
    let texts: Vec<(&str, String)> = texts.iter().map(|(name, text)| (name.as_str(), text.clone())).collect();
    let engines = engines(&texts, &read(&format!("examples/{project}/facts.json")));
    let (mut counts, vectors) = ([0; 3], read(&format!("examples/{project}/vectors.jsonl")));
    for line in vectors.lines() {
        let vector: Vector = serde_json::from_str(line).unwrap();
        let ask = Ask::new(&vector.action, vector.arguments.clone(), None);
        let [interpreted, native] = engines.each_ref().map(|engine| {
            let mut request = engine.read_ask(engine.agent(agent).unwrap(), &ask, NOW_MS).unwrap();
            let scopes = vector.scopes.iter().map(|scope| engine.read_scope(scope, NOW_MS, true).unwrap());
            request.scopes = scopes.collect();
            (engine.evaluate(&request), dry_run(engine, agent, &ask, &vector.scopes, NOW_MS).unwrap())
        });
        assert_eq!(interpreted, native, "{vector:?}");
        let trial = native.1;
        let (at, outcome) = match vector.expect.as_str() {
            "allow" => (0, Outcome::Allow),
            "review" => (1, Outcome::Review),
            _ => (2, Outcome::Deny),
        };
        counts[at] += 1;
        assert_eq!(trial.outcome, outcome, "{}: {trial:#?}", vector.what);
        match &vector.by {
            Some(rule) => assert!(trial.summary.matched.contains(rule), "{}: {trial:#?}", vector.what),
            None => assert!(vector.expect == "deny", "{}: what allows is named", vector.what),
        }
        assert_eq!(trial.summary.rule_errors, [""; 0], "{}", vector.what);
    }
    assert!(counts.iter().all(|count| *count > 0), "{project}: {counts:?}");
}

#[test]
fn the_coder_does_what_its_vectors_say() {
    check("coder", "spiffe://acme.example/agent/coder/1");
}

#[test]
fn the_analyst_does_what_its_vectors_say() {
    check("analyst", "spiffe://acme.example/agent/analyst/1");
}

/// The projects are in their canonical form, clean, and their scenarios pass.
#[test]
fn the_projects_hold_what_their_authors_say_of_them() {
    let permitc = |project: &str, arguments: &[&str]| {
        let folder = repository(&format!("examples/{project}"));
        let output =
            Command::new(env!("CARGO_BIN_EXE_suite-permitc")).args(arguments).current_dir(folder).output();
        let output = output.unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{project} {arguments:?}: {said}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        said
    };
    for project in ["coder", "analyst"] {
        permitc(project, &["fmt", "--check"]);
        assert_eq!(permitc(project, &["check", "--deny", "warnings"]), "no errors\n");
        assert!(permitc(project, &["test"]).ends_with("2 scenarios passed\n"), "{project}");
    }
}
