mod language;

use permit_ir::decision::{Claim, Request};
use permit_ir::facts::{Facts, FactsBuilder};
use permit_ir::program::ArithmeticOp;
use permit_ir::sample::{
    self, ABOUT, AMOUNT, Arena, CUSTOMER, EMAIL, LEVEL, NOTE, ORDER, PATIENCE, REFERRER, REFUND, SUPPORT_BOT,
    TEAM, TOTAL, USD, entity, optional, set,
};
use permit_ir::verify::VerifiedProgram;

use super::*;

/// The order `o1` and the support bot are not known to the facts; the team `a` is.
fn facts(program: &VerifiedProgram) -> (Facts, Request) {
    let mut builder = FactsBuilder::new(program).unwrap();
    let agent = builder.intern(SUPPORT_BOT, "bot").unwrap();
    let resource = Some(builder.intern(ORDER, "o1").unwrap());
    let team = builder.intern(TEAM, "a").unwrap();
    builder.define(team, vec![], vec![], None).unwrap();
    let mut args = vec![Value::Absent; program.args.len()];
    args[AMOUNT.index()] = Value::Number(-7);
    let request =
        Request { agent, action: REFUND, resource, args, claims: vec![], scopes: vec![], now_ms: 5 };
    (builder.finish().unwrap(), request)
}

/// What an expression of the sample's types comes to; nothing but evaluation looks at it.
fn value_of(write: impl FnOnce(&mut Arena) -> ExprId) -> Result<Value, Trap> {
    let mut program = sample::program();
    let mut arena = Arena { nodes: program.exprs };
    let expr = write(&mut arena);
    program.exprs = arena.nodes;
    let program = VerifiedProgram::verify(program).unwrap();
    let (facts, request) = facts(&program);
    let params = [Value::Number(3)];
    evaluate(&EvalContext { program: &program, facts: &facts, request: &request, params: &params }, expr)
}

fn number(number: i64) -> Result<Value, Trap> {
    Ok(Value::Number(number))
}

#[test]
fn leaves_are_what_was_asked() {
    assert_eq!(value_of(|b| b.push(Expr::Now, Type::Instant)), number(5));
    assert_eq!(value_of(|b| b.push(Expr::Arg(AMOUNT), USD)), number(-7));
    assert_eq!(value_of(|b| b.push(Expr::Param(0), Type::Int)), number(3));
    assert_eq!(value_of(|b| b.push(Expr::Arg(NOTE), optional(Type::String))), Ok(Value::Absent));
}

#[test]
fn what_is_not_there_traps() {
    let missing = |expr, ty| assert_eq!(value_of(|b| b.push(expr, ty)), Err(Trap::UnknownEntity));
    missing(Expr::Param(9), Type::Int);
    missing(Expr::Arg(sample::COPIES), Type::Int);
    let order = |b: &mut Arena| b.order();
    assert_eq!(
        value_of(|b| {
            let of = order(b);
            b.attr(of, TOTAL, USD)
        }),
        Err(Trap::UnknownEntity)
    );
    assert_eq!(
        value_of(|b| {
            let bot = b.support_bot();
            b.attr(bot, LEVEL, Type::Int)
        }),
        Err(Trap::UnknownEntity)
    );
}

#[test]
fn what_the_caller_says_stands_before_the_facts() {
    let mut program = sample::whole();
    let mut arena = Arena { nodes: program.exprs };
    let bot = arena.support_bot();
    let (patience, level) = (arena.attr(bot, PATIENCE, Type::Duration), arena.attr(bot, LEVEL, Type::Int));
    program.exprs = arena.nodes;
    let program = VerifiedProgram::verify(program).unwrap();
    let (_, mut request) = facts(&program);
    let value = |request: &Request, expr, of_facts: Value| {
        let mut builder = FactsBuilder::new(&program).unwrap();
        let agent = builder.intern(SUPPORT_BOT, "bot").unwrap();
        builder.intern(ORDER, "o1").unwrap();
        let attributes = vec![Value::Number(0), Value::Number(1), of_facts, Value::Bool(true)];
        builder.define(agent, attributes, vec![], None).unwrap();
        let facts = builder.finish().unwrap();
        evaluate(&EvalContext { program: &program, facts: &facts, request, params: &[] }, expr)
    };
    assert_eq!(value(&request, patience, Value::Number(2)), number(2));
    assert_eq!(value(&request, patience, Value::Absent), Err(Trap::Unfilled));
    let claim = |entity| Claim { entity, field: PATIENCE, value: Value::Number(3) };
    request.claims = vec![claim(request.resource.unwrap())];
    assert_eq!(value(&request, patience, Value::Number(2)), number(2), "said of another entity");
    request.claims.push(claim(request.agent));
    assert_eq!(value(&request, patience, Value::Number(2)), number(3));
    assert_eq!(value(&request, patience, Value::Absent), number(3));
    assert_eq!(value(&request, level, Value::Absent), number(1), "said of another attribute");
}

#[test]
fn absence_travels_until_it_is_answered() {
    let country = |b: &mut Arena| {
        let about = b.push(Expr::Arg(ABOUT), optional(entity(CUSTOMER)));
        let referrer = b.push(Expr::OptionalAttr(about, REFERRER), optional(entity(CUSTOMER)));
        b.push(Expr::OptionalAttr(referrer, EMAIL), optional(Type::String))
    };
    assert_eq!(value_of(country), Ok(Value::Absent));
    let otherwise = |b: &mut Arena| {
        let (left, right) = (country(b), b.text("nobody"));
        b.push(Expr::Else(left, right), Type::String)
    };
    assert_eq!(value_of(otherwise), Ok(Value::String("nobody".into())));
    let unwrapped = |b: &mut Arena| {
        let of = country(b);
        b.push(Expr::Unwrap(of), Type::String)
    };
    assert_eq!(value_of(unwrapped), Err(Trap::UnknownEntity));
}

#[test]
fn sets_are_ascending_and_hold_nothing_twice() {
    let numbers = |b: &mut Arena| {
        let numbers = [3, 1, 3, 2].map(|number| b.push(Expr::Int(number), Type::Int));
        b.push(Expr::Set(numbers.to_vec()), set(Type::Int))
    };
    let expected: Vec<Value> = [1, 2, 3].map(Value::Number).to_vec();
    assert_eq!(value_of(numbers), Ok(Value::Elements(expected.into())));
}

#[test]
fn the_first_trap_from_the_left_is_the_one() {
    let overflow = |b: &mut Arena| {
        let (most, two) = (b.push(Expr::Int(i64::MAX), Type::Int), b.push(Expr::Int(2), Type::Int));
        b.push(Expr::Arithmetic(ArithmeticOp::Mul, most, two), Type::Int)
    };
    let level = |b: &mut Arena| {
        let bot = b.support_bot();
        b.attr(bot, LEVEL, Type::Int)
    };
    let sum =
        |b: &mut Arena, left, right| b.push(Expr::Arithmetic(ArithmeticOp::Add, left, right), Type::Int);
    assert_eq!(
        value_of(|b| {
            let (l, r) = (overflow(b), level(b));
            sum(b, l, r)
        }),
        Err(Trap::Overflow)
    );
    assert_eq!(
        value_of(|b| {
            let (l, r) = (level(b), overflow(b));
            sum(b, l, r)
        }),
        Err(Trap::UnknownEntity)
    );
}
