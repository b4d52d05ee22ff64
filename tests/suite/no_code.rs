//! A machine that refuses executable memory: the interpreter serves, says so, and gives the same answers.

use std::path::{Path, PathBuf};
use std::process::Command;

use permit_audit::Decision;
use permit_client::{Ask, ScopeClaim};
use permit_test_support::daemon::{Daemon, run, serve};
use permit_test_support::stage::{PURCHASE_BOT, SUPPORT_BOT, Stage};
use serde_json::Value;

const PERMITD: &str = env!("CARGO_BIN_EXE_suite-permitd");

/// Runs a program to which the kernel gives no memory that was written and can be executed (`PR_SET_MDWE`, Linux 6.3). It
/// is inherited by what the program runs.
const DENIED: &str = r"
#include <sys/prctl.h>
#include <unistd.h>
int main(int argc, char **argv) {
    if (argc < 2 || prctl(65, 1L, 0L, 0L, 0L) != 0) return 77;
    execv(argv[1], argv + 1);
    return 78;
}
";

/// The wrapper, or `None` where the kernel does not know the prohibition.
fn denied(folder: &Path) -> Option<PathBuf> {
    let (source, program) = (folder.join("denied.c"), folder.join("denied"));
    std::fs::write(&source, DENIED).unwrap();
    let built = run(Command::new("cc").arg(&source).arg("-o").arg(&program));
    assert_eq!(built.code(), 0, "{built:?}");
    match run(Command::new(&program).arg("/bin/true")).code() {
        0 => Some(program),
        77 => None,
        other => panic!("the wrapper ended with {other}"),
    }
}

/// What the server answers to the same requests, and by which evaluator.
async fn answers(stage: &Stage, command: Command, log: &Path) -> (Vec<Decision>, String) {
    let daemon = Daemon::spawn_logged(command, log);
    let scope = ScopeClaim::new("purchases", "t").with("most", "3000.00 USD");
    let buyer = stage.agent(PURCHASE_BOT, &[scope]).await;
    let scope = ScopeClaim::new("one_customer", "t").with("customer", "ann").with("most", "60.00 USD");
    let support = stage.agent(SUPPORT_BOT, &[scope]).await;
    let spend = |vendor: &str, amount: &str| Ask::new("spend").on("Vendor", vendor).with("amount", amount);
    let refund = |order: &str, amount: &str| {
        Ask::new("refund").on("Order", order).with("amount", amount).with("reason", "late")
    };
    let asks = [
        (&buyer, spend("paperworks", "1500.00 USD")),
        (&buyer, spend("paperworks", "0.00 USD")),
        (&buyer, spend("paperworks", "2500.00 USD")),
        (&buyer, spend("paperworks", "1600.00 USD")),
        (&buyer, spend("shady-deals", "5.00 USD")),
        (&support, refund("o1", "40.00 USD")),
        (&support, refund("o1", "30.00 USD")),
        (&support, refund("o2", "5.00 USD")),
    ];
    let mut decisions = Vec::new();
    for (agent, ask) in asks {
        decisions.push(stage.prove(&agent.client.decide(&agent.token, &ask).await.unwrap()));
    }
    let ready = buyer.client.get("/readyz").await.unwrap();
    let ready: Value = serde_json::from_slice(&ready.body).unwrap();
    assert!(daemon.terminate().success());
    drop(stage.audit());
    (decisions, ready["evaluator"].as_str().unwrap().to_owned())
}

/// The parts of a decision that depend neither on the clock nor on proofs.
fn comparable(decision: &Decision) -> impl PartialEq + std::fmt::Debug + use<> {
    let Decision { outcome, layers, reason, matched, rule_errors, request_digest, .. } = decision.clone();
    let amounts: Vec<_> = decision
        .charges
        .iter()
        .map(|charge| {
            let limits = charge.limits.iter().map(|l| (l.spent.clone(), l.held.clone(), l.limit.clone()));
            (charge.budget.clone(), charge.key.clone(), charge.amount.clone(), limits.collect::<Vec<_>>())
        })
        .collect();
    (outcome, layers, reason, matched, rule_errors, request_digest, amounts)
}

#[tokio::test]
async fn without_executable_memory_the_interpreter_gives_the_same_answers() {
    const WARNING: &str = "no native code, conditions are interpreted";
    let folder = tempfile::tempdir().unwrap();
    let Some(wrapper) = denied(folder.path()) else {
        println!("this kernel cannot deny executable memory: nothing was tested");
        return;
    };
    let stage = Stage::acme();
    let log = stage.path("permitd.log");
    let (native, evaluator) = answers(&stage, serve(PERMITD, &stage), &log).await;
    assert_eq!(evaluator, "native");
    assert!(!std::fs::read_to_string(&log).unwrap().contains(WARNING));

    let stage = Stage::acme();
    let log = stage.path("permitd.log");
    let serve = serve(PERMITD, &stage);
    let mut command = Command::new(wrapper);
    command.arg(serve.get_program()).args(serve.get_args()).env("RUST_LOG", "warn");
    let (interpreted, evaluator) = answers(&stage, command, &log).await;
    assert_eq!(evaluator, "interpreted");
    assert!(std::fs::read_to_string(&log).unwrap().contains(WARNING));

    let comparable = |decisions: &[Decision]| decisions.iter().map(self::comparable).collect::<Vec<_>>();
    assert_eq!(comparable(&interpreted), comparable(&native));
    let outcomes: std::collections::BTreeSet<_> =
        native.iter().map(|d| format!("{:?}", d.reason.code)).collect();
    assert!(outcomes.len() >= 4, "{outcomes:?} are too few ways to end");
}
