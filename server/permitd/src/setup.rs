//! `permitd init` and `permitd issue-cert`: a development authority, keys, configuration, and agents' certificates.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use permit_audit::Signer;
use permit_types::keys;

use crate::config::{Config, ConfigError};
use crate::pki::{Authority, PkiError, StoreError, Validity, init as init_pki, write_new};
use crate::start::{StartError, read_text};
use permit_types::spiffe::{SpiffeError, SpiffeId, TrustDomain};

const HOUR_MS: i64 = 60 * 60 * 1_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// Clocks differ: certificates are valid from a little before they are made.
const EARLIER_MS: i64 = HOUR_MS;
const AUTHORITY_DAYS: i64 = 365;
const SERVER_DAYS: i64 = 90;
const AGENT_HOURS: i64 = 24;

/// Options of `init`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitOptions {
    /// Where the server listens, such as `127.0.0.1:8443`.
    pub listen: String,
    /// How agents reach it, such as `https://localhost:8443`.
    pub public_url: String,
    /// The agents' trust domain.
    pub trust_domain: String,
    /// The log's name.
    pub origin: String,
}

/// Why a folder or a certificate was not made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// A file cannot be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A folder cannot be made.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The trust domain or the agent's name.
    #[error(transparent)]
    Name(#[from] SpiffeError),
    /// The options do not make a configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A key cannot be made or read.
    #[error("key: {0}")]
    Key(String),
    /// A file cannot be read.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The certificate cannot be made.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// The configuration names no authority key.
    #[error("`paths.authority_key` is not configured: this machine issues no certificates")]
    NoAuthority,
}

/// Makes `folder` with a development authority, the server's certificate, all keys and `permitd.toml`, whose path is
/// returned. When one of the files is there already nothing is overwritten.
///
/// # Errors
/// [`SetupError`].
pub fn init(folder: &Path, options: &InitOptions, now_ms: i64) -> Result<PathBuf, SetupError> {
    let text = configuration(options);
    let config = Config::parse(&text, folder)?;
    let path = folder.join("permitd.toml");
    if path.symlink_metadata().is_ok() {
        return Err(StoreError::Exists { path }.into());
    }
    let validity = |days: i64| Validity {
        not_before_ms: now_ms - EARLIER_MS,
        not_after_ms: now_ms.saturating_add(days.saturating_mul(DAY_MS)),
    };
    let host = config.public_url.host();
    let names = if host == "localhost" { &[][..] } else { &[host][..] };
    init_pki(folder, config.trust_domain.clone(), names, validity(AUTHORITY_DAYS), validity(SERVER_DAYS))?;
    let unusable = |e: &dyn std::fmt::Display| SetupError::Key(e.to_string());
    let log = Signer::from_seed(&options.origin, &*seed()?).map_err(|e| unusable(&e))?;
    write_new(&config.paths.log_key, log.to_pem().map_err(|e| unusable(&e))?.as_bytes(), true)?;
    write_new(&config.paths.log_public_key, format!("{}\n", log.public()).as_bytes(), false)?;
    let bundle = ed25519_dalek::SigningKey::from_bytes(&*seed()?);
    let private = keys::signing_key_pem(&bundle).map_err(|e| unusable(&e))?;
    let public = keys::verifying_key_pem(&bundle.verifying_key()).map_err(|e| unusable(&e))?;
    write_new(&folder.join("bundle.key"), private.as_bytes(), true)?;
    write_new(&folder.join("bundle.pub"), public.as_bytes(), false)?;
    write_new(&path, text.as_bytes(), false)?;
    Ok(path)
}

/// Issues a certificate for 24 hours to `agent` and writes `cert.pem`, `key.pem` and `ca.pem` into `out`.
///
/// # Errors
/// [`SetupError`]; no file is overwritten.
pub fn issue_certificate(config: &Config, agent: &str, out: &Path, now_ms: i64) -> Result<(), SetupError> {
    let key = config.paths.authority_key.as_deref().ok_or(SetupError::NoAuthority)?;
    let certificate = read_text(&config.paths.authority_certificate)?;
    let domain: TrustDomain = config.trust_domain.clone();
    let authority = Authority::load(domain, &certificate, &read_text(key)?)?;
    let validity = Validity {
        not_before_ms: now_ms - EARLIER_MS,
        not_after_ms: now_ms.saturating_add(AGENT_HOURS.saturating_mul(HOUR_MS)),
    };
    let issued = authority.issue_agent(&SpiffeId::parse(agent)?, validity)?;
    fs::create_dir_all(out).map_err(|source| SetupError::Io { path: out.to_owned(), source })?;
    write_new(&out.join("key.pem"), issued.key_pem.as_bytes(), true)?;
    write_new(&out.join("cert.pem"), issued.certificate_pem.as_bytes(), false)?;
    write_new(&out.join("ca.pem"), certificate.as_bytes(), false)?;
    Ok(())
}

fn seed() -> Result<zeroize::Zeroizing<[u8; 32]>, SetupError> {
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).map_err(|e| SetupError::Key(e.to_string()))?;
    Ok(seed)
}

fn configuration(options: &InitOptions) -> String {
    let mut text = String::from(
        "# permitd's configuration. Paths are relative to this file; every key is in docs/permitd.md.\n",
    );
    let quoted = |value: &str| toml::Value::String(value.to_owned()).to_string();
    for (name, value) in [
        ("listen", &options.listen),
        ("public_url", &options.public_url),
        ("trust_domain", &options.trust_domain),
        ("log_origin", &options.origin),
    ] {
        // Writing to a string cannot fail.
        if writeln!(text, "{name} = {}", quoted(value)).is_err() {
            return String::new();
        }
    }
    text.push_str(PATHS);
    text
}

const PATHS: &str = r#"scope_required = true

[paths]
authority_certificate = "authority.pem"
authority_key = "authority.key"
server_certificate = "server.pem"
server_key = "server.key"
token_key = "token.key"
bundle = "policy.permitb"
bundle_keys = ["bundle.pub"]
facts = "facts.json"
log_key = "log.key"
log_public_key = "log.pub"
data = "data"
"#;
