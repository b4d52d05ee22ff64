use permit_ir::facts::FactsBuilder;
use permit_ir::program::{ArithmeticOp, CompareOp, Expr};
use permit_ir::sample::{self, AMOUNT, Arena, REFUND, SUPPORT_BOT, TEAM, USD, entity};
use permit_ir::types::{ExprId, Type};
use permit_ir::value::{EntityRef, Value};
use permit_ir::verify::VerifiedProgram;

use super::*;
use crate::input::Subjects;

fn subjects(agent: EntityRef) -> Subjects {
    Subjects { action: REFUND, agent, resource: None }
}

/// The sample with rules about refunds alone, one for each condition that `write` gives.
fn refunds(write: impl FnOnce(&mut Arena) -> Vec<ExprId>) -> VerifiedProgram {
    let mut program = sample::program();
    let mut arena = Arena { nodes: program.exprs };
    let mut rule = program.rules[0].clone();
    (rule.actions, program.rules) = (vec![REFUND], Vec::new());
    for condition in write(&mut arena) {
        rule.condition = Some(condition);
        rule.name = format!("rule_{}", program.rules.len());
        program.rules.push(rule.clone());
    }
    program.exprs = arena.nodes;
    program.budgets.clear();
    program.rates.clear();
    program.scopes.clear();
    VerifiedProgram::verify(program).unwrap()
}

/// Conditions `amount <op> <limit>`, or `amount + amount <op> <limit>`.
fn amounts(limits: &[(CompareOp, i64, bool)]) -> VerifiedProgram {
    let write = |arena: &mut Arena, (op, limit, doubled): (CompareOp, i64, bool)| {
        let mut amount = arena.push(Expr::Arg(AMOUNT), USD);
        if doubled {
            amount = arena.push(Expr::Arithmetic(ArithmeticOp::Add, amount, amount), USD);
        }
        let limit = arena.usd(limit);
        arena.compare(op, amount, limit)
    };
    refunds(|arena| limits.iter().map(|&limit| write(arena, limit)).collect())
}

fn snapshot(program: &VerifiedProgram) -> Arc<Snapshot> {
    let facts = FactsBuilder::new(program).unwrap().finish().unwrap();
    Arc::new(Snapshot::new(program, Arc::new(facts), &[]))
}

/// Compiles all conditions that come to one shape into one list, and the others for nothing.
fn compile(
    program: &VerifiedProgram,
    options: Options,
    earlier: Option<&NativeProgram>,
) -> (NativeProgram, Option<Rows>) {
    let mut compiler = Compiler::new(program, snapshot(program), options, earlier);
    let lower = |root| compiler.lower(&Condition { agents: &[], conjuncts: &[root] }).unwrap();
    let lowered: Vec<_> = program.conditions().filter_map(lower).collect();
    let first = lowered.first().map(Lowered::shape);
    let alike: Vec<_> = lowered.into_iter().filter(|lowered| Some(lowered.shape()) == first).collect();
    let rows = compiler.rows(&alike);
    (compiler.finish().unwrap(), rows)
}

/// Every answer of a list for a refund of this amount.
fn answers(native: &NativeProgram, rows: Rows, amount: i64) -> Vec<Found> {
    let mut input = Input::default();
    input.start(usize::from(AMOUNT.0) + 1, subjects(EntityRef(0)), 0);
    input.set_arg(native.snapshot(), AMOUNT, &Value::Number(amount));
    let (mut answers, mut from) = (Vec::new(), 0);
    loop {
        let answer = native.find(rows, &input, from);
        answers.push(answer);
        match answer {
            Found::Row(at) | Found::Slow(at) => from = at + 1,
            Found::Nothing => return answers,
        }
    }
}

#[test]
fn conditions_that_differ_in_constants_share_one_loop() {
    let limits: Vec<_> = (0..100).map(|limit| (CompareOp::Eq, limit % 50, false)).collect();
    let (native, rows) = compile(&amounts(&limits), Options::default(), None);
    let stats = native.stats();
    assert_eq!((stats.rows, stats.shapes, stats.modules, stats.constant_bytes), (100, 1, 1, 800));
    assert_eq!(answers(&native, rows.unwrap(), 7), [Found::Row(7), Found::Row(57), Found::Nothing]);
    assert_eq!(answers(&native, rows.unwrap(), 50), [Found::Nothing]);
}

#[test]
fn a_row_that_traps_is_named_and_the_rest_goes_on() {
    let limits = [(CompareOp::Le, 1, true), (CompareOp::Le, 9, true)];
    let (native, rows) = compile(&amounts(&limits), Options::default(), None);
    let rows = rows.unwrap();
    assert_eq!(answers(&native, rows, i64::MAX), [Found::Slow(0), Found::Slow(1), Found::Nothing]);
    assert_eq!(answers(&native, rows, 3), [Found::Row(1), Found::Nothing]);
    assert_eq!(native.find(rows, &Input::default(), 1), Found::Slow(1), "the argument is not there");
}

#[test]
fn what_is_beyond_a_limit_is_left_to_the_interpreter() {
    let limits = [(CompareOp::Le, 1, false), (CompareOp::Lt, 1, false), (CompareOp::Le, 2, false)];
    let program = amounts(&limits);
    let stats = |options| compile(&program, options, None).0.stats();
    let one_shape = stats(Options { shapes_max: 1, ..Options::default() });
    assert_eq!((one_shape.rows, one_shape.shapes), (2, 1));
    let nothing = stats(Options { terms_max: 2, ..Options::default() });
    assert_eq!((nothing.rows, nothing.shapes, nothing.code_bytes, nothing.modules), (0, 0, 0, 0));
    assert_eq!(stats(Options { terms_max: 3, ..Options::default() }).shapes, 2);
}

#[test]
fn known_shapes_are_not_compiled_again() {
    let le = |limit| (CompareOp::Le, limit, false);
    let (first, _) = compile(&amounts(&[le(1)]), Options::default(), None);
    let (second, rows) = compile(&amounts(&[le(5), le(6)]), Options::default(), Some(&first));
    assert_eq!((second.stats().modules, second.stats().code_bytes), (1, first.stats().code_bytes));
    drop(first);
    assert_eq!(answers(&second, rows.unwrap(), 6), [Found::Row(1), Found::Nothing]);
    let (third, _) =
        compile(&amounts(&[le(5), (CompareOp::Lt, 5, false)]), Options::default(), Some(&second));
    assert_eq!((third.stats().modules, third.stats().shapes), (2, 2));
}

#[test]
fn the_sample_is_compiled_as_a_whole() {
    let program = sample::verified().unwrap();
    let mut compiler = Compiler::new(&program, snapshot(&program), Options::default(), None);
    for root in program.conditions() {
        let lowered = compiler.lower(&Condition { agents: &[], conjuncts: &[root] }).unwrap();
        assert!(lowered.is_some(), "{}", permit_ir::text::expr_text(&program, root, &[]));
    }
    for rule in &program.rules {
        assert!(compiler.lower(&Condition { agents: &rule.agents, conjuncts: &[] }).unwrap().is_some());
    }
}

/// Few ancestors are looked through by native code itself, many by a call.
#[test]
fn an_entity_lies_in_each_of_its_ancestors_however_many() {
    for count in [0, 1, 2, 14, 15, 16, 17, 100] {
        let within = |arena: &mut Arena, team: u32| {
            let agent = arena.push(Expr::Agent, entity(SUPPORT_BOT));
            let team = arena.push(Expr::Entity(TEAM, format!("t{team}")), entity(TEAM));
            arena.push(Expr::Within(agent, team), Type::Bool)
        };
        let program = refunds(|arena| (0..=count).map(|team| within(arena, team)).collect());
        let mut facts = FactsBuilder::new(&program).unwrap();
        let teams: Vec<_> = (0..count).map(|t| facts.intern(TEAM, &format!("t{t}")).unwrap()).collect();
        teams.iter().for_each(|&team| facts.define(team, Vec::new(), Vec::new(), None).unwrap());
        let agent = facts.intern(SUPPORT_BOT, "bot").unwrap();
        let attributes = vec![Value::Number(0), Value::Number(1), Value::Number(0), Value::Bool(true)];
        facts.define(agent, attributes, teams, None).unwrap();
        let snapshot = Arc::new(Snapshot::new(&program, Arc::new(facts.finish().unwrap()), &[]));
        let mut compiler = Compiler::new(&program, Arc::clone(&snapshot), Options::default(), None);
        let lower = |root| compiler.lower(&Condition { agents: &[], conjuncts: &[root] }).unwrap().unwrap();
        let lowered: Vec<_> = program.conditions().map(lower).collect();
        let rows = compiler.rows(&lowered).unwrap();
        let native = compiler.finish().unwrap();
        let mut input = Input::default();
        input.start(0, subjects(agent), 0);
        let met = (0..count).filter(|&at| native.find(rows, &input, at) == Found::Row(at)).count();
        assert_eq!(met, count as usize, "the agent lies in every team but the last");
        assert_eq!(native.find(rows, &input, count), Found::Nothing);
    }
}

#[test]
fn native_programs_are_shared_between_threads() {
    const fn shared<T: Send + Sync>() {}
    shared::<NativeProgram>();
}
