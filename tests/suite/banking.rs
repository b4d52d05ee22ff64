//! AgentDojo's banking suite: every user and injection call, under the token of its task, on both evaluators.

use std::collections::BTreeMap;

use permit_engine::ScopeClaim;
use permit_scenarios::dry_run;
use permit_test_support::world::{engines, read};
use permit_types::ask::Ask;
use serde_json::{Map, Value, json};

const AGENT: &str = "spiffe://bank.example/agent/assistant/1";
const NOW_MS: i64 = 1_774_519_200_000;

/// The facts that the policy knows, made of the suite's environment: the account and everyone it dealt with.
fn facts() -> String {
    let environment: Value = serde_json::from_str(&read("tests/data/agentdojo/banking.env.json")).unwrap();
    let account = &environment["bank_account"];
    let transactions =
        ["transactions", "scheduled_transactions"].map(|list| account[list].as_array().unwrap());
    let ends =
        transactions.into_iter().flatten().flat_map(|t| [t["sender"].as_str(), t["recipient"].as_str()]);
    let mut payees: Vec<_> = ends.flatten().filter(|end| *end != "me").collect();
    payees.sort_unstable();
    payees.dedup();
    let attributes = json!({ "iban": account["iban"], "payees": payees });
    json!({ "entities": [
        { "type": "BankBot", "id": "assistant-1", "spiffe_id": AGENT },
        { "type": "Account", "id": "emma", "attributes": attributes },
    ] })
    .to_string()
}

fn tasks() -> BTreeMap<String, ScopeClaim> {
    let tasks: BTreeMap<String, Value> = serde_json::from_str(&read("examples/banking/tasks.json")).unwrap();
    let claim = |(name, mut task): (String, Value)| {
        task["task"] = json!(name);
        (name, serde_json::from_value(task).unwrap())
    };
    tasks.into_iter().map(claim).collect()
}

#[test]
fn every_banking_verdict_comes_out_on_both_evaluators() {
    let engines = engines(&[("banking.permit", read("examples/banking/banking.permit"))], &facts());
    let tasks = tasks();
    let (mut allowed, mut denied) = (0, 0);
    for line in read("tests/data/agentdojo/banking.vectors.jsonl").lines() {
        let vector: Value = serde_json::from_str(line).unwrap();
        let ask = Ask::new(
            vector["function"].as_str().unwrap(),
            vector["args"].as_object().unwrap().clone(),
            Some(json!("emma")),
        );
        let scope = tasks[vector["task"].as_str().unwrap()].clone();
        let [interpreted, native] = engines.each_ref().map(|engine| {
            let agent = engine.agent(AGENT).unwrap();
            let mut request = engine.read_ask(agent, &ask, NOW_MS).unwrap();
            request.scopes = vec![engine.read_scope(&scope, NOW_MS, true).unwrap()];
            let trial = dry_run(engine, AGENT, &ask, std::slice::from_ref(&scope), NOW_MS).unwrap();
            (engine.evaluate(&request), trial)
        });
        assert_eq!(interpreted, native, "{line}");
        let expected = vector["expect"] == "allow";
        assert_eq!(native.1.is_permitted(), expected, "{line}\n{:#?}", native.1);
        *(if expected { &mut allowed } else { &mut denied }) += 1;
    }
    assert_eq!((allowed, denied), (38, 171));
}

/// The tool list and the policy say the same: every tool is an action with the same parameters.
#[test]
fn every_tool_is_an_action_with_its_parameters() {
    let [engine, _] = engines(&[("banking.permit", read("examples/banking/banking.permit"))], &facts());
    let program = engine.program();
    let tools: Value = serde_json::from_str(&read("tests/data/agentdojo/banking.tools.json")).unwrap();
    let tools = tools["tools"].as_array().unwrap();
    assert_eq!(tools.len(), program.actions.len());
    for tool in tools {
        let name = tool["name"].as_str().unwrap();
        let action = program.actions.iter().find(|action| action.name == name).unwrap();
        let params = action.params.iter().map(|param| &program.args[param.index()]);
        let ours: BTreeMap<_, _> =
            params.map(|p| (p.name.clone(), permit_ir::text::type_text(program, &p.ty))).collect();
        let required = tool["parameters"]["required"].as_array().cloned().unwrap_or_default();
        let empty = Map::new();
        let theirs = tool["parameters"]["properties"].as_object().unwrap_or(&empty);
        let theirs: BTreeMap<_, _> = theirs
            .iter()
            .map(|(param, schema)| {
                let any_of = schema["anyOf"].as_array().and_then(|any| any.first());
                let ty = match any_of.unwrap_or(schema)["type"].as_str().unwrap() {
                    "string" => "string",
                    "number" => "decimal",
                    "integer" => "int",
                    "boolean" => "bool",
                    other => panic!("{name}.{param}: {other}"),
                };
                let optional = if required.contains(&json!(param)) { "" } else { "?" };
                (param.clone(), format!("{ty}{optional}"))
            })
            .collect();
        assert_eq!(ours, theirs, "{name}");
    }
}

/// `tasks.json` binds what `scopes.json` locks: the values and caps of the one appear in the other, and no others.
#[test]
fn the_tasks_lock_what_the_suite_locks() {
    let locks: Value = serde_json::from_str(&read("tests/data/agentdojo/banking.scopes.json")).unwrap();
    let tasks = tasks();
    let suite = locks["banking"]["tasks"].as_object().unwrap();
    assert_eq!(suite.keys().collect::<Vec<_>>(), tasks.keys().collect::<Vec<_>>());
    for (name, task) in suite {
        let mut expected: Vec<String> = Vec::new();
        for lock in
            task["tools"].as_object().unwrap().values().flat_map(|tool| tool.as_object().unwrap().values())
        {
            match lock["source"].as_str().unwrap() {
                "task" => expected
                    .extend(lock["allow"].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned())),
                "cap" => expected.push(locks["banking"]["amount_cap"].to_string()),
                "directory" | "absent" | "any" => {}
                other => panic!("{name}: {other}"),
            }
        }
        let mut bound: Vec<String> = Vec::new();
        for value in tasks[name].parameters.values() {
            match value {
                Value::Array(values) => bound.extend(values.iter().map(text)),
                value => bound.push(text(value)),
            }
        }
        for list in [&mut expected, &mut bound] {
            for text in list.iter_mut() {
                *text = text.trim_end_matches(".0").to_owned();
            }
            list.sort();
            list.dedup();
        }
        assert_eq!(bound, expected, "{name}");
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
