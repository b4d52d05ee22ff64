//! The rest of the language beyond the introductory excerpt: one action, three rules and approvers.

use std::sync::Arc;

use super::declarations::{entity_type, named};
use super::{
    AT, AUDIT_BOT, Arena, CUSTOMER, DAY, EMAIL, FETCH, FILE, LEAD, LEVEL, MAIL, NOTES, ONE_CUSTOMER, ORDER,
    PATIENCE, PEER, PEOPLE, PLACE, PLACE_ARG, SEND_EMAIL, SIZES, SUPPORT_BOT, TEAM, URL, WEEKDAY, calls,
    entity, optional, set,
};
use crate::intrinsics::{Intrinsic, WEEKDAYS};
use crate::program::{
    Action, ActionFlags, AgentPattern, Approval, Budget, BudgetLimit, CompareOp, Effect, EntityKind,
    EntityType, EnumType, Expr, LimitWindow, Program, RecordType, Rule,
};
use crate::types::{ArgId, ExprId, RegexId, Type, ZoneId};
use permit_types::charge::Period;

pub(super) fn extend(program: &mut Program) {
    let variants = WEEKDAYS.map(str::to_owned).to_vec();
    program.enums.push(EnumType { name: "Weekday".to_owned(), variants });
    let members = vec![
        named("url", Type::Url),
        named("at", optional(Type::TimeOfDay)),
        named("tags", set(Type::String)),
    ];
    program.records.push(RecordType { name: "Place".to_owned(), members });
    program.zones.push("Europe/Dublin".to_owned());
    program.regexes.push("[a-z]+".to_owned());
    program.args.extend([
        named("url", Type::Url),
        named("file", Type::Path),
        named("mail", Type::Email),
        named("peer", Type::Ip),
        named("at", optional(Type::TimeOfDay)),
        named("place", Type::Record(PLACE)),
        named("sizes", Type::Map(Box::new(Type::Int))),
        named("day", Type::Date),
        named("people", set(entity(CUSTOMER))),
    ]);
    let mut arena = Arena { nodes: std::mem::take(&mut program.exprs) };
    let day = arena.push(Expr::Date(20_532), Type::Date);
    let at = arena.push(Expr::TimeOfDay(32_400_000), Type::TimeOfDay);
    program.actions.push(Action {
        name: "fetch".to_owned(),
        params: (URL.0..=PEOPLE.0).map(ArgId).collect(),
        defaults: vec![None, None, None, None, Some(at), None, None, Some(day), None],
        flags: ActionFlags { external: true, readonly: true, irreversible: false },
        resources: Vec::new(),
    });
    let tests = [clocks(&mut arena, day), parts(&mut arena), collections(&mut arena), records(&mut arena)];
    let condition = Some(arena.all(&tests));
    let calls = Some(calls::calls(&mut arena));
    program.exprs = arena.nodes;
    let fetch = |name: &str, condition, because: &str| Rule {
        name: name.to_owned(),
        effect: Effect::Permit,
        actions: vec![FETCH],
        agents: Vec::new(),
        condition,
        approval: None,
        because: because.to_owned(),
        hint: None,
    };
    program.rules.push(fetch("fetching", condition, "it is a weekday and the place is ours"));
    program.rules.push(fetch("calling", calls, "every intrinsic has its value"));
    oversee(program);
}

/// Persons who approve, attributes that callers fill, a scope that agents must have, a warning, every calendar period.
fn oversee(program: &mut Program) {
    program.entities.push(EntityType {
        identified_by: Some("spiffe://acme.example/person/*".to_owned()),
        ..entity_type("Lead", EntityKind::Person, &[TEAM], &[LEVEL])
    });
    for (ty, field) in [(ORDER, NOTES), (SUPPORT_BOT, PATIENCE)] {
        if let Some(ty) = program.entities.get_mut(ty.index()) {
            ty.claimed = vec![field];
        }
    }
    if let Some(audit) = program.entities.get_mut(AUDIT_BOT.index()) {
        audit.requires = vec![ONE_CUSTOMER];
    }
    if let Some(budget) = program.budgets.first_mut() {
        budget.warn_percent = Some(80);
    }
    if let Some(Budget { limits, .. }) = program.budgets.last_mut()
        && let Some(max) = limits.first().map(|limit| limit.max)
    {
        let zone = || "Europe/Dublin".to_owned();
        limits.extend(
            [Period::Hour, Period::Week, Period::Month, Period::Year]
                .map(|period| BudgetLimit { max, window: LimitWindow::Calendar { period, zone: zone() } }),
        );
    }
    let persons = vec![AgentPattern::Type(LEAD), AgentPattern::Entity(LEAD, "zoe".to_owned())];
    program.rules.push(Rule {
        name: "checked".to_owned(),
        effect: Effect::Review,
        actions: vec![SEND_EMAIL, FETCH],
        agents: Vec::new(),
        condition: None,
        approval: Some(Approval { persons, needed: 2, timeout_ms: 30 * 60_000 }),
        because: "two leads look at what goes out".to_owned(),
        hint: None,
    });
}

/// Branches, the types of entities, the calendar.
fn clocks(b: &mut Arena, day: ExprId) -> ExprId {
    let (now, zone) = (b.push(Expr::Now, Type::Instant), b.push(Expr::Zone(ZoneId(0)), Type::Zone));
    let weekday = b.push(Expr::Call(Intrinsic::Weekday, vec![now, zone]), Type::Enum(WEEKDAY));
    let (yes, no) = (b.test(Expr::Bool(true)), b.test(Expr::Bool(false)));
    let working = b.test(Expr::Select(weekday, vec![yes, yes, yes, yes, yes, no, no]));
    let given = b.push(Expr::Arg(DAY), Type::Date);
    let later = b.compare(CompareOp::Ge, given, day);
    let agent = b.any_agent();
    let supports = b.test(Expr::Is(agent, vec![SUPPORT_BOT]));
    let bot = b.push(Expr::Cast(agent, vec![SUPPORT_BOT]), entity(SUPPORT_BOT));
    let (level, one) = (b.attr(bot, LEVEL, Type::Int), b.push(Expr::Int(1), Type::Int));
    let experienced = b.compare(CompareOp::Gt, level, one);
    let trusted = b.test(Expr::If(supports, experienced, later));
    b.all(&[working, trusted])
}

/// Literals and parts of the types that are written as text.
fn parts(b: &mut Arena) -> ExprId {
    let mut equal = |arg, literal, ty: Type| {
        let (arg, literal) = (b.push(Expr::Arg(arg), ty.clone()), b.push(literal, ty));
        b.compare(CompareOp::Ne, arg, literal)
    };
    // The texts are constants, so that a text that cannot be read leaves the literal out, which a test would see.
    let mut tests = Vec::new();
    tests.extend("https://acme.example".parse().map(|url| equal(URL, Expr::Url(Arc::new(url)), Type::Url)));
    tests.extend("/srv/data".parse().map(|path| equal(FILE, Expr::Path(path), Type::Path)));
    tests.extend("ann@acme.example".parse().map(|email| equal(MAIL, Expr::Email(email), Type::Email)));
    tests.extend("10.0.0.1".parse().map(|ip| equal(PEER, Expr::Ip(ip), Type::Ip)));
    if let Ok(block) = "10.0.0.0/8".parse() {
        let (peer, block) = (b.push(Expr::Arg(PEER), Type::Ip), b.push(Expr::Cidr(block), Type::Cidr));
        tests.push(b.test(Expr::Call(Intrinsic::IpIn, vec![peer, block])));
    }
    let url = b.push(Expr::Arg(URL), Type::Url);
    let host = b.push(Expr::Call(Intrinsic::UrlHost, vec![url]), Type::String);
    let regex = b.push(Expr::Regex(RegexId(0)), Type::Regex);
    tests.push(b.test(Expr::Call(Intrinsic::Matches, vec![host, regex])));
    b.all(&tests)
}

/// Quantifiers, one in another.
fn collections(b: &mut Arena) -> ExprId {
    let people = b.push(Expr::Arg(PEOPLE), set(entity(CUSTOMER)));
    let person = b.push(Expr::Element(0), entity(CUSTOMER));
    let mail = b.attr(person, EMAIL, Type::String);
    let known = b.text("ann@acme.example");
    let names = b.push(Expr::List(vec![mail, known]), Type::List(Box::new(Type::String)));
    let (name, outer) = (b.push(Expr::Element(0), Type::String), b.push(Expr::Element(1), entity(CUSTOMER)));
    let outer_mail = b.attr(outer, EMAIL, Type::String);
    let same = b.compare(CompareOp::Eq, name, outer_mail);
    let inner = b.test(Expr::Any { over: names, body: same });
    let all = b.test(Expr::All { over: people, body: inner });
    let is_known = b.compare(CompareOp::Eq, mail, known);
    let count = b.push(Expr::Count { over: people, body: is_known }, Type::Int);
    let most = b.push(Expr::Int(3), Type::Int);
    let few = b.compare(CompareOp::Le, count, most);
    b.all(&[all, few])
}

/// Records, maps and optional values that are made.
fn records(b: &mut Arena) -> ExprId {
    let place = b.push(Expr::Arg(PLACE_ARG), Type::Record(PLACE));
    let url = b.push(Expr::Member(place, 0), Type::Url);
    let absent = b.push(Expr::Absent, optional(Type::TimeOfDay));
    let tags = b.push(Expr::Set(Vec::new()), set(Type::String));
    let made = b.push(Expr::Record(PLACE, vec![url, absent, tags]), Type::Record(PLACE));
    let differs = b.compare(CompareOp::Ne, place, made);
    let maybe = b.push(Expr::Lift(place), optional(Type::Record(PLACE)));
    let at = b.push(Expr::OptionalMember(maybe, 1), optional(Type::TimeOfDay));
    let timed = b.test(Expr::Present(at));
    let (sizes, key) = (b.push(Expr::Arg(SIZES), Type::Map(Box::new(Type::Int))), b.text("large"));
    let size = b.push(Expr::Lookup(sizes, key), optional(Type::Int));
    let none = b.push(Expr::Int(0), Type::Int);
    let size = b.push(Expr::Else(size, none), Type::Int);
    let sized = b.compare(CompareOp::Ge, size, none);
    let written = b.push(
        Expr::Map(vec!["large".to_owned(), "small".to_owned()], vec![size, none]),
        Type::Map(Box::new(Type::Int)),
    );
    let small = b.text("small");
    let written = b.push(Expr::Lookup(written, small), optional(Type::Int));
    let written = b.test(Expr::Present(written));
    let given = b.push(Expr::Arg(AT), optional(Type::TimeOfDay));
    let given = b.test(Expr::Present(given));
    b.all(&[differs, timed, sized, written, given])
}
