//! SIGHUP under load: no request fails, each answer is right for the policy that its record names, and files that do
//! not load change nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use permit_audit::Body;
use permit_client::{Ask, Client};
use permit_test_support::daemon::{Daemon, serve};
use permit_test_support::stage::{Agent, Stage};
use permit_types::digest::Digest;
use permit_types::keys;
use permit_types::money::Money;
use permit_types::verdict::{Outcome, ReasonCode};
use serde_json::Value;
use tokio::task::JoinSet;

use super::{facts, sources, stage};

const PERMITD: &str = env!("CARGO_BIN_EXE_suite-permitd");
const AGENTS: usize = 3;
const LANES: usize = 2;
const SWAPS: usize = 24;
/// How long a reload may take to be seen. A busy machine must not fail the test.
const SEEN_WITHIN: Duration = Duration::from_secs(60);

/// Two policies of which one permits what the other denies, and two files of facts that know another vendor each.
fn policy(at: usize) -> String {
    let most = if at.is_multiple_of(2) { "10.00" } else { "0.01" };
    format!(
        "permit some: spend by Bot when amount <= {most} USD because \"generation {}\";
         budget pot in USD {{ counts spend as amount; for each agent; limit 1_000_000.00 USD per day in dublin; }}",
        at % 2
    )
}

fn vendor(at: usize) -> String {
    format!("vendor-{}", at / 2 % 2)
}

/// What a generation must be known by, worked out from its files.
#[derive(Clone, Debug)]
struct Generation {
    bundle: Vec<u8>,
    facts: String,
    policy: String,
    facts_digest: String,
}

impl Generation {
    fn new(stage: &Stage, at: usize) -> Self {
        let (bundle, facts) = (stage.bundle(&sources(&policy(at))), facts(AGENTS, &vendor(at)));
        let key = std::fs::read_to_string(stage.path("bundle.pub")).unwrap();
        let trusted = [keys::verifying_key(&key).unwrap()];
        let digest = permit_ir::bundle::Bundle::open(&bundle, &trusted).unwrap().digest;
        let facts_digest = Digest::of(facts.as_bytes()).to_string();
        Self { bundle, facts, policy: digest.to_string(), facts_digest }
    }

    fn put(&self, stage: &Stage) {
        stage.put(&stage.config.paths.facts, self.facts.as_bytes());
        stage.put(&stage.config.paths.bundle, &self.bundle);
    }
}

/// An answer: where its record is, by which policy and facts it was made, and what it allowed to be spent.
#[derive(Clone, Debug)]
struct Answered {
    index: u64,
    policy: String,
    facts: String,
    cents: i64,
}

async fn in_force(client: &Client) -> (String, String) {
    let reply = client.get("/readyz").await.unwrap();
    let body: Value = serde_json::from_slice(&reply.body).unwrap();
    let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("{body}")).to_owned();
    (text("policy"), text("facts"))
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < SEEN_WITHIN, "{what} is not seen");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn comes_into_force(client: &Client, next: &Generation) {
    let next = (next.policy.clone(), next.facts_digest.clone());
    until("the next generation", async || in_force(client).await == next).await;
}

/// Asks until it is stopped; every answer must be right for the generation that it names.
async fn ask(
    stage: Arc<Stage>,
    Agent { client, token }: Agent,
    generations: Arc<Vec<Generation>>,
    ended: Arc<AtomicBool>,
) -> Vec<Answered> {
    let mut answers = Vec::new();
    while !ended.load(Ordering::Relaxed) {
        for vendor in ["always", "vendor-0", "vendor-1"] {
            let ask = Ask::new("spend").on("Vendor", vendor).with("amount", "0.02 USD");
            let answer = match client.decide(&token, &ask).await {
                Ok(answer) => answer,
                // A vendor whom the facts in force do not know.
                Err(permit_client::ClientError::Refused(problem)) if problem.code == "invalid_request" => {
                    problem.answer.clone().unwrap_or_else(|| panic!("{problem}"))
                }
                Err(error) => panic!("a request failed: {error}"),
            };
            let record = answer.verify(&stage.log_key).unwrap();
            let (index, Some(Body::Decision(decision))) = (record.index, record.body) else { panic!() };
            let (policy, facts) = (decision.policy.to_string(), decision.facts.to_string());
            let is_made = |g: &&Generation| g.policy == policy && g.facts_digest == facts;
            let generation =
                generations.iter().find(is_made).unwrap_or_else(|| panic!("of no generation: {decision:?}"));
            let is_known = generation.facts.contains(&format!("\"{vendor}\""));
            let permits = generation.policy == generations[0].policy;
            let expected = match (is_known, permits) {
                (false, _) => (Outcome::Deny, ReasonCode::InvalidRequest),
                (true, false) => (Outcome::Deny, ReasonCode::NoMatchingPermit),
                (true, true) => (Outcome::Allow, ReasonCode::Permitted),
            };
            assert_eq!((decision.outcome, decision.reason.code), expected, "{vendor} {decision:?}");
            let cents =
                decision.charges.iter().map(|charge| charge.amount.parse::<Money>().unwrap().minor).sum();
            answers.push(Answered { index, policy, facts, cents });
        }
    }
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policies_and_facts_change_under_load() {
    let stage = Arc::new(stage(&policy(0), AGENTS));
    let generations: Arc<Vec<_>> = Arc::new((0..4).map(|at| Generation::new(&stage, at)).collect());
    generations[0].put(&stage);
    let log = stage.path("permitd.log");
    let daemon = Daemon::spawn_logged(logging_server(&stage), &log);
    let (ended, mut lanes) = (Arc::new(AtomicBool::new(false)), JoinSet::new());
    for lane in 0..AGENTS * LANES {
        let agent = stage.agent(&name(lane % AGENTS), &[]).await;
        lanes.spawn(ask(Arc::clone(&stage), agent, Arc::clone(&generations), Arc::clone(&ended)));
    }
    let watcher = stage.client(&name(0));
    for swap in 1..=SWAPS {
        let next = &generations[swap % 4];
        next.put(&stage);
        daemon.hang_up();
        comes_into_force(&watcher, next).await;
    }
    ended.store(true, Ordering::Relaxed);
    let mut answers = lanes.join_all().await.concat();
    answers.sort_unstable_by_key(|answer| answer.index);
    is_one_after_the_other(&answers);
    // What each agent has spent is what its answers allowed.
    let spent: i64 = answers.iter().map(|answer| answer.cents).sum();
    assert!(spent > 0 && answers.len() > SWAPS, "too little happened: {}", answers.len());
    let mut counted = 0;
    for lane in 0..AGENTS {
        counted += spent_so_far(&stage, &name(lane)).await;
    }
    assert_eq!(counted, spent);
    assert!(daemon.terminate().success());
    let report = stage.audit();
    assert_eq!(report.policies, u64::try_from(SWAPS).unwrap());
    assert_eq!(report.decisions, u64::try_from(answers.len() + AGENTS).unwrap());
    let lines = std::fs::read_to_string(&log).unwrap();
    let reloaded: Vec<_> = lines.lines().filter(|line| line.contains("reloaded")).collect();
    assert_eq!(reloaded.len(), SWAPS, "{lines}");
    let [from, to] = [&generations[0].policy, &generations[1].policy];
    let first = reloaded[0];
    let says = [format!("from={from}"), format!("to={to}"), "rules=1".to_owned(), "ms=".to_owned()];
    assert!(says.iter().all(|part| first.contains(part)), "{first}");
}

/// In the log, a generation's decisions stand together: no more changes than there were signals.
fn is_one_after_the_other(answers: &[Answered]) {
    let changes = answers.windows(2).filter(|pair| pair[0].policy != pair[1].policy).count();
    assert!(changes <= SWAPS, "{changes} changes of the policy by {SWAPS} signals");
    let kinds: BTreeSet<_> = answers.iter().map(|answer| (&answer.policy, &answer.facts)).collect();
    assert!(kinds.len() > 1, "only one generation has answered");
}

/// What the agent's account holds after one more purchase for nothing.
async fn spent_so_far(stage: &Stage, name: &str) -> i64 {
    let Agent { client, token } = stage.agent(name, &[]).await;
    let nothing = Ask::new("spend").on("Vendor", "always").with("amount", "0.00 USD");
    let decision = stage.prove(&client.decide(&token, &nothing).await.unwrap());
    decision.charges[0].limits[0].spent.parse::<Money>().unwrap().minor
}

fn name(agent: usize) -> String {
    format!("spiffe://acme.example/agent/purchase/{}", agent + 1)
}

/// The server, which logs its reloads.
fn logging_server(stage: &Stage) -> std::process::Command {
    let mut command = serve(PERMITD, stage);
    command.env("RUST_LOG", "info").env("NO_COLOR", "1");
    command
}

/// Waits for another line of the log with these words.
async fn logs(log: &Path, words: &[&str], times: usize) {
    let count = || {
        let text = std::fs::read_to_string(log).unwrap();
        text.lines().filter(|line| words.iter().all(|word| line.contains(word))).count()
    };
    until(&words.join(" "), async || count() >= times).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_load_changes_nothing() {
    let stage = stage(&policy(0), 1);
    let log: PathBuf = stage.path("permitd.log");
    let daemon = Daemon::spawn_logged(logging_server(&stage), &log);
    let Agent { client, token } = stage.agent(&name(0), &[]).await;
    let before = in_force(&client).await;
    let (bundle, facts_file) = (&stage.config.paths.bundle, &stage.config.paths.facts);
    let spends = async || {
        let ask = Ask::new("spend").on("Vendor", "always").with("amount", "1.00 USD");
        let decision = stage.prove(&client.decide(&token, &ask).await.unwrap());
        assert_eq!((decision.policy.to_string(), decision.facts.to_string()), before);
        (decision.outcome, decision.charges[0].limits[0].spent.clone())
    };
    assert_eq!(spends().await, (Outcome::Allow, "1.00 USD".to_owned()));
    let good = std::fs::read(bundle).unwrap();
    let mut altered = good.clone();
    *altered.last_mut().unwrap() ^= 1;
    let other_key =
        permit_test_support::world::bundle(&sources(&policy(1)), &permit_test_support::world::test_key());
    let euros = policy(0)
        .replace("in USD", "in EUR")
        .replace("as amount", "as 1.00 EUR")
        .replace("000.00 USD", "000.00 EUR");
    let euros = stage.bundle(&sources(&euros));
    let cases: [(&Path, &[u8], &str); 6] = [
        (bundle, b"nothing of the kind", "bundle_magic"),
        (bundle, &altered, "bundle_signature"),
        (bundle, &good[..good.len() / 2], "bundle_truncated"),
        (bundle, &other_key, "bundle_untrusted_key"),
        (bundle, &euros, "account_unit_changed"),
        (facts_file, br#"{"entities": [{"type": "Robot", "id": "r"}]}"#, "facts_invalid"),
    ];
    for (path, bytes, code) in cases {
        let right = std::fs::read(path).unwrap();
        stage.put(path, bytes);
        daemon.hang_up();
        logs(&log, &["ERROR", "not reloaded", &format!("code=\"{code}\"")], 1).await;
        assert_eq!(in_force(&client).await, before, "{code}");
        assert_eq!(spends().await.0, Outcome::Allow, "{code}");
        stage.put(path, &right);
    }
    std::fs::remove_file(facts_file).unwrap();
    daemon.hang_up();
    logs(&log, &["not reloaded", "code=\"file_unreadable\""], 1).await;
    assert_eq!(spends().await, (Outcome::Allow, "8.00 USD".to_owned()));
    // Mended, it is taken over, and however many signals come, the last files are in force in the end.
    stage.put(facts_file, facts(1, "mended").as_bytes());
    for at in [1, 0, 1] {
        stage.put(bundle, &stage.bundle(&sources(&policy(at))));
        for _ in 0..5 {
            daemon.hang_up();
        }
    }
    let next = stage.bundle(&sources(&policy(1)));
    let key = keys::verifying_key(&std::fs::read_to_string(stage.path("bundle.pub")).unwrap()).unwrap();
    let next = permit_ir::bundle::Bundle::open(&next, &[key]).unwrap().digest;
    let expected = (next.to_string(), Digest::of(facts(1, "mended").as_bytes()).to_string());
    until("the last bundle", async || in_force(&client).await == expected).await;
    assert!(daemon.terminate().success());
    assert!(stage.audit().policies >= 1);
}
