//! Rules, budgets, rates and scopes that are rejected.

use super::super::limits::{
    AGENTS_MAX, COST_MAX, MEMBERS_MAX, PARTS_MAX, SPAN_MS_MAX, TEXT_BYTES_MAX, TOTAL_NODES_MAX,
};
use super::{Case, Fault, Place, VerifiedProgram, VerifyError, accepts, next, push, refuses};
use crate::program::{AgentPattern, Expr, LimitWindow, Program};
use crate::sample::{
    self, AMOUNT, AUDIT_BOT, COPIES, CUSTOMER, ORDER, READ_ORDER, REFUND, SEND_EMAIL, SUPPORT_BOT, TAG, TEAM,
    TO, USD, entity,
};
use crate::types::{ActionId, EntityTypeId, ExprId, Type};
use permit_types::charge::{Period, Unit};

const NONE: ExprId = ExprId(u32::MAX);

fn rule(name: &str) -> Place {
    Place::Rule(name.to_owned())
}

fn pot() -> Place {
    Place::Budget("refund_pot".to_owned())
}

fn pace() -> Place {
    Place::Rate("pace".to_owned())
}

fn scope() -> Place {
    Place::Scope("one_customer".to_owned())
}

fn too_many(what: &'static str, max: usize) -> Fault {
    Fault::TooMany { what, max: u64::try_from(max).unwrap() }
}

fn no_expression() -> Fault {
    Fault::Unknown { what: "expression", id: NONE.0 }
}

/// A test that speaks of this expression, behind the sample: its operand is expression [`next`].
fn test_of(program: &mut Program, expr: Expr, ty: Type) -> ExprId {
    let operand = push(program, expr, ty);
    let elements = push(
        program,
        Expr::Set(vec![operand]),
        Type::Set(Box::new(program.exprs[operand.index()].ty.clone())),
    );
    push(program, Expr::In(operand, elements), Type::Bool)
}

#[test]
fn rules_are_well_formed() {
    let empty = |what| Fault::Empty { what };
    refuses(&[
        ("no actions", |p| p.rules[1].actions.clear(), rule("small_refund"), empty("actions")),
        (
            "actions",
            |p| p.rules[2].actions.reverse(),
            rule("team_readers"),
            Fault::NotAscending { what: "actions" },
        ),
        (
            "action",
            |p| p.rules[0].actions = vec![ActionId(4)],
            rule("read_any"),
            Fault::Unknown { what: "action", id: 4 },
        ),
        (
            "agent",
            |p| p.rules[0].agents = vec![AgentPattern::Type(EntityTypeId(6))],
            rule("read_any"),
            Fault::Unknown { what: "entity type", id: 6 },
        ),
        (
            "agent kind",
            |p| p.rules[0].agents = vec![AgentPattern::Entity(TEAM, "t".to_owned())],
            rule("read_any"),
            Fault::Kind(TEAM),
        ),
        (
            "agents",
            |p| p.rules[0].agents.resize(AGENTS_MAX + 1, AgentPattern::Type(AUDIT_BOT)),
            rule("read_any"),
            too_many("agents", AGENTS_MAX),
        ),
        (
            "agent's id",
            |p| p.rules[0].agents = vec![AgentPattern::Entity(AUDIT_BOT, "a".repeat(TEXT_BYTES_MAX + 1))],
            rule("read_any"),
            too_many("bytes in a text", TEXT_BYTES_MAX),
        ),
        ("no reason", |p| p.rules[0].because.clear(), rule("read_any"), empty("reason")),
        ("empty hint", |p| p.rules[0].hint = Some(String::new()), rule("read_any"), empty("hint")),
        (
            "reason",
            |p| p.rules[0].because = "a".repeat(TEXT_BYTES_MAX + 1),
            rule("read_any"),
            too_many("bytes in a text", TEXT_BYTES_MAX),
        ),
        (
            "hint",
            |p| p.rules[0].hint = Some("a".repeat(TEXT_BYTES_MAX + 1)),
            rule("read_any"),
            too_many("bytes in a text", TEXT_BYTES_MAX),
        ),
        ("condition", |p| p.rules[1].condition = Some(NONE), rule("small_refund"), no_expression()),
        (
            "condition's type",
            |p| p.rules[1].condition = Some(push(p, Expr::Int(1), Type::Int)),
            rule("small_refund"),
            Fault::Needs { expr: ExprId(next()), needs: "bool", found: Type::Int },
        ),
    ]);
}

#[test]
fn conditions_speak_only_of_what_every_request_has() {
    let expr = ExprId(next());
    let outside = |arg, action| Fault::ArgOutside { expr, arg, action };
    let cases: [Case; 8] = [
        (
            "an argument of another action",
            |p| p.rules[0].condition = Some(test_of(p, Expr::Arg(AMOUNT), USD)),
            rule("read_any"),
            outside(AMOUNT, READ_ORDER),
        ),
        (
            "an argument of one of four actions",
            |p| p.rules[7].condition = Some(test_of(p, Expr::Arg(COPIES), Type::Int)),
            rule("frozen"),
            outside(COPIES, READ_ORDER),
        ),
        (
            "a resource where there is none",
            |p| p.rules[3].condition = Some(test_of(p, Expr::Resource, entity(ORDER))),
            rule("mail_customers"),
            Fault::ResourceOutside { expr, action: SEND_EMAIL },
        ),
        (
            "a resource of one type out of two",
            |p| p.rules[2].condition = Some(test_of(p, Expr::Resource, entity(ORDER))),
            rule("team_readers"),
            Fault::ResourceOutside { expr, action: TAG },
        ),
        (
            "any agent taken for one type",
            |p| p.rules[5].condition = Some(test_of(p, Expr::Agent, entity(SUPPORT_BOT))),
            rule("stale_order"),
            Fault::AgentOutside { expr, agent: AUDIT_BOT },
        ),
        (
            "another agent than the rule's",
            |p| p.rules[0].condition = Some(test_of(p, Expr::Agent, entity(AUDIT_BOT))),
            rule("read_any"),
            Fault::AgentOutside { expr, agent: SUPPORT_BOT },
        ),
        (
            "an agent by id of a type left out",
            |p| p.rules[2].condition = Some(test_of(p, Expr::Agent, entity(SUPPORT_BOT))),
            rule("team_readers"),
            Fault::AgentOutside { expr, agent: AUDIT_BOT },
        ),
        (
            "a scope's parameter in a rule",
            |p| p.rules[0].condition = Some(test_of(p, Expr::Param(1), USD)),
            rule("read_any"),
            Fault::ParamOutside { expr },
        ),
    ];
    refuses(&cases);
    accepts(&[
        ("a wider resource", |p| {
            let wide = Type::Entity(vec![CUSTOMER, ORDER]);
            p.rules[0].condition = Some(test_of(p, Expr::Resource, wide));
        }),
        ("an argument that both actions share", |p| {
            p.rules[0].actions = vec![REFUND, TAG];
            let note = Type::Optional(Box::new(Type::String));
            let note = push(p, Expr::Arg(sample::NOTE), note);
            p.rules[0].condition = Some(push(p, Expr::Present(note), Type::Bool));
        }),
    ]);
}

#[test]
fn budgets_are_well_formed() {
    let needs = |needs, found| Fault::Needs { expr: ExprId(next()), needs, found };
    let money = "money of the unit's currency";
    refuses(&[
        ("limits", |p| p.budgets[0].limits.clear(), pot(), Fault::Empty { what: "limits" }),
        ("counts", |p| p.budgets[0].counts.clear(), pot(), Fault::Empty { what: "counts" }),
        ("no actions", |p| p.budgets[0].counts[0].actions.clear(), pot(), Fault::Empty { what: "actions" }),
        ("unit", |p| p.budgets[0].unit = Unit::Named("a b".into()), pot(), Fault::Name("a b".into())),
        (
            "amount",
            |p| p.budgets[0].counts[0].amount = push(p, Expr::Int(1), Type::Int),
            pot(),
            needs(money, Type::Int),
        ),
        (
            "another currency",
            |p| p.budgets[0].unit = Unit::Money("EUR".parse().unwrap()),
            pot(),
            Fault::Needs { expr: sample::program().budgets[0].counts[0].amount, needs: money, found: USD },
        ),
        (
            "named amount",
            |p| p.budgets[1].counts[0].amount = push(p, Expr::Duration(1), Type::Duration),
            Place::Budget("mail_pot".into()),
            needs("int", Type::Duration),
        ),
        (
            "max",
            |p| p.budgets[0].limits[1].max = push(p, Expr::Bool(true), Type::Bool),
            pot(),
            needs(money, Type::Bool),
        ),
        (
            "when",
            |p| p.budgets[0].counts[0].when = Some(push(p, Expr::Int(1), Type::Int)),
            pot(),
            needs("bool", Type::Int),
        ),
        (
            "key",
            |p| p.budgets[0].keys[0] = push(p, Expr::Set(Vec::new()), Type::Set(Box::new(Type::Int))),
            pot(),
            needs("a scalar or a text", Type::Set(Box::new(Type::Int))),
        ),
        (
            "optional key",
            |p| {
                p.budgets[0].keys[0] =
                    push(p, Expr::Arg(sample::NOTE), Type::Optional(Box::new(Type::String)))
            },
            pot(),
            needs("a scalar or a text", Type::Optional(Box::new(Type::String))),
        ),
    ]);
}

#[test]
fn spans_and_zones_are_real() {
    refuses(&[
        ("hold", |p| p.budgets[0].hold_ms = Some(0), pot(), Fault::Span(0)),
        (
            "sliding",
            |p| p.budgets[0].limits[1].window = LimitWindow::Sliding { length_ms: SPAN_MS_MAX + 1 },
            pot(),
            Fault::Span(SPAN_MS_MAX + 1),
        ),
        ("zone", |p| zone(p, "Europe/Atlantis"), pot(), Fault::Zone("Europe/Atlantis".into())),
        ("zone's spelling", |p| zone(p, "europe/dublin"), pot(), Fault::Zone("europe/dublin".into())),
        ("no zone", |p| zone(p, ""), pot(), Fault::Zone(String::new())),
        (
            "counted twice",
            |p| {
                let again = p.budgets[0].counts[0].clone();
                p.budgets[0].counts.push(again);
            },
            pot(),
            Fault::CountedTwice(REFUND),
        ),
    ]);
    accepts(&[
        ("UTC", |p| zone(p, "UTC")),
        ("the longest hold", |p| p.budgets[0].hold_ms = Some(SPAN_MS_MAX)),
    ]);
}

fn zone(program: &mut Program, zone: &str) {
    program.budgets[0].limits[0].window =
        LimitWindow::Calendar { period: Period::Day, zone: zone.to_owned() };
}

#[test]
fn keys_and_limits_hold_for_every_counted_action() {
    let expr = ExprId(next());
    refuses(&[
        (
            "key of one of two actions",
            |p| p.rates[0].keys[0] = push(p, Expr::Arg(TO), Type::String),
            pace(),
            Fault::ArgOutside { expr, arg: TO, action: REFUND },
        ),
        (
            "limit by an argument of another action",
            |p| {
                let mut count = p.budgets[1].counts[0].clone();
                count.actions = vec![TAG];
                count.amount = push(p, Expr::Int(1), Type::Int);
                p.budgets[1].counts.push(count);
                p.budgets[1].limits[0].max = p.budgets[1].counts[0].amount;
            },
            Place::Budget("mail_pot".into()),
            Fault::ArgOutside {
                expr: sample::program().budgets[1].counts[0].amount,
                arg: COPIES,
                action: TAG,
            },
        ),
        (
            "amount by an argument of another action",
            |p| p.budgets[0].counts[0].amount = push(p, Expr::Param(1), USD),
            pot(),
            Fault::ParamOutside { expr },
        ),
        (
            "when of a rate",
            |p| p.rates[0].counts[0].when = p.rates[0].counts[1].when,
            pace(),
            Fault::ArgOutside { expr: to_of_pace(), arg: TO, action: REFUND },
        ),
        (
            "agent of one type as a key",
            |p| p.rates[0].keys[0] = push(p, Expr::Agent, entity(AUDIT_BOT)),
            pace(),
            Fault::AgentOutside { expr, agent: SUPPORT_BOT },
        ),
    ]);
}

/// The left operand of the condition of the rate's second count.
fn to_of_pace() -> ExprId {
    let program = sample::program();
    let when = program.rates[0].counts[1].when.unwrap();
    program.exprs[when.index()].expr.operands().next().unwrap()
}

#[test]
fn rates_are_well_formed() {
    refuses(&[
        ("counts", |p| p.rates[0].counts.clear(), pace(), Fault::Empty { what: "counts" }),
        ("allow", |p| p.rates[0].allow = 0, pace(), Fault::Zero("allow")),
        ("burst", |p| p.rates[0].burst = 0, pace(), Fault::Zero("burst")),
        ("span", |p| p.rates[0].per_ms = -1, pace(), Fault::Span(-1)),
        (
            "counted twice",
            |p| p.rates[0].counts[1].actions = vec![TAG],
            pace(),
            Fault::ArgOutside { expr: to_of_pace(), arg: TO, action: TAG },
        ),
        (
            "counted twice",
            |p| {
                p.rates[0].counts[1].when = None;
                p.rates[0].counts[1].actions = vec![TAG];
            },
            pace(),
            Fault::CountedTwice(TAG),
        ),
        (
            "keys",
            |p| p.rates[0].keys = vec![p.rates[0].keys[0]; PARTS_MAX + 1],
            pace(),
            too_many("keys", PARTS_MAX),
        ),
    ]);
}

#[test]
fn scopes_are_well_formed() {
    let expr = ExprId(next());
    let needs = |needs, found| Fault::Needs { expr, needs, found };
    refuses(&[
        ("expires", |p| p.scopes[0].expires_ms = 0, scope(), Fault::Span(0)),
        ("allows", |p| p.scopes[0].allows.clear(), scope(), Fault::Empty { what: "allowed actions" }),
        ("no actions", |p| p.scopes[0].allows[0].actions.clear(), scope(), Fault::Empty { what: "actions" }),
        (
            "params",
            |p| {
                let param = p.scopes[0].params[0].clone();
                p.scopes[0].params.resize(MEMBERS_MAX + 1, param);
            },
            scope(),
            too_many("parameters", MEMBERS_MAX),
        ),
        (
            "a parameter that is not there",
            |p| p.scopes[0].requires[0] = test_of(p, Expr::Param(3), USD),
            scope(),
            Fault::ParamOutside { expr },
        ),
        (
            "a parameter of another type",
            |p| p.scopes[0].requires[0] = test_of(p, Expr::Param(0), USD),
            scope(),
            Fault::ParamOutside { expr },
        ),
        (
            "allows when",
            |p| p.scopes[0].allows[0].when = Some(test_of(p, Expr::Arg(AMOUNT), USD)),
            scope(),
            Fault::ArgOutside { expr, arg: AMOUNT, action: READ_ORDER },
        ),
        (
            "requires, for every allowed action",
            |p| p.scopes[0].requires[1] = test_of(p, Expr::Arg(AMOUNT), USD),
            scope(),
            Fault::ArgOutside { expr, arg: AMOUNT, action: READ_ORDER },
        ),
        (
            "requires",
            |p| p.scopes[0].requires[1] = push(p, Expr::Int(1), Type::Int),
            scope(),
            needs("bool", Type::Int),
        ),
    ]);
}

#[test]
fn limits_of_a_scope_are_well_formed() {
    let needs = |needs, found| Fault::Needs { expr: ExprId(next()), needs, found };
    refuses(&[
        (
            "limit's action",
            |p| p.scopes[0].limits[0].action = ActionId(4),
            scope(),
            Fault::Unknown { what: "action", id: 4 },
        ),
        (
            "limit's amount",
            |p| p.scopes[0].limits[0].action = TAG,
            scope(),
            Fault::ArgOutside {
                expr: sample::program().scopes[0].limits[0].amount,
                arg: AMOUNT,
                action: TAG,
            },
        ),
        (
            "limit's max",
            |p| p.scopes[0].limits[0].max = push(p, Expr::Int(1), Type::Int),
            scope(),
            needs("money of the unit's currency", Type::Int),
        ),
        ("limit's max", |p| p.scopes[0].limits[0].max = NONE, scope(), no_expression()),
        (
            "limit's unit",
            |p| p.scopes[0].limits[0].unit = Unit::Named(String::new()),
            scope(),
            Fault::Name(String::new()),
        ),
    ]);
}

#[test]
fn parts_are_bounded() {
    fn many<T: Clone>(list: &mut Vec<T>) {
        list.resize(PARTS_MAX + 1, list[0].clone());
    }
    refuses(&[
        ("limits", |p| many(&mut p.budgets[0].limits), pot(), too_many("limits", PARTS_MAX)),
        ("counts", |p| many(&mut p.budgets[0].counts), pot(), too_many("counts", PARTS_MAX)),
        ("rate's counts", |p| many(&mut p.rates[0].counts), pace(), too_many("counts", PARTS_MAX)),
        ("allows", |p| many(&mut p.scopes[0].allows), scope(), too_many("allows", PARTS_MAX)),
        ("requires", |p| many(&mut p.scopes[0].requires), scope(), too_many("requires", PARTS_MAX)),
        ("scope's limits", |p| many(&mut p.scopes[0].limits), scope(), too_many("limits", PARTS_MAX)),
    ]);
}

/// The sample with one rule of about `cost` for reading, as often as that.
fn with_rules(rules: u32, actions: &[ActionId]) -> Program {
    let mut program = sample::program();
    let text = push(&mut program, Expr::String("a".to_owned()), Type::String);
    let like = push(&mut program, Expr::Like(text, "*".to_owned()), Type::Bool);
    let mut condition = like;
    for _ in 0..10 {
        condition = push(&mut program, Expr::Or(condition, condition), Type::Bool);
    }
    for place in 0..rules {
        let mut rule = program.rules[0].clone();
        rule.name = format!("more_{place}");
        rule.actions = actions.to_vec();
        rule.condition = Some(condition);
        program.rules.push(rule);
    }
    program
}

#[test]
fn the_cost_of_an_action_is_bounded() {
    // One such rule costs 1 + 1024 * 65 + 1023.
    let one = 67_584;
    let before = sample::verified().unwrap().cost(TAG).unwrap();
    let rules = u32::try_from((COST_MAX - before) / one).unwrap();
    let at_most = VerifiedProgram::verify(with_rules(rules, &[TAG])).unwrap();
    let cost = at_most.cost(TAG).unwrap();
    assert_eq!(cost, before + u64::from(rules) * one);
    let refused = VerifyError { at: Place::Action(TAG), fault: Fault::Cost { cost: cost + one } };
    assert_eq!(VerifiedProgram::verify(with_rules(rules + 1, &[TAG])).map(|_| ()), Err(refused));
}

#[test]
fn the_size_of_all_conditions_is_bounded() {
    fn size(program: &Program, root: ExprId) -> u64 {
        1 + program.exprs[root.index()].expr.operands().map(|id| size(program, id)).sum::<u64>()
    }
    // One such rule has 1024 * 2 + 1023 expressions, of which 13 are distinct.
    let one = 3_071;
    let sample = sample::program();
    let before: u64 = sample.rules.iter().filter_map(|r| r.condition).map(|id| size(&sample, id)).sum();
    let fit = (TOTAL_NODES_MAX - before) / one;
    let refused = VerifyError {
        at: rule(&format!("more_{fit}")),
        fault: Fault::TooMany { what: "expressions in all clauses", max: TOTAL_NODES_MAX },
    };
    let rules = u32::try_from(fit + 1).unwrap();
    assert_eq!(VerifiedProgram::verify(with_rules(rules, &[TAG])).map(|_| ()), Err(refused));
}
