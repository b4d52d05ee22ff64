//! The agents' workload: N permits by agent and vendor with a cap on the amount, and N/20 forbids by URL.
//!
//! A folder holds it as neutral rules, entities and questions (`agents_N.rules.json`, `.entities.json`, `.queries.json`),
//! as Cedar and as Rego. Here the rules become `.permit`, one rule for each, and the entities a facts file.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use permit_test_support::cedar;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::Failure;
use crate::contest::{Argument, Contest, Query, Texts};

const AGENT: &str = "Agent";

const DECLARATIONS: &str = r#"edition 2026;
module bench.agents;

agent Agent identified by "spiffe://bench.example/agent/*";
resource Vendor;
resource Endpoint within Vendor { url: string; }
action spend(amount: int, currency: string) on Endpoint;
action read(amount: int, currency: string) on Endpoint is readonly;

"#;

/// The rules before they are written in any language.
#[derive(Debug, Deserialize)]
pub struct Rules {
    /// Who may spend how much where.
    pub permits: Vec<Permit>,
    /// Where nobody may.
    pub forbids: Vec<Forbid>,
}

/// An agent may spend up to a limit at a vendor, in US dollars.
#[derive(Debug, Deserialize)]
pub struct Permit {
    /// The agent's id.
    pub agent: String,
    /// The vendor's id.
    pub vendor: String,
    /// The largest amount.
    pub limit: i64,
}

/// Nobody may spend at these URLs.
#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Forbid {
    /// Those of a host.
    Prefix {
        /// The host.
        host: String,
    },
    /// Those of the hosts below a domain.
    Glob {
        /// The domain.
        dom: String,
    },
}

/// An entity as Cedar's JSON has it.
#[derive(Debug, Deserialize)]
pub struct Entity {
    /// Who it is.
    pub uid: Uid,
    /// What is known of it.
    pub attrs: Attributes,
    /// What it lies in.
    pub parents: Vec<Uid>,
}

/// The attributes of this workload.
#[derive(Debug, Deserialize)]
pub struct Attributes {
    /// An endpoint's URL.
    pub url: Option<String>,
}

/// Type and id.
#[derive(Debug, Deserialize)]
pub struct Uid {
    /// The id.
    pub id: String,
}

impl Rules {
    /// Reads the rules.
    ///
    /// # Errors
    /// When the text is not JSON of this form.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        Ok(serde_json::from_str(text)?)
    }

    /// The rules in `.permit`.
    #[must_use]
    pub fn permit(&self) -> String {
        let mut text = DECLARATIONS.to_owned();
        for (at, Permit { agent, vendor, limit }) in self.permits.iter().enumerate() {
            let _infallible = write!(
                text,
                "permit p{at}: spend by Agent::\"{agent}\"\n    \
                 when resource within Vendor::\"{vendor}\" and amount <= {limit} and currency == \"USD\"\n    \
                 because \"{agent} may spend at {vendor}\";\n"
            );
        }
        for (at, forbid) in self.forbids.iter().enumerate() {
            let _infallible = write!(
                text,
                "forbid f{at}: spend\n    when resource.url like \"{}\"\n    because \"a bad host\";\n",
                forbid.pattern()
            );
        }
        text
    }
}

impl Forbid {
    /// The pattern of the URLs; `*` stands for any text.
    #[must_use]
    pub fn pattern(&self) -> String {
        match self {
            Self::Prefix { host } => format!("https://{host}/*"),
            Self::Glob { dom } => format!("https://*.{dom}/*"),
        }
    }
}

#[derive(Deserialize)]
struct Question {
    agent: String,
    action: String,
    endpoint: String,
    vendor: String,
    url: String,
    amount: i64,
    currency: String,
    allow: bool,
}

impl From<Question> for Query {
    fn from(question: Question) -> Self {
        let Question { agent, action, endpoint, vendor, url, amount, currency, allow } = question;
        let document = json!({
            "principal": agent,
            "action": action,
            "resource": { "ancestors": [vendor], "url": url },
            "context": { "amount": amount, "currency": currency },
        });
        Self {
            texts: 0,
            agent_type: AGENT,
            caller: spiffe_id(&agent),
            agent,
            action,
            resource_type: "Endpoint".to_owned(),
            resource: endpoint,
            arguments: vec![
                ("amount".to_owned(), Argument::Int(amount)),
                ("currency".to_owned(), Argument::Text(currency)),
            ],
            document,
            allow,
        }
    }
}

/// Reads the workload of `size` permits. It has no bundle yet.
///
/// # Errors
/// When a file is missing or has another form.
pub fn read(folder: &Path, size: usize) -> Result<Contest, Failure> {
    let text = |name: &str| {
        let path = folder.join(format!("agents_{size}.{name}"));
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    };
    let (rules, entities) = (text("rules.json")?, text("entities.json")?);
    let questions: Vec<Question> = serde_json::from_str(&text("queries.json")?)?;
    let facts = cedar::facts(&serde_json::from_str::<Json>(&entities)?, AGENT, spiffe_id).to_string();
    let texts = Texts {
        permit: Rules::parse(&rules)?.permit(),
        bundle: Vec::new(),
        facts,
        cedar: text("cedar")?,
        entities,
        rego: text("rego")?,
        rego_tables: text("data.rego")?,
        rego_data: text("data.json")?,
        rules,
    };
    let queries = questions.into_iter().map(Query::from).collect();
    Ok(Contest { name: format!("agents, {size} permits"), texts: vec![texts], queries })
}

fn spiffe_id(agent: &str) -> String {
    format!("spiffe://bench.example/agent/{agent}")
}
