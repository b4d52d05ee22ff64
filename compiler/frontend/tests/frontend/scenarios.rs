//! Diagnostics in scenarios, and their lowering.

use permit_frontend::compile_with_scenarios;
use permit_frontend::render::{Colour, render};
use permit_frontend::scenario::StepKind;

use crate::samples::{compiled, numbers, sources};

/// A module that scenarios can say much about.
const MODULE: &str = r#"edition 2026;
module acme.demo;

zone dublin = "Europe/Dublin";
enum Tier { basic, gold }
record Address { street: string; town: string?; }
const ALLOWANCE = 40.00 USD;
table caps [Tier] -> { each: money[USD]; } { basic => 50.00 USD; gold => 500.00 USD; }
resource Customer { tier: Tier; tags: set[string]; past: list[string]?; address: Address?; }
resource Order within Customer, Order { customer: Customer; total: money[USD]; paid_at: instant; due: date; }
group Team;
agent Bot within Team identified by "spiffe://acme.example/bot/*" { level: int; }
agent Auditor identified by "spiffe://acme.example/auditor";
agent Auditor requires scope audit;
person Lead within Team;
action refund(amount: money[USD], note: string?, retries: int = 3) on Order;
action read() on Order, Customer;
action ping(deep: bool = false);
action audit_all();
resource Note { claimed title: string; pages: int; }
action file() on Note is readonly;
permit file_any: file when resource.title != "" because "notes are filed";
permit audit_any: audit_all because "auditors audit";
scope audit() { allows audit_all; expires after 1h; }
review large: refund when amount > 60.00 USD approved by Lead timeout 30min because "a lead decides";
permit small: refund by Bot when amount <= caps[resource.customer.tier].each and resource.total > 1.00 USD because "small";
permit read_any: read, ping because "reading is free";
forbid stale: refund when now - resource.paid_at > 90d and resource.customer.tier == basic because "too old";
budget pot in USD { counts refund as amount; for each agent; limit 60.00 USD + ALLOWANCE per day in dublin; hold 15min; }
budget calls in calls { counts read; limit 9 per 1h; }
rate pace { counts refund; allow 6 per 1min burst 3; }
scope one(customer: Customer, most: money[USD]) {
    allows refund, read;
    requires resource within customer;
    limit refund as amount to most;
    expires after 4h;
}
"#;

/// What most of the tests need first.
const STAGE: &str = r#"
    given ann = Customer::"ann" { tier: basic; tags: ["new"]; };
    given o1 = Order::"o1" within ann { customer: ann; total: 400.00 USD; paid_at: 2026-03-20T09:00Z; due: 2026-05-01; };
    given bot = Bot::"b1" { level: 1; };
    given auditor = Auditor::"a";
    at 2026-03-26T10:00 dublin;
    as bot under one(customer: ann, most: 80.00 USD);
"#;

fn module(steps: &str) -> String {
    format!("{MODULE}\nscenario \"s\" {{\n{steps}\n}}\n")
}

/// The codes that each of these steps, on the stage, draws.
fn check(table: &[(&str, &[&str])]) {
    for (steps, codes) in table {
        let text = module(&format!("{STAGE}{steps}"));
        let compiled = compiled(&text);
        let shown = render(&sources(&text), &compiled.diagnostics, Colour::Never);
        assert_eq!(numbers(&compiled), *codes, "{steps}\n{shown}");
    }
}

#[test]
fn what_fits_draws_nothing() {
    let fine: &[&str] = &[];
    check(&[
        ("attempt refund(amount: 5.00 USD) on o1 expect permit by small leaving pot 95.00 USD;", fine),
        ("attempt refund(amount: ALLOWANCE + 1.00 USD, note: \"x\", retries: 1) on o1 expect permit;", fine),
        ("attempt refund(amount: caps[gold].each) on o1 expect deny by one;", fine),
        ("attempt refund(amount: 5.00 USD) on Order::\"o1\" expect deny by stale;", fine),
        ("attempt refund(amount: 5.00 USD) on o1 expect deny by pot; attempt ping() expect permit;", fine),
        ("attempt refund(amount: 5.00 USD) on o1 expect deny by pace; after 24h;", fine),
        ("attempt read() on ann expect permit leaving calls 8; as Auditor::\"a\";", fine),
        ("attempt refund(amount: 5.00 USD) on o1 expect permit; confirm pot 3.00 USD; release;", fine),
        ("given eve = Customer::\"eve\" { tier: gold; tags: []; past: [\"a\", \"a\"]; address: Address(street: \"x\"); };", fine),
        ("given note = Note::\"n\" { pages: 3; }; given filled = Note::\"f\" { pages: 3; title: \"t\"; };", fine),
        ("given lead = Lead::\"zoe\"; attempt refund(amount: 70.00 USD) on o1 expect review by large; approve by lead;
          attempt refund(amount: 70.00 USD) on o1 expect permit by large; decline by lead;", fine),
        ("as auditor; attempt audit_all() expect deny by audit;", fine),
        ("given o2 = Order::\"o2\" within o3 { customer: ann; total: 1 USD; paid_at: 2026-03-20T09:00Z; due: 2026-05-01; };
          given o3 = Order::\"o3\" { customer: ann; total: 1 USD; paid_at: 2026-03-20T09:00Z; due: 2026-05-01; };", fine),
    ]);
}

#[test]
fn facts_fit_their_types() {
    check(&[
        ("given x = Custmer::\"x\";", &["P0111"]),
        ("given ann = Customer::\"b\" { tier: basic; tags: []; };", &["P0110"]),
        ("given eve = Customer::\"ann\" { tier: basic; tags: []; };", &["P0199"]),
        ("given eve = Customer::\"eve\" { tags: []; };", &["P0194"]),
        ("given eve = Customer::\"eve\" { tier: basic; tags: []; teir: gold; };", &["P0114"]),
        ("given eve = Customer::\"eve\" { tier: basic; tags: []; tier: gold; };", &["P0110"]),
        ("given eve = Customer::\"eve\" { tier: silver; tags: []; };", &["P0115"]),
        ("given eve = Customer::\"eve\" { tier: 3; tags: []; };", &["P0140"]),
        ("given eve = Customer::\"eve\" { tier: basic; tags: [\"a\", 1]; };", &["P0140"]),
        ("given eve = Customer::\"eve\" within bot { tier: basic; tags: []; };", &["P0121"]),
        ("given eve = Customer::\"eve\" within team { tier: basic; tags: []; };", &["P0193"]),
        ("given b2 = Bot::\"b2\" within Team::\"eu\" { level: 1; };", &["P0193"]),
        ("given b2 = Bot::\"b2\" { level: agent; };", &["P0129"]),
        ("given o2 = Order::\"o2\" { customer: Customer::\"eve\"; total: 1 USD; paid_at: 2026-03-20T09:00Z; due: 2026-05-01; };",
            &["P0193"]),
        ("given o2 = Order::\"o2\" { customer: bot; total: 1 USD; paid_at: 2026-03-20T09:00Z; due: 2026-05-01; };",
            &["P0140"]),
        ("given o2 = Order::\"o2\" { customer: an; total: 1 USD; paid_at: 2026-03-20T09:00Z; due: 2026-05-01; };",
            &["P0113"]),
        ("given o2 = Order::\"o2\" within o3 { customer: ann; total: 1 USD; paid_at: 2026-03-20T09:00Z; due: 2026-05-01; };
          given o3 = Order::\"o3\" within o2 { customer: ann; total: 1 USD; paid_at: 2026-03-20T09:00Z; due: 2026-05-01; };",
            &["P0121"]),
    ]);
}

#[test]
fn attempts_fit_their_actions() {
    check(&[
        ("attempt refnud(amount: 5.00 USD) on o1 expect permit;", &["P0112"]),
        ("attempt refund() on o1 expect permit;", &["P0155"]),
        ("attempt refund(amount: 5.00 USD, deep: true) on o1 expect permit;", &["P0155"]),
        ("attempt refund(amount: 5.00 EUR) on o1 expect permit;", &["P0143"]),
        ("attempt refund(amount: 5.00 USD, amount: 6.00 USD) on o1 expect permit;", &["P0110"]),
        ("attempt refund(amount: 5.00 USD) expect permit;", &["P0155"]),
        ("attempt refund(amount: 5.00 USD) on ann expect permit;", &["P0140"]),
        ("attempt refund(amount: 5.00 USD) on o2 expect permit;", &["P0193"]),
        ("attempt ping() on o1 expect permit;", &["P0155"]),
        ("as ann;", &["P0118"]),
        ("as nobody;", &["P0193"]),
        ("as bot under two(customer: ann);", &["P0195"]),
        ("as bot under pot(customer: ann);", &["P0195"]),
        ("as bot under one(customer: ann);", &["P0155"]),
        ("as bot under one(customer: o1, most: 80.00 USD);", &["P0140"]),
        ("as bot under one(customer: ann, most: 80.00 USD, least: 1.00 USD);", &["P0155"]),
    ]);
}

#[test]
fn expectations_can_come_true() {
    let on = |by: &str| format!("attempt refund(amount: 5.00 USD) on o1 expect {by};");
    for (expect, code) in [
        ("permit by smal", "P0195"),
        ("deny by small", "P0196"),
        ("permit by stale", "P0196"),
        ("review by small", "P0196"),
        ("permit by read_any", "P0196"),
        ("permit by pot", "P0196"),
        ("deny by calls", "P0196"),
        ("permit by one", "P0196"),
        ("permit leaving calls 3", "P0196"),
        ("permit leaving pott 3.00 USD", "P0195"),
        ("permit leaving small 3.00 USD", "P0196"),
        ("permit leaving pot 3", "P0171"),
        ("permit leaving pot 3.00 EUR", "P0143"),
    ] {
        check(&[(&on(expect), &[code])]);
    }
    check(&[
        ("as auditor; attempt refund(amount: 5.00 USD) on o1 expect permit by small;", &["P0196"]),
        ("as auditor; attempt audit_all() expect deny by one;", &["P0196"]),
        ("given n = Note::\"n\" { title: \"t\"; };", &["P0194"]),
        ("as bot; attempt refund(amount: 5.00 USD) on o1 expect deny by one;", &["P0196"]),
        ("attempt refund(amount: 5.00 USD) on o1 expect permit; confirm calls 1;", &["P0196"]),
    ]);
}

#[test]
fn steps_come_in_their_order() {
    check(&[
        ("attempt ping() expect review; approve by bot;", &["P0118"]),
        ("approve by bot;", &["P0197", "P0118"]),
        ("attempt ping() expect deny; release;", &["P0197"]),
        ("at 2026-03-26T09:59 dublin;", &["P0198"]),
        ("at 2026-03-27T10:00 dubln;", &["P0116"]),
        ("at 2026-03-29T01:30 dublin;", &["P0198"]),
        ("at 2026-10-25T01:30 dublin;", &["P0198"]),
        ("at 2026-10-25T01:30+01:00;", &[]),
        ("after 5000000w;", &["P0198"]),
    ]);
    for (steps, codes) in [
        ("after 1h;", ["P0197"]),
        ("given bot = Bot::\"b\" { level: 1; }; as bot; attempt ping() expect permit;", ["P0197"]),
        ("at 2026-03-26T10:00Z; attempt ping() expect permit;", ["P0197"]),
        (
            "given bot = Bot::\"b\" { level: 1; }; given ann = Customer::\"ann\" { tier: basic; tags: []; };
          as bot under one(customer: ann, most: 1.00 USD);",
            ["P0197"],
        ),
    ] {
        assert_eq!(numbers(&compiled(&module(steps))), codes, "{steps}");
    }
    let twice = format!("{}\nscenario \"s\" {{}}\n", module(""));
    assert_eq!(numbers(&compiled(&twice)), ["P0110"]);
}

#[test]
fn a_repeated_local_time_is_reported_with_both_offsets() {
    let text = module("at 2026-10-25T01:30 dublin;");
    let found = compiled(&text).diagnostics;
    let help = found.first().and_then(|found| found.help.as_deref());
    assert_eq!(help, Some("write it with its offset: `2026-10-25T01:30+01:00` or `2026-10-25T01:30+00:00`"));
}

#[test]
fn scenarios_are_no_part_of_the_program_and_use_nothing() {
    let with = module(&format!("{STAGE}attempt ping() expect permit;"));
    let program = |text: &str| compiled(text).program.expect("it compiles");
    assert_eq!(program(&with), program(MODULE));
    let unused = format!(
        "{MODULE}const LONELY = 1;\nscenario \"s\" {{ {STAGE} given b2 = Bot::\"b2\" {{ level: LONELY; }}; }}"
    );
    assert_eq!(numbers(&compiled(&unused)), ["P0200"]);
}

#[test]
fn a_rehearsal_is_the_program_with_the_values_behind_it() {
    let text = module(&format!("{STAGE}after 24h; attempt refund(amount: 5.00 USD) on o1 expect permit;"));
    let (compiled, suite) = compile_with_scenarios(&sources(&text));
    let (program, suite) = (compiled.program.expect("a program"), suite.expect("a suite"));
    let shared = suite.program.exprs.get(..program.exprs.len());
    assert_eq!(shared, Some(program.exprs.as_slice()));
    assert_eq!(suite.program.rules, program.rules);
    let texts = sources(&text);
    let parts = suite.rules.iter().flat_map(|rule| &rule.conditions).flat_map(|c| &c.parts);
    let parts: Vec<&str> = parts.map(|part| texts.snippet(part.span)).collect();
    let expected = [
        "resource.title != \"\"",
        "amount > 60.00 USD",
        "amount <= caps[resource.customer.tier].each",
        "resource.total > 1.00 USD",
        "now - resource.paid_at > 90d",
        "resource.customer.tier == basic",
    ];
    assert_eq!(parts, expected);
    let [scenario] = suite.scenarios.as_slice() else { panic!("one scenario") };
    let clocks: Vec<i64> = scenario
        .steps
        .iter()
        .filter_map(|step| if let StepKind::Clock(now_ms) = step.kind { Some(now_ms) } else { None })
        .collect();
    assert_eq!(clocks, [1_774_519_200_000, 1_774_605_600_000]);
    assert!(compile_with_scenarios(&sources(MODULE)).1.is_some_and(|suite| suite.scenarios.is_empty()));
}
