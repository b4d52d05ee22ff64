//! A decision of a session allocates nothing.

#![cfg(test)]

use permit_engine::{ArgRef, AskRef, Mode, Session};
use permit_test_support::agents::{Query, Workload, allows};

const PERMITS: usize = 200;
const QUERIES: usize = 400;

fn decide(session: &mut Session<'_>, query: &Query) -> bool {
    let args = query.args();
    allows(session.decide(&query.ask(&args)).unwrap().verdict)
}

#[test]
fn a_decision_allocates_nothing() {
    let workload = Workload::new(PERMITS, QUERIES);
    let engine = workload.engine(Mode::Native);
    let mut session = engine.session();
    let long = "a".repeat(1_000);
    let unknown = [("amount", ArgRef::Number(1)), ("currency", ArgRef::Text(&long))];
    let mut round = || {
        for query in &workload.queries {
            assert_eq!(decide(&mut session, query), query.allow, "{query:?}");
        }
        // A text that neither policy nor facts hold, an agent and a resource that do not exist.
        let ask = workload.queries[0].ask(&unknown);
        assert!(!allows(session.decide(&ask).unwrap().verdict));
        assert!(session.decide(&AskRef { agent: "spiffe://acme.example/agent/none", ..ask }).is_err());
        assert!(session.decide(&AskRef { resource: Some(("Endpoint", "none")), ..ask }).is_err());
    };
    // The session's memory grows to what the requests need, once.
    round();
    let counted = allocation_counter::measure(&mut round);
    assert_eq!((counted.count_total, counted.bytes_total), (0, 0));
}

#[test]
fn the_counter_counts() {
    let counted = allocation_counter::measure(|| drop(std::hint::black_box(vec![0_u8; 10])));
    assert_eq!((counted.count_total, counted.bytes_total), (1, 10));
}
