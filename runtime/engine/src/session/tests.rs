use permit_ir::program::{ArithmeticOp, CompareOp, Effect, Expr, Node, Program, Rule};
use permit_ir::sample::{AMOUNT, CUSTOMER, ORDER, REFUND, USD, entity};
use permit_ir::types::ExprId;

use super::*;
use crate::testing::{SUPPORT_ID, engine, engine_of};

const REASON: (&str, ArgRef<'static>) = ("reason", ArgRef::Variant("late"));

fn ask<'a>(args: &'a [(&'a str, ArgRef<'a>)]) -> AskRef<'a> {
    AskRef { agent: SUPPORT_ID, action: "refund", resource: Some(("Order", "o1")), args, now_ms: 0 }
}

fn push(program: &mut Program, expr: Expr, ty: Type) -> ExprId {
    program.exprs.push(Node { expr, ty });
    ExprId(u32::try_from(program.exprs.len() - 1).unwrap())
}

#[test]
fn what_does_not_fit_is_refused_by_its_place() {
    let engine = engine();
    let mut session = engine.session();
    let mut fault = |ask: AskRef<'_>| session.decide(&ask).map(|said| said.errors.len());
    let amount = ("amount", ArgRef::Number(1));
    let fits = [amount, REASON];
    assert_eq!(fault(ask(&fits)), Ok(0));
    assert_eq!(fault(ask(&[REASON, amount])), Ok(0), "any order will do");
    assert_eq!(
        fault(AskRef { agent: "spiffe://acme.example/agent/none", ..ask(&fits) }),
        Err(AskFault::Agent)
    );
    assert_eq!(fault(AskRef { action: "refunds", ..ask(&fits) }), Err(AskFault::Action));
    for resource in [None, Some(("Order", "none")), Some(("Customer", "bob")), Some(("Nothing", "o1"))] {
        assert_eq!(fault(AskRef { resource, ..ask(&fits) }), Err(AskFault::Resource), "{resource:?}");
    }
    assert_eq!(fault(AskRef { action: "send_email", ..ask(&fits) }), Err(AskFault::Resource));
    for wrong in [ArgRef::Text("1"), ArgRef::Bool(true), ArgRef::Value(&Value::Absent)] {
        assert_eq!(fault(ask(&[("amount", wrong), REASON])), Err(AskFault::Argument(0)), "{wrong:?}");
    }
    assert_eq!(fault(ask(&[amount, ("reason", ArgRef::Variant("none"))])), Err(AskFault::Argument(1)));
    assert_eq!(fault(ask(&[amount])), Err(AskFault::Argument(1)));
    assert_eq!(fault(ask(&[amount, REASON, ("other", ArgRef::Bool(true))])), Err(AskFault::Extra(2)));
    assert_eq!(fault(ask(&[amount, REASON, amount])), Err(AskFault::Extra(2)));
}

/// Rules about refunds, in this order, each `amount * factor <= limit`, which overflows for a large factor.
fn rules(rules: &[(Effect, i64, i64)]) -> Engine {
    engine_of(|program| {
        let sample = program.rules[0].clone();
        program.rules.clear();
        for (at, &(effect, factor, limit)) in rules.iter().enumerate() {
            let amount = push(program, Expr::Arg(AMOUNT), USD);
            let factor = push(program, Expr::Int(factor), Type::Int);
            let product = push(program, Expr::Arithmetic(ArithmeticOp::Mul, amount, factor), USD);
            let usd =
                permit_types::money::Money { currency: permit_types::money::Currency::USD, minor: limit };
            let limit = push(program, Expr::Money(usd), USD);
            let condition = Some(push(program, Expr::Compare(CompareOp::Le, product, limit), Type::Bool));
            let (name, actions) = (format!("r{at}"), vec![REFUND]);
            program.rules.push(Rule { name, effect, actions, condition, ..sample.clone() });
        }
    })
}

#[test]
fn a_rule_that_errs_is_found_whatever_else_matches() {
    use Effect::{Forbid, Permit};
    let engine = rules(&[(Permit, 1, 10), (Permit, i64::MAX, 10), (Permit, 1, 10), (Forbid, i64::MAX, 0)]);
    let mut session = engine.session();
    let args = [("amount", ArgRef::Number(2)), REASON];
    let said = session.decide(&ask(&args)).unwrap();
    let overflow = Trap::Overflow;
    assert_eq!(said.verdict, PolicyVerdict::Deny(RuleId(3), Some(overflow)));
    assert_eq!(said.errors, [(RuleId(1), overflow), (RuleId(3), overflow)]);
    assert_eq!(said.work, Work { buckets: 2, rules: 4, interpreted: 2 });
    let args = [("amount", ArgRef::Number(0)), REASON];
    let said = session.decide(&ask(&args)).unwrap();
    assert_eq!((said.verdict, said.errors), (PolicyVerdict::Deny(RuleId(3), None), &[][..]));
}

#[test]
fn rules_that_cannot_fail_are_cut_short() {
    let engine = engine_of(|program| {
        let sample = program.rules[0].clone();
        program.rules.clear();
        for at in 0..1_000 {
            let resource = push(program, Expr::Resource, entity(ORDER));
            let bob = push(program, Expr::Entity(CUSTOMER, "bob".to_owned()), entity(CUSTOMER));
            let condition = Some(push(program, Expr::Within(resource, bob), Type::Bool));
            let (name, actions) = (format!("r{at}"), vec![REFUND]);
            program.rules.push(Rule { name, actions, condition, ..sample.clone() });
        }
    });
    let args = [("amount", ArgRef::Number(2)), REASON];
    let mut session = engine.session();
    let said = session.decide(&ask(&args)).unwrap();
    assert_eq!(said.verdict, PolicyVerdict::Permit(RuleId(0)));
    assert_eq!(said.work, Work { buckets: 2, rules: 1, interpreted: 0 });
}
