//! One table of what conditions come to, which both evaluators must meet.
//!
//! The support bot `a` of level 7 lies in the team `a`, which lies in the team `b`; the order `a` is its resource.
//! Nothing is known of anything called `ghost`, and every optional argument is absent.

use std::sync::Arc;

use permit_ir::decision::Request;
use permit_ir::facts::FactsBuilder;
use permit_ir::program::ArithmeticOp::{self, Add, Mul, Sub};
use permit_ir::program::{CompareOp, Expr};
use permit_ir::sample::{CUSTOMER, EMAIL, LEVEL, ORDER, REFERRER, SUPPORT_BOT, TEAM, entity, optional, set};
use permit_ir::types::{EntityTypeId, ExprId, Type};
use permit_ir::value::Value;
use permit_ir::verify::VerifiedProgram;
use permit_types::verdict::Trap;

use crate::world::{Code, Input, Native, World, base_types, both, given_types};

type Case = (&'static str, fn(&mut Author<'_>) -> ExprId, Result<bool, Trap>);

const OVERFLOW: Result<bool, Trap> = Err(Trap::Overflow);
const UNKNOWN: Result<bool, Trap> = Err(Trap::UnknownEntity);

const ARITHMETIC: &[Case] = &[
    ("max + 1 == 0", |a| a.sums_to(Add, i64::MAX, 1, 0), OVERFLOW),
    ("max + 0 == max", |a| a.sums_to(Add, i64::MAX, 0, i64::MAX), Ok(true)),
    ("min - 1 == 0", |a| a.sums_to(Sub, i64::MIN, 1, 0), OVERFLOW),
    ("-1 - min == max", |a| a.sums_to(Sub, -1, i64::MIN, i64::MAX), Ok(true)),
    ("min * -1 == 0", |a| a.sums_to(Mul, i64::MIN, -1, 0), OVERFLOW),
    ("3 * 7 == 21", |a| a.sums_to(Mul, 3, 7, 21), Ok(true)),
    ("-min == 0", |a| a.negated_is(i64::MIN, 0), OVERFLOW),
    ("-max == min + 1", |a| a.negated_is(i64::MAX, i64::MIN + 1), Ok(true)),
    ("-1 < 1", |a| a.ints(CompareOp::Lt, -1, 1), Ok(true)),
    ("min >= max", |a| a.ints(CompareOp::Ge, i64::MIN, i64::MAX), Ok(false)),
];

const ORDER_OF_EVALUATION: &[Case] = &[
    ("false and max + 1 == 0", |a| a.both(|a| a.truth(false), Author::overflow), Ok(false)),
    ("true and max + 1 == 0", |a| a.both(|a| a.truth(true), Author::overflow), OVERFLOW),
    ("max + 1 == 0 and false", |a| a.both(Author::overflow, |a| a.truth(false)), OVERFLOW),
    ("true or max + 1 == 0", |a| a.either(|a| a.truth(true), Author::overflow), Ok(true)),
    ("max + 1 == 0 or true", |a| a.either(Author::overflow, |a| a.truth(true)), OVERFLOW),
    ("overflow before unknown", |a| a.both(Author::overflow, Author::unknown), OVERFLOW),
    ("unknown before overflow", |a| a.both(Author::unknown, Author::overflow), UNKNOWN),
    ("not (max + 1 == 0)", |a| a.not(Author::overflow), OVERFLOW),
    ("not false", |a| a.not(|a| a.truth(false)), Ok(true)),
    ("1 in [1, max + 1]", |a| a.int_in(1, &[1], true), OVERFLOW),
    ("1 in [1, 2]", |a| a.int_in(1, &[1, 2], false), Ok(true)),
    ("3 in [1, 2]", |a| a.int_in(3, &[1, 2], false), Ok(false)),
    ("3 in []", |a| a.int_in(3, &[], false), Ok(false)),
];

const ABSENCE: &[Case] = &[
    ("agent.level == 7", |a| a.level_is(7), Ok(true)),
    ("present(maybe)", |a| a.maybe_present(), Ok(false)),
    ("(maybe else 3) == 3", |a| a.maybe_else(3, false), Ok(true)),
    ("(maybe else max + 1) == 3", |a| a.maybe_else(3, true), OVERFLOW),
    ("maybe! == 3", |a| a.unwrapped_is(3), UNKNOWN),
    ("customer.email == \"\"", |a| a.unknown(), UNKNOWN),
    ("present(customer?.referrer)", |a| a.referrer_of(CUSTOMER), Ok(false)),
    ("present(ghost.referrer)", |a| a.ghost_referrer(), UNKNOWN),
];

const ENTITIES: &[Case] = &[
    ("agent within Team::a", |a| a.within("a"), Ok(true)),
    ("agent within Team::b", |a| a.within("b"), Ok(true)),
    ("agent within Team::ghost", |a| a.within("ghost"), Ok(false)),
    ("ghost within itself", |a| a.same_entity(TEAM, TEAM, true), Ok(true)),
    ("agent within [ghost, b]", |a| a.within_any(&["ghost", "b"]), Ok(true)),
    ("agent within []", |a| a.within_any(&[]), Ok(false)),
    ("Order::ghost == Customer::ghost", |a| a.same_entity(ORDER, CUSTOMER, false), Ok(false)),
    ("Order::ghost == Order::ghost", |a| a.same_entity(ORDER, ORDER, false), Ok(true)),
];

const TEXTS: &[Case] = &[
    ("é is e with an accent added", |a| a.texts("é", "e\u{301}"), Ok(false)),
    ("equal texts", |a| a.texts("été", "été"), Ok(true)),
    ("a text is not its beginning", |a| a.texts("a", "ab"), Ok(false)),
    ("a glob over several bytes", |a| a.like("été", "é*é"), Ok(true)),
    ("a glob is anchored", |a| a.like("xa", "a*"), Ok(false)),
    ("sets have no order", |a| a.sets(&["b", "a", "a"], &["a", "b"]), Ok(true)),
    ("sets differ", |a| a.sets(&["b"], &["a", "b"]), Ok(false)),
];

#[test]
fn both_evaluators_meet_the_table() {
    let cases: Vec<&Case> =
        [ARITHMETIC, ORDER_OF_EVALUATION, ABSENCE, ENTITIES, TEXTS].into_iter().flatten().collect();
    let mut world = World::new();
    let roots: Vec<ExprId> = cases.iter().map(|(_, write, _)| write(&mut Author(&mut world))).collect();
    roots.iter().for_each(|&root| world.rule(root));
    let program = world.verified();
    let input = input(&program);
    let code = Code::new(&program, &input.facts, None);
    let context = input.context(&program);
    for ((text, _, expected), root) in cases.into_iter().zip(roots) {
        let clean = match expected {
            Ok(true) => Native::True,
            Ok(false) => Native::False,
            Err(_) => Native::Slow,
        };
        assert_eq!(both(&code, &context, root), Ok((*expected, clean)), "{text}");
    }
}

fn input(program: &VerifiedProgram) -> Input {
    let mut facts = FactsBuilder::new(program).unwrap();
    let [agent, inner, outer, order, ghost, order_customer] =
        [(SUPPORT_BOT, "a"), (TEAM, "a"), (TEAM, "b"), (ORDER, "a"), (CUSTOMER, "ghost"), (CUSTOMER, "a")]
            .map(|(ty, id)| facts.intern(ty, id).unwrap());
    let (zero, no_set) = (Value::Number(0), Value::set(vec![]));
    let bot = vec![zero.clone(), Value::Number(7), zero.clone(), Value::Bool(true)];
    facts.define(agent, bot, vec![inner], None).unwrap();
    facts.define(inner, vec![], vec![outer], None).unwrap();
    facts.define(outer, vec![], vec![], None).unwrap();
    let customer = vec![zero.clone(), Value::String("".into()), Value::Absent, no_set.clone(), Value::Absent];
    facts.define(order_customer, customer, vec![], None).unwrap();
    let fields = &program.entities[ORDER.index()].fields;
    let attributes = fields.iter().map(|field| match program.fields[field.index()].ty {
        Type::Set(_) | Type::List(_) => no_set.clone(),
        Type::Entity(_) => Value::Entity(order_customer),
        _ => zero.clone(),
    });
    facts.define(order, attributes.collect(), vec![], None).unwrap();
    let first_arg = program.args.len() - given_types().len();
    let mut args = vec![Value::Absent; first_arg];
    args.extend(given_types().iter().map(|ty| match ty {
        Type::Entity(types) if types[..] == [CUSTOMER] => Value::Entity(ghost),
        _ => Value::Absent,
    }));
    let action = program.action_named("probe").unwrap();
    let request =
        Request { agent, action, resource: Some(order), args, claims: vec![], scopes: vec![], now_ms: 0 };
    Input { facts: Arc::new(facts.finish().unwrap()), request, params: vec![] }
}

struct Author<'w>(&'w mut World);

impl Author<'_> {
    fn test(&mut self, expr: Expr) -> ExprId {
        self.0.push(expr, Type::Bool)
    }

    fn truth(&mut self, truth: bool) -> ExprId {
        self.test(Expr::Bool(truth))
    }

    fn int(&mut self, number: i64) -> ExprId {
        self.0.push(Expr::Int(number), Type::Int)
    }

    fn text(&mut self, text: &str) -> ExprId {
        self.0.push(Expr::String(text.to_owned()), Type::String)
    }

    fn named(&mut self, ty: EntityTypeId, id: &str) -> ExprId {
        self.0.push(Expr::Entity(ty, id.to_owned()), entity(ty))
    }

    fn ints(&mut self, op: CompareOp, left: i64, right: i64) -> ExprId {
        let (left, right) = (self.int(left), self.int(right));
        self.test(Expr::Compare(op, left, right))
    }

    fn equal(&mut self, left: ExprId, right: ExprId) -> ExprId {
        self.test(Expr::Compare(CompareOp::Eq, left, right))
    }

    fn result(&mut self, op: ArithmeticOp, left: i64, right: i64) -> ExprId {
        let (left, right) = (self.int(left), self.int(right));
        self.0.push(Expr::Arithmetic(op, left, right), Type::Int)
    }

    fn sums_to(&mut self, op: ArithmeticOp, left: i64, right: i64, expected: i64) -> ExprId {
        let (result, expected) = (self.result(op, left, right), self.int(expected));
        self.equal(result, expected)
    }

    fn negated_is(&mut self, number: i64, expected: i64) -> ExprId {
        let number = self.int(number);
        let (negated, expected) = (self.0.push(Expr::Neg(number), Type::Int), self.int(expected));
        self.equal(negated, expected)
    }

    fn overflow(&mut self) -> ExprId {
        self.sums_to(Add, i64::MAX, 1, 0)
    }

    fn both(&mut self, left: fn(&mut Self) -> ExprId, right: fn(&mut Self) -> ExprId) -> ExprId {
        let (left, right) = (left(self), right(self));
        self.test(Expr::And(left, right))
    }

    fn either(&mut self, left: fn(&mut Self) -> ExprId, right: fn(&mut Self) -> ExprId) -> ExprId {
        let (left, right) = (left(self), right(self));
        self.test(Expr::Or(left, right))
    }

    fn not(&mut self, of: fn(&mut Self) -> ExprId) -> ExprId {
        let of = of(self);
        self.test(Expr::Not(of))
    }

    fn int_in(&mut self, wanted: i64, elements: &[i64], overflows: bool) -> ExprId {
        let wanted = self.int(wanted);
        let mut elements: Vec<ExprId> = elements.iter().map(|&number| self.int(number)).collect();
        if overflows {
            elements.push(self.result(Add, i64::MAX, 1));
        }
        let elements = self.0.push(Expr::Set(elements), set(Type::Int));
        self.test(Expr::In(wanted, elements))
    }

    fn level_is(&mut self, level: i64) -> ExprId {
        let agent = self.0.push(Expr::Agent, entity(SUPPORT_BOT));
        let (found, level) = (self.0.push(Expr::Attr(agent, LEVEL), Type::Int), self.int(level));
        self.equal(found, level)
    }

    /// The first argument of a type.
    fn given(&mut self, ty: &Type) -> ExprId {
        assert!(base_types().contains(ty.required()));
        let place = given_types().iter().position(|given| given == ty).unwrap();
        let arg = self.0.arg(place);
        self.0.push(arg, ty.clone())
    }

    fn maybe_present(&mut self) -> ExprId {
        let maybe = self.given(&optional(Type::Int));
        self.test(Expr::Present(maybe))
    }

    fn maybe_else(&mut self, expected: i64, overflows: bool) -> ExprId {
        let maybe = self.given(&optional(Type::Int));
        let other = if overflows { self.result(Add, i64::MAX, 1) } else { self.int(expected) };
        let (found, expected) = (self.0.push(Expr::Else(maybe, other), Type::Int), self.int(expected));
        self.equal(found, expected)
    }

    fn unwrapped_is(&mut self, expected: i64) -> ExprId {
        let maybe = self.given(&optional(Type::Int));
        let (found, expected) = (self.0.push(Expr::Unwrap(maybe), Type::Int), self.int(expected));
        self.equal(found, expected)
    }

    /// An attribute of a customer that is not known.
    fn unknown(&mut self) -> ExprId {
        let customer = self.given(&entity(CUSTOMER));
        let (email, empty) = (self.0.push(Expr::Attr(customer, EMAIL), Type::String), self.text(""));
        self.equal(email, empty)
    }

    fn referrer_of(&mut self, ty: EntityTypeId) -> ExprId {
        let customer = self.given(&optional(entity(ty)));
        let referrer = self.0.push(Expr::OptionalAttr(customer, REFERRER), optional(entity(CUSTOMER)));
        self.test(Expr::Present(referrer))
    }

    fn ghost_referrer(&mut self) -> ExprId {
        let customer = self.named(CUSTOMER, "ghost");
        let referrer = self.0.push(Expr::Attr(customer, REFERRER), optional(entity(CUSTOMER)));
        self.test(Expr::Present(referrer))
    }

    fn within(&mut self, team: &str) -> ExprId {
        let (agent, team) = (self.0.push(Expr::Agent, entity(SUPPORT_BOT)), self.named(TEAM, team));
        self.test(Expr::Within(agent, team))
    }

    fn within_any(&mut self, teams: &[&str]) -> ExprId {
        let agent = self.0.push(Expr::Agent, entity(SUPPORT_BOT));
        let teams = teams.iter().map(|team| self.named(TEAM, team)).collect();
        let teams = self.0.push(Expr::Set(teams), set(entity(TEAM)));
        self.test(Expr::WithinAny(agent, teams))
    }

    fn same_entity(&mut self, left: EntityTypeId, right: EntityTypeId, within: bool) -> ExprId {
        let (left, right) = (self.named(left, "ghost"), self.named(right, "ghost"));
        if within { self.test(Expr::Within(left, right)) } else { self.equal(left, right) }
    }

    fn texts(&mut self, left: &str, right: &str) -> ExprId {
        let (left, right) = (self.text(left), self.text(right));
        self.equal(left, right)
    }

    fn like(&mut self, text: &str, glob: &str) -> ExprId {
        let text = self.text(text);
        self.test(Expr::Like(text, glob.to_owned()))
    }

    fn sets(&mut self, left: &[&str], right: &[&str]) -> ExprId {
        let [left, right] = [left, right].map(|texts| {
            let texts = texts.iter().map(|text| self.text(text)).collect();
            self.0.push(Expr::Set(texts), set(Type::String))
        });
        self.equal(left, right)
    }
}
