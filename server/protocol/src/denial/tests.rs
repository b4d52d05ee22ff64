use permit_types::charge::{Account, RateCharge, Window};
use permit_types::digest::Digest;
use serde_json::{Value, json};

use super::*;

/// A record of `outcome` that ended at the first layer that did not pass.
fn decision(layers: [&str; 5], outcome: &str, message: &str) -> Decision {
    let digest = Digest::of(b"").to_string();
    serde_json::from_value(json!({
        "action": "spend", "agent": "procurement-bot", "facts": digest, "policy": digest, "outcome": outcome,
        "layers": layers, "now": "2026-04-14T10:23:47.123Z",
        "reason": { "code": "budget_exceeded", "message": message },
    }))
    .unwrap()
}

/// The layers of a request that ended at this one.
fn ended(layer: Layer) -> [&'static str; 5] {
    match layer {
        Layer::Identity => ["identity:DENY", "dpop:N/A", "policy:N/A", "budget:N/A", "scope:N/A"],
        Layer::Dpop => ["identity:PASS", "dpop:DENY", "policy:N/A", "budget:N/A", "scope:N/A"],
        Layer::Policy => ["identity:PASS", "dpop:PASS", "policy:DENY", "budget:N/A", "scope:N/A"],
        Layer::Budget => ["identity:PASS", "dpop:PASS", "policy:PASS", "budget:DENY", "scope:N/A"],
        Layer::Scope => ["identity:PASS", "dpop:PASS", "policy:PASS", "budget:PASS", "scope:DENY"],
    }
}

/// A denial by a limit: its window, and what is spent, held, requested and allowed.
fn exceeded(layer: Layer, window: &str, [spent, held, requested, limit]: [&str; 4]) -> Decision {
    let shortfall: Shortfall = serde_json::from_value(json!({
        "budget": "b", "held": held, "limit": limit, "reason": "why", "remaining": "0 x", "requested": requested,
        "spent": spent, "unit": "x", "window": window,
    }))
    .unwrap();
    Decision { denials: vec![shortfall], ..decision(ended(layer), "DENY", "why") }
}

fn text(decision: &Decision) -> String {
    serde_json::to_string(&Denial::of(decision).unwrap()).unwrap()
}

#[test]
fn a_denial_by_a_daily_budget_has_the_form_that_the_documentation_shows() {
    let amounts = ["4500.00 USD", "0.00 USD", "600.00 USD", "5000.00 USD"];
    let mut denied = exceeded(Layer::Budget, "day in Europe/Dublin", amounts);
    denied.reason.message = "Would exceed daily budget ($5,100 > $5,000)".to_owned();
    assert_eq!(
        text(&denied),
        r#"{"layer":"budget","agent":"procurement-bot","dailyLimit":5000,"spent":4500,"requested":600,"decision":"DENY","reason":"Would exceed daily budget ($5,100 > $5,000)"}"#
    );
}

#[test]
fn each_layer_is_named_and_says_why() {
    for layer in Layer::ALL {
        let expected = format!(
            r#"{{"layer":"{layer}","agent":"procurement-bot","decision":"DENY","reason":"because"}}"#
        );
        assert_eq!(text(&decision(ended(layer), "DENY", "because")), expected);
    }
}

#[test]
fn each_window_names_its_limit() {
    let calendar = |period| Window::Calendar { period, zone: "Europe/Dublin".to_owned() }.to_string();
    let account = Account { name: "pace".to_owned(), key: Vec::new() };
    let windows = [
        (calendar(Period::Hour), "hourlyLimit"),
        (calendar(Period::Day), "dailyLimit"),
        (calendar(Period::Week), "weeklyLimit"),
        (calendar(Period::Month), "monthlyLimit"),
        (calendar(Period::Year), "yearlyLimit"),
        (Window::Sliding { length_ms: 86_400_000 }.to_string(), "slidingLimit"),
        (Window::Sliding { length_ms: 1 }.to_string(), "slidingLimit"),
        (Window::Task { ends_ms: 7 }.to_string(), "taskLimit"),
        (RateCharge { account, allow: 6, per_ms: 60_000, burst: 3 }.rate_text(), "burstLimit"),
    ];
    for (window, member) in windows {
        let layer = if member == "taskLimit" { Layer::Scope } else { Layer::Budget };
        let expected = format!(
            r#"{{"layer":"{layer}","agent":"procurement-bot","{member}":3,"spent":3,"requested":1,"decision":"DENY","reason":"why"}}"#
        );
        let amounts = ["3 actions", "0 actions", "1 actions", "3 actions"];
        assert_eq!(text(&exceeded(layer, &window, amounts)), expected, "{window}");
    }
}

#[test]
fn numbers_are_exact_and_what_is_held_is_told() {
    let amounts = ["0.10 USD", "12345678901234567.89 USD", "0.05 USD", "-100.00 USD"];
    assert_eq!(
        text(&exceeded(Layer::Budget, "24h", amounts)),
        r#"{"layer":"budget","agent":"procurement-bot","slidingLimit":-100,"spent":0.1,"held":12345678901234567.89,"requested":0.05,"decision":"DENY","reason":"why"}"#
    );
}

#[test]
fn of_several_limits_the_first_is_told() {
    let amounts = |limit| ["1 x", "0 x", "9 x", limit];
    let mut denied = exceeded(Layer::Budget, "week in UTC", amounts("5 x"));
    denied.denials.extend(exceeded(Layer::Budget, "day in UTC", amounts("2 x")).denials);
    let value: Value = serde_json::from_str(&text(&denied)).unwrap();
    assert_eq!((&value["weeklyLimit"], value.get("dailyLimit")), (&json!(5), None));
}

#[test]
fn what_is_not_denied_has_no_denial() {
    let passed = ["identity:PASS", "dpop:PASS", "policy:PASS", "budget:PASS", "scope:PASS"];
    let waiting = ["identity:PASS", "dpop:PASS", "policy:REVIEW", "budget:N/A", "scope:N/A"];
    assert_eq!(Denial::of(&decision(passed, "ALLOW", "")), None);
    assert_eq!(Denial::of(&decision(waiting, "REVIEW", "")), None);
}

#[test]
fn amounts_that_are_no_numbers_are_left_out() {
    for amount in ["1", "1e x", "NaN x", "1.x x", "01 x", " x"] {
        assert_eq!(
            Denial::of(&exceeded(Layer::Budget, "24h", [amount; 4])).unwrap().exceeded,
            None,
            "{amount}"
        );
    }
}
