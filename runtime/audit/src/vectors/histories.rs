//! Logs whose last record is valid by itself but does not follow from those before.

use permit_types::verdict::ReasonCode::{Approved, ReviewRequired};

use super::{Broken, broken};
use crate::sample::{
    self, Log, allowed, body, denied, facts, next_key, next_signer, policy, refusals, reviewed, shutdown,
    vote,
};
use crate::{Body, Decision, Hash, Refusals, Target, seal};

fn decided(decision: Decision) -> Body {
    Body::Decision(Box::new(decision))
}

/// The genesis, and then `bodies`.
fn log_of(bodies: impl IntoIterator<Item = Body>) -> Log {
    let mut log = Log::of(1);
    bodies.into_iter().for_each(|body| drop(log.push(body)));
    log
}

/// The genesis, a decision, and a record sealed for another place, time or root.
fn misplaced(index: u64, at_ms: i64, root: impl FnOnce(&Log) -> Hash) -> Log {
    let mut log = log_of([decided(allowed())]);
    let sealed = seal(body(0), index, at_ms, root(&log), &log.signer).unwrap();
    log.push_bytes(sealed.bytes);
    log
}

pub(super) fn logs() -> Vec<(Log, Broken)> {
    let of_place = place().into_iter().chain(keys());
    let all = of_place.chain(in_force()).chain(targets()).chain(server()).chain(reviews());
    all.map(|(name, rule, log)| broken(name, rule, log)).collect()
}

type Vector = (&'static str, &'static str, Log);

fn place() -> Vec<Vector> {
    let root = |log: &Log| log.tree.root();
    vec![
        ("a record left out", "place", misplaced(3, sample::at_ms(3), root)),
        ("a clock that went back", "timestamp", misplaced(2, sample::at_ms(0), root)),
        ("another history", "merkle_root", misplaced(2, sample::at_ms(2), |_| Hash([0x11; 32]))),
    ]
}

fn keys() -> Vec<Vector> {
    let mut rotated = log_of([next_key(1)]);
    let old = std::mem::replace(&mut rotated.signer, next_signer());
    rotated.push(decided(allowed()));
    let mut replaced = Log { signer: old, tree: rotated.tree.clone(), records: rotated.records.clone() };
    replaced.push(decided(denied()));
    rotated.push(next_key(3));
    vec![("the old key again", "signature", replaced), ("the same key again", "same_key", rotated)]
}

fn in_force() -> Vec<Vector> {
    let other_facts = Decision { facts: permit_types::digest::Digest::of(b"facts 2"), ..allowed() };
    vec![
        ("a decision by a replaced policy", "policy", log_of([policy(b"next"), decided(allowed())])),
        ("a decision on other facts", "facts", log_of([facts(b"facts", None), decided(other_facts)])),
        ("facts that replace others", "facts", log_of([facts(b"facts", None), facts(b"3", Some(b"2"))])),
    ]
}

fn targets() -> Vec<Vector> {
    let text = |text: &str| text.to_owned();
    let agent = Target::Agent { id: text("purchase-bot"), agent_type: text("PurchaseBot") };
    let service = || Target::Identity(text("spiffe://example/gate"));
    let behind = Target::AgentType(text("Planner"));
    let allow = || decided(allowed());
    let asserted = || decided(sample::asserted());
    let person = Target::Identity(text("spiffe://example/person/ann"));
    let open = || decided(reviewed(ReviewRequired, 1, &[], 0));
    let revoked = |target| sample::revocation(target, None);
    let until = sample::revocation(Target::Task(text("task-1")), Some(sample::at_ms(3)));
    vec![
        ("everything is stopped", "stopped", log_of([sample::stop(Target::All), allow()])),
        ("the agent is stopped", "stopped", log_of([sample::stop(agent), allow()])),
        ("the agent behind is stopped", "stopped", log_of([sample::stop(behind), asserted()])),
        ("nothing was stopped", "not_stopped", log_of([sample::resume(Target::All)])),
        ("the service is revoked", "revoked", log_of([revoked(service()), asserted()])),
        ("the grant is revoked", "revoked", log_of([revoked(Target::Grant(text("grant-1"))), allow()])),
        ("the proof key is revoked", "revoked", log_of([revoked(Target::Key(text("0ZcOCORZNYy"))), allow()])),
        ("the task is revoked for a time", "revoked", log_of([until, allow()])),
        (
            "the person is revoked",
            "revoked",
            log_of([open(), revoked(person), Body::Approval(vote(1, "ann"))]),
        ),
    ]
}

fn server() -> Vec<Vector> {
    let again = Refusals { from_ms: sample::at_ms(1) - 1, ..refusals(2) };
    vec![
        ("a decision after a shutdown", "shutdown", log_of([shutdown(), decided(denied())])),
        ("a period counted twice", "overlap", log_of([Body::Refusals(refusals(1)), Body::Refusals(again)])),
    ]
}

fn reviews() -> Vec<Vector> {
    let open = |index| decided(reviewed(ReviewRequired, index, &[], 0));
    let yes = |person| Body::Approval(vote(1, person));
    let used = || decided(reviewed(Approved, 1, &["ann", "bob"], 2));
    let by_rule = {
        let mut decision = allowed();
        decision.reason.name = Some("large_orders".to_owned());
        decided(decision)
    };
    let other_agent = {
        let mut decision = reviewed(Approved, 1, &["ann", "bob"], 2);
        decision.agent = "another-bot".to_owned();
        decided(decision)
    };
    vec![
        ("a review that nobody opened", "review_unknown", log_of([decided(denied()), used()])),
        ("a review opened twice", "review_open", log_of([open(1), open(2)])),
        (
            "used after a decline",
            "review_ended",
            log_of([open(1), Body::Decline(vote(1, "ann")), yes("bob")]),
        ),
        ("used twice", "review_ended", log_of([open(1), yes("ann"), yes("bob"), used(), used()])),
        ("an approval that nobody gave", "review_approvals", log_of([open(1), yes("ann"), used()])),
        (
            "approved for another agent",
            "review_differs",
            log_of([open(1), yes("ann"), yes("bob"), other_agent]),
        ),
        ("allowed by a rule that asks for reviews", "unreviewed", log_of([open(1), by_rule])),
    ]
}
