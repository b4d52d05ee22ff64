//! A server whose log nobody reads: it answers, and ends when it is told to.

use std::net::TcpStream;
use std::time::Duration;

use permit_client::{Ask, ScopeClaim};
use permit_test_support::daemon::{Daemon, serve};
use permit_test_support::stage::{Agent, Stage};
use permit_types::verdict::Outcome;

const PERMITD: &str = env!("CARGO_BIN_EXE_suite-permitd");
const BUYER: &str = "spiffe://acme.example/agent/purchase/1";
/// With all levels logged, each decision logs dozens of lines; a pipe holds 64 KiB of them, and the server's queue 4,096 lines.
const DECISIONS: usize = 300;
const LIMIT: Duration = Duration::from_secs(20);

async fn buyer(stage: &Stage) -> Agent {
    let scope = ScopeClaim::new("purchases", "stock").with("most", "100.00 USD");
    stage.agent(BUYER, &[scope]).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_nobody_reads_stops_no_decision_and_no_stop() {
    let stage = Stage::acme();
    let mut command = serve(PERMITD, &stage);
    command.env("RUST_LOG", "trace");
    let mut daemon = Daemon::spawn_unread(command);
    let buyer = buyer(&stage).await;
    let ask = Ask::new("spend").on("Vendor", "paperworks").with("amount", "1.00 USD");
    for decided in 0..DECISIONS {
        let answer = tokio::time::timeout(LIMIT, buyer.client.decide(&buyer.token, &ask)).await;
        let answer = answer.unwrap_or_else(|_| panic!("no answer after {decided} decisions"));
        let outcome = stage.prove(&answer.unwrap()).outcome;
        assert!(matches!(outcome, Outcome::Allow | Outcome::Deny), "{outcome:?}");
    }
    daemon.ask_to_end();
    let ended = daemon.ended(LIMIT);
    assert!(ended.is_some_and(|status| status.success()), "{ended:?}");
    assert!(daemon.unread().len() >= 60_000, "the log must have filled its pipe");
}

/// A connection that never makes its handshake delays the stop; whoever does not want to wait asks twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_signal_ends_the_process_at_once() {
    let mut stage = Stage::acme();
    stage.configure("[limits]\nhandshake_timeout_ms = 60000\ndrain_timeout_ms = 60000\n");
    let mut daemon = Daemon::spawn(serve(PERMITD, &stage));
    let silent = TcpStream::connect(stage.config.listen).unwrap();
    drop(buyer(&stage).await);
    daemon.ask_to_end();
    assert_eq!(daemon.ended(Duration::from_millis(700)), None, "the first signal waits for the connection");
    daemon.ask_to_end();
    let ended = daemon.ended(LIMIT);
    assert_eq!(ended.and_then(|status| status.code()), Some(2), "{ended:?}");
    drop(silent);
}
