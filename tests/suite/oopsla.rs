//! The three applications of Cedar's benchmark: on every request, both evaluators decide as Cedar does.

use permit_frontend::render::{Colour, render};
use permit_frontend::{Sources, compile};
use permit_ir::decision::PolicyVerdict;
use permit_test_support::cedar::{facts, written};
use permit_test_support::world::{engines, read};
use permit_types::ask::Ask;
use serde_json::{Map, Value, json};

const NOW_MS: i64 = 1_774_519_200_000;

/// The policy of an application, as the compiler is given it.
fn policy(application: &str) -> (String, String) {
    let name = format!("{application}.permit");
    let text = read(&format!("examples/oopsla/{name}"));
    (name, text)
}

fn spiffe_id(user: &str) -> String {
    format!("spiffe://oopsla.example/user/{user}")
}

/// Decides every request of a file and returns how many were permitted and how many denied.
fn decide_all(application: &str, size: u32) -> (usize, usize) {
    let (name, text) = policy(application);
    let file = format!("tests/data/oopsla/{application}_{size}.json");
    let data_sets: Vec<Value> = serde_json::from_str(&read(&file)).unwrap();
    let (mut permitted, mut denied) = (0, 0);
    for data_set in &data_sets {
        let engines =
            engines(&[(&name, text.clone())], &facts(&data_set["entities"], "User", spiffe_id).to_string());
        let requests = data_set["requests"].as_array().unwrap();
        let allow = data_set["allow"].as_array().unwrap();
        assert_eq!(requests.len(), allow.len(), "{file}");
        for (request, allow) in requests.iter().zip(allow) {
            let [principal, action, resource] =
                [0, 1, 2].map(|part| written(request[part].as_str().unwrap()).unwrap());
            assert_eq!((principal.0, action.0), ("User", "Action"), "{file} {request}");
            let ask = Ask::new(action.1, Map::new(), Some(json!({ "type": resource.0, "id": resource.1 })));
            let [interpreted, native] = engines.each_ref().map(|engine| {
                let agent = engine.agent(&spiffe_id(principal.1)).unwrap();
                engine.evaluate(&engine.read_ask(agent, &ask, NOW_MS).unwrap())
            });
            assert_eq!(interpreted, native, "{file} {request}");
            let expected = allow.as_bool().unwrap();
            let decided = matches!(native.policy.verdict, PolicyVerdict::Permit(_));
            assert_eq!(decided, expected, "{file} {request}\n{native:#?}");
            assert!(native.budget.is_ok() && native.scope.is_ok(), "{file} {request}\n{native:#?}");
            *(if expected { &mut permitted } else { &mut denied }) += 1;
        }
    }
    (permitted, denied)
}

#[test]
fn every_decision_is_cedars_on_both_evaluators() {
    let rows = [
        ("gdrive", 5, (89, 311)),
        ("gdrive", 20, (85, 315)),
        ("gdrive", 50, (95, 305)),
        ("github", 5, (45, 355)),
        ("github", 20, (37, 363)),
        ("github", 50, (110, 290)),
        ("tinytodo", 5, (161, 239)),
        ("tinytodo", 20, (107, 293)),
        ("tinytodo", 50, (128, 272)),
    ];
    for (application, size, expected) in rows {
        assert_eq!(decide_all(application, size), expected, "{application}_{size}");
    }
}

#[test]
fn the_applications_compile_without_a_warning() {
    for application in ["gdrive", "github", "tinytodo"] {
        let (name, text) = policy(application);
        let mut sources = Sources::new();
        sources.add(name, text).unwrap();
        let compiled = compile(&sources);
        let shown = render(&sources, &compiled.diagnostics, Colour::Never);
        assert!(compiled.program.is_some() && compiled.diagnostics.is_empty(), "{shown}");
    }
}
