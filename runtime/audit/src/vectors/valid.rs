//! Valid records: one of each kind, and a small log.

use permit_types::verdict::ReasonCode::{Approved, ReviewDeclined, ReviewRequired};

use super::{Valid, sound};
use crate::sample::{
    self, Log, allowed, asserted, denied, genesis, next_key, refusals, reviewed, settlement, signer,
    unknown_agent, vote,
};
use crate::{Body, Decision, Expiry, Hash, Target, decision_id, seal};
use permit_types::digest::Digest;

fn decided(decision: Decision) -> Body {
    Body::Decision(Box::new(decision))
}

fn bodies() -> Vec<(&'static str, Body)> {
    let [start, facts, stop, resume, revocation, stop_all, operator, alarm, _, shutdown] =
        sample::bodies_of_the_server();
    let by_digest = Decision { resource: None, resource_digest: Some(Digest::of(b"long")), ..allowed() };
    let task = Target::Task("task-1".to_owned());
    vec![
        ("a decision that allows", decided(allowed())),
        ("a decision that denies for a budget", decided(denied())),
        ("a decision that leaves it to persons", decided(reviewed(ReviewRequired, 3, &[], 0))),
        ("a decision that persons approved", decided(reviewed(Approved, 3, &["ann", "bob"], 2))),
        ("a decision that a person declined", decided(reviewed(ReviewDeclined, 3, &[], 1))),
        ("a decision that a service asked for, for an agent that acts for another", decided(asserted())),
        ("a decision about a resource of great length", decided(by_digest)),
        ("a denial of a request that was not read", decided(unknown_agent())),
        ("a hold confirmed", Body::Confirm(settlement(Some("shipped")))),
        ("a hold released", Body::Release(settlement(None))),
        ("holds expired", Body::Expiry(Expiry { decisions: vec![decision_id(sample::ORIGIN, 1)] })),
        ("another policy", sample::policy(b"next bundle")),
        ("an approval", Body::Approval(vote(3, "ann"))),
        ("a decline", Body::Decline(vote(3, "bob"))),
        ("a process started", start),
        ("other facts", facts),
        ("an agent stopped", stop),
        ("an agent resumed", resume),
        ("an identity revoked", revocation),
        ("a task revoked for ever", sample::revocation(task, None)),
        ("everything stopped", stop_all),
        ("an operator's act", operator),
        ("an alarm", alarm),
        ("a process shut down", shutdown),
    ]
}

/// Records that are sound by themselves; they are no log.
pub(super) fn records() -> Vec<Valid> {
    let sealed = |index: u64, body| {
        let root = if index == 0 { Hash::of_empty_tree() } else { Hash([0x11; 32]) };
        seal(body, index, sample::at_ms(index), root, &signer()).unwrap().bytes
    };
    let mut records = vec![sound("the first record of a log", sealed(0, genesis()))];
    records.extend((1..).zip(bodies()).map(|(index, (name, body))| sound(name, sealed(index, body))));
    records.push(sound("what was refused, counted", sealed(40, Body::Refusals(refusals(40)))));
    records.push(sound("another key", sealed(41, next_key(41))));
    records
}

/// A small log, sound as a whole.
pub(super) fn log() -> Log {
    let mut log = Log::of(1);
    log.push(sample::start());
    log.push(decided(allowed()));
    log.push(decided(denied()));
    log.push(decided(reviewed(ReviewRequired, 4, &[], 0)));
    log.push(Body::Approval(vote(4, "ann")));
    log.push(Body::Approval(vote(4, "bob")));
    log.push(decided(reviewed(Approved, 4, &["ann", "bob"], 2)));
    log.push(Body::Confirm(settlement(Some("shipped"))));
    log.push(decided(asserted()));
    log.push(Body::Refusals(refusals(10)));
    log.push(sample::stop(Target::AgentType("PurchaseBot".to_owned())));
    log.push(sample::resume(Target::AgentType("PurchaseBot".to_owned())));
    log.push(sample::policy(b"next bundle"));
    log.push(sample::shutdown());
    log
}
