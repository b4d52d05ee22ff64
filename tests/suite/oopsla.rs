//! The three applications of Cedar's benchmark: on every request, both evaluators decide as Cedar does.

use std::collections::BTreeSet;

use permit_engine::{Ask, Claims};
use permit_frontend::render::{Colour, render};
use permit_frontend::{Sources, compile};
use permit_ir::decision::PolicyVerdict;
use permit_tests::world::{engines, read};
use serde_json::{Map, Value, json};

const NOW_MS: i64 = 1_774_519_200_000;

/// The policy of an application, as the compiler is given it.
fn policy(application: &str) -> (String, String) {
    let name = format!("{application}.permit");
    let text = read(&format!("examples/oopsla/{name}"));
    (name, text)
}

/// Type and id behind Cedar's `{"__entity": {"type": …, "id": …}}`.
fn entity(value: &Value) -> Option<(&str, &str)> {
    let entity = value.get("__entity")?;
    Some((entity["type"].as_str()?, entity["id"].as_str()?))
}

/// Type and id out of Cedar's `Type::"id"`.
fn written(value: &Value) -> (&str, &str) {
    let (of, id) = value.as_str().unwrap().split_once("::").unwrap();
    (of, id.strip_prefix('"').unwrap().strip_suffix('"').unwrap())
}

fn spiffe_id(user: &str) -> String {
    format!("spiffe://oopsla.example/user/{user}")
}

/// An attribute in our form: where the policy's types say which entity is meant, its id is enough.
fn attribute(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(attribute).collect(),
        value => entity(value).map_or_else(|| value.clone(), |(_, id)| json!(id)),
    }
}

/// The entities of a data set as our facts. Two things differ: what a parent names must be there, so parents that Cedar
/// takes for empty entities become such; and users and teams lie in no resource, so that `Application` has lists alone.
fn facts(data_set: &Value) -> String {
    let cedar = data_set["entities"].as_array().unwrap();
    let mut known: BTreeSet<_> = cedar.iter().map(|one| entity(&one["uid"]).unwrap()).collect();
    let mut ours = Vec::new();
    for one in cedar {
        let (of, id) = entity(&one["uid"]).unwrap();
        let attributes: Map<_, _> =
            one["attrs"].as_object().unwrap().iter().map(|(k, v)| (k.clone(), attribute(v))).collect();
        let mut parents = Vec::new();
        for parent in one["parents"].as_array().unwrap() {
            let (parent_type, parent_id) = entity(parent).unwrap();
            if parent_type == "Application" && of != "List" {
                continue;
            }
            parents.push(json!({ "type": parent_type, "id": parent_id }));
            if known.insert((parent_type, parent_id)) {
                ours.push(json!({ "type": parent_type, "id": parent_id }));
            }
        }
        let mut fact = json!({ "type": of, "id": id, "attributes": attributes, "parents": parents });
        if of == "User" {
            fact["spiffe_id"] = json!(spiffe_id(id));
        }
        ours.push(fact);
    }
    json!({ "entities": ours }).to_string()
}

/// Decides every request of a file and returns how many were permitted and how many denied.
fn decide_all(application: &str, size: u32) -> (usize, usize) {
    let (name, text) = policy(application);
    let file = format!("tests/data/oopsla/{application}_{size}.json");
    let data_sets: Vec<Value> = serde_json::from_str(&read(&file)).unwrap();
    let (mut permitted, mut denied) = (0, 0);
    for data_set in &data_sets {
        let engines = engines(&[(&name, text.clone())], &facts(data_set));
        let requests = data_set["requests"].as_array().unwrap();
        let allow = data_set["allow"].as_array().unwrap();
        assert_eq!(requests.len(), allow.len(), "{file}");
        for (request, allow) in requests.iter().zip(allow) {
            let [principal, action, resource] = [0, 1, 2].map(|part| written(&request[part]));
            assert_eq!((principal.0, action.0), ("User", "Action"), "{file} {request}");
            let ask = Ask {
                action: action.1.to_owned(),
                arguments: Map::new(),
                resource: Some(json!({ "type": resource.0, "id": resource.1 })),
                claims: Claims::default(),
            };
            let [interpreted, native] = engines.each_ref().map(|engine| {
                let agent = engine.agent(&spiffe_id(principal.1)).unwrap();
                engine.decide(&engine.read_ask(agent, &ask, NOW_MS).unwrap())
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
        ("github", 5, (45, 355)),
        ("github", 20, (37, 363)),
        ("tinytodo", 5, (161, 239)),
        ("tinytodo", 20, (107, 293)),
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
