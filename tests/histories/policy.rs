//! Small policies whose limits, rates, reviews and scopes are reached often, and requests for them.

use permit_engine::ScopeClaim;
use permit_test_support::programs::{Dice, Generated, Request, generate};
use permit_types::ask::Ask;
use serde_json::{Value as Json, json};

/// How many requests a policy is asked, apart from their times.
const REQUESTS: usize = 8;

const AMOUNTS: [&str; 6] = ["0.00 USD", "1.00 USD", "5.00 USD", "20.00 USD", "60.00 USD", "100.00 USD"];

/// A policy and what it is asked. One in four is of the dice that know the whole language.
pub(crate) fn made(number: u64) -> Generated {
    if number % 4 == 3 {
        return generate(number, REQUESTS);
    }
    let mut dice = Dice::new(number);
    let text = text(&mut dice);
    let requests = (0..REQUESTS).map(|_| request(&mut dice)).collect();
    Generated { text, facts: facts(), requests }
}

fn facts() -> Json {
    let identified = |ty: &str, id: &str| json!({ "type": ty, "id": id, "spiffe_id": format!("spiffe://made.example/{ty}/{id}") });
    json!({ "entities": [
        identified("Bot", "b0"), identified("Bot", "b1"),
        identified("Lead", "x0"), identified("Lead", "x1"),
        { "type": "Shop", "id": "s0" }, { "type": "Shop", "id": "s1" },
    ] })
}

fn request(dice: &mut Dice) -> Request {
    let agent = format!("spiffe://made.example/Bot/{}", dice.text(&["b0", "b0", "b0", "b1"]));
    let pays = dice.chance(70);
    let mut arguments = serde_json::Map::new();
    arguments.insert("pieces".to_owned(), json!(dice.of(&[0, 1, 2, 3, 9])));
    if pays {
        arguments.insert("amount".to_owned(), json!(dice.text(&AMOUNTS)));
    }
    let shop = dice.text(&["s0", "s0", "s1"]);
    let action = if pays { "pay" } else { "call" };
    let scopes = *dice.of(&[0, 0, 0, 1, 1, 2]).unwrap_or(&0);
    let scopes = (0..scopes).map(|_| claim(dice, &shop)).collect();
    let resource = Some(json!({ "type": "Shop", "id": shop }));
    let ask = Ask::new(action, arguments, resource);
    Request { agent, ask, scopes, from_issuer: dice.chance(70), now_ms: 0 }
}

/// A scope that mostly fits a request about this shop.
fn claim(dice: &mut Dice, shop: &str) -> ScopeClaim {
    let mut parameters = serde_json::Map::new();
    let shop = if dice.chance(85) { shop } else { "s1" };
    parameters.insert("shop".to_owned(), json!({ "type": "Shop", "id": shop }));
    parameters.insert("most".to_owned(), json!(dice.text(&["5.00 USD", "60.00 USD", "250.00 USD"])));
    ScopeClaim { scope: "errand".to_owned(), parameters, task: dice.text(&["t0", "t0", "t1"]) }
}

fn text(dice: &mut Dice) -> String {
    let zone = dice.text(&["Europe/Dublin", "America/New_York", "Asia/Tokyo"]);
    let mut text = format!(
        "edition 2026;\nmodule made.histories;\nzone z = {zone:?};\n\
         agent Bot identified by \"spiffe://made.example/Bot/*\" {{}}\n\
         person Lead identified by \"spiffe://made.example/Lead/*\" {{}}\n\
         resource Shop {{}}\n\
         action pay(amount: money[USD], pieces: int) on Shop;\n\
         action call(pieces: int) on Shop;\n"
    );
    text.push_str(&rules(dice));
    for at in 0..dice.roll(4) {
        text.push_str(&budget(dice, at));
    }
    for at in 0..dice.roll(3) {
        text.push_str(&rate(dice, at));
    }
    text.push_str(&scope(dice));
    if dice.chance(10) {
        text.push_str("agent Bot requires scope errand;\n");
    }
    text
}

fn rules(dice: &mut Dice) -> String {
    let small = dice.text(&["1.00", "5.00", "20.00"]);
    let approval = dice.text(&["Lead", "Lead 2 of them", "Lead::\"x0\""]);
    let timeout = dice.text(&["10min", "30min", "8h"]);
    let mut text = format!("permit small: pay by Bot when amount <= {small} USD because \"small\";\n");
    text.push_str("permit some: call by Bot because \"calls are free\" hint \"call more\";\n");
    if dice.chance(90) {
        text.push_str(&format!(
            "review large: pay by Bot when amount > {small} USD approved by {approval} timeout {timeout} \
             because \"large\" hint \"ask a lead\";\n"
        ));
    }
    if dice.chance(30) {
        text.push_str("forbid many: pay, call when pieces > 8 because \"too many\";\n");
    }
    text
}

/// The keys of a budget or a rate.
fn keys(dice: &mut Dice) -> String {
    dice.text(&["", "    for each agent;\n", "    for each agent;\n", "    for each agent, resource;\n"])
}

fn budget(dice: &mut Dice, at: usize) -> String {
    let in_calls = dice.chance(35);
    let (unit, counts, most) = if in_calls {
        let counts = dice.text(&["pay, call", "call", "pay, call as pieces", "pay, call as pieces - 1"]);
        ("calls", counts, dice.text(&["1", "3", "8"]))
    } else {
        // What falls below zero, or overflows, cannot be counted.
        let amount = dice.text(&["amount", "amount", "amount", "amount * pieces", "amount - 1.00 USD"]);
        let most = dice.text(&["20.00 USD", "60.00 USD", "150.00 USD", "400.00 USD"]);
        ("USD", format!("pay as {amount}"), most)
    };
    let mut text = format!("budget pot{at} in {unit} {{\n    counts {counts};\n{}", keys(dice));
    for _ in 0..dice.between(1, 2) {
        let window = dice.text(&["day in z", "hour in z", "week in z", "24h", "1h", "15min"]);
        text.push_str(&format!("    limit {most} per {window};\n"));
    }
    if dice.chance(60) {
        text.push_str(&format!("    hold {};\n", dice.text(&["1min", "15min", "2h"])));
    }
    if dice.chance(50) {
        text.push_str(&format!("    warn at {}%;\n", dice.text(&["30", "50", "80"])));
    }
    text.push_str("}\n");
    text
}

fn rate(dice: &mut Dice, at: usize) -> String {
    let counts = dice.text(&["pay", "call", "pay, call"]);
    let (allow, per, burst) = (dice.between(1, 4), dice.text(&["1min", "1h"]), dice.between(1, 4));
    let keys = keys(dice);
    format!("rate pace{at} {{\n    counts {counts};\n{keys}    allow {allow} per {per} burst {burst};\n}}\n")
}

fn scope(dice: &mut Dice) -> String {
    let allows = dice.text(&["pay", "pay, call"]);
    let expires = dice.text(&["1h", "4h", "7d"]);
    format!(
        "scope errand(shop: Shop, most: money[USD]) {{\n    allows {allows};\n    \
         requires resource == shop;\n    limit pay as amount to most;\n    \
         expires after {expires};\n}}\n"
    )
}
