//! Expressions that are rejected: typing, order, depth.

use super::super::limits::{DEPTH_MAX, GLOB_BYTES_MAX, NODES_MAX, TEXT_BYTES_MAX};
use super::{Fault, Place, VerifiedProgram, VerifyError, accepts, next, push, refuses};
use crate::program::{ArithmeticOp as A, CompareOp as C, Expr, Node, Program};
use crate::sample::{
    self, ABOUT, ACTIVE, AUDIT_BOT, CUSTOMER, LEVEL, ORDER, REASON, SUPPORT_BOT, TEAM, TIER, TIER_FIELD,
    TOTAL, USD, entity, optional, set,
};
use crate::types::{ArgId, EntityTypeId, EnumId, ExprId, FieldId, Type};
use permit_types::money::{Currency, Decimal, Money};

/// Leaves of every type, appended behind the sample; their numbers count from [`next`].
fn leaves() -> Vec<Node> {
    let eur: Currency = "EUR".parse().unwrap();
    let list = Type::List(Box::new(Type::String));
    [
        (Expr::Bool(true), Type::Bool),
        (Expr::Int(1), Type::Int),
        (Expr::Decimal(Decimal { millionths: 1 }), Type::Decimal),
        (Expr::Money(Money { currency: Currency::USD, minor: 1 }), USD),
        (Expr::Money(Money { currency: eur, minor: 1 }), Type::Money(eur)),
        (Expr::String("a".to_owned()), Type::String),
        (Expr::Instant(1), Type::Instant),
        (Expr::Duration(1), Type::Duration),
        (Expr::Variant(TIER, 0), Type::Enum(TIER)),
        (Expr::Variant(REASON, 0), Type::Enum(REASON)),
        (Expr::Entity(ORDER, "o".to_owned()), entity(ORDER)),
        (Expr::Entity(TEAM, "t".to_owned()), entity(TEAM)),
        (Expr::Set(Vec::new()), set(Type::String)),
        (Expr::Param(0), list),
        (Expr::Arg(ABOUT), optional(entity(CUSTOMER))),
        (Expr::Set(Vec::new()), set(entity(ORDER))),
        (Expr::Agent, Type::Entity(vec![SUPPORT_BOT, AUDIT_BOT])),
        (Expr::Param(0), optional(Type::Int)),
    ]
    .map(|(expr, ty)| Node { expr, ty })
    .to_vec()
}

const NAMES: [&str; 18] = [
    "bool", "int", "decimal", "usd", "eur", "string", "instant", "duration", "tier", "reason", "order",
    "team", "strings", "list", "about", "orders", "agent", "int?",
];

fn leaf(name: &str) -> ExprId {
    let place = NAMES.iter().position(|n| *n == name).unwrap();
    ExprId(next() + u32::try_from(place).unwrap())
}

/// What the verifier says of one more expression that claims to be of this type.
fn verify(expr: Expr, ty: Type) -> Result<(), Fault> {
    let mut program = sample::program();
    program.exprs.extend(leaves());
    let id = push(&mut program, expr, ty);
    match VerifiedProgram::verify(program) {
        Ok(_) => Ok(()),
        Err(VerifyError { at, fault }) => {
            assert_eq!(at, Place::Expr(id), "{fault}");
            Err(fault)
        }
    }
}

/// Every pair of leaves that the operator takes, with what it yields.
fn table(op: impl Fn(ExprId, ExprId) -> Expr) -> Vec<(&'static str, &'static str, Type)> {
    let mut taken = Vec::new();
    for left in NAMES {
        for right in NAMES {
            // The claim is absurd for every operator, so that the fault tells the truth.
            match verify(op(leaf(left), leaf(right)), Type::List(Box::new(Type::Bool))) {
                Err(Fault::Type { yields, says: _ }) => taken.push((left, right, yields)),
                other => assert_eq!(other, Err(Fault::Operands), "{left}, {right}"),
            }
        }
    }
    taken
}

fn pairs(op: impl Fn(ExprId, ExprId) -> Expr) -> Vec<(&'static str, &'static str)> {
    table(op)
        .into_iter()
        .map(|(left, right, yields)| {
            assert_eq!(yields, Type::Bool);
            (left, right)
        })
        .collect()
}

fn with_itself(names: &[&'static str]) -> Vec<(&'static str, &'static str)> {
    names.iter().map(|&name| (name, name)).collect()
}

#[test]
fn truth_values_join_truth_values_only() {
    assert_eq!(pairs(Expr::And), [("bool", "bool")]);
    assert_eq!(pairs(Expr::Or), [("bool", "bool")]);
}

#[test]
fn only_values_of_one_ordered_type_are_ordered() {
    let ordered = with_itself(&["int", "decimal", "usd", "eur", "instant", "duration"]);
    for op in [C::Lt, C::Le, C::Gt, C::Ge] {
        assert_eq!(pairs(|a, b| Expr::Compare(op, a, b)), ordered);
    }
}

#[test]
fn values_of_one_type_and_all_entities_are_compared() {
    let mut equal = with_itself(&NAMES);
    equal.retain(|(name, _)| !matches!(*name, "about" | "int?"));
    let entities = ["order", "team", "agent"];
    let mixed = entities.iter().flat_map(|&a| entities.map(|b| (a, b))).filter(|(a, b)| a != b);
    equal.extend(mixed);
    equal.sort_unstable();
    for op in [C::Eq, C::Ne] {
        let mut found = pairs(|a, b| Expr::Compare(op, a, b));
        found.sort_unstable();
        assert_eq!(found, equal);
    }
}

#[test]
fn arithmetic_is_its_documented_table() {
    let like = |name: &'static str, ty: Type| (name, name, ty);
    let eur = Type::Money("EUR".parse().unwrap());
    let same = [
        like("int", Type::Int),
        like("decimal", Type::Decimal),
        like("usd", USD),
        like("eur", eur.clone()),
        like("duration", Type::Duration),
    ];
    let with = |more: &[(&'static str, &'static str, Type)]| {
        let mut all = [&same[..], more].concat();
        all.sort_unstable();
        all
    };
    let found = |op| {
        let mut all = table(|a, b| Expr::Arithmetic(op, a, b));
        all.sort_unstable();
        all
    };
    let instant = |a, b| (a, b, Type::Instant);
    assert_eq!(found(A::Add), with(&[instant("instant", "duration"), instant("duration", "instant")]));
    let span = ("instant", "instant", Type::Duration);
    assert_eq!(found(A::Sub), with(&[instant("instant", "duration"), span]));
    let mut products = vec![like("int", Type::Int)];
    for (name, ty) in [("decimal", Type::Decimal), ("usd", USD), ("eur", eur), ("duration", Type::Duration)] {
        products.extend([("int", name, ty.clone()), (name, "int", ty)]);
    }
    products.sort_unstable();
    assert_eq!(found(A::Mul), products);
}

#[test]
fn membership_and_hierarchy_take_what_they_say() {
    let entities = ["order", "team", "agent"];
    let mut within: Vec<_> = entities.iter().flat_map(|&a| entities.map(|b| (a, b))).collect();
    within.sort_unstable();
    let mut found = pairs(Expr::Within);
    found.sort_unstable();
    assert_eq!(found, within);
    assert_eq!(pairs(Expr::WithinAny), entities.map(|name| (name, "orders")));
    let members = [("string", "strings"), ("string", "list"), ("order", "orders"), ("team", "orders")];
    assert_eq!(pairs(Expr::In), [&members[..], &[("agent", "orders")]].concat());
}

#[test]
fn optional_values_are_taken_apart_by_their_own_operators() {
    assert_eq!(table(Expr::Else), [("int?", "int", Type::Int)]);
    let unary = |op: fn(ExprId) -> Expr| -> Vec<(&str, Type)> {
        let absurd = Type::List(Box::new(Type::Bool));
        let yields = |name| match verify(op(leaf(name)), absurd.clone()) {
            Err(Fault::Type { yields, .. }) => Some((name, yields)),
            other => {
                assert_eq!(other, Err(Fault::Operands), "{name}");
                None
            }
        };
        NAMES.into_iter().filter_map(yields).collect()
    };
    assert_eq!(unary(Expr::Present), [("about", Type::Bool), ("int?", Type::Bool)]);
    assert_eq!(unary(Expr::Unwrap), [("about", entity(CUSTOMER)), ("int?", Type::Int)]);
    assert_eq!(unary(Expr::Not), [("bool", Type::Bool)]);
    assert_eq!(unary(|a| Expr::Like(a, "*".to_owned())), [("string", Type::Bool)]);
    let negatives: Vec<_> = unary(Expr::Neg).into_iter().map(|(name, _)| name).collect();
    assert_eq!(negatives, ["int", "decimal", "usd", "eur", "duration"]);
    assert_eq!(unary(|a| Expr::Attr(a, TIER_FIELD)), [("agent", Type::Enum(TIER))]);
    assert_eq!(unary(|a| Expr::Attr(a, TOTAL)), [("order", USD)]);
    assert_eq!(unary(|a| Expr::Attr(a, LEVEL)), [], "not every agent has a level");
    assert_eq!(unary(|a| Expr::OptionalAttr(a, TIER_FIELD)), [("about", optional(Type::Enum(TIER)))]);
    assert_eq!(unary(|a| Expr::OptionalAttr(a, sample::COUNTRY)), [("about", optional(Type::String))]);
    assert_eq!(unary(|a| Expr::OptionalAttr(a, ACTIVE)), []);
}

#[test]
fn sets_hold_elements_of_one_type() {
    let of = |names: &[&str]| Expr::Set(names.iter().map(|name| leaf(name)).collect());
    let yields = |names: &[&str]| match verify(of(names), Type::Bool) {
        Err(Fault::Type { yields, .. }) => Some(yields),
        other => {
            assert_eq!(other, Err(Fault::Operands));
            None
        }
    };
    assert_eq!(yields(&["int", "int"]), Some(set(Type::Int)));
    assert_eq!(yields(&["order", "team", "order"]), Some(set(Type::Entity(vec![TEAM, ORDER]))));
    for refused in [&["int", "decimal"][..], &["usd", "eur"], &["strings"], &["int?"], &["order", "string"]] {
        assert_eq!(yields(refused), None, "{refused:?}");
    }
    assert_eq!(verify(of(&[]), Type::Bool), Err(Fault::BadType(Type::Bool)));
    assert_eq!(verify(of(&[]), set(Type::Enum(EnumId(2)))), Err(Fault::Unknown { what: "enum", id: 2 }));
}

#[test]
fn leaves_name_what_exists_and_are_what_they_say() {
    let unknown = |what, id| Err(Fault::Unknown { what, id });
    let text = "a".repeat(TEXT_BYTES_MAX + 1);
    let too_long = |what, max: usize| Err(Fault::TooMany { what, max: u64::try_from(max).unwrap() });
    let cases = [
        (Expr::Variant(EnumId(2), 0), Type::Enum(EnumId(2)), unknown("enum", 2)),
        (Expr::Variant(TIER, 3), Type::Enum(TIER), unknown("variant", 3)),
        (Expr::Entity(EntityTypeId(6), String::new()), entity(EntityTypeId(6)), unknown("entity type", 6)),
        (Expr::Arg(ArgId(7)), Type::Int, unknown("argument", 7)),
        (Expr::Attr(leaf("order"), FieldId(15)), Type::Int, unknown("attribute", 15)),
        (Expr::String(text.clone()), Type::String, too_long("bytes in a text", TEXT_BYTES_MAX)),
        (Expr::Entity(ORDER, text.clone()), entity(ORDER), too_long("bytes in a text", TEXT_BYTES_MAX)),
        (Expr::Like(leaf("string"), text), Type::Bool, too_long("bytes in a glob", GLOB_BYTES_MAX)),
        (Expr::Agent, entity(ORDER), Err(Fault::Kind(ORDER))),
        (Expr::Agent, Type::String, Err(Fault::BadType(Type::String))),
        (Expr::Resource, entity(SUPPORT_BOT), Err(Fault::Kind(SUPPORT_BOT))),
        (Expr::Resource, Type::Entity(Vec::new()), Err(Fault::Empty { what: "entity types" })),
        (Expr::Param(0), Type::Enum(EnumId(5)), unknown("enum", 5)),
    ];
    for (expr, ty, expected) in cases {
        assert_eq!(verify(expr.clone(), ty), expected, "{expr:?}");
    }
    for node in leaves() {
        // What `Agent`, `Param` and an empty set are is settled where they are used.
        if matches!(node.expr, Expr::Agent | Expr::Param(_) | Expr::Set(_)) {
            continue;
        }
        let says = Type::List(Box::new(Type::Int));
        let wrong = Fault::Type { yields: node.ty, says: says.clone() };
        assert_eq!(verify(node.expr, says), Err(wrong));
    }
    assert_eq!(verify(Expr::Now, Type::Int), Err(Fault::Type { yields: Type::Instant, says: Type::Int }));
}

#[test]
fn operands_come_first() {
    fn add(program: &mut Program, expr: Expr, ty: Type) {
        push(program, expr, ty);
    }
    let place = Place::Expr(ExprId(next()));
    refuses(&[
        (
            "itself",
            |p| add(p, Expr::Not(ExprId(next())), Type::Bool),
            place.clone(),
            Fault::Forward(ExprId(next())),
        ),
        (
            "a later one",
            |p| add(p, Expr::Set(vec![ExprId(0), ExprId(next() + 1)]), set(USD)),
            place.clone(),
            Fault::Forward(ExprId(next() + 1)),
        ),
        (
            "one that is nowhere",
            |p| add(p, Expr::And(ExprId(u32::MAX), ExprId(0)), Type::Bool),
            place,
            Fault::Forward(ExprId(u32::MAX)),
        ),
    ]);
}

#[test]
fn depth_and_size_are_bounded() {
    fn negate(program: &mut Program, times: u32) {
        let mut id = push(program, Expr::Bool(true), Type::Bool);
        for _ in 0..times {
            id = push(program, Expr::Not(id), Type::Bool);
        }
    }
    fn double(program: &mut Program, times: u32) {
        let mut id = push(program, Expr::Bool(true), Type::Bool);
        for _ in 0..times {
            id = push(program, Expr::And(id, id), Type::Bool);
        }
    }
    accepts(&[("64 levels", |p| negate(p, DEPTH_MAX - 1)), ("4095 expressions", |p| double(p, 11))]);
    refuses(&[
        (
            "65 levels",
            |p| negate(p, DEPTH_MAX),
            Place::Expr(ExprId(next() + DEPTH_MAX)),
            Fault::TooMany { what: "levels of expressions", max: u64::from(DEPTH_MAX) },
        ),
        (
            "8191 expressions by sharing",
            |p| double(p, 12),
            Place::Expr(ExprId(next() + 12)),
            Fault::TooMany { what: "expressions in one", max: NODES_MAX },
        ),
    ]);
}
