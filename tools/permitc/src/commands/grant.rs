//! `permitc grant`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use permit_client::ScopeClaim;
use permit_protocol::grant::TaskGrant;
use permit_protocol::jose::{SigningError, SigningKey};
use permit_types::time::parse_duration;

use crate::commands::call::{KEY_BYTES_MAX, with_parameters};
use crate::failure::Failure;
use crate::{files, terminal};

#[derive(Debug, Args)]
pub(crate) struct Grant {
    /// The issuer's private key, as created by `permitc keygen`.
    #[arg(long)]
    key: PathBuf,
    /// The issuer's name, as configured in `permitd.toml`.
    #[arg(long)]
    issuer: String,
    /// The agent's SPIFFE ID.
    #[arg(long)]
    agent: String,
    /// The server's `public_url`, such as `https://localhost:8443`.
    #[arg(long)]
    server: String,
    /// The task.
    #[arg(long)]
    task: String,
    /// A scope of the task. Can be repeated.
    #[arg(long = "scope", value_name = "SCOPE", required = true)]
    scopes: Vec<String>,
    /// A parameter for all given scopes; parsed as JSON if possible, otherwise a string. Can be repeated.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// How long the grant is valid.
    #[arg(long, default_value = "4h")]
    ttl: String,
    /// The output file, which must not exist; defaults to standard output.
    #[arg(long, short)]
    out: Option<PathBuf>,
}

impl Grant {
    /// Signs locally, without contacting a server.
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let ttl_ms =
            parse_duration(&self.ttl).map_err(|e| Failure::Usage(format!("--ttl {}: {e}", self.ttl)))?;
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        let now_s = since_epoch.map_err(|e| Failure::Internal(e.to_string()))?.as_secs();
        let from_s = i64::try_from(now_s).map_err(|e| Failure::Internal(e.to_string()))?;
        let scope = |name: &String| {
            with_parameters(ScopeClaim::new(name, &self.task), &self.parameters).map(Into::into)
        };
        let grant = TaskGrant {
            issuer: self.issuer.clone(),
            agent: self.agent.clone(),
            server: self.server.clone(),
            scopes: self.scopes.iter().map(scope).collect::<Result<_, _>>()?,
            from_s,
            until_s: from_s.saturating_add(ttl_ms.div_euclid(1_000)),
        };
        let unusable = |e: SigningError| Failure::Content { path: self.key.clone(), problem: e.to_string() };
        let key = SigningKey::from_pem(&files::read_text(&self.key, KEY_BYTES_MAX)?).map_err(unusable)?;
        let signed = grant.sign(&key).map_err(|e| Failure::Internal(e.to_string()))?;
        match &self.out {
            // Whoever holds the agent's keys can use it; it is nobody else's business.
            Some(path) => files::write_new(path, format!("{signed}\n").as_bytes(), 0o600)?,
            None => terminal::say(&signed),
        }
        Ok(ExitCode::SUCCESS)
    }
}
