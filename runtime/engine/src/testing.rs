//! Test support for this crate and those above it: facts for the sample program, and engines over it.

#![expect(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    missing_docs,
    reason = "support for tests"
)]

use ed25519_dalek::SigningKey;
use permit_ir::bundle::{FORMAT_VERSION, Manifest, VerifiedBundle, tzdb_version};
use permit_ir::decision::{ActiveScope, Request};
use permit_ir::facts::Facts;
use permit_ir::program::Program;
use permit_ir::sample;
use permit_ir::types::EntityTypeId;
use permit_ir::value::EntityRef;
use permit_ir::verify::VerifiedProgram;
use permit_types::ask::Ask;
use permit_types::digest::Digest;
use serde_json::{Value as Json, json};

use crate::engine::Engine;
use crate::evaluator::Mode;
use crate::facts::{FactsFile, read_facts};
use crate::request::ScopeClaim;

/// 14 April 2026, 10:23 UTC.
pub const NOW_MS: i64 = 1_776_162_227_123;

pub const SUPPORT_ID: &str = "spiffe://acme.example/agent/support/7";
pub const AUDIT_ID: &str = "spiffe://acme.example/agent/audit/1";

pub fn program() -> VerifiedProgram {
    sample::verified().unwrap()
}

/// Two agents of each kind that matters, customers `bob` and `eve`, orders `o1` and `o2` of theirs. The literal
/// `Customer::"ann"` of the program stays a name that nothing defines.
pub fn facts_json() -> Json {
    let order = |id: &str, customer: &str| {
        json!({
            "type": "Order", "id": id, "parents": [customer],
            "attributes": {
                "customer": customer, "total": "400.00 USD", "refunded": "0.00 USD",
                "paid_at": "2026-04-01T00:00Z", "tags": [], "readers": [], "notes": [], "weight": "1.0"
            }
        })
    };
    let customer = |id: &str| {
        json!({
            "type": "Customer", "id": id, "parents": ["acme"],
            "attributes": { "tier": "gold", "email": format!("{id}@acme.example"), "tags": [] }
        })
    };
    json!({ "entities": [
        { "type": "Org", "id": "acme" },
        { "type": "Team", "id": "readers" },
        { "type": "SupportBot", "id": "support/7", "spiffe_id": SUPPORT_ID, "parents": ["readers"],
          "attributes": { "tier": "vip", "level": 3, "patience": "1s", "active": true } },
        { "type": "SupportBot", "id": "support/8", "spiffe_id": "spiffe://acme.example/agent/support/8",
          "attributes": { "tier": "basic", "level": 0, "patience": "1s", "active": true } },
        { "type": "AuditBot", "id": "audit/1", "spiffe_id": AUDIT_ID, "attributes": { "tier": "basic" } },
        customer("bob"), customer("eve"), order("o1", "bob"), order("o2", "eve"),
    ] })
}

pub fn facts_file(program: &VerifiedProgram) -> FactsFile {
    read_facts(program, facts_json().to_string().as_bytes()).unwrap()
}

/// An engine over the sample as `change` leaves it.
pub fn engine_of(change: impl FnOnce(&mut Program)) -> Engine {
    let mut program = sample::program();
    change(&mut program);
    let program = VerifiedProgram::verify(program).unwrap();
    let facts = facts_file(&program);
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        name: "support".to_owned(),
        version: "1.0.0".to_owned(),
        compiler_version: "0.1.0".to_owned(),
        edition: 2026,
        tzdb_version: tzdb_version().to_owned(),
        sources: Vec::new(),
    };
    let digest = Digest::of(permit_ir::text::text(&program).to_string().as_bytes());
    let signer = SigningKey::from_bytes(&[1; 32]).verifying_key();
    Engine::new(VerifiedBundle { manifest, program, digest, signer }, facts, Mode::Native)
}

pub fn engine() -> Engine {
    engine_of(|_| {})
}

pub fn find(facts: &Facts, ty: EntityTypeId, id: &str) -> EntityRef {
    facts.find(ty, id).unwrap()
}

pub fn ask(json: Json) -> Ask<'static> {
    Ask::from_json(json.into()).unwrap()
}

/// A refund of order `o1`.
pub fn refund(amount: &str) -> Ask<'static> {
    ask(json!({ "action": "refund", "resource": "o1", "arguments": { "amount": amount, "reason": "late" } }))
}

pub fn claim(json: Json) -> ScopeClaim {
    serde_json::from_value(json).unwrap()
}

/// The scope for `customer` with at most `most` over task `t1`.
pub fn one_customer(customer: &str, most: &str) -> ScopeClaim {
    let parameters = json!({ "customer": customer, "most": most, "until": "2027-01-01T00:00Z" });
    claim(json!({ "scope": "one_customer", "task": "t1", "parameters": parameters }))
}

/// What the support agent asks, with the scopes of a token issued now.
pub fn request(engine: &Engine, ask: &Ask<'_>, scopes: &[ScopeClaim]) -> Request {
    let agent = engine.agent(SUPPORT_ID).unwrap();
    let mut request = engine.read_ask(agent, ask, NOW_MS).unwrap();
    request.scopes = scopes.iter().map(|claim| active_scope(engine, claim, NOW_MS)).collect();
    request
}

pub fn active_scope(engine: &Engine, claim: &ScopeClaim, issued_ms: i64) -> ActiveScope {
    engine.read_scope(claim, issued_ms, true).unwrap()
}
