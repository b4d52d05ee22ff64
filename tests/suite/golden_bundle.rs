//! The golden bundle decides as it always did, on the interpreter and as native code.

use std::fs;

use permit_engine::{Engine, Mode, ScopeClaim, read_facts};
use permit_ir::bundle::Bundle;
use permit_scenarios::dry_run;
use permit_test_support::world::{read, repository};
use permit_types::ask::Ask;
use permit_types::keys::verifying_key;
use permit_types::time::parse_canonical_instant;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    what: String,
    agent: String,
    now: String,
    request: Value,
    #[serde(default)]
    scopes: Vec<ScopeClaim>,
    decision: Value,
}

fn engine(mode: Mode) -> Engine {
    let key = verifying_key(&read("tests/data/bundle/key.pub.pem")).unwrap();
    let bytes = fs::read(repository("tests/data/bundle/sample.permitb")).unwrap();
    let bundle = Bundle::open(&bytes, &[key]).unwrap();
    let facts = read("tests/data/bundle/sample.facts.json");
    let facts = read_facts(&bundle.program, facts.as_bytes()).unwrap();
    Engine::new(bundle, facts, mode)
}

#[test]
fn the_golden_bundle_decides_as_it_always_did() {
    let cases: Vec<Case> = serde_json::from_str(&read("tests/data/bundle/sample.requests.json")).unwrap();
    for mode in [Mode::Interpreted, Mode::Native] {
        let engine = engine(mode);
        for case in &cases {
            let now_ms = parse_canonical_instant(&case.now).unwrap();
            let ask = Ask::from_json((&case.request).into()).unwrap();
            let trial = dry_run(&engine, &case.agent, &ask, &case.scopes, now_ms).unwrap();
            let decision = json!({
                "outcome": trial.outcome,
                "denied_by": trial.denied_by,
                "matched": trial.summary.matched,
                "errors": trial.summary.rule_errors,
                "charges": trial.summary.charges,
            });
            assert_eq!(decision, case.decision, "{}, {mode:?}", case.what);
        }
    }
}
