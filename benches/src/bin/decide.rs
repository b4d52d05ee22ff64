//! What does a decision cost, reading the request included, interpreted and native?
//!
//! `cargo run --release -p permit-benches --bin decide` runs the calls of AgentDojo's banking suite through both
//! evaluators, interleaved, and prints nanoseconds for one decision and the ratio. Nothing is charged or recorded.

#![forbid(unsafe_code)]

use std::io::{self, Write as _};
use std::time::Instant;

use permit_engine::{Ask, Claims, Engine, ScopeClaim};
use permit_tests::world::{engines, read};
use serde_json::{Value, json};

const AGENT: &str = "spiffe://bank.example/agent/assistant/1";
const NOW_MS: i64 = 1_774_519_200_000;
const ROUNDS: usize = 200;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let facts = json!({ "entities": [
        { "type": "BankBot", "id": "assistant-1", "spiffe_id": AGENT },
        { "type": "Account", "id": "emma", "attributes": { "iban": "DE89370400440532013000", "payees": [] } },
    ] });
    let engines = engines(&[("banking.permit", read("examples/banking/banking.permit"))], &facts.to_string());
    let calls = calls()?;
    let mut seen = [const { Vec::new() }; 2];
    for _ in 0..ROUNDS {
        for (engine, seen) in engines.iter().zip(&mut seen) {
            seen.push(round(engine, &calls)?);
        }
    }
    let [interpreted, native] = seen.map(|mut seen| {
        seen.sort_unstable();
        seen.get(seen.len() / 2).copied().unwrap_or_default()
    });
    let ratio_percent = interpreted * 100 / native.max(1);
    let mut out = io::stdout().lock();
    writeln!(out, "{} calls, median of {ROUNDS} rounds, read and decide:", calls.len())?;
    writeln!(out, "interpreted {interpreted} ns, native {native} ns, interpreted/native {ratio_percent} %")?;
    Ok(())
}

/// Nanoseconds for one decision, over all calls.
fn round(engine: &Engine, calls: &[(Ask, ScopeClaim)]) -> Result<u128, Failure> {
    let agent = engine.agent(AGENT).ok_or("the facts name the agent")?;
    let start = Instant::now();
    for (ask, scope) in calls {
        let mut request = engine.read_ask(agent, ask, NOW_MS)?;
        request.scopes = vec![engine.read_scope(scope, NOW_MS, true)?];
        std::hint::black_box(engine.decide(&request));
    }
    Ok(start.elapsed().as_nanos() / u128::try_from(calls.len().max(1))?)
}

fn calls() -> Result<Vec<(Ask, ScopeClaim)>, Failure> {
    let tasks: Value = serde_json::from_str(&read("examples/banking/tasks.json"))?;
    let vectors = read("tests/data/agentdojo/banking.vectors.jsonl");
    let call = |line: &str| {
        let vector: Value = serde_json::from_str(line)?;
        let text = |name: &str| vector.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut task = tasks.get(text("task")).cloned().unwrap_or_default();
        if let Some(task) = task.as_object_mut() {
            task.insert("task".to_owned(), text("task").into());
        }
        let arguments = vector.get("args").and_then(Value::as_object).cloned().unwrap_or_default();
        let ask = Ask {
            action: text("function"),
            arguments,
            resource: Some("emma".into()),
            claims: Claims::default(),
        };
        Ok((ask, serde_json::from_value(task)?))
    };
    vectors.lines().map(call).collect()
}
