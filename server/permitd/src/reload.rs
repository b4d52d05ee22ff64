//! Reloads bundle and facts while the server is running.
//!
//! Only the process's operator can request it, by a signal: nothing on the network changes the policy. If the files do
//! not load, or do not fit the accounts, nothing changes.

use std::sync::Arc;
use std::time::Instant;

use permit_service::Replaced;

use crate::app::App;
use crate::refusals::Cause;
use crate::start::StartError;

/// Reloads a running server. Copies reload the same one.
#[derive(Clone, Debug)]
pub struct Reloader {
    app: Arc<App>,
}

impl Reloader {
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self { app }
    }

    /// Reads bundle and facts again, verifies them as at the start, and puts them in force. Reloads happen one after the
    /// other. How it went is logged.
    ///
    /// # Errors
    /// [`StartError`]; the policy and the facts in force stay in force.
    pub async fn reload(&self) -> Result<(), StartError> {
        let app = Arc::clone(&self.app);
        let reloaded = tokio::task::spawn_blocking(move || reload(&app)).await;
        reloaded.unwrap_or_else(|error| {
            tracing::error!(%error, "not reloaded: what was in force stays");
            Err(StartError::Stopped)
        })
    }
}

fn reload(app: &App) -> Result<(), StartError> {
    let begun = Instant::now();
    let replaced = app
        .service
        .replace(|earlier| app.files.load(Some(earlier)), app.clock.now_ms())
        .inspect_err(|error| {
            let policy = app.service.engine().policy_digest();
            app.refusals.count(Cause::ReloadRefused);
            tracing::error!(code = error.code(), %error, %policy, "not reloaded: what was in force stays");
        })?;
    let Replaced { before, now } = replaced;
    let [from, to] = [&before, &now].map(|engine| engine.policy_digest());
    let facts = now.facts_digest();
    let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    tracing::info!(%from, %to, %facts, rules = now.program().rules.len(), evaluator = ?now.mode(), ms, "reloaded");
    Ok(())
}
