//! What every request needs: the engine and its journal, the token keys, the replay memory, the limits and the clock.

use std::sync::Arc;

use permit_audit::{Proof, TraceId};
use permit_engine::{Engine, ScopeClaim};
use permit_service::{Caller, ScopeGrant, Service, TokenScope};
use permit_types::digest::Digest;

use crate::certificate::PeerIdentity;
use crate::config::Limits;
use crate::listener::Clock;
use crate::policy_files::PolicyFiles;
use crate::refusals::Refusals;
use crate::token::AccessTokens;
use permit_protocol::authorization_details::{Granted, GrantedScope, ScopeRefusal};
use permit_protocol::dpop::DpopProof;
use permit_protocol::grant::Issuers;
use permit_protocol::replay::ReplayGuard;
use permit_protocol::uri::BaseUrl;
use tokio::sync::Semaphore;

/// The state behind the routes.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) service: Service,
    /// Where its policy comes from.
    pub(crate) files: PolicyFiles,
    pub(crate) tokens: AccessTokens,
    pub(crate) replay: ReplayGuard,
    pub(crate) base: BaseUrl,
    pub(crate) limits: Limits,
    /// Whether a token must carry at least one scope.
    pub(crate) scope_required: bool,
    /// Who may grant tasks.
    pub(crate) issuers: Issuers,
    pub(crate) clock: Clock,
    /// What is refused or granted without a record of its own.
    pub(crate) refusals: Arc<Refusals>,
    /// Turns at the store, for [`crate::blocking::blocking`].
    pub(crate) store_reads: Arc<Semaphore>,
}

/// The state as handlers share it.
pub(crate) type Shared = Arc<App>;

/// Whether the policy has a scope of this name that takes these parameters now.
pub(crate) fn check_scope(engine: &Engine, scope: &GrantedScope, now_ms: i64) -> Result<(), ScopeRefusal> {
    let TokenScope { claim, issued_ms, grant } = self::scope(scope, now_ms);
    let read = engine.read_scope(&claim, issued_ms, grant.is_some());
    read.map(drop).map_err(|error| ScopeRefusal { reason: error.to_string() })
}

/// A scope of a token as the engine reads it. A task's time runs from its grant, whatever tokens carry it; without a grant
/// it runs from the token's issue.
pub(crate) fn scope(scope: &GrantedScope, token_issued_ms: i64) -> TokenScope {
    let claim = ScopeClaim {
        scope: scope.scope.clone(),
        parameters: scope.parameters.clone(),
        task: scope.task.clone().unwrap_or_default(),
    };
    let granted = scope.granted.as_ref();
    let granted_ms = granted.map(|granted| granted.at_s.saturating_mul(1_000));
    let grant =
        granted.map(|Granted { issuer, jti, .. }| ScopeGrant { issuer: issuer.clone(), jti: jti.clone() });
    TokenScope { claim, issued_ms: granted_ms.unwrap_or(token_issued_ms), grant }
}

/// What a record keeps of a request as it came in.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Received {
    /// The digest of the body's bytes, if they could be read.
    pub(crate) body_digest: Option<Digest>,
    /// The trace that the caller names.
    pub(crate) trace_id: Option<TraceId>,
}

/// The caller as the service knows it.
pub(crate) fn caller(identity: &PeerIdentity, proof: Option<&DpopProof>, received: Received) -> Caller {
    let proof =
        proof.map(|proof| Proof { jkt: proof.jkt().to_string(), jti_digest: proof.jti_digest().to_string() });
    let Received { body_digest, trace_id } = received;
    Caller { spiffe_id: identity.spiffe_id.to_string(), proof, body_digest, trace_id }
}
