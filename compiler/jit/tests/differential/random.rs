use std::cell::RefCell;

use permit_ir::types::ExprId;
use permit_ir::verify::VerifiedProgram;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::generate::Writer;
use crate::tape::Tape;
use crate::world::{Code, Native, World, both, spoil};

const CONDITIONS: usize = 8;
/// How many of them, at the end, may speak of what native code does not hold.
const FOREIGN: usize = 2;
const INPUTS: usize = 4;

/// How often what happened.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    holds: u32,
    fails: u32,
    traps: u32,
    without_code: u32,
    foreign: u32,
}

#[test]
fn random_conditions_come_out_alike() {
    let tally = RefCell::new(Tally::default());
    let strategy = (vec(any::<u8>(), 0..800), vec(vec(any::<u8>(), 0..800), INPUTS));
    let config = Config { cases: 600, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&strategy, |(program, inputs)| {
        let (world, program) = random_program(&program);
        let mut earlier: Option<Code> = None;
        for input in &inputs {
            let input = world.input(&program, &mut Tape::new(input));
            let native = Code::new(&program, &input.facts, earlier.as_ref());
            let context = input.context(&program);
            for condition in own_conditions(&world) {
                let (expected, answer) = both(&native, &context, condition).map_err(TestCaseError::fail)?;
                let mut tally = tally.borrow_mut();
                match (expected, answer) {
                    // What native code is not meant for is no part of the bound, whatever it makes of it.
                    _ if world.foreign.contains(&condition) => tally.foreign += 1,
                    (Ok(_), Native::NotCompiled) => tally.without_code += 1,
                    (Ok(true), _) => tally.holds += 1,
                    (Ok(false), _) => tally.fails += 1,
                    (Err(_), _) => tally.traps += 1,
                }
            }
            earlier = Some(native);
        }
        Ok(())
    });
    outcome.unwrap();
    let Tally { holds, fails, traps, without_code, foreign } = tally.into_inner();
    println!(
        "{holds} hold, {fails} do not, {traps} trap, {without_code} have no native code; {foreign} are not meant to"
    );
    let native = holds + fails;
    assert!(native >= 9 * without_code, "{native} answered natively, {without_code} have no code");
    let all = native + traps + without_code;
    assert!(holds * 10 >= all && fails * 10 >= all && traps * 50 >= all, "the inputs are one-sided");
}

proptest! {
    #![proptest_config(Config { cases: 200, failure_persistence: None, ..Config::default() })]

    /// A request that is not of the program gets some answer: native code reads nothing that is not there. That such
    /// an answer is not used is the engine's part.
    #[test]
    fn spoilt_requests_do_no_harm(
        program in vec(any::<u8>(), 0..800),
        input in vec(any::<u8>(), 0..800),
        spoilt in vec(any::<u8>(), 0..400),
    ) {
        let (world, program) = random_program(&program);
        let mut input = world.input(&program, &mut Tape::new(&input));
        let native = Code::new(&program, &input.facts, None);
        spoil(&mut input, &mut Tape::new(&spoilt));
        let context = input.context(&program);
        for condition in own_conditions(&world) {
            native.holds(&context, condition);
        }
    }

    /// Facts of one program and a request of another: nothing is read that is not there.
    #[test]
    fn foreign_facts_do_no_harm(
        ours in vec(any::<u8>(), 0..800),
        theirs in vec(any::<u8>(), 0..800),
        input in vec(any::<u8>(), 0..800),
    ) {
        let (world, program) = random_program(&ours);
        let (their_world, their_program) = random_program(&theirs);
        let ours = world.input(&program, &mut Tape::new(&[]));
        let native = Code::new(&program, &ours.facts, None);
        let input = their_world.input(&their_program, &mut Tape::new(&input));
        let context = input.context(&program);
        for condition in own_conditions(&world) {
            native.holds(&context, condition);
        }
    }
}

fn random_program(bytes: &[u8]) -> (World, VerifiedProgram) {
    let mut world = World::new();
    let mut tape = Tape::new(bytes);
    for place in 0..CONDITIONS {
        let in_scope = place % 3 == 2;
        let depth = 2 + tape.pick(4);
        let foreign = place >= CONDITIONS - FOREIGN;
        // A quantifier costs its body a thousand times over.
        let depth = if foreign { 2 } else { depth };
        let condition = Writer { world: &mut world, tape: &mut tape, in_scope, foreign }.condition(depth);
        if foreign {
            world.foreign.push(condition);
        }
        if in_scope { world.require(condition) } else { world.rule(condition) }
    }
    let program = world.verified();
    (world, program)
}

fn own_conditions(world: &World) -> impl Iterator<Item = ExprId> {
    let rules = world.program.rules.iter().filter(|rule| rule.name.starts_with("probe_"));
    let scope = world.program.scopes.last().unwrap();
    rules.filter_map(|rule| rule.condition).chain(scope.requires.iter().copied())
}
