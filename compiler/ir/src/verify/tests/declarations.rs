//! Declarations that are rejected.

use super::super::limits::{
    ACTIONS_MAX, CLAUSES_MAX, EXPRS_MAX, MEMBERS_MAX, NAME_BYTES_MAX, NAMES_MAX, RULES_MAX, TYPES_MAX,
};
use super::{Fault, Place, accepts, refuses};
use crate::identity::PATTERN_BYTES_MAX;
use crate::program::{Action, EntityType, EnumType, Expr, Named, Node};
use crate::sample::{
    AMOUNT, CUSTOMER, NOTE, ORDER, REASON, REFUND, SUPPORT_BOT, TEAM, TIER, TIER_FIELD, TOTAL, USD,
};
use crate::types::{ArgId, EntityTypeId, EnumId, FieldId, Type};

fn unknown(what: &'static str, id: u32) -> Fault {
    Fault::Unknown { what, id }
}

fn too_many(what: &'static str, max: usize) -> Fault {
    Fault::TooMany { what, max: u64::try_from(max).unwrap() }
}

fn name(text: &str) -> Fault {
    Fault::Name(text.to_owned())
}

fn twice(text: &str) -> Fault {
    Fault::Duplicate(text.to_owned())
}

#[test]
fn names_are_identifiers_and_unique() {
    refuses(&[
        ("empty module", |p| p.module.clear(), Place::Program, name("")),
        ("empty segment", |p| p.module = "a..b".into(), Place::Program, name("a..b")),
        ("enum", |p| p.enums[1].name = "R\n".into(), Place::Enum(REASON), name("R\n")),
        ("variant", |p| p.enums[0].variants[1].clear(), Place::Enum(TIER), name("")),
        ("qualified variant", |p| p.enums[0].variants[1] = "a.b".into(), Place::Enum(TIER), name("a.b")),
        ("field", |p| p.fields[4].name = "1st".into(), Place::Field(TOTAL), name("1st")),
        ("entity", |p| p.entities[3].name = "Örder".into(), Place::Entity(ORDER), name("Örder")),
        ("arg", |p| p.args[0].name = "a b".into(), Place::Arg(AMOUNT), name("a b")),
        ("action", |p| p.actions[1].name = "a-b".into(), Place::Action(REFUND), name("a-b")),
        ("rule", |p| p.rules[0].name = "*".into(), Place::Rule("*".into()), name("*")),
        ("budget", |p| p.budgets[0].name = "".into(), Place::Budget("".into()), name("")),
        ("rate", |p| p.rates[0].name = "a/b".into(), Place::Rate("a/b".into()), name("a/b")),
        ("scope", |p| p.scopes[0].name = "a:b".into(), Place::Scope("a:b".into()), name("a:b")),
        ("enum named as entity", |p| p.enums[1].name = "Order".into(), Place::Program, twice("Order")),
        ("variants", |p| p.enums[0].variants[1] = "vip".into(), Place::Enum(TIER), twice("vip")),
        ("fields", |p| p.fields[5].name = "total".into(), Place::Program, twice("total")),
        ("args", |p| p.args[3] = p.args[0].clone(), Place::Program, twice("amount")),
        ("actions", |p| p.actions[3].name = "refund".into(), Place::Program, twice("refund")),
        ("rule and budget", |p| p.budgets[0].name = "frozen".into(), Place::Program, twice("frozen")),
        (
            "rate and scope",
            |p| p.rates[0].name = "one_customer".into(),
            Place::Program,
            twice("one_customer"),
        ),
        ("fields of one type", |p| p.fields[6].name = "total".into(), Place::Entity(ORDER), twice("total")),
        (
            "params of one action",
            |p| p.args[1].name = "amount".into(),
            Place::Action(REFUND),
            twice("amount"),
        ),
        ("scope params", |p| p.scopes[0].params[1].name = "customer".into(), scope(), twice("customer")),
        ("scope param", |p| p.scopes[0].params[1].name = "a.b".into(), scope(), name("a.b")),
    ]);
    accepts(&[("a name with its module", |p| p.enums[0].name = "std.time.Weekday".into())]);
}

fn scope() -> Place {
    Place::Scope("one_customer".to_owned())
}

#[test]
fn types_are_well_formed() {
    let set = |ty: Type| Type::Set(Box::new(ty));
    let optional = |ty: Type| Type::Optional(Box::new(ty));
    let cases = [
        (Type::Enum(EnumId(2)), unknown("enum", 2)),
        (Type::Entity(vec![EntityTypeId(6)]), unknown("entity type", 6)),
        (Type::Entity(Vec::new()), Fault::Empty { what: "entity types" }),
        (Type::Entity(vec![ORDER, CUSTOMER]), Fault::NotAscending { what: "entity types" }),
        (Type::Entity(vec![ORDER, ORDER]), Fault::NotAscending { what: "entity types" }),
        (set(set(Type::Int)), Fault::BadType(set(set(Type::Int)))),
        (set(optional(Type::Int)), Fault::BadType(set(optional(Type::Int)))),
        (Type::List(Box::new(set(Type::Int))), Fault::BadType(Type::List(Box::new(set(Type::Int))))),
        (optional(optional(Type::Int)), Fault::BadType(optional(optional(Type::Int)))),
        (optional(set(Type::Enum(EnumId(9)))), unknown("enum", 9)),
    ];
    for (ty, fault) in cases {
        let mut program = crate::sample::program();
        program.fields.push(Named { name: "more".to_owned(), ty: ty.clone() });
        let at = Place::Field(FieldId(15));
        let refused = super::VerifyError { at, fault: fault.clone() };
        assert_eq!(super::VerifiedProgram::verify(program).map(|_| ()), Err(refused), "{ty:?}");
        let mut program = crate::sample::program();
        program.scopes[0].params.push(Named { name: "more".to_owned(), ty: ty.clone() });
        let refused = super::VerifyError { at: scope(), fault };
        assert_eq!(super::VerifiedProgram::verify(program).map(|_| ()), Err(refused), "{ty:?}");
    }
}

#[test]
fn identity_patterns_are_well_formed_and_identify_agents_and_persons() {
    refuses(&[
        ("identity of a group", |p| identify(p, TEAM, "spiffe://a/*"), Place::Entity(TEAM), Fault::Identity),
        (
            "identity",
            |p| identify(p, SUPPORT_BOT, "https://a/*"),
            Place::Entity(SUPPORT_BOT),
            Fault::Identity,
        ),
        (
            "open identity",
            |p| identify(p, SUPPORT_BOT, "spiffe:*//a"),
            Place::Entity(SUPPORT_BOT),
            Fault::Identity,
        ),
        (
            "identity in the middle",
            |p| identify(p, SUPPORT_BOT, "spiffe://a/*/b"),
            Place::Entity(SUPPORT_BOT),
            Fault::Identity,
        ),
        (
            "identity of any trust domain",
            |p| identify(p, SUPPORT_BOT, "spiffe://*/a"),
            Place::Entity(SUPPORT_BOT),
            Fault::Identity,
        ),
        (
            "long identity",
            |p| identify(p, SUPPORT_BOT, &format!("spiffe://{}", "a".repeat(PATTERN_BYTES_MAX))),
            Place::Entity(SUPPORT_BOT),
            too_many("bytes in an identity pattern", PATTERN_BYTES_MAX),
        ),
    ]);
}

#[test]
fn entity_types_and_actions_are_well_formed() {
    let ascending = |what| Fault::NotAscending { what };
    refuses(&[
        (
            "no variants",
            |p| p.enums[1].variants.clear(),
            Place::Enum(REASON),
            Fault::Empty { what: "variants" },
        ),
        (
            "parent",
            |p| p.entities[3].parents = vec![EntityTypeId(6)],
            Place::Entity(ORDER),
            unknown("entity type", 6),
        ),
        (
            "parents",
            |p| p.entities[3].parents = vec![CUSTOMER, CUSTOMER],
            Place::Entity(ORDER),
            ascending("parents"),
        ),
        (
            "field",
            |p| p.entities[1].fields = vec![FieldId(15)],
            Place::Entity(TEAM),
            unknown("attribute", 15),
        ),
        ("fields", |p| p.entities[3].fields.reverse(), Place::Entity(ORDER), ascending("attributes")),
        ("param", |p| p.actions[1].params.push(ArgId(7)), Place::Action(REFUND), unknown("argument", 7)),
        ("param twice", |p| p.actions[1].params.push(NOTE), Place::Action(REFUND), twice("note")),
        (
            "resource",
            |p| p.actions[1].resources = vec![EntityTypeId(6)],
            Place::Action(REFUND),
            unknown("entity type", 6),
        ),
        ("resource kind", |p| p.actions[1].resources = vec![TEAM], Place::Action(REFUND), Fault::Kind(TEAM)),
        (
            "resources",
            |p| p.actions[1].resources = vec![ORDER, ORDER],
            Place::Action(REFUND),
            ascending("resource types"),
        ),
    ]);
    accepts(&[
        ("a type cycle", |p| p.entities[0].parents = vec![ORDER]),
        ("an agent without a pattern", |p| p.entities[4].identified_by = None),
        ("fields of one name in different types", |p| {
            p.fields.push(Named { name: "total".to_owned(), ty: Type::Int });
            p.entities[1].fields.push(FieldId(15));
        }),
    ]);
}

fn identify(program: &mut crate::program::Program, ty: EntityTypeId, pattern: &str) {
    program.entities[ty.index()].identified_by = Some(pattern.to_owned());
}

#[test]
fn counts_are_bounded() {
    fn many<T: Clone>(list: &mut Vec<T>, len: usize) {
        list.resize(len + 1, list[0].clone());
    }
    refuses(&[
        ("enums", |p| many(&mut p.enums, TYPES_MAX), Place::Program, too_many("enums", TYPES_MAX)),
        (
            "entities",
            |p| many(&mut p.entities, TYPES_MAX),
            Place::Program,
            too_many("entity types", TYPES_MAX),
        ),
        ("fields", |p| many(&mut p.fields, NAMES_MAX), Place::Program, too_many("attributes", NAMES_MAX)),
        ("args", |p| many(&mut p.args, NAMES_MAX), Place::Program, too_many("arguments", NAMES_MAX)),
        ("actions", |p| many(&mut p.actions, ACTIONS_MAX), Place::Program, too_many("actions", ACTIONS_MAX)),
        (
            "exprs",
            |p| p.exprs.resize(EXPRS_MAX + 1, Node { expr: Expr::Bool(true), ty: Type::Bool }),
            Place::Program,
            too_many("expressions", EXPRS_MAX),
        ),
        ("rules", |p| many(&mut p.rules, RULES_MAX), Place::Program, too_many("rules", RULES_MAX)),
        ("budgets", |p| many(&mut p.budgets, CLAUSES_MAX), Place::Program, too_many("budgets", CLAUSES_MAX)),
        ("rates", |p| many(&mut p.rates, CLAUSES_MAX), Place::Program, too_many("rates", CLAUSES_MAX)),
        ("scopes", |p| many(&mut p.scopes, CLAUSES_MAX), Place::Program, too_many("scopes", CLAUSES_MAX)),
        (
            "variants",
            |p| many(&mut p.enums[0].variants, MEMBERS_MAX),
            Place::Enum(TIER),
            too_many("variants", MEMBERS_MAX),
        ),
        (
            "parents",
            |p| many(&mut p.entities[1].parents, MEMBERS_MAX),
            Place::Entity(TEAM),
            too_many("parents", MEMBERS_MAX),
        ),
        (
            "fields of a type",
            |p| many(&mut p.entities[3].fields, MEMBERS_MAX),
            Place::Entity(ORDER),
            too_many("attributes", MEMBERS_MAX),
        ),
        (
            "params",
            |p| many(&mut p.actions[1].params, MEMBERS_MAX),
            Place::Action(REFUND),
            too_many("parameters", MEMBERS_MAX),
        ),
        (
            "resource types",
            |p| many(&mut p.actions[1].resources, MEMBERS_MAX),
            Place::Action(REFUND),
            too_many("resource types", MEMBERS_MAX),
        ),
        (
            "bytes in a name",
            |p| p.actions[1].name = "a".repeat(NAME_BYTES_MAX + 1),
            Place::Action(REFUND),
            too_many("bytes in a name", NAME_BYTES_MAX),
        ),
    ]);
}

#[test]
fn an_empty_program_is_a_program() {
    let empty = crate::program::Program {
        module: "empty".to_owned(),
        enums: Vec::<EnumType>::new(),
        records: Vec::new(),
        zones: Vec::new(),
        regexes: Vec::new(),
        fields: Vec::new(),
        entities: Vec::<EntityType>::new(),
        args: vec![Named { name: "unused".to_owned(), ty: USD }],
        actions: Vec::<Action>::new(),
        exprs: Vec::new(),
        rules: Vec::new(),
        budgets: Vec::new(),
        rates: Vec::new(),
        scopes: Vec::new(),
    };
    assert_eq!(super::VerifiedProgram::verify(empty).map(|_| ()), Ok(()));
    accepts(&[("an attribute of no type", |p| {
        p.entities[4].fields.retain(|&field| field == TIER_FIELD || field.0 > 11);
    })]);
}
