//! A full disk: nothing is decided that cannot be recorded, and nothing that was recorded is lost.

use std::process::Command;

use permit_client::{Answer, Problem, Reply};
use permit_test_support::daemon::{Daemon, serve};
use permit_test_support::forge::Forger;
use permit_test_support::stage::{PURCHASE_BOT, Stage, acme_facts, now_ms, unhurried_sources};
use permit_types::money::Money;
use permit_types::verdict::Outcome;
use serde_json::json;

const PERMITD: &str = env!("CARGO_BIN_EXE_suite-permitd");
/// The most KiB of one file: room for some decisions and not for many.
const FILE_KIB_MAX: &str = "400";
const TRIES: usize = 1_000;

/// Serves under a file size limit. The shell ignores the limit's signal, so that a write fails as on a full disk.
fn serve_in_little_room(stage: &Stage) -> Command {
    let serve = serve(PERMITD, stage);
    let mut command = Command::new("bash");
    let script = "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"";
    command.args(["-c", script, FILE_KIB_MAX]).arg(serve.get_program()).args(serve.get_args());
    command
}

/// A buyer whose key stays the same over its connections.
async fn spend(buyer: &Forger, token: &str) -> Reply {
    let body = br#"{"action": "spend", "resource": "paperworks", "arguments": {"amount": "1.00 USD"}}"#;
    buyer.post("/v1/decisions", token, body).await
}

fn answer(reply: &Reply) -> Answer {
    serde_json::from_slice(&reply.body).unwrap_or_else(|_| panic!("{reply:?}"))
}

fn is_unavailable(reply: &Reply) {
    let problem = Problem::read(reply).unwrap();
    assert_eq!((problem.status, problem.code.as_str()), (503, "audit_unavailable"));
    assert!(problem.answer.is_none(), "{problem}");
}

#[tokio::test]
async fn a_full_disk_decides_nothing_and_loses_nothing() {
    let stage = Stage::of(&unhurried_sources(), &acme_facts(now_ms()));
    let daemon = Daemon::spawn(serve_in_little_room(&stage));
    let buyer = Forger::new(&stage, PURCHASE_BOT, 1);
    let parameters = json!({ "most": "5000.00 USD" });
    let scope =
        json!([{ "type": "permit_scope", "scope": "purchases", "task": "t", "parameters": parameters }]);
    let token = buyer.token(&scope).await;
    let mut records = Vec::new();
    let refusal = loop {
        assert!(records.len() < TRIES, "the file size limit is not met");
        let reply = spend(&buyer, &token).await;
        if !reply.status.is_success() {
            break reply;
        }
        records.push(answer(&reply));
    };
    is_unavailable(&refusal);
    assert!(records.len() > 5, "{}", records.len());
    is_unavailable(&spend(&buyer, &token).await);
    let status = async |path| buyer.client.get(path).await.unwrap().status.as_u16();
    let found = (status("/healthz").await, status("/readyz").await, status("/v1/log/checkpoint").await);
    assert_eq!(found, (200, 503, 200), "it lives, it cannot decide, and what is recorded can be read");
    assert!(daemon.terminate().success());

    let daemon = Daemon::spawn(serve(PERMITD, &stage));
    let buyer = Forger::new(&stage, PURCHASE_BOT, 1);
    for answer in &records {
        let index = answer.verify(&stage.log_key).unwrap().index;
        let reply = buyer.client.get(&format!("/v1/log/entries/{index}")).await.unwrap();
        assert_eq!(reply.body, answer.record.get().as_bytes());
    }
    let decision = stage.prove(&answer(&spend(&buyer, &token).await));
    assert_eq!(decision.outcome, Outcome::Allow);
    let held: Money = decision.charges[0].limits[0].held.parse().unwrap();
    let decided = i64::try_from(records.len() + 1).unwrap();
    assert_eq!(held.minor, 100 * decided, "only what was answered is charged");
    assert!(daemon.terminate().success());
    assert_eq!(stage.audit().allowed, decided.unsigned_abs());
}
