use super::*;
use crate::Hash;
use crate::sample::{
    ORIGIN, START_MS, alarm, allowed, asserted, at_ms, denied, facts, genesis, next_key, next_signer, policy,
    refusals, resume, reviewed, revocation, shutdown, signer, start, stop, vote,
};
use crate::seal::seal;
use permit_types::verdict::ReasonCode;

/// Follows records, all sealed as an honest writer would, and gives what is found at the last one.
fn follow(bodies: impl IntoIterator<Item = Body>) -> Result<(), HistoryFault> {
    follow_at((0..).zip(bodies))
}

/// As [`follow`], of records at chosen places, whose instants are those of their places.
fn follow_at(bodies: impl IntoIterator<Item = (u64, Body)>) -> Result<(), HistoryFault> {
    let mut history = History::new(signer().public().clone());
    let mut found = Ok(());
    for (index, body) in bodies {
        assert_eq!(found, Ok(()), "before record {index}");
        let root = if index == 0 { Hash::of_empty_tree() } else { Hash([1; 32]) };
        let sealed = seal(body, index, at_ms(index), root, &signer()).unwrap();
        found = history.follow(&sealed.record);
    }
    found
}

fn decided(decision: Decision) -> Body {
    Body::Decision(Box::new(decision))
}

fn on_facts(facts: &[u8]) -> Body {
    decided(Decision { facts: Digest::of(facts), ..allowed() })
}

#[test]
fn a_decision_is_by_the_policy_in_force() {
    let (first, next) = (Digest::of(b"bundle"), Digest::of(b"next"));
    let by_next = || decided(Decision { policy: next, ..denied() });
    assert_eq!(follow([genesis(), decided(allowed()), policy(b"next"), by_next()]), Ok(()));
    let early = HistoryFault::Policy { decided_by: next, in_force: first };
    assert_eq!(follow([genesis(), by_next()]), Err(early));
    let late = HistoryFault::Policy { decided_by: first, in_force: next };
    assert_eq!(follow([genesis(), policy(b"next"), decided(denied())]), Err(late));
}

#[test]
fn a_decision_is_on_the_facts_in_force_once_any_are_named() {
    assert_eq!(
        follow([genesis(), on_facts(b"1"), on_facts(b"2"), facts(b"3", None), on_facts(b"3")]),
        Ok(())
    );
    let fault = |named: Option<&[u8]>| Err(HistoryFault::Facts { in_force: named.map(Digest::of) });
    assert_eq!(follow([genesis(), facts(b"3", None), on_facts(b"2")]), fault(Some(b"3")));
    assert_eq!(follow([genesis(), facts(b"3", None), facts(b"4", Some(b"3")), on_facts(b"4")]), Ok(()));
    assert_eq!(follow([genesis(), facts(b"3", None), facts(b"4", Some(b"2"))]), fault(Some(b"3")));
    assert_eq!(follow([genesis(), facts(b"3", None), facts(b"4", None)]), fault(Some(b"3")));
    assert_eq!(follow([genesis(), facts(b"4", Some(b"2"))]), fault(None));
    let Body::Genesis(begin) = genesis() else { panic!() };
    let naming = || Body::Genesis(crate::Genesis { facts: Some(Digest::of(b"0")), ..begin.clone() });
    assert_eq!(follow([naming(), on_facts(b"0"), facts(b"1", Some(b"0")), on_facts(b"1")]), Ok(()));
    assert_eq!(follow([naming(), on_facts(b"1")]), fault(Some(b"0")));
}

/// Every target that concerns a decision which a service asked for and which has everything that can be named.
fn concerning() -> (Decision, Vec<Target>) {
    let text = |text: &str| text.to_owned();
    let agent = |id: &str, of: &str| Target::Agent { id: text(id), agent_type: text(of) };
    let decision = Decision {
        dpop: allowed().dpop,
        layers: permit_types::verdict::Layers::PASSED.asserted(true),
        ..asserted()
    };
    let targets = vec![
        Target::All,
        agent("purchase-bot", "PurchaseBot"),
        Target::AgentType(text("PurchaseBot")),
        Target::Identity(text("spiffe://example/purchase-bot")),
        Target::Identity(text("spiffe://example/gate")),
        Target::Identity(text("spiffe://example/tasks")),
        Target::Grant(text("grant-1")),
        Target::Key(text("0ZcOCORZNYy")),
        Target::Task(text("task-1")),
        agent("planner/1", "Planner"),
        Target::AgentType(text("Planner")),
        Target::Identity(text("spiffe://example/planner/1")),
        Target::Task(text("task-0")),
    ];
    (decision, targets)
}

/// Targets that do not concern it, though something in it has their text.
fn others() -> Vec<Target> {
    let text = |text: &str| text.to_owned();
    vec![
        Target::Agent { id: text("purchase-bot"), agent_type: text("Planner") },
        Target::AgentType(text("purchase-bot")),
        Target::Identity(text("purchase-bot")),
        Target::Grant(text("task-1")),
        Target::Key(text("grant-1")),
        Target::Task(text("grant-1")),
    ]
}

#[test]
fn nothing_that_is_stopped_is_allowed_until_it_is_resumed() {
    let (decision, targets) = concerning();
    let decision = || decided(decision.clone());
    for target in targets {
        let stopped = || stop(target.clone());
        let fault = HistoryFault::Stopped { target: target.clone() };
        assert_eq!(follow([genesis(), decision(), stopped(), decision()]), Err(fault));
        assert_eq!(follow([genesis(), stopped(), decided(denied())]), Ok(()));
        assert_eq!(follow([genesis(), stopped(), resume(target.clone()), decision()]), Ok(()));
        let twice = [genesis(), stopped(), stopped(), resume(target.clone()), decision()];
        assert_eq!(follow(twice), Ok(()));
        assert_eq!(follow([genesis(), resume(target.clone())]), Err(HistoryFault::NotStopped));
        let again = [genesis(), stopped(), resume(target.clone()), resume(target.clone())];
        assert_eq!(follow(again), Err(HistoryFault::NotStopped));
    }
    for target in others() {
        assert_eq!(follow([genesis(), stop(target), decision()]), Ok(()));
    }
    let all = [genesis(), stop(Target::All), resume(Target::Task("task-1".to_owned()))];
    assert_eq!(follow(all), Err(HistoryFault::NotStopped));
    let unknown = Decision { agent_type: None, ..denied() };
    assert_eq!(follow([genesis(), stop(Target::All), decided(unknown)]), Ok(()));
}

#[test]
fn nothing_that_is_revoked_is_allowed_before_its_time_is_over() {
    let (decision, targets) = concerning();
    let decision = || decided(decision.clone());
    for target in targets {
        let fault = || Err(HistoryFault::Revoked { target: target.clone() });
        let revoked = |until: Option<u64>| revocation(target.clone(), until.map(at_ms));
        assert_eq!(follow([genesis(), revoked(None), decision()]), fault());
        assert_eq!(follow([genesis(), revoked(Some(3)), decision()]), fault());
        assert_eq!(follow([genesis(), revoked(Some(2)), decision()]), Ok(()));
        assert_eq!(follow([genesis(), revoked(None), decided(denied())]), Ok(()));
        // The longer one counts.
        assert_eq!(follow([genesis(), revoked(None), revoked(Some(1)), decision()]), fault());
        assert_eq!(follow([genesis(), revoked(Some(1)), revoked(None), decision()]), fault());
        assert_eq!(follow([genesis(), revoked(Some(9)), revoked(Some(1)), decision()]), fault());
        assert_eq!(follow([genesis(), revoked(Some(1)), revoked(Some(9)), decision()]), fault());
        assert_eq!(follow([genesis(), revoked(Some(1)), revoked(Some(2)), decision()]), Ok(()));
    }
    for target in others() {
        assert_eq!(follow([genesis(), revocation(target, None), decision()]), Ok(()));
    }
}

#[test]
fn a_revoked_person_approves_nothing() {
    let open = || decided(reviewed(ReasonCode::ReviewRequired, 1, &[], 0));
    let ann = Target::Identity("spiffe://example/person/ann".to_owned());
    let by_key = Target::Key("0ZcOCORZNYy".to_owned());
    let yes = |person| Body::Approval(vote(1, person));
    for target in [ann.clone(), by_key.clone()] {
        let found = follow([genesis(), open(), revocation(target.clone(), None), yes("ann")]);
        assert_eq!(found, Err(HistoryFault::Revoked { target }));
    }
    assert_eq!(follow([genesis(), open(), revocation(ann.clone(), None), yes("bob")]), Ok(()));
    assert_eq!(follow([genesis(), open(), revocation(ann.clone(), Some(at_ms(3))), yes("ann")]), Ok(()));
    // A decline does no harm, and a stop is of agents.
    assert_eq!(follow([genesis(), open(), revocation(ann, None), Body::Decline(vote(1, "ann"))]), Ok(()));
    assert_eq!(follow([genesis(), open(), stop(Target::All), yes("ann")]), Ok(()));
}

#[test]
fn a_shutdown_is_followed_by_a_start() {
    assert_eq!(follow([genesis(), start(), shutdown(), start(), shutdown()]), Ok(()));
    assert_eq!(follow([genesis(), start(), start(), Body::Alarm(alarm())]), Ok(()));
    for next in [decided(denied()), Body::Alarm(alarm()), shutdown()] {
        assert_eq!(follow([genesis(), shutdown(), next]), Err(HistoryFault::Shutdown));
    }
}

#[test]
fn no_period_is_counted_twice() {
    let count = |index| (index, Body::Refusals(refusals(index)));
    assert_eq!(follow_at([(0, genesis()), count(3), count(4), count(9)]), Ok(()));
    let from = |from_ms| Body::Refusals(Refusals { from_ms, ..refusals(4) });
    assert_eq!(follow_at([(0, genesis()), count(3), (4, from(at_ms(3) - 1))]), Err(HistoryFault::Overlap));
    assert_eq!(follow_at([(0, genesis()), count(3), (4, from(at_ms(3)))]), Ok(()));
}

#[test]
fn another_key_is_another_key() {
    let mut history = History::new(signer().public().clone());
    let record = seal(next_key(1), 1, START_MS, Hash([1; 32]), &signer()).unwrap().record;
    assert_eq!(history.key(), signer().public());
    assert_eq!(history.follow(&record), Ok(()));
    assert_eq!(history.key(), next_signer().public());
    assert_eq!(history.follow(&record), Err(HistoryFault::SameKey));
    assert_eq!(history.key().origin(), ORIGIN);
}

#[test]
fn reviews_are_followed_too() {
    let used = decided(reviewed(ReasonCode::Approved, 1, &["ann", "bob"], 2));
    let id = crate::decision_id(ORIGIN, 1);
    assert_eq!(
        follow([genesis(), decided(denied()), used]),
        Err(HistoryFault::Review(ReviewFault::Unknown { id }))
    );
}
