//! Policies that change under load: every decision is right for one whole generation, and no generation is leaked.

#![cfg(test)]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use arc_swap::ArcSwap;
use permit_engine::{ArgRef, AskRef, Engine, Mode, read_facts};
use permit_ir::bundle::Bundle;
use permit_test_support::agents::{allows, key};
use permit_test_support::world::bundle;
use serde_json::{Value, json};

const RELOADS: usize = 1_000;
const THREADS: usize = 3;
const AGENTS: usize = 5;
const VENDORS: usize = 7;
/// Bundles and facts of so many generations are made before and used in turn.
const GENERATIONS: usize = 35;

/// Generation `at` lets one agent spend up to so much at one vendor, if it says one word, and forbids another vendor. Facts
/// come in another order each time, so that the numbers of entities and texts mean other things.
fn generation(at: usize) -> (Vec<u8>, String) {
    let (agent, vendor, other) = (at % AGENTS, at % VENDORS, (at + 1) % VENDORS);
    // Every seventh generation has a rule of a shape that the others do not have.
    let more = if at.is_multiple_of(7) {
        "forbid odd: spend when amount + amount > 1_000_000 because \"too much\";"
    } else {
        ""
    };
    let policy = format!(
        r#"edition 2026;
module reload;
agent Agent identified by "spiffe://a.example/*" {{ word: string; }}
resource Vendor {{ host: string; }}
action spend(amount: int, word: string) on Vendor;
permit g{at}: spend by Agent::"a{agent}" when resource == Vendor::"v{vendor}" and amount <= {at} and word == "word-{at}"
    because "this generation's";
permit own: spend when word == agent.word and resource.host like "*.g{at}.example" because "by word and host";
forbid not_this: spend when resource == Vendor::"v{other}" because "another's";
{more}
"#
    );
    let agents = (0..AGENTS).map(|n| {
        let n = (n + at) % AGENTS;
        let spiffe_id = format!("spiffe://a.example/a{n}");
        json!({ "type": "Agent", "id": format!("a{n}"), "spiffe_id": spiffe_id,
                "attributes": { "word": format!("own-{at}-{n}") } })
    });
    let vendors = (0..VENDORS).map(|n| {
        let n = (n * 3 + at) % VENDORS;
        json!({ "type": "Vendor", "id": format!("v{n}"), "attributes": { "host": format!("v{n}.g{at}.example") } })
    });
    let entities: Vec<Value> =
        if at.is_multiple_of(2) { agents.chain(vendors).collect() } else { vendors.chain(agents).collect() };
    (bundle(&[("reload.permit", policy)], &key()), json!({ "entities": entities }).to_string())
}

/// The generation of an engine, which its first rule's name says.
fn generation_of(engine: &Engine) -> usize {
    engine.program().rules[0].name[1..].parse().unwrap()
}

fn load(earlier: Option<&Engine>, (bytes, facts): &(Vec<u8>, String)) -> Engine {
    let bundle = Bundle::open(bytes, &[key().verifying_key()]).unwrap();
    let facts = read_facts(&bundle.program, facts.as_bytes()).unwrap();
    match earlier {
        Some(earlier) => earlier.successor(bundle, facts),
        None => Engine::new(bundle, facts, Mode::Native),
    }
}

/// Asks everything of one generation that tells it from every other.
fn ask_all(engine: &Engine) -> u64 {
    let at = generation_of(engine);
    let mut session = engine.session();
    let mut asked = 0;
    for agent in 0..AGENTS {
        for vendor in 0..VENDORS {
            let (id, resource) = (format!("spiffe://a.example/a{agent}"), format!("v{vendor}"));
            let own = format!("own-{at}-{agent}");
            let words = [format!("word-{at}"), format!("word-{}", at + 1), own.clone()];
            for (word, amount) in words.iter().flat_map(|word| [(word, at), (word, at + 1)]) {
                let amount = i64::try_from(amount).unwrap();
                let args = [("amount", ArgRef::Number(amount)), ("word", ArgRef::Text(word))];
                let ask = AskRef {
                    agent: &id,
                    action: "spend",
                    resource: Some(("Vendor", &resource)),
                    args: &args,
                    now_ms: 0,
                };
                let allowed = allows(session.decide(&ask).unwrap().verdict);
                let first = agent == at % AGENTS
                    && vendor == at % VENDORS
                    && amount <= i64::try_from(at).unwrap()
                    && *word == words[0];
                let expected = (first || *word == own) && vendor != (at + 1) % VENDORS;
                assert_eq!(allowed, expected, "generation {at}: {ask:?}");
                asked += 1;
            }
        }
    }
    asked
}

/// Bytes in memory: the second field of `statm` counts pages, of at least 4 KiB.
fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4_096
}

#[test]
fn a_decision_is_of_one_generation_and_none_is_kept() {
    const GROWN_BYTES_MAX: usize = 4 << 20;
    let generations: Vec<_> = (0..GENERATIONS).map(generation).collect();
    let current = ArcSwap::from_pointee(load(None, &generations[0]));
    let (ended, asked) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut before = 0;
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while !ended.load(Ordering::Relaxed) {
                    // The clone outlives the swap: what is asked of it is right for its generation, whatever is current.
                    let engine: Arc<Engine> = current.load_full();
                    asked.fetch_add(ask_all(&engine), Ordering::Relaxed);
                }
            });
        }
        for reload in 1..=RELOADS {
            let next = load(Some(&current.load()), &generations[reload % GENERATIONS]);
            let modules = next.native().unwrap().modules;
            assert!(modules <= 17, "{modules} pieces of code are kept");
            current.store(Arc::new(next));
            if reload == RELOADS / 5 {
                before = resident_bytes();
            }
        }
        ended.store(true, Ordering::Relaxed);
    });
    let grown = resident_bytes().saturating_sub(before);
    println!("{} decisions during {RELOADS} reloads, {grown} bytes grown", asked.load(Ordering::Relaxed));
    assert!(asked.load(Ordering::Relaxed) > 10_000, "too few decisions to say anything");
    assert!(grown < GROWN_BYTES_MAX, "{grown} bytes were kept");
}

#[test]
fn known_shapes_are_not_compiled_again() {
    let generations: Vec<_> = (1..=3).map(generation).collect();
    let first = load(None, &generations[0]);
    let second = load(Some(&first), &generations[1]);
    let (one, two) = (first.native().unwrap(), second.native().unwrap());
    assert_eq!((one.modules, two.modules, one.shapes), (1, 1, two.shapes));
    drop(first);
    ask_all(&second);
    let third = load(Some(&second), &generation(7));
    assert_eq!(third.native().unwrap().modules, 2);
    drop(second);
    ask_all(&third);
}
