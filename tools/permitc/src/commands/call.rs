//! `permitc call`.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use permit_client::{Answer, Ask, Client, ClientError, Identity, ProofKey, ScopeClaim};
use serde_json::Value;

use crate::commands::FINDINGS;
use crate::failure::Failure;
use crate::{files, terminal};

/// The most bytes of a key file.
pub(crate) const KEY_BYTES_MAX: usize = 16 * 1024;

#[derive(Debug, Args)]
pub(crate) struct Call {
    /// The server, such as `https://localhost:8443`.
    #[arg(long)]
    server: String,
    /// The directory created by `permitd issue-cert`, with `cert.pem`, `key.pem` and `ca.pem`.
    #[arg(long)]
    identity: PathBuf,
    /// The log's public key; if given, the answer's inclusion proof is verified.
    #[arg(long)]
    log_key: Option<PathBuf>,
    /// The action.
    #[arg(long)]
    action: String,
    /// The resource, such as `Order::o1`.
    #[arg(long)]
    resource: Option<String>,
    /// An argument, such as `amount="50.00 USD"`; parsed as JSON if possible, otherwise a string. Can be repeated.
    #[arg(long = "arg", value_name = "NAME=VALUE")]
    arguments: Vec<String>,
    /// A scope of the token, such as `one_customer:task-17`; parameters are given by --param. Can be repeated.
    #[arg(long = "scope", value_name = "SCOPE:TASK")]
    scopes: Vec<String>,
    /// A parameter for all given scopes; parsed as JSON if possible, otherwise a string. Can be repeated.
    #[arg(long = "param", value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// A file with a task grant, as created by `permitc grant`. Can be repeated.
    #[arg(long = "grant", value_name = "FILE")]
    grants: Vec<PathBuf>,
    /// An idempotency key, with which the request can safely be repeated.
    #[arg(long)]
    idempotency_key: Option<String>,
    /// If the action is allowed, confirm it immediately and in full.
    #[arg(long)]
    confirm: bool,
}

impl Call {
    /// Prints the record, and a denial in short. Exit code 0 means allowed; 1 denied, refused or waiting for review.
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|e| Failure::Internal(e.to_string()))?.block_on(self.exchange())
    }

    async fn exchange(self) -> Result<ExitCode, Failure> {
        let read_key = |path: &PathBuf| files::read_text(path, KEY_BYTES_MAX);
        let log_key = self.log_key.as_ref().map(read_key).transpose()?;
        let in_folder = |name: &str| self.identity.join(name);
        let identity = Identity::read(in_folder("cert.pem"), in_folder("key.pem"), in_folder("ca.pem"))?;
        let client = Client::new(&self.server, &identity, ProofKey::generate()?)?;
        let ask = self.ask()?;
        let read_grant = |path: &PathBuf| files::read_text(path, KEY_BYTES_MAX);
        let grants = self.grants.iter().map(read_grant).collect::<Result<Vec<_>, _>>()?;
        let token = client.token_with(&self.scopes()?, &grants).await?;
        let answer = match client.decide(&token, &ask).await {
            Err(ClientError::Refused(problem)) => {
                if let Some(answer) = &problem.answer {
                    show(answer, log_key.as_deref(), None)?;
                }
                return Err(ClientError::Refused(problem).into());
            }
            other => other?,
        };
        show(&answer, log_key.as_deref(), Some(&ask))?;
        let allowed = answer.text("outcome").as_deref() == Some("ALLOW");
        if let (true, true, Some(decision_id)) = (allowed, self.confirm, answer.text("decision_id")) {
            show(&client.confirm(&token, &decision_id, BTreeMap::new()).await?, log_key.as_deref(), None)?;
        }
        Ok(ExitCode::from(if allowed { 0 } else { FINDINGS }))
    }

    fn ask(&self) -> Result<Ask, Failure> {
        let mut ask = Ask::new(&self.action);
        if let Some(resource) = &self.resource {
            let form = || Failure::Usage(format!("--resource {resource}: expected TYPE::ID"));
            let (ty, id) = resource.split_once("::").ok_or_else(form)?;
            ask = ask.on(ty, id.trim_matches('"'));
        }
        for argument in &self.arguments {
            let (name, value) = pair(argument)?;
            ask = ask.with(name, value);
        }
        Ok(match &self.idempotency_key {
            Some(key) => ask.idempotent(key),
            None => ask,
        })
    }

    fn scopes(&self) -> Result<Vec<ScopeClaim>, Failure> {
        let claim = |text: &String| {
            let form = || Failure::Usage(format!("--scope {text}: expected SCOPE:TASK"));
            let (scope, task) = text.split_once(':').ok_or_else(form)?;
            with_parameters(ScopeClaim::new(scope, task), &self.parameters)
        };
        self.scopes.iter().map(claim).collect()
    }
}

/// The scope with these parameters, each as `NAME=VALUE`.
pub(crate) fn with_parameters(scope: ScopeClaim, parameters: &[String]) -> Result<ScopeClaim, Failure> {
    parameters.iter().try_fold(scope, |scope, parameter| {
        let (name, value) = pair(parameter)?;
        Ok(scope.with(name, value))
    })
}

fn pair(text: &str) -> Result<(&str, Value), Failure> {
    let form = || Failure::Usage(format!("{text}: expected NAME=VALUE"));
    let (name, value) = text.split_once('=').ok_or_else(form)?;
    Ok((name, serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()))))
}

pub(crate) fn show(answer: &Answer, log_key: Option<&str>, ask: Option<&Ask>) -> Result<(), Failure> {
    terminal::json(answer.record.get());
    if let Some(key) = log_key {
        let record = match ask {
            Some(ask) => answer.verify_for(key, ask)?,
            None => answer.verify(key)?,
        };
        terminal::say(&format!(
            "inclusion verified: record {}, tree size {}",
            record.index, answer.proof.size
        ));
    }
    if let Some(denial) = answer.denial() {
        terminal::json(&serde_json::to_string(&denial).map_err(|e| Failure::Internal(e.to_string()))?);
    }
    Ok(())
}
