//! Single requests, decided over an empty ledger.

#![expect(clippy::unwrap_used, reason = "a test that cannot try a request fails")]

use permit_engine::{Engine, Mode, ScopeClaim, read_facts};
use permit_frontend::{Sources, compile};
use permit_scenarios::{DryRun, dry_run};
use permit_types::ask::Ask;
use permit_types::verdict::{Layer, Outcome, ReasonCode};
use serde_json::json;

const POLICY: &str = r#"edition 2026;
module acme.trials;
agent Bot identified by "spiffe://acme.example/bot/*" {}
person Lead identified by "spiffe://acme.example/lead/*" {}
resource Shop {}
action pay(amount: money[USD], pieces: int) on Shop;
permit small: pay when amount <= 5.00 USD because "small";
review large: pay when amount > 5.00 USD approved by Lead timeout 30min because "large";
budget pot in USD { counts pay as amount; limit 100.00 USD per 24h; limit 50.00 USD per 1h; }
budget pieces in calls { counts pay as pieces; limit 8 per 24h; }
rate pace { counts pay; allow 1 per 1h; }
scope errand(most: money[USD]) { allows pay; requires pieces < 5; limit pay as amount to most; expires after 4h; }
"#;

const BOT: &str = "spiffe://acme.example/bot/b";
const NOW_MS: i64 = 1_774_519_200_000;

fn trial(amount: &str, pieces: i64, most: Option<&str>) -> DryRun {
    let program = compile(&Sources::single("p.permit", POLICY).unwrap()).program.unwrap();
    let facts = json!({ "entities": [
        { "type": "Bot", "id": "b", "spiffe_id": BOT }, { "type": "Shop", "id": "s" },
    ] });
    let facts = read_facts(&program, facts.to_string().as_bytes()).unwrap();
    let engine = Engine::unbundled(program, facts, Mode::Native);
    let arguments = json!({ "amount": amount, "pieces": pieces }).as_object().unwrap().clone();
    let resource = Some(json!({ "type": "Shop", "id": "s" }));
    let ask = Ask::new("pay", arguments, resource);
    let scope = |most: &str| ScopeClaim {
        scope: "errand".to_owned(),
        parameters: json!({ "most": most }).as_object().unwrap().clone(),
        task: "t".to_owned(),
    };
    let scopes: Vec<_> = most.into_iter().map(scope).collect();
    dry_run(&engine, BOT, &ask, &scopes, NOW_MS).unwrap()
}

#[test]
fn a_trial_is_denied_by_the_layer_that_would_deny_it_on_a_server() {
    let cases = [
        ("5.00 USD", 1, None, Outcome::Allow, None, ReasonCode::Permitted),
        ("50.00 USD", 1, None, Outcome::Review, None, ReasonCode::ReviewRequired),
        ("50.00 USD", 1, Some("50.00 USD"), Outcome::Review, None, ReasonCode::ReviewRequired),
        ("50.01 USD", 1, None, Outcome::Deny, Some(Layer::Budget), ReasonCode::BudgetExceeded),
        ("1.00 USD", 9, None, Outcome::Deny, Some(Layer::Budget), ReasonCode::BudgetExceeded),
        ("1.00 USD", -1, None, Outcome::Deny, Some(Layer::Budget), ReasonCode::BudgetExceeded),
        ("1.00 USD", 5, Some("50.00 USD"), Outcome::Deny, Some(Layer::Scope), ReasonCode::OutOfScope),
        ("50.01 USD", 5, Some("1.00 USD"), Outcome::Deny, Some(Layer::Budget), ReasonCode::BudgetExceeded),
        (
            "50.00 USD",
            1,
            Some("49.99 USD"),
            Outcome::Deny,
            Some(Layer::Scope),
            ReasonCode::ScopeLimitExceeded,
        ),
    ];
    for (amount, pieces, most, outcome, denied_by, code) in cases {
        let trial = trial(amount, pieces, most);
        let actual = (trial.outcome, trial.denied_by, trial.reason.code);
        assert_eq!(actual, (outcome, denied_by, code), "{amount} {pieces} {most:?} {trial:?}");
        assert_eq!(trial.is_permitted(), outcome == Outcome::Allow);
    }
}

#[test]
fn a_trial_says_why_in_the_words_of_a_record() {
    let denied = trial("50.01 USD", 1, None);
    assert_eq!(denied.reason.message, "Would exceed 1h budget ($50.01 > $50)");
    assert_eq!(denied.reason.name.as_deref(), Some("pot"));
    assert_eq!(denied.summary.policy.code, ReasonCode::ReviewRequired);
}
