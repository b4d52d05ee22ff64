use permit_ir::program::{AgentPattern, ArithmeticOp, CompareOp, Effect, Expr, Node, Program, Rule};
use permit_ir::sample::{AMOUNT, CUSTOMER, ORDER, REFUND, SUPPORT_BOT, TEAM, USD, entity};
use permit_ir::types::{ExprId, Type};

use super::*;
use crate::encode::encode;
use crate::engine::Engine;
use crate::testing::{engine_of, refund, request};

fn push(program: &mut Program, expr: Expr, ty: Type) -> ExprId {
    program.exprs.push(Node { expr, ty });
    ExprId(u32::try_from(program.exprs.len() - 1).unwrap())
}

fn truth(program: &mut Program, expr: Expr) -> ExprId {
    push(program, expr, Type::Bool)
}

/// `resource within Customer::id`
fn of_customer(program: &mut Program, id: &str) -> ExprId {
    let resource = push(program, Expr::Resource, entity(ORDER));
    let customer = push(program, Expr::Entity(CUSTOMER, id.to_owned()), entity(CUSTOMER));
    truth(program, Expr::Within(resource, customer))
}

/// `agent within Team::readers`, which the support agent of the tests meets.
fn of_readers(program: &mut Program) -> ExprId {
    let agent = push(program, Expr::Agent, entity(SUPPORT_BOT));
    let team = push(program, Expr::Entity(TEAM, "readers".to_owned()), entity(TEAM));
    truth(program, Expr::Within(agent, team))
}

/// `amount + max <= max`, which has no value for a positive amount.
fn overflowing(program: &mut Program) -> ExprId {
    let amount = push(program, Expr::Arg(AMOUNT), USD);
    let usd = |minor| {
        Expr::Money(permit_types::money::Money { currency: permit_types::money::Currency::USD, minor })
    };
    let most = push(program, usd(i64::MAX), USD);
    let sum = push(program, Expr::Arithmetic(ArithmeticOp::Add, amount, most), USD);
    truth(program, Expr::Compare(CompareOp::Le, sum, most))
}

/// Writes a condition.
type Write<'w> = &'w dyn Fn(&mut Program) -> ExprId;

/// An engine with one permit of refunds for each of these, which names agents and writes a condition.
fn rules(rules: &[(&[&str], Write<'_>)]) -> Engine {
    engine_of(|program| {
        let sample = program.rules[0].clone();
        program.rules.clear();
        for (at, (agents, condition)) in rules.iter().enumerate() {
            let condition = Some(condition(program));
            let bot = |id: &&str| AgentPattern::Entity(SUPPORT_BOT, (*id).to_owned());
            program.rules.push(Rule {
                name: format!("r{at}"),
                effect: Effect::Permit,
                actions: vec![REFUND],
                agents: if agents.is_empty() {
                    vec![AgentPattern::Type(SUPPORT_BOT)]
                } else {
                    agents.iter().map(bot).collect()
                },
                condition,
                ..sample.clone()
            });
        }
    })
}

/// The rules that are asked of a refund of bob's order by the support agent: whether their agents still are, and how many
/// parts of their conditions.
fn asked(engine: &Engine) -> Vec<(u32, bool, usize)> {
    let index = Index::interpreted(engine.program(), engine.snapshot());
    let request = request(engine, &refund("1.00 USD"), &[]);
    let mut input = Input::default();
    let input = encode(engine.program(), engine.snapshot(), &request, &mut input).unwrap();
    let probe = Probe { snapshot: engine.snapshot(), input, request: &|| &request };
    let mut asked = Vec::new();
    index.probe(probe, &mut Scratch::default(), |bucket| {
        for run in index.runs(bucket) {
            let How::Interpreted(first) = run.how else { panic!("nothing is compiled") };
            for (rule, place) in index.rules(run).iter().zip(0..) {
                let residual = index.residual(first, place).unwrap();
                asked.push((rule.0, residual.agents, residual.conjuncts.len()));
            }
        }
    });
    asked.sort_unstable();
    asked
}

#[test]
fn a_rule_is_filed_under_what_the_fewest_rules_share() {
    let bob: Write<'_> = &|program| of_customer(program, "bob");
    let eve: Write<'_> = &|program| of_customer(program, "eve");
    // Agent and customer separate equally well once each has one rule; the agent is the narrower.
    let engine = rules(&[(&["support/7"], bob), (&["support/8"], eve)]);
    assert_eq!(asked(&engine), [(0, false, 1)]);
    // Three rules of one agent are told apart by their customers, and the agent is left to ask.
    let engine = rules(&[(&["support/7"], bob), (&["support/7"], eve), (&["support/7"], eve)]);
    assert_eq!(asked(&engine), [(0, true, 0)]);
    let engine = rules(&[(&["support/8"], bob), (&["support/8"], eve)]);
    assert_eq!(asked(&engine), [(0, true, 0)], "the rest of the rule says that it is about another");
    let engine = rules(&[(&["support/7", "support/8"], bob)]);
    assert_eq!(asked(&engine), [(0, false, 1)]);
}

#[test]
fn what_stands_behind_a_part_that_may_fail_is_no_key() {
    let guarded: Write<'_> = &|program| {
        let (left, right) = (overflowing(program), of_customer(program, "eve"));
        truth(program, Expr::And(left, right))
    };
    assert_eq!(asked(&rules(&[(&[], guarded)])), [(0, false, 2)], "it errs before eve is looked at");
    let guarding: Write<'_> = &|program| {
        let (left, right) = (of_customer(program, "eve"), overflowing(program));
        truth(program, Expr::And(left, right))
    };
    assert_eq!(asked(&rules(&[(&[], guarding)])), []);
}

#[test]
fn an_or_is_filed_under_each_of_its_sides_or_not_at_all() {
    let either: Write<'_> = &|program| {
        let (left, right) = (of_customer(program, "eve"), of_readers(program));
        truth(program, Expr::Or(left, right))
    };
    assert_eq!(asked(&rules(&[(&[], either)])), [(0, true, 0)]);
    let neither: Write<'_> = &|program| {
        let (left, right) = (of_customer(program, "eve"), of_customer(program, "ann"));
        truth(program, Expr::Or(left, right))
    };
    assert_eq!(asked(&rules(&[(&[], neither)])), []);
    let open: Write<'_> = &|program| {
        let (left, right) = (of_customer(program, "eve"), overflowing(program));
        truth(program, Expr::Or(left, right))
    };
    assert_eq!(asked(&rules(&[(&[], open)])), [(0, false, 1)]);
}

/// Ten thousand rules over a hundred customers: the hundred of one of them are asked, and no other.
#[test]
fn only_the_rules_of_what_is_asked_are_tried() {
    let engine = engine_of(|program| {
        let sample = program.rules[0].clone();
        program.rules.clear();
        for at in 0..10_000 {
            let id = if at % 100 == 0 { "bob".to_owned() } else { format!("c{}", at % 100) };
            let condition = Some(of_customer(program, &id));
            let (name, actions) = (format!("r{at}"), vec![REFUND]);
            program.rules.push(Rule { name, actions, condition, ..sample.clone() });
        }
    });
    let asked = asked(&engine);
    assert_eq!(asked.len(), 100);
    assert!(asked.iter().all(|(rule, _, conjuncts)| rule % 100 == 0 && *conjuncts == 0));
}
