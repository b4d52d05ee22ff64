//! Ancestors against naive reachability, and names.

use proptest::prelude::*;

use super::*;
use crate::sample::{self, CUSTOMER, ORDER, TEAM};

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
