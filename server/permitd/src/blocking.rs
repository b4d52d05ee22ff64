//! Queries to the store run on threads that may block on a disk, never on those that serve requests.

use std::sync::Arc;

use permit_service::Service;

use crate::app::Shared;
use crate::problem::Problem;

/// The most requests that ask the store at one time; more wait without a thread.
pub(crate) const STORE_READS_MAX: usize = 16;

/// Has `ask` ask the service on a thread that may block.
pub(crate) async fn blocking<T: Send + 'static>(
    app: &Shared,
    ask: impl FnOnce(&Service) -> T + Send + 'static,
) -> Result<T, Problem> {
    let unread = || Problem::internal("the log could not be read");
    let turn = Arc::clone(&app.store_reads).acquire_owned().await.map_err(|_| unread())?;
    let app = Arc::clone(app);
    let asked = tokio::task::spawn_blocking(move || {
        // The turn ends with the question, even where nobody waits for the answer any more.
        let _turn = turn;
        ask(&app.service)
    });
    asked.await.map_err(|error| {
        tracing::error!(%error, "what asks the store panicked");
        unread()
    })
}
