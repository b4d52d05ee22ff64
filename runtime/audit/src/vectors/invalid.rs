//! Invalid records. Each is signed, and violates exactly one rule.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use permit_types::verdict::ReasonCode;
use serde_json::{Value, json};

use super::{Invalid, members, text};
use crate::sample::{
    self, alarm, allowed, asserted, denied, genesis, next_key, operation, refusals, reviewed, settlement,
    signed, signer,
};
use crate::{Body, Decision, Hash, seal};

/// The instant and the root that all but the first record have here.
fn sealed(body: Body, index: u64) -> Vec<u8> {
    let root = if index == 0 { Hash::of_empty_tree() } else { Hash([0x11; 32]) };
    seal(body, index, sample::at_ms(index), root, &signer()).unwrap().bytes
}

/// A sound record with another value at some places, signed anew.
fn with(body: Body, index: u64, edits: &[(&str, Value)]) -> String {
    let mut record = Value::Object(members(&sealed(body, index)));
    for (pointer, value) in edits {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match record.pointer_mut(parent).unwrap() {
            Value::Object(members) => drop(members.insert(name.to_owned(), value.clone())),
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = value.clone(),
            other => panic!("{other}"),
        }
    }
    let Value::Object(members) = record else { panic!() };
    text(signed(members, &signer()))
}

/// A sound record without some members, signed anew.
fn without(body: Body, names: &[&str]) -> String {
    let mut members = members(&sealed(body, 1));
    names.iter().for_each(|name| drop(members.remove(*name).unwrap()));
    text(signed(members, &signer()))
}

fn decided(decision: Decision) -> Body {
    Body::Decision(Box::new(decision))
}

fn allow() -> Body {
    decided(allowed())
}

fn deny() -> Body {
    decided(denied())
}

pub(super) fn records() -> Vec<Invalid> {
    let of_form = form().into_iter().chain(spelling());
    let of_content = first().into_iter().chain(caller()).chain(request()).chain(outcome());
    let all = of_form.chain(of_content).chain(money()).chain(server()).chain(signatures());
    all.map(|(name, rule, record)| Invalid { name, rule, record }).collect()
}

type Vector = (&'static str, &'static str, String);

fn form() -> Vec<Vector> {
    let long: Vec<String> = vec!["rule".to_owned(); 513];
    vec![
        ("an older version", "version", with(allow(), 1, &[("/v", json!(1))])),
        ("a newer version", "version", with(allow(), 1, &[("/v", json!(3))])),
        ("a kind that there is not", "kind", with(allow(), 1, &[("/type", json!("verdict"))])),
        ("no agent", "malformed", without(allow(), &["agent"])),
        ("an agent that is a number", "malformed", with(allow(), 1, &[("/agent", json!(7))])),
        ("a layer behind a denial", "malformed", with(deny(), 1, &[("/layers/4", json!("scope:PASS"))])),
        ("a layer of another word", "malformed", with(allow(), 1, &[("/layers/0", json!("identity:OK"))])),
        ("no proof and nobody who asked", "malformed", with(allow(), 1, &[("/layers/1", json!("dpop:N/A"))])),
        (
            "an instant without milliseconds",
            "malformed",
            with(allow(), 1, &[("/now", json!("2026-04-14T10:23:47Z"))]),
        ),
        ("a trace id of zeros", "malformed", with(allow(), 1, &[("/trace_id", json!("0".repeat(32)))])),
        (
            "a digest of upper case",
            "malformed",
            with(allow(), 1, &[("/policy", json!(format!("sha256:{}", "A".repeat(64))))]),
        ),
        (
            "a commitment with padding",
            "malformed",
            with(allow(), 1, &[("/arguments/amount", json!(format!("{}=", "A".repeat(43))))]),
        ),
        ("a reason that there is not", "malformed", with(allow(), 1, &[("/reason/code", json!("weather"))])),
        (
            "a target that there is not",
            "malformed",
            with(sample::stop(crate::Target::All), 1, &[("/target", json!("some"))]),
        ),
        ("a number with a fraction", "form", with(allow(), 1, &[("/warnings/0/percent", json!(1.5))])),
        ("a negative number", "form", with(allow(), 1, &[("/warnings/0/percent", json!(-1))])),
        ("null", "form", with(allow(), 1, &[("/task", Value::Null)])),
        ("an empty list", "form", with(allow(), 1, &[("/matched", json!([]))])),
        ("an empty object", "form", with(allow(), 1, &[("/claims", json!({}))])),
        ("a long list", "form", with(allow(), 1, &[("/matched", json!(long))])),
        (
            "a member name that is not ASCII",
            "form",
            with(allow(), 1, &[("/arguments/größe", json!("A".repeat(43)))]),
        ),
        ("a member that no record has", "unexpected_member", with(allow(), 1, &[("/risk", json!("low"))])),
        ("a member of another kind", "unexpected_member", with(allow(), 1, &[("/person", json!("ann"))])),
        (
            "a nested member",
            "unexpected_member",
            with(allow(), 1, &[("/charges/0/limits/0/before/limit", json!("1 USD"))]),
        ),
    ]
}

fn spelling() -> Vec<Vector> {
    let good = text(sealed(allow(), 1));
    let spelt = |name, from: &str, to: &str| {
        let record = good.replacen(from, to, 1);
        assert_ne!(record, good, "{name}");
        (name, "not_canonical", record)
    };
    vec![
        spelt("white space", "\":\"", "\": \""),
        spelt("an escaped letter", "purchase", "p\\u0075rchase"),
        spelt("a member twice", "\"v\":2", "\"v\":2,\"v\":2"),
        spelt(
            "members out of order",
            "{\"action\":\"spend\",\"agent\":\"purchase-bot\",",
            "{\"agent\":\"purchase-bot\",\"action\":\"spend\",",
        ),
        ("a line feed at the end", "not_canonical", format!("{good}\n")),
        ("half a record", "malformed", good[..good.len() / 2].to_owned()),
        ("a list", "malformed", "[]".to_owned()),
    ]
}

fn first() -> Vec<Vector> {
    let root = json!(format!("0x{}", Hash([0x11; 32])));
    let name = json!("dec_000000000000000000000000");
    vec![
        ("a second genesis", "genesis_place", with(genesis(), 0, &[("/tree_size", json!(1))])),
        ("another first record", "genesis_place", with(sample::start(), 1, &[("/tree_size", json!(0))])),
        (
            "a genesis on a root that is not empty",
            "first_root",
            with(genesis(), 0, &[("/merkle_root", root)]),
        ),
        (
            "the genesis of another log",
            "origin",
            with(genesis(), 0, &[("/origin", json!("permit.example/log2"))]),
        ),
        ("a decision of another name", "decision_id", with(allow(), 1, &[("/decision_id", name)])),
    ]
}

fn caller() -> Vec<Vector> {
    let ask = ("/asked_by", json!("spiffe://example/gate"));
    let agent = json!({"agent": "a", "agent_type": "A", "identity": "spiffe://example/a"});
    let passed = json!(["identity:ASSERTED", "dpop:PASS", "policy:PASS", "budget:PASS", "scope:PASS"]);
    vec![
        ("asserted, and nobody asked", "asserted", without(decided(asserted()), &["asked_by"])),
        ("asked for, and not asserted", "asserted", with(allow(), 1, &[ask])),
        ("an allowance for an agent of no type", "incomplete", without(allow(), &["agent_type"])),
        ("an allowance without a proof", "incomplete", without(allow(), &["dpop"])),
        (
            "an asserted allowance that claims a proof",
            "incomplete",
            with(decided(asserted()), 1, &[("/layers", passed)]),
        ),
        ("an allowance without an identity", "incomplete", without(allow(), &["identity"])),
        ("an allowance of a request that was not read", "incomplete", without(allow(), &["request_digest"])),
        ("an allowance of no action", "incomplete", with(allow(), 1, &[("/action", json!(""))])),
        ("a chain of nine agents", "delegation", with(allow(), 1, &[("/delegation", json!(vec![agent; 9]))])),
    ]
}

fn request() -> Vec<Vector> {
    let digest = json!(format!("sha256:{}", Hash([1; 32])));
    let again = members(&sealed(allow(), 1))["arguments"]["amount"].clone();
    let new = json!(crate::Commitment([1; 32]).to_string());
    vec![
        (
            "evaluated after it was sealed",
            "now",
            with(allow(), 1, &[("/now", json!("2099-01-01T00:00:00.000Z"))]),
        ),
        ("a resource recorded twice", "resource", with(allow(), 1, &[("/resource_digest", digest)])),
        ("a resource of 513 bytes", "resource", with(allow(), 1, &[("/resource", json!("r".repeat(513)))])),
        ("a commitment twice", "commitment", with(allow(), 1, &[("/arguments/other", again)])),
        (
            "a claim among the arguments",
            "commitment",
            with(allow(), 1, &[("/arguments/agent.tier", new.clone())]),
        ),
        ("an argument among the claims", "commitment", with(allow(), 1, &[("/claims/tier", new)])),
    ]
}

fn outcome() -> Vec<Vector> {
    let review = |edits: &[(&str, Value)]| {
        with(decided(reviewed(ReasonCode::Approved, 3, &["ann", "bob"], 2)), 1, edits)
    };
    vec![
        ("an allowance that a layer denies", "outcome", with(deny(), 1, &[("/outcome", json!("ALLOW"))])),
        ("a denial that all layers pass", "outcome", with(allow(), 1, &[("/outcome", json!("DENY"))])),
        ("one person twice", "review", review(&[("/approved_by/1", json!("ann"))])),
        ("one approval too few", "review", review(&[("/review/approved", json!(1))])),
        ("a review of another rule", "review", review(&[("/reason/name", json!("any"))])),
        ("an approval without a review", "review", with(allow(), 1, &[("/reason/code", json!("approved"))])),
        (
            "approved by somebody, and no review",
            "review",
            with(allow(), 1, &[("/approved_by", json!(["ann"]))]),
        ),
    ]
}

fn money() -> Vec<Vector> {
    let charges = members(&sealed(allow(), 1))["charges"].clone();
    let warnings = members(&sealed(allow(), 1))["warnings"].clone();
    let denials = members(&sealed(deny(), 1))["denials"].clone();
    let limit =
        |name: &str, text: &str| with(allow(), 1, &[(&format!("/charges/0/limits/0/{name}"), json!(text))]);
    let denial = |name: &str, text: &str| with(deny(), 1, &[(&format!("/denials/0/{name}"), json!(text))]);
    let until = json!("2026-04-14T10:38:47.123Z");
    vec![
        ("a denial that charges", "charge", with(deny(), 1, &[("/charges", charges)])),
        ("a denial that holds", "charge", with(deny(), 1, &[("/hold_expires_at", until)])),
        ("a denial that warns", "warning", with(deny(), 1, &[("/warnings", warnings)])),
        ("a warning of 101 percent", "warning", with(allow(), 1, &[("/warnings/0/percent", json!(101))])),
        ("an allowance with a denial", "shortfall", with(allow(), 1, &[("/denials", denials)])),
        ("a denial of what has room", "shortfall", denial("requested", "500.00 USD")),
        ("more left of a denial than there is", "remaining", denial("remaining", "500.01 USD")),
        ("more left of a charge than there is", "remaining", limit("remaining", "400.01 USD")),
        ("over the limit", "over_limit", limit("limit", "4599.99 USD")),
        ("charged and not counted", "movement", limit("before/spent", "4600.00 USD")),
        (
            "half spent and half held",
            "movement",
            with(
                allow(),
                1,
                &[("/charges/0/limits/0/before", json!({"held": "300.00 USD", "spent": "3700.00 USD"}))],
            ),
        ),
        ("an amount in another unit", "amount", limit("spent", "4000.00 EUR")),
        ("an amount with a separator", "amount", limit("limit", "5,000.00 USD")),
        ("a negative amount held", "amount", limit("held", "-1.00 USD")),
        (
            "a settlement in words",
            "amount",
            with(Body::Confirm(settlement(None)), 1, &[("/settled/0/charged", json!("all of it"))]),
        ),
    ]
}

fn server() -> Vec<Vector> {
    let counts = |edits: &[(&str, Value)]| with(Body::Refusals(refusals(1)), 1, edits);
    let key = json!(signer().public().to_string());
    vec![
        (
            "an act in words",
            "word",
            with(Body::Operator(operation()), 1, &[("/act", json!("Export the log"))]),
        ),
        ("an alarm in words", "word", with(Body::Alarm(alarm()), 1, &[("/code", json!("clock-back"))])),
        ("a cause in words", "word", counts(&[("/counts/No_token", json!(1))])),
        ("a count of nothing", "period", counts(&[("/counts/token_missing", json!(0))])),
        (
            "a period that ends before it begins",
            "period",
            counts(&[("/from", json!("2026-04-14T10:23:48.000Z"))]),
        ),
        ("a period that is not over", "period", counts(&[("/to", json!("2026-04-14T10:24:47.373Z"))])),
        (
            "another key than the one that signs for itself",
            "next_key",
            with(next_key(1), 1, &[("/key", key)]),
        ),
        (
            "a change of the key from another place",
            "next_key",
            with(next_key(1), 1, &[("/tree_size", json!(2))]),
        ),
    ]
}

fn signatures() -> Vec<Vector> {
    let good = text(sealed(allow(), 1));
    let by_other = text(signed(members(good.as_bytes()), &sample::next_signer()));
    let elsewhere = crate::Signer::from_seed("permit.example/log2", &[7; 32]).unwrap();
    let other_log = text(signed(members(good.as_bytes()), &elsewhere));
    let mut plain = members(good.as_bytes());
    plain.remove("signature");
    let unsigned = serde_json::to_vec(&plain).unwrap();
    let purpose = format!("permit-record/v2\n{}\n", signer().origin());
    let whole = [purpose.as_bytes(), unsigned.as_slice()].concat();
    let over = |message: &[u8]| {
        let mut members = plain.clone();
        let signature = URL_SAFE_NO_PAD.encode(signer().sign(message));
        members.insert("signature".to_owned(), json!(format!("ed25519:{signature}")));
        serde_json::to_string(&members).unwrap()
    };
    vec![
        ("a changed amount", "signature", good.replace("\"task\":\"task-1\"", "\"task\":\"task-2\"")),
        ("signed by another key", "signature", by_other),
        ("signed for another log", "signature", other_log),
        ("signed over the record and not its digest", "signature", over(&whole)),
        ("signed without a purpose", "signature", over(&Hash::of(&[&unsigned]).0)),
    ]
}
