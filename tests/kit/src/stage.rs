//! Prepares a server's folder: authority, keys, a signed bundle, facts, agents' certificates.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test cannot go on without its stage"
)]

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use permit_audit::{Body, Decision, LogKey, Report, read_key, verify};
use permit_client::{Answer, Client, Identity, ProofKey, ScopeClaim, Token};
use permit_types::keys;
use permit_types::time::instant_text;
use permitd::{Config, InitOptions, Server, StartError, export_log, init, issue_certificate};
use serde_json::Value;
use tempfile::TempDir;

use crate::world::{bundle, read};

/// The purchasing agent of `examples/acme`.
pub const PURCHASE_BOT: &str = "spiffe://acme.example/agent/purchase/1";
/// The support agent of `examples/acme`.
pub const SUPPORT_BOT: &str = "spiffe://acme.example/agent/support/7";

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A folder that a server can start in, and what its agents need.
#[derive(Debug)]
pub struct Stage {
    folder: TempDir,
    /// What the server is configured with.
    pub config: Config,
    /// Where agents reach the server.
    pub url: String,
    /// The log's public key.
    pub log_key: String,
}

/// An agent with its connection and its token.
#[derive(Debug)]
pub struct Agent {
    /// The connection.
    pub client: Client,
    /// The token.
    pub token: Token,
}

impl Stage {
    /// The policies and facts of `examples/acme`, with orders that were paid three days ago.
    #[must_use]
    pub fn acme() -> Self {
        Self::of(&acme_sources(), &acme_facts(now_ms() - 3 * DAY_MS))
    }

    /// Other policies and facts, in the trust domain `acme.example`.
    #[must_use]
    pub fn of(sources: &[(&str, String)], facts: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let url = format!("https://localhost:{port}");
        let options = InitOptions {
            listen: format!("127.0.0.1:{port}"),
            public_url: url.clone(),
            trust_domain: "acme.example".to_owned(),
            origin: "acme.example/decisions".to_owned(),
        };
        let path = init(folder.path(), &options, now_ms()).unwrap();
        let config = Config::load(&path).unwrap();
        let log_key = fs::read_to_string(&config.paths.log_public_key).unwrap();
        let stage = Self { folder, config, url, log_key };
        stage.put(&stage.config.paths.bundle, &stage.bundle(sources));
        stage.put(&stage.config.paths.facts, facts.as_bytes());
        stage
    }

    /// A bundle of these sources, signed with the stage's key.
    #[must_use]
    pub fn bundle(&self, sources: &[(&str, String)]) -> Vec<u8> {
        let key = fs::read_to_string(self.path("bundle.key")).unwrap();
        bundle(sources, &keys::signing_key(&key).unwrap())
    }

    /// Puts a whole file in the place of another, as an operator should.
    pub fn put(&self, path: &Path, bytes: &[u8]) {
        let beside = self.path("new");
        fs::write(&beside, bytes).unwrap();
        fs::rename(&beside, path).unwrap();
    }

    /// A file or folder of the stage.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The configuration file.
    #[must_use]
    pub fn config_path(&self) -> PathBuf {
        self.path("permitd.toml")
    }

    /// Adds text to the configuration and loads it again.
    pub fn configure(&mut self, more: &str) {
        let text = fs::read_to_string(self.config_path()).unwrap();
        fs::write(self.config_path(), format!("{text}\n{more}")).unwrap();
        self.config = Config::load(&self.config_path()).unwrap();
    }

    /// Starts a server in this process.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(&self) -> Result<Server, StartError> {
        Server::start(&self.config, None).await
    }

    /// The folder with `cert.pem`, `key.pem` and `ca.pem` of an agent; its certificate is issued when first asked for.
    #[must_use]
    pub fn certificate(&self, spiffe_id: &str) -> PathBuf {
        let name: String =
            spiffe_id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let out = self.path(&name);
        if !out.exists() {
            issue_certificate(&self.config, spiffe_id, &out, now_ms()).unwrap();
        }
        out
    }

    /// An agent's identity.
    #[must_use]
    pub fn identity(&self, spiffe_id: &str) -> Identity {
        let folder = self.certificate(spiffe_id);
        Identity::read(folder.join("cert.pem"), folder.join("key.pem"), folder.join("ca.pem")).unwrap()
    }

    /// A connection of an agent with a fresh proof key.
    #[must_use]
    pub fn client(&self, spiffe_id: &str) -> Client {
        Client::new(&self.url, &self.identity(spiffe_id), ProofKey::generate().unwrap()).unwrap()
    }

    /// An agent with a fresh proof key and a token.
    pub async fn agent(&self, spiffe_id: &str, scopes: &[ScopeClaim]) -> Agent {
        let client = self.client(spiffe_id);
        let token = client.token(scopes).await.expect("a token");
        Agent { client, token }
    }

    /// Verifies an answer's proof and reads its decision.
    #[must_use]
    pub fn prove(&self, answer: &Answer) -> Decision {
        let verified = answer.verify(&self.log_key).expect("an answer that its proof covers");
        decision(verified.body.expect("a record of a known kind"))
    }

    /// The log's public key, read.
    #[must_use]
    pub fn key(&self) -> LogKey {
        LogKey::parse(self.log_key.trim()).unwrap()
    }

    /// Exports the log of a server that has stopped and verifies all of it.
    #[must_use]
    pub fn audit(&self) -> Report {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        // Tests are asynchronous, and the export reads the disk.
        thread::scope(|scope| scope.spawn(|| export_log(&self.config, &log)).join())
            .unwrap()
            .expect("an export");
        verify(&log, &read_key(&self.config.paths.log_public_key, &log).unwrap(), None).expect("a sound log")
    }
}

/// The decision that a record holds.
#[must_use]
pub fn decision(body: Body) -> Decision {
    let Body::Decision(decision) = body else { other_kind(&body) };
    *decision
}

#[expect(clippy::panic, reason = "a test cannot go on with another record")]
fn other_kind(body: &Body) -> ! {
    panic!("no decision: {body:?}")
}

/// The sources of `examples/acme`.
#[must_use]
pub fn acme_sources() -> [(&'static str, String); 3] {
    ["organisation.permit", "purchasing.permit", "support.permit"]
        .map(|name| (name, read(&format!("examples/acme/{name}"))))
}

/// The sources of `examples/acme`, with a rate that does not slow a test down.
#[must_use]
pub fn unhurried_sources() -> [(&'static str, String); 3] {
    let sources = acme_sources()
        .map(|(name, text)| (name, text.replace("30 per 1min burst 10;", "60000 per 1min burst 60000;")));
    assert_ne!(sources, acme_sources());
    sources
}

/// The facts of `examples/acme`, with orders paid at `paid_ms`.
#[must_use]
pub fn acme_facts(paid_ms: i64) -> String {
    let mut facts: Value = serde_json::from_str(&read("examples/acme/facts.json")).unwrap();
    for entity in facts.get_mut("entities").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(slot) = entity.pointer_mut("/attributes/paid_at") {
            *slot = instant_text(paid_ms).into();
        }
    }
    facts.to_string()
}

/// The time, in milliseconds since the Unix epoch.
#[must_use]
pub fn now_ms() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap()
}

/// A port below those that the system gives to outgoing connections, so that nobody takes it between two starts.
#[must_use]
pub fn free_port() -> u16 {
    const FIRST: u16 = 20_000;
    const COUNT: u16 = 12_000;
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = u16::try_from(std::process::id() % u32::from(COUNT)).unwrap();
    let candidates = (0..COUNT).map(|_| {
        let step = NEXT.fetch_add(1, Ordering::Relaxed) % COUNT;
        FIRST + (own + step) % COUNT
    });
    let is_free = |port: &u16| TcpListener::bind(("127.0.0.1", *port)).is_ok();
    candidates.into_iter().find(is_free).expect("a free port")
}

/// Copies a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
