//! The sample's rules, budget, rate and scope.

use super::declarations::named;
use super::{
    ABOUT, ACTIVE, AMOUNT, AUDIT_BOT, Arena, COPIES, COUNTRY, CUSTOMER, CUSTOMER_FIELD, EMAIL, LABELS, LEVEL,
    NOTE, NOTES, PAID_AT, PATIENCE, READ_ORDER, READERS, REASON, REASON_ARG, REFERRER, REFUND, REFUNDED,
    SEND_EMAIL, SUPPORT_BOT, TAG, TAGS, TEAM, TIER, TIER_FIELD, TO, TOTAL, USD, WEIGHT, entity, optional,
    set,
};
use crate::program::{
    AgentPattern, ArithmeticOp, Budget, BudgetLimit, CompareOp, Count, Effect, Expr, LimitWindow, Rate,
    RateCount, Rule, Scope, ScopeAllows, ScopeLimit,
};
use crate::types::{ActionId, ExprId, Type};
use permit_types::charge::{Period, Unit};
use permit_types::money::{Currency, Decimal};

/// 1 January 2026, midnight UTC.
const NEW_YEAR_MS: i64 = 1_767_225_600_000;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;

pub(super) fn rules(b: &mut Arena) -> Vec<Rule> {
    let support = || vec![AgentPattern::Type(SUPPORT_BOT)];
    let audit = vec![AgentPattern::Entity(AUDIT_BOT, "audit/1".to_owned()), AgentPattern::Type(SUPPORT_BOT)];
    let (small, readers, mail) = (small_refund(b), readers(b), mail(b));
    let (tags, patience, stale) = (tags(b), patience(b), stale_order(b));
    let frozen = frozen(b);
    vec![
        rule("read_any", Effect::Permit, &[READ_ORDER], support(), None),
        rule("small_refund", Effect::Permit, &[REFUND], support(), Some(small)),
        rule("team_readers", Effect::Permit, &[READ_ORDER, TAG], audit, Some(readers)),
        rule("mail_customers", Effect::Permit, &[SEND_EMAIL], support(), Some(mail)),
        rule("tag_known", Effect::Permit, &[TAG], Vec::new(), Some(tags)),
        Rule {
            hint: Some("open a ticket in the finance queue instead".to_owned()),
            ..rule("stale_order", Effect::Forbid, &[REFUND], Vec::new(), Some(stale))
        },
        rule("impatient", Effect::Forbid, &[REFUND], support(), Some(patience)),
        rule("frozen", Effect::Forbid, &[READ_ORDER, REFUND, SEND_EMAIL, TAG], Vec::new(), Some(frozen)),
    ]
}

/// `amount <= 50.00 USD and resource.refunded + amount <= resource.total and amount * 2 < 500.00 USD and
/// -amount != resource.total - resource.refunded and reason in [damaged, late] and (agent.tier == vip or
/// resource.customer.tier != basic) and not (note else "" like "*chargeback*")`
fn small_refund(b: &mut Arena) -> ExprId {
    let (amount, order) = (b.push(Expr::Arg(AMOUNT), USD), b.order());
    let (total, refunded) = (b.attr(order, TOTAL, USD), b.attr(order, REFUNDED, USD));
    let cap = b.usd(5_000);
    let capped = b.compare(CompareOp::Le, amount, cap);
    let sum = arithmetic(b, ArithmeticOp::Add, refunded, amount, USD);
    let fits = b.compare(CompareOp::Le, sum, total);
    let (two, most) = (b.push(Expr::Int(2), Type::Int), b.usd(50_000));
    let doubled = arithmetic(b, ArithmeticOp::Mul, amount, two, USD);
    let modest = b.compare(CompareOp::Lt, doubled, most);
    let negated = b.push(Expr::Neg(amount), USD);
    let left = arithmetic(b, ArithmeticOp::Sub, total, refunded, USD);
    let odd = b.compare(CompareOp::Ne, negated, left);
    let reason = b.push(Expr::Arg(REASON_ARG), Type::Enum(REASON));
    let (damaged, late) = (variant(b, REASON, 0), variant(b, REASON, 1));
    let reasons = b.push(Expr::Set(vec![damaged, late]), set(Type::Enum(REASON)));
    let reasoned = b.test(Expr::In(reason, reasons));
    let (agent, vip, basic) = (b.support_bot(), variant(b, TIER, 2), variant(b, TIER, 0));
    let agent_tier = b.attr(agent, TIER_FIELD, Type::Enum(TIER));
    let is_vip = b.compare(CompareOp::Eq, agent_tier, vip);
    let customer = b.attr(order, CUSTOMER_FIELD, entity(CUSTOMER));
    let customer_tier = b.attr(customer, TIER_FIELD, Type::Enum(TIER));
    let not_basic = b.compare(CompareOp::Ne, customer_tier, basic);
    let either = b.test(Expr::Or(is_vip, not_basic));
    let (note, empty) = (b.push(Expr::Arg(NOTE), optional(Type::String)), b.text(""));
    let text = b.push(Expr::Else(note, empty), Type::String);
    let like = b.test(Expr::Like(text, "*chargeback*".to_owned()));
    let unlike = b.test(Expr::Not(like));
    b.all(&[capped, fits, modest, odd, reasoned, either, unlike])
}

/// `agent within Team::"readers" or agent within [Team::"a", Team::"b"] or agent.tier == gold`
fn readers(b: &mut Arena) -> ExprId {
    let agent = b.any_agent();
    let [all, a, c] = ["readers", "a", "b"].map(|id| b.push(Expr::Entity(TEAM, id.to_owned()), entity(TEAM)));
    let within = b.test(Expr::Within(agent, all));
    let teams = b.push(Expr::Set(vec![a, c]), set(entity(TEAM)));
    let any = b.test(Expr::WithinAny(agent, teams));
    let (tier, gold) = (b.attr(agent, TIER_FIELD, Type::Enum(TIER)), variant(b, TIER, 1));
    let is_gold = b.compare(CompareOp::Eq, tier, gold);
    let first = b.test(Expr::Or(within, any));
    b.test(Expr::Or(first, is_gold))
}

/// `to like "*@acme.example" and copies >= 1 and copies <= agent.level + 3 and agent.active and (present(about) and
/// about.email == to or about?.referrer?.country else "IE" == "IE")`
fn mail(b: &mut Arena) -> ExprId {
    let (to, copies) = (b.push(Expr::Arg(TO), Type::String), b.push(Expr::Arg(COPIES), Type::Int));
    let ours = b.test(Expr::Like(to, "*@acme.example".to_owned()));
    let (one, three) = (b.push(Expr::Int(1), Type::Int), b.push(Expr::Int(3), Type::Int));
    let some = b.compare(CompareOp::Ge, copies, one);
    let agent = b.support_bot();
    let level = b.attr(agent, LEVEL, Type::Int);
    let most = arithmetic(b, ArithmeticOp::Add, level, three, Type::Int);
    let few = b.compare(CompareOp::Le, copies, most);
    let active = b.attr(agent, ACTIVE, Type::Bool);
    let about = b.push(Expr::Arg(ABOUT), optional(entity(CUSTOMER)));
    let present = b.test(Expr::Present(about));
    let customer = b.push(Expr::Unwrap(about), entity(CUSTOMER));
    let email = b.attr(customer, EMAIL, Type::String);
    let same = b.compare(CompareOp::Eq, email, to);
    let own = b.test(Expr::And(present, same));
    let referrer = b.push(Expr::OptionalAttr(about, REFERRER), optional(entity(CUSTOMER)));
    let country = b.push(Expr::OptionalAttr(referrer, COUNTRY), optional(Type::String));
    let (ireland, other) = (b.text("IE"), b.text("IE"));
    let country = b.push(Expr::Else(country, ireland), Type::String);
    let irish = b.compare(CompareOp::Eq, country, other);
    let either = b.test(Expr::Or(own, irish));
    b.all(&[ours, some, few, active, either])
}

/// `"urgent" in resource.tags and "spam" in labels or resource == Customer::"ann"`
fn tags(b: &mut Arena) -> ExprId {
    let (resource, urgent, spam) = (b.order_or_customer(), b.text("urgent"), b.text("spam"));
    let tags = b.attr(resource, TAGS, set(Type::String));
    let labels = b.push(Expr::Arg(LABELS), set(Type::String));
    let is_urgent = b.test(Expr::In(urgent, tags));
    let is_spam = b.test(Expr::In(spam, labels));
    let ann = b.push(Expr::Entity(CUSTOMER, "ann".to_owned()), entity(CUSTOMER));
    let is_ann = b.compare(CompareOp::Eq, resource, ann);
    let both = b.test(Expr::And(is_urgent, is_spam));
    b.test(Expr::Or(both, is_ann))
}

/// `now - resource.paid_at > 90d`
fn stale_order(b: &mut Arena) -> ExprId {
    let (now, order) = (b.push(Expr::Now, Type::Instant), b.order());
    let paid_at = b.attr(order, PAID_AT, Type::Instant);
    let age = arithmetic(b, ArithmeticOp::Sub, now, paid_at, Type::Duration);
    let most = b.push(Expr::Duration(90 * DAY_MS), Type::Duration);
    b.compare(CompareOp::Gt, age, most)
}

/// `now < resource.paid_at + agent.patience and resource.weight > 2.5 and not ("vip" in resource.notes) and
/// not (agent within resource.readers)`
fn patience(b: &mut Arena) -> ExprId {
    let (now, order, agent) = (b.push(Expr::Now, Type::Instant), b.order(), b.support_bot());
    let paid_at = b.attr(order, PAID_AT, Type::Instant);
    let patience = b.attr(agent, PATIENCE, Type::Duration);
    let end = arithmetic(b, ArithmeticOp::Add, paid_at, patience, Type::Instant);
    let soon = b.compare(CompareOp::Lt, now, end);
    let weight = b.attr(order, WEIGHT, Type::Decimal);
    let limit = b.push(Expr::Decimal(Decimal { millionths: 2_500_000 }), Type::Decimal);
    let heavy = b.compare(CompareOp::Gt, weight, limit);
    let (vip, notes) = (b.text("vip"), b.attr(order, NOTES, Type::List(Box::new(Type::String))));
    let noted = b.test(Expr::In(vip, notes));
    let unnoted = b.test(Expr::Not(noted));
    let readers = b.attr(order, READERS, set(entity(TEAM)));
    let reader = b.test(Expr::WithinAny(agent, readers));
    let no_reader = b.test(Expr::Not(reader));
    b.all(&[soon, heavy, unnoted, no_reader])
}

/// `now < 2026-01-01T00:00Z or (false and agent == AuditBot::"audit/1")`
fn frozen(b: &mut Arena) -> ExprId {
    let (now, start) = (b.push(Expr::Now, Type::Instant), b.push(Expr::Instant(NEW_YEAR_MS), Type::Instant));
    let early = b.compare(CompareOp::Lt, now, start);
    let (never, agent) = (b.test(Expr::Bool(false)), b.any_agent());
    let audit = b.push(Expr::Entity(AUDIT_BOT, "audit/1".to_owned()), entity(AUDIT_BOT));
    let is_audit = b.compare(CompareOp::Eq, agent, audit);
    let both = b.test(Expr::And(never, is_audit));
    b.test(Expr::Or(early, both))
}

pub(super) fn budgets(b: &mut Arena) -> Vec<Budget> {
    let amount = b.push(Expr::Arg(AMOUNT), USD);
    let (reason, goodwill) = (b.push(Expr::Arg(REASON_ARG), Type::Enum(REASON)), variant(b, REASON, 2));
    let when = b.compare(CompareOp::Ne, reason, goodwill);
    let (agent, order) = (b.any_agent(), b.order());
    let customer = b.attr(order, CUSTOMER_FIELD, entity(CUSTOMER));
    let (daily, weekly) = (b.usd(10_000), b.usd(500_000));
    let (copies, thousand) = (b.push(Expr::Arg(COPIES), Type::Int), b.push(Expr::Int(1_000), Type::Int));
    let dublin = LimitWindow::Calendar { period: Period::Day, zone: "Europe/Dublin".to_owned() };
    let week = LimitWindow::Sliding { length_ms: 7 * DAY_MS };
    vec![
        Budget {
            name: "refund_pot".to_owned(),
            unit: Unit::Money(Currency::USD),
            counts: vec![Count { actions: vec![REFUND], amount, when: Some(when) }],
            keys: vec![agent, customer],
            limits: vec![
                BudgetLimit { max: daily, window: dublin },
                BudgetLimit { max: weekly, window: week.clone() },
            ],
            hold_ms: Some(15 * MINUTE_MS),
            warn_percent: None,
        },
        Budget {
            name: "mail_pot".to_owned(),
            unit: Unit::Named("copies".to_owned()),
            counts: vec![Count { actions: vec![SEND_EMAIL], amount: copies, when: None }],
            keys: Vec::new(),
            limits: vec![BudgetLimit { max: thousand, window: week }],
            hold_ms: None,
            warn_percent: None,
        },
    ]
}

pub(super) fn rates(b: &mut Arena) -> Vec<Rate> {
    let agent = b.any_agent();
    let (to, own) = (b.push(Expr::Arg(TO), Type::String), b.text("log@acme.example"));
    let foreign = b.compare(CompareOp::Ne, to, own);
    let counts = vec![
        RateCount { actions: vec![REFUND, TAG], when: None },
        RateCount { actions: vec![SEND_EMAIL], when: Some(foreign) },
    ];
    vec![Rate { name: "pace".to_owned(), counts, keys: vec![agent], allow: 6, per_ms: MINUTE_MS, burst: 3 }]
}

pub(super) fn scopes(b: &mut Arena) -> Vec<Scope> {
    let customer = b.push(Expr::Param(0), entity(CUSTOMER));
    let most = b.push(Expr::Param(1), USD);
    let until = b.push(Expr::Param(2), optional(Type::Instant));
    let (order, amount) = (b.order(), b.push(Expr::Arg(AMOUNT), USD));
    let inside = b.test(Expr::Within(order, customer));
    let now = b.push(Expr::Now, Type::Instant);
    let end = b.push(Expr::Else(until, now), Type::Instant);
    let in_time = b.compare(CompareOp::Le, now, end);
    let small = b.compare(CompareOp::Le, amount, most);
    vec![Scope {
        name: "one_customer".to_owned(),
        params: vec![
            named("customer", entity(CUSTOMER)),
            named("most", USD),
            named("until", optional(Type::Instant)),
        ],
        allows: vec![
            ScopeAllows { actions: vec![READ_ORDER], when: None },
            ScopeAllows { actions: vec![REFUND], when: Some(small) },
        ],
        requires: vec![inside, in_time],
        limits: vec![ScopeLimit { action: REFUND, unit: Unit::Money(Currency::USD), amount, max: most }],
        expires_ms: 240 * MINUTE_MS,
    }]
}

fn rule(
    name: &str,
    effect: Effect,
    actions: &[ActionId],
    agents: Vec<AgentPattern>,
    condition: Option<ExprId>,
) -> Rule {
    let because = format!("the sample's {}", name.replace('_', " "));
    let (name, actions) = (name.to_owned(), actions.to_vec());
    Rule { name, effect, actions, agents, condition, approval: None, because, hint: None }
}

fn arithmetic(b: &mut Arena, op: ArithmeticOp, left: ExprId, right: ExprId, ty: Type) -> ExprId {
    b.push(Expr::Arithmetic(op, left, right), ty)
}

fn variant(b: &mut Arena, id: crate::types::EnumId, variant: u16) -> ExprId {
    b.push(Expr::Variant(id, variant), Type::Enum(id))
}
