//! Bundle and facts reloaded by a running server: by SIGHUP under load, and with the effect of a restart.

mod accounts;
mod signals;

use permit_test_support::stage::Stage;
use serde_json::json;

const BOT: &str = "spiffe://acme.example/agent/purchase/1";

/// A stage whose tokens need no scope, with agents that purchase.
fn stage(policy: &str, agents: usize) -> Stage {
    let mut stage = Stage::of(&sources(policy), &facts(agents, "paperworks"));
    let path = stage.config_path();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("scope_required = true", "scope_required = false")).unwrap();
    stage.configure("[limits]\ntoken_lifetime_ms = 3600000\n");
    stage
}

/// The policy, behind what all policies of these tests declare.
fn sources(policy: &str) -> [(&'static str, String); 1] {
    let head = r#"edition 2026;
module acme.buying;
zone dublin = "Europe/Dublin";
agent Bot identified by "spiffe://acme.example/agent/purchase/*";
person Lead identified by "spiffe://acme.example/lead/*";
resource Vendor {}
action spend(amount: money[USD]) on Vendor;
"#;
    [("buying.permit", format!("{head}{policy}\n"))]
}

/// The agents, a lead, and two vendors of whom one has this name.
fn facts(agents: usize, vendor: &str) -> String {
    let mut entities = vec![
        json!({ "type": "Vendor", "id": "always" }),
        json!({ "type": "Vendor", "id": vendor }),
        json!({ "type": "Lead", "id": "ann", "spiffe_id": "spiffe://acme.example/lead/ann" }),
    ];
    entities.extend((1..=agents).map(|n| {
        let spiffe_id = format!("spiffe://acme.example/agent/purchase/{n}");
        json!({ "type": "Bot", "id": format!("bot-{n}"), "spiffe_id": spiffe_id })
    }));
    json!({ "entities": entities }).to_string()
}
