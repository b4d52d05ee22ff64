//! The demo's setup: compiled and signed policies, a server with its own authority, agents and a person with their
//! certificates.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use permit_audit::{Body, Decision};
use permit_client::{Answer, Ask, Client, Identity, ProofKey, ScopeClaim, Token};
use permit_frontend::{Sources, compile};
use permit_ir::bundle::{Bundle, FORMAT_VERSION, Manifest, Source, tzdb_version};
use permit_types::digest::Digest;
use permit_types::keys;
use permit_types::time::instant_text;
use permit_types::verdict::{Layer, Outcome};
use permitd::{Config, InitOptions, Server};
use serde_json::Value;

use crate::failure::Failure;
use crate::observer::Observer;
use crate::{Reporter, wrong};

const SOURCES: [(&str, &str); 3] = [
    ("organisation.permit", include_str!("../../../examples/acme/organisation.permit")),
    ("purchasing.permit", include_str!("../../../examples/acme/purchasing.permit")),
    ("support.permit", include_str!("../../../examples/acme/support.permit")),
];
const FACTS: &str = include_str!("../../../examples/acme/facts.json");

pub(crate) const PURCHASE_BOT: &str = "spiffe://acme.example/agent/purchase/1";
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
pub(crate) struct Stage {
    folder: PathBuf,
    server: Server,
    config: Config,
    pub(crate) url: String,
    log_key: String,
}

/// An agent with its connection and its token.
pub(crate) struct Agent {
    pub(crate) client: Client,
    pub(crate) token: Token,
}

/// Where the log is after the run.
pub(crate) struct Log {
    pub(crate) folder: PathBuf,
    pub(crate) key: PathBuf,
}

impl Stage {
    pub(crate) async fn set(folder: &Path, reporter: &mut Reporter) -> Result<Self, Failure> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).map_err(server_error)?;
        let port = listener.local_addr().map_err(server_error)?.port();
        let url = format!("https://localhost:{port}");
        let options = InitOptions {
            listen: format!("127.0.0.1:{port}"),
            public_url: url.clone(),
            trust_domain: "acme.example".to_owned(),
            origin: "acme.example/decisions".to_owned(),
        };
        let path = permitd::init(folder, &options, now_ms()?).map_err(server_error)?;
        let mut config = Config::load(&path).map_err(server_error)?;
        // So that nobody waits long for what is counted.
        config.limits.refusals_period_ms = 1_000;
        let rules = build(&config, &folder.join("bundle.key"))?;
        write(&config.paths.facts, facts()?.as_bytes())?;
        for (agent, name) in CERTIFIED {
            let out = folder.join(name);
            permitd::issue_certificate(&config, agent, &out, now_ms()?).map_err(server_error)?;
        }
        let server = Server::start(&config, Some(listener)).await.map_err(server_error)?;
        let path = &config.paths.log_public_key;
        let log_key = fs::read_to_string(path).map_err(Failure::file(path))?;
        reporter.note(&format!(
            "permitd serves {rules} rules on {url}; three agents and a lead have certificates from its authority."
        ));
        Ok(Self { folder: folder.to_owned(), server, config, url, log_key })
    }

    /// The identity that was issued under this name.
    pub(crate) fn identity(&self, name: &str) -> Result<Identity, Failure> {
        let file = |file: &str| self.folder.join(name).join(file);
        Ok(Identity::read(file("cert.pem"), file("key.pem"), file("ca.pem"))?)
    }

    /// An agent with a fresh key and a token for one scope.
    pub(crate) async fn agent(&self, name: &str, scope: ScopeClaim) -> Result<Agent, Failure> {
        self.connect(name, &[scope]).await
    }

    /// A person with a fresh key and a token.
    pub(crate) async fn person(&self, name: &str) -> Result<Agent, Failure> {
        self.connect(name, &[]).await
    }

    async fn connect(&self, name: &str, scopes: &[ScopeClaim]) -> Result<Agent, Failure> {
        let client = Client::new(&self.url, &self.identity(name)?, ProofKey::generate()?)?;
        let token = client.token(scopes).await?;
        Ok(Agent { client, token })
    }

    /// Someone who reads the log.
    pub(crate) fn observer(&self) -> Result<Observer, Failure> {
        let client = Client::new(&self.url, &self.identity("purchase-bot")?, ProofKey::generate()?)?;
        Ok(Observer::new(client, self.log_key.clone()))
    }

    /// The certificate of the server's authority.
    pub(crate) fn authority(&self) -> Result<Vec<u8>, Failure> {
        let path = &self.config.paths.authority_certificate;
        fs::read(path).map_err(Failure::file(path))
    }

    /// Verifies an answer's proof and reads its decision.
    pub(crate) fn prove(&self, answer: &Answer, ask: Option<&Ask>) -> Result<Decision, Failure> {
        let record = match ask {
            Some(ask) => answer.verify_for(&self.log_key, ask)?,
            None => answer.verify(&self.log_key)?,
        };
        match record.body {
            Some(Body::Decision(decision)) => Ok(*decision),
            other => Err(wrong("a record that is not a decision", format!("{other:?}"))),
        }
    }

    /// Asks as an agent; the decision must be denied by `expected`, or allowed.
    pub(crate) async fn ask(
        &self,
        agent: &Agent,
        ask: &Ask,
        expected: Option<Layer>,
        what: &str,
        reporter: &mut Reporter,
    ) -> Result<(Answer, Decision), Failure> {
        let (answer, decision) = self.ask_and_report(agent, ask, what, reporter).await?;
        let outcome = if expected.is_some() { Outcome::Deny } else { Outcome::Allow };
        if (decision.outcome, decision.layers.denied()) != (outcome, expected) {
            return Err(wrong(what, &decision.reason.message));
        }
        Ok((answer, decision))
    }

    /// Asks as an agent, verifies the answer and reports it.
    pub(crate) async fn ask_and_report(
        &self,
        agent: &Agent,
        ask: &Ask,
        what: &str,
        reporter: &mut Reporter,
    ) -> Result<(Answer, Decision), Failure> {
        let answer = agent.client.decide(&agent.token, ask).await?;
        let decision = self.prove(&answer, Some(ask))?;
        reporter.step(what, &line(&decision), Some(answer.record.get()));
        Ok((answer, decision))
    }

    /// Verifies an answer to an approval, and returns who approved.
    pub(crate) fn approver(&self, answer: &Answer) -> Result<String, Failure> {
        match answer.verify(&self.log_key)?.body {
            Some(Body::Approval(vote)) => Ok(vote.person),
            other => Err(wrong("a record that is not an approval", format!("{other:?}"))),
        }
    }

    /// Stops the server in order and exports its log.
    pub(crate) async fn close(self) -> Result<Log, Failure> {
        self.server.stop().await.map_err(server_error)?;
        let folder = self.folder.join("log");
        let (config, target) = (self.config.clone(), folder.clone());
        let exported = tokio::task::spawn_blocking(move || permitd::export_log(&config, &target)).await;
        exported.map_err(Failure::internal)?.map_err(server_error)?;
        Ok(Log { folder, key: self.config.paths.log_public_key })
    }
}

/// `DENY  identity:PASS … budget:DENY scope:N/A  daily_spend: Would exceed …`
pub(crate) fn line(decision: &Decision) -> String {
    let outcome = match decision.outcome {
        Outcome::Allow => "ALLOW",
        Outcome::Deny => "DENY ",
        Outcome::Review => "REVIEW",
    };
    let layers = Vec::<String>::from(decision.layers).join(" ");
    let name = decision.reason.name.as_ref().map(|name| format!("{name}: ")).unwrap_or_default();
    format!("{outcome}  {layers}\n             {name}{}", decision.reason.message)
}

/// Compiles and signs the example's policies; returns how many rules there are.
fn build(config: &Config, key: &Path) -> Result<usize, Failure> {
    let mut sources = Sources::new();
    for (name, text) in SOURCES {
        sources.add(name.to_owned(), text.to_owned()).map_err(Failure::internal)?;
    }
    let program =
        compile(&sources).program.ok_or_else(|| Failure::internal("the example does not compile"))?;
    let pem = fs::read_to_string(key).map_err(Failure::file(key))?;
    let key = keys::signing_key(&pem).map_err(Failure::internal)?;
    let source =
        |(name, text): (&str, &str)| Source { path: name.to_owned(), sha256: Digest::of(text.as_bytes()) };
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        name: "acme".to_owned(),
        version: "1".to_owned(),
        compiler_version: env!("CARGO_PKG_VERSION").to_owned(),
        edition: 2026,
        tzdb_version: tzdb_version().to_owned(),
        sources: SOURCES.map(source).to_vec(),
    };
    write(&config.paths.bundle, &Bundle::seal(&manifest, &program, &key).map_err(Failure::internal)?)?;
    Ok(program.rules.len())
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(Failure::file(path))
}

fn server_error(error: impl std::fmt::Display) -> Failure {
    Failure::Server(error.to_string())
}

/// The system's clock, in milliseconds since the Unix epoch.
pub(crate) fn now_ms() -> Result<i64, Failure> {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).map_err(Failure::internal)?;
    i64::try_from(since_epoch.as_millis()).map_err(Failure::internal)
}

/// The example's facts, with orders that were paid three days ago whenever the demo runs.
fn facts() -> Result<String, Failure> {
    let mut facts: Value = serde_json::from_str(FACTS).map_err(Failure::internal)?;
    let paid_at = Value::String(instant_text(now_ms()? - THREE_DAYS_MS));
    for entity in facts.get_mut("entities").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(slot) = entity.pointer_mut("/attributes/paid_at") {
            *slot = paid_at.clone();
        }
    }
    serde_json::to_string_pretty(&facts).map_err(Failure::internal)
}
