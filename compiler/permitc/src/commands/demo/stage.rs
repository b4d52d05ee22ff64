//! The stage: policies compiled and signed, a server with its own authority, agents and a person with their certificates.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use permit_agent::{Answer, Ask, Client, Identity, ProofKey, ScopeClaim, Token};
use permit_audit::{Body, Decision};
use permit_ir::keys;
use permit_ir::time::instant_text;
use permit_ir::verdict::{Layer, Outcome};
use permit_server::{Config, InitOptions, Server};
use serde_json::Value;

use super::{Teller, wrong};
use crate::failure::Failure;
use crate::files;
use crate::inputs::now_ms;
use crate::policy::Policy;

const SOURCES: [(&str, &str); 3] = [
    ("organisation.permit", include_str!("../../../../../examples/acme/organisation.permit")),
    ("purchasing.permit", include_str!("../../../../../examples/acme/purchasing.permit")),
    ("support.permit", include_str!("../../../../../examples/acme/support.permit")),
];
const FACTS: &str = include_str!("../../../../../examples/acme/facts.json");

pub(super) const PURCHASE_BOT: &str = "spiffe://acme.example/agent/purchase/1";
const SUPPORT_BOT: &str = "spiffe://acme.example/agent/support/7";
const FACILITIES_BOT: &str = "spiffe://acme.example/agent/purchase/facilities";
const LEAD: &str = "spiffe://acme.example/lead/lea";

/// Who gets a certificate, and in which folder it is.
const CERTIFIED: [(&str, &str); 4] = [
    (PURCHASE_BOT, "purchase-bot"),
    (SUPPORT_BOT, "support-bot"),
    (FACILITIES_BOT, "facilities-bot"),
    (LEAD, "lea"),
];

const THREE_DAYS_MS: i64 = 3 * 24 * 60 * 60 * 1_000;

/// A running server and what its agents need.
pub(super) struct Stage {
    folder: PathBuf,
    server: Server,
    config: Config,
    pub(super) url: String,
    log_key: String,
}

/// An agent with its connection and its token.
pub(super) struct Agent {
    pub(super) client: Client,
    pub(super) token: Token,
}

/// Where the stage's log lies when the play is over.
pub(super) struct Log {
    pub(super) folder: PathBuf,
    pub(super) key: PathBuf,
}

impl Stage {
    pub(super) async fn set(folder: &Path, teller: &mut Teller) -> Result<Self, Failure> {
        let server_error = |e: &dyn std::fmt::Display| Failure::Server(e.to_string());
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(|e| server_error(&e))?;
        let port = listener.local_addr().map_err(|e| server_error(&e))?.port();
        let url = format!("https://localhost:{port}");
        let options = InitOptions {
            listen: format!("127.0.0.1:{port}"),
            public_url: url.clone(),
            trust_domain: "acme.example".to_owned(),
            origin: "acme.example/decisions".to_owned(),
        };
        let path = permit_server::init(folder, &options, now_ms()?).map_err(|e| server_error(&e))?;
        let config = Config::load(&path).map_err(|e| server_error(&e))?;
        let rules = build(&config, &folder.join("bundle.key"))?;
        files::write(&config.paths.facts, facts()?.as_bytes(), 0o644)?;
        for (agent, name) in CERTIFIED {
            let out = folder.join(name);
            permit_server::issue_certificate(&config, agent, &out, now_ms()?)
                .map_err(|e| server_error(&e))?;
        }
        let server = Server::start(&config, Some(listener)).await.map_err(|e| server_error(&e))?;
        let log_key = fs::read_to_string(&config.paths.log_public_key);
        let log_key =
            log_key.map_err(|source| Failure::File { path: config.paths.log_public_key.clone(), source })?;
        teller.note(&format!(
            "permitd serves {rules} rules on {url}; three agents and a lead hold certificates of its authority."
        ));
        Ok(Self { folder: folder.to_owned(), server, config, url, log_key })
    }

    /// The identity that was issued under this name.
    pub(super) fn identity(&self, name: &str) -> Result<Identity, Failure> {
        let file = |file: &str| self.folder.join(name).join(file);
        Ok(Identity::read(file("cert.pem"), file("key.pem"), file("ca.pem"))?)
    }

    /// An agent with a fresh key and a token for one scope.
    pub(super) async fn agent(&self, name: &str, scope: ScopeClaim) -> Result<Agent, Failure> {
        self.connect(name, &[scope]).await
    }

    /// A person with a fresh key and a token.
    pub(super) async fn person(&self, name: &str) -> Result<Agent, Failure> {
        self.connect(name, &[]).await
    }

    async fn connect(&self, name: &str, scopes: &[ScopeClaim]) -> Result<Agent, Failure> {
        let client = Client::new(&self.url, &self.identity(name)?, ProofKey::generate()?)?;
        let token = client.token(scopes).await?;
        Ok(Agent { client, token })
    }

    /// The certificate of the server's authority.
    pub(super) fn authority(&self) -> Result<Vec<u8>, Failure> {
        files::read(&self.config.paths.authority_certificate, 64 * 1024)
    }

    /// Verifies an answer's proof and reads its decision.
    pub(super) fn prove(&self, answer: &Answer, ask: Option<&Ask>) -> Result<Decision, Failure> {
        let record = match ask {
            Some(ask) => answer.verify_for(&self.log_key, ask)?,
            None => answer.verify(&self.log_key)?,
        };
        match record.body {
            Body::Decision(decision) => Ok(*decision),
            other => Err(wrong("a record that is no decision", format!("{other:?}"))),
        }
    }

    /// Asks as an agent; the decision must be denied by `expected`, or allowed.
    pub(super) async fn ask(
        &self,
        agent: &Agent,
        ask: &Ask,
        expected: Option<Layer>,
        what: &str,
        teller: &mut Teller,
    ) -> Result<(Answer, Decision), Failure> {
        let (answer, decision) = self.told(agent, ask, what, teller).await?;
        let outcome = if expected.is_some() { Outcome::Deny } else { Outcome::Allow };
        if (decision.outcome, decision.layers.denied()) != (outcome, expected) {
            return Err(wrong(what, &decision.reason.message));
        }
        Ok((answer, decision))
    }

    /// Asks as an agent, verifies the answer and tells it.
    pub(super) async fn told(
        &self,
        agent: &Agent,
        ask: &Ask,
        what: &str,
        teller: &mut Teller,
    ) -> Result<(Answer, Decision), Failure> {
        let answer = agent.client.decide(&agent.token, ask).await?;
        let decision = self.prove(&answer, Some(ask))?;
        teller.step(what, &line(&decision), Some(answer.record.get()));
        Ok((answer, decision))
    }

    /// Verifies an answer to an approval, and tells who approved.
    pub(super) fn approver(&self, answer: &Answer) -> Result<String, Failure> {
        match answer.verify(&self.log_key)?.body {
            Body::Approval(vote) => Ok(vote.person),
            other => Err(wrong("a record that is no approval", format!("{other:?}"))),
        }
    }

    /// Stops the server in order and exports its log.
    pub(super) async fn close(self) -> Result<Log, Failure> {
        self.server.stop().await.map_err(|e| Failure::Server(e.to_string()))?;
        let folder = self.folder.join("log");
        permit_server::export_log(&self.config, &folder).map_err(|e| Failure::Server(e.to_string()))?;
        Ok(Log { folder, key: self.config.paths.log_public_key })
    }
}

/// `DENY  identity:PASS … budget:DENY scope:N/A  daily_spend: Would exceed …`
pub(super) fn line(decision: &Decision) -> String {
    let outcome = match decision.outcome {
        Outcome::Allow => "ALLOW",
        Outcome::Deny => "DENY ",
        Outcome::Review => "REVIEW",
    };
    let layers = Vec::<String>::from(decision.layers).join(" ");
    let name = decision.reason.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    format!("{outcome}  {layers}\n             {name}{}", decision.reason.message)
}

/// Compiles and signs the example's policies; tells how many rules there are.
fn build(config: &Config, key: &Path) -> Result<usize, Failure> {
    let texts = SOURCES.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let policy = Policy::compile(texts.to_vec())?;
    let pem = files::read_text(key, 16 * 1024)?;
    let key = keys::signing_key(&pem)
        .map_err(|e| Failure::Content { path: key.to_owned(), problem: e.to_string() })?;
    files::write(&config.paths.bundle, &policy.bundle("acme", "1", &key)?, 0o644)?;
    Ok(policy.program()?.rules.len())
}

/// The example's facts, with orders that were paid three days ago whenever the demo runs.
fn facts() -> Result<String, Failure> {
    let internal = |e: serde_json::Error| Failure::Internal(e.to_string());
    let mut facts: Value = serde_json::from_str(FACTS).map_err(internal)?;
    let paid_at = Value::String(instant_text(now_ms()? - THREE_DAYS_MS));
    for entity in facts.get_mut("entities").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(slot) = entity.pointer_mut("/attributes/paid_at") {
            *slot = paid_at.clone();
        }
    }
    serde_json::to_string_pretty(&facts).map_err(internal)
}
