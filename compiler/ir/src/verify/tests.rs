//! One rejection for every rule of the verifier: the sample with one change, and the exact error.

mod clauses;
mod declarations;
mod expressions;
mod language;

use super::{Fault, Place, VerifiedProgram, VerifyError};
use crate::intrinsics::Intrinsic;
use crate::program::{Expr, Node, Program};
use crate::sample;
use crate::types::{ActionId, ExprId, Type};

/// A case: what is said of it, the change, where it is refused and why.
type Case = (&'static str, Change, Place, Fault);

/// What a case does to the sample.
type Change = fn(&mut Program);

#[track_caller]
fn refuses(cases: &[Case]) {
    for (name, change, at, fault) in cases {
        let mut program = sample::program();
        change(&mut program);
        let expected = VerifyError { at: at.clone(), fault: fault.clone() };
        assert_eq!(VerifiedProgram::verify(program).map(|_| ()), Err(expected), "{name}");
    }
}

#[track_caller]
fn accepts(cases: &[(&str, Change)]) {
    for (name, change) in cases {
        let mut program = sample::program();
        change(&mut program);
        assert_eq!(VerifiedProgram::verify(program).map(|_| ()), Ok(()), "{name}");
    }
}

/// Appends an expression.
fn push(program: &mut Program, expr: Expr, ty: Type) -> ExprId {
    let id = ExprId(u32::try_from(program.exprs.len()).unwrap());
    program.exprs.push(Node { expr, ty });
    id
}

/// The number of the first expression behind those of the sample.
fn next() -> u32 {
    u32::try_from(sample::program().exprs.len()).unwrap()
}

#[test]
fn the_sample_is_a_verified_program() {
    assert_eq!(sample::verified().map(VerifiedProgram::into_program), Ok(sample::program()));
}

#[test]
fn the_sample_holds_every_kind_of_expression() {
    let exprs = sample::whole().exprs;
    for (_, name) in Expr::NUMBERS.1 {
        let is = |node: &Node| format!("{:?}", node.expr).split(['(', ' ', '{']).next() == Some(name);
        assert!(exprs.iter().any(is), "{name}");
    }
}

#[test]
fn the_sample_calls_every_intrinsic() {
    let exprs = sample::whole().exprs;
    for intrinsic in Intrinsic::ALL {
        assert!(exprs.iter().any(|node| matches!(&node.expr, Expr::Call(called, _) if called == intrinsic)));
    }
}

#[test]
fn names_are_found() {
    let program = sample::verified().unwrap();
    assert_eq!(program.action_named("refund"), Some(sample::REFUND));
    assert_eq!(program.action_named("Refund"), None);
    assert_eq!(program.entity_type_named("Order"), Some(sample::ORDER));
    assert_eq!(program.scope_named("one_customer"), Some(sample::ONE_CUSTOMER));
    assert_eq!(program.field_named(sample::ORDER, "total"), Some(sample::TOTAL));
    assert_eq!(program.field_named(sample::CUSTOMER, "total"), None);
    assert_eq!(program.arg_named(sample::REFUND, "note"), Some(sample::NOTE));
    assert_eq!(program.arg_named(sample::SEND_EMAIL, "note"), None);
}

#[test]
fn conditions_are_all_roots_of_type_bool() {
    let program = sample::verified().unwrap();
    let roots: Vec<ExprId> = program.conditions().collect();
    assert_eq!(roots.len(), 7 + 1 + 1 + 1 + 2);
    assert!(roots.iter().all(|&id| program.node(id).unwrap().ty == Type::Bool));
    assert_eq!(program.node(ExprId(next())), None);
}

#[test]
fn a_cost_is_the_sum_of_what_may_be_evaluated() {
    let program = sample::verified().unwrap();
    // Rules `read_any` 1, `team_readers` 1 + 37, `frozen` 1 + 9; scope 1 + 10 + 5.
    assert_eq!(program.cost(sample::READ_ORDER), Some(65));
    assert_eq!(program.cost(ActionId(99)), None);
    let mut dearer = sample::program();
    let again = crate::program::Rule { name: "again".to_owned(), ..dearer.rules[2].clone() };
    dearer.rules.push(again);
    let dearer = VerifiedProgram::verify(dearer).unwrap();
    assert_eq!(dearer.cost(sample::READ_ORDER), Some(65 + 38));
    assert_eq!(dearer.cost(sample::REFUND), program.cost(sample::REFUND));
}
