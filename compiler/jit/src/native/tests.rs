use permit_ir::program::{CompareOp, Expr};
use permit_ir::sample::{self, AMOUNT, Arena, REFUND, USD};

use super::*;

/// The sample with only these rules' conditions: `amount <op> <limit>`.
fn amounts(limits: &[(CompareOp, i64)]) -> VerifiedProgram {
    let mut program = sample::program();
    let mut arena = Arena { nodes: program.exprs };
    let mut rule = program.rules[0].clone();
    rule.actions = vec![REFUND];
    program.rules.clear();
    for &(op, limit) in limits {
        let (amount, limit) = (arena.push(Expr::Arg(AMOUNT), USD), arena.usd(limit));
        rule.condition = Some(arena.compare(op, amount, limit));
        rule.name = format!("rule_{}", program.rules.len());
        program.rules.push(rule.clone());
    }
    program.exprs = arena.nodes;
    program.budgets.clear();
    program.rates.clear();
    program.scopes.clear();
    VerifiedProgram::verify(program).unwrap()
}

fn stats(limits: &[(CompareOp, i64)], options: Options) -> Stats {
    NativeProgram::compile(&amounts(limits), &options).unwrap().stats()
}

#[test]
fn conditions_that_differ_in_constants_share_one_shape() {
    let one = stats(&[(CompareOp::Le, 1)], Options::default());
    let many: Vec<_> = (0..100).map(|limit| (CompareOp::Le, limit)).collect();
    let expected = Stats { conditions: 100, compiled: 100, ..one };
    assert_eq!(stats(&many, Options::default()), expected);
    assert_eq!(one.shapes, 1);
}

#[test]
fn what_is_beyond_a_limit_is_left_to_the_interpreter() {
    let limits = [(CompareOp::Le, 1), (CompareOp::Lt, 1), (CompareOp::Le, 2)];
    let two_of_three = stats(&limits, Options { shapes_max: 1, ..Options::default() });
    assert_eq!((two_of_three.compiled, two_of_three.shapes), (2, 1));
    let none = stats(&limits, Options { terms_max: 2, ..Options::default() });
    assert_eq!(none, Stats { conditions: 3, compiled: 0, shapes: 0, code_bytes: 0 });
    assert_eq!(stats(&limits, Options { terms_max: 3, ..Options::default() }).compiled, 3);
}

#[test]
fn the_sample_is_compiled_as_a_whole() {
    let program = sample::verified().unwrap();
    let stats = NativeProgram::compile(&program, &Options::default()).unwrap().stats();
    assert_eq!(stats.compiled, stats.conditions);
    assert_eq!(stats.conditions, program.conditions().count());
}

#[test]
fn native_programs_are_shared_between_threads() {
    const fn shared<T: Send + Sync>() {}
    shared::<NativeProgram>();
}
