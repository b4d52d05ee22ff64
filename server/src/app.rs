//! What every request needs: the engine and its journal, the token keys, the replay memory, the limits and the clock.

use std::sync::Arc;

use permit_audit::Proof;
use permit_engine::{Caller, ScopeClaim, Service};

use crate::authorization_details::{GrantedScope, ScopeRefusal};
use crate::certificate::PeerIdentity;
use crate::config::Limits;
use crate::dpop::DpopProof;
use crate::listener::Clock;
use crate::replay::ReplayGuard;
use crate::token::AccessTokens;
use crate::uri::BaseUrl;

/// The state behind the routes.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) service: Service,
    pub(crate) tokens: AccessTokens,
    pub(crate) replay: ReplayGuard,
    pub(crate) base: BaseUrl,
    pub(crate) limits: Limits,
    /// Whether a token must carry at least one scope.
    pub(crate) scope_required: bool,
    pub(crate) clock: Clock,
}

/// The state as handlers share it.
pub(crate) type Shared = Arc<App>;

impl App {
    /// Whether the policy has a scope of this name that takes these parameters now.
    pub(crate) fn check_scope(&self, scope: &GrantedScope, now_ms: i64) -> Result<(), ScopeRefusal> {
        let read = self.service.engine().read_scope(&claim(scope), now_ms, false);
        read.map(drop).map_err(|error| ScopeRefusal { reason: error.to_string() })
    }
}

/// A granted scope as the engine reads it.
pub(crate) fn claim(scope: &GrantedScope) -> ScopeClaim {
    ScopeClaim {
        scope: scope.scope.clone(),
        parameters: scope.parameters.clone(),
        task: scope.task.clone().unwrap_or_default(),
    }
}

/// The caller as the engine knows it.
pub(crate) fn caller(identity: &PeerIdentity, proof: Option<&DpopProof>) -> Caller {
    let proof =
        proof.map(|proof| Proof { jkt: proof.jkt().to_string(), jti_digest: proof.jti_digest().to_string() });
    Caller { spiffe_id: identity.spiffe_id.to_string(), proof }
}
