//! From configuration files to a running server, and its orderly shutdown.

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use permit_audit::{Body, Record, Signer, Start};
use permit_engine::FactsFileError;
use permit_ir::bundle::BundleError;
use permit_journal::{OpenError, Options as JournalOptions, ReadError, StoreError, SubmitError};
use permit_service::Service;
use permit_types::keys;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;

use crate::app::App;
use crate::blocking::STORE_READS_MAX;
use crate::config::{Config, ConfigError, Issuer};
use crate::listener::{Clock, Listener};
use crate::policy_files::PolicyFiles;
use crate::refusals::{record_last, record_periodically};
use crate::reload::Reloader;
use crate::routes::router;
use crate::tls::{TlsError, server_config};
use crate::token::{AccessTokens, TokenKey};
use permit_protocol::grant::Issuers;
use permit_protocol::jose::PublicKey;
use permit_protocol::replay::{ProofDigest, ReplayGuard};

/// The most bytes of a key or a certificate file.
const KEY_BYTES_MAX: usize = 64 * 1024;

/// Why the server does not start, reload or stop. Each has a stable code.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration.
    #[error("{0}")]
    Config(#[from] ConfigError),
    /// A file cannot be read.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is larger than it may be.
    #[error("`{}` has more than {bytes_max} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The bound.
        bytes_max: usize,
    },
    /// A file does not hold the key that it should.
    #[error("`{}` is not the key that it should be: {problem}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Certificates or keys of the connection.
    #[error("TLS: {0}")]
    Tls(#[from] TlsError),
    /// The bundle is refused.
    #[error("the bundle `{}` is refused: {source}", path.display())]
    Bundle {
        /// The file.
        path: PathBuf,
        /// Why.
        source: BundleError,
    },
    /// The facts are refused.
    #[error("the facts `{}` are refused: {source}", path.display())]
    Facts {
        /// The file.
        path: PathBuf,
        /// Why.
        source: FactsFileError,
    },
    /// The journal does not open.
    #[error("the journal: {0}")]
    Journal(#[from] OpenError),
    /// The journal cannot be read.
    #[error("the journal: {0}")]
    Read(#[from] ReadError),
    /// The bundle cannot come into force: the accounts do not fit it, or it cannot be recorded.
    #[error("the bundle is not in force: {0}")]
    Record(#[from] SubmitError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The server's task ended by itself.
    #[error("the server stopped by itself")]
    Stopped,
}

impl StartError {
    /// The stable code; codes are never renamed.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(_) => "config_invalid",
            Self::Io { .. } => "file_unreadable",
            Self::TooLarge { .. } => "file_too_large",
            Self::Key { .. } => "key_invalid",
            Self::Tls(_) => "tls_invalid",
            Self::Bundle { source, .. } => source.code(),
            Self::Facts { .. } => "facts_invalid",
            Self::Journal(OpenError::Locked { .. }) => "journal_locked",
            Self::Journal(OpenError::Store(StoreError::Full { .. })) => "journal_unusable",
            Self::Journal(_) => "journal_invalid",
            Self::Read(ReadError::Export(_)) => "export_failed",
            Self::Record(SubmitError::Terms(error)) => error.code(),
            Self::Read(_) | Self::Record(_) => "journal_unusable",
            Self::Listen { .. } => "listen_failed",
            Self::Stopped => "stopped",
        }
    }
}

/// A running server.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    app: Arc<App>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Server {
    /// Loads everything that `config` names and serves, on `listener` if one is given, else on the configured address.
    ///
    /// # Errors
    /// [`StartError`]; nothing is served then.
    pub async fn start(config: &Config, listener: Option<TcpListener>) -> Result<Self, StartError> {
        let address = config.listen;
        let failed = |source| StartError::Listen { address, source };
        let authority = read_text(&config.paths.authority_certificate)?;
        let chain = read_text(&config.paths.server_certificate)?;
        let tls = server_config(&authority, &chain, &read_text(&config.paths.server_key)?)?;
        // The address comes before the journal: a start that fails should leave nothing behind.
        let listener = listener.map_or_else(|| TcpListener::bind(address), Ok).map_err(failed)?;
        let app = Arc::new(load_blocking(config.clone()).await?);
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let socket = tokio::net::TcpListener::from_std(listener).map_err(failed)?;
        let listener = Listener {
            tls: Arc::new(tls),
            router: router(Arc::clone(&app)),
            trust_domain: config.trust_domain.clone(),
            limits: config.limits.listener(),
            clock: app.clock.clone(),
            refusals: Arc::clone(&app.refusals),
        };
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(serve(Arc::clone(&app), listener, socket, stopped));
        let engine = app.service.engine();
        let rules = engine.program().rules.len();
        tracing::info!(%address, rules, evaluator = ?engine.mode(), records = app.service.journal().reader().size(), "serving");
        Ok(Self { address, app, stop, task })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What reads bundle and facts again, as long as the server runs.
    #[must_use]
    pub fn reloader(&self) -> Reloader {
        Reloader::new(Arc::clone(&self.app))
    }

    /// Accepts no more connections, lets requests in flight finish, and closes the journal.
    ///
    /// # Errors
    /// [`StartError::Stopped`] if the server had already ended; the journal is closed all the same.
    pub async fn stop(self) -> Result<(), StartError> {
        let Self { app, stop, task, .. } = self;
        // If the server has ended already, the join below says so.
        let sent = stop.send(());
        let ended = task.await;
        let closed = tokio::task::spawn_blocking(move || app.service.journal().close()).await;
        tracing::info!("stopped");
        if sent.is_err() || ended.is_err() || closed.is_err() { Err(StartError::Stopped) } else { Ok(()) }
    }
}

/// Serves until `stopped`, and records meanwhile and in the end what was refused.
async fn serve(
    app: Arc<App>,
    listener: Listener,
    socket: tokio::net::TcpListener,
    stopped: oneshot::Receiver<()>,
) {
    let period = Duration::from_millis(app.limits.refusals_period_ms.into());
    let serving = listener.serve(socket, async {
        // A sender that was dropped stops the server too.
        drop(stopped.await);
    });
    tokio::select! {
        () = serving => {}
        never = record_periodically(&app, period) => match never {},
    }
    record_last(&app).await;
}

/// The system's clock.
pub(crate) fn system_clock() -> Clock {
    Clock::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

/// Loads on a thread that may wait for the disk, and for the journal's writer.
async fn load_blocking(config: Config) -> Result<App, StartError> {
    let loaded = tokio::task::spawn_blocking(move || load(&config)).await;
    loaded.unwrap_or_else(|error| {
        tracing::error!(%error, "loading panicked");
        Err(StartError::Stopped)
    })
}

fn load(config: &Config) -> Result<App, StartError> {
    let clock = system_clock();
    let token_key = TokenKey::from_pem(&read_text(&config.paths.token_key)?)
        .map_err(|e: permit_protocol::jose::SigningError| key_error(&config.paths.token_key, &e))?;
    let signer = Signer::from_pem(&config.log_origin, &read_text(&config.paths.log_key)?)
        .map_err(|e| key_error(&config.paths.log_key, &e))?;
    let files = PolicyFiles::of(config)?;
    let engine = files.load(None)?;
    let policy = permit_service::policy(&engine);
    let ticking = clock.clone();
    let version = concat!("permitd ", env!("CARGO_PKG_VERSION")).to_owned();
    let process = Some(Start { config: Some(config.digest), version });
    let options = JournalOptions { process, ..JournalOptions::new(Arc::new(move || ticking.now_ms())) };
    let journal = permit_journal::Journal::open(&config.paths.data, signer, policy, options)?;
    let service = Service::new(engine, journal);
    // The folder is free when the start has failed, so that the next one finds it so.
    service.announce_policy(clock.now_ms()).inspect_err(|_| service.journal().close())?;
    let base = config.public_url.clone();
    let tokens = AccessTokens::new(token_key, base.clone(), config.limits.token_lifetime_ms.into());
    let replay = remembered(config, &service, clock.now_ms())?;
    let (limits, scope_required, issuers) = (config.limits, config.scope_required, load_issuers(config)?);
    let (store_reads, refusals) = (Arc::new(Semaphore::new(STORE_READS_MAX)), Arc::default());
    Ok(App {
        service,
        files,
        tokens,
        replay,
        base,
        limits,
        scope_required,
        issuers,
        clock,
        refusals,
        store_reads,
    })
}

fn load_issuers(config: &Config) -> Result<Issuers, StartError> {
    let key = |path: &PathBuf| {
        let key = keys::verifying_key(&read_text(path)?).map_err(|e| key_error(path, &e))?;
        PublicKey::ed25519(key.to_bytes()).map_err(|e| key_error(path, &e))
    };
    let issuer = |issuer: &Issuer| {
        let keys = issuer.keys.iter().map(key).collect::<Result<_, StartError>>()?;
        Ok((issuer.name.clone(), keys))
    };
    Ok(Issuers::new(config.issuers.iter().map(issuer).collect::<Result<_, StartError>>()?))
}

/// The replay memory, with every proof that the log shows as used and that could still be accepted: a restart must not
/// let a proof in a second time.
fn remembered(config: &Config, service: &Service, now_ms: i64) -> Result<ReplayGuard, StartError> {
    let entries_max = usize::try_from(config.limits.replay_entries_max).unwrap_or(usize::MAX);
    let guard = ReplayGuard::new(entries_max);
    // A proof is accepted for one window around its `iat`, which lies within one window of the decision.
    let window_ms = i64::from(config.limits.proof_window_ms).saturating_mul(2);
    for index in (0..service.journal().reader().size()).rev() {
        let bytes = service.journal().reader().record(index)?;
        let Ok(record) = Record::parse(&bytes) else { continue };
        if record.timestamp_ms < now_ms.saturating_sub(window_ms) {
            break;
        }
        let proof = match record.body {
            Body::Decision(decision) => decision.dpop,
            Body::Confirm(settlement) | Body::Release(settlement) => settlement.dpop,
            Body::Approval(vote) | Body::Decline(vote) => vote.dpop,
            _ => None,
        };
        let proof = proof.and_then(|proof| ProofDigest::parse(&proof.jti_digest));
        let expires_ms = record.timestamp_ms.saturating_add(window_ms);
        if let Some(Err(error)) = proof.map(|proof| guard.insert(proof, expires_ms, now_ms)) {
            tracing::warn!(%error, index, "a used proof is not remembered again");
        }
    }
    Ok(guard)
}

pub(crate) fn read(path: &Path, bytes_max: usize) -> Result<Vec<u8>, StartError> {
    let failed = |source| StartError::Io { path: path.to_owned(), source };
    let limit = u64::try_from(bytes_max).unwrap_or(u64::MAX);
    if fs::metadata(path).map_err(failed)?.len() > limit {
        return Err(StartError::TooLarge { path: path.to_owned(), bytes_max });
    }
    fs::read(path).map_err(failed)
}

pub(crate) fn read_text(path: &Path) -> Result<String, StartError> {
    String::from_utf8(read(path, KEY_BYTES_MAX)?).map_err(|e| key_error(path, &e))
}

pub(crate) fn key_error(path: &Path, problem: &dyn std::fmt::Display) -> StartError {
    StartError::Key { path: path.to_owned(), problem: problem.to_string() }
}
