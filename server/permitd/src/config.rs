//! `permitd.toml`.

use crate::listener::ListenerLimits;
use permit_protocol::authorization_details::is_name;
use permit_protocol::uri::{BaseUrl, UriError};
use permit_types::digest::Digest;
use permit_types::spiffe::{SpiffeError, TrustDomain};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

const FILE_BYTES_MAX: u64 = 65_536;

/// Why a configuration is refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file does not read.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The file system's error.
        source: io::Error,
    },
    /// Longer than any configuration is.
    #[error("`{}` is longer than {FILE_BYTES_MAX} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// Not TOML, an unknown key, or a value of the wrong type.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// `public_url` is not a usable address.
    #[error(
        "`public_url`: {0}; write it as `https://host[:port][/path]` in lower case, without a trailing slash"
    )]
    PublicUrl(#[from] UriError),
    /// `trust_domain` is not one.
    #[error("`trust_domain`: {0}")]
    TrustDomain(#[from] SpiffeError),
    /// Too many issuers, too many keys or none, or a name that is malformed or stands twice.
    #[error(
        "`issuers`: expected at most {ISSUERS_MAX} with different names of 1 to 128 printable ASCII characters, each \
         with 1 to {ISSUER_KEYS_MAX} keys"
    )]
    Issuers,
    /// A limit outside its range.
    #[error("`limits.{name}` is {value}, not from {min} to {max}")]
    Limit {
        /// The key.
        name: &'static str,
        /// The configured value.
        value: u64,
        /// The least.
        min: u64,
        /// The most.
        max: u64,
    },
}

/// A validated configuration. Paths are relative to nothing any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// The issuer, and the base of every `htu`.
    pub public_url: BaseUrl,
    /// The agents' trust domain.
    pub trust_domain: TrustDomain,
    /// The log's name, which every record and checkpoint carries.
    pub log_origin: String,
    /// Whether a token must carry at least one scope; it must unless the file says otherwise.
    pub scope_required: bool,
    /// Who may grant tasks to agents; at most `ISSUERS_MAX`.
    pub issuers: Vec<Issuer>,
    /// The files.
    pub paths: Paths,
    /// The limits.
    pub limits: Limits,
    /// The digest of the text that this was read from; the record of the start names it.
    pub digest: Digest,
}

/// The most issuers of tasks, and the most keys of one.
pub(crate) const ISSUERS_MAX: usize = 64;
/// The most keys of one issuer: the one in use and those that it follows or that follow it.
pub(crate) const ISSUER_KEYS_MAX: usize = 4;

/// Somebody who may grant tasks, such as an orchestrator.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Its name: the `iss` of its grants.
    pub name: String,
    /// Its public keys; a grant that any of them signed is good.
    pub keys: Vec<PathBuf>,
}

/// The files permitd reads and writes.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paths {
    /// The one authority of the agents' certificates.
    pub authority_certificate: PathBuf,
    /// The authority's key, where this machine issues certificates; serving does not read it.
    #[serde(default)]
    pub authority_key: Option<PathBuf>,
    /// The server's certificate chain.
    pub server_certificate: PathBuf,
    /// The server's key.
    pub server_key: PathBuf,
    /// The key that signs tokens.
    pub token_key: PathBuf,
    /// The policy bundle.
    pub bundle: PathBuf,
    /// The public keys that may have signed the bundle.
    pub bundle_keys: Vec<PathBuf>,
    /// What is known of agents and resources.
    pub facts: PathBuf,
    /// The key that signs records and checkpoints.
    pub log_key: PathBuf,
    /// Where auditors find its public half; serving does not read it.
    pub log_public_key: PathBuf,
    /// The folder of the journal and the audit log.
    pub data: PathBuf,
}

impl Paths {
    /// The same paths, relative to nothing where they were relative to `folder`.
    fn below(mut self, folder: &Path) -> Self {
        let single = [
            &mut self.authority_certificate,
            &mut self.server_certificate,
            &mut self.server_key,
            &mut self.token_key,
            &mut self.bundle,
            &mut self.facts,
            &mut self.log_key,
            &mut self.log_public_key,
            &mut self.data,
        ];
        for path in single.into_iter().chain(&mut self.authority_key).chain(&mut self.bundle_keys) {
            *path = folder.join(&*path);
        }
        self
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    listen: SocketAddr,
    public_url: String,
    trust_domain: String,
    log_origin: String,
    #[serde(default = "required")]
    scope_required: bool,
    paths: Paths,
    #[serde(default)]
    issuers: Vec<Issuer>,
    #[serde(default)]
    limits: Limits,
}

fn required() -> bool {
    true
}

/// One table for all limits: name, default, least, most.
macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident: $default:literal, $min:literal ..= $max:literal;)+) => {
        /// The limits. Each has its unit in its name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Limits {
            $($(#[doc = $doc])+ pub $name: u32,)+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl Limits {
            fn check(&self) -> Result<(), ConfigError> {
                $(if !($min..=$max).contains(&self.$name) {
                    let value = u64::from(self.$name);
                    return Err(ConfigError::Limit { name: stringify!($name), value, min: $min, max: $max });
                })+
                Ok(())
            }
        }
    };
}

limits! {
    /// Connections at one time.
    connections_max: 1024, 1..=65_536;
    /// Time for a TLS handshake.
    handshake_timeout_ms: 5_000, 100..=60_000;
    /// Time for a request's headers, and for a connection's first request to begin.
    header_timeout_ms: 10_000, 100..=60_000;
    /// Size of a request's headers; a token may take 16 KiB of it.
    header_bytes_max: 32_768, 24_576..=262_144;
    /// Number of a request's headers.
    headers_max: 64, 8..=1_000;
    /// Requests at one time on one HTTP/2 connection.
    streams_max: 64, 1..=1_000;
    /// Size of a request's body.
    body_bytes_max: 65_536, 1_024..=16_777_216;
    /// Time for one request.
    request_timeout_ms: 10_000, 100..=120_000;
    /// Age at which a connection is asked to end.
    connection_age_ms: 600_000, 1_000..=86_400_000;
    /// Time to end in order, at that age and at shutdown.
    drain_timeout_ms: 10_000, 100..=120_000;
    /// How far a proof's `iat` may lie from the server's time, either way.
    proof_window_ms: 60_000, 1_000..=300_000;
    /// Proofs remembered at one time.
    replay_entries_max: 1_048_576, 1_024..=16_777_216;
    /// Life of an access token.
    token_lifetime_ms: 300_000, 10_000..=3_600_000;
    /// How often refusals are recorded.
    refusals_period_ms: 60_000, 1_000..=3_600_000;
}

impl Limits {
    /// The part of the limits that the listener enforces.
    #[must_use]
    pub fn listener(&self) -> ListenerLimits {
        let count = |value: u32| usize::try_from(value).unwrap_or(usize::MAX);
        ListenerLimits {
            connections_max: count(self.connections_max),
            handshake_timeout_ms: self.handshake_timeout_ms.into(),
            header_timeout_ms: self.header_timeout_ms.into(),
            header_bytes_max: self.header_bytes_max,
            headers_max: count(self.headers_max),
            streams_max: self.streams_max,
            connection_age_ms: self.connection_age_ms.into(),
            drain_timeout_ms: self.drain_timeout_ms.into(),
        }
    }
}

impl Config {
    /// Reads a file; its paths are relative to its folder.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let failed = |source| ConfigError::Io { path: path.to_owned(), source };
        if fs::metadata(path).map_err(failed)?.len() > FILE_BYTES_MAX {
            return Err(ConfigError::TooLong { path: path.to_owned() });
        }
        let text = fs::read_to_string(path).map_err(failed)?;
        Self::parse(&text, path.parent().unwrap_or_else(|| Path::new("")))
    }

    /// Reads a text; its paths are relative to `folder`.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn parse(text: &str, folder: &Path) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text)?;
        file.limits.check()?;
        let paths = file.paths.below(folder);
        let mut issuers = file.issuers;
        check_issuers(&issuers)?;
        for path in issuers.iter_mut().flat_map(|issuer| &mut issuer.keys) {
            *path = folder.join(&*path);
        }
        Ok(Self {
            listen: file.listen,
            public_url: BaseUrl::parse(&file.public_url)?,
            trust_domain: TrustDomain::parse(&file.trust_domain)?,
            log_origin: file.log_origin,
            scope_required: file.scope_required,
            issuers,
            paths,
            limits: file.limits,
            digest: Digest::of(text.as_bytes()),
        })
    }
}

fn check_issuers(issuers: &[Issuer]) -> Result<(), ConfigError> {
    let mut names = BTreeSet::new();
    let mut are_sound = issuers.len() <= ISSUERS_MAX;
    for issuer in issuers {
        let has_keys = (1..=ISSUER_KEYS_MAX).contains(&issuer.keys.len());
        are_sound &= is_name(&issuer.name) && has_keys && names.insert(&issuer.name);
    }
    if are_sound { Ok(()) } else { Err(ConfigError::Issuers) }
}

#[cfg(test)]
mod tests;
