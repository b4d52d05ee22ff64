//! The policies of `examples/acme` by the interpreter and as native code: the whole evaluations are equal.

use permit_engine::{Engine, ScopeClaim};
use permit_ir::decision::{Evaluation, PolicyVerdict};
use permit_test_support::stage::{PURCHASE_BOT, SUPPORT_BOT, acme_facts, acme_sources};
use permit_test_support::world::engines;
use permit_types::ask::Ask;
use permit_types::time::parse_instant;
use permit_types::verdict::Layer;
use proptest::prelude::{Strategy, any, prop, prop_oneof, proptest};
use proptest::test_runner::Config;
use serde_json::{Value, json};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

fn paid_ms() -> i64 {
    parse_instant("2026-03-20T09:00Z").unwrap()
}

/// The example's engines, with orders paid at [`paid_ms`] and one more that is paid far in the past.
fn acme() -> [Engine; 2] {
    let mut facts: Value = serde_json::from_str(&acme_facts(paid_ms())).unwrap();
    let order = json!({
        "type": "Order", "id": "o3", "parents": [{ "type": "Customer", "id": "bob" }],
        "attributes": { "customer": "bob", "total": "92233720368547758.07 USD",
                        "refunded": "92233720368547758.00 USD", "paid_at": "2026-03-20T09:00Z" },
    });
    facts["entities"].as_array_mut().unwrap().push(order);
    engines(&acme_sources(), &facts.to_string())
}

/// Decides on both engines and compares; `None` when the request does not fit, which must be the same too.
fn both(
    engines: &[Engine; 2],
    agent: &str,
    ask: &Ask<'_>,
    scopes: &[ScopeClaim],
    now_ms: i64,
) -> Option<Evaluation> {
    let [interpreted, native] = engines.each_ref().map(|engine| {
        let agent = engine.agent(agent).unwrap();
        let mut request = engine.read_ask(agent, ask, now_ms)?;
        request.scopes = scopes
            .iter()
            .map(|scope| engine.read_scope(scope, now_ms - DAY_MS / 12, true))
            .collect::<Result<_, _>>()?;
        Ok::<_, permit_engine::FieldError>(engine.evaluate(&request))
    });
    assert_eq!(interpreted, native, "{agent} {ask:?} {scopes:?} {now_ms}");
    native.ok()
}

fn ask(action: &str, resource: &str, arguments: Value) -> Ask<'static> {
    let arguments = arguments.as_object().unwrap().clone();
    Ask::new(action, arguments, Some(resource.into()))
}

fn spend(vendor: &str, amount: &str) -> Ask<'static> {
    ask("spend", vendor, json!({ "amount": amount }))
}

fn refund(order: &str, amount: &str) -> Ask<'static> {
    ask("refund", order, json!({ "amount": amount, "reason": "late" }))
}

fn purchases(most: &str) -> ScopeClaim {
    serde_json::from_value(json!({ "scope": "purchases", "task": "t", "parameters": { "most": most } }))
        .unwrap()
}

fn customer(id: &str, most: &str) -> ScopeClaim {
    let parameters = json!({ "customer": id, "most": most });
    serde_json::from_value(json!({ "scope": "one_customer", "task": "t", "parameters": parameters })).unwrap()
}

/// The layer that denies before any balance is known.
fn denied_by(evaluation: &Evaluation) -> Option<Layer> {
    let policy = !matches!(evaluation.policy.verdict, PolicyVerdict::Permit(_));
    let fault = evaluation.budget.is_err().then_some(Layer::Budget);
    let scope = evaluation.scope.is_err().then_some(Layer::Scope);
    policy.then_some(Layer::Policy).or(fault).or(scope)
}

/// One row: its name, the agent, what it asks, its scopes, when, and the layer that must deny.
type Row<'a> = (&'a str, &'a str, Ask<'static>, &'a [ScopeClaim], i64, Option<Layer>);

fn decide_alike(rows: Vec<Row<'_>>) {
    let engines = acme();
    for (what, agent, ask, scopes, now_ms, expected) in rows {
        let evaluation = both(&engines, agent, &ask, scopes, now_ms).unwrap_or_else(|| panic!("{what}"));
        assert_eq!(denied_by(&evaluation), expected, "{what}: {evaluation:?}");
    }
    assert_eq!(both(&engines, PURCHASE_BOT, &spend("nobody", "1.00 USD"), &[], paid_ms()), None);
}

#[test]
fn purchases_are_decided_alike() {
    const MOST: &str = "92233720368547758.07 USD";
    let (bot, soon, policy) = (PURCHASE_BOT, paid_ms() + DAY_MS, Some(Layer::Policy));
    let (buy, ann) = ([purchases("2000.00 USD")], [customer("ann", "60.00 USD")]);
    let paper = |amount| spend("paperworks", amount);
    decide_alike(vec![
        ("a purchase", bot, paper("10.00 USD"), &buy, soon, None),
        ("the largest", bot, paper("2000.00 USD"), &buy, soon, None),
        ("a cent more", bot, paper("4000.01 USD"), &buy, soon, policy),
        ("nothing", bot, paper("0.00 USD"), &buy, soon, policy),
        ("less than nothing", bot, paper("-1.00 USD"), &buy, soon, policy),
        ("all there is", bot, paper(MOST), &[], soon, policy),
        ("unapproved", bot, spend("shady-deals", "10.00 USD"), &buy, soon, policy),
        ("no scope", bot, paper("10.00 USD"), &[], soon, None),
        ("another's scope", bot, paper("10.00 USD"), &ann, soon, Some(Layer::Scope)),
        ("another's action", SUPPORT_BOT, paper("10.00 USD"), &buy, soon, policy),
    ]);
}

#[test]
fn refunds_are_decided_alike() {
    let (bot, soon, late) = (SUPPORT_BOT, paid_ms() + DAY_MS, paid_ms() + 90 * DAY_MS);
    let (policy, scope) = (Some(Layer::Policy), Some(Layer::Scope));
    let both = [customer("ann", "60.00 USD"), customer("bob", "200.00 USD")];
    let (ann, bob) = (&both[..1], &both[1..]);
    decide_alike(vec![
        ("basic, 50", bot, refund("o1", "50.00 USD"), ann, soon, None),
        ("basic, 50.01", bot, refund("o1", "50.01 USD"), ann, soon, policy),
        ("vip, 90", bot, refund("o2", "90.00 USD"), bob, soon, None),
        ("vip, above the order", bot, refund("o2", "90.01 USD"), bob, soon, policy),
        ("another customer", bot, refund("o2", "10.00 USD"), ann, soon, scope),
        ("an overflow", bot, refund("o3", "100.00 USD"), bob, soon, policy),
        ("up to the brim", bot, refund("o3", "0.07 USD"), bob, soon, None),
        ("90 days", bot, refund("o1", "10.00 USD"), ann, late, None),
        ("90 days and 1 ms", bot, refund("o1", "10.00 USD"), ann, late + 1, policy),
        ("before it was paid", bot, refund("o1", "10.00 USD"), ann, paid_ms() - 1, None),
        ("two scopes", bot, refund("o1", "10.00 USD"), &both, soon, scope),
        ("read", bot, ask("read_order", "o2", json!({})), bob, late + 1, None),
    ]);
}

/// A budget whose amount or limit has no value denies, on both, with the same trap.
#[test]
fn a_budget_that_has_no_value_denies_alike() {
    const POLICY: &str = r#"
edition 2026;
module faults;
agent Bot identified by "spiffe://acme.example/agent/purchase/*" { most: money[USD]; }
resource Shop { fee: money[USD]; }
action buy(price: money[USD], count: int) on Shop;
permit all: buy by Bot because "all of it";
budget with_fee in USD { counts buy as price + resource.fee; for each agent; limit agent.most per 24h; }
scope any() { allows buy when count + 1 > 0; expires after 4h; }
"#;
    let facts = json!({ "entities": [
        { "type": "Bot", "id": "b", "spiffe_id": PURCHASE_BOT, "attributes": { "most": "10.00 USD" } },
        { "type": "Shop", "id": "s", "attributes": { "fee": "1.00 USD" } },
    ] });
    let engines = engines(&[("faults.permit", POLICY.to_owned())], &facts.to_string());
    let scope: ScopeClaim = serde_json::from_value(json!({ "scope": "any", "task": "t" })).unwrap();
    let most = "92233720368547758.07 USD";
    for (price, count, expected) in [
        ("1.00 USD", 1, None),
        (most, 1, Some(Layer::Budget)),
        ("-1.00 USD", 1, None),
        ("-1.01 USD", 1, Some(Layer::Budget)),
        ("1.00 USD", i64::MAX, Some(Layer::Scope)),
        (most, i64::MAX, Some(Layer::Budget)),
    ] {
        let ask = ask("buy", "s", json!({ "price": price, "count": count }));
        let evaluation = both(&engines, PURCHASE_BOT, &ask, std::slice::from_ref(&scope), paid_ms()).unwrap();
        assert_eq!(denied_by(&evaluation), expected, "{price} {count}: {evaluation:?}");
    }
}

fn money() -> impl Strategy<Value = String> {
    let usd = |minor: i64| {
        permit_types::money::Money { currency: permit_types::money::Currency::USD, minor }.to_string()
    };
    let edges = [0, 1, -1, 5_000, 5_001, 15_000, 15_001, 200_000, 200_001, i64::MAX, i64::MIN + 1];
    let near = (prop::sample::select(&[0, 5_000, 9_000, 40_000, 200_000][..]), -3..=3_i64);
    prop_oneof![
        prop::sample::select(edges.to_vec()).prop_map(usd),
        near.prop_map(move |(base, by)| usd(base + by)),
        any::<i64>()
            .prop_filter("a money's text has no room for it", |minor| *minor > i64::MIN)
            .prop_map(usd),
    ]
}

fn asks() -> impl Strategy<Value = (bool, Ask<'static>)> {
    let spends = (any::<bool>(), prop::sample::select(&["paperworks", "shady-deals"][..]), money())
        .prop_map(|(buyer, vendor, amount)| (buyer, spend(vendor, &amount)));
    let reasons = prop::sample::select(&["damaged", "late", "goodwill"][..]);
    let orders = prop::sample::select(&["o1", "o2", "o3"][..]);
    let refunds = (any::<bool>(), orders, money(), reasons, prop::option::of("[a-z]{0,5}")).prop_map(
        |(buyer, order, amount, reason, note)| {
            (buyer, ask("refund", order, json!({ "amount": amount, "reason": reason, "note": note })))
        },
    );
    let reads = any::<bool>().prop_map(|buyer| (buyer, ask("read_order", "o1", json!({}))));
    prop_oneof![3 => spends, 5 => refunds, 1 => reads]
}

#[test]
fn any_ask_is_decided_alike() {
    let engines = acme();
    let scopes = prop::collection::vec(
        prop_oneof![
            money().prop_map(|most| purchases(&most)),
            (prop::sample::select(&["ann", "bob"][..]), money()).prop_map(|(id, most)| customer(id, &most)),
        ],
        0..3,
    );
    let now = (prop::sample::select(&[0, 2, 89, 90, 91, 40_000][..]), -2..=2_i64)
        .prop_map(|(days, ms)| paid_ms() + days * DAY_MS + ms);
    let strategy = (asks(), scopes, now);
    let config = Config { failure_persistence: None, ..Config::with_cases(1_000) };
    proptest!(config, |(((buyer, ask), scopes, now_ms) in strategy)| {
        both(&engines, if buyer { PURCHASE_BOT } else { SUPPORT_BOT }, &ask, &scopes, now_ms);
    });
}
