//! Ancestors against naive reachability, and names.

use proptest::prelude::*;

use super::*;
use crate::sample::{self, CUSTOMER, LEAD, ORDER, SUPPORT_BOT, TEAM};

/// Teams `0..count`, interned in the order of `order`, with an edge from each child to its parent.
fn teams(
    program: &VerifiedProgram,
    order: &[usize],
    edges: &[(usize, usize)],
) -> (Vec<EntityRef>, Result<Facts, FactsError>) {
    let mut builder = FactsBuilder::new(program).unwrap();
    for team in order {
        builder.intern(TEAM, &format!("t{team}")).unwrap();
    }
    let names: Vec<_> = (0..order.len()).map(|t| builder.intern(TEAM, &format!("t{t}")).unwrap()).collect();
    // What the program names must be defined as soon as something refers to it; nothing does here.
    for (team, &name) in names.iter().enumerate() {
        let parents = edges.iter().filter(|(child, _)| *child == team).map(|&(_, parent)| names[parent]);
        builder.define(name, Vec::new(), parents.collect(), None).unwrap();
    }
    (names, builder.finish())
}

/// `reach[a][b]`: whether `b` can be reached from `a` over one edge or more.
fn reachability(count: usize, edges: &[(usize, usize)]) -> Vec<Vec<bool>> {
    let mut reach = vec![vec![false; count]; count];
    for &(child, parent) in edges {
        reach[child][parent] = true;
    }
    for via in 0..count {
        for from in 0..count {
            for to in 0..count {
                reach[from][to] |= reach[from][via] && reach[via][to];
            }
        }
    }
    reach
}

fn check(order: &[usize], edges: &[(usize, usize)]) {
    let program = sample::verified().unwrap();
    let count = order.len();
    let reach = reachability(count, edges);
    let cyclic: Vec<_> = (0..count).filter(|&t| reach[t][t]).map(|t| format!("Team::\"t{t}\"")).collect();
    let (names, facts) = teams(&program, order, edges);
    match facts {
        Err(FactsError::Cycle(name)) => assert!(cyclic.contains(&name), "{name} of {cyclic:?}"),
        Err(error) => panic!("{error}"),
        Ok(facts) => {
            assert_eq!(cyclic, [""; 0]);
            for from in 0..count {
                let mut expected: Vec<_> =
                    (0..count).filter(|&to| to == from || reach[from][to]).map(|to| names[to]).collect();
                expected.sort_unstable();
                assert_eq!(*facts.entity(names[from]).unwrap().ancestors, *expected);
                for to in 0..count {
                    assert_eq!(facts.within(names[from], names[to]), from == to || reach[from][to]);
                }
            }
        }
    }
}

fn order(count: usize) -> impl Strategy<Value = Vec<usize>> {
    Just((0..count).collect::<Vec<_>>()).prop_shuffle()
}

fn edges(count: usize) -> impl Strategy<Value = Vec<(usize, usize)>> {
    prop::collection::vec((0..count, 0..count), 0..count * 2)
}

proptest! {
    #[test]
    fn ancestors_are_what_can_be_reached_and_cycles_are_refused(
        (order, edges) in (1_usize..14).prop_flat_map(|count| (order(count), edges(count))),
    ) {
        check(&order, &edges);
    }

    #[test]
    fn a_graph_without_cycles_always_loads(
        (order, edges) in (2_usize..14).prop_flat_map(|count| (order(count), edges(count))),
    ) {
        let down: Vec<_> = edges.iter().filter(|(a, b)| a != b).map(|&(a, b)| (a.max(b), a.min(b))).collect();
        check(&order, &down);
        let program = sample::verified().unwrap();
        prop_assert!(teams(&program, &order, &down).1.is_ok());
    }
}

#[test]
fn an_entity_has_a_bounded_number_of_ancestors() {
    let program = sample::verified().unwrap();
    let chain = |count: usize| {
        let edges: Vec<_> = (1..count).map(|team| (team, team - 1)).collect();
        teams(&program, &(0..count).rev().collect::<Vec<_>>(), &edges).1.map(|facts| facts.len())
    };
    let of_program = FactsBuilder::new(&program).unwrap().finish().unwrap().len();
    assert_eq!(chain(ANCESTORS_MAX), Ok(of_program + ANCESTORS_MAX));
    let last = format!("Team::\"t{ANCESTORS_MAX}\"");
    assert_eq!(chain(ANCESTORS_MAX + 1), Err(FactsError::TooManyAncestors(last)));
}

#[test]
fn a_name_belongs_to_a_type_and_is_known_only_when_defined() {
    let program = sample::verified().unwrap();
    let mut builder = FactsBuilder::new(&program).unwrap();
    let (order, customer) = (builder.intern(ORDER, "x").unwrap(), builder.intern(CUSTOMER, "x").unwrap());
    assert_ne!(order, customer);
    assert_eq!(builder.intern(ORDER, "x"), Ok(order));
    let facts = builder.finish().unwrap();
    assert_eq!((facts.find(ORDER, "x"), facts.find(CUSTOMER, "x")), (Some(order), Some(customer)));
    assert_eq!((facts.find(ORDER, "y"), facts.find(EntityTypeId(99), "x")), (None, None));
    let named = facts.find(CUSTOMER, "ann").and_then(|ann| facts.entity(ann)).unwrap();
    assert!(!named.known, "a literal of the program is a name only");
    let mut twice = FactsBuilder::new(&program).unwrap();
    let team = twice.intern(TEAM, "t").unwrap();
    assert_eq!(twice.define(team, Vec::new(), Vec::new(), None), Ok(()));
    let refused = twice.define(team, Vec::new(), Vec::new(), None);
    assert_eq!(refused, Err(FactsError::Duplicate("Team::\"t\"".to_owned())));
}

#[test]
fn persons_and_agents_are_separate() {
    let program = VerifiedProgram::verify(sample::whole()).unwrap();
    let (agent_id, person_id) = ("spiffe://acme.example/agent/support/1", "spiffe://acme.example/person/zoe");
    let build = |person_id: &str| {
        let mut builder = FactsBuilder::new(&program).unwrap();
        let agent = builder.intern(SUPPORT_BOT, "s").unwrap();
        let zoe = builder.intern(LEAD, "zoe").unwrap();
        let of_agent = vec![Value::Number(0), Value::Number(1), Value::Absent, Value::Bool(true)];
        builder.define(agent, of_agent, Vec::new(), Some(agent_id)).unwrap();
        builder.define(zoe, vec![Value::Number(3)], Vec::new(), Some(person_id)).unwrap();
        builder.finish().map(|facts| (agent, zoe, facts))
    };
    let (agent, zoe, facts) = build(person_id).unwrap();
    assert_eq!((facts.agent(agent_id), facts.agent(person_id)), (Some(agent), None));
    assert_eq!((facts.person(person_id), facts.person(agent_id)), (Some(zoe), None));
    let refused = |spiffe_id: &str| {
        let (entity, spiffe_id) = ("Lead::\"zoe\"".to_owned(), spiffe_id.to_owned());
        Some(FactsError::Identity { entity, spiffe_id })
    };
    assert_eq!(build(agent_id).err(), refused(agent_id));
    assert_eq!(build("spiffe://acme.example/person").err(), refused("spiffe://acme.example/person"));
}

#[test]
fn an_attribute_may_be_left_out_only_where_callers_may_fill_it() {
    let program = VerifiedProgram::verify(sample::whole()).unwrap();
    let build = |level: Value, patience: Value| {
        let mut builder = FactsBuilder::new(&program).unwrap();
        let agent = builder.intern(SUPPORT_BOT, "s").unwrap();
        let attributes = vec![Value::Number(0), level, patience, Value::Bool(true)];
        builder.define(agent, attributes, Vec::new(), None).unwrap();
        builder.finish().map(|_| ())
    };
    let wrong = |field: &str| {
        let (entity, field) = ("SupportBot::\"s\"".to_owned(), field.to_owned());
        Err(FactsError::AttributeType { entity, field })
    };
    assert_eq!(build(Value::Number(1), Value::Absent), Ok(()));
    assert_eq!(build(Value::Absent, Value::Absent), wrong("level"));
    assert_eq!(build(Value::Number(1), Value::Bool(true)), wrong("patience"));
}
