//! Rejections in what `fetch` and its rule add.

use super::super::limits::{QUANTIFIED_MAX, QUANTIFIERS_MAX, RECORD_DEPTH_MAX};
use super::{Fault, Place, VerifiedProgram, VerifyError, push};
use crate::intrinsics::Intrinsic;
use crate::program::{AgentPattern, Approval, Effect, Expr, Named, Program, RecordType};
use crate::sample::{
    self, ACTIVE, CUSTOMER, EMAIL, FETCH, LEAD, LEVEL, NOTES, ONE_CUSTOMER, ORDER, PLACE, SUPPORT_BOT, TEAM,
    TIER, TIER_FIELD, URL, WEEKDAY, entity, optional, set,
};
use crate::types::{EntityTypeId, ExprId, FieldId, RecordId, RegexId, ScopeId, Type, ZoneId};

fn changed(change: impl FnOnce(&mut Program)) -> Result<(), (Place, Fault)> {
    let mut program = sample::whole();
    change(&mut program);
    VerifiedProgram::verify(program).map(|_| ()).map_err(|VerifyError { at, fault }| (at, fault))
}

/// What the verifier says of the last of some expressions that follow each other.
fn last(exprs: impl FnOnce(&mut Program) -> (Expr, Type)) -> Result<(), Fault> {
    let mut program = sample::whole();
    let (expr, ty) = exprs(&mut program);
    let id = push(&mut program, expr, ty);
    match VerifiedProgram::verify(program) {
        Ok(_) => Ok(()),
        Err(VerifyError { at, fault }) => {
            assert_eq!(at, Place::Expr(id), "{fault}");
            Err(fault)
        }
    }
}

fn int(p: &mut Program) -> ExprId {
    push(p, Expr::Int(1), Type::Int)
}

fn text(p: &mut Program) -> ExprId {
    push(p, Expr::String("a".to_owned()), Type::String)
}

fn yes(p: &mut Program) -> ExprId {
    push(p, Expr::Bool(true), Type::Bool)
}

fn unknown(what: &'static str, id: u32) -> Fault {
    Fault::Unknown { what, id }
}

fn length(what: &'static str, found: usize, wanted: usize) -> Fault {
    Fault::Length { what, found, wanted }
}

#[test]
fn the_whole_sample_is_a_verified_program() {
    assert_eq!(changed(|_| ()), Ok(()));
}

#[test]
fn records_are_known_distinct_and_not_cyclic() {
    let record =
        |ty: Type| RecordType { name: "R".to_owned(), members: vec![Named { name: "m".to_owned(), ty }] };
    let at = |id: u16| Place::Record(RecordId(id));
    let none = |p: &mut Program| p.records[0].members.clear();
    assert_eq!(changed(none), Err((at(0), Fault::Empty { what: "members" })));
    let itself = |p: &mut Program| p.records.push(record(Type::List(Box::new(Type::Record(RecordId(1))))));
    assert_eq!(changed(itself), Err((at(1), unknown("record before this one,", 1))));
    let twice = |p: &mut Program| p.records[0].members[1].name = "url".to_owned();
    assert_eq!(changed(twice), Err((at(0), Fault::Duplicate("url".to_owned()))));
    let named = |p: &mut Program| p.records[0].name = "Order".to_owned();
    assert_eq!(changed(named), Err((Place::Program, Fault::Duplicate("Order".to_owned()))));
    let deep = |p: &mut Program| {
        for id in 0..RECORD_DEPTH_MAX {
            let name = format!("R{id}");
            p.records.push(RecordType { name, ..record(Type::Record(RecordId(id.into()))) });
        }
    };
    let too_deep = Fault::TooMany { what: "levels of records", max: u64::from(RECORD_DEPTH_MAX) };
    assert_eq!(changed(deep), Err((at(u16::from(RECORD_DEPTH_MAX)), too_deep)));
}

#[test]
fn zones_and_patterns_are_checked_when_they_are_declared() {
    let zone = |p: &mut Program| p.zones[0] = "europe/dublin".to_owned();
    assert_eq!(changed(zone), Err((Place::Program, Fault::Zone("europe/dublin".to_owned()))));
    let twice = |p: &mut Program| p.regexes.push("[a-z]+".to_owned());
    assert_eq!(changed(twice), Err((Place::Program, Fault::Duplicate("[a-z]+".to_owned()))));
    let pattern = changed(|p| p.regexes[0] = "(a".to_owned());
    assert!(matches!(pattern, Err((Place::Program, Fault::Pattern(_)))));
    assert_eq!(last(|_| (Expr::Zone(ZoneId(1)), Type::Zone)), Err(unknown("time zone", 1)));
    assert_eq!(last(|_| (Expr::Regex(RegexId(1)), Type::Regex)), Err(unknown("regular expression", 1)));
}

#[test]
fn defaults_are_constants_of_the_parameters_type() {
    let at = Place::Action(FETCH);
    let short = |p: &mut Program| p.actions[4].defaults.truncate(8);
    assert_eq!(changed(short), Err((at.clone(), length("defaults", 8, 9))));
    let mut expr = ExprId(0);
    let wrong = |p: &mut Program| {
        expr = int(p);
        p.actions[4].defaults[0] = Some(expr);
    };
    let needs = |expr, found| Fault::Needs { expr, needs: "the parameter's type", found };
    let refused = changed(wrong);
    assert_eq!(refused, Err((at.clone(), needs(expr, Type::Int))));
    let varies = |p: &mut Program| {
        let now = push(p, Expr::Now, Type::Instant);
        let zone = push(p, Expr::Zone(ZoneId(0)), Type::Zone);
        let today = push(p, Expr::Call(Intrinsic::DateOf, vec![now, zone]), Type::Date);
        p.actions[4].defaults[7] = Some(today);
        expr = now;
    };
    let refused = changed(varies);
    assert_eq!(refused, Err((at, Fault::NotConstant { expr })));
}

#[test]
fn a_quantifier_binds_an_element_of_its_collection() {
    let notes = |p: &mut Program| push(p, Expr::Set(Vec::new()), set(Type::String));
    let body = |p: &mut Program, ty: Type| {
        let it = push(p, Expr::Element(0), ty.clone());
        push(p, Expr::Compare(crate::program::CompareOp::Eq, it, it), Type::Bool)
    };
    let any = |ty: Type| {
        last(|p| {
            let (over, body) = (notes(p), body(p, ty));
            (Expr::Any { over, body }, Type::Bool)
        })
    };
    assert_eq!(any(Type::String), Ok(()));
    assert_eq!(any(Type::Int), Err(Fault::Element { says: Type::Int }));
    let over_int = last(|p| {
        let (over, body) = (int(p), yes(p));
        (Expr::All { over, body }, Type::Bool)
    });
    assert_eq!(over_int, Err(Fault::Operands));
    let counts_texts = last(|p| {
        let (over, body) = (notes(p), text(p));
        (Expr::Count { over, body }, Type::Int)
    });
    assert_eq!(counts_texts, Err(Fault::Operands));
    let deep = last(|_| (Expr::Element(QUANTIFIERS_MAX), Type::String));
    assert_eq!(deep, Err(Fault::TooMany { what: "quantifiers", max: u64::from(QUANTIFIERS_MAX) }));
    let mut expr = ExprId(0);
    let free = |p: &mut Program| {
        expr = body(p, Type::String);
        p.rules[0].condition = Some(expr);
    };
    let refused = changed(free);
    assert_eq!(refused, Err((Place::Rule("read_any".to_owned()), Fault::ElementOutside { expr })));
}

#[test]
fn a_body_is_paid_for_once_for_each_element_and_of_branches_the_dearest() {
    let cost = |condition: &dyn Fn(&mut Program) -> ExprId| {
        let mut program = sample::whole();
        let condition = condition(&mut program);
        program.rules[0].condition = Some(condition);
        VerifiedProgram::verify(program).unwrap().cost(sample::READ_ORDER).unwrap()
    };
    let plain = cost(&yes);
    let quantified = cost(&|p| {
        let order = push(p, Expr::Resource, entity(ORDER));
        let over = push(p, Expr::Attr(order, NOTES), Type::List(Box::new(Type::String)));
        let body = yes(p);
        push(p, Expr::Any { over, body }, Type::Bool)
    });
    let times = u64::try_from(QUANTIFIED_MAX).unwrap();
    assert_eq!(quantified - plain, 3 + 2 * times);
    let chosen = cost(&|p| {
        let (a, b) = (yes(p), yes(p));
        let like = text(p);
        let like = push(p, Expr::Like(like, "*".to_owned()), Type::Bool);
        let branch = push(p, Expr::If(a, like, b), Type::Bool);
        push(p, Expr::Select(branch, vec![like, b]), Type::Bool)
    });
    assert_eq!(chosen - plain, 1 + (1 + 1 + 65) + 65 - 1);
}

#[test]
fn branches_are_of_one_type_and_as_many_as_variants() {
    let tier = |p: &mut Program| push(p, Expr::Variant(TIER, 0), Type::Enum(TIER));
    let two = last(|p| {
        let (key, a) = (tier(p), int(p));
        (Expr::Select(key, vec![a, a]), Type::Int)
    });
    assert_eq!(two, Err(length("branches", 2, 3)));
    let keyed_by_int = last(|p| {
        let a = int(p);
        (Expr::Select(a, vec![a]), Type::Int)
    });
    assert_eq!(keyed_by_int, Err(Fault::Operands));
    let mixed = last(|p| {
        let (test, a, b) = (yes(p), int(p), text(p));
        (Expr::If(test, a, b), Type::Int)
    });
    assert_eq!(mixed, Err(Fault::Operands));
    let joined = last(|p| {
        let test = yes(p);
        let a = push(p, Expr::Entity(ORDER, "a".to_owned()), entity(ORDER));
        let b = push(p, Expr::Entity(CUSTOMER, "b".to_owned()), entity(CUSTOMER));
        (Expr::If(test, a, b), Type::Entity(vec![CUSTOMER, ORDER]))
    });
    assert_eq!(joined, Ok(()));
}

#[test]
fn types_are_asked_of_entities_only() {
    let of_int = last(|p| (Expr::Is(int(p), vec![ORDER]), Type::Bool));
    assert_eq!(of_int, Err(Fault::Operands));
    let none = last(|p| (Expr::Is(push(p, Expr::Agent, entity(SUPPORT_BOT)), vec![]), Type::Bool));
    assert_eq!(none, Err(Fault::Empty { what: "entity types" }));
    let order = last(|p| {
        let agent = push(p, Expr::Agent, entity(SUPPORT_BOT));
        (Expr::Cast(agent, vec![ORDER, CUSTOMER]), Type::Entity(vec![ORDER, CUSTOMER]))
    });
    assert_eq!(order, Err(Fault::NotAscending { what: "entity types" }));
    let says =
        last(|p| (Expr::Cast(push(p, Expr::Agent, entity(SUPPORT_BOT)), vec![ORDER]), entity(CUSTOMER)));
    assert_eq!(says, Err(Fault::Type { yields: entity(ORDER), says: entity(CUSTOMER) }));
    // Only a narrowed entity has the attribute.
    let wide = last(|p| {
        let agent = push(p, Expr::Agent, Type::Entity(vec![SUPPORT_BOT, sample::AUDIT_BOT]));
        (Expr::Attr(agent, ACTIVE), Type::Bool)
    });
    assert_eq!(wide, Err(Fault::Operands));
}

#[test]
fn calls_fit_the_table() {
    let few = last(|_| (Expr::Call(Intrinsic::Lower, vec![]), Type::String));
    assert_eq!(few, Err(length("arguments", 0, 1)));
    let wrong = last(|p| (Expr::Call(Intrinsic::Lower, vec![int(p)]), Type::String));
    assert_eq!(wrong, Err(Fault::Operands));
    let says = last(|p| (Expr::Call(Intrinsic::Lower, vec![text(p)]), Type::Int));
    assert_eq!(says, Err(Fault::Type { yields: Type::String, says: Type::Int }));
    let weekday = |ty: Type| {
        last(|p| {
            let day = push(p, Expr::Date(0), Type::Date);
            (Expr::Call(Intrinsic::WeekdayOfDate, vec![day]), ty)
        })
    };
    assert_eq!(weekday(Type::Enum(WEEKDAY)), Ok(()));
    assert_eq!(weekday(Type::Enum(TIER)), Err(Fault::BadType(Type::Enum(TIER))));
    assert_eq!(weekday(Type::Int), Err(Fault::BadType(Type::Int)));
}

#[test]
fn records_maps_and_optional_values_are_made_of_what_they_hold() {
    let short = last(|p| (Expr::Record(PLACE, vec![int(p)]), Type::Record(PLACE)));
    assert_eq!(short, Err(length("members", 1, 3)));
    let wrong = last(|p| {
        let a = int(p);
        (Expr::Record(PLACE, vec![a, a, a]), Type::Record(PLACE))
    });
    assert_eq!(wrong, Err(Fault::Operands));
    let nowhere = last(|_| (Expr::Record(RecordId(9), vec![]), Type::Record(RecordId(9))));
    assert_eq!(nowhere, Err(unknown("record", 9)));
    let place = |p: &mut Program| push(p, Expr::Arg(sample::PLACE_ARG), Type::Record(PLACE));
    assert_eq!(last(|p| (Expr::Member(place(p), 3), Type::Url)), Err(unknown("member", 3)));
    assert_eq!(last(|p| (Expr::Member(int(p), 0), Type::Url)), Err(Fault::Operands));
    let sizes = |p: &mut Program| push(p, Expr::Arg(sample::SIZES), Type::Map(Box::new(Type::Int)));
    let by_int = last(|p| (Expr::Lookup(sizes(p), int(p)), optional(Type::Int)));
    assert_eq!(by_int, Err(Fault::Operands));
    let map = |p: &mut Program, keys: &[&str], ty: Type| {
        let one = int(p);
        (Expr::Map(keys.iter().map(|&key| key.to_owned()).collect(), vec![one, one]), Type::Map(Box::new(ty)))
    };
    assert_eq!(last(|p| map(p, &["b", "a"], Type::Int)), Ok(()));
    assert_eq!(last(|p| map(p, &["a"], Type::Int)), Err(length("values", 2, 1)));
    assert_eq!(last(|p| map(p, &["a", "a"], Type::Int)), Err(Fault::Duplicate("a".to_owned())));
    let says_texts = last(|p| map(p, &["a", "b"], Type::String));
    let [yields, says] = [Type::Int, Type::String].map(|value| Type::Map(Box::new(value)));
    assert_eq!(says_texts, Err(Fault::Type { yields, says }));
    let mixed = last(|p| {
        let (keys, values) = (vec!["a".to_owned(), "b".to_owned()], vec![int(p), text(p)]);
        (Expr::Map(keys, values), Type::Map(Box::new(Type::Int)))
    });
    assert_eq!(mixed, Err(Fault::Operands));
    let of_maps = last(|p| {
        let inner = push(p, Expr::Map(Vec::new(), Vec::new()), Type::Map(Box::new(Type::Int)));
        (Expr::Map(vec!["a".to_owned()], vec![inner]), Type::Map(Box::new(Type::Map(Box::new(Type::Int)))))
    });
    assert_eq!(of_maps, Err(Fault::BadType(Type::Map(Box::new(Type::Map(Box::new(Type::Int)))))));
    assert_eq!(last(|_| (Expr::Absent, Type::Int)), Err(Fault::BadType(Type::Int)));
    let twice = last(|p| {
        let maybe = push(p, Expr::Absent, optional(Type::Int));
        (Expr::Lift(maybe), optional(optional(Type::Int)))
    });
    assert_eq!(twice, Err(Fault::Operands));
    assert_eq!(last(|_| (Expr::Date(i32::MAX), Type::Date)), Err(Fault::Civil(i64::from(i32::MAX))));
    assert_eq!(last(|_| (Expr::TimeOfDay(86_400_000), Type::TimeOfDay)), Err(Fault::Civil(86_400_000)));
    let mixed = last(|p| (Expr::List(vec![int(p), text(p)]), Type::List(Box::new(Type::Int))));
    assert_eq!(mixed, Err(Fault::Operands));
}

#[test]
fn what_only_expressions_are_is_never_declared() {
    for ty in [Type::Zone, Type::Regex, optional(Type::Zone), Type::Map(Box::new(Type::Regex))] {
        let bad = match &ty {
            Type::Optional(inner) | Type::Map(inner) => (**inner).clone(),
            other => other.clone(),
        };
        let refused = changed(|p| p.args[URL.index()].ty = ty);
        assert_eq!(refused, Err((Place::Arg(URL), Fault::BadType(bad))));
    }
}

#[test]
fn reviews_say_who_approves_and_no_other_rule_does() {
    let checked = || Place::Rule("checked".to_owned());
    let approval = |change: fn(&mut Approval)| {
        changed(|p| change(p.rules.last_mut().unwrap().approval.as_mut().unwrap()))
    };
    let single = |id: &str| AgentPattern::Entity(LEAD, id.to_owned());
    assert_eq!(approval(|a| a.persons.clear()), Err((checked(), Fault::Empty { what: "approvers" })));
    assert_eq!(approval(|a| a.needed = 0), Err((checked(), Fault::Zero("approvals"))));
    assert_eq!(approval(|a| a.timeout_ms = 0), Err((checked(), Fault::Span(0))));
    assert_eq!(approval(|a| a.needed = u16::MAX), Ok(()), "a type may have that many");
    let kind = Fault::Kind(SUPPORT_BOT);
    assert_eq!(approval(|a| a.persons.push(AgentPattern::Type(SUPPORT_BOT))), Err((checked(), kind)));
    let persons = |ids: &[&str]| {
        changed(|p| {
            let approval = p.rules.last_mut().unwrap().approval.as_mut().unwrap();
            approval.persons = ids.iter().map(|id| single(id)).collect();
        })
    };
    assert_eq!(persons(&["zoe", "yan"]), Ok(()));
    assert_eq!(persons(&["zoe"]), Err((checked(), Fault::Approvers { needed: 2, persons: 1 })));
    let twice = Fault::Duplicate("approver".to_owned());
    assert_eq!(persons(&["zoe", "zoe"]), Err((checked(), twice)), "one person approves once");
    assert_eq!(changed(|p| p.rules.last_mut().unwrap().approval = None), Err((checked(), Fault::Approval)));
    let forbid = changed(|p| p.rules.last_mut().unwrap().effect = Effect::Forbid);
    assert_eq!(forbid, Err((checked(), Fault::Approval)));
    let by = changed(|p| p.rules.last_mut().unwrap().agents.push(AgentPattern::Type(LEAD)));
    assert_eq!(by, Err((checked(), Fault::Kind(LEAD))), "a person never acts");
}

#[test]
fn callers_fill_attributes_of_agents_and_resources_only() {
    let claimed = |ty: EntityTypeId, fields: &[FieldId]| {
        let result = changed(|p| p.entities[ty.index()].claimed = fields.to_vec());
        result.map_err(|(at, fault)| {
            assert_eq!(at, Place::Entity(ty));
            fault
        })
    };
    assert_eq!(claimed(CUSTOMER, &[TIER_FIELD, EMAIL]), Ok(()));
    let unsorted = Fault::NotAscending { what: "claimed attributes" };
    assert_eq!(claimed(CUSTOMER, &[EMAIL, TIER_FIELD]), Err(unsorted));
    assert_eq!(claimed(CUSTOMER, &[LEVEL]), Err(Fault::Claimed(LEVEL)));
    assert_eq!(claimed(LEAD, &[LEVEL]), Err(Fault::Claimed(LEVEL)), "persons are not described by callers");
}

#[test]
fn only_agents_require_scopes_and_only_such_as_there_are() {
    let requires = |ty: EntityTypeId, scopes: &[ScopeId]| {
        changed(|p| p.entities[ty.index()].requires = scopes.to_vec()).map_err(|(_, fault)| fault)
    };
    assert_eq!(requires(SUPPORT_BOT, &[ONE_CUSTOMER]), Ok(()));
    assert_eq!(requires(SUPPORT_BOT, &[ScopeId(1)]), Err(unknown("scope", 1)));
    let twice = Fault::NotAscending { what: "required scopes" };
    assert_eq!(requires(SUPPORT_BOT, &[ONE_CUSTOMER, ONE_CUSTOMER]), Err(twice));
    assert_eq!(requires(LEAD, &[ONE_CUSTOMER]), Err(Fault::Requires));
    assert_eq!(requires(TEAM, &[ONE_CUSTOMER]), Err(Fault::Requires));
}

#[test]
fn a_warning_is_a_share_of_the_limit() {
    let warns = |percent| changed(|p| p.budgets[0].warn_percent = Some(percent)).map_err(|(_, fault)| fault);
    for percent in [1, 99] {
        assert_eq!(warns(percent), Ok(()));
    }
    for percent in [0, 100, 255] {
        assert_eq!(warns(percent), Err(Fault::Percent(percent)));
    }
}

#[test]
fn a_person_may_have_an_identity_and_a_group_may_not() {
    let identified = |ty: EntityTypeId, glob: &str| {
        changed(|p| p.entities[ty.index()].identified_by = Some(glob.to_owned())).map_err(|(_, fault)| fault)
    };
    assert_eq!(identified(LEAD, "spiffe://acme.example/person/*"), Ok(()));
    assert_eq!(identified(LEAD, "person/*"), Err(Fault::Identity));
    assert_eq!(identified(TEAM, "spiffe://acme.example/team/*"), Err(Fault::Identity));
}
