//! Branches, quantifiers, records and maps.

use permit_ir::program::CompareOp;
use permit_ir::sample::{AUDIT_BOT, PLACE, SIZES};
use permit_ir::types::ArgId;
use permit_ir::verify::limits::QUANTIFIED_MAX;

use super::*;

/// What an expression of the whole sample comes to, with one argument given.
fn value_with(arg: ArgId, given: Value, write: impl FnOnce(&mut Arena) -> ExprId) -> Result<Value, Trap> {
    let mut program = sample::whole();
    let mut arena = Arena { nodes: program.exprs };
    let expr = write(&mut arena);
    program.exprs = arena.nodes;
    let program = VerifiedProgram::verify(program).unwrap();
    let (facts, mut request) = facts(&program);
    request.args[arg.index()] = given;
    evaluate(&EvalContext { program: &program, facts: &facts, request: &request, params: &[] }, expr)
}

fn value(write: impl FnOnce(&mut Arena) -> ExprId) -> Result<Value, Trap> {
    value_with(AMOUNT, Value::Absent, write)
}

fn int(b: &mut Arena, number: i64) -> ExprId {
    b.push(Expr::Int(number), Type::Int)
}

fn trap(b: &mut Arena) -> ExprId {
    let (most, two) = (int(b, i64::MAX), int(b, 2));
    b.push(Expr::Arithmetic(ArithmeticOp::Mul, most, two), Type::Int)
}

/// `element > 5`, which traps for 7.
fn above_five(b: &mut Arena) -> ExprId {
    let (it, five, seven) = (b.push(Expr::Element(0), Type::Int), int(b, 5), int(b, 7));
    let above = b.compare(CompareOp::Gt, it, five);
    let overflow = trap(b);
    let is_seven = b.compare(CompareOp::Eq, it, seven);
    let traps = b.compare(CompareOp::Eq, overflow, overflow);
    b.test(Expr::If(is_seven, traps, above))
}

fn list(b: &mut Arena, numbers: &[i64]) -> ExprId {
    let numbers = numbers.iter().map(|&number| int(b, number)).collect();
    b.push(Expr::List(numbers), Type::List(Box::new(Type::Int)))
}

#[test]
fn only_the_branch_that_is_chosen_is_evaluated() {
    for (test, expected) in [(true, number(1)), (false, Err(Trap::Overflow))] {
        let branch = |b: &mut Arena| {
            let (test, one, overflow) = (b.test(Expr::Bool(test)), int(b, 1), trap(b));
            b.push(Expr::If(test, one, overflow), Type::Int)
        };
        assert_eq!(value(branch), expected);
        let selected = |b: &mut Arena| {
            let (test, one, overflow) = (b.test(Expr::Bool(test)), int(b, 1), trap(b));
            b.push(Expr::Select(test, vec![overflow, one]), Type::Int)
        };
        assert_eq!(value(selected), expected);
    }
    for (variant, expected) in [(0, Err(Trap::Overflow)), (1, number(10)), (2, number(20))] {
        let selected = |b: &mut Arena| {
            let key = b.push(Expr::Variant(sample::TIER, variant), Type::Enum(sample::TIER));
            let (overflow, ten, twenty) = (trap(b), int(b, 10), int(b, 20));
            b.push(Expr::Select(key, vec![overflow, ten, twenty]), Type::Int)
        };
        assert_eq!(value(selected), expected);
    }
}

#[test]
fn quantifiers_stop_at_the_first_that_decides() {
    let ask = |numbers: &'static [i64], make: fn(ExprId, ExprId) -> Expr, ty: Type| {
        value(|b| {
            let (over, body) = (list(b, numbers), above_five(b));
            b.push(make(over, body), ty)
        })
    };
    let any = |numbers| ask(numbers, |over, body| Expr::Any { over, body }, Type::Bool);
    let all = |numbers| ask(numbers, |over, body| Expr::All { over, body }, Type::Bool);
    let count = |numbers| ask(numbers, |over, body| Expr::Count { over, body }, Type::Int);
    let truth = |truth| Ok(Value::Bool(truth));
    for (numbers, is_any, is_all, counted) in [
        (&[][..], truth(false), truth(true), number(0)),
        (&[1, 9, 9], truth(true), truth(false), number(2)),
        (&[9, 9], truth(true), truth(true), number(2)),
        (&[1, 2], truth(false), truth(false), number(0)),
        // An element that traps counts only if it is reached.
        (&[9, 7], truth(true), Err(Trap::Overflow), Err(Trap::Overflow)),
        (&[1, 7], Err(Trap::Overflow), truth(false), Err(Trap::Overflow)),
    ] {
        assert_eq!((any(numbers), all(numbers), count(numbers)), (is_any, is_all, counted), "{numbers:?}");
    }
}

#[test]
fn an_inner_quantifier_still_sees_the_outer_element() {
    let pairs = |b: &mut Arena| {
        let (outer_list, inner_list) = (list(b, &[1, 2, 3]), list(b, &[2, 3, 4]));
        let (inner, outer) = (b.push(Expr::Element(0), Type::Int), b.push(Expr::Element(1), Type::Int));
        let same = b.compare(CompareOp::Eq, inner, outer);
        let some = b.test(Expr::Any { over: inner_list, body: same });
        b.push(Expr::Count { over: outer_list, body: some }, Type::Int)
    };
    assert_eq!(value(pairs), number(2));
}

#[test]
fn a_collection_that_is_too_long_to_look_at_traps() {
    let long = |count: usize| {
        let elements: Vec<_> = (0..count).map(|n| Value::String(format!("{n:05}").into())).collect();
        value_with(sample::LABELS, Value::set(elements), |b| {
            let over = b.push(Expr::Arg(sample::LABELS), set(Type::String));
            let body = b.test(Expr::Bool(true));
            b.push(Expr::Count { over, body }, Type::Int)
        })
    };
    assert_eq!(long(QUANTIFIED_MAX), number(1_024));
    assert_eq!(long(QUANTIFIED_MAX + 1), Err(Trap::TooManyElements));
}

#[test]
fn an_entity_is_what_the_facts_say() {
    let asked = |to, cast| {
        value(|b| {
            let mut agent = b.any_agent();
            if cast {
                agent = b.push(Expr::Cast(agent, vec![to]), entity(to));
            }
            b.test(Expr::Is(agent, vec![to]))
        })
    };
    assert_eq!(asked(SUPPORT_BOT, false), Ok(Value::Bool(true)));
    assert_eq!(asked(AUDIT_BOT, false), Ok(Value::Bool(false)));
    assert_eq!(asked(SUPPORT_BOT, true), Ok(Value::Bool(true)));
    assert_eq!(asked(AUDIT_BOT, true), Err(Trap::UnknownEntity));
}

#[test]
fn records_and_maps_give_what_they_hold() {
    let entries = vec![("b".into(), Value::Number(2)), ("a".into(), Value::Number(1))];
    let lookup = |key: &'static str| {
        value_with(SIZES, Value::map(entries.clone()).unwrap(), |b| {
            let (sizes, key) = (b.push(Expr::Arg(SIZES), Type::Map(Box::new(Type::Int))), b.text(key));
            b.push(Expr::Lookup(sizes, key), optional(Type::Int))
        })
    };
    assert_eq!([lookup("a"), lookup("b"), lookup("c")], [number(1), number(2), Ok(Value::Absent)]);
    let written = |most: i64| {
        value(|b| {
            let [one, most] = [1, most].map(|number| b.push(Expr::Int(number), Type::Int));
            let sum = b.push(Expr::Arithmetic(ArithmeticOp::Add, most, one), Type::Int);
            let keys = vec!["b".to_owned(), "a".to_owned()];
            let map = b.push(Expr::Map(keys, vec![one, sum]), Type::Map(Box::new(Type::Int)));
            let key = b.text("b");
            b.push(Expr::Lookup(map, key), optional(Type::Int))
        })
    };
    // Every value is worked out, whichever is looked up.
    assert_eq!([written(1), written(i64::MAX)], [number(1), Err(Trap::Overflow)]);
    let member = |place: u16, ty: Type| {
        value(|b| {
            let url = "https://acme.example".parse().map(std::sync::Arc::new).unwrap();
            let url = b.push(Expr::Url(url), Type::Url);
            let absent = b.push(Expr::Absent, optional(Type::TimeOfDay));
            let tags = b.push(Expr::Set(vec![]), set(Type::String));
            let made = b.push(Expr::Record(PLACE, vec![url, absent, tags]), Type::Record(PLACE));
            let maybe = b.push(Expr::Lift(made), optional(Type::Record(PLACE)));
            b.push(Expr::OptionalMember(maybe, place), ty)
        })
    };
    assert_eq!(member(1, optional(Type::TimeOfDay)), Ok(Value::Absent));
    assert_eq!(member(2, optional(set(Type::String))), Ok(Value::Elements([].into())));
    let of_nothing = |b: &mut Arena| {
        let none = b.push(Expr::Absent, optional(Type::Record(PLACE)));
        b.push(Expr::OptionalMember(none, 0), optional(Type::Url))
    };
    assert_eq!(value(of_nothing), Ok(Value::Absent));
}
