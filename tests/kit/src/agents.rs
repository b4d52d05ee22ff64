//! A policy of many rules: how much agents may spend at which vendors, and hosts that nobody may pay.
//!
//! Permits are by agent, vendor, amount and currency; for every twenty of them one rule forbids a host by a glob over
//! the URL of the purchase.

use ed25519_dalek::SigningKey;
use permit_engine::{ArgRef, AskRef, Engine, FactsFile, Mode, read_facts};
use permit_ir::bundle::{Bundle, VerifiedBundle};
use permit_ir::decision::PolicyVerdict;
use permit_ir::verify::VerifiedProgram;
use serde_json::json;

use crate::world::bundle;

/// One request, and what must come of it.
#[derive(Clone, Debug)]
pub struct Query {
    /// The agent's SPIFFE ID.
    pub agent: String,
    /// The endpoint that is paid.
    pub endpoint: String,
    /// In cents.
    pub amount: i64,
    /// The currency's code, a text.
    pub currency: &'static str,
    /// Whether it is allowed.
    pub allow: bool,
}

impl Query {
    /// The arguments, in the order in which the action takes them.
    #[must_use]
    pub fn args(&self) -> [(&'static str, ArgRef<'_>); 2] {
        [("amount", ArgRef::Number(self.amount)), ("currency", ArgRef::Text(self.currency))]
    }

    /// The body that an agent posts for it.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        let body = json!({
            "action": "spend",
            "arguments": { "amount": self.amount, "currency": self.currency },
            "idempotency_key": "k-0123456789abcdef",
            "resource": { "type": "Endpoint", "id": self.endpoint },
        });
        body.to_string().into_bytes()
    }

    /// The request with these arguments.
    #[must_use]
    pub fn ask<'a>(&'a self, args: &'a [(&'static str, ArgRef<'a>)]) -> AskRef<'a> {
        let resource = Some(("Endpoint", self.endpoint.as_str()));
        AskRef { agent: &self.agent, action: "spend", resource, args, now_ms: 0 }
    }
}

/// The policy with so many permits, its facts, and requests to it.
#[derive(Debug)]
pub struct Workload {
    /// The bundle, signed by [`key`].
    pub bundle: Vec<u8>,
    /// The facts file.
    pub facts: String,
    /// The requests.
    pub queries: Vec<Query>,
}

/// The key of all bundles here.
#[must_use]
pub fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

const ENDPOINTS: usize = 5;

/// Sizes of one workload.
struct Sizes {
    permits: usize,
    agents: usize,
    vendors: usize,
    hosts: usize,
}

/// SplitMix64 (Steele and others, 2014).
struct Chance(u64);

impl Chance {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % (count.max(1) as u64)).unwrap_or_default()
    }
}

impl Workload {
    /// A workload of so many permits and requests; the same each time.
    #[must_use]
    pub fn new(permits: usize, queries: usize) -> Self {
        let tenth = (permits / 10).max(1);
        let sizes = Sizes { permits, agents: tenth, vendors: 2 * tenth, hosts: (permits / 20).max(1) };
        let mut chance = Chance(permits as u64);
        let rules: Vec<Permit> = (0..permits).map(|at| Permit::new(&sizes, at, &mut chance)).collect();
        let bundle = bundle(&[("agents.permit", policy(&sizes, &rules))], &key());
        let queries = (0..queries).map(|_| query(&sizes, &rules, &mut chance)).collect();
        Self { bundle, facts: facts(&sizes), queries }
    }

    /// The bundle opened and the facts read.
    ///
    /// # Panics
    /// When they do not load.
    #[must_use]
    pub fn open(&self) -> (VerifiedBundle, FactsFile) {
        let bundle = self.open_bundle();
        let facts = self.read_facts(&bundle.program);
        (bundle, facts)
    }

    /// The bundle opened.
    ///
    /// # Panics
    /// When it does not open.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test cannot go on without its policy")]
    pub fn open_bundle(&self) -> VerifiedBundle {
        Bundle::open(&self.bundle, &[key().verifying_key()]).expect("a bundle of our own key")
    }

    /// The facts read.
    ///
    /// # Panics
    /// When they do not fit the program.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test cannot go on without its facts")]
    pub fn read_facts(&self, program: &VerifiedProgram) -> FactsFile {
        read_facts(program, self.facts.as_bytes()).expect("facts that fit the policy")
    }

    /// An engine.
    #[must_use]
    pub fn engine(&self, mode: Mode) -> Engine {
        let (bundle, facts) = self.open();
        Engine::new(bundle, facts, mode)
    }
}

/// Whether a verdict allows.
#[must_use]
pub const fn allows(verdict: PolicyVerdict) -> bool {
    matches!(verdict, PolicyVerdict::Permit(_))
}

struct Permit {
    agent: usize,
    vendor: usize,
    most: usize,
}

impl Permit {
    fn new(sizes: &Sizes, at: usize, chance: &mut Chance) -> Self {
        let vendor = (at * 7 + at / sizes.agents) % sizes.vendors;
        Self { agent: at % sizes.agents, vendor, most: 100 * (1 + chance.below(100)) }
    }
}

fn policy(sizes: &Sizes, rules: &[Permit]) -> String {
    let mut text = String::from(
        r#"edition 2026;
module agents;
agent Agent identified by "spiffe://acme.example/agent/*";
resource Vendor;
resource Endpoint within Vendor { address: string; }
action spend(amount: int, currency: string) on Endpoint;
"#,
    );
    for (at, Permit { agent, vendor, most }) in rules.iter().enumerate() {
        text.push_str(&format!(
            "permit p{at}: spend by Agent::\"a-{agent}\" when resource within Vendor::\"v-{vendor}\" and amount <= {most} \
             and currency == \"USD\" because \"agreed\";\n"
        ));
    }
    for at in 0..sizes.hosts {
        let glob = glob(at);
        text.push_str(&format!(
            "forbid f{at}: spend when resource.address like \"{glob}\" because \"a host of ill repute\";\n"
        ));
    }
    text
}

fn glob(host: usize) -> String {
    if host.is_multiple_of(2) {
        format!("https://evil-{host}.example.net/*")
    } else {
        format!("https://*.bad-{host}.example.com/*")
    }
}

/// The URL of an endpoint; the last of every tenth vendor is on a forbidden host.
fn address(sizes: &Sizes, vendor: usize, endpoint: usize) -> (String, bool) {
    let host = vendor % sizes.hosts;
    match (endpoint + 1 == ENDPOINTS && vendor.is_multiple_of(10), host % 2) {
        (true, 0) => (format!("https://evil-{host}.example.net/pay/{vendor}"), true),
        (true, _) => (format!("https://api.bad-{host}.example.com/pay/{vendor}"), true),
        (false, _) => (format!("https://api-{endpoint}.vendor-{vendor}.example.com/v1/pay"), false),
    }
}

fn facts(sizes: &Sizes) -> String {
    let mut entities = Vec::new();
    for at in 0..sizes.agents {
        let (id, spiffe_id) = (format!("a-{at}"), format!("spiffe://acme.example/agent/a-{at}"));
        entities.push(json!({ "type": "Agent", "id": id, "spiffe_id": spiffe_id }));
    }
    for vendor in 0..sizes.vendors {
        let parent = format!("v-{vendor}");
        entities.push(json!({ "type": "Vendor", "id": parent }));
        for endpoint in 0..ENDPOINTS {
            let (id, address) = (format!("e-{vendor}-{endpoint}"), address(sizes, vendor, endpoint).0);
            let attributes = json!({ "address": address });
            entities
                .push(json!({ "type": "Endpoint", "id": id, "parents": [parent], "attributes": attributes }));
        }
    }
    json!({ "entities": entities }).to_string()
}

fn query(sizes: &Sizes, rules: &[Permit], chance: &mut Chance) -> Query {
    let aimed = chance.below(sizes.permits);
    let (agent, mut vendor, most) = rules.get(aimed).map_or((0, 0, 1), |r| (r.agent, r.vendor, r.most));
    let (mut amount, mut currency) = (1 + chance.below(most), "USD");
    match chance.below(20) {
        0 | 1 => amount = most + 1 + chance.below(20_000),
        2 => vendor = chance.below(sizes.vendors),
        3 => currency = "EUR",
        _ => {}
    }
    let endpoint = chance.below(ENDPOINTS);
    let fits = |rule: &Permit| rule.agent == agent && rule.vendor == vendor && amount <= rule.most;
    let allow = currency == "USD" && rules.iter().any(fits) && !address(sizes, vendor, endpoint).1;
    Query {
        agent: format!("spiffe://acme.example/agent/a-{agent}"),
        endpoint: format!("e-{vendor}-{endpoint}"),
        amount: i64::try_from(amount).unwrap_or(i64::MAX),
        currency,
        allow,
    }
}
