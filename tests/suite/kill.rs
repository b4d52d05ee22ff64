//! `kill -9` under load: acknowledged decisions and charges are kept, and nothing is charged twice.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use permit_audit::{Body, Checkpoint, Hash, InclusionProof, Record, Tree, verify_receipt};
use permit_client::{Answer, Ask, Client, ClientError, ScopeClaim, Token};
use permit_test_support::daemon::{Daemon, serve};
use permit_test_support::stage::{Agent, Stage, decision, unhurried_sources};
use permit_types::money::Money;
use permit_types::verdict::Outcome;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

const PERMITD: &str = env!("CARGO_BIN_EXE_suite-permitd");
const KILLS: usize = 20;
const AGENTS: usize = 3;
const LANES: usize = 3;
/// How many answers come before the process is killed.
const ANSWERS: usize = 40;
const DAILY_MINOR: i64 = 500_000;

/// One request that was sent, and the record that came back, if one did.
#[derive(Clone, Debug)]
struct Sent {
    agent: usize,
    ask: Ask,
    record: Option<String>,
}

/// What is known of the log, from the outside.
#[derive(Default)]
struct Known {
    records: Vec<Vec<u8>>,
    tree: Tree,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_twenty_kills() {
    let stage = stage();
    let mut daemon = Daemon::spawn(serve(PERMITD, &stage));
    let agents = agents(&stage).await;
    let (mut known, mut log) = (Known::default(), Vec::new());
    for round in 0..KILLS {
        let used = used_proof(&agents[0]).await;
        let (answered, mut answers) = unbounded_channel();
        let mut lanes = JoinSet::new();
        for lane in 0..AGENTS * LANES {
            let name = format!("{round}-{lane}");
            lanes.spawn(load(Arc::clone(&agents), lane % AGENTS, name, answered.clone()));
        }
        for _ in 0..ANSWERS {
            answers.recv().await.unwrap();
        }
        daemon.kill();
        let sent: Vec<Sent> = lanes.join_all().await.into_iter().flatten().collect();
        daemon = Daemon::spawn(serve(PERMITD, &stage));

        let head = known.catch_up(&stage, &agents[0].client).await;
        known.holds(&sent);
        known.within_limits();
        prove(&stage, &agents[0].client, &sent, head).await;
        repeat(&agents, &sent).await;
        let Used { proof, body } = used;
        let again = agents[0].client.post_with(&agents[0].token, &proof, "/v1/decisions", body).await;
        let again = again.unwrap();
        assert_eq!(again.status.as_u16(), 401, "round {round}: {again:?}");
        assert!(String::from_utf8_lossy(&again.body).contains("proof_replayed"), "{again:?}");
        log.extend(sent);
    }
    known.catch_up(&stage, &agents[0].client).await;
    known.holds(&log);
    known.within_limits();
    known.once_per_key();
    assert!(daemon.terminate().success());
    let report = stage.audit();
    // A clean stop records the last counts and itself; the counts of a period may have come before.
    let more = report.records - u64::try_from(known.records.len()).unwrap();
    assert!((2..=3).contains(&more), "{report}");
    assert_eq!((report.crashes, report.kinds["shutdown"]), (u64::try_from(KILLS).unwrap(), 1));
    assert!(report.allowed > 0 && report.denied > 0 && report.confirmed > 0 && report.released > 0);
}

/// The purchasing policy of the example, with a rate that does not slow the test down, and several buyers.
fn stage() -> Stage {
    let mut entities = vec![
        json!({ "type": "Team", "id": "operations" }),
        json!({ "type": "Vendor", "id": "paperworks", "attributes": { "approved": true } }),
    ];
    entities.extend((0..AGENTS).map(|i| {
        json!({ "type": "PurchaseBot", "id": format!("bot-{i}"), "spiffe_id": name(i),
                "parents": [{ "type": "Team", "id": "operations" }] })
    }));
    let mut stage = Stage::of(&unhurried_sources(), &json!({ "entities": entities }).to_string());
    stage.configure("[limits]\ntoken_lifetime_ms = 3600000\n");
    stage
}

fn name(agent: usize) -> String {
    format!("spiffe://acme.example/agent/purchase/{agent}")
}

async fn agents(stage: &Stage) -> Arc<Vec<Agent>> {
    let mut agents = Vec::new();
    for i in 0..AGENTS {
        let scope = ScopeClaim::new("purchases", "stock").with("most", "100000.00 USD");
        agents.push(stage.agent(&name(i), &[scope]).await);
    }
    Arc::new(agents)
}

fn spend(dollars: usize, key: &str) -> Ask {
    let ask = Ask::new("spend").on("Vendor", "paperworks").idempotent(key);
    ask.with("amount", format!("{dollars}.00 USD"))
}

/// Spends, confirms and releases until the server is gone; the last request has no answer.
async fn load(
    agents: Arc<Vec<Agent>>,
    agent: usize,
    lane: String,
    answered: UnboundedSender<()>,
) -> Vec<Sent> {
    let Agent { client, token } = &agents[agent];
    let mut all = Vec::new();
    for n in 0.. {
        let ask = spend(60 + n % 7, &format!("{lane}-{n}"));
        let answer = client.decide(token, &ask).await;
        let record = answer.as_ref().ok().map(|answer| answer.record.get().to_owned());
        all.push(Sent { agent, ask, record });
        let settled = match answer {
            Ok(answer) => settle(client, token, n, &answer).await,
            Err(error) => Err(error),
        };
        match settled {
            // Nobody counts any more once the process is about to be killed.
            Ok(()) => drop(answered.send(())),
            Err(ClientError::Refused(problem)) => panic!("{problem}"),
            // The process is gone.
            Err(_) => return all,
        }
    }
    all
}

async fn settle(client: &Client, token: &Token, n: usize, answer: &Answer) -> Result<(), ClientError> {
    let id = answer.text("decision_id").unwrap();
    if answer.text("outcome").as_deref() != Some("ALLOW") {
        return Ok(());
    }
    let settled = match n % 4 {
        0 => client.confirm(token, &id, BTreeMap::new()).await,
        1 => {
            let amounts = [("daily_spend".to_owned(), "3.50 USD".to_owned())];
            client.confirm(token, &id, amounts.into_iter().collect()).await
        }
        2 => client.release(token, &id, "not needed").await,
        _ => return Ok(()),
    };
    settled.map(drop)
}

/// A proof that was used, and the body it went with.
struct Used {
    proof: String,
    body: Vec<u8>,
}

async fn used_proof(Agent { client, token }: &Agent) -> Used {
    let uri = client.transport().uri("/v1/decisions");
    let proof = client.proof_key().proof("POST", &uri, Some(token.text())).unwrap();
    let body = br#"{"action":"spend","resource":"paperworks","arguments":{"amount":"1.00 USD"}}"#.to_vec();
    let reply = client.post_with(token, &proof, "/v1/decisions", body.clone()).await.unwrap();
    assert!(reply.status.is_success(), "{reply:?}");
    Used { proof, body }
}

/// Every request again, under its key: an answer that was given is given again, and a lost one is found or made.
async fn repeat(agents: &[Agent], sent: &[Sent]) {
    for Sent { agent, ask, record, .. } in sent.iter().rev().take(2 * AGENTS * LANES) {
        let Agent { client, token } = &agents[*agent];
        let [once, twice] =
            [client.decide(token, ask).await.unwrap(), client.decide(token, ask).await.unwrap()];
        assert_eq!(once.record.get(), twice.record.get());
        if let Some(record) = record {
            assert_eq!(once.record.get(), record);
        }
    }
}

/// The proof of every acknowledged record, as the restarted server gives it.
async fn prove(stage: &Stage, client: &Client, sent: &[Sent], head: Checkpoint) {
    let key = stage.key();
    for record in sent.iter().filter_map(|sent| sent.record.as_deref()) {
        let index = Record::parse(record.as_bytes()).unwrap().index;
        let reply = client.get(&format!("/v1/log/proof/{index}")).await.unwrap();
        let body: Value = serde_json::from_slice(&reply.body).unwrap();
        let proof: InclusionProof = serde_json::from_value(body["proof"].clone()).unwrap();
        let checkpoint = body["checkpoint"].as_str().unwrap().as_bytes();
        assert_eq!(Checkpoint::parse(checkpoint, &key).unwrap(), head);
        verify_receipt(record.as_bytes(), &proof, checkpoint, std::slice::from_ref(&key)).unwrap();
    }
}

impl Known {
    /// Fetches what is new. That the root over all records ever seen is the checkpoint's says that no old one changed.
    async fn catch_up(&mut self, stage: &Stage, client: &Client) -> Checkpoint {
        let reply = client.get("/v1/log/checkpoint").await.unwrap();
        let head = Checkpoint::parse(&reply.body, &stage.key()).unwrap();
        for index in self.tree.size()..head.size {
            let reply = client.get(&format!("/v1/log/entries/{index}")).await.unwrap();
            assert!(reply.status.is_success(), "{index}: {reply:?}");
            self.tree.append(Hash::of_leaf(&reply.body));
            self.records.push(reply.body.to_vec());
        }
        assert_eq!((head.size, head.root), (self.tree.size(), self.tree.root()));
        head
    }

    /// Every acknowledged record is in the log, byte for byte.
    fn holds(&self, sent: &[Sent]) {
        for record in sent.iter().filter_map(|sent| sent.record.as_deref()) {
            let index = usize::try_from(Record::parse(record.as_bytes()).unwrap().index).unwrap();
            assert_eq!(self.records[index], record.as_bytes());
        }
    }

    /// What the records say of the limits, and what their charges come to, recounted day by day.
    fn within_limits(&self) {
        let mut spent: BTreeMap<(Vec<String>, Option<i64>), i64> = BTreeMap::new();
        let mut days = BTreeMap::new();
        let minor = |text: &str| text.parse::<Money>().unwrap().minor;
        for record in self.records.iter().map(|bytes| Record::parse(bytes).unwrap()) {
            match record.body {
                Body::Decision(decision) => {
                    for charged in decision.charges.iter().filter(|c| c.budget == "daily_spend") {
                        assert_eq!(decision.outcome, Outcome::Allow);
                        let limit = &charged.limits[0];
                        let day = (charged.key.clone(), limit.resets_at_ms);
                        days.insert(record.decision_id.clone().unwrap(), day.clone());
                        let total = spent.entry(day).or_default();
                        *total += minor(&charged.amount);
                        assert_eq!(minor(&limit.spent) + minor(&limit.held), *total, "{charged:?}");
                        assert!(*total <= DAILY_MINOR && minor(&limit.limit) == DAILY_MINOR, "{charged:?}");
                    }
                }
                Body::Confirm(settlement) | Body::Release(settlement) => {
                    for settled in settlement.settled.iter().filter(|s| s.budget == "daily_spend") {
                        let day = &days[&settlement.decision_id];
                        *spent.get_mut(day).unwrap() -= minor(&settled.returned);
                    }
                }
                Body::Expiry(expiry) => panic!("no hold runs out in this test: {expiry:?}"),
                _ => {}
            }
        }
    }

    /// No key was answered by two records.
    fn once_per_key(&self) {
        let records = self.records.iter().map(|bytes| Record::parse(bytes).unwrap());
        let decisions = records
            .filter(|record| matches!(record.body, Body::Decision(_)))
            .map(|record| decision(record.body));
        let keys = decisions.filter_map(|decision| Some((decision.agent, decision.idempotency_key?)));
        let mut seen = BTreeSet::new();
        for key in keys {
            assert!(seen.insert(key.clone()), "{key:?} stands twice");
        }
    }
}
