//! Scenarios, from text to results.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot play fails")]

use permit_frontend::render::{Colour, render};
use permit_frontend::scenario::ScenarioSuite;
use permit_frontend::{Sources, compile_with_scenarios};
use permit_scenarios::{Coverage, Failure, Fault, ScenarioResult, ScenarioRunner};
use permit_types::verdict::Outcome;

const MODULE: &str = r#"edition 2026;
module acme.demo;

zone dublin = "Europe/Dublin";
enum Tier { basic, gold }
table caps [Tier] -> { each: money[USD]; } { basic => 50.00 USD; gold => 500.00 USD; }
resource Customer { tier: Tier; tags: set[string]; past: list[string]; note: string?; }
resource Order within Customer { customer: Customer; total: money[USD]; }
group Team;
agent Bot within Team identified by "spiffe://acme.example/bot/*" { level: int; }
action refund(amount: money[USD], note: string?, retries: int = 3) on Order;
action read() on Order, Customer;
permit small: refund by Bot
    when amount <= caps[resource.customer.tier].each
     and "new" in resource.customer.tags
    unless retries > 3
    because "small";
permit read_team: read when agent within Team::"eu" because "the team reads";
forbid big: refund when resource.total + amount > 1_000.00 USD because "too much";
person Lead within Team;
agent Careful within Team identified by "spiffe://acme.example/careful";
agent Careful requires scope reading;
scope reading() { allows read; expires after 1h; }
resource Note { claimed title: string; }
action file() on Note is readonly;
permit file_any: file when resource.title != "" because "notes are filed";
review tall: refund when retries > 5 and amount <= 80.00 USD approved by Lead 2 of them timeout 30min because "many tries";
budget pot in USD {
    counts refund as amount;
    for each agent, resource.customer;
    limit 100.00 USD per day in dublin;
    limit 500.00 USD per month in dublin;
    hold 15min;
}
rate pace { counts refund; allow 6 per 1min burst 3; }
scope one(customer: Customer, most: money[USD]) {
    allows refund;
    requires resource within customer;
    limit refund as amount to most;
    expires after 4h;
}
"#;

const STAGE: &str = r#"
    given ann = Customer::"ann" { tier: basic; tags: ["new", "vip"]; past: []; };
    given o1 = Order::"o1" within ann { customer: ann; total: 400.00 USD; };
    given eu = Team::"eu";
    given bot = Bot::"b1" within eu { level: 1; };
    given lone = Bot::"b2" { level: 1; };
    given careful = Careful::"c" within eu;
    given zoe = Lead::"zoe" within eu;
    given max = Lead::"max" within eu;
    given blank = Note::"blank";
    given titled = Note::"titled" { title: "t"; };
    at 2026-03-26T10:00 dublin;
    as bot under one(customer: ann, most: 120.00 USD);
"#;

fn compiled_suite(steps: &str) -> ScenarioSuite {
    let text = format!("{MODULE}\nscenario \"s\" {{\n{STAGE}{steps}\n}}\n");
    let sources = Sources::single("policy.permit", text).unwrap();
    let (compiled, suite) = compile_with_scenarios(&sources);
    let shown = render(&sources, &compiled.diagnostics, Colour::Never);
    assert!(compiled.diagnostics.is_empty(), "{shown}");
    suite.expect("there is no error")
}

fn results(steps: &str) -> ScenarioResult {
    let suite = compiled_suite(steps);
    let mut coverage = Coverage::new(&suite);
    let runner = ScenarioRunner::new(&suite).unwrap();
    let [scenario] = suite.scenarios.as_slice() else { panic!("one scenario") };
    runner.run(scenario, &mut coverage).unwrap()
}

fn passes(steps: &str) {
    let results = results(steps);
    assert!(results.failures.is_empty(), "{steps}\n{:#?}", results.failures);
}

/// The outcome, the decider and the rest of the first budget of the only failure.
fn actual(steps: &str) -> (Outcome, Option<String>, Option<i64>) {
    let failures = results(steps).failures;
    let [Failure { fault: Fault::Attempt(mismatch), .. }] = failures.as_slice() else {
        panic!("{failures:#?}");
    };
    let left = mismatch.left.first().and_then(|left| left.is);
    (mismatch.actual.outcome, mismatch.actual.by.clone(), left)
}

#[test]
fn budgets_rates_scopes_and_rules_decide_as_on_a_server() {
    passes(
        "attempt refund(amount: 50.00 USD) on o1 expect permit by small leaving pot 50.00 USD;
         attempt refund(amount: 50.01 USD) on o1 expect deny;
         attempt refund(amount: 50.00 USD, retries: 4) on o1 expect deny;
         attempt read() on o1 expect deny by one;
         attempt refund(amount: 50.00 USD) on o1 expect permit leaving pot 0.00 USD;
         attempt refund(amount: 1.00 USD) on o1 expect deny by pot leaving pot 0.00 USD;
         after 14h;
         attempt refund(amount: 1.00 USD) on o1 expect deny by one;
         as bot;
         attempt read() on o1 expect permit by read_team;
         attempt refund(amount: 1.00 USD) on o1 expect permit leaving pot 99.00 USD;
         as lone;
         attempt read() on o1 expect deny;",
    );
}

#[test]
fn a_new_task_begins_with_its_limits_unused_and_its_time_ahead() {
    passes(
        "as bot under one(customer: ann, most: 50.00 USD);
         attempt refund(amount: 40.00 USD) on o1 expect permit;
         attempt refund(amount: 40.00 USD) on o1 expect deny by one;
         as bot under one(customer: ann, most: 50.00 USD);
         attempt refund(amount: 40.00 USD) on o1 expect permit;",
    );
}

#[test]
fn rates_have_room_again_as_the_clock_moves() {
    passes(
        "attempt refund(amount: 1.00 USD) on o1 expect permit;
         attempt refund(amount: 1.00 USD) on o1 expect permit;
         attempt refund(amount: 1.00 USD) on o1 expect permit;
         attempt refund(amount: 1.00 USD) on o1 expect deny by pace;
         after 10s;
         attempt refund(amount: 1.00 USD) on o1 expect permit;",
    );
}

#[test]
fn a_hold_is_confirmed_released_or_runs_out() {
    passes(
        "attempt refund(amount: 50.00 USD) on o1 expect permit leaving pot 50.00 USD;
         confirm pot 20.00 USD;
         attempt refund(amount: 10.00 USD) on o1 expect permit leaving pot 70.00 USD;
         release;
         attempt refund(amount: 30.00 USD) on o1 expect permit leaving pot 50.00 USD;
         after 15min;
         attempt refund(amount: 1.00 USD) on o1 expect permit leaving pot 79.00 USD;
         confirm;",
    );
    let failures =
        results("attempt refund(amount: 50.00 USD) on o1 expect permit; confirm; confirm;").failures;
    let [Failure { fault: Fault::Step(problem), .. }] = failures.as_slice() else { panic!("{failures:#?}") };
    assert_eq!(problem, "already confirmed");
}

#[test]
fn a_review_waits_for_enough_persons_and_is_used_once() {
    passes(
        "attempt refund(amount: 70.00 USD, retries: 6) on o1 expect review by tall leaving pot 100.00 USD;
         approve by zoe;
         approve by zoe;
         attempt refund(amount: 70.00 USD, retries: 6) on o1 expect review;
         attempt refund(amount: 71.00 USD, retries: 6) on o1 expect review;
         attempt refund(amount: 70.00 USD, retries: 6) on o1 expect review;
         approve by max;
         attempt refund(amount: 71.00 USD, retries: 6) on o1 expect review;
         attempt refund(amount: 70.00 USD, retries: 6) on o1 expect permit by tall leaving pot 30.00 USD;
         attempt refund(amount: 70.00 USD, retries: 6) on o1 expect review by tall leaving pot 30.00 USD;
         approve by zoe;
         approve by max;
         attempt refund(amount: 70.00 USD, retries: 6) on o1 expect deny by pot;",
    );
}

#[test]
fn a_review_is_declined_or_times_out() {
    passes(
        "attempt refund(amount: 70.00 USD, retries: 6) on o1 expect review;
         decline by zoe;
         attempt refund(amount: 70.00 USD, retries: 6) on o1 expect deny by tall;
         attempt refund(amount: 60.00 USD, retries: 6) on o1 expect review;
         after 30min;
         attempt refund(amount: 60.00 USD, retries: 6) on o1 expect deny by tall;
         after 30min;
         attempt refund(amount: 60.00 USD, retries: 6) on o1 expect review;",
    );
}

#[test]
fn only_those_whom_the_rule_names_answer() {
    let module = MODULE.replace("approved by Lead 2 of them", "approved by Lead::\"max\"");
    let steps = "attempt refund(amount: 70.00 USD, retries: 6) on o1 expect review; approve by zoe;";
    let text = format!("{module}\nscenario \"s\" {{{STAGE}{steps}}}\n");
    let (_, suite) = compile_with_scenarios(&Sources::single("policy.permit", text).unwrap());
    let suite = suite.expect("there is no error");
    let [scenario] = suite.scenarios.as_slice() else { panic!("one scenario") };
    let runner = ScenarioRunner::new(&suite).unwrap();
    let failures = runner.run(scenario, &mut Coverage::new(&suite)).unwrap().failures;
    let [Failure { fault: Fault::Step(problem), .. }] = failures.as_slice() else { panic!("{failures:#?}") };
    assert_eq!(problem, "`Lead::\"zoe\"` is not an approver of `tall`");
}

#[test]
fn a_required_scope_and_a_claimed_field_are_missed() {
    passes(
        "as careful;
         attempt read() on o1 expect deny by reading;
         as careful under reading();
         attempt read() on ann expect permit by read_team;
         as bot;
         attempt file() on titled expect permit;
         attempt file() on blank expect deny;",
    );
}

#[test]
fn mismatches_are_reported() {
    let deny = actual("attempt refund(amount: 50.00 USD) on o1 expect deny;");
    assert_eq!(deny, (Outcome::Allow, Some("small".to_owned()), None));
    let by = actual("attempt refund(amount: 700.00 USD) on o1 expect deny by pot;");
    assert_eq!(by, (Outcome::Deny, Some("big".to_owned()), None));
    let left = actual("attempt refund(amount: 50.00 USD) on o1 expect permit leaving pot 10.00 USD;");
    assert_eq!(left, (Outcome::Allow, Some("small".to_owned()), Some(5_000)));
    let none = actual("as lone; attempt read() on o1 expect permit;");
    assert_eq!(none, (Outcome::Deny, None, None));
}

#[test]
fn scenarios_do_not_share_their_books() {
    let text = format!(
        "{MODULE}\nscenario \"a\" {{{STAGE} attempt refund(amount: 50.00 USD) on o1 expect permit leaving pot 50.00 USD; }}
         scenario \"b\" {{{STAGE} attempt refund(amount: 50.00 USD) on o1 expect permit leaving pot 50.00 USD; }}"
    );
    let (_, suite) = compile_with_scenarios(&Sources::single("policy.permit", text).unwrap());
    let suite = suite.expect("there is no error");
    let runner = ScenarioRunner::new(&suite).unwrap();
    let mut coverage = Coverage::new(&suite);
    for scenario in &suite.scenarios {
        assert!(runner.run(scenario, &mut coverage).unwrap().failures.is_empty());
    }
}

#[test]
fn coverage_counts_rules_and_both_truth_values_of_what_was_reached() {
    let suite = compiled_suite(
        "attempt refund(amount: 50.00 USD) on o1 expect permit;
         attempt refund(amount: 50.01 USD) on o1 expect deny;",
    );
    let mut coverage = Coverage::new(&suite);
    let runner = ScenarioRunner::new(&suite).unwrap();
    for scenario in &suite.scenarios {
        runner.run(scenario, &mut coverage).unwrap();
    }
    let seen: Vec<_> = coverage
        .rules()
        .iter()
        .map(|rule| {
            let parts = rule.conditions.iter().flat_map(|condition| &condition.parts);
            (
                rule.name.as_str(),
                rule.matched,
                rule.decided,
                parts.map(|part| (part.held, part.failed)).collect::<Vec<_>>(),
            )
        })
        .collect();
    let expected = [
        ("small", 1, 1, vec![(1, 1), (1, 0), (0, 1)]),
        ("read_team", 0, 0, vec![(0, 0)]),
        ("big", 0, 0, vec![(0, 2)]),
        ("file_any", 0, 0, vec![(0, 0)]),
        ("tall", 0, 0, vec![(0, 2), (0, 0)]),
    ];
    assert_eq!(seen, expected);
    let points = coverage.points();
    assert_eq!((points.covered, points.all, points.basis_points()), (8, 26, 3_076));
}

#[test]
fn how_the_source_is_laid_out_does_not_change_what_is_covered() {
    let steps = "attempt refund(amount: 50.00 USD) on o1 expect permit;";
    let loose = format!("{MODULE}\nscenario \"s\" {{\n{STAGE}{steps}\n}}\n");
    let tight = loose.replace('\n', " ");
    let points = |text: &str| {
        let (_, suite) = compile_with_scenarios(&Sources::single("policy.permit", text).unwrap());
        let suite = suite.expect("there is no error");
        let mut coverage = Coverage::new(&suite);
        let runner = ScenarioRunner::new(&suite).unwrap();
        for scenario in &suite.scenarios {
            runner.run(scenario, &mut coverage).unwrap();
        }
        coverage.points()
    };
    assert_eq!(points(&loose), points(&tight));
    assert!(points(&loose).covered > 0);
}
