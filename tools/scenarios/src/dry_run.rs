//! A trial of a single request over an empty ledger, without charging anything.

use permit_engine::{Engine, FieldError, ScopeClaim, Summary};
use permit_types::ask::Ask;
use permit_types::verdict::{Layer, Outcome, Reason};
use serde::Serialize;

use crate::ledger::Books;

/// What a request would come to if nothing had been spent before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DryRun {
    /// What policy, budgets and scopes say.
    #[serde(flatten)]
    pub summary: Summary,
    /// What it would come to.
    pub outcome: Outcome,
    /// Why.
    pub reason: Reason,
    /// The layer that denies, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub denied_by: Option<Layer>,
}

impl DryRun {
    /// Whether nothing denies and nobody must approve.
    #[must_use]
    pub fn is_permitted(&self) -> bool {
        self.outcome == Outcome::Allow
    }
}

/// Tries a request of the agent with this SPIFFE ID at `now_ms`, with scopes that a task's issuer grants then.
///
/// # Errors
/// [`FieldError`] when the request, the agent or a scope does not fit policy and facts.
pub fn dry_run(
    engine: &Engine,
    spiffe_id: &str,
    ask: &Ask<'_>,
    scopes: &[ScopeClaim],
    now_ms: i64,
) -> Result<DryRun, FieldError> {
    let request = engine.read_request(spiffe_id, ask, scopes, now_ms)?;
    let evaluation = engine.evaluate(&request);
    let summary = engine.summary(&request, &evaluation);
    let (admission, _) = Books::new().admit(now_ms, engine.assess(&request, evaluation));
    let (outcome, denied_by) = (admission.outcome(), admission.layers().denied());
    Ok(DryRun { summary, outcome, reason: admission.reason, denied_by })
}
